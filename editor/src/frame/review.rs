//! Work beside the project that waits for somebody to look at it, and what a step of the history changed.

use std::sync::Arc;

use model::diff::Line;
use model::entity::{Cell, CellValue};
use protocol::{CommitId, ConflictId, EntityId, SessionId, Take};

/// A session that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionEntry {
    /// Which.
    pub id: SessionId,
    /// What the undo menu will say once it is accepted.
    pub name: String,
    /// Who opened it: a person, or a script by its name.
    pub author: String,
    /// When, in milliseconds since the start of 1970, UTC.
    pub opened_ms: u64,
    /// How many edits were made in it.
    pub operations: usize,
    /// What it changes, in words.
    pub lines: Arc<[Line]>,
    /// What has to be decided before it can be accepted; empty until it was tried.
    pub conflicts: Arc<[ConflictEntry]>,
    /// How many conflicts were decided already.
    pub decided: usize,
}

/// Something that has to be decided. Once it is, it is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictEntry {
    /// Which.
    pub id: ConflictId,
    /// What it is about.
    pub entity: EntityId,
    /// What clashes.
    pub clash: ClashEntry,
}

/// What clashes.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for each conflict on show, nearly all of this kind"
)]
pub enum ClashEntry {
    /// Two values for one cell. `None` is the default, or nothing.
    Cell {
        /// Which.
        cell: Cell,
        /// What it was when the session began.
        base: Option<CellValue>,
        /// What it is in the project.
        project: Option<CellValue>,
        /// What it is in the session.
        session: Option<CellValue>,
    },
    /// One side deleted it, the other changed it or needs it.
    Deleted {
        /// Who deleted it.
        by: Take,
    },
    /// Anything else, in words.
    Other(String),
}

/// What a commit changed.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownChange {
    /// Which.
    pub commit: CommitId,
    /// The change in words.
    pub lines: Arc<[Line]>,
}
