//! Making one entity of two that turn out to be the same, and two of one that turns out not to be.

use std::collections::BTreeMap;

use protocol::{Edit, EntityId, Keep, Value};

use super::set;
use crate::entity::facet::{self, ATTACHED, PRESERVED};
use crate::entity::{Cell, CellChange, CellValue, Entity, Name, Part, cell};
use crate::project::{EditError, Project};
use crate::view::EdgeId;

/// Two entities that are to be one say different things.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldConflict {
    /// The field, by its path in a user's table.
    pub field: Name,
    /// What the entity that stays says.
    pub keep: Value,
    /// What the other says.
    pub gone: Value,
}

/// Why entities cannot be merged or split.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// There is no such entity.
    #[error("there is no entity {0}")]
    NoSuchEntity(EntityId),
    /// An entity cannot be merged with itself.
    #[error("{0} is one entity already")]
    SameEntity(EntityId),
    /// They are of different tables or kinds.
    #[error("one of the {keep} cannot be one of the {gone} as well")]
    DifferentKinds {
        /// What stays.
        keep: String,
        /// The other.
        gone: String,
    },
    /// They say different things, and nobody has said which holds.
    #[error("undecided: {}", .0.iter().map(|conflict| &*conflict.field).collect::<Vec<_>>().join(", "))]
    Undecided(Vec<FieldConflict>),
    /// The entity is not in a user's table that is to be given away.
    #[error("is not in the table '{0}'")]
    NotAttached(String),
    /// A user's table is given to two entities.
    #[error("the table '{0}' is given away twice")]
    GivenTwice(String),
    /// What comes out would break a rule of the project.
    #[error("the project would not be valid")]
    Refused(#[source] EditError),
}

/// The edits that make two entities one: `keep` stays, with what `gone` says where it says nothing itself, with both their
/// facets, rows and edges; whatever names `gone` then names `keep`. `resolutions` has values by field, or by path in a
/// user's table, for what they say differently.
///
/// # Errors
/// What they say differently and is not resolved, and whatever else makes it impossible.
pub fn merge(
    project: &Project,
    keep: impl Into<EntityId>,
    gone: impl Into<EntityId>,
    resolutions: &BTreeMap<String, Value>,
) -> Result<Vec<Edit>, IdentityError> {
    let (keep, gone) = (keep.into(), gone.into());
    let entity = |id| project.entity(id).ok_or(IdentityError::NoSuchEntity(id));
    let (kept, lost) = (entity(keep)?, entity(gone)?);
    if keep == gone {
        return Err(IdentityError::SameEntity(keep));
    }
    let kind = |entity: &Entity| format!("{} {}", entity.table(), entity.text("kind")).trim().to_owned();
    if kind(kept) != kind(lost) {
        return Err(IdentityError::DifferentKinds { keep: kind(kept), gone: kind(lost) });
    }
    let mut union = Union { kept, target: kept.clone(), resolutions, conflicts: BTreeMap::new() };
    for change in cell::changes(None, Some(lost)) {
        union.add(lost, change);
    }
    if !union.conflicts.is_empty() {
        return Err(IdentityError::Undecided(union.conflicts.into_values().collect()));
    }
    let mut edits = to_edits(keep, kept, &union.target);
    edits.extend(resolutions.iter().map(|(field, value)| set(keep, field, value.clone())));
    redirect(project, keep, gone, &mut edits);
    edits.push(super::any::delete(gone));
    project.apply(&edits).map_err(IdentityError::Refused)?;
    Ok(edits)
}

/// What comes of two entities.
struct Union<'a> {
    kept: &'a Entity,
    target: Entity,
    resolutions: &'a BTreeMap<String, Value>,
    conflicts: BTreeMap<Name, FieldConflict>,
}

impl Union<'_> {
    /// Adds a cell of the entity that goes.
    fn add(&mut self, lost: &Entity, change: CellChange) {
        let CellChange { cell, after: theirs, .. } = change;
        // Where it stood among others is not something that it says.
        if &*cell.field == "order" || self.resolutions.contains_key(&*cell.field) {
            return;
        }
        // Rows that were moved aside are in the way of later ones.
        let ours = cell::get(if matches!(cell.part, Part::Row(_)) { &self.target } else { self.kept }, &cell);
        let is_presence = facet::split(&cell.field).is_some_and(|(_, field)| field.is_empty());
        if ours.is_none() || (is_presence && theirs == Some(CellValue::Value(Value::Text(ATTACHED.into())))) {
            self.target = cell::with(&self.target, &cell, theirs);
        } else if let Part::Row(_) = cell.part
            && ours != theirs
        {
            // Keys of rows mean nothing beyond their own entity.
            let next =
                self.target.rows(&cell.field).and_then(|rows| rows.last()).map_or(0, |(key, _)| key + 1);
            let beside = Cell { part: Part::Row(next), ..cell };
            self.target = cell::with(&self.target, &beside, theirs);
        } else if ours != theirs && !is_presence {
            let value = |entity: &Entity| entity.get(&cell.field).unwrap_or(Value::Null);
            let conflict =
                FieldConflict { field: cell.field.clone(), keep: value(self.kept), gone: value(lost) };
            self.conflicts.insert(cell.field, conflict);
        }
    }
}

