//! Applying edits, with the checks that need only the edit and its entity.

use std::collections::BTreeMap;

use protocol::{Edit, EntityId, Value};

use super::check;
use super::draft::Draft;
use super::{EditError, EditRule, State};
use crate::entity::{Entity, Stored, approximate, derived, facet};
use crate::schema::{self, FieldKind, Presence, TableDescriptor};

mod facets;
mod parts;

/// Applies one edit. What spans entities (references, routing, macro slots) is checked by [`super::relations`] once
/// the whole transaction is applied.
pub(crate) fn edit(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Create { table, id, fields } => create(draft, table, *id, fields),
        Edit::Set { id, field, value } => set(draft, *id, field, value),
        Edit::Rows { id, field, changes } => {
            change(draft, *id, field, |kind, now| parts::rows(kind, now, changes))
        }
        Edit::Numbers { id, field, changes } => {
            change(draft, *id, field, |kind, now| parts::numbers(kind, now, changes))
        }
        Edit::Properties { id, field, changes } => {
            change(draft, *id, field, |kind, now| parts::properties(kind, now, changes))
        }
        Edit::Text { id, field, changes } => {
            change(draft, *id, field, |kind, now| parts::text(kind, now, changes))
        }
        Edit::List { id, field, changes } => {
            change(draft, *id, field, |kind, now| parts::list(kind, now, changes))
        }
        Edit::Attach { id, facet, fields } => facets::attach(draft, *id, facet, fields),
        Edit::Detach { id, facet, keep } => facets::detach(draft, *id, facet, *keep),
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
    let may_come_again = derived::DERIVED.contains(&table);
    if draft.state.entity(id).is_some() || (draft.touched.contains_key(&id) && !may_come_again) {
        return Err(refuse(None, EditRule::DuplicateId));
    }
    let (mut entity, given) = match draft.state.user.table(table) {
        Some(user) => {
            let mut item = build("items", id, &BTreeMap::new())?;
            item.attach(&user.name);
            let path = |(name, value): (&String, &Value)| (format!("{table}.{name}"), value.clone());
            (item, fields.iter().map(path).collect())
        }
        None => {
            let (given, own) = fields.clone().into_iter().partition(|(name, _)| facet::split(name).is_some());
            (build(table, id, &own)?, given)
        }
    };
    facets::give(&draft.state, &mut entity, &given)
        .map_err(|(path, rule)| refused(table, id, Some(&path), rule))?;
    if entity.descriptor().order_by == Some("order") && !fields.contains_key("order") {
        let order = Value::Float(end_of_order(&draft.state, &entity));
        if let Some(field) = entity.descriptor().field("order") {
            entity.put("order", Stored::new(&field.kind, &order));
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
    let descriptor = check_fields(table, id, fields)?;
    let mut entity = Entity::new(descriptor);
    for (name, value) in fields {
        match descriptor.field(name) {
            Some(field) => entity.put(name, Stored::new(&field.kind, value)),
            None => entity.put(name, Stored::given(value)),
        }
    }
    Ok(entity)
}

/// Whether fields make an entity of a table, by themselves.
pub(super) fn check_fields(
    table: &str,
    id: EntityId,
    fields: &BTreeMap<String, Value>,
) -> Result<&'static TableDescriptor, EditError> {
    let refuse = |field, rule| refused(table, id, field, rule);
    if id == EntityId(0) || id == EntityId(u128::MAX) {
        return Err(refuse(None, EditRule::ReservedId));
    }
    let descriptor =
        schema::table(table).ok_or_else(|| refuse(None, EditRule::UnknownTable(table.to_owned())))?;
    for (name, value) in fields {
        if facet::split(name).is_some() {
            check::given(value).map_err(|rule| refuse(Some(name), rule))?;
            continue;
        }
        let field = descriptor.field(name).ok_or_else(|| refuse(Some(name), EditRule::UnknownField))?;
        check_value(&field.kind, name, value).map_err(|rule| refuse(Some(name), rule))?;
    }
    for field in descriptor.fields {
        let required = matches!(field.kind, FieldKind::Ref { presence: Presence::Required, .. });
        if required && matches!(fields.get(field.name), None | Some(Value::Null)) {
            return Err(refuse(Some(field.name), EditRule::Missing));
        }
    }
    Ok(descriptor)
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
    if let Some((facet, "")) = facet::split(name) {
        return facets::set_presence(draft, id, facet, value);
    }
    if name == "kind" {
        let rule = EditRule::NotForThisKind("the kind is chosen once, when the entity is created");
        target(&draft.state, id, name)?;
        return Err(error(&draft.state, id, Some(name), rule));
    }
    if let Value::Ref(to) = value
        && facet::split(name).is_some()
    {
        facets::check_target(&draft.state, name, *to)
            .map_err(|rule| error(&draft.state, id, Some(name), rule))?;
    }
    change(draft, id, name, |field, _| {
        check_value(&field.kind, name, value)?;
        Ok(field.store(value))
    })
}

/// A field to be changed.
struct Field {
    kind: FieldKind,
    default: Value,
    /// Whether a user declared it.
    of_user: bool,
}

impl Field {
    /// A checked value as it is stored.
    fn store(&self, value: &Value) -> Option<Stored> {
        match (self.of_user, value, &self.kind) {
            (false, value, kind) => Stored::new(kind, value),
            (true, Value::Int(number), FieldKind::Float { .. }) => {
                Stored::given(&Value::Float(approximate(*number)))
            }
            (true, value, _) => Stored::given(value),
        }
    }

    /// The value that is stored.
    fn value(&self, now: Option<&Stored>) -> Value {
        match (now.map(Stored::to_value), &self.kind) {
            // See [`Stored::given`].
            (Some(Value::Properties(entries)), FieldKind::Numbers) => {
                let number = |(key, value)| match value {
                    Value::Float(number) => Some((key, number)),
                    _ => None,
                };
                Value::Numbers(entries.into_iter().filter_map(number).collect())
            }
            (Some(value), kind) if check::value(kind, &value).is_ok() => value,
            _ => self.default.clone(),
        }
    }
}

/// Puts a field in place of what it is now.
fn change(
    draft: &mut Draft,
    id: EntityId,
    name: &str,
    new: impl FnOnce(&Field, Option<&Stored>) -> Result<Option<Stored>, EditRule>,
) -> Result<(), EditError> {
    let (mut entity, field) = target(&draft.state, id, name)?;
    let stored =
        new(&field, entity.stored(name)).map_err(|rule| error(&draft.state, id, Some(name), rule))?;
    entity.put(name, stored);
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
            let kind = schema::table(table).and_then(|table| table.field(&field)).map(|field| &field.kind);
            let optional = matches!(kind, None | Some(FieldKind::Ref { presence: Presence::Optional, .. }));
            if optional {
                let Some(mut entity) = draft.state.entity(referrer).cloned() else { continue };
                entity.put(&field, None);
                draft.put(referrer, entity);
            } else {
                doomed.push(referrer);
            }
        }
    }
    Ok(())
}

