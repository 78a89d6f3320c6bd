//! Typed constructors of edits: one module per entity, so that no caller spells a table or a field.

pub mod any;
pub mod bounce;
pub mod cell;
pub mod clip;
pub mod conflict;
pub mod device;
pub mod edge;
pub mod identity;
pub mod lane;
pub mod macros;
pub mod modulator;
pub mod root;
pub mod scene;
pub mod script;
pub mod send;
pub mod slot;
pub mod timeline;
pub mod track;
pub mod user;

use std::collections::BTreeMap;

use protocol::{Edit, EntityId, Value};

fn create<const N: usize>(table: &str, id: impl Into<EntityId>, fields: [(&str, Value); N]) -> Edit {
    let fields: BTreeMap<String, Value> = fields.map(|(name, value)| (name.to_owned(), value)).into();
    Edit::Create { table: table.to_owned(), id: id.into(), fields }
}

fn set(id: impl Into<EntityId>, field: &str, value: Value) -> Edit {
    Edit::Set { id: id.into(), field: field.to_owned(), value }
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn reference<I: Into<EntityId>>(id: Option<I>) -> Value {
    id.map_or(Value::Null, |id| Value::Ref(id.into()))
}

/// Writes a constructor that sets one field.
macro_rules! setter {
    ($(#[$doc:meta])* $name:ident, $id:ty, $field:literal, $value:ident: $from:ty => $to:expr) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(id: $id, $value: $from) -> protocol::Edit {
            super::set(id, $field, $to)
        }
    };
}
use setter;
