//! How cells are written in the log: the map's key names the cell, its value is JSON.

use std::sync::Arc;

use protocol::{EntityId, Hlc, Value};
use serde::{Deserialize, Serialize};

use super::text::Splice;
use crate::entity::{Cell, CellValue, Entity, Part};
use crate::project::Extra;
use crate::schema::FieldKind;

/// The key under which an entity's map says whether it exists. No field is called so.
pub(super) const EXISTENCE: &str = "@";

/// Texts of fields that may be longer than a name merge letter by letter; names are replaced whole.
const LONGEST_NAME: usize = 1_024;

/// The value of the existence cell.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Existence {
    pub(crate) table: String,
    pub(crate) alive: bool,
    /// Whether it came to be, or back, with this.
    #[serde(default)]
    pub(crate) born: bool,
    /// Whether it had an earlier life, of which undo brings back what it held.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) again: bool,
    /// What a newer version wrote of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extra: Option<Arc<Extra>>,
    pub(crate) at: Hlc,
}

/// The value of any other cell.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Written {
    /// What it holds; absent for the default.
    #[serde(default, rename = "v", skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<CellValue>,
    /// What it held before, which is how the step is taken back.
    #[serde(default, rename = "w", skip_serializing_if = "Option::is_none")]
    pub(crate) was: Option<CellValue>,
    /// What changed in a text; the text itself is in a container of its own.
    #[serde(default, rename = "t", skip_serializing_if = "Option::is_none")]
    pub(crate) splice: Option<Splice>,
    /// When: of references alone, which may contend with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Hlc>,
}

/// The same, with borrowed values.
#[derive(Serialize)]
pub(super) struct WrittenRef<'a> {
    #[serde(rename = "v", skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<&'a CellValue>,
    #[serde(rename = "w", skip_serializing_if = "Option::is_none")]
    pub(crate) was: Option<&'a CellValue>,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    pub(crate) splice: Option<&'a Splice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Hlc>,
}

/// The map that holds the cells of an entity.
pub(super) fn map_name(id: EntityId) -> String {
    id.to_string()
}

/// The container that holds a text of an entity.
pub(super) fn text_name(id: EntityId, field: &str) -> String {
    format!("{id}.{field}")
}

/// What a root container is about: the entity, and the field if it is a text.
pub(super) fn container(name: &str) -> Option<(EntityId, Option<&str>)> {
    match name.split_once('.') {
        Some((id, field)) => Some((id.parse().ok()?, Some(field))),
        None => Some((name.parse().ok()?, None)),
    }
}

pub(super) fn key(cell: &Cell) -> String {
    match &cell.part {
        Part::Whole => cell.field.to_string(),
        Part::Row(row) => format!("{}#{row}", cell.field),
        Part::Entry(entry) => format!("{}:{entry}", cell.field),
    }
}

/// The cell that a key names; `None` for the existence, and for what only a later version knows.
pub(super) fn cell(key: &str) -> Option<Cell> {
    if key == EXISTENCE || key.is_empty() {
        return None;
    }
    let (field, part) = match key.find(['#', ':']) {
        None => (key, Part::Whole),
        Some(at) if key[at..].starts_with('#') => (&key[..at], Part::Row(key[at + 1..].parse().ok()?)),
        Some(at) => (&key[..at], Part::Entry(key[at + 1..].into())),
    };
    Some(Cell { field: field.into(), part })
}

/// Whether a cell is a text that merges letter by letter.
pub(super) fn is_text(entity: &Entity, cell: &Cell) -> bool {
    let field = entity.descriptor().field(&cell.field);
    cell.part == Part::Whole
        && field.is_some_and(
            |field| matches!(field.kind, FieldKind::Text { max_bytes } if max_bytes > LONGEST_NAME),
        )
}

/// The time to write beside a value.
pub(super) fn stamp(value: Option<&CellValue>, at: Hlc) -> Option<Hlc> {
    matches!(value, Some(CellValue::Value(Value::Ref(_)))).then_some(at)
}

/// The text that a cell holds.
pub(super) fn text_of(value: Option<&CellValue>) -> &str {
    match value {
        Some(CellValue::Value(Value::Text(text))) => text,
        _ => "",
    }
}

/// A text as a cell holds it.
pub(super) fn text_value(text: String) -> Option<CellValue> {
    (!text.is_empty()).then_some(CellValue::Value(Value::Text(text)))
}

pub(super) fn to_json(value: &impl Serialize) -> String {
    // PANIC: maps with text keys, and numbers that were checked to be finite, always have a JSON form.
    serde_json::to_string(value).expect("plain data")
}

/// Whether JSON says that an entity exists, and in which table; for reading logs that others wrote.
pub(super) fn existence(json: &str) -> Option<Existence> {
    serde_json::from_str(json).ok()
}

pub(super) fn written(json: &str) -> Option<Written> {
    serde_json::from_str(json).ok()
}
