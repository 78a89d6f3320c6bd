//! Applying edits: each either changes the state and yields what would undo it, or changes nothing.

use std::collections::BTreeMap;

use protocol::{Edit, EntityId, RowChange, Value};

use super::check;
use super::{EditError, EditRule, State};
use crate::entity::{Entity, Rows, Stored};
use crate::schema::{self, FieldDescriptor, FieldKind, MAX_ENTITIES, MAX_ROWS, Presence};

/// Applies one edit. On success, `undo` holds the edits that take it back, to be applied in reverse order.
///
/// What spans entities (routing, macro slots) is checked by [`super::relations`] once the whole
/// transaction is applied.
pub(crate) fn edit(state: &mut State, edit: &Edit, undo: &mut Vec<Edit>) -> Result<(), EditError> {
    match edit {
        Edit::Create { table, id, fields } => create(state, table, *id, fields, undo),
        Edit::Set { id, field, value } => set(state, *id, field, value, undo),
        Edit::Rows { id, field, changes } => rows(state, *id, field, changes, undo),
        Edit::Numbers { id, field, changes } => numbers(state, *id, field, changes, undo),
        Edit::Delete { id } => delete(state, *id, undo),
    }
}

fn create(
    state: &mut State,
    table: &str,
    id: EntityId,
    fields: &BTreeMap<String, Value>,
    undo: &mut Vec<Edit>,
) -> Result<(), EditError> {
    let refuse = |field: Option<&str>, rule| EditError {
        entity: id,
        label: format!("new entity in '{table}'"),
        field: field.map(str::to_owned),
        rule,
    };
    let descriptor =
        schema::table(table).ok_or_else(|| refuse(None, EditRule::UnknownTable(table.to_owned())))?;
    if descriptor.name == "project" {
        return Err(refuse(None, EditRule::Singleton("the project")));
    }
    if descriptor.name == "tracks" && fields.get("kind") == Some(&Value::Text("master".into())) {
        return Err(refuse(Some("kind"), EditRule::Singleton("the master track")));
    }
    if state.entity(id).is_some() {
        return Err(refuse(None, EditRule::DuplicateId));
    }
    check::count("entities", state.len() + 1, MAX_ENTITIES).map_err(|rule| refuse(None, rule))?;
    let mut entity = Entity::new(descriptor);
    for (name, value) in fields {
        let field = descriptor.field(name).ok_or_else(|| refuse(Some(name), EditRule::UnknownField))?;
        check_value(state, field, value).map_err(|rule| refuse(Some(name), rule))?;
        store(&mut entity, field, value);
    }
    for field in descriptor.fields {
        let required = matches!(field.kind, FieldKind::Ref { presence: Presence::Required, .. });
        if required && !entity.fields.contains_key(field.name) {
            return Err(refuse(Some(field.name), EditRule::Missing));
        }
    }
    state.put(id, entity);
    undo.push(Edit::Delete { id });
    Ok(())
}

fn set(
    state: &mut State,
    id: EntityId,
    name: &str,
    value: &Value,
    undo: &mut Vec<Edit>,
) -> Result<(), EditError> {
    let (mut entity, field) = target(state, id, name)?;
    let refuse = |rule| error(state, id, Some(name), rule);
    check_value(state, field, value).map_err(refuse)?;
    if name == "kind" {
        return Err(refuse(EditRule::NotForThisKind("the kind is chosen once, when the entity is created")));
    }
    if id == state.master() && matches!(name, "output" | "output_bus" | "input") {
        return Err(refuse(EditRule::NotForThisKind(
            "the master is the last station: it has no input or output",
        )));
    }
    let old = entity.get(name).unwrap_or(Value::Null);
    store(&mut entity, field, value);
    undo.push(Edit::Set { id, field: name.to_owned(), value: old });
    state.put(id, entity);
    Ok(())
}

fn rows(
    state: &mut State,
    id: EntityId,
    name: &str,
    changes: &[RowChange],
    undo: &mut Vec<Edit>,
) -> Result<(), EditError> {
    let (mut entity, field) = target(state, id, name)?;
    let refuse = |rule| error(state, id, Some(name), rule);
    if !matches!(field.kind, FieldKind::Notes | FieldKind::Points) {
        let found = "changes of rows";
        return Err(refuse(EditRule::WrongKind {
            expected: "another edit: the field has no rows".into(),
            found,
        }));
    }
    let mut rows = entity.rows(name).cloned().unwrap_or_else(Rows::new_sync);
    let mut back = Vec::with_capacity(changes.len());
    for change in changes {
        back.push(RowChange { key: change.key, row: rows.get(&change.key).copied() });
        match &change.row {
            Some(row) => {
                check::row(field, row).map_err(refuse)?;
                rows.insert_mut(change.key, *row);
            }
            None => _ = rows.remove_mut(&change.key),
        }
    }
    check::count("rows", rows.size(), MAX_ROWS).map_err(refuse)?;
    if rows.is_empty() {
        entity.fields.remove(field.name);
    } else {
        entity.fields.insert(field.name, Stored::Rows(rows));
    }
    back.reverse();
    undo.push(Edit::Rows { id, field: name.to_owned(), changes: back });
    state.put(id, entity);
    Ok(())
}

