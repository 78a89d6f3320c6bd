//! `core.commit`, `core.discard` and `core.overlay`: what the script has done so far.

use mlua::{IntoLua, Value};
use protocol::Edit;

use super::super::convert::step_name;
use super::super::{none, one};
use super::{Entry, charge, entry};
use crate::sandbox::place;
use crate::session::Session;
use crate::steps::WithinStep;

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "commit",
        &[("name", "string?")],
        "",
        "Ends the undo step: what was done outside of `loophole.edit` so far becomes one step, called `name` or after \
         the script; what follows begins another. All steps reach the project when the script has ended well.",
        |lua, args| {
            let session = Session::of(lua)?;
            let name = match args.front() {
                Some(Value::String(name)) => Some(
                    step_name(name).map_err(|what| place::misuse(lua, &format!("core.commit: {what}")))?,
                ),
                _ => None,
            };
            let committed = session.steps.borrow_mut().commit(name);
            committed.map_err(|WithinStep| {
                place::misuse(lua, "core.commit cannot be called within loophole.edit")
            })?;
            none()
        },
    ),
    entry(
        "discard",
        &[],
        "",
        "Takes back everything since the last `core.commit`, or since the script started.",
        |lua, _| {
            let session = Session::of(lua)?;
            let discarded = session.steps.borrow_mut().discard();
            discarded.map_err(|WithinStep| {
                place::misuse(lua, "core.discard cannot be called within loophole.edit")
            })?;
            none()
        },
    ),
];

pub(super) const OVERLAY: &[Entry] = &[
    entry(
        "operations",
        &[],
        "{edit: string, entity: string, table: string?, field: string?}[]",
        "What the script has done so far, in order: `create`, `set`, `rows`, `numbers`, `properties`, `text`, `list`, \
         `attach`, `detach` or `delete`, and of what.",
        |lua, _| {
            let session = Session::of(lua)?;
            let steps = session.steps.borrow();
            let edits = steps.session().operations().iter().flat_map(|operation| &operation.edits);
            let edits: Vec<&Edit> = edits.collect();
            charge(&session, edits.len().saturating_mul(20))?;
            let list = lua.create_table_with_capacity(edits.len(), 0)?;
            for edit in edits {
                let (word, id, field) = parts(edit);
                let entry = lua.create_table_with_capacity(0, 4)?;
                entry.raw_set("edit", word)?;
                entry.raw_set("entity", id.to_string())?;
                if let Edit::Create { table, .. } = edit {
                    entry.raw_set("table", table.as_str())?;
                }
                entry.raw_set("field", field)?;
                list.raw_push(entry)?;
            }
            one(Value::Table(list))
        },
    ),
    entry(
        "diff",
        &[],
        "string",
        "What differs from the project that the script started from, in a musician's words, a line each.",
        |lua, _| {
            let session = Session::of(lua)?;
            let steps = session.steps.borrow();
            // Comparing costs in the order of what the edits touched.
            let edits = steps.session().operations().iter().map(|operation| operation.edits.len());
            charge(&session, edits.sum::<usize>().saturating_mul(100))?;
            let lines = steps.session().lines();
            let text = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            one(text.into_lua(lua)?)
        },
    ),
];

/// What an edit is called, and what it is of.
fn parts(edit: &Edit) -> (&'static str, protocol::EntityId, Option<&str>) {
    match edit {
        Edit::Create { id, .. } => ("create", *id, None),
        Edit::Set { id, field, .. } => ("set", *id, Some(field)),
        Edit::Rows { id, field, .. } => ("rows", *id, Some(field)),
        Edit::Numbers { id, field, .. } => ("numbers", *id, Some(field)),
        Edit::Properties { id, field, .. } => ("properties", *id, Some(field)),
        Edit::Text { id, field, .. } => ("text", *id, Some(field)),
        Edit::List { id, field, .. } => ("list", *id, Some(field)),
        Edit::Attach { id, facet, .. } => ("attach", *id, Some(facet)),
        Edit::Detach { id, facet, .. } => ("detach", *id, Some(facet)),
        Edit::Delete { id } => ("delete", *id, None),
    }
}
