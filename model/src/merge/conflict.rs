//! Conflicts, as data.

use std::sync::Arc;

use protocol::EntityId;
use serde_json::Value as Json;

use crate::entity::{Cell, CellValue, Entity};
use crate::project::EditError;

/// One thing that somebody has to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The entity that it is about.
    pub entity: EntityId,
    /// What clashes.
    pub clash: Clash,
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// `ours`: for a session, the project.
    Ours,
    /// `theirs`: for a session, the session.
    Theirs,
}

/// What clashes.
#[derive(Clone, Debug, PartialEq)]
pub enum Clash {
    /// The two sides want different values in one cell.
    Cell {
        /// Which.
        cell: Cell,
        /// What it was; `None` for the default or for nothing, here and below.
        base: Option<CellValue>,
        /// What it is in `ours`.
        ours: Option<CellValue>,
        /// What it is in `theirs`.
        theirs: Option<CellValue>,
        /// Why not both.
        reason: Reason,
    },
    /// One side deleted the entity and what depends on it, the other changed some of that, or needs it. It is kept.
    Deleted {
        /// Who deleted it.
        by: Side,
    },
    /// What `theirs` made cannot be beside what `ours` has. It is left out.
    LeftOut {
        /// What it is.
        theirs: Arc<Entity>,
        /// What depends on it and is left out too.
        with: Vec<(EntityId, Arc<Entity>)>,
        /// The rule that it would break.
        rule: Box<EditError>,
    },
    /// The two sides differ in something that this version does not know.
    Unknown {
        /// Where, by keys of the file.
        path: Vec<String>,
        /// What it was; `None` for nothing.
        base: Option<Json>,
        /// What it is in `ours`.
        ours: Option<Json>,
        /// What it is in `theirs`.
        theirs: Option<Json>,
    },
}

/// Why a cell cannot be what both sides want.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Both changed it.
    BothChanged,
    /// What `theirs` wants breaks a rule, given what `ours` did elsewhere.
    Rule(Box<EditError>),
}

/// What conflicts sort by, and what tells two of them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place<'a> {
    Unknown(&'a [String]),
    Entity(EntityId),
    Cell(EntityId, &'a Cell),
}

impl Conflict {
    pub(crate) fn place(&self) -> (EntityId, Place<'_>) {
        let place = match &self.clash {
            Clash::Cell { cell, .. } => Place::Cell(self.entity, cell),
            Clash::Deleted { .. } | Clash::LeftOut { .. } => Place::Entity(self.entity),
            Clash::Unknown { path, .. } => Place::Unknown(path),
        };
        (self.entity, place)
    }
}
