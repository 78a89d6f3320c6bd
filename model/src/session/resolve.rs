//! Deciding conflicts.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::{ConflictId, EntityId, Take};

use super::{Choice, Session, SessionError};
use crate::diff::{Diff, EntityChange};
use crate::edit::any::delete;
use crate::entity::{Cell, CellValue, Entity, cell};
use crate::merge::{Clash, Conflict, Reason, Side, dependants};
use crate::project::{EditError, EditRule};

impl Session {
    /// Decides one conflict, and gives how many are left. Deciding one may settle others with it.
    pub(super) fn resolve(&mut self, id: ConflictId, choice: &Choice) -> Result<usize, SessionError> {
        let found = self.conflicts.iter().find(|conflict| conflict.id == id);
        let unknown = SessionError::NoSuchConflict { session: self.id, conflict: id };
        let conflict = found.ok_or(unknown)?.conflict.clone();
        // Half of a decision would be worse than none.
        let mut decided = self.clone();
        decided.seen = decided.overlay.clone();
        decided.fold();
        decided.decide(&conflict, choice)?;
        decided.merge_onto(&self.ground);
        *self = decided;
        Ok(self.conflicts.len())
    }

    /// Decides all conflicts alike, and gives how many are left: those where the session's way breaks a rule.
    pub(super) fn resolve_all(&mut self, take: Take) -> usize {
        let choice = Choice::from(take);
        let mut decided = BTreeSet::new();
        // What stood in the way of one thing may, once decided, uncover another.
        while self.conflicts.iter().any(|conflict| !decided.contains(&conflict.id)) {
            self.seen = self.overlay.clone();
            self.fold();
            for conflict in self.conflicts.clone() {
                decided.insert(conflict.id);
                // Whatever cannot be had stays a conflict.
                let _forbidden = self.decide(&conflict.conflict, &choice);
            }
            self.merge_onto(&self.ground.clone());
        }
        self.conflicts.len()
    }

    fn decide(&mut self, conflict: &Conflict, choice: &Choice) -> Result<(), SessionError> {
        let id = conflict.entity;
        match (&conflict.clash, choice) {
            (Clash::Cell { cell, ours, theirs, reason, .. }, choice) => {
                let value = match (choice, reason) {
                    (Choice::Session, Reason::Rule(rule)) => {
                        return Err(SessionError::Forbidden(EditError::clone(rule)));
                    }
                    (Choice::Session, Reason::BothChanged) => theirs,
                    (Choice::Project, _) => ours,
                    (Choice::Value(value), _) => {
                        self.legal(id, cell, value.clone())?;
                        value
                    }
                };
                self.set(id, cell, ours.clone(), value.clone());
            }
            (Clash::LeftOut { .. } | Clash::Deleted { .. } | Clash::Unknown { .. }, Choice::Value(_)) => {
                return Err(SessionError::NotAValue);
            }
            (Clash::Deleted { by }, choice) => self.decide_deletion(id, *by, choice)?,
            (Clash::LeftOut { with, .. }, Choice::Project) => {
                self.moved.remove(&id);
                for (id, _) in with {
                    self.moved.remove(id);
                }
            }
            (Clash::LeftOut { theirs, rule, .. }, Choice::Session) => {
                let other = self.in_the_way(id, theirs, rule);
                let other = other.ok_or_else(|| SessionError::Forbidden(EditError::clone(rule)))?;
                self.apply(&[delete(other)])?;
                for id in self.touched.clone() {
                    self.settle(id);
                }
            }
            // No edit reaches what this version does not know.
            (Clash::Unknown { .. }, _) => _ = self.moved.remove(&id),
        }
        Ok(())
    }

    /// Makes a value the session's, as seen by somebody who knows what the project has.
    fn set(&mut self, id: EntityId, cell: &Cell, seen: Option<CellValue>, value: Option<CellValue>) {
        let Some(change) = self.moved.get_mut(&id) else { return };
        let Some(after) = &change.after else { return };
        let after = cell::with(after, cell, value);
        // Both may have made the entity, each in their way.
        let before = change.before.as_ref().or(self.ground.state().shared(id));
        let before = before.map(|before| cell::with(before, cell, seen));
        if before.as_ref() == Some(&after) {
            self.moved.remove(&id);
        } else {
            let after = Some(Arc::new(after));
            *change = EntityChange { id, before: before.map(Arc::new), after };
        }
    }

    /// Whether a cell may hold a value, as far as the overlay can tell.
    fn legal(&self, id: EntityId, cell: &Cell, value: Option<CellValue>) -> Result<(), SessionError> {
        let Some(now) = self.overlay.state().shared(id) else { return Ok(()) };
        let after = Arc::new(cell::with(now, cell, value));
        let change = EntityChange { id, before: Some(now.clone()), after: Some(after) };
        let edits = crate::diff::edits_among(&self.overlay, &self.overlay, &Diff { changes: vec![change] })?;
        self.overlay.apply(&edits).map(|_| ()).map_err(SessionError::Refused)
    }

    fn decide_deletion(&mut self, root: EntityId, by: Side, choice: &Choice) -> Result<(), SessionError> {
        // The overlay has kept it, with all that went with it.
        let mut ids: BTreeSet<EntityId> = dependants(&self.overlay, root, |_| true);
        let goes = matches!((by, choice), (Side::Ours, Choice::Project) | (Side::Theirs, Choice::Session));
        if goes && self.overlay.entity(root).is_some() {
            self.apply(&[delete(root)])?;
            ids.extend(self.touched.iter().copied());
        }
        ids.extend(dependants(&self.ground, root, |_| true));
        for id in ids {
            self.settle(id);
        }
        Ok(())
    }

    /// The entity of the project that keeps one of the session's out.
    fn in_the_way(&self, id: EntityId, theirs: &Entity, rule: &EditError) -> Option<EntityId> {
        match rule.rule {
            EditRule::LaneTaken(other) if other != id => Some(other),
            EditRule::LaneTaken(_) => {
                let same = |other: &EntityId| {
                    let other = self.overlay.entity(*other);
                    other.is_some_and(|other| other.text("param") == theirs.text("param"))
                };
                self.overlay.referring(theirs.owner()?, "lanes", "owner").find(same)
            }
            EditRule::SlotTaken(slot) => {
                let same = |other: &EntityId| {
                    self.overlay.entity(*other).is_some_and(|other| other.int("slot") == slot)
                };
                self.overlay.table(theirs.table()).find(same)
            }
            _ => None,
        }
    }
}
