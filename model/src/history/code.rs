//! How cells are written in the log: the map's key names the cell, its value is JSON.

use std::sync::Arc;

use protocol::{EntityId, Hlc, Value};
use serde::{Deserialize, Serialize};

use super::content::{Piece, Shape};
use super::text::Splice;
use crate::entity::list::ListEdit;
use crate::entity::{Cell, CellValue, Part};
use crate::project::Extra;

/// The key under which an entity's map says whether it exists. No field is called so.
pub(super) const EXISTENCE: &str = "@";

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
    /// What changed in a list; the list itself is in a container of its own.
    #[serde(default, rename = "l", skip_serializing_if = "Option::is_none")]
    pub(crate) list: Option<ListEdit>,
    /// What the name of that container ends in.
    #[serde(default, rename = "k", skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// Whether nobody wrote it: a running plugin told it.
    #[serde(default, rename = "g", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) gathered: bool,
    /// When: of references, which may contend with others, and of what has or may get a container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Hlc>,
}

impl Written {
    /// What it says of a content; `None` for a value that is replaced whole.
    pub(super) fn shape(&self) -> Option<Shape> {
        match (&self.splice, &self.list) {
            (Some(_), _) => Some(Shape::Text),
            (None, Some(_)) => Some(Shape::List),
            (None, None) => None,
        }
    }

    pub(super) fn into_piece(self) -> Option<Piece> {
        self.splice.map(Piece::Text).or(self.list.map(Piece::List))
    }
}

/// The same, with borrowed values.
#[derive(Default, Serialize)]
pub(super) struct WrittenRef<'a> {
    #[serde(rename = "v", skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<&'a CellValue>,
    #[serde(rename = "w", skip_serializing_if = "Option::is_none")]
    pub(super) was: Option<&'a CellValue>,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    pub(super) splice: Option<&'a Splice>,
    #[serde(rename = "l", skip_serializing_if = "Option::is_none")]
    pub(super) list: Option<&'a ListEdit>,
    #[serde(rename = "k", skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<&'a str>,
    #[serde(rename = "g", skip_serializing_if = "std::ops::Not::not")]
    pub(super) gathered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Hlc>,
}

/// The map that holds the cells of an entity.
pub(super) fn map_name(id: EntityId) -> String {
    id.to_string()
}

/// The container that holds a text or a list of an entity.
pub(super) fn content_name(id: EntityId, field: &str, key: Option<&str>) -> String {
    match key {
        None => format!("{id}.{field}"),
        Some(key) => format!("{id}.{field}~{key}"),
    }
}

/// What a root container is about: the entity, and the field if it is a text or a list.
pub(super) fn container(name: &str) -> Option<(EntityId, Option<&str>)> {
    match name.split_once('.') {
        Some((id, field)) => {
            let field = field.split_once('~').map_or(field, |(field, _)| field);
            Some((entity(id)?, Some(field)))
        }
        None => Some((entity(name)?, None)),
    }
}

/// Two ids are nobody's, whatever a log says.
fn entity(id: &str) -> Option<EntityId> {
    id.parse().ok().filter(|id| ![EntityId(0), EntityId(u128::MAX)].contains(id))
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

/// The time to write beside a value.
pub(super) fn stamp(value: Option<&CellValue>, at: Hlc) -> Option<Hlc> {
    matches!(value, Some(CellValue::Value(Value::Ref(_)))).then_some(at)
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
