//! Taking a step back, or doing it again, field by field: what others changed meanwhile stays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::{EntityId, Value};

use super::apply::error;
use super::draft::{Change, Draft};
use super::{EditError, EditRule, relations};
use crate::entity::{Entity, Stored};

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
            .map_err(|field| error(&draft.state, change.id, field, conflict()))?;
    }
    // Nobody may have come to depend on what is gone.
    for change in changes.iter().filter(|change| draft.state.entity(change.id).is_none()) {
        if let Some((_, field, id)) = draft.state.all_referring(change.id).next() {
            return Err(error(&draft.state, id, Some(field), conflict()));
        }
    }
    relations::check(draft)
}

fn one(
    draft: &mut Draft,
    id: EntityId,
    from: Option<&Entity>,
    to: Option<&Arc<Entity>>,
) -> Result<(), Option<&'static str>> {
    let now = draft.state.shared(id).cloned();
    match (from, to, now) {
        (None, Some(to), None) => draft.put(id, to.clone()),
        (Some(from), None, Some(now)) => {
            if let Some(field) = differing(from, &now).next() {
                return Err(Some(field));
            }
            draft.take(id);
        }
        (Some(from), Some(to), Some(now)) => {
            let mut after = Entity::clone(&now);
            for field in differing(from, to) {
                let moved = field_back(from.fields.get(field), to.fields.get(field), now.fields.get(field))
                    .ok_or(Some(field))?;
                match moved {
                    Some(value) => after.fields.insert(field, value),
                    None => after.fields.remove(field),
                };
            }
            draft.put(id, after);
        }
        _ => return Err(None),
    }
    Ok(())
}

fn differing(a: &Entity, b: &Entity) -> impl Iterator<Item = &'static str> {
    let fields = a.descriptor().fields.iter().map(|field| field.name);
    fields.filter(|name| a.fields.get(name) != b.fields.get(name))
}

/// What a field is after going from `from` to `to`, given what it is `now`; rows and numbers go one by one. `None` if
/// `now` is not where the step left it.
fn field_back(from: Option<&Stored>, to: Option<&Stored>, now: Option<&Stored>) -> Option<Option<Stored>> {
    let rows = |stored: Option<&Stored>| match stored {
        None => Some(BTreeMap::new()),
        Some(Stored::Rows(rows)) => Some(rows.iter().map(|(&key, &row)| (key, row)).collect()),
        Some(Stored::Plain(_)) => None,
    };
    let numbers = |stored: Option<&Stored>| match stored {
        None => Some(BTreeMap::new()),
        Some(Stored::Plain(Value::Numbers(numbers))) => Some(numbers.clone()),
        Some(_) => None,
    };
    if now == from {
        return Some(to.cloned());
    }
    if let (Some(from), Some(to), Some(mut now)) = (rows(from), rows(to), rows(now)) {
        entries_back(&from, &to, &mut now)?;
        return Some((!now.is_empty()).then(|| Stored::Rows(now.into_iter().collect())));
    }
    if let (Some(from), Some(to), Some(mut now)) = (numbers(from), numbers(to), numbers(now)) {
        entries_back(&from, &to, &mut now)?;
        return Some((!now.is_empty()).then(|| Stored::Plain(Value::Numbers(now))));
    }
    None
}

fn entries_back<K: Ord + Clone, V: PartialEq + Clone>(
    from: &BTreeMap<K, V>,
    to: &BTreeMap<K, V>,
    now: &mut BTreeMap<K, V>,
) -> Option<()> {
    let changed: BTreeSet<&K> =
        from.keys().chain(to.keys()).filter(|key| from.get(key) != to.get(key)).collect();
    for key in changed {
        if now.get(key) != from.get(key) {
            return None;
        }
        match to.get(key) {
            Some(value) => now.insert(key.clone(), value.clone()),
            None => now.remove(key),
        };
    }
    Some(())
}
