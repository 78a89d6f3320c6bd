//! Edits of any entity, for code that goes by the schema.

use std::collections::BTreeMap;

use protocol::{Edit, EntityId, Value};

/// Deletes an entity and what it owns.
#[must_use]
pub fn delete(id: impl Into<EntityId>) -> Edit {
    Edit::Delete { id: id.into() }
}

/// Sets a field by name.
#[must_use]
pub fn set(id: impl Into<EntityId>, field: &str, value: Value) -> Edit {
    super::set(id, field, value)
}

/// Creates an entity of a table by name.
#[must_use]
pub fn create(table: &str, id: impl Into<EntityId>, fields: BTreeMap<String, Value>) -> Edit {
    Edit::Create { table: table.to_owned(), id: id.into(), fields }
}