/// The fields of an entity that are not at their defaults, and what it holds for users' tables, by path.
pub(crate) fn all_fields(entity: &Entity) -> BTreeMap<String, Value> {
    let own = entity.fields.iter().map(|(name, stored)| (name.to_owned(), stored.to_value()));
    own.chain(entity.user().map(|(path, stored)| (path.to_string(), stored.to_value()))).collect()
}

fn target(state: &State, id: EntityId, name: &str) -> Result<(Entity, Field), EditError> {
    let refuse = |rule| error(state, id, Some(name), rule);
    let entity = state.entity(id).ok_or_else(|| refuse(EditRule::NoSuchEntity))?;
    let field = match facet::split(name) {
        Some((facet, _)) => {
            let table = state.user.table(facet);
            let table = table.ok_or_else(|| refuse(EditRule::UnknownTable(facet.to_owned())))?;
            if !entity.has_facet(facet) {
                return Err(refuse(EditRule::NotAttached(table.name.to_string())));
            }
            let field = state.user.field(name).ok_or_else(|| refuse(EditRule::UnknownField))?;
            Field { kind: field.kind.clone(), default: field.default.clone(), of_user: true }
        }
        None => {
            let field = entity.descriptor().field(name).ok_or_else(|| refuse(EditRule::UnknownField))?;
            Field { kind: field.kind.clone(), default: field.kind.default_value(), of_user: false }
        }
    };
    Ok((entity.clone(), field))
}

/// Checks a value against a built-in field, references aside.
pub(super) fn check_value(kind: &FieldKind, name: &str, value: &Value) -> Result<(), EditRule> {
    check::value(kind, value)?;
    if name == "denominator" && matches!(value, Value::Int(n) if n.count_ones() != 1) {
        return Err(EditRule::NotAPowerOfTwo);
    }
    Ok(())
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
