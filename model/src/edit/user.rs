//! Edits of users' tables, and of who is in them.

use std::collections::BTreeMap;

use protocol::{Beats, Edit, EntityId, Keep, Value};

use super::{create as new, setter, text};
use crate::entity::facet;
use crate::view::{DeclaredFieldId, DeclaredTableId, ItemId};

/// What a field of a user's table holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Holds<'a> {
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// A whole number from one to another.
    Int(i64, i64),
    /// A finite number from one to another.
    Float(f64, f64),
    /// One of some words; the first is the default unless another is given.
    Choice(&'a [&'a str]),
    /// A musical time from this one on.
    Beats(Beats),
    /// An entity of one of some tables; of any if there are none.
    Ref(&'a [&'a str]),
    /// A blob.
    Blob,
    /// Numbers by key.
    Numbers,
    /// Plain values in order.
    List,
    /// Plain values by key.
    Properties,
    /// Notes.
    Notes,
    /// Automation points.
    Points,
    /// MIDI messages.
    Events,
}

/// The declaration of a field of a user's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The field's name.
    pub name: &'a str,
    /// What it holds.
    pub holds: Holds<'a>,
    /// The value of entities that are given none; that of the kind if not given.
    pub default: Option<Value>,
    /// Unit, as a person writes it; empty for none.
    pub unit: &'a str,
    /// Whether entities are looked up by it.
    pub indexed: bool,
    /// What it means.
    pub doc: &'a str,
}

impl<'a> Declaration<'a> {
    /// A field that is not indexed and has no unit, with the default of its kind.
    #[must_use]
    pub fn new(table: &'a str, name: &'a str, holds: Holds<'a>) -> Self {
        Self { table, name, holds, default: None, unit: "", indexed: false, doc: "" }
    }
}

/// A new table. Anybody who makes one with this name makes the same one.
#[must_use]
pub fn create_table(name: &str, doc: &str) -> Edit {
    new("tables", DeclaredTableId::named(name), [("name", text(name)), ("doc", text(doc))])
}

/// A new field of a user's table.
#[must_use]
pub fn declare(field: &Declaration<'_>) -> Edit {
    let Declaration { table, name, ref holds, ref default, unit, indexed, doc } = *field;
    let list = |words: &[&str]| Value::List(words.iter().map(|word| text(*word)).collect());
    let none = (Vec::new(), None);
    let (word, (limits, words)) = match holds {
        Holds::Text => ("text", none),
        Holds::Bool => ("bool", none),
        Holds::Int(min, max) => ("int", (vec![("min", Value::Int(*min)), ("max", Value::Int(*max))], None)),
        Holds::Float(min, max) => {
            ("float", (vec![("min", Value::Float(*min)), ("max", Value::Float(*max))], None))
        }
        Holds::Choice(words) => ("choice", (Vec::new(), Some(("words", list(words))))),
        Holds::Beats(min) => ("beats", (vec![("min", Value::Beats(*min))], None)),
        Holds::Ref(tables) => ("ref", (Vec::new(), Some(("targets", list(tables))))),
        Holds::Blob => ("blob", none),
        Holds::Numbers => ("numbers", none),
        Holds::List => ("list", none),
        Holds::Properties => ("properties", none),
        Holds::Notes => ("notes", none),
        Holds::Points => ("points", none),
        Holds::Events => ("events", none),
    };
    let limits = limits.into_iter().chain(default.clone().map(|default| ("default", default)));
    let limits = limits.map(|(key, value)| (key.to_owned(), value)).collect();
    let fields = [
        ("in_table", Value::Ref(DeclaredTableId::named(table).0)),
        ("name", text(name)),
        ("holds", text(word)),
        ("unit", text(unit)),
        ("limits", Value::Properties(limits)),
        ("indexed", Value::Bool(indexed)),
        ("doc", text(doc)),
    ];
    let fields = fields.into_iter().chain(words).map(|(name, value)| (name.to_owned(), value)).collect();
    Edit::Create { table: "fields".to_owned(), id: DeclaredFieldId::named(table, name).0, fields }
}

/// A new entity that is in a user's table alone, with values by the names of fields.
#[must_use]
pub fn create<const N: usize>(id: ItemId, table: &str, fields: [(&str, Value); N]) -> Edit {
    new(table, id, fields)
}

/// Puts an entity into a user's table, with values by the names of fields.
#[must_use]
pub fn attach<const N: usize>(id: impl Into<EntityId>, table: &str, fields: [(&str, Value); N]) -> Edit {
    let fields: BTreeMap<String, Value> = fields.map(|(name, value)| (name.to_owned(), value)).into();
    Edit::Attach { id: id.into(), facet: table.to_owned(), fields }
}

/// Takes an entity out of a user's table.
#[must_use]
pub fn detach(id: impl Into<EntityId>, table: &str, keep: Keep) -> Edit {
    Edit::Detach { id: id.into(), facet: table.to_owned(), keep }
}

/// Sets a field of a user's table.
#[must_use]
pub fn set(id: impl Into<EntityId>, table: &str, field: &str, value: Value) -> Edit {
    super::set(id, &facet::path(table, field), value)
}

setter!(
    /// What one of its entities is.
    set_table_doc, DeclaredTableId, "doc", doc: &str => text(doc)
);
setter!(
    /// What it means.
    set_field_doc, DeclaredFieldId, "doc", doc: &str => text(doc)
);
setter!(
    /// Whether entities are looked up by it.
    set_indexed, DeclaredFieldId, "indexed", indexed: bool => Value::Bool(indexed)
);
setter!(
    /// What a person calls it.
    set_name, ItemId, "name", name: &str => text(name)
);
