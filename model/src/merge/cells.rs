//! Entities that are on both sides, cell by cell.

use std::sync::Arc;

use protocol::{EntityId, Value};

use super::conflict::{Clash, Conflict, Reason};
use super::{Favour, Merging};
use crate::diff::EntityChange;
use crate::entity::cell::{self, CellChange};
use crate::entity::{Cell, CellValue, Entity, list};
use crate::project::{EditRule, Project};
use crate::schema::{FieldKind, MAX_ITEMS, MAX_ROWS, MAX_USER_TEXT_BYTES};

impl Merging<'_> {
    /// Merges what theirs changed into what ours has. Whether entities that one side deleted stay is left to
    /// [`existence`](Self::existence).
    pub(super) fn entities(&mut self) {
        for change in &self.changes.changes {
            let ours = self.ours.state().shared(change.id);
            match (&change.before, &change.after, ours) {
                (None, Some(_), _) if self.held.entities.contains(&change.id) => {}
                (None, Some(theirs), None) => {
                    let theirs = self.without_held(change.id, theirs);
                    self.puts.insert(change.id, theirs);
                }
                (_, Some(theirs), Some(ours)) if theirs.table() != ours.table() => {
                    // Only files that were written by hand have one id for two kinds of things.
                    let rule = self.ours.fault(change.id, None, EditRule::DuplicateId).into();
                    let clash = Clash::LeftOut { theirs: theirs.clone(), with: Vec::new(), rule };
                    self.conflicts.push(Conflict { entity: change.id, clash });
                }
                (_, Some(_), Some(ours)) => {
                    let merged = self.merged(change, ours);
                    if merged != **ours {
                        self.puts.insert(change.id, Arc::new(merged));
                    }
                }
                (Some(_), None, Some(_)) => _ = self.deleted.insert(change.id),
                (_, None, _) | (Some(_), Some(_), None) => {}
            }
        }
    }

    /// What theirs made, without the fields that are held back.
    fn without_held(&self, id: EntityId, theirs: &Arc<Entity>) -> Arc<Entity> {
        if !self.held.has(id) {
            return theirs.clone();
        }
        let mut entity = Entity::clone(theirs);
        for CellChange { cell, .. } in cell::changes(None, Some(theirs)) {
            if self.held.field(id, &cell.field) {
                entity = cell::with(&entity, &cell, None);
            }
        }
        Arc::new(entity)
    }

    fn merged(&mut self, change: &EntityChange, ours: &Arc<Entity>) -> Entity {
        let untouched = change.before.as_ref().is_some_and(|before| Arc::ptr_eq(before, ours));
        if let (true, Some(after)) = (untouched && !self.held.has(change.id), &change.after) {
            return Entity::clone(after);
        }
        let mut merged = Entity::clone(ours);
        for CellChange { cell, before: base, after: theirs } in change.cells() {
            if self.held.field(change.id, &cell.field) {
                continue;
            }
            let now = cell::get(ours, &cell);
            if now == theirs {
                continue;
            }
            if now == base {
                merged = cell::with(&merged, &cell, theirs);
                continue;
            }
            // Whoever deleted what the field named meant no more by that.
            if unset(base.as_ref(), theirs.as_ref(), self.theirs) {
                continue;
            }
            if unset(base.as_ref(), now.as_ref(), self.ours) {
                merged = cell::with(&merged, &cell, theirs);
                continue;
            }
            if let Some(settled) = settled(ours, &cell, base.as_ref(), now.as_ref(), theirs.as_ref()) {
                merged = cell::with(&merged, &cell, Some(settled));
                continue;
            }
            if self.favour == Favour::Theirs {
                merged = cell::with(&merged, &cell, theirs.clone());
            }
            let clash = Clash::Cell { cell, base, ours: now, theirs, reason: Reason::BothChanged };
            self.conflicts.push(Conflict { entity: change.id, clash });
        }
        self.extra(change, &mut merged);
        self.within_limits(change.id, ours, merged)
    }

    /// The merged entity; where its rows have become too many, those of ours, and a conflict for each other.
    fn within_limits(&mut self, id: EntityId, ours: &Entity, mut merged: Entity) -> Entity {
        let too_many = |field: &&str| merged.rows(field).is_some_and(|rows| rows.size() > MAX_ROWS);
        let Some(field) = merged.fields.iter().map(|(name, _)| name).find(too_many) else { return merged };
        let found = merged.rows(field).map_or(0, |rows| rows.size());
        for CellChange { cell, before, after } in cell::changes(Some(ours), Some(&merged.clone())) {
            if cell.field == field {
                merged = cell::with(&merged, &cell, before.clone());
                let rule = EditRule::TooMany { what: "rows", found, limit: MAX_ROWS };
                let reason = Reason::Rule(self.ours.fault(id, Some(field), rule).into());
                let clash = Clash::Cell { cell, base: before.clone(), ours: before, theirs: after, reason };
                self.conflicts.push(Conflict { entity: id, clash });
            }
        }
        merged
    }

    /// Fields of a newer version, which have no cells.
    fn extra(&mut self, change: &EntityChange, merged: &mut Entity) {
        let fields = |entity: Option<&Arc<Entity>>| entity.and_then(|entity| entity.extra.clone());
        let (base, theirs) = (fields(change.before.as_ref()), fields(change.after.as_ref()));
        if base == theirs {
            return;
        }
        let ours = merged.extra.clone();
        let place = (change.id, &[][..]);
        let fields = super::extra::objects(
            place,
            base.as_deref(),
            ours.as_deref(),
            theirs.as_deref(),
            &mut self.conflicts,
        );
        merged.extra = (!fields.is_empty()).then(|| Arc::new(fields));
    }
}

