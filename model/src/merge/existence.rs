//! Entities that one side deleted and the other changed or needs: they are kept, with all that went with them.

use std::collections::BTreeSet;

use protocol::EntityId;

use super::Merging;
use super::conflict::{Clash, Conflict, Side};
use crate::entity::cell::{self, CellChange};
use crate::entity::{Entity, Part};
use crate::project::{Project, is_required, required};

impl Merging<'_> {
    pub(super) fn existence(&mut self) {
        let mut kept = BTreeSet::new();
        for change in &self.changes.changes {
            let ours = self.ours.entity(change.id);
            match (change.before.as_deref(), change.after.as_deref(), ours) {
                // Theirs deleted what ours changed.
                (Some(before), None, Some(ours)) if touched(before, ours, self.ours) => {
                    self.keep(change.id, &mut kept);
                }
                // Ours deleted what theirs changed.
                (Some(before), Some(after), None) if touched(before, after, self.theirs) => {
                    self.revive(change.id, &mut kept);
                }
                _ => {}
            }
        }
        while self.mend_references(&mut kept) {}
        let conflict = |(entity, by)| Conflict { entity, clash: Clash::Deleted { by } };
        self.conflicts.extend(kept.into_iter().map(conflict));
    }

    /// Keeps what is needed and yet deleted, by either side. Whether there was any.
    fn mend_references(&mut self, kept: &mut BTreeSet<(EntityId, Side)>) -> bool {
        let before = kept.len();
        let named: BTreeSet<EntityId> =
            self.puts.values().flat_map(|entity| entity.references()).map(|(_, target)| target).collect();
        for target in named {
            if self.deleted.contains(&target) {
                self.keep(target, kept);
            } else if self.ours.entity(target).is_none() && !self.puts.contains_key(&target) {
                self.revive(target, kept);
            }
        }
        for id in self.deleted.clone() {
            let state = self.ours.state();
            let needed = state.all_referring(id).any(|(_, _, referring)| {
                // Those that theirs touched were looked at above.
                !self.deleted.contains(&referring) && !self.puts.contains_key(&referring)
            });
            if needed && self.deleted.contains(&id) {
                self.keep(id, kept);
            }
        }
        kept.len() > before
    }

    /// Keeps an entity that theirs deleted.
    fn keep(&mut self, id: EntityId, kept: &mut BTreeSet<(EntityId, Side)>) {
        let gone = |id: EntityId| self.changes.get(id).is_some_and(|change| change.after.is_none());
        let root = top(self.ours, id, gone);
        for id in dependants(self.ours, root, gone) {
            self.deleted.remove(&id);
        }
        kept.insert((root, Side::Theirs));
    }

    /// Brings back an entity that ours deleted.
    fn revive(&mut self, id: EntityId, kept: &mut BTreeSet<(EntityId, Side)>) {
        let (ours, changes) = (self.ours, self.changes);
        let was_there = |id: EntityId| changes.get(id).is_none_or(|change| change.before.is_some());
        let held = &self.held.entities;
        let gone = |id: EntityId| ours.entity(id).is_none() && was_there(id) && !held.contains(&id);
        if !gone(id) || self.theirs.entity(id).is_none() {
            return;
        }
        let root = top(self.theirs, id, gone);
        for id in dependants(self.theirs, root, gone) {
            let entity = self.theirs.state().shared(id);
            self.puts.extend(entity.map(|entity| (id, entity.clone())));
        }
        kept.insert((root, Side::Ours));
    }
}

/// Whether somebody changed an entity, rather than deleted what it named.
fn touched(before: &Entity, after: &Entity, project: &Project) -> bool {
    let unset = |change: &CellChange| {
        let target = before.reference(&change.cell.field);
        change.cell.part == Part::Whole
            && change.after.is_none()
            && target.is_some_and(|target| project.entity(target).is_none())
    };
    before.extra != after.extra || !cell::changes(Some(before), Some(after)).iter().all(unset)
}

/// The outermost entity that `id` cannot be without and that is gone as well.
fn top(project: &Project, id: EntityId, gone: impl Fn(EntityId) -> bool) -> EntityId {
    let (mut top, mut seen) = (id, BTreeSet::from([id]));
    while let Some(entity) = project.entity(top)
        && let Some(next) = required(entity).find(|id| gone(*id) && !seen.contains(id))
    {
        seen.insert(next);
        top = next;
    }
    top
}

/// An entity, what cannot be without it, and so on: those that are gone.
pub(crate) fn dependants(
    project: &Project,
    root: EntityId,
    gone: impl Fn(EntityId) -> bool,
) -> BTreeSet<EntityId> {
    let (mut found, mut follow) = (BTreeSet::from([root]), vec![root]);
    while let Some(id) = follow.pop() {
        for (table, field, referring) in project.state().all_referring(id) {
            if is_required(table, &field) && gone(referring) && found.insert(referring) {
                follow.push(referring);
            }
        }
    }
    found
}
