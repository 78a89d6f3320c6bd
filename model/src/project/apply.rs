//! Applying edits, with the checks that need only the edit and its entity.

use std::collections::BTreeMap;

use protocol::{Edit, EntityId, RowChange, Value};

use super::check;
use super::draft::Draft;
use super::{EditError, EditRule, State};
use crate::entity::{Entity, Rows, Stored, canonical};
use crate::schema::{self, FieldDescriptor, FieldKind, MAX_ROWS, Presence};

/// Applies one edit. What spans entities (references, routing, macro slots) is checked by [`super::relations`] once
/// the whole transaction is applied.
pub(crate) fn edit(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Create { table, id, fields } => create(draft, table, *id, fields),
        Edit::Set { id, field, value } => set(draft, *id, field, value),
        Edit::Rows { id, field, changes } => rows(draft, *id, field, changes),
        Edit::Numbers { id, field, changes } => numbers(draft, *id, field, changes),
        Edit::Delete { id } => delete(draft, *id),
    }
}

fn create(
    draft: &mut Draft,
    table: &str,
    id: EntityId,
    fields: &BTreeMap<String, Value>,
) -> Result<(), EditError> {
    let refuse = |field, rule| refused(table, id, field, rule);
    if table == "project" {
        return Err(refuse(None, EditRule::Singleton("the project")));
    }
    if table == "tracks" && fields.get("kind") == Some(&Value::Text("master".into())) {
        return Err(refuse(Some("kind"), EditRule::Singleton("the master track")));
    }
    // An id is never used again, not even by the transaction that deletes what has it.
    if draft.state.entity(id).is_some() || draft.touched.contains_key(&id) {
        return Err(refuse(None, EditRule::DuplicateId));
    }
    let mut entity = build(table, id, fields)?;
    if entity.descriptor().order_by == Some("order") && !fields.contains_key("order") {
        let order = Value::Float(end_of_order(&draft.state, &entity));
        if let Some(field) = entity.descriptor().field("order") {
            store(&mut entity, field, &order);
        }
    }
    draft.put(id, entity);
    Ok(())
}

/// An entity with some fields given and the others at their defaults, checked by itself.
pub(super) fn build(
    table: &str,
    id: EntityId,
    fields: &BTreeMap<String, Value>,
) -> Result<Entity, EditError> {
    let refuse = |field, rule| refused(table, id, field, rule);
    if id == EntityId(0) || id == EntityId(u128::MAX) {
        return Err(refuse(None, EditRule::ReservedId));
    }
    let descriptor =
        schema::table(table).ok_or_else(|| refuse(None, EditRule::UnknownTable(table.to_owned())))?;
    let mut entity = Entity::new(descriptor);
    for (name, value) in fields {
        let field = descriptor.field(name).ok_or_else(|| refuse(Some(name), EditRule::UnknownField))?;
        check_value(field, value).map_err(|rule| refuse(Some(name), rule))?;
        store(&mut entity, field, value);
    }
    for field in descriptor.fields {
        let required = matches!(field.kind, FieldKind::Ref { presence: Presence::Required, .. });
        if required && !entity.fields.contains_key(field.name) {
            return Err(refuse(Some(field.name), EditRule::Missing));
        }
    }
    Ok(entity)
}

fn refused(table: &str, id: EntityId, field: Option<&str>, rule: EditRule) -> EditError {
    let label = format!("new entity in '{table}'");
    EditError { entity: id, label, field: field.map(str::to_owned), rule }
}

/// The order of a new last sibling. The master stands apart from the other tracks.
fn end_of_order(state: &State, entity: &Entity) -> f64 {
    let owner = entity.descriptor().owner.and_then(|field| Some((entity.reference(field)?, field)));
    let is_sibling = |id: &EntityId| *id != state.master();
    let last = match owner {
        Some((owner, field)) => state.index.referring(owner, entity.table(), field).rev().find(is_sibling),
        None => state.index.table(entity.table()).rev().find(is_sibling),
    };
    last.and_then(|id| state.entity(id)).map_or(0.0, |last| last.float("order").floor() + 1.0)
}

