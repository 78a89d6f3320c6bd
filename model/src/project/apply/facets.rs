//! Putting entities into users' tables and taking them out.

use std::collections::BTreeMap;

use protocol::{EntityId, Keep, Value};

use super::super::draft::Draft;
use super::super::{EditError, EditRule, State, check};
use super::error;
use crate::entity::facet::{self, ATTACHED, PRESERVED};
use crate::entity::{Entity, Stored};
use crate::schema::{FieldKind, UserTable};

pub(super) fn attach(
    draft: &mut Draft,
    id: EntityId,
    facet: &str,
    fields: &BTreeMap<String, Value>,
) -> Result<(), EditError> {
    let state = &draft.state;
    let presence = facet::path(facet, "");
    let refuse = |field: &str, rule| error(state, id, Some(field), rule);
    let mut entity = state.entity(id).ok_or_else(|| refuse(&presence, EditRule::NoSuchEntity))?.clone();
    let table = state.user.table(facet);
    let table = table.ok_or_else(|| refuse(&presence, EditRule::UnknownTable(facet.to_owned())))?;
    entity.attach(&table.name);
    for (name, value) in fields {
        give_one(state, &mut entity, table, name, value)
            .map_err(|rule| refuse(&facet::path(facet, name), rule))?;
    }
    draft.put(id, entity);
    Ok(())
}

pub(super) fn detach(draft: &mut Draft, id: EntityId, facet: &str, keep: Keep) -> Result<(), EditError> {
    let presence = facet::path(facet, "");
    let refuse = |rule| error(&draft.state, id, Some(&presence), rule);
    let mut entity = draft.state.entity(id).ok_or_else(|| refuse(EditRule::NoSuchEntity))?.clone();
    match keep {
        Keep::Preserve if entity.has_facet(facet) => entity.preserve(facet),
        Keep::Discard if entity.user_paths(facet).next().is_some() => entity.discard(facet),
        _ => return Err(refuse(EditRule::NotAttached(facet.to_owned()))),
    }
    draft.put(id, entity);
    Ok(())
}

/// Sets whether an entity is in a user's table, as the value that stands for it.
pub(super) fn set_presence(
    draft: &mut Draft,
    id: EntityId,
    facet: &str,
    value: &Value,
) -> Result<(), EditError> {
    match value {
        Value::Text(word) if word == ATTACHED => attach(draft, id, facet, &BTreeMap::new()),
        Value::Text(word) if word == PRESERVED => detach(draft, id, facet, Keep::Preserve),
        Value::Null => detach(draft, id, facet, Keep::Discard),
        _ => {
            let expected = format!("'{ATTACHED}', '{PRESERVED}' or nothing");
            let rule = EditRule::WrongKind { expected, found: "something else" };
            Err(error(&draft.state, id, Some(&facet::path(facet, "")), rule))
        }
    }
}

/// Gives an entity that is being created values by their paths. With its presence given, a facet is taken as it comes,
/// for it is of an entity that was there before.
pub(super) fn give(
    state: &State,
    entity: &mut Entity,
    values: &BTreeMap<String, Value>,
) -> Result<(), (String, EditRule)> {
    for (path, value) in values {
        let Some((facet, name)) = facet::split(path) else { continue };
        let refuse = |rule| (path.clone(), rule);
        if values.contains_key(&*facet::path(facet, "")) {
            check::given(value).map_err(refuse)?;
            entity.put(path, Stored::given(value));
            continue;
        }
        let table = state.user.table(facet);
        let table = table.ok_or_else(|| refuse(EditRule::UnknownTable(facet.to_owned())))?;
        entity.attach(&table.name);
        give_one(state, entity, table, name, value).map_err(refuse)?;
    }
    Ok(())
}

fn give_one(
    state: &State,
    entity: &mut Entity,
    table: &UserTable,
    name: &str,
    value: &Value,
) -> Result<(), EditRule> {
    let field = table.field(name).ok_or(EditRule::UnknownField)?;
    check::value(&field.kind, value)?;
    if let Value::Ref(to) = value {
        check_target(state, &field.path, *to)?;
    }
    entity.put(&field.path, field.store(value));
    Ok(())
}

/// Checks that a field may name an entity. One that does not exist yet may come with a later edit.
pub(super) fn check_target(state: &State, path: &str, to: EntityId) -> Result<(), EditRule> {
    let (Some(field), Some(target)) = (state.user.field(path), state.entity(to)) else { return Ok(()) };
    let FieldKind::Ref { tables, .. } = &field.kind else { return Ok(()) };
    let allowed = |table: &str| table == target.table() || target.has_facet(table);
    if tables.is_empty() || tables.iter().any(allowed) {
        return Ok(());
    }
    Err(EditRule::WrongTarget { found: target.table(), expected: tables.join(" or ") })
}
