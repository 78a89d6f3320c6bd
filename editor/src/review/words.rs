//! Conflicts in words, with values in the units that a person knows them by.

use model::entity::{Cell, CellValue, Part};
use model::schema::{self, FieldKind};
use protocol::{EntityId, Note, Point, Row, Take, Value};

use crate::cx::Cx;
use crate::edits;
use crate::frame::{ClashEntry, ConflictEntry};
use crate::roll::key_name;

/// A conflict as it is read.
pub(super) struct Words {
    pub what: String,
    pub base: String,
    pub project: String,
    pub session: String,
}

/// A conflict of a session.
pub(super) fn of(cx: &Cx<'_, '_>, conflict: &ConflictEntry) -> Words {
    match &conflict.clash {
        ClashEntry::Cell { cell, base, project, session } => {
            let text = |value: &Option<CellValue>| self::value(cx, conflict.entity, cell, value.as_ref());
            Words {
                what: what(cx, conflict.entity, cell),
                base: text(base),
                project: text(project),
                session: text(session),
            }
        }
        ClashEntry::Deleted { by } => {
            let (project, session) = match by {
                Take::Project => ("deleted", "changed"),
                Take::Session => ("changed", "deleted"),
            };
            Words {
                what: subject(cx, conflict.entity),
                base: "as it was".into(),
                project: project.into(),
                session: session.into(),
            }
        }
        ClashEntry::Other(text) => {
            Words { what: text.clone(), base: String::new(), project: "keep".into(), session: "take".into() }
        }
    }
}

/// What a cell is called: `Bass: volume`.
pub(super) fn what(cx: &Cx<'_, '_>, entity: EntityId, cell: &Cell) -> String {
    let field = cell.field.trim_end_matches("_db").trim_end_matches("_secs").replace(['_', '.'], " ");
    let part = match &cell.part {
        Part::Whole => field,
        Part::Row(_) => field.trim_end_matches('s').to_owned(),
        Part::Entry(key) => edits::describe(cx, entity, key).name,
    };
    match subject(cx, entity) {
        subject if subject.is_empty() => part,
        subject => format!("{subject}: {part}"),
    }
}

/// What a person calls an entity.
fn subject(cx: &Cx<'_, '_>, entity: EntityId) -> String {
    let project = cx.project();
    if let Some(clip) = project.clip(entity.into()) {
        return format!("{} / {}", project.name_of(clip.track()), edits::clip_name(project, &clip));
    }
    if let Some(lane) = project.lane(entity.into()) {
        let described = edits::describe_lane(cx, &lane);
        return format!("{} / {}", described.owner, described.name);
    }
    if let Some(device) = project.device(entity.into()) {
        return format!("{} / {}", project.name_of(device.track()), edits::device_name(&device));
    }
    project.name_of(entity).to_owned()
}

/// A value of a cell, or what holds where there is none.
pub(super) fn value(cx: &Cx<'_, '_>, entity: EntityId, cell: &Cell, value: Option<&CellValue>) -> String {
    match (value, &cell.part) {
        (Some(CellValue::Row(row)), _) => self::row(cx, entity, row),
        (Some(CellValue::Value(Value::Float(number))), Part::Entry(key)) => {
            edits::describe(cx, entity, key).text(*number)
        }
        (Some(CellValue::Value(value)), _) => plain(cx, entity, cell, value),
        (None, Part::Whole) => match default(cx, entity, cell) {
            Some(Value::Null) | None => "nothing".into(),
            Some(value) => plain(cx, entity, cell, &value),
        },
        (None, Part::Row(_)) => "deleted".into(),
        (None, Part::Entry(_)) => "default".into(),
    }
}

fn kind(cx: &Cx<'_, '_>, entity: EntityId, cell: &Cell) -> Option<&'static FieldKind> {
    let table = cx.project().entity(entity)?.table();
    schema::table(table)?.field(&cell.field).map(|field| &field.kind)
}

fn default(cx: &Cx<'_, '_>, entity: EntityId, cell: &Cell) -> Option<Value> {
    kind(cx, entity, cell).map(FieldKind::default_value)
}

fn plain(cx: &Cx<'_, '_>, entity: EntityId, cell: &Cell, value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(on) => if *on { "on" } else { "off" }.into(),
        Value::Int(number) if &*cell.field == "color" => format!("#{number:06x}"),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => {
            let described = edits::describe(cx, entity, &cell.field);
            match kind(cx, entity, cell) {
                _ if described.is_known() => described.text(*number),
                Some(FieldKind::Float { unit, .. }) if !unit.is_empty() => format!("{number:.2} {unit}"),
                _ => format!("{number:.2}"),
            }
        }
        Value::Text(text) if text.is_empty() => "empty".into(),
        Value::Text(text) => text.clone(),
        Value::Beats(beats) => {
            if cell.field.contains("length") {
                format!("{:.2} beats", beats.to_beats())
            } else {
                cx.signatures.position(*beats).to_string()
            }
        }
        Value::Ref(id) => cx.project().name_of(*id).to_owned(),
        Value::Blob(hash) => format!("audio {}", &hash.to_string()[..8]),
        Value::Numbers(numbers) => format!("{} numbers", numbers.len()),
        Value::Rows(rows) => format!("{} rows", rows.len()),
        Value::List(list) => format!("{} things", list.len()),
        Value::Properties(properties) => format!("{} properties", properties.len()),
    }
}

fn row(cx: &Cx<'_, '_>, entity: EntityId, row: &Row) -> String {
    if let Row::Note(note) = row {
        self::note(cx, note)
    } else if let Row::Point(point) = row {
        self::point(cx, entity, point)
    } else {
        "an event".into()
    }
}

fn note(cx: &Cx<'_, '_>, note: &Note) -> String {
    let velocity = note.velocity * 127.0;
    format!("{} at {}, velocity {velocity:.0}", key_name(note.key), cx.signatures.position(note.start))
}

fn point(cx: &Cx<'_, '_>, lane: EntityId, point: &Point) -> String {
    let value = match cx.project().lane(lane.into()) {
        Some(lane) => edits::describe_lane(cx, &lane).text(point.value),
        None => format!("{:.2}", point.value),
    };
    format!("{value} at {}", cx.signatures.position(point.at))
}
