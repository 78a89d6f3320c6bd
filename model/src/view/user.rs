//! What users declare and relate, and conflicts that wait for a person.

use std::collections::BTreeMap;

use protocol::{EntityId, Value};

use super::view;
use crate::entity::cell::PartError;
use crate::entity::{Cell, derived};

view!(
    /// The declaration of a user's table. [`Project::schema`](crate::Project::schema) tells what all declarations mean.
    DeclaredTable, DeclaredTableId, "tables"
);

view!(
    /// The declaration of a field of a user's table.
    DeclaredField, DeclaredFieldId, "fields"
);

view!(
    /// An entity that is in users' tables alone.
    Item, ItemId, "items"
);

view!(
    /// A relation from one entity to another.
    Edge, EdgeId, "edges"
);

view!(
    /// Something that two sides of a merge changed differently.
    OpenConflict, OpenConflictId, "conflicts"
);

impl DeclaredTableId {
    /// The id of the table with a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(derived::table_id(name))
    }
}

impl DeclaredFieldId {
    /// The id of the field with a name in a table with a name.
    #[must_use]
    pub fn named(table: &str, field: &str) -> Self {
        Self(derived::field_id(derived::table_id(table), field))
    }
}

impl EdgeId {
    /// The id of the edge of a kind from one entity to another.
    #[must_use]
    pub fn between(kind: &str, source: impl Into<EntityId>, target: impl Into<EntityId>) -> Self {
        Self(derived::edge_id(kind, source.into(), target.into()))
    }
}

impl<'a> DeclaredTable<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// What one of its entities is.
    #[must_use]
    pub fn doc(&self) -> &'a str {
        self.entity.text("doc")
    }

    /// The declarations of its fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = DeclaredField<'a>> + use<'a> {
        let project = self.project;
        project.referring(self.id.0, "fields", "in_table").filter_map(|id| DeclaredField::new(project, id))
    }
}

impl<'a> DeclaredField<'a> {
    /// Its table.
    #[must_use]
    pub fn table(&self) -> DeclaredTableId {
        DeclaredTableId(self.entity.reference("in_table").unwrap_or(EntityId(0)))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// What it holds, as the declaration says it: `text`, `int` and so on.
    #[must_use]
    pub fn holds(&self) -> &'a str {
        self.entity.text("holds")
    }

    /// What it means.
    #[must_use]
    pub fn doc(&self) -> &'a str {
        self.entity.text("doc")
    }
}

impl<'a> Item<'a> {
    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }
}

impl<'a> Edge<'a> {
    /// What relates its ends.
    #[must_use]
    pub fn kind(&self) -> &'a str {
        self.entity.text("kind")
    }

    /// Where it starts.
    #[must_use]
    pub fn source(&self) -> EntityId {
        self.entity.reference("source").unwrap_or(EntityId(0))
    }

    /// Where it ends.
    #[must_use]
    pub fn target(&self) -> EntityId {
        self.entity.reference("target").unwrap_or(EntityId(0))
    }

    /// Its place among the edges of its kind to its target, as a fractional index in hexadecimal; empty if it has none.
    #[must_use]
    pub fn rank(&self) -> &'a str {
        self.entity.text("rank")
    }

    /// What is known of the relation, by key.
    pub fn properties(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let properties = match self.entity.plain("properties") {
            Some(Value::Properties(properties)) => Some(properties),
            _ => None,
        };
        properties.into_iter().flat_map(BTreeMap::iter).map(|(key, value)| (key.as_str(), value))
    }

    /// What is known of the relation under a key.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<&'a Value> {
        match self.entity.plain("properties") {
            Some(Value::Properties(properties)) => properties.get(key),
            _ => None,
        }
    }
}

impl<'a> OpenConflict<'a> {
    /// The entity, which need not exist any more; `None` if a hand has garbled the id.
    #[must_use]
    pub fn subject(&self) -> Option<EntityId> {
        self.entity.text("subject").parse().ok()
    }

    /// Which cell of it; `None` if the conflict is about the entity as a whole.
    ///
    /// # Errors
    /// A hand has garbled the part.
    pub fn cell(&self) -> Result<Option<Cell>, PartError> {
        let field = self.entity.text("field");
        let cell = |part| Cell { field: field.into(), part };
        if field.is_empty() {
            Ok(None)
        } else {
            self.entity.text("part").parse().map(|part| Some(cell(part)))
        }
    }

    /// What it was, as JSON; empty for nothing or the default.
    #[must_use]
    pub fn base(&self) -> &'a str {
        self.entity.text("base")
    }

    /// What our side made of it, as JSON.
    #[must_use]
    pub fn ours(&self) -> &'a str {
        self.entity.text("ours")
    }

    /// What the other side made of it, as JSON.
    #[must_use]
    pub fn theirs(&self) -> &'a str {
        self.entity.text("theirs")
    }

    /// Where the other side came from.
    #[must_use]
    pub fn origin(&self) -> &'a str {
        self.entity.text("origin")
    }

    /// Why it could not be merged, for a person.
    #[must_use]
    pub fn reason(&self) -> &'a str {
        self.entity.text("reason")
    }
}
