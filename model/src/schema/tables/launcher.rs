//! What is played by hand.

use super::{NAME, ORDER, field};
use crate::schema::TableDescriptor;

pub(super) const SCENES: TableDescriptor = TableDescriptor {
    name: "scenes",
    doc: "A row of the launcher.",
    owner: None,
    order_by: Some("order"),
    max_entities: 100_000,
    fields: &[field("name", NAME, "What a person calls it."), field("order", ORDER, "Place, ascending.")],
};
