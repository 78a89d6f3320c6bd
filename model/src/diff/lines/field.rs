//! What became of one field.

use protocol::{EntityId, ParamDescriptor, SignatureMap, Value};

use super::rows::rows;
use super::{Part, Teller};
use crate::diff::EntityChange;
use crate::diff::words::{count, length, number};
use crate::entity::cell::{self, CellChange, CellValue};
use crate::entity::list::{ListEdit, ListStep};
use crate::entity::{Entity, facet};
use crate::plan::known_params;
use crate::project::Project;
use crate::schema::FieldKind;

/// More changed entries of one field than this are counted rather than named.
const MAX_NAMED: usize = 8;

impl Teller<'_> {
    /// Adds what became of one field: `cells` are its own, and there is at least one.
    pub(super) fn field(&self, change: &EntityChange, cells: &[CellChange], parts: &mut Vec<Part>) {
        let (Some(before), Some(after)) = (change.before.as_deref(), change.after.as_deref()) else { return };
        let Some(CellChange { cell, before: old, after: new }) = cells.first() else { return };
        let field = &*cell.field;
        match &cell.part {
            cell::Part::Row(_) => return rows(cells, parts),
            cell::Part::Entry(_) => return self.entries(after, field, cells, parts),
            cell::Part::Whole => {}
        }
        let switch = |on: &str, off: &str| {
            let is_on = new.as_ref().map_or_else(|| default_bool(after, field), |new| *new == on_value());
            Part::Verb(if is_on { on } else { off }.to_owned())
        };
        if let Some((facet, "")) = facet::split(field) {
            let is_in = after.has_facet(facet);
            let verb = if is_in { "put into" } else { "taken out of" };
            return parts.push(Part::Verb(format!("{verb} table '{facet}'")));
        }
        let table = after.table();
        parts.push(match (table, field) {
            (_, "mute" | "muted") => switch("muted", "unmuted"),
            (_, "solo") => switch("soloed", "unsoloed"),
            (_, "armed") => switch("armed", "disarmed"),
            (_, "bypassed") => switch("bypassed", "no longer bypassed"),
            ("sends" | "lanes", "enabled") => switch("switched on", "switched off"),
            ("sends", "pre_fader") => switch("now pre-fader", "now post-fader"),
            ("project", "name") => Part::Fact(format!("title {} -> {}", quoted(old), quoted(new))),
            (_, "name") => match before.text("name") {
                "" => Part::Verb("named".into()),
                name => Part::Verb(format!("renamed from '{name}'")),
            },
            (_, "order") => Part::Verb(self.place(change.id, after)),
            (_, "track") => {
                let from = before.reference("track").map(|from| self.name(from)).unwrap_or_default();
                Part::Verb(format!("moved here from {from}"))
            }
            (_, "start" | "at") => {
                let place = if field == "at" { "at" } else { "start" };
                let (from, to) =
                    (self.was.position(before.beats(place)), self.is.position(after.beats(place)));
                Part::Verb(format!("moved from {from} to {to}"))
            }
            // The tempo of a place, and its signature as one.
            ("tempo", "bpm") => {
                let (from, to) = (number(before.float("bpm")), number(after.float("bpm")));
                Part::Verb(format!("{from} -> {to} at {}", self.is.position(after.beats("at"))))
            }
            ("signatures", "numerator") if before.int("denominator") != after.int("denominator") => return,
            ("signatures", "numerator" | "denominator") => {
                let signature = |of: &Entity| format!("{}/{}", of.int("numerator"), of.int("denominator"));
                let at = self.is.position(after.beats("at"));
                Part::Verb(format!("{} -> {} at {at}", signature(before), signature(after)))
            }
            ("tracks", "output") => {
                let name = |project: &Project, id: Option<EntityId>| {
                    super::label::name(project, id.unwrap_or_else(|| project.master_id()))
                };
                let (from, to) = (before.reference(field), after.reference(field));
                Part::Fact(format!("output {} -> {}", name(self.a, from), name(self.b, to)))
            }
            ("scripts" | "project", "source" | "notes") => {
                lines(field, before.text(field), after.text(field))
            }
            ("clips", "media") => Part::Fact("audio replaced".into()),
            ("devices", "blob") if after.text("format") == "builtin" => {
                Part::Fact("sound font replaced".into())
            }
            ("devices", "blob") => Part::Fact("state of the plugin changed".into()),
            _ => Part::Fact(self.plain(before, after, field, old.as_ref(), new.as_ref())),
        });
    }

    /// Any field: `label before -> after`.
    fn plain(
        &self,
        before: &Entity,
        after: &Entity,
        field: &str,
        old: Option<&CellValue>,
        new: Option<&CellValue>,
    ) -> String {
        let label = spoken(field);
        if let (Some(CellValue::Value(Value::List(old))), Some(CellValue::Value(Value::List(new)))) =
            (old, new)
        {
            return format!("{label}: {}", items(&ListEdit::between(old, new)));
        }
        let was = self.value(self.a, &self.was, before, field, old);
        let is = self.value(self.b, &self.is, after, field, new);
        match was.contains('\n') || is.contains('\n') {
            true => format!("{label} changed"),
            false => format!("{label} {was} -> {is}"),
        }
    }

    /// A value with its unit.
    pub(super) fn value(
        &self,
        project: &Project,
        bars: &SignatureMap,
        entity: &Entity,
        field: &str,
        value: Option<&CellValue>,
    ) -> String {
        let of_user = project.user_schema().field(field);
        let kind = entity.descriptor().field(field).map(|field| &field.kind);
        let kind = kind.or_else(|| of_user.map(|field| &field.kind));
        let value = match value {
            Some(CellValue::Value(value)) => value.clone(),
            // What a user's field falls back to is nothing that anybody wrote.
            _ if of_user.is_some() => Value::Null,
            _ => kind.map_or(Value::Null, FieldKind::default_value),
        };
        let param = known_params(entity).and_then(|params| params.iter().find(|param| param.key == field));
        match (value, kind) {
            (Value::Float(value), _) if let Some(param) = param => param.text(value),
            (Value::Float(value), Some(FieldKind::Float { unit, .. })) if unit == "dB" => decibels(value),
            (Value::Float(value), Some(FieldKind::Float { unit, .. }))
                if !unit.is_empty() && *unit != "bpm" =>
            {
                format!("{} {unit}", number(value))
            }
            (Value::Float(value), _) => number(value),
            (Value::Int(color), _) if field == "color" => match u32::try_from(color) {
                Ok(color) => format!("#{color:06x}"),
                Err(_) => "that of the track".into(),
            },
            (Value::Int(value), _) => value.to_string(),
            (Value::Bool(value), _) => if value { "on" } else { "off" }.into(),
            (Value::Text(text), Some(FieldKind::Choice { .. })) => text,
            (Value::Text(text), _) => format!("'{text}'"),
            (Value::Beats(beats), _) if is_position(field) => bars.position(beats).to_string(),
            (Value::Beats(beats), _) => length(beats),
            (Value::Ref(id), _) => super::label::name(project, id),
            (Value::Blob(hash), _) => hash.to_string()[..8].to_owned(),
            (Value::Null, _) => "none".into(),
            (Value::List(items), _) if items.is_empty() => "no items".into(),
            (Value::List(items), _) if items.len() > MAX_NAMED => count(items.len(), "item"),
            (Value::List(items), kind) => {
                let item = |item: &Value| match kind {
                    // The items of a list have no unit.
                    Some(FieldKind::List) => word(item),
                    _ => "other".into(),
                };
                items.iter().map(item).collect::<Vec<_>>().join(", ")
            }
            (Value::Numbers(_) | Value::Rows(_) | Value::Properties(_), _) => "other".into(),
        }
    }

    /// Numbers by key, such as a device's parameters.
    fn entries(&self, entity: &Entity, field: &str, cells: &[CellChange], parts: &mut Vec<Part>) {
        if cells.len() > MAX_NAMED {
            let what = if field == "params" { "parameter" } else { "entry" };
            parts.push(Part::Fact(format!("{} changed", count(cells.len(), what))));
            return;
        }
        for cell in cells {
            let cell::Part::Entry(key) = &cell.cell.part else { continue };
            let params = if field == "params" { known_params(entity) } else { None };
            let param = params.and_then(|params| params.iter().find(|param| *param.key == **key));
            let name = match param {
                Some(param) => param.name.to_lowercase(),
                None if field == "params" => format!("parameter {key}"),
                None => key.to_string(),
            };
            let (was, is) = (entry(param, cell.before.as_ref()), entry(param, cell.after.as_ref()));
            parts.push(Part::Fact(format!("{name} {was} -> {is}")));
        }
    }

    /// Where an entity stands among its siblings.
    fn place(&self, id: EntityId, entity: &Entity) -> String {
        let before = |project: &Project| {
            let owner = entity.descriptor().owner.and_then(|field| Some((entity.reference(field)?, field)));
            let siblings: Vec<EntityId> = match owner {
                Some((owner, field)) => project.referring(owner, entity.table(), field).collect(),
                None => project.table(entity.table()).filter(|id| *id != project.master_id()).collect(),
            };
            let at = siblings.iter().position(|sibling| *sibling == id)?;
            Some(at.checked_sub(1).map(|at| siblings[at]))
        };
        match (before(self.a), before(self.b)) {
            (Some(was), Some(is)) if was == is => "moved in rank".into(),
            (_, Some(Some(other))) => {
                let name = match self.b.entity(other) {
                    Some(other) if other.table() == "sends" => {
                        let to = other.reference("target").map(|to| self.name(to)).unwrap_or_default();
                        format!("the send to {to}")
                    }
                    _ => self.name(other),
                };
                format!("moved after {name}")
            }
            _ => "moved to the front".into(),
        }
    }
}

