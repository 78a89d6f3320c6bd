//! The edits that turn one project into another.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Edit, EntityId, Value};

use super::{Diff, EntityChange};
use crate::edit;
use crate::entity::cell::CellChange;
use crate::project::{Project, all_fields, required};

/// Why no edits turn one project into another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditsError {
    /// They were begun apart: what is permanent in one is not in the other.
    #[error("the projects have nothing in common")]
    Unrelated,
    /// An id stands for different kinds of things, which no edit can change.
    #[error("{0} is one kind of thing in one project and another kind in the other")]
    OtherKind(EntityId),
}

/// The edits that turn `a` into `b`. Fields that this version does not know are left as they are.
///
/// # Errors
/// The projects are unrelated.
pub fn edits(a: &Project, b: &Project) -> Result<Vec<Edit>, EditsError> {
    among(a, b, &Diff::between(a, b))
}

/// The same, where it is known what differs.
pub(crate) fn among(a: &Project, b: &Project, diff: &Diff) -> Result<Vec<Edit>, EditsError> {
    if a.root_id() != b.root_id() || a.master_id() != b.master_id() {
        return Err(EditsError::Unrelated);
    }
    let (mut creates, mut sets) = (Vec::new(), Vec::new());
    for change in &diff.changes {
        match (&change.before, &change.after) {
            (None, Some(_)) => creates.extend(create(change)),
            (Some(before), Some(after)) => {
                if before.table() != after.table() || before.get("kind") != after.get("kind") {
                    return Err(EditsError::OtherKind(change.id));
                }
                sets.extend(set(b, change));
            }
            _ => {}
        }
    }
    // What users declare comes before what is declared, and goes after it.
    creates.sort_by_key(|edit| !matches!(edit, Edit::Create { table, .. } if table == "tables"));
    creates.sort_by_key(|edit| !matches!(edit, Edit::Create { table, .. } if is_declaration(table)));
    // Deletions last: what is to stay has by then moved away from what goes.
    creates.append(&mut sets);
    creates.extend(deletions(diff));
    Ok(creates)
}

fn is_declaration(table: &str) -> bool {
    matches!(table, "tables" | "fields")
}

fn create(change: &EntityChange) -> Option<Edit> {
    let entity = change.after.as_deref()?;
    let mut fields = all_fields(entity);
    if entity.descriptor().order_by == Some("order") {
        // An entity without an order would be put last.
        fields.entry("order".to_owned()).or_insert_with(|| Value::Float(entity.float("order")));
    }
    Some(Edit::Create { table: entity.table().to_owned(), id: change.id, fields })
}

/// One edit for each field that differs.
fn set(project: &Project, change: &EntityChange) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for CellChange { cell, after, .. } in change.cells() {
        let edit = edit::cell::set(project, change.id, &cell, after);
        match (edits.last_mut(), edit) {
            (Some(Edit::Rows { field: last, changes, .. }), Edit::Rows { field, changes: more, .. })
                if *last == field =>
            {
                changes.extend(more);
            }
            (
                Some(Edit::Properties { field: last, changes, .. }),
                Edit::Properties { field, changes: more, .. },
            ) if *last == field => changes.extend(more),
            (
                Some(Edit::Numbers { field: last, changes, .. }),
                Edit::Numbers { field, changes: more, .. },
            ) if *last == field => changes.extend(more),
            (_, edit) => edits.push(edit),
        }
    }
    edits
}

/// Deletes what goes. What goes with its owner needs no edit of its own.
fn deletions(diff: &Diff) -> Vec<Edit> {
    let gone: BTreeMap<EntityId, &EntityChange> = diff
        .changes
        .iter()
        .filter(|change| change.after.is_none())
        .map(|change| (change.id, change))
        .collect();
    let mut dependants: BTreeMap<EntityId, Vec<EntityId>> = BTreeMap::new();
    let mut roots = BTreeSet::new();
    for (&id, change) in &gone {
        let needs = change.before.as_deref().into_iter().flat_map(required);
        let needs: Vec<EntityId> = needs.filter(|need| gone.contains_key(need)).collect();
        if needs.is_empty() {
            roots.insert(id);
        }
        for need in needs {
            dependants.entry(need).or_default().push(id);
        }
    }
    let mut edits = Vec::new();
    let mut done = BTreeSet::new();
    let declares = |id: &&EntityId| {
        let before = gone.get(id).and_then(|change| change.before.as_deref());
        before.is_some_and(|before| is_declaration(before.table()))
    };
    let (last, first): (Vec<_>, Vec<_>) = roots.iter().partition(declares);
    // Should things need each other in a circle, any of them will do to begin with.
    for &id in first.into_iter().chain(last).chain(gone.keys()) {
        if !done.insert(id) {
            continue;
        }
        edits.push(Edit::Delete { id });
        let mut follow = vec![id];
        while let Some(next) = follow.pop() {
            let dependants = dependants.get(&next).into_iter().flatten();
            follow.extend(dependants.filter(|dependant| done.insert(**dependant)));
        }
    }
    edits
}
