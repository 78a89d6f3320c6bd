//! What a commit says of itself.

use std::sync::Arc;

use protocol::{CommitId, Hlc};
use serde::{Deserialize, Serialize};

/// How a commit came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommitKind {
    /// Somebody did something.
    #[default]
    Edit,
    /// The step that is named was taken back.
    Undo(CommitId),
    /// The step that is named was done again.
    Redo(CommitId),
    /// The project was found changed by something that keeps no history: another program, or git.
    Outside,
    /// What only running plugins know was taken note of, such as their states when the project was saved. Nobody's step:
    /// it is not taken back, and steps before it can be all the same.
    Gathered,
}

/// A commit, as a person sees it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Which commit.
    pub id: CommitId,
    /// What was done.
    pub name: Arc<str>,
    /// Who did it.
    pub author: Arc<str>,
    /// When.
    pub at: Hlc,
    /// How it came about.
    pub kind: CommitKind,
    /// Whether it is taken back, and can be done again.
    pub undone: bool,
}

/// The message of a commit's change in the log. What a later version adds is ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) name: Arc<str>,
    pub(crate) author: Arc<str>,
    #[serde(default, deserialize_with = "kind_or_edit")]
    pub(crate) kind: CommitKind,
    pub(crate) at: Hlc,
}

/// A kind that only a later version knows is an edit to this one.
fn kind_or_edit<'de, D: serde::Deserializer<'de>>(d: D) -> Result<CommitKind, D::Error> {
    let json = serde_json::Value::deserialize(d)?;
    Ok(serde_json::from_value(json).unwrap_or_default())
}

/// A commit in the list of all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) id: CommitId,
    /// The number of its first operation.
    pub(crate) start: u32,
    #[serde(flatten)]
    pub(crate) message: Message,
    #[serde(skip)]
    pub(crate) state: StepState,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StepState {
    /// In effect.
    #[default]
    Done,
    /// Taken back.
    Undone,
    /// Taken back, and past doing again: its author has done something else since.
    Forgotten,
}

impl Commit {
    pub(crate) fn entry(&self) -> HistoryEntry {
        let Message { name, author, kind, at } = self.message.clone();
        HistoryEntry { id: self.id, name, author, at, kind, undone: self.state != StepState::Done }
    }

    /// Whether it is a step of its own, rather than the way back or forth through another, or nobody's.
    pub(crate) fn is_step(&self) -> bool {
        matches!(self.message.kind, CommitKind::Edit | CommitKind::Outside)
    }
}