/// A level; the bottom of the range is silence.
pub(super) fn decibels(value: f64) -> String {
    if value <= -90.0 { "-inf dB".into() } else { format!("{value:.1} dB") }
}

pub(super) fn entry(param: Option<&ParamDescriptor>, value: Option<&CellValue>) -> String {
    match (param, value) {
        (Some(param), Some(CellValue::Value(Value::Float(value)))) => param.text(*value),
        (Some(param), None) => param.text(param.default),
        (None, Some(CellValue::Value(value))) => word(value),
        _ => "default".into(),
    }
}

/// A plain value without a unit.
pub(super) fn word(value: &Value) -> String {
    match value {
        Value::Bool(value) => if *value { "on" } else { "off" }.into(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => number(*value),
        Value::Text(text) => format!("'{text}'"),
        Value::Beats(beats) => length(*beats),
        _ => "other".into(),
    }
}

/// What became of the items of a list.
fn items(edit: &ListEdit) -> String {
    let (mut added, mut removed, mut moved, mut changed) = (Vec::new(), Vec::new(), 0, 0);
    for step in &edit.0 {
        match step {
            ListStep::Insert { value, .. } => added.push(word(value)),
            ListStep::Remove { was, .. } => removed.push(word(was)),
            ListStep::Move { .. } => moved += 1,
            ListStep::Set { .. } => changed += 1,
        }
    }
    let named = |words: &[String], verb: &str| match words.len() {
        0 => None,
        1..=3 => Some(format!("{} {verb}", words.join(", "))),
        many => Some(format!("{} {verb}", count(many, "item"))),
    };
    let counted =
        |number: usize, verb: &str| (number > 0).then(|| format!("{} {verb}", count(number, "item")));
    let parts = [
        named(&added, "added"),
        named(&removed, "removed"),
        counted(moved, "moved"),
        counted(changed, "changed"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a field is called.
pub(super) fn spoken(field: &str) -> String {
    field.trim_end_matches("_db").trim_end_matches("_secs").replace(['_', '.'], " ")
}

/// Whether a musical time says where, rather than how long.
fn is_position(field: &str) -> bool {
    let last = field.rsplit(['.', '_']).next().unwrap_or(field);
    matches!(last, "at" | "start" | "end" | "in" | "out")
}

fn quoted(value: &Option<CellValue>) -> String {
    match value {
        Some(CellValue::Value(Value::Text(text))) => format!("'{text}'"),
        _ => "none".into(),
    }
}

fn on_value() -> CellValue {
    CellValue::Value(Value::Bool(true))
}

fn default_bool(entity: &Entity, field: &str) -> bool {
    let kind = entity.descriptor().field(field).map(|field| field.kind.default_value());
    kind == Some(Value::Bool(true))
}

/// Counts the lines that came and went.
fn lines(field: &str, before: &str, after: &str) -> Part {
    let patch = diffy::create_patch(before, after);
    let (mut added, mut removed) = (0, 0);
    for line in patch.hunks().iter().flat_map(diffy::Hunk::lines) {
        match line {
            diffy::Line::Insert(_) => added += 1,
            diffy::Line::Delete(_) => removed += 1,
            diffy::Line::Context(_) => {}
        }
    }
    let field = if field == "source" { "" } else { "notes: " };
    Part::Fact(match (added, removed) {
        (added, 0) => format!("{field}{} added", count(added, "line")),
        (0, removed) => format!("{field}{} removed", count(removed, "line")),
        (added, removed) => format!("{field}{} added, {removed} removed", count(added, "line")),
    })
}
