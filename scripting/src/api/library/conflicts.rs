//! `core.get_conflicts` and `core.resolve_conflict`: what a merge of songs left to be decided.

use mlua::{IntoLua, Value};
use model::entity::{Cell, CellValue, Part};
use model::merge::Side;
use model::schema::FieldKind;
use model::{Project, edit};
use protocol::{EntityId, Row, Value as Field};

use super::super::{Cx, Object, convert, entity, none, one, root, rows};
use super::{Entry, charge, entry, with};
use crate::sandbox::place;
use crate::session::Session;

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "get_conflicts",
        &[],
        "{id: string, entity: string, field: string?, base: any, ours: any, theirs: any, origin: string, \
         reason: string}[]",
        "What is still to be decided after a merge. `ours` is what the project has. Without `field`, it is about the entity \
         as a whole.",
        |lua, _| {
            let session = Session::of(lua)?;
            let object = Object::singleton(&root::LOOPHOLE, &session);
            let cx = Cx { lua, session: &session, object: &object };
            let project = session.project();
            let list = lua.create_table()?;
            for conflict in project.conflicts() {
                charge(&session, 100)?;
                let entry = lua.create_table()?;
                entry.raw_set("id", conflict.id().0.to_string())?;
                entry.raw_set("entity", conflict.subject().map(|id| id.to_string()))?;
                entry.raw_set("origin", conflict.origin())?;
                entry.raw_set("reason", conflict.reason())?;
                if let Ok(Some(cell)) = conflict.cell() {
                    entry.raw_set("field", &*cell.field)?;
                    let sides =
                        [("base", conflict.base()), ("ours", conflict.ours()), ("theirs", conflict.theirs())];
                    for (name, side) in sides {
                        entry.raw_set(name, side_to_lua(&cx, &project, conflict.subject(), &cell, side)?)?;
                    }
                }
                list.raw_push(entry)?;
            }
            one(Value::Table(list))
        },
    ),
    entry(
        "resolve_conflict",
        &[("conflict", "string|table"), ("value", "any")],
        "",
        "Decides a conflict: the field gets the value, nil being the default, and the conflict is gone. One about an entity \
         as a whole is decided by `ours` or `theirs`.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                let project = cx.session.project();
                let wrong = |what: &str| place::misuse(lua, what);
                let conflict = project.conflicts().find(|conflict| conflict.id().0 == id);
                let conflict = conflict.ok_or_else(|| wrong("there is no such conflict"))?;
                let value = args.get(1).cloned().unwrap_or(Value::Nil);
                let edits = match conflict.cell().map_err(|error| wrong(&error.to_string()))? {
                    Some(cell) => {
                        let subject = conflict.subject().filter(|id| project.entity(*id).is_some());
                        let subject =
                            subject.ok_or_else(|| wrong("what it is about does not exist any more"))?;
                        let value = value_from_lua(cx, kind_of(&project, Some(subject), &cell), &cell, value);
                        let value = value.map_err(|what| wrong(&what))?;
                        vec![edit::cell::set(&project, subject, &cell, value), edit::any::delete(id)]
                    }
                    None => {
                        let side = match convert::text(&value).as_deref() {
                            Some("ours") => Side::Ours,
                            Some("theirs") => Side::Theirs,
                            _ => return Err(wrong("this conflict is decided by 'ours' or 'theirs'")),
                        };
                        let edits = edit::conflict::decide(&project, conflict.id(), side);
                        edits.map_err(|error| wrong(&error.to_string()))?
                    }
                };
                cx.session.write(lua, edits)?;
                none()
            })
        },
    ),
];

fn kind_of<'a>(project: &'a Project, subject: Option<EntityId>, cell: &Cell) -> Option<&'a FieldKind> {
    entity::field(project, project.entity(subject?)?, &cell.field).ok().map(|(_, kind)| kind)
}

/// What a side has, which is JSON; nothing if it has nothing, or a hand has garbled it.
fn side_to_lua(
    cx: &Cx<'_>,
    project: &Project,
    subject: Option<EntityId>,
    cell: &Cell,
    side: &str,
) -> mlua::Result<Value> {
    let kind = kind_of(project, subject, cell).unwrap_or(&FieldKind::Properties);
    match serde_json::from_str::<CellValue>(side) {
        Ok(CellValue::Value(value)) => convert::to_lua(cx, kind, value),
        Ok(CellValue::Row(row)) => {
            let list = convert::to_lua(cx, kind, Field::Rows([(0, row)].into()))?;
            match list {
                Value::Table(list) => list.raw_get(1),
                other => Ok(other),
            }
        }
        Err(_) => Value::Nil.into_lua(cx.lua),
    }
}

/// A value for a cell, as scripts give it.
fn value_from_lua(
    cx: &Cx<'_>,
    kind: Option<&FieldKind>,
    cell: &Cell,
    value: Value,
) -> Result<Option<CellValue>, String> {
    if value.is_nil() {
        return Ok(None);
    }
    let kind = kind.ok_or_else(|| format!("there is no field '{}' any more", cell.field))?;
    match cell.part {
        Part::Whole => {
            convert::from_lua(cx, &cell.field, kind, value).map(|value| Some(CellValue::Value(value)))
        }
        Part::Entry(_) => match (kind, convert::number(&value), convert::plain(&value)) {
            (FieldKind::Numbers, Some(number), _) => Ok(Some(CellValue::Value(Field::Float(number)))),
            (FieldKind::Properties, _, Some(plain)) => Ok(Some(CellValue::Value(plain))),
            _ => Err("this conflict is decided by one value".into()),
        },
        Part::Row(_) => {
            let list = cx.lua.create_sequence_from([value]).map_err(|error| error.to_string())?;
            let found = match kind {
                FieldKind::Points => rows::points_from_lua(cx, &Value::Table(list)),
                FieldKind::Events => rows::events_from_lua(cx, &Value::Table(list)),
                _ => rows::notes_from_lua(cx, &Value::Table(list)),
            };
            let row: Option<Row> = found?.into_values().next();
            Ok(row.map(CellValue::Row))
        }
    }
}
