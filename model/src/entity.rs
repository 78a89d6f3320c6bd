//! One entity: a table and field values.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{EntityId, Point, Row, Value};
use rpds::RedBlackTreeMapSync;
use serde_json::Value as Json;

use crate::schema::{FieldKind, TableDescriptor};

pub mod cell;
pub mod derived;
pub mod facet;
mod fields;
pub(crate) mod list;
pub mod name;

use facet::Facets;
use fields::Fields;

pub use cell::{Cell, CellChange, CellValue, Part};
pub use name::Name;

/// Rows of a field, shared between snapshots.
pub type Rows = RedBlackTreeMapSync<u64, Row>;

/// A stored field value.
#[derive(Clone, Debug)]
pub(crate) enum Stored {
    /// Anything but rows.
    Plain(Value),
    /// Rows, with structural sharing: changing one note does not copy the others.
    Rows(Rows),
}

impl Stored {
    /// A value as a field of a kind stores it; `None` for the default, which is not stored, so that equal entities are
    /// equal however they came about.
    pub(crate) fn new(kind: &FieldKind, value: &Value) -> Option<Self> {
        if *value == Value::Null || *value == kind.default_value() {
            return None;
        }
        Some(match value {
            Value::Rows(rows) => Self::Rows(rows.iter().map(|(&key, &row)| (key, canonical(row))).collect()),
            Value::List(items) => Self::Plain(Value::List(items.iter().map(plain).collect())),
            Value::Properties(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), plain(value)));
                Self::Plain(Value::Properties(entries.collect()))
            }
            Value::Int(number) if matches!(kind, FieldKind::Float { .. }) => {
                return Self::new(kind, &Value::Float(approximate(*number)));
            }
            Value::Numbers(numbers) => {
                let numbers = numbers.iter().map(|(key, number)| (key.clone(), number + 0.0));
                Self::Plain(Value::Numbers(numbers.collect()))
            }
            other => Self::Plain(plain(other)),
        })
    }

    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Rows(rows) => Value::Rows(rows.iter().map(|(&key, &row)| (key, row)).collect()),
        }
    }
}

/// A plain value as it is stored.
pub(crate) fn plain(value: &Value) -> Value {
    match value {
        Value::Float(number) => Value::Float(number + 0.0),
        other => other.clone(),
    }
}

/// Without minus zero, which equals zero and would yet be written differently.
pub(crate) fn canonical(row: Row) -> Row {
    match row {
        Row::Point(point) => Row::Point(Point { value: point.value + 0.0, ..point }),
        other @ (Row::Note(_) | Row::Event(_)) => other,
    }
}

/// The nearest number; exact for all that fields take.
#[expect(clippy::cast_precision_loss, reason = "documented: ranges end far below 2^53")]
pub(crate) fn approximate(number: i64) -> f64 {
    number as f64
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => a == b,
            (Self::Rows(a), Self::Rows(b)) => a.ptr_eq(b) || a == b,
            _ => false,
        }
    }
}

/// An entity. Cheap to clone; fields that have their default are not stored.
#[derive(Clone, Debug)]
pub struct Entity {
    table: &'static TableDescriptor,
    pub(crate) fields: Fields,
    /// What it holds for users' tables, by path.
    user: Option<Arc<Facets>>,
    /// Fields of a newer version, kept as they came.
    pub(crate) extra: Option<Arc<BTreeMap<String, Json>>>,
}

impl Entity {
    pub(crate) fn new(table: &'static TableDescriptor) -> Self {
        Self { table, fields: Fields::default(), user: None, extra: None }
    }

