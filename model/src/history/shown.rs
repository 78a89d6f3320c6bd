//! The list of steps that a person sees.

use protocol::CommitId;
use rpds::VectorSync;

use super::commit::HistoryEntry;

/// The steps of a history, oldest first. Cheap to clone, whatever its length: clones share what they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct StepList(VectorSync<HistoryEntry>);

impl StepList {
    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The step at a place, counted from the oldest.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&HistoryEntry> {
        self.0.get(index)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &HistoryEntry> + ExactSizeIterator {
        self.0.iter()
    }

    /// The last step that is in effect. Costs the steps that are taken back.
    #[must_use]
    pub fn last_done(&self) -> Option<usize> {
        (0..self.len()).rev().find(|index| self.get(*index).is_some_and(|step| !step.undone))
    }

    /// The place of a step. Costs the steps after it.
    #[must_use]
    pub fn position(&self, id: CommitId) -> Option<usize> {
        (0..self.len()).rev().find(|index| self.get(*index).is_some_and(|step| step.id == id))
    }

    pub(super) fn push(&mut self, entry: HistoryEntry) {
        self.0.push_back_mut(entry);
    }

    pub(super) fn set(&mut self, index: usize, entry: HistoryEntry) {
        self.0.set_mut(index, entry);
    }

    pub(super) fn pop(&mut self) {
        self.0.drop_last_mut();
    }
}

impl Default for StepList {
    fn default() -> Self {
        Self(VectorSync::new_sync())
    }
}

impl FromIterator<HistoryEntry> for StepList {
    fn from_iter<I: IntoIterator<Item = HistoryEntry>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}
