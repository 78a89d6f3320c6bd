//! Rules of what users declare and relate.

use protocol::EntityId;

use super::super::EditRule;
use super::Checked;
use crate::entity::{Entity, derived};
use crate::schema;

pub(super) fn table(id: EntityId, table: &Entity) -> Checked {
    let name = table.text("name");
    if !schema::is_dotted_name(name) {
        return Err(("name", EditRule::BadName(name.to_owned())));
    }
    if schema::table(name).is_some() {
        return Err(("name", EditRule::BuiltInName(name.to_owned())));
    }
    has_id(id, derived::table_id(name), "name")
}

pub(super) fn field(id: EntityId, field: &Entity) -> Checked {
    let name = field.text("name");
    if !schema::is_name(name) {
        return Err(("name", EditRule::BadName(name.to_owned())));
    }
    let Some(table) = field.reference("in_table") else { return Ok(()) };
    has_id(id, derived::field_id(table, name), "name")?;
    schema::declared_kind(field).map(|_| ())
}

pub(super) fn edge(id: EntityId, edge: &Entity) -> Checked {
    let (kind, rank) = (edge.text("kind"), edge.text("rank"));
    if !schema::is_dotted_name(kind) {
        return Err(("kind", EditRule::BadName(kind.to_owned())));
    }
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
    if !rank.len().is_multiple_of(2) || !rank.bytes().all(is_digit) {
        return Err(("rank", EditRule::BadRank(rank.to_owned())));
    }
    let (Some(source), Some(target)) = (edge.reference("source"), edge.reference("target")) else {
        return Ok(());
    };
    has_id(id, derived::edge_id(kind, source, target), "target")
}

fn has_id(id: EntityId, expected: EntityId, field: &'static str) -> Checked {
    if id == expected { Ok(()) } else { Err((field, EditRule::WrongId { expected })) }
}
