//! Edits that change a part of a field and leave the rest: what the field is afterwards.

use std::collections::BTreeMap;

use protocol::{ListChange, RowChange, TextChange, Value};

use super::super::{EditRule, check};
use super::Field;
use crate::entity::{Rows, Stored, canonical};
use crate::schema::{FieldKind, MAX_ITEMS, MAX_ROWS};

type Changed = Result<Option<Stored>, EditRule>;

fn wrong_kind<T>(expected: &str, found: &'static str) -> Result<T, EditRule> {
    Err(EditRule::WrongKind { expected: format!("another edit: the field has no {expected}"), found })
}

pub(super) fn rows(field: &Field, now: Option<&Stored>, changes: &[RowChange]) -> Changed {
    if !field.kind.has_rows() {
        return wrong_kind("rows", "changes of rows");
    }
    let mut rows = match now {
        Some(Stored::Rows(rows)) => rows.clone(),
        _ => Rows::new_sync(),
    };
    for change in changes {
        match &change.row {
            Some(row) => {
                check::row(&field.kind, row)?;
                rows.insert_mut(change.key, canonical(*row));
            }
            None => _ = rows.remove_mut(&change.key),
        }
    }
    check::count("rows", rows.size(), MAX_ROWS)?;
    Ok((!rows.is_empty()).then_some(Stored::Rows(rows)))
}

pub(super) fn numbers(
    field: &Field,
    now: Option<&Stored>,
    changes: &BTreeMap<String, Option<f64>>,
) -> Changed {
    let Value::Numbers(mut numbers) = field.value(now) else {
        return wrong_kind("numbers", "changes of numbers");
    };
    for (key, value) in changes {
        match value {
            Some(value) => {
                check::number(key, *value)?;
                numbers.insert(key.clone(), *value);
            }
            None => _ = numbers.remove(key),
        }
    }
    check::count("entries", numbers.len(), MAX_ROWS)?;
    Ok(field.store(&Value::Numbers(numbers)))
}

pub(super) fn properties(
    field: &Field,
    now: Option<&Stored>,
    changes: &BTreeMap<String, Option<Value>>,
) -> Changed {
    let Value::Properties(mut entries) = field.value(now) else {
        return wrong_kind("properties", "changes of properties");
    };
    for (key, value) in changes {
        match value {
            Some(value) => {
                check::property(key, value)?;
                entries.insert(key.clone(), value.clone());
            }
            None => _ = entries.remove(key),
        }
    }
    check::count("entries", entries.len(), MAX_ITEMS)?;
    Ok(field.store(&Value::Properties(entries)))
}

pub(super) fn text(field: &Field, now: Option<&Stored>, changes: &[TextChange]) -> Changed {
    let (FieldKind::Text { .. }, Value::Text(mut text)) = (&field.kind, field.value(now)) else {
        return wrong_kind("text to edit", "changes of a text");
    };
    for TextChange { at, delete, insert } in changes {
        let place = |text: &str, at: usize| {
            let mut places = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
            let no_such_place = || EditRule::NoSuchPlace { at, len: text.chars().count() };
            places.nth(at).ok_or_else(no_such_place)
        };
        let (from, to) = (place(&text, *at)?, place(&text, at.saturating_add(*delete))?);
        text.replace_range(from..to, insert);
    }
    let text = Value::Text(text);
    check::value(&field.kind, &text)?;
    Ok(field.store(&text))
}

pub(super) fn list(field: &Field, now: Option<&Stored>, changes: &[ListChange]) -> Changed {
    let Value::List(mut items) = field.value(now) else {
        return wrong_kind("list", "changes of a list");
    };
    for change in changes {
        let len = items.len();
        let within =
            |at: usize, end: usize| if at < end { Ok(at) } else { Err(EditRule::NoSuchPlace { at, len }) };
        match change {
            ListChange::Insert { at, value } => {
                check::plain(value)?;
                items.insert(within(*at, len + 1)?, value.clone());
            }
            ListChange::Remove { at } => _ = items.remove(within(*at, len)?),
            ListChange::Move { from, to } => {
                let to = within(*to, len)?;
                let item = items.remove(within(*from, len)?);
                items.insert(to, item);
            }
            ListChange::Set { at, value } => {
                check::plain(value)?;
                let at = within(*at, len)?;
                items[at] = value.clone();
            }
        }
    }
    check::count("items", items.len(), MAX_ITEMS)?;
    Ok(field.store(&Value::List(items)))
}
