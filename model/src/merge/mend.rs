//! Holding back what a rule forbids once both sides are together.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::EntityId;

use super::conflict::{Clash, Conflict, Reason, Side};
use super::{Held, Merging};
use crate::diff::EntityChange;
use crate::entity::cell::CellChange;
use crate::entity::{Entity, cell};
use crate::project::{Draft, EditError, EditRule, required};
use crate::schema::{FieldKind, Presence};

impl Merging<'_> {
    /// What to hold back so that these faults go away; nothing if there is nothing to blame.
    pub(super) fn hold_back(&self, draft: &Draft, faults: &[EditError]) -> Held {
        let mut held = Held::default();
        for fault in faults {
            if matches!(fault.rule, EditRule::RoutingCycle(_)) {
                self.hold_link(draft, fault, &mut held);
            } else if let Some(change) = self.changes.get(fault.entity) {
                self.hold(change, fault.field.as_deref(), fault, &mut held);
            } else if self.puts.contains_key(&fault.entity) {
                // It was brought back, and there is no more room for it.
                self.leave_out(fault.entity, fault, &mut held);
            }
        }
        if held.is_empty() {
            // Ours alone broke nothing, so what it names is to blame.
            for fault in faults {
                let named = self.ours.entity(fault.entity).into_iter().flat_map(Entity::references);
                for change in named.filter_map(|(_, target)| self.changes.get(target)) {
                    self.hold(change, None, fault, &mut held);
                }
            }
        }
        held
    }

    /// Everything as conflicts, because no part can be blamed alone.
    pub(super) fn all_held(&self, faults: &[EditError]) -> Vec<Conflict> {
        let mut held = Held::default();
        for (change, fault) in self.changes.changes.iter().zip(faults.iter().cycle()) {
            if change.after.is_none() {
                let clash = Clash::Deleted { by: Side::Theirs };
                held.conflicts.push(Conflict { entity: change.id, clash });
            } else {
                self.hold(change, None, fault, &mut held);
            }
        }
        held.conflicts
    }

    /// Holds back a field of a change, or all of it.
    fn hold(&self, change: &EntityChange, field: Option<&str>, fault: &EditError, held: &mut Held) {
        let Some(after) = change.after.as_deref() else { return };
        let ours = self.ours.entity(change.id);
        let can_be_unset = |field: &str| {
            let kind = after.descriptor().field(field).map(|field| &field.kind);
            matches!(kind, Some(FieldKind::Ref { presence: Presence::Optional, .. }))
        };
        if ours.is_none() && !field.is_some_and(can_be_unset) {
            return self.leave_out(change.id, fault, held);
        }
        let cells = change.cells();
        let is_free = |cell: &CellChange| !self.held.field(change.id, &cell.cell.field);
        let named: Vec<&CellChange> = cells
            .iter()
            .filter(|cell| is_free(cell) && field.is_none_or(|field| cell.cell.field == field))
            .collect();
        // The fault may be in a field that theirs left alone, for the sake of one that it changed.
        let blamed: Vec<&CellChange> =
            if named.is_empty() { cells.iter().filter(|cell| is_free(cell)).collect() } else { named };
        for CellChange { cell, before, after } in blamed {
            let now = ours.and_then(|ours| cell::get(ours, cell));
            held.fields.insert((change.id, cell.field.to_string()));
            if now != *after {
                let clash = Clash::Cell {
                    cell: cell.clone(),
                    base: before.clone(),
                    ours: now,
                    theirs: after.clone(),
                    reason: Reason::Rule(fault.clone().into()),
                };
                held.conflicts.push(Conflict { entity: change.id, clash });
            }
        }
    }

    /// Leaves out what theirs made, and what theirs made that needs it.
    fn leave_out(&self, id: EntityId, fault: &EditError, held: &mut Held) {
        let Some(theirs) = self.theirs.state().shared(id).or_else(|| self.puts.get(&id)) else { return };
        let (mut out, mut follow) = (BTreeSet::from([id]), vec![id]);
        while let Some(next) = follow.pop() {
            for (&dependant, entity) in &self.puts {
                let needs = required(entity).any(|needed| needed == next);
                if needs && self.ours.entity(dependant).is_none() && out.insert(dependant) {
                    follow.push(dependant);
                }
            }
        }
        if out.iter().any(|id| self.held.entities.contains(id)) || !held.entities.insert(id) {
            return;
        }
        let with: Vec<(EntityId, Arc<Entity>)> = out
            .iter()
            .filter(|dependant| **dependant != id)
            .filter_map(|dependant| Some((*dependant, self.puts.get(dependant)?.clone())))
            .collect();
        held.entities.extend(out);
        let clash = Clash::LeftOut { theirs: theirs.clone(), with, rule: fault.clone().into() };
        held.conflicts.push(Conflict { entity: id, clash });
    }

    /// Holds back one link of a circle of tracks that theirs made.
    fn hold_link(&self, draft: &Draft, fault: &EditError, held: &mut Held) {
        let state = draft.state();
        for change in &self.changes.changes {
            let Some(entity) = self.puts.get(&change.id) else { continue };
            let (from, to, field) = match entity.table() {
                "tracks" => (Some(change.id), entity.reference("output"), "output"),
                "sends" => (entity.reference("track"), entity.reference("target"), "target"),
                "devices" => (entity.reference("sidechain"), entity.reference("track"), "sidechain"),
                _ => continue,
            };
            let (Some(from), Some(to)) = (from, to) else { continue };
            let is_theirs = change.cells().iter().any(|cell| {
                let is_link = cell.cell.field == field || (field != "output" && cell.cell.field == "track");
                is_link && !self.held.field(change.id, &cell.cell.field)
            });
            if is_theirs && state.reaches(to, from) {
                return self.hold(change, Some(field), fault, held);
            }
        }
    }
}
