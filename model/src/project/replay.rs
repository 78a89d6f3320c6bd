//! Taking a step back, or doing it again, cell by cell: what others changed meanwhile stays.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{EntityId, Value};

use super::apply::error;
use super::draft::Draft;
use super::{EditError, EditRule, relations};
use crate::entity::{Cell, CellChange, CellValue, Entity, cell};
use crate::history::Piece;

/// Which way through a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Undo,
    Redo,
}

/// A step of the history.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) changes: Vec<StepChange>,
    /// The entities that anybody has changed since the step was last gone through.
    pub(crate) changed_since: BTreeSet<EntityId>,
}

/// What a step did to one entity.
#[derive(Debug)]
pub(crate) struct StepChange {
    pub(crate) id: EntityId,
    pub(crate) life: Life,
    /// The cells that it wrote, with what they held before and after.
    pub(crate) cells: Vec<CellChange>,
    /// What going through it does to pieces of texts and lists; `None` if others changed a piece since.
    pub(crate) pieces: Vec<(Cell, Option<Piece>)>,
    /// The entity as it would be if it existed, or does.
    pub(crate) latent: Option<Entity>,
}

/// What a step did to an entity's existence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Same,
    Created,
    Deleted,
}

/// Takes the changes of a step back, or makes them again. Whatever they touch must be as the step left it.
pub(crate) fn replay(draft: &mut Draft, step: Step, direction: Direction) -> Result<(), EditError> {
    let conflict = || EditRule::ChangedSince(step.name.clone());
    for change in &step.changes {
        one(draft, change, direction, &step.changed_since)
            .map_err(|field| error(&draft.state, change.id, field.as_deref(), conflict()))?;
    }
    // Nobody may have come to depend on what is gone.
    for change in step.changes.iter().filter(|change| draft.state.entity(change.id).is_none()) {
        if let Some((_, field, id)) = draft.state.all_referring(change.id).next() {
            return Err(error(&draft.state, id, Some(&field), conflict()));
        }
    }
    relations::check(draft)
}

fn one(
    draft: &mut Draft,
    change: &StepChange,
    direction: Direction,
    changed_since: &BTreeSet<EntityId>,
) -> Result<(), Option<String>> {
    let id = change.id;
    let now = draft.state.shared(id).cloned();
    match (change.life, direction, now) {
        (Life::Created, Direction::Redo, None) => draft.put(id, born_again(change).ok_or(None)?),
        (Life::Deleted, Direction::Undo, None) => draft.put(id, change.latent.clone().ok_or(None)?),
        (Life::Created, Direction::Undo, Some(now)) => {
            if let Some(field) = changed_from_birth(change, &now) {
                return Err(Some(field));
            }
            draft.take(id);
        }
        (Life::Deleted, Direction::Redo, Some(_)) => {
            if changed_since.contains(&id) {
                return Err(None);
            }
            draft.take(id);
        }
        (Life::Same, _, Some(now)) => {
            let after = cells_gone_through(change, direction, &now)?;
            draft.put(id, after);
        }
        _ => return Err(None),
    }
    Ok(())
}

/// The entity as a step created it, where it is what it was before: one that had an earlier life went back to that.
fn born_again(change: &StepChange) -> Option<Entity> {
    let mut entity = change.latent.clone()?;
    for CellChange { cell, before, after } in &change.cells {
        if cell::get(&entity, cell) == *before {
            entity = cell::with(&entity, cell, after.clone());
        }
    }
    // Only texts were begun so, by older versions.
    for (cell, piece) in &change.pieces {
        if let Some(Piece::Text(splice)) = piece
            && splice.cut == text(cell::get(&entity, cell).as_ref())
        {
            let born = CellValue::Value(Value::Text(splice.put.clone()));
            entity = cell::with(&entity, cell, Some(born));
        }
    }
    Some(entity)
}

fn cells_gone_through(
    change: &StepChange,
    direction: Direction,
    now: &Entity,
) -> Result<Entity, Option<String>> {
    let mut after = now.clone();
    for CellChange { cell, before, after: written } in &change.cells {
        let (from, to) = match direction {
            Direction::Undo => (written, before),
            Direction::Redo => (before, written),
        };
        if cell::get(now, cell) != *from {
            return Err(Some(cell.field.to_string()));
        }
        after = cell::with(&after, cell, to.clone());
    }
    for (cell, piece) in &change.pieces {
        let held = cell::get(now, cell);
        let value = piece.as_ref().and_then(|piece| piece.apply(&cell.field, held.as_ref()));
        after = cell::with(&after, cell, value.ok_or_else(|| Some(cell.field.to_string()))?);
    }
    Ok(after)
}

/// The first field in which an entity is not as it was when a step created it.
fn changed_from_birth(change: &StepChange, now: &Entity) -> Option<String> {
    let values = change.cells.iter().filter_map(|change| Some((change.cell.clone(), change.after.clone()?)));
    let texts = change.pieces.iter().filter_map(|(cell, piece)| match piece {
        Some(Piece::Text(splice)) => Some((cell.clone(), splice.cut.clone())),
        _ => None,
    });
    let texts = texts.filter(|(_, text)| !text.is_empty());
    let mut born: BTreeMap<Cell, CellValue> = values.collect();
    born.extend(texts.map(|(cell, text)| (cell, CellValue::Value(Value::Text(text)))));
    let now = cell::changes(None, Some(now)).into_iter();
    let mut differs = now.filter(|change| born.remove(&change.cell) != change.after);
    let first = differs.next().map(|change| change.cell.field.to_string());
    drop(differs);
    first.or_else(|| born.into_keys().next().map(|cell| cell.field.to_string()))
}

fn text(value: Option<&CellValue>) -> &str {
    match value {
        Some(CellValue::Value(Value::Text(text))) => text,
        _ => "",
    }
}
