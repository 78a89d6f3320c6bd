//! What fields hold, as far as queries care, and what a name means where it stands.

use protocol::{Row, Value};

use super::value::{Const, Datum};
use crate::entity::{Entity, Name, Stored};
use crate::schema::{FieldKind, TABLES, TableDescriptor};

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
    Ref(Vec<&'static TableDescriptor>),
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
    pub(super) fn of(kind: &FieldKind) -> Self {
        match kind {
            FieldKind::Bool { .. } => Self::Bool,
            FieldKind::Int { .. } | FieldKind::Float { .. } => Self::Number,
            FieldKind::Text { .. } => Self::Text,
            FieldKind::Choice { words } => Self::Choice(words.iter().map(Name::from).collect()),
            FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => Self::Beats,
            FieldKind::Ref { tables, .. } if tables.is_empty() => Self::Ref(TABLES.iter().collect()),
            FieldKind::Ref { tables, .. } => {
                Self::Ref(tables.iter().filter_map(crate::schema::table).collect())
            }
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
            Self::Ref(tables) if tables.len() > 4 => "the id of an entity".into(),
            Self::Ref(tables) => format!("the id of one of the {}", names(tables).join(" or ")),
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
    fn absorb(&mut self, other: Self) -> bool {
        match (self, other) {
            (Self::Ref(tables), Self::Ref(more)) => {
                for table in more {
                    if tables.iter().all(|known| known.name != table.name) {
                        tables.push(table);
                    }
                }
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
}

pub(super) fn names(tables: &[&'static TableDescriptor]) -> Vec<&'static str> {
    tables.iter().map(|table| table.name).collect()
}

/// What names are looked up in.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// Entities of any of these.
    Entities(Vec<&'static TableDescriptor>),
    /// Rows of a field.
    Rows(RowType),
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

/// Where a field's values are found in entities of one table.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) table: &'static TableDescriptor,
    pub(super) field: &'static str,
    default: Const,
}

/// A field, in each of the tables that have it. Entities of others have null.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) slots: Vec<Slot>,
    /// Which entry of a field of numbers.
    pub(super) key: Option<String>,
}

impl Field {
    /// The field of a name in those of `tables` that have one of that type, and its type.
    pub(super) fn find(tables: &[&'static TableDescriptor], name: &str) -> Option<(Self, Type)> {
        let mut found: Option<(Self, Type)> = None;
        for &table in tables {
            let Some(field) = table.field(name) else { continue };
            let ty = Type::of(&field.kind);
            let default = Const::of(&field.kind.default_value()).unwrap_or(Const::NULL);
            let slot = Slot { table, field: field.name, default };
            match &mut found {
                None => found = Some((Self { slots: vec![slot], key: None }, ty)),
                Some((field, known)) => {
                    if known.absorb(ty) {
                        field.slots.push(slot);
                    }
                }
            }
        }
        found
    }

    fn slot(&self, entity: &Entity) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.table.name == entity.table())
    }

    /// What an entity has in it.
    pub(super) fn read<'a>(&'a self, entity: &'a Entity) -> Datum<'a> {
        let Some(slot) = self.slot(entity) else { return Datum::Null };
        match (&self.key, entity.plain(slot.field)) {
            (Some(key), Some(Value::Numbers(numbers))) => {
                numbers.get(key).map_or(Datum::Null, |&number| Datum::Float(number))
            }
            (Some(key), Some(Value::Properties(entries))) => {
                entries.get(key).and_then(Datum::of).unwrap_or(Datum::Null)
            }
            (Some(_), _) => Datum::Null,
            (None, Some(value)) => Datum::of(value).unwrap_or(Datum::Null),
            (None, None) => slot.default.datum(),
        }
    }

    /// The rows that an entity has in it.
    pub(super) fn rows<'a>(&self, entity: &'a Entity) -> impl Iterator<Item = (u64, &'a Row)> + use<'a> {
        let rows = self.slot(entity).and_then(|slot| match entity.fields.get(slot.field) {
            Some(Stored::Rows(rows)) => Some(rows),
            _ => None,
        });
        rows.into_iter().flatten().map(|(&key, row)| (key, row))
    }

    /// The list that an entity has in it.
    pub(super) fn items<'a>(&self, entity: &'a Entity) -> &'a [Value] {
        match self.slot(entity).and_then(|slot| entity.plain(slot.field)) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// How many items, or entries by key, an entity has in it.
    pub(super) fn entries(&self, entity: &Entity) -> usize {
        match self.slot(entity).and_then(|slot| entity.plain(slot.field)) {
            Some(Value::Numbers(numbers)) => numbers.len(),
            Some(Value::Properties(entries)) => entries.len(),
            Some(Value::List(items)) => items.len(),
            _ => 0,
        }
    }
}
