//! What differs between two projects: by entity and cell, as edits, and in words.
//!
//! [`Diff::between`] finds the entities; snapshots of one project share what is alike, so most are passed over without
//! a look inside. [`edits()`] turns one project into the other. [`lines()`] says it as a musician would.

mod edits;
mod lines;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::EntityId;

use crate::entity::Entity;
use crate::entity::cell::{self, CellChange};
use crate::project::Project;

pub use crate::project::Change as EntityChange;
pub(crate) use edits::among as edits_among;
pub use edits::{EditsError, edits};
pub(crate) use lines::of as lines_of;
pub use lines::{Line, Mark, conflict_line, lines, listing};

/// What differs between two projects, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// The entities that differ, each once, in order of their ids.
    pub changes: Vec<EntityChange>,
}

impl Diff {
    /// Everything that differs. Costs a look at every entity, and a comparison of those that are not shared.
    #[must_use]
    pub fn between(a: &Project, b: &Project) -> Self {
        if a.is_same(b) {
            return Self::default();
        }
        let (from, to) = (a.state(), b.state());
        let mut changes = Vec::new();
        let mut common = 0;
        for (&id, after) in to.iter() {
            let before = from.shared(id);
            common += usize::from(before.is_some());
            changes.extend(change(id, before, Some(after)));
        }
        if common < a.len() {
            let gone = from.iter().filter(|(id, _)| to.shared(**id).is_none());
            changes.extend(gone.filter_map(|(&id, before)| change(id, Some(before), None)));
        }
        changes.sort_unstable_by_key(|change| change.id);
        Self { changes }
    }

    /// What differs among some entities. Costs no look at the others.
    #[must_use]
    pub fn among(a: &Project, b: &Project, ids: impl IntoIterator<Item = EntityId>) -> Self {
        let ids: BTreeSet<EntityId> = ids.into_iter().collect();
        let (from, to) = (a.state(), b.state());
        let changes = ids.into_iter().filter_map(|id| change(id, from.shared(id), to.shared(id)));
        Self { changes: changes.collect() }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The change of an entity.
    #[must_use]
    pub fn get(&self, id: EntityId) -> Option<&EntityChange> {
        let at = self.changes.binary_search_by_key(&id, |change| change.id).ok()?;
        self.changes.get(at)
    }
}

fn change(id: EntityId, before: Option<&Arc<Entity>>, after: Option<&Arc<Entity>>) -> Option<EntityChange> {
    let alike = match (before, after) {
        (Some(before), Some(after)) => Arc::ptr_eq(before, after) || before == after,
        (None, None) => true,
        _ => false,
    };
    (!alike).then(|| EntityChange { id, before: before.cloned(), after: after.cloned() })
}

impl EntityChange {
    /// What changed in it, cell by cell: everything that is not at its default if it was added or removed.
    #[must_use]
    pub fn cells(&self) -> Vec<CellChange> {
        cell::changes(self.before.as_deref(), self.after.as_deref())
    }

    /// The entity as it is, or else as it was.
    #[must_use]
    pub fn entity(&self) -> Option<&Entity> {
        self.after.as_deref().or(self.before.as_deref())
    }
}

#[cfg(test)]
mod tests;
