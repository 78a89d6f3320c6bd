//! Texts and lists: values that merge by their parts, each in a container of its own.
//!
//! An entity begins with its texts and lists as plain registers. The first change of one moves it into a container, which is
//! named after what was there; every peer fills it by the very same operation, down to the bits of its id. So when two peers
//! make the same entity, or touch an old text at the same time, what it held is there once.

use loro::event::{Diff, ListDiffItem};
use loro::{ExportMode, LoroDoc, LoroResult, TextDelta};
use protocol::{EntityId, Hlc, Value};

use super::code::{self, Written};
use super::text::{self, Splice};
use crate::entity::list::{self, ListEdit};
use crate::entity::{Cell, CellValue, Entity, Part, facet};
use crate::schema::{FieldKind, MAX_USER_TEXT_BYTES, UserSchema};

/// Texts of fields that may be longer than a name merge letter by letter; names are replaced whole.
const LONGEST_NAME: usize = 1_024;

/// What sort of content a cell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    List,
}

/// What a step did to a content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Text(Splice),
    List(ListEdit),
}

/// How a content changes from one time to another.
#[derive(Debug)]
pub(super) enum Delta {
    Text(Vec<TextDelta>),
    List(Vec<ListDiffItem>),
}

impl Shape {
    /// That of a cell; `None` if it is replaced whole.
    pub(super) fn of(entity: &Entity, cell: &Cell, user: &UserSchema) -> Option<Self> {
        if cell.part != Part::Whole {
            return None;
        }
        let kind = match entity.descriptor().field(&cell.field) {
            Some(field) => &field.kind,
            None => &user.field(&cell.field)?.kind,
        };
        match kind {
            FieldKind::Text { max_bytes } if *max_bytes > LONGEST_NAME => Some(Self::Text),
            FieldKind::List => Some(Self::List),
            _ => None,
        }
    }

    /// A value of this shape, if it is one. Built-in fields have it always, users' only if they were given one.
    pub(super) fn value(self, field: &str, value: Option<&CellValue>) -> Option<Value> {
        match (self, value) {
            (Self::Text, Some(CellValue::Value(value @ Value::Text(_))))
            | (Self::List, Some(CellValue::Value(value @ Value::List(_)))) => Some(value.clone()),
            (_, None) if facet::split(field).is_none() => Some(self.empty()),
            _ => None,
        }
    }

    pub(super) fn empty(self) -> Value {
        match self {
            Self::Text => Value::Text(String::new()),
            Self::List => Value::List(Vec::new()),
        }
    }

    /// What a container of this shape holds.
    pub(super) fn read(self, doc: &LoroDoc, name: &str) -> Value {
        match self {
            Self::Text => {
                // Two sides may have made it longer than any field takes: its end is not shown.
                let mut text = doc.get_text(name).to_string();
                text.truncate(text.floor_char_boundary(MAX_USER_TEXT_BYTES));
                Value::Text(text)
            }
            Self::List => Value::List(list::values(&doc.get_movable_list(name))),
        }
    }
}

/// A content as a cell holds it.
pub(super) fn held(field: &str, value: Value) -> Option<CellValue> {
    let is_empty = match &value {
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    };
    (!is_empty || facet::split(field).is_some()).then_some(CellValue::Value(value))
}

/// Where the content of a cell is.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) name: String,
    /// What the name ends in; `None` for a content that the baseline has, or that an older version began.
    pub(super) key: Option<String>,
    /// What it is to be filled with first.
    pub(super) begin: Option<Value>,
}

impl Home {
    /// Given what the log says of the cell, and what it holds in the baseline.
    pub(super) fn of(
        (id, field): (EntityId, &str),
        shape: Shape,
        written: Option<Written>,
        baseline: &Value,
    ) -> Self {
        let (key, begin) = match written {
            None => (None, Some(baseline.clone())),
            Some(written) if written.shape() == Some(shape) => (written.key, None),
            Some(Written { value, at, .. }) => {
                let value = shape.value(field, value.as_ref()).unwrap_or_else(|| shape.empty());
                (Some(key_of(at, &value)), Some(value))
            }
        };
        Self { name: code::content_name(id, field, key.as_deref()), key, begin }
    }
}

impl Home {
    /// The same in a log that is shortened, or is to be. Loro takes nothing into it that goes on from nothing, so the content
    /// begins with operations of this peer, under a name of its own: if another peer begins it too, one of the two holds.
    pub(super) fn in_long(self, (id, field): (EntityId, &str), at: Hlc, peer: u64) -> Self {
        if self.begin.is_none() {
            return self;
        }
        let hash = blake3::hash(code::to_json(&(at, peer)).as_bytes());
        let key = hash.to_hex()[..16].to_owned();
        Self { name: code::content_name(id, field, Some(&key)), key: Some(key), begin: None }
    }
}

/// Tells the contents that a cell has had apart.
fn key_of(at: Option<Hlc>, value: &Value) -> String {
    let hash = blake3::hash(code::to_json(&(at, value)).as_bytes());
    hash.to_hex()[..16].to_owned()
}

/// Fills a container with what was there before it. Every peer makes this very operation.
pub(super) fn begin(doc: &LoroDoc, name: &str, value: &Value) -> LoroResult<()> {
    let first = LoroDoc::new();
    match value {
        Value::Text(text) if !text.is_empty() => {
            first.set_peer_id(peer_of(name, text))?;
            first.get_text(name).insert(0, text)?;
        }
        Value::List(items) if !items.is_empty() => {
            first.set_peer_id(peer_of(name, &code::to_json(items)))?;
            ListEdit::between(&[], items).write(&first.get_movable_list(name))?;
        }
        _ => return Ok(()),
    }
    first.commit();
    let update = first.export(ExportMode::all_updates());
    let update = update.map_err(|_| loro::LoroError::DecodeError("content".into()))?;
    doc.import(&update).map(|_| ())
}

