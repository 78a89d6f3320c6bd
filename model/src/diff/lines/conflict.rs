//! Conflicts in words.

use std::collections::BTreeMap;

use super::{Line, Mark, Teller};
use crate::diff::words::count;
use crate::entity::{Cell, CellValue, Entity, Part, facet};
use crate::merge::{Clash, Conflict, Reason, Side};
use crate::plan::known_params;
use crate::project::Project;
use protocol::{Row, Value};

/// A conflict in words. `sides` are what the two are called, such as `("the project", "the session")`.
#[must_use]
pub fn conflict_line(ours: &Project, theirs: &Project, conflict: &Conflict, sides: (&str, &str)) -> Line {
    let teller = Teller {
        a: ours,
        b: theirs,
        was: ours.signature_map(),
        is: theirs.signature_map(),
        ranks: BTreeMap::new(),
    };
    let id = conflict.entity;
    let left_out = match &conflict.clash {
        Clash::LeftOut { theirs, .. } => Some(&**theirs),
        _ => None,
    };
    let entity = left_out.or_else(|| theirs.entity(id)).or_else(|| ours.entity(id));
    let Some(entity) = entity else { return unknown(conflict, sides) };
    let track = teller.track_of(id, entity);
    let subject = match teller.subject(track, entity) {
        subject if subject.is_empty() && entity.table() == "tracks" => entity.text("name").to_owned(),
        subject => subject,
    };
    let project = if theirs.entity(id).is_some() { theirs } else { ours };
    let label = teller.label(project, &teller.is, id, entity);
    let mark = match &conflict.clash {
        Clash::Deleted { .. } => Mark::Removed,
        Clash::LeftOut { .. } => Mark::Added,
        _ => Mark::Changed,
    };
    let what = teller.clash(entity, conflict, sides);
    let text = match (label.as_str(), mark) {
        ("", _) => what,
        (label, Mark::Removed) => format!("{label} {what}"),
        (label, _) => format!("{label}: {what}"),
    };
    Line { mark, table: entity.table().to_owned(), track, subject, text, entities: vec![id] }
}

fn unknown(conflict: &Conflict, (ours, theirs): (&str, &str)) -> Line {
    let text = match &conflict.clash {
        Clash::Unknown { path, .. } => format!("{} differs between {ours} and {theirs}", path.join(".")),
        _ => format!("{} differs between {ours} and {theirs}", conflict.entity),
    };
    Line {
        mark: Mark::Changed,
        table: String::new(),
        track: None,
        subject: String::new(),
        text,
        entities: vec![conflict.entity],
    }
}

impl Teller<'_> {
    fn clash(&self, entity: &Entity, conflict: &Conflict, (ours, theirs): (&str, &str)) -> String {
        match &conflict.clash {
            Clash::Cell { cell, base, ours: mine, theirs: other, reason } => {
                let name = cell_name(entity, cell);
                let value =
                    |project, value: &Option<CellValue>| self.cell(project, entity, cell, value.as_ref());
                let (was, mine, other) = (value(self.a, base), value(self.a, mine), value(self.b, other));
                match reason {
                    Reason::BothChanged => {
                        format!("{name} {mine} in {ours}, {other} in {theirs} (was {was})")
                    }
                    Reason::Rule(rule) => {
                        format!("{name} {other} in {theirs} is not possible: {}", rule.rule)
                    }
                }
            }
            Clash::Deleted { by: Side::Ours } => format!("deleted in {ours}, changed or needed in {theirs}"),
            Clash::Deleted { by: Side::Theirs } => {
                format!("deleted in {theirs}, changed or needed in {ours}")
            }
            Clash::LeftOut { with, rule, .. } => {
                let more = match with.len() {
                    0 => String::new(),
                    number => format!(
                        ", with {} that {} it,",
                        count(number, "thing"),
                        if number == 1 { "needs" } else { "need" }
                    ),
                };
                format!("made in {theirs}{more} but not possible: {}", rule.rule)
            }
            Clash::Unknown { path, .. } => format!("{} differs between {ours} and {theirs}", path.join(".")),
        }
    }

    pub(super) fn cell(
        &self,
        project: &Project,
        entity: &Entity,
        cell: &Cell,
        value: Option<&CellValue>,
    ) -> String {
        let bars = &self.is;
        match (&cell.part, value) {
            (Part::Row(_), None | Some(CellValue::Value(_))) => "absent".into(),
            (_, Some(CellValue::Row(Row::Note(note)))) => {
                format!(
                    "key {} at beat {}",
                    note.key,
                    crate::diff::words::number(note.start.to_beats() + 1.0)
                )
            }
            (_, Some(CellValue::Row(Row::Point(point)))) => {
                format!("{} at {}", crate::diff::words::number(point.value), bars.position(point.at))
            }
            (_, Some(CellValue::Row(_))) => "another event".into(),
            (Part::Entry(key), value) => {
                let params = if &*cell.field == "params" { known_params(entity) } else { None };
                let param = params.and_then(|params| params.iter().find(|param| *param.key == **key));
                match value {
                    Some(CellValue::Value(_)) | None => super::field::entry(param, value),
                    Some(CellValue::Row(_)) => "another value".into(),
                }
            }
            (Part::Whole, Some(CellValue::Value(Value::Text(text)))) if text.contains('\n') => {
                "another text".into()
            }
            (Part::Whole, value) => self.value(project, bars, entity, &cell.field, value),
        }
    }
}

pub(super) fn cell_name(entity: &Entity, cell: &Cell) -> String {
    if let Some((facet, "")) = facet::split(&cell.field) {
        return format!("place in table '{facet}'");
    }
    let field = super::field::spoken(&cell.field);
    match &cell.part {
        Part::Whole => field,
        Part::Row(key) => format!("{} {key}", field.trim_end_matches('s')),
        Part::Entry(key) => {
            let params = if &*cell.field == "params" { known_params(entity) } else { None };
            let param = params.and_then(|params| params.iter().find(|param| *param.key == **key));
            param.map_or_else(|| format!("{field} {key}"), |param| param.name.to_lowercase())
        }
    }
}