    /// The name of its table.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.table.name
    }

    /// What it was declared as.
    #[must_use]
    pub fn descriptor(&self) -> &'static TableDescriptor {
        self.table
    }

    /// The value of a field, its default if it has none; `None` if the table has no such field. Of a field of a user's
    /// table, the value as it was given; [`Project::value`](crate::Project::value) knows defaults too.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<Value> {
        if let Some((facet, _)) = facet::split(field) {
            return self.user_stored(field).filter(|_| self.has_facet(facet)).map(Stored::to_value);
        }
        let descriptor = self.descriptor().field(field)?;
        Some(match self.fields.get(field) {
            Some(stored) => stored.to_value(),
            None => descriptor.kind.default_value(),
        })
    }

    pub(crate) fn plain(&self, field: &str) -> Option<&Value> {
        match self.stored(field) {
            Some(Stored::Plain(value)) => Some(value),
            _ => None,
        }
    }

    /// The rows of a field, if it has any.
    #[must_use]
    pub fn rows(&self, field: &str) -> Option<&Rows> {
        match self.stored(field) {
            Some(Stored::Rows(rows)) => Some(rows),
            _ => None,
        }
    }

    /// What is stored in a field; nothing at its default.
    pub(crate) fn stored(&self, field: &str) -> Option<&Stored> {
        self.fields.get(field).or_else(|| self.user_stored(field))
    }

    /// Everything that is stored, by field.
    pub(crate) fn all_stored(&self) -> impl Iterator<Item = (&str, &Stored)> {
        let user = self.user().map(|(path, stored)| (path.as_str(), stored));
        self.fields.iter().map(|(name, stored)| -> (&str, &Stored) { (name, stored) }).chain(user)
    }

    /// Stores a field; `None` restores the default. A field that the table does not have is left out.
    pub(crate) fn put(&mut self, field: &str, stored: Option<Stored>) {
        if facet::split(field).is_some() {
            return self.put_user(field, stored);
        }
        let Some(field) = self.descriptor().field(field) else { return };
        self.fields.put(field.name, stored);
    }

    pub(crate) fn bool(&self, field: &'static str) -> bool {
        match self.plain(field) {
            Some(Value::Bool(value)) => *value,
            _ => matches!(self.default(field), Value::Bool(true)),
        }
    }

    pub(crate) fn int(&self, field: &'static str) -> i64 {
        match self.plain(field).cloned().unwrap_or_else(|| self.default(field)) {
            Value::Int(value) => value,
            _ => 0,
        }
    }

    pub(crate) fn float(&self, field: &'static str) -> f64 {
        match self.plain(field).cloned().unwrap_or_else(|| self.default(field)) {
            Value::Float(value) => value,
            _ => 0.0,
        }
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        match self.plain(field) {
            Some(Value::Text(value)) => value,
            _ => match self.descriptor().field(field).map(|field| &field.kind) {
                Some(FieldKind::Choice { words }) => words.first().unwrap_or_default(),
                _ => "",
            },
        }
    }

    pub(crate) fn beats(&self, field: &'static str) -> protocol::Beats {
        self.optional_beats(field).unwrap_or(protocol::Beats::ZERO)
    }

    pub(crate) fn optional_beats(&self, field: &'static str) -> Option<protocol::Beats> {
        match self.plain(field).cloned().unwrap_or_else(|| self.default(field)) {
            Value::Beats(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn reference(&self, field: &str) -> Option<EntityId> {
        match self.plain(field) {
            Some(Value::Ref(id)) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn blob(&self, field: &str) -> Option<protocol::BlobHash> {
        match self.plain(field) {
            Some(Value::Blob(hash)) => Some(*hash),
            _ => None,
        }
    }

    /// The entity that owns it, if its table has owners.
    #[must_use]
    pub fn owner(&self) -> Option<EntityId> {
        self.reference(self.descriptor().owner?)
    }

    /// The entities that its fields name, with the fields.
    pub fn references(&self) -> impl Iterator<Item = (&'static str, EntityId)> + '_ {
        self.fields.iter().filter_map(|(field, value)| match value {
            Stored::Plain(Value::Ref(id)) => Some((field, *id)),
            _ => None,
        })
    }

    fn default(&self, field: &str) -> Value {
        self.descriptor().field(field).map_or(Value::Null, |field| field.kind.default_value())
    }
}

impl PartialEq for Entity {
    fn eq(&self, other: &Self) -> bool {
        self.table.name == other.table.name
            && self.fields == other.fields
            && (self.shares_user(other) || self.user == other.user)
            && self.extra == other.extra
    }
}

impl FieldKind {
    /// Whether it holds rows.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        matches!(self, Self::Notes | Self::Points | Self::Events)
    }

    /// The value of a field that was not given.
    #[must_use]
    pub fn default_value(&self) -> Value {
        match self {
            Self::Bool { default } => Value::Bool(*default),
            Self::Int { default, .. } => Value::Int(*default),
            Self::Float { default, .. } => Value::Float(*default),
            Self::Text { .. } => Value::Text(String::new()),
            Self::Choice { words } => Value::Text(words.first().unwrap_or_default().to_owned()),
            Self::Beats { default, .. } => Value::Beats(protocol::Beats(*default)),
            Self::OptionalBeats { .. } | Self::Ref { .. } | Self::Blob => Value::Null,
            Self::Numbers => Value::Numbers(BTreeMap::new()),
            Self::List => Value::List(Vec::new()),
            Self::Properties => Value::Properties(BTreeMap::new()),
            Self::Notes | Self::Points | Self::Events => Value::Rows(BTreeMap::new()),
        }
    }
}
