//! Cells: the smallest things that merge by themselves. History, undo, diffs and three-way merges speak in them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use protocol::{Row, Value};
use serde::{Deserialize, Serialize};

use super::name::Name;
use super::{Entity, Rows, Stored, facet};
use crate::schema::FieldKind;

/// A place within an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// The field, such as `volume_db`, or `grading.score` in a user's table. `grading.` says whether it is in that table.
    pub field: Name,
    /// Which part of it.
    pub part: Part,
}

/// A part of a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of it: fields of one value.
    Whole,
    /// A row, by its key.
    Row(u64),
    /// An entry of a field of numbers or properties, by its key.
    Entry(Name),
}

impl fmt::Display for Part {
    /// Empty for the whole, `row:7` or `entry:cutoff`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Row(key) => write!(f, "row:{key}"),
            Self::Entry(key) => write!(f, "entry:{key}"),
        }
    }
}

/// A text that is no [`Part`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no part of a field: expected nothing, 'row:<number>' or 'entry:<key>'")]
pub struct PartError(String);

impl FromStr for Part {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let wrong = || PartError(text.to_owned());
        match text.split_once(':') {
            None if text.is_empty() => Ok(Self::Whole),
            Some(("row", key)) => key.parse().map(Self::Row).map_err(|_| wrong()),
            Some(("entry", key)) => Ok(Self::Entry(key.into())),
            _ => Err(wrong()),
        }
    }
}

/// What a cell holds. Numbers within compare by value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellValue {
    /// A value.
    Value(Value),
    /// A row.
    Row(Row),
}

/// What became of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellChange {
    /// Which.
    pub cell: Cell,
    /// What it held; `None` for the default, or for nothing.
    pub before: Option<CellValue>,
    /// What it holds.
    pub after: Option<CellValue>,
}

/// The cells in which two states of an entity differ, by field in alphabetical order. `None` stands for an entity that
/// does not exist, and so has nothing but defaults; whether it exists is for the caller to tell.
#[must_use]
pub fn changes<'a>(before: Option<&'a Entity>, after: Option<&'a Entity>) -> Vec<CellChange> {
    let fields = |entity: Option<&'a Entity>| entity.into_iter().flat_map(|entity| entity.fields.iter());
    let mut found = Vec::new();
    differing(fields(before), fields(after), |field, before, after| {
        field_changes(&Name::fixed(field), before, after, &mut found);
    });
    if before.zip(after).is_none_or(|(before, after)| !before.shares_user(after)) {
        let user = |entity: Option<&'a Entity>| entity.into_iter().flat_map(Entity::user);
        differing(user(before), user(after), |path, before, after| {
            field_changes(path, before, after, &mut found);
        });
    }
    found
}

/// What a cell of an entity holds; `None` at the default, or where there is no such cell.
#[must_use]
pub fn get(entity: &Entity, cell: &Cell) -> Option<CellValue> {
    let stored = entity.stored(&cell.field)?;
    match (&cell.part, stored) {
        (Part::Whole, stored) => Some(CellValue::Value(stored.to_value())),
        (Part::Row(key), Stored::Rows(rows)) => rows.get(key).copied().map(CellValue::Row),
        (Part::Entry(key), stored) => entry(stored, key).map(CellValue::Value),
        _ => None,
    }
}

/// The entity with another value in a cell; `None` restores the default, or removes the row or entry. Checks nothing but
/// that the cell can be: where it cannot, the entity stays as it is.
#[must_use]
pub fn with(entity: &Entity, cell: &Cell, value: Option<CellValue>) -> Entity {
    let mut entity = entity.clone();
    let now = entity.stored(&cell.field);
    let stored = match entity.descriptor().field(&cell.field) {
        Some(field) => stored_with(now, &field.kind, &cell.part, value),
        None if facet::split(&cell.field).is_some() => user_with(now, &cell.part, value),
        None => None,
    };
    if let Some(stored) = stored {
        entity.put(&cell.field, stored);
    }
    entity
}

/// What a field holds once a part of it is replaced. `None` if the kind of field has no such part.
fn stored_with(
    now: Option<&Stored>,
    kind: &FieldKind,
    part: &Part,
    value: Option<CellValue>,
) -> Option<Option<Stored>> {
    match (part, value) {
        (Part::Whole, None | Some(CellValue::Value(Value::Null))) => Some(None),
        (Part::Whole, Some(CellValue::Value(value))) => Some(Stored::new(kind, &value)),
        (Part::Row(key), value) if kind.has_rows() => {
            let mut rows = rows(now).cloned().unwrap_or_else(Rows::new_sync);
            match value {
                Some(CellValue::Row(row)) => rows.insert_mut(*key, row),
                None => _ = rows.remove_mut(key),
                Some(CellValue::Value(_)) => return None,
            }
            Some((!rows.is_empty()).then_some(Stored::Rows(rows)))
        }
        (Part::Entry(key), value) => {
            let value = match value {
                Some(CellValue::Value(value)) => Some(value),
                None => None,
                Some(CellValue::Row(_)) => return None,
            };
            with_entry(now, kind, key, value)
        }
        _ => None,
    }
}

