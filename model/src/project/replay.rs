//! Taking a step back, or doing it again, field by field: what others changed meanwhile stays.

use std::sync::Arc;

use protocol::EntityId;

use super::apply::error;
use super::draft::{Change, Draft};
use super::{EditError, EditRule, relations};
use crate::entity::{Entity, Name, cell};

/// Which way through a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Undo,
    Redo,
}

/// Takes the changes of a step back, or makes them again. Whatever they touch must be as the step left it.
pub(crate) fn replay(
    draft: &mut Draft,
    step: &str,
    changes: &[Change],
    direction: Direction,
) -> Result<(), EditError> {
    let conflict = || EditRule::ChangedSince(step.to_owned());
    for change in changes {
        let (from, to) = match direction {
            Direction::Undo => (&change.after, &change.before),
            Direction::Redo => (&change.before, &change.after),
        };
        one(draft, change.id, from.as_deref(), to.as_ref())
            .map_err(|field| error(&draft.state, change.id, field.as_deref(), conflict()))?;
    }
    // Nobody may have come to depend on what is gone.
    for change in changes.iter().filter(|change| draft.state.entity(change.id).is_none()) {
        if let Some((_, field, id)) = draft.state.all_referring(change.id).next() {
            return Err(error(&draft.state, id, Some(&field), conflict()));
        }
    }
    relations::check(draft)
}

fn one(
    draft: &mut Draft,
    id: EntityId,
    from: Option<&Entity>,
    to: Option<&Arc<Entity>>,
) -> Result<(), Option<Name>> {
    let now = draft.state.shared(id).cloned();
    match (from, to, now) {
        (None, Some(to), None) => draft.put(id, to.clone()),
        (Some(from), None, Some(now)) => {
            if let Some(change) = cell::changes(Some(from), Some(&now)).into_iter().next() {
                return Err(Some(change.cell.field));
            }
            draft.take(id);
        }
        (Some(from), Some(to), Some(now)) => {
            let mut after = Entity::clone(&now);
            for change in cell::changes(Some(from), Some(to)) {
                if cell::get(&after, &change.cell) != change.before {
                    return Err(Some(change.cell.field));
                }
                after = cell::with(&after, &change.cell, change.after);
            }
            draft.put(id, after);
        }
        _ => return Err(None),
    }
    Ok(())
}
