//! Edits of scenes.

use protocol::{Edit, Value};

use super::{create as new, setter, text};
use crate::view::SceneId;

/// A new scene.
#[must_use]
pub fn create(id: SceneId, name: &str, order: f64) -> Edit {
    new("scenes", id, [("name", text(name)), ("order", Value::Float(order))])
}

setter!(
    /// What a person calls it.
    set_name, SceneId, "name", name: &str => text(name)
);
