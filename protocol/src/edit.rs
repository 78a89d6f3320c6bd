//! Changes of the project, as values: the same form from the GUI, a script, the command line or the wire.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::EntityId;
use crate::value::{Row, Value};

/// One change. Pulse checks it against the schema and rejects the whole transaction if any edit is invalid.
///
/// Build edits with the typed constructors of `model` rather than by hand: they spell the names for you.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// A new entity. Fields not given get their defaults.
    Create {
        /// Which table it is a row of.
        table: String,
        /// Its id, chosen by the author so that later edits of the transaction can name it.
        id: EntityId,
        /// Field values by field name.
        fields: BTreeMap<String, Value>,
    },
    /// Sets one field.
    Set {
        /// Whose field.
        id: EntityId,
        /// The field's name.
        field: String,
        /// The new value; [`Value::Null`] restores the default.
        value: Value,
    },
    /// Changes some rows of a [`Value::Rows`] field and leaves the others.
    Rows {
        /// Whose field.
        id: EntityId,
        /// The field's name.
        field: String,
        /// The rows to set or remove.
        changes: Vec<RowChange>,
    },
    /// Changes some entries of a [`Value::Numbers`] field and leaves the others.
    Numbers {
        /// Whose field.
        id: EntityId,
        /// The field's name.
        field: String,
        /// New values by key; `None` removes the entry.
        changes: BTreeMap<String, Option<f64>>,
    },
    /// Changes some entries of a [`Value::Properties`] field and leaves the others.
    Properties {
        /// Whose field.
        id: EntityId,
        /// The field's name.
        field: String,
        /// New values by key; `None` removes the entry.
        changes: BTreeMap<String, Option<Value>>,
    },
    /// Changes a text here and there: what others type elsewhere in it stays.
    Text {
        /// Whose field.
        id: EntityId,
        /// The field's name.
        field: String,
        /// The changes, each to be read in the light of those before it.
        changes: Vec<TextChange>,
    },
    /// Changes some items of a [`Value::List`] field and leaves the others.
    List {
        /// Whose field.
        id: EntityId,
        /// The field's name.
        field: String,
        /// The changes, each to be read in the light of those before it.
        changes: Vec<ListChange>,
    },
    /// Makes an entity a member of a user's table too. If it is one already, or was, its values there stay unless given.
    Attach {
        /// The entity.
        id: EntityId,
        /// The user's table.
        facet: String,
        /// Field values by field name; the others get the defaults that the table declares.
        fields: BTreeMap<String, Value>,
    },
    /// Takes an entity out of a user's table.
    Detach {
        /// The entity.
        id: EntityId,
        /// The user's table.
        facet: String,
        /// What becomes of its values there.
        keep: Keep,
    },
    /// Deletes an entity and everything it owns (a track owns its clips, devices, sends and lanes).
    Delete {
        /// The entity.
        id: EntityId,
    },
}

/// A change of one row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowChange {
    /// The row's key, stable for its life.
    pub key: u64,
    /// The row, or `None` to remove it.
    pub row: Option<Row>,
}

/// What becomes of the values of a facet that is detached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// They are kept, unseen, and are there again when the facet is attached again.
    Preserve,
    /// They are forgotten.
    Discard,
}

/// A change of a text: some characters give way to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextChange {
    /// Where, in Unicode scalar values from the start.
    pub at: usize,
    /// How many Unicode scalar values go.
    pub delete: usize,
    /// What comes in their place.
    pub insert: String,
}

/// A change of a list. Positions count from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ListChange {
    /// Puts an item in.
    Insert {
        /// Its place, at most the length.
        at: usize,
        /// The item.
        value: Value,
    },
    /// Takes an item out.
    Remove {
        /// Its place.
        at: usize,
    },
    /// Moves an item.
    Move {
        /// Its place.
        from: usize,
        /// Its place afterwards.
        to: usize,
    },
    /// Replaces an item.
    Set {
        /// Its place.
        at: usize,
        /// The new item.
        value: Value,
    },
}

/// A named group of edits: one undo step, applied whole or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transaction {
    /// What the undo menu says, such as "Move clip".
    pub name: String,
    /// Who made it: a person, or a script by its name.
    pub author: String,
    /// The edits, in order.
    pub edits: Vec<Edit>,
}
