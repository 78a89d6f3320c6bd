//! What fields hold, as far as queries care, and the tables that they are of.

use std::sync::Arc;

use protocol::{EntityId, Row};

use super::value::Datum;
use crate::entity::{Entity, Name};
use crate::project::order_of;
use crate::schema::{self, FieldKind, Names, Schema, TABLES, TableDescriptor, UserTable};

/// The type of a field.
#[derive(Clone, Debug)]
pub(super) enum Type {
    Bool,
    Number,
    Text,
    /// One of these words.
    Choice(Vec<Name>),
    Beats,
    /// One of the entities of these tables.
    Ref(Tables),
    Blob,
    /// Numbers by key.
    Numbers,
    /// Values of any kind by key.
    Properties,
    /// Such a value.
    Any,
    /// Values in order.
    List,
    Rows(RowType),
}

/// What the rows of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowType {
    Notes,
    Points,
    Events,
}

impl Type {
    pub(super) fn of(kind: &FieldKind, schema: Schema<'_>) -> Self {
        match kind {
            FieldKind::Bool { .. } => Self::Bool,
            FieldKind::Int { .. } | FieldKind::Float { .. } => Self::Number,
            FieldKind::Text { .. } => Self::Text,
            FieldKind::Choice { words } => Self::Choice(words.iter().map(Name::from).collect()),
            FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => Self::Beats,
            FieldKind::Ref { tables, .. } => Self::Ref(Tables::named(tables, schema)),
            FieldKind::Blob => Self::Blob,
            FieldKind::Numbers => Self::Numbers,
            FieldKind::List => Self::List,
            FieldKind::Properties => Self::Properties,
            FieldKind::Notes => Self::Rows(RowType::Notes),
            FieldKind::Points => Self::Rows(RowType::Points),
            FieldKind::Events => Self::Rows(RowType::Events),
        }
    }

    /// For a sentence: "expected ..., got ...".
    pub(super) fn described(&self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Number => "a number".into(),
            Self::Text => "text".into(),
            Self::Choice(words) => {
                format!("one of {}", words.iter().map(Name::as_str).collect::<Vec<_>>().join(", "))
            }
            Self::Beats => "a musical time in beats".into(),
            Self::Ref(tables) if tables.names().len() > 4 => "the id of an entity".into(),
            Self::Ref(tables) => format!("the id of one of the {}", tables.names().join(" or ")),
            Self::Blob => "the hash of a blob".into(),
            Self::Numbers => "numbers by key".into(),
            Self::Properties => "values by key".into(),
            Self::Any => "a value".into(),
            Self::List => "a list".into(),
            Self::Rows(RowType::Notes) => "notes".into(),
            Self::Rows(RowType::Points) => "points".into(),
            Self::Rows(RowType::Events) => "MIDI events".into(),
        }
    }

    /// Whether values of the two can be compared.
    pub(super) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text | Self::Choice(_), Self::Text | Self::Choice(_)) => true,
            (Self::Numbers | Self::Properties | Self::List | Self::Rows(_), _) => false,
            (_, Self::Numbers | Self::Properties | Self::List | Self::Rows(_)) => false,
            (Self::Any, _) | (_, Self::Any) => true,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Takes in what fields of another table may hold beside, if it is of the same kind.
    pub(super) fn absorb(&mut self, other: Self) -> bool {
        match (self, other) {
            (Self::Ref(tables), Self::Ref(more)) => {
                tables.absorb(more);
                true
            }
            (Self::Choice(words), Self::Choice(more)) => {
                for word in more {
                    if !words.contains(&word) {
                        words.push(word);
                    }
                }
                true
            }
            (Self::Rows(known), Self::Rows(other)) => *known == other,
            (known, other) => std::mem::discriminant(known) == std::mem::discriminant(&other),
        }
    }

    /// Whether one value can be more than another.
    pub(super) fn has_order(&self) -> bool {
        matches!(self, Self::Number | Self::Text | Self::Beats | Self::Any)
    }

    /// Whether results can be ordered by it.
    pub(super) fn sorts(&self) -> bool {
        !matches!(self, Self::Numbers | Self::Properties | Self::List | Self::Rows(_))
    }

    /// Whether it has entries by key.
    pub(super) fn has_keys(&self) -> bool {
        matches!(self, Self::Numbers | Self::Properties)
    }
}

/// A table that a query is over.
#[derive(Clone, Debug)]
pub(super) enum Table {
    BuiltIn(&'static TableDescriptor),
    User(Arc<UserTable>),
}

impl Table {
    pub(super) fn named(name: &str, schema: Schema<'_>) -> Option<Self> {
        let user = || schema.user.table(name).cloned().map(Self::User);
        schema::table(name).map(Self::BuiltIn).or_else(user)
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::BuiltIn(table) => table.name,
            Self::User(table) => &table.name,
        }
    }

    /// The field that its entities are ordered by; by id where there is none, as in users' tables.
    pub(super) fn order_by(&self) -> Option<&'static str> {
        match self {
            Self::BuiltIn(table) => table.order_by,
            Self::User(_) => None,
        }
    }

    /// Whether an entity is in it.
    pub(super) fn has(&self, entity: &Entity) -> bool {
        match self {
            Self::BuiltIn(table) => entity.table() == table.name,
            Self::User(table) => entity.has_facet(&table.name),
        }
    }

    /// What its entities are sorted by when nothing else is asked for.
    pub(super) fn place(&self, id: EntityId, entity: &Entity) -> (i64, EntityId) {
        match self {
            Self::BuiltIn(_) => (order_of(entity), id),
            Self::User(_) => (0, id),
        }
    }
}

