//! Edits of conflicts that wait for a person.

use protocol::{Edit, EntityId};

use super::{create as new, text};
use crate::entity::Cell;
use crate::view::OpenConflictId;

/// What two sides of a merge made of one thing, each as JSON; empty for nothing or the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides<'a> {
    /// What it was.
    pub base: &'a str,
    /// What our side made of it, which the project has.
    pub ours: &'a str,
    /// What the other side made of it.
    pub theirs: &'a str,
}

/// A new conflict about a cell of an entity, or about the entity as a whole. `origin` is where the other side came from,
/// `reason` says why it could not be merged. It is resolved by setting what it is about, and deleting it.
#[must_use]
pub fn create(
    id: OpenConflictId,
    subject: EntityId,
    cell: Option<&Cell>,
    sides: Sides<'_>,
    origin: &str,
    reason: &str,
) -> Edit {
    let fields = [
        ("subject", text(subject.to_string())),
        ("field", text(cell.map_or("", |cell| &cell.field))),
        ("part", text(cell.map_or(String::new(), |cell| cell.part.to_string()))),
        ("base", text(sides.base)),
        ("ours", text(sides.ours)),
        ("theirs", text(sides.theirs)),
        ("origin", text(origin)),
        ("reason", text(reason)),
    ];
    new("conflicts", id, fields)
}