/// The same for a field of a user's table, which holds whatever it is given.
fn user_with(now: Option<&Stored>, part: &Part, value: Option<CellValue>) -> Option<Option<Stored>> {
    match (part, value) {
        (Part::Whole, None) => Some(None),
        (Part::Whole, Some(CellValue::Value(value))) => Some(Stored::given(&value)),
        (Part::Row(_), value) => stored_with(now, &FieldKind::Notes, part, value),
        (Part::Entry(key), value) => {
            let mut entries = properties(now).cloned().unwrap_or_default();
            match value {
                Some(CellValue::Value(value)) => _ = entries.insert(key.to_string(), value),
                None => _ = entries.remove(key.as_str()),
                Some(CellValue::Row(_)) => return None,
            }
            Some(Stored::given(&Value::Properties(entries)))
        }
        (Part::Whole, Some(CellValue::Row(_))) => None,
    }
}

/// A field of entries once one of them is replaced. `None` if the kind of field has no such entry.
fn with_entry(
    now: Option<&Stored>,
    kind: &FieldKind,
    key: &Name,
    value: Option<Value>,
) -> Option<Option<Stored>> {
    let mut whole = now.map_or_else(|| kind.default_value(), Stored::to_value);
    match (&mut whole, value) {
        (Value::Numbers(numbers), Some(Value::Float(number))) => _ = numbers.insert(key.to_string(), number),
        (Value::Numbers(numbers), None) => _ = numbers.remove(key.as_str()),
        (Value::Properties(entries), Some(value)) => _ = entries.insert(key.to_string(), value),
        (Value::Properties(entries), None) => _ = entries.remove(key.as_str()),
        _ => return None,
    }
    Some(Stored::new(kind, &whole))
}

fn entry(stored: &Stored, key: &str) -> Option<Value> {
    match stored {
        Stored::Plain(Value::Numbers(numbers)) => numbers.get(key).copied().map(Value::Float),
        Stored::Plain(Value::Properties(entries)) => entries.get(key).cloned(),
        _ => None,
    }
}

fn field_changes(field: &Name, before: Option<&Stored>, after: Option<&Stored>, found: &mut Vec<CellChange>) {
    let mut push = |part, before: Option<CellValue>, after: Option<CellValue>| {
        found.push(CellChange { cell: Cell { field: field.clone(), part }, before, after });
    };
    match (before, after) {
        (None | Some(Stored::Rows(_)), None | Some(Stored::Rows(_))) => {
            let rows = |stored| rows(stored).into_iter().flatten();
            differing(rows(before), rows(after), |key, before, after| {
                let row = |row: Option<&Row>| row.copied().map(CellValue::Row);
                push(Part::Row(*key), row(before), row(after));
            });
        }
        (None | Some(Stored::Plain(Value::Numbers(_))), None | Some(Stored::Plain(Value::Numbers(_)))) => {
            let numbers = |stored| numbers(stored).into_iter().flatten();
            differing(numbers(before), numbers(after), |key, before, after| {
                let number =
                    |number: Option<&f64>| number.map(|&number| CellValue::Value(Value::Float(number)));
                push(Part::Entry(key.as_str().into()), number(before), number(after));
            });
        }
        (
            None | Some(Stored::Plain(Value::Properties(_))),
            None | Some(Stored::Plain(Value::Properties(_))),
        ) => {
            let entries = |stored| properties(stored).into_iter().flatten();
            differing(entries(before), entries(after), |key, before, after| {
                let value = |value: Option<&Value>| value.cloned().map(CellValue::Value);
                push(Part::Entry(key.as_str().into()), value(before), value(after));
            });
        }
        _ => {
            let value = |stored: Option<&Stored>| stored.map(|stored| CellValue::Value(stored.to_value()));
            push(Part::Whole, value(before), value(after));
        }
    }
}

fn rows(stored: Option<&Stored>) -> Option<&Rows> {
    match stored {
        Some(Stored::Rows(rows)) => Some(rows),
        _ => None,
    }
}

fn numbers(stored: Option<&Stored>) -> Option<&BTreeMap<String, f64>> {
    match stored {
        Some(Stored::Plain(Value::Numbers(numbers))) => Some(numbers),
        _ => None,
    }
}

fn properties(stored: Option<&Stored>) -> Option<&BTreeMap<String, Value>> {
    match stored {
        Some(Stored::Plain(Value::Properties(entries))) => Some(entries),
        _ => None,
    }
}

/// Walks two sorted sequences side by side and gives what is not the same in both.
fn differing<'a, K: Ord + Copy, V: PartialEq + 'a>(
    before: impl Iterator<Item = (K, &'a V)>,
    after: impl Iterator<Item = (K, &'a V)>,
    mut give: impl FnMut(K, Option<&'a V>, Option<&'a V>),
) {
    let (mut before, mut after) = (before.peekable(), after.peekable());
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return,
        };
        let old = order.is_le().then(|| before.next()).flatten();
        let new = order.is_ge().then(|| after.next()).flatten();
        let Some(key) = old.map(|(key, _)| key).or(new.map(|(key, _)| key)) else { return };
        let (old, new) = (old.map(|(_, value)| value), new.map(|(_, value)| value));
        if old != new {
            give(key, old, new);
        }
    }
}

#[cfg(test)]
mod tests;