/// The tables that an entity may be of.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    built_in: Vec<&'static TableDescriptor>,
    user: Vec<Arc<UserTable>>,
}

impl Tables {
    /// Those of any entity.
    pub(super) fn any() -> Self {
        Self { built_in: TABLES.iter().collect(), user: Vec::new() }
    }

    pub(super) fn one(table: Table) -> Self {
        match table {
            Table::BuiltIn(table) => Self { built_in: vec![table], user: Vec::new() },
            Table::User(table) => Self { built_in: Vec::new(), user: vec![table] },
        }
    }

    /// Those of some names; of any if there are none.
    fn named(names: &Names, schema: Schema<'_>) -> Self {
        let mut tables = Self::default();
        for table in names.iter().filter_map(|name| Table::named(name, schema)) {
            tables.absorb(Self::one(table));
        }
        if tables.built_in.is_empty() && tables.user.is_empty() { Self::any() } else { tables }
    }

    fn absorb(&mut self, more: Self) {
        for table in more.built_in {
            if self.built_in.iter().all(|known| known.name != table.name) {
                self.built_in.push(table);
            }
        }
        for table in more.user {
            if self.user.iter().all(|known| known.name != table.name) {
                self.user.push(table);
            }
        }
    }

    pub(super) fn names(&self) -> Vec<&str> {
        let user = self.user.iter().map(|table| table.name.as_str());
        self.built_in.iter().map(|table| table.name).chain(user).collect()
    }

    /// The built-in tables that its entities can be of: what is in a user's table can be of any.
    pub(super) fn built_in(&self) -> Vec<&'static TableDescriptor> {
        if self.user.is_empty() { self.built_in.clone() } else { TABLES.iter().collect() }
    }

    pub(super) fn user(&self) -> &[Arc<UserTable>] {
        &self.user
    }

    /// Whether an entity can be of both.
    pub(super) fn meet(&self, other: &Self) -> bool {
        let other = other.built_in();
        self.built_in().iter().any(|table| other.iter().any(|other| other.name == table.name))
    }
}

/// What names are looked up in.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// Entities of any of these.
    Entities(Tables),
    /// The entities at the other end of edges, with what is known of the edge.
    Ends(Tables),
    /// Rows of a field.
    Rows(RowType),
}

impl Scope {
    /// The tables of its entities, if it is not about rows.
    pub(super) fn tables(&self) -> Option<&Tables> {
        match self {
            Self::Entities(tables) | Self::Ends(tables) => Some(tables),
            Self::Rows(_) => None,
        }
    }
}

/// A column of [`Scope::Rows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Row,
    Start,
    Length,
    Key,
    Velocity,
    Channel,
    At,
    Value,
    Curve,
}

const CURVES: [&str; 4] = ["linear", "smooth", "exponential", "hold"];

impl RowType {
    /// Its columns by name. `row` is the key of the row.
    pub(super) fn columns(self) -> &'static [(&'static str, Column)] {
        match self {
            Self::Notes => &[
                ("row", Column::Row),
                ("start", Column::Start),
                ("length", Column::Length),
                ("key", Column::Key),
                ("velocity", Column::Velocity),
                ("channel", Column::Channel),
            ],
            Self::Points => &[
                ("row", Column::Row),
                ("at", Column::At),
                ("value", Column::Value),
                ("curve", Column::Curve),
            ],
            Self::Events => &[("row", Column::Row), ("at", Column::At), ("channel", Column::Channel)],
        }
    }
}

impl Column {
    pub(super) fn ty(self) -> Type {
        match self {
            Self::Start | Self::Length | Self::At => Type::Beats,
            Self::Curve => Type::Choice(CURVES.into_iter().map(Name::fixed).collect()),
            Self::Row | Self::Key | Self::Velocity | Self::Channel | Self::Value => Type::Number,
        }
    }

    pub(super) fn of(self, key: u64, row: &Row) -> Datum<'static> {
        match (self, row) {
            (Self::Row, _) => Datum::Int(i64::try_from(key).unwrap_or(i64::MAX)),
            (Self::Start, Row::Note(note)) => Datum::Beats(note.start.0),
            (Self::Length, Row::Note(note)) => Datum::Beats(note.length.0),
            (Self::Key, Row::Note(note)) => Datum::Int(note.key.into()),
            (Self::Velocity, Row::Note(note)) => Datum::Float(note.velocity),
            // As people and scripts count them.
            (Self::Channel, Row::Note(note)) => Datum::Int(i64::from(note.channel) + 1),
            (Self::At, Row::Point(point)) => Datum::Beats(point.at.0),
            (Self::At, Row::Event(event)) => Datum::Beats(event.at.0),
            (Self::Channel, Row::Event(event)) => Datum::Int(i64::from(event.channel) + 1),
            (Self::Value, Row::Point(point)) => Datum::Float(point.value),
            (Self::Curve, Row::Point(point)) => Datum::Text(match point.curve {
                protocol::Curve::Hold => "hold",
                protocol::Curve::Linear => "linear",
                protocol::Curve::Smooth => "smooth",
                protocol::Curve::Exponential => "exponential",
            }),
            _ => Datum::Null,
        }
    }
}
