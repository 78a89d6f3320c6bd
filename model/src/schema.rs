//! What a project consists of, declared once: tables, fields, ranges, defaults and what they mean.
//!
//! Validation, default values, script introspection, documentation and JSON all follow from [`TABLES`].

pub mod document;
mod names;
mod tables;
mod user;

pub use names::Names;
pub use tables::TABLES;
pub(crate) use user::UserSchema;
pub use user::{Field, MAX_USER_TEXT_BYTES, Schema, Table, UserField, UserTable};
pub(crate) use user::{is_dotted_name, is_name, kind as declared_kind};

use crate::entity::Name;

/// A table: the entities of one kind.
#[derive(Debug)]
pub struct TableDescriptor {
    /// Stable name in files and scripts, snake_case, plural.
    pub name: &'static str,
    /// What one of its entities is.
    pub doc: &'static str,
    /// The field that names the owner; deleting the owner deletes the entity.
    pub owner: Option<&'static str>,
    /// The field that its entities are ordered by, among all and under their owner; by id where there is none. An
    /// entity created without an `order` comes last.
    pub order_by: Option<&'static str>,
    /// The most entities it may have: far above any song, so that absurd input gets a named error.
    pub max_entities: usize,
    /// The fields, in the order they are documented.
    pub fields: &'static [FieldDescriptor],
}

/// A field.
#[derive(Debug)]
pub struct FieldDescriptor {
    /// Stable name in files and scripts, snake_case.
    pub name: &'static str,
    /// What it holds, range and unit included.
    pub kind: FieldKind,
    /// Whether entities are looked up by it.
    pub indexed: bool,
    /// What it means.
    pub doc: &'static str,
}

/// What a field holds. The default is that of a new entity whose author did not give the field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// Yes or no.
    Bool {
        /// Default.
        default: bool,
    },
    /// A whole number.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// Default.
        default: i64,
    },
    /// A finite number.
    Float {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
        /// Default.
        default: f64,
        /// Unit, as a person writes it; empty for plain numbers.
        unit: Name,
    },
    /// Text.
    Text {
        /// Longest, in bytes of UTF-8.
        max_bytes: usize,
    },
    /// One of a few words; the first is the default.
    Choice {
        /// The words.
        words: Names,
    },
    /// A musical time.
    Beats {
        /// Smallest, in ticks.
        min: i64,
        /// Default, in ticks.
        default: i64,
    },
    /// A musical time, or nothing.
    OptionalBeats {
        /// Smallest, in ticks.
        min: i64,
    },
    /// Another entity.
    Ref {
        /// Tables that it may be of; any if there are none.
        tables: Names,
        /// Whether it may be unset.
        presence: Presence,
    },
    /// A blob, or nothing.
    Blob,
    /// Numbers by key.
    Numbers,
    /// Plain values in order.
    List,
    /// Plain values by key.
    Properties,
    /// Notes by row key.
    Notes,
    /// Automation points by row key.
    Points,
    /// MIDI messages beside notes, by row key.
    Events,
}

/// Whether a reference may be unset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must name an entity.
    Required,
    /// It may be unset. When its target is deleted, it becomes so.
    Optional,
}

impl TableDescriptor {
    /// The field with a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static FieldDescriptor> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Where the tables and a table's fields stand in the declaration: what indexes use in place of names.
pub(crate) fn position(table: &str, field: &str) -> Option<(u8, u8)> {
    let table = TABLES.iter().position(|known| known.name == table)?;
    let field = TABLES[table].fields.iter().position(|known| known.name == field)?;
    Some((u8::try_from(table).ok()?, u8::try_from(field).ok()?))
}

/// The table with a name.
#[must_use]
pub fn table(name: &str) -> Option<&'static TableDescriptor> {
    TABLES.iter().find(|table| table.name == name)
}

/// The most items that a list may have, and entries that a field of properties may have.
pub const MAX_ITEMS: usize = 100_000;
/// The longest text that is an item of a list or a property, in bytes of UTF-8.
pub const MAX_ITEM_BYTES: usize = 1 << 16;
/// The most rows a field may have.
pub const MAX_ROWS: usize = 1_000_000;
/// The farthest position on the timeline, in ticks: a year at 120 bpm.
pub const MAX_TICKS: i64 = protocol::TICKS_PER_BEAT * 120 * 60 * 24 * 365;