/// The edits that lead an entity from one state to another.
fn to_edits(id: EntityId, from: &Entity, to: &Entity) -> Vec<Edit> {
    let mut fields: Vec<Name> =
        cell::changes(Some(from), Some(to)).into_iter().map(|change| change.cell.field).collect();
    fields.dedup();
    let mut edits = Vec::new();
    let mut hidden = Vec::new();
    for field in fields {
        let value = to.stored(&field).map_or(Value::Null, crate::entity::Stored::to_value);
        let is_facet = facet::split(&field).is_some_and(|(_, field)| field.is_empty());
        if is_facet && value == Value::Text(PRESERVED.into()) {
            // A hidden facet takes no values: it is shown while they are set.
            edits.push(set(id, &field, Value::Text(ATTACHED.into())));
            hidden.push(set(id, &field, value));
        } else {
            edits.push(set(id, &field, value));
        }
    }
    edits.extend(hidden);
    edits
}

/// Whatever names `gone` names `keep`.
fn redirect(project: &Project, keep: EntityId, gone: EntityId, edits: &mut Vec<Edit>) {
    let mut edges = Vec::new();
    for (table, field, id) in project.state().all_referring(gone) {
        match table {
            "edges" => edges.push(id),
            _ if id == gone => {}
            _ if id == keep => edits.push(set(id, &field, Value::Null)),
            _ => edits.push(set(id, &field, Value::Ref(keep))),
        }
    }
    // An edge from an entity to itself names it twice.
    edges.sort_unstable();
    edges.dedup();
    for edge in edges.into_iter().filter_map(|id| project.edge(EdgeId(id))) {
        let end = |id: EntityId| if id == gone { keep } else { id };
        let (source, target) = (end(edge.source()), end(edge.target()));
        if source == target && edge.source() != edge.target() {
            continue;
        }
        let id = EdgeId::between(edge.kind(), source, target);
        let there = project.edge(id);
        let made = edits.iter().any(|edit| matches!(edit, Edit::Create { id: made, .. } if *made == id.0));
        if there.is_none() && !made {
            edits.push(super::edge::connect(edge.kind(), source, target));
            edits.push(set(id, "rank", Value::Text(edge.rank().to_owned())));
        }
        let missing =
            edge.properties().filter(|(key, _)| there.is_none_or(|there| there.property(key).is_none()));
        let missing: Vec<_> = missing.map(|(key, value)| (key, Some(value.clone()))).collect();
        if !missing.is_empty() {
            edits.push(super::edge::set_properties(id, missing));
        }
    }
}

/// The edits that take an entity apart: each new entity gets some of its facets with their values, and the entity keeps the
/// others, and whatever names it.
///
/// # Errors
/// It has no such facet, or one goes to two entities, or an id is taken.
pub fn split(
    project: &Project,
    source: impl Into<EntityId>,
    parts: &[(EntityId, Vec<String>)],
) -> Result<Vec<Edit>, IdentityError> {
    let source = source.into();
    let entity = project.entity(source).ok_or(IdentityError::NoSuchEntity(source))?;
    let mut edits = Vec::new();
    let mut given = Vec::new();
    for (id, facets) in parts {
        let mut fields = BTreeMap::new();
        for facet in facets {
            if given.contains(&facet) {
                return Err(IdentityError::GivenTwice(facet.clone()));
            }
            if !entity.has_facet(facet) {
                return Err(IdentityError::NotAttached(facet.clone()));
            }
            given.push(facet);
            let paths = entity.user_paths(facet);
            fields.extend(paths.filter_map(|path| Some((path.to_string(), entity.stored(path)?.to_value()))));
        }
        edits.push(Edit::Create { table: "items".to_owned(), id: *id, fields });
    }
    edits.extend(given.into_iter().map(|facet| super::user::detach(source, facet, Keep::Discard)));
    project.apply(&edits).map_err(IdentityError::Refused)?;
    Ok(edits)
}

#[cfg(test)]
mod tests;
