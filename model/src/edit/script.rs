//! Edits of the project's scripts.

use protocol::Edit;

use super::{create as new, setter, text};
use crate::view::ScriptId;

/// A new script.
#[must_use]
pub fn create(id: ScriptId, name: &str, source: &str) -> Edit {
    new("scripts", id, [("name", text(name)), ("source", text(source))])
}

setter!(
    /// What a person calls it.
    set_name, ScriptId, "name", name: &str => text(name)
);
setter!(
    /// Lua source.
    set_source, ScriptId, "source", source: &str => text(source)
);
