//! Programs of the project.

use super::{NAME, TEXT, field};
use crate::schema::TableDescriptor;

pub(super) const SCRIPTS: TableDescriptor = TableDescriptor {
    name: "scripts",
    doc: "A Lua script that belongs to the project.",
    owner: None,
    order_by: None,
    max_entities: 1_000,
    fields: &[field("name", NAME, "What a person calls it."), field("source", TEXT, "Lua source.")],
};