/// A value for a cell that both changed, where nobody needs to be asked.
fn settled(
    entity: &Entity,
    cell: &Cell,
    base: Option<&CellValue>,
    ours: Option<&CellValue>,
    theirs: Option<&CellValue>,
) -> Option<CellValue> {
    let value = |value: Option<&CellValue>| match value {
        Some(CellValue::Value(value)) => Some(value.clone()),
        _ => None,
    };
    match (value(base), value(ours), value(theirs)) {
        (base, Some(Value::List(ours)), Some(Value::List(theirs))) => {
            let base = match base {
                Some(Value::List(base)) => base,
                _ => Vec::new(),
            };
            let merged = list::merged(&base, &ours, &theirs).filter(|merged| merged.len() <= MAX_ITEMS);
            return merged.map(|merged| CellValue::Value(Value::List(merged)));
        }
        // Scripts and notes merge line by line.
        (base, Some(Value::Text(ours)), Some(Value::Text(theirs))) if ours.contains('\n') => {
            let base = match base {
                Some(Value::Text(base)) => base,
                _ => String::new(),
            };
            let merged = diffy::merge(&base, &ours, &theirs).ok()?;
            let max_bytes = match entity.descriptor().field(&cell.field).map(|field| &field.kind) {
                Some(FieldKind::Text { max_bytes }) => *max_bytes,
                _ => MAX_USER_TEXT_BYTES,
            };
            return (merged.len() <= max_bytes).then_some(CellValue::Value(Value::Text(merged)));
        }
        _ => {}
    }
    if cell.field == "order" && entity.table() != "devices" {
        // Where a track or a scene stands in its list changes nothing that is heard: the one further up will do.
        let number = |value: Option<&CellValue>| match value {
            Some(CellValue::Value(Value::Float(order))) => *order,
            _ => 0.0,
        };
        return Some(CellValue::Value(Value::Float(number(ours).min(number(theirs)))));
    }
    None
}

/// Whether a cell named an entity until that was deleted.
fn unset(base: Option<&CellValue>, side: Option<&CellValue>, project: &Project) -> bool {
    match (base, side) {
        (Some(CellValue::Value(Value::Ref(id))), None) => project.entity(*id).is_none(),
        _ => false,
    }
}
