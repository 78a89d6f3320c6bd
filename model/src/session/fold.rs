//! What a session changed, apart from the ground that it was changed on: so that the ground can be moved.

use std::sync::Arc;

use protocol::EntityId;

use super::Session;
use crate::diff::EntityChange;
use crate::entity::cell::{self, CellChange};
use crate::entity::{Cell, Entity};
use crate::project::Project;

impl Session {
    /// Puts what was edited since the ground was moved to what was edited before.
    pub(super) fn fold(&mut self) {
        for id in std::mem::take(&mut self.touched) {
            let old = self.moved.remove(&id);
            let change = folded(id, old.as_ref(), &self.ground, &self.overlay);
            self.moved.extend(change.map(|change| (id, change)));
        }
    }

    /// Takes an entity as it is in the overlay, whatever else was seen before.
    pub(super) fn settle(&mut self, id: EntityId) {
        let change = folded(id, None, &self.ground, &self.overlay);
        self.touched.remove(&id);
        self.moved.remove(&id);
        self.moved.extend(change.map(|change| (id, change)));
    }
}

/// The change of an entity, given the change that was known before.
fn folded(
    id: EntityId,
    old: Option<&EntityChange>,
    ground: &Project,
    overlay: &Project,
) -> Option<EntityChange> {
    let (was, is) = (ground.state().shared(id), overlay.state().shared(id));
    match (was, is) {
        (None, None) => None,
        (None, Some(is)) => {
            // Where the project has deleted it meanwhile, that is still to be noticed.
            let before = old.and_then(|old| old.before.clone());
            Some(EntityChange { id, before, after: Some(is.clone()) })
        }
        (Some(was), None) => Some(EntityChange { id, before: Some(was.clone()), after: None }),
        (Some(was), Some(is)) => {
            let changed = cell::changes(Some(was), Some(is));
            if changed.is_empty() && was == is {
                return None;
            }
            let old = old.filter(|old| old.before.is_some() && old.after.is_some());
            let old: Vec<CellChange> = old.map(EntityChange::cells).unwrap_or_default();
            if old.is_empty() {
                return Some(EntityChange { id, before: Some(was.clone()), after: Some(is.clone()) });
            }
            let mut before = Entity::clone(was);
            for change in changed {
                // What was not edited again is still based on what was seen then.
                if let Some(seen) = seen(&old, &change.cell)
                    && seen.after == change.after
                {
                    before = cell::with(&before, &change.cell, seen.before.clone());
                }
            }
            Some(EntityChange { id, before: Some(Arc::new(before)), after: Some(is.clone()) })
        }
    }
}

/// The change of a cell among those of an entity, which are sorted by cell.
fn seen<'a>(changes: &'a [CellChange], cell: &Cell) -> Option<&'a CellChange> {
    let at = changes.binary_search_by(|change| change.cell.cmp(cell)).ok()?;
    changes.get(at)
}