/// The peer that wrote what was there before: made up from what it wrote. No other peer has it, but by a chance of 1 in 2^63.
fn peer_of(name: &str, content: &str) -> u64 {
    let mut hash = blake3::Hasher::new();
    hash.update(name.as_bytes()).update(&[0]).update(content.as_bytes());
    let mut peer = [0; 8];
    hash.finalize_xof().fill(&mut peer);
    // The highest ids are reserved.
    u64::from_le_bytes(peer) >> 1
}

impl Piece {
    /// The one that makes `after` of `before`, which are of one shape.
    pub(super) fn between(before: &Value, after: &Value) -> Option<Self> {
        match (before, after) {
            (Value::Text(before), Value::Text(after)) => Some(Self::Text(Splice::between(before, after))),
            (Value::List(before), Value::List(after)) => Some(Self::List(ListEdit::between(before, after))),
            _ => None,
        }
    }

    /// Does it in a container, of which what is too much to be shown goes: nothing but what is seen is changed.
    pub(super) fn write(&self, doc: &LoroDoc, name: &str) -> LoroResult<()> {
        match self {
            Self::Text(splice) => {
                let text = doc.get_text(name);
                if text.len_utf8() > MAX_USER_TEXT_BYTES {
                    let Value::Text(shown) = Shape::Text.read(doc, name) else { return Ok(()) };
                    let shown = shown.chars().count();
                    text.delete(shown, text.len_unicode() - shown)?;
                }
                splice.write(&text)
            }
            Self::List(edit) => edit.write(&doc.get_movable_list(name)),
        }
    }

    pub(crate) fn inverse(&self) -> Self {
        match self {
            Self::Text(splice) => Self::Text(splice.inverse()),
            Self::List(edit) => Self::List(edit.inverse()),
        }
    }

    /// What a cell holds once it is done; `None` if what it is about is not there.
    pub(crate) fn apply(&self, field: &str, now: Option<&CellValue>) -> Option<Option<CellValue>> {
        let now = self.shape().value(field, now)?;
        self.apply_to(&now).map(|value| held(field, value))
    }

    fn apply_to(&self, now: &Value) -> Option<Value> {
        match (self, now) {
            (Self::Text(splice), Value::Text(text)) => splice.apply(text).map(Value::Text),
            (Self::List(edit), Value::List(items)) => edit.apply(items).map(Value::List),
            _ => None,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Text(_) => Shape::Text,
            Self::List(_) => Shape::List,
        }
    }

    /// The same piece after a change of the content around it, which is told from then to now for texts, and from now to then
    /// for lists. `None` if the change was to the piece.
    pub(super) fn moved(&self, change: &Delta, now: &Value) -> Option<Self> {
        match (self, change, now) {
            (Self::Text(splice), Delta::Text(delta), _) => splice.moved(delta).map(Self::Text),
            (Self::List(edit), Delta::List(delta), Value::List(now)) => {
                let then = with_list_delta(now, delta);
                let wanted = edit.without_doubles(&then, now, edit.apply(&then)?);
                let wanted = list::merged(&then, now, &wanted)?;
                Some(Self::List(ListEdit::between(now, &wanted)))
            }
            _ => None,
        }
    }
}

impl Delta {
    /// The content after the change.
    pub(super) fn apply(&self, now: &Value) -> Option<Value> {
        match (self, now) {
            (Self::Text(delta), Value::Text(now)) => Some(Value::Text(text::with_delta(now, delta))),
            (Self::List(delta), Value::List(now)) => Some(Value::List(with_list_delta(now, delta))),
            _ => None,
        }
    }

    /// Given the container as it is before the change.
    pub(super) fn of(diff: &Diff<'_>, doc: &LoroDoc, name: &str) -> Option<Self> {
        match diff {
            Diff::Text(delta) => Some(Self::Text(delta.clone())),
            Diff::List(delta) => Some(Self::List(list::shown_delta(&doc.get_movable_list(name), delta))),
            _ => None,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Text(_) => Shape::Text,
            Self::List(_) => Shape::List,
        }
    }
}

fn with_list_delta(list: &[Value], delta: &[ListDiffItem]) -> Vec<Value> {
    let (mut from, mut out) = (list.iter().cloned(), Vec::new());
    for part in delta {
        match part {
            ListDiffItem::Retain { retain } => out.extend(from.by_ref().take(*retain)),
            ListDiffItem::Insert { insert, .. } => {
                out.extend(insert.iter().filter_map(list::value));
            }
            ListDiffItem::Delete { delete } => _ = from.by_ref().take(*delete).count(),
        }
    }
    out.extend(from);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_two_sides_made_too_long_is_shown_as_far_as_it_fits() {
        let doc = LoroDoc::new();
        let text = doc.get_text("text");
        // Bytes and letters are not the same.
        text.insert(0, &"\u{e4}".repeat(MAX_USER_TEXT_BYTES)).expect("ours");
        let shown = Shape::Text.read(&doc, "text");
        let Value::Text(before) = &shown else { panic!("{shown:?}") };
        assert_eq!(before.len(), MAX_USER_TEXT_BYTES);
        let after = Value::Text(before[2..].to_owned());
        let piece = Piece::between(&shown, &after).expect("they differ");
        piece.write(&doc, "text").expect("ours");
        assert!(Shape::Text.read(&doc, "text") == after, "whoever changes what is shown lets go of the rest");
        piece.inverse().write(&doc, "text").expect("ours");
        assert!(Shape::Text.read(&doc, "text") == shown);
    }
}
