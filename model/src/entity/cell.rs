//! Cells: the smallest things that merge by themselves. History, undo, diffs and three-way merges speak in them.

use std::collections::BTreeMap;

use protocol::{Row, Value};
use serde::{Deserialize, Serialize};

use super::name::Name;
use super::{Entity, Rows, Stored};
use crate::schema::FieldKind;

/// A place within an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// The field, such as `volume_db`.
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
    /// An entry of a field of numbers, by its key.
    Entry(Name),
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
pub fn changes(before: Option<&Entity>, after: Option<&Entity>) -> Vec<CellChange> {
    let before = before.into_iter().flat_map(|entity| &entity.fields);
    let after = after.into_iter().flat_map(|entity| &entity.fields);
    let mut found = Vec::new();
    differing(before, after, |field, before, after| {
        field_changes(&Name::fixed(field), before, after, &mut found);
    });
    found
}

/// The entity with another value in a cell; `None` restores the default, or removes the row or entry. Checks nothing but
/// that the cell can be: where it cannot, the entity stays as it is.
#[must_use]
pub fn with(entity: &Entity, cell: &Cell, value: Option<CellValue>) -> Entity {
    let mut entity = entity.clone();
    let Some(field) = entity.descriptor().field(&cell.field) else { return entity };
    match stored_with(entity.fields.get(field.name), &field.kind, &cell.part, value) {
        Some(Some(stored)) => _ = entity.fields.insert(field.name, stored),
        Some(None) => _ = entity.fields.remove(field.name),
        None => {}
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
        (Part::Entry(key), value) if matches!(kind, FieldKind::Numbers) => {
            let mut numbers = numbers(now).cloned().unwrap_or_default();
            match value {
                Some(CellValue::Value(Value::Float(number))) => _ = numbers.insert(key.to_string(), number),
                None => _ = numbers.remove(key.as_str()),
                Some(_) => return None,
            }
            Some((!numbers.is_empty()).then_some(Stored::Plain(Value::Numbers(numbers))))
        }
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
