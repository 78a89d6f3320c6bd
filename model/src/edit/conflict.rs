//! Edits of conflicts that wait for a person.

use protocol::{Edit, EntityId};

use super::{any, cell, create as new, text};
use crate::entity::{Cell, CellValue};
use crate::merge::Side;
use crate::project::{Project, Record};
use crate::view::{OpenConflict, OpenConflictId};

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

/// Why a conflict cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// There is no such conflict.
    #[error("there is no such conflict")]
    NoSuchConflict,
    /// What it is about does not exist any more.
    #[error("what the conflict is about does not exist any more")]
    Gone,
    /// This version does not know what it is about, or a hand has garbled it.
    #[error("this version cannot decide the conflict: edit the project, then delete the conflict")]
    Unknown,
}

/// The edits that decide a conflict: what it is about becomes as one side had it, and the conflict goes.
///
/// # Errors
/// It cannot be decided.
pub fn decide(project: &Project, id: OpenConflictId, side: Side) -> Result<Vec<Edit>, DecideError> {
    let conflict = OpenConflict::new(project, id.0).ok_or(DecideError::NoSuchConflict)?;
    let json = match side {
        Side::Ours => conflict.ours(),
        Side::Theirs => conflict.theirs(),
    };
    let subject = conflict.subject().ok_or(DecideError::Unknown)?;
    let exists = project.entity(subject).is_some();
    let decision = match conflict.cell().map_err(|_| DecideError::Unknown)? {
        // The project has our value already.
        Some(_) if side == Side::Ours => None,
        Some(_) if !exists => return Err(DecideError::Gone),
        Some(about) => {
            let value = (!json.is_empty()).then(|| serde_json::from_str::<CellValue>(json));
            let value = value.transpose().map_err(|_| DecideError::Unknown)?;
            Some(cell::set(project, subject, &about, value))
        }
        // A side that has nothing did not have the entity.
        None if json.is_empty() => exists.then(|| any::delete(subject)),
        None => {
            let record: Record = serde_json::from_str(json).map_err(|_| DecideError::Unknown)?;
            (!exists).then(|| any::create(&record.table, subject, record.fields))
        }
    };
    Ok(decision.into_iter().chain([any::delete(id)]).collect())
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