fn set(draft: &mut Draft, id: EntityId, name: &str, value: &Value) -> Result<(), EditError> {
    let (mut entity, field) = target(&draft.state, id, name)?;
    let refuse = |rule| error(&draft.state, id, Some(name), rule);
    check_value(field, value).map_err(refuse)?;
    if name == "kind" {
        return Err(refuse(EditRule::NotForThisKind("the kind is chosen once, when the entity is created")));
    }
    store(&mut entity, field, value);
    draft.put(id, entity);
    Ok(())
}

fn rows(draft: &mut Draft, id: EntityId, name: &str, changes: &[RowChange]) -> Result<(), EditError> {
    let (mut entity, field) = target(&draft.state, id, name)?;
    let refuse = |rule| error(&draft.state, id, Some(name), rule);
    if !matches!(field.kind, FieldKind::Notes | FieldKind::Points) {
        let found = "changes of rows";
        return Err(refuse(EditRule::WrongKind {
            expected: "another edit: the field has no rows".into(),
            found,
        }));
    }
    let mut rows = entity.rows(name).cloned().unwrap_or_else(Rows::new_sync);
    for change in changes {
        match &change.row {
            Some(row) => {
                check::row(field, row).map_err(refuse)?;
                rows.insert_mut(change.key, canonical(*row));
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
    draft.put(id, entity);
    Ok(())
}

fn numbers(
    draft: &mut Draft,
    id: EntityId,
    name: &str,
    changes: &BTreeMap<String, Option<f64>>,
) -> Result<(), EditError> {
    let (mut entity, field) = target(&draft.state, id, name)?;
    let refuse = |rule| error(&draft.state, id, Some(name), rule);
    let Some(Value::Numbers(mut numbers)) = entity.get(name) else {
        let found = "changes of numbers";
        return Err(refuse(EditRule::WrongKind {
            expected: "another edit: the field has no numbers".into(),
            found,
        }));
    };
    for (key, value) in changes {
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
    draft.put(id, entity);
    Ok(())
}

/// Deletes an entity, what it owns, and what cannot be without it; other references to it become unset.
fn delete(draft: &mut Draft, id: EntityId) -> Result<(), EditError> {
    let state = &draft.state;
    if state.entity(id).is_none() {
        return Err(error(state, id, None, EditRule::NoSuchEntity));
    }
    if id == state.root() {
        return Err(error(state, id, None, EditRule::Permanent("the project")));
    }
    if id == state.master() {
        return Err(error(state, id, None, EditRule::Permanent("the master track")));
    }
    let mut doomed = vec![id];
    while let Some(id) = doomed.pop() {
        let referrers: Vec<_> = draft.state.all_referring(id).collect();
        draft.take(id);
        for (table, field, referrer) in referrers {
            let kind = schema::table(table).and_then(|table| table.field(field)).map(|field| &field.kind);
            if matches!(kind, Some(FieldKind::Ref { presence: Presence::Optional, .. })) {
                let Some(mut entity) = draft.state.entity(referrer).cloned() else { continue };
                entity.fields.remove(field);
                draft.put(referrer, entity);
            } else {
                doomed.push(referrer);
            }
        }
    }
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

fn check_value(field: &FieldDescriptor, value: &Value) -> Result<(), EditRule> {
    check::value(field, value)?;
    if field.name == "denominator" && matches!(value, Value::Int(n) if n.count_ones() != 1) {
        return Err(EditRule::NotAPowerOfTwo);
    }
    Ok(())
}

/// Stores a checked value; defaults are not stored, so that equal projects are equal however they came about.
pub(crate) fn store(entity: &mut Entity, field: &FieldDescriptor, value: &Value) {
    match Stored::new(&field.kind, value) {
        Some(stored) => _ = entity.fields.insert(field.name, stored),
        None => _ = entity.fields.remove(field.name),
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