fn numbers(
    state: &mut State,
    id: EntityId,
    name: &str,
    changes: &BTreeMap<String, Option<f64>>,
    undo: &mut Vec<Edit>,
) -> Result<(), EditError> {
    let (mut entity, field) = target(state, id, name)?;
    let refuse = |rule| error(state, id, Some(name), rule);
    let Some(Value::Numbers(mut numbers)) = entity.get(name) else {
        let found = "changes of numbers";
        return Err(refuse(EditRule::WrongKind {
            expected: "another edit: the field has no numbers".into(),
            found,
        }));
    };
    let mut back = BTreeMap::new();
    for (key, value) in changes {
        back.insert(key.clone(), numbers.get(key).copied());
        match value {
            Some(value) => {
                check::number(key, *value).map_err(refuse)?;
                numbers.insert(key.clone(), *value);
            }
            None => _ = numbers.remove(key),
        }
    }
    check::count("entries", numbers.len(), MAX_ROWS).map_err(refuse)?;
    store(&mut entity, field, &Value::Numbers(numbers));
    undo.push(Edit::Numbers { id, field: name.to_owned(), changes: back });
    state.put(id, entity);
    Ok(())
}

fn delete(state: &mut State, id: EntityId, undo: &mut Vec<Edit>) -> Result<(), EditError> {
    let Some(entity) = state.entity(id).cloned() else {
        return Err(error(state, id, None, EditRule::NoSuchEntity));
    };
    if id == state.root() {
        return Err(error(state, id, None, EditRule::Permanent("the project")));
    }
    if id == state.master() {
        return Err(error(state, id, None, EditRule::Permanent("the master track")));
    }
    for (table, field, referrer) in state.all_referring(id) {
        if referrer == id || state.entity(referrer).is_none() {
            continue;
        }
        let kind = schema::table(table).and_then(|table| table.field(field)).map(|field| &field.kind);
        if matches!(kind, Some(FieldKind::Ref { presence: Presence::Optional, .. })) {
            set(state, referrer, field, &Value::Null, undo)?;
        } else {
            delete(state, referrer, undo)?;
        }
    }
    undo.push(Edit::Create { table: entity.table().to_owned(), id, fields: all_fields(&entity) });
    state.take(id);
    Ok(())
}

/// The fields of an entity that are not at their defaults.
pub(crate) fn all_fields(entity: &Entity) -> BTreeMap<String, Value> {
    let value = |name: &&'static str| ((*name).to_owned(), entity.get(name).unwrap_or(Value::Null));
    entity.fields.keys().map(value).collect()
}

fn target(state: &State, id: EntityId, name: &str) -> Result<(Entity, &'static FieldDescriptor), EditError> {
    let entity = state.entity(id).ok_or_else(|| error(state, id, Some(name), EditRule::NoSuchEntity))?;
    let field = entity.descriptor().field(name);
    let field = field.ok_or_else(|| error(state, id, Some(name), EditRule::UnknownField))?;
    Ok((entity.clone(), field))
}

fn check_value(state: &State, field: &FieldDescriptor, value: &Value) -> Result<(), EditRule> {
    check::value(field, value)?;
    if field.name == "denominator" && matches!(value, Value::Int(n) if n.count_ones() != 1) {
        return Err(EditRule::NotAPowerOfTwo);
    }
    let (FieldKind::Ref { tables, .. }, Value::Ref(target)) = (&field.kind, value) else { return Ok(()) };
    let found = state.entity(*target).ok_or(EditRule::Dangling(*target))?.table();
    if tables.contains(&found) {
        return Ok(());
    }
    Err(EditRule::WrongTarget { found, expected: tables.join(" or ") })
}

/// Stores a checked value; defaults are not stored, so that equal projects are equal however they came about.
pub(crate) fn store(entity: &mut Entity, field: &FieldDescriptor, value: &Value) {
    let default = field.kind.default_value();
    if *value == Value::Null || *value == default {
        entity.fields.remove(field.name);
        return;
    }
    let stored = match value {
        Value::Rows(rows) => Stored::Rows(rows.iter().map(|(&key, &row)| (key, row)).collect()),
        plain => Stored::Plain(plain.clone()),
    };
    // The descriptor's name is 'static; `field` need not be.
    if let Some(field) = entity.descriptor().field(field.name) {
        entity.fields.insert(field.name, stored);
    }
}

pub(crate) fn error(state: &State, id: EntityId, field: Option<&str>, rule: EditRule) -> EditError {
    EditError { entity: id, label: label(state, id), field: field.map(str::to_owned), rule }
}

/// An entity as a person knows it, such as `tracks 'Bass'`.
pub(crate) fn label(state: &State, id: EntityId) -> String {
    match state.entity(id) {
        Some(entity) if entity.text("name").is_empty() => format!("{} {id}", entity.table()),
        Some(entity) => format!("{} '{}'", entity.table(), entity.text("name")),
        None => String::new(),
    }
}
