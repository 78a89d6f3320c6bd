//! Looking entities up by what a field holds.

use protocol::{EntityId, Value};

use super::Project;
use super::index::{Key, Place, order_key};
use crate::entity::{Entity, facet};
use crate::schema::{self, Schema, Table, UserField};

/// A field of a table, as it is looked up.
enum Column<'a> {
    BuiltIn(&'static schema::TableDescriptor, &'static schema::FieldDescriptor),
    User(&'a UserField),
}

impl Project {
    /// What there is: built-in and users' tables alike.
    #[must_use]
    pub fn schema(&self) -> Schema<'_> {
        Schema { user: &self.state().user }
    }

    /// The value of a field, by its name or, in a user's table, its path such as `grading.score`: the default if the
    /// entity was given none. `None` if there is no such entity or field, or the entity is not in the table.
    #[must_use]
    pub fn value(&self, id: impl Into<EntityId>, field: &str) -> Option<Value> {
        let entity = self.entity(id)?;
        match facet::split(field) {
            Some(_) => self.schema().user_field(field)?.value(entity),
            None => entity.get(field),
        }
    }

    /// How many entities a table has.
    #[must_use]
    pub fn count(&self, table: &str) -> usize {
        self.state().count(table)
    }

    /// Whether [`find`](Self::find) and [`range`](Self::range) know where to look; else they look everywhere.
    #[must_use]
    pub fn is_indexed(&self, table: &str, field: &str) -> bool {
        self.column(table, field).is_some_and(|column| column.place().is_some() || column.is_order())
    }

    /// The entities of a table whose field holds a value, the default included. In users' tables, `field` goes with or
    /// without the table's name. In no particular order. Costs what it finds where the field is indexed and the value
    /// not the default.
    #[must_use]
    pub fn find(&self, table: &str, field: &str, value: &Value) -> Vec<EntityId> {
        self.look_up(table, field, |found| found == value, value, value)
    }

    /// The entities of a table whose field holds a value from `low` to `high`, both included. Values of different kinds
    /// do not compare. In no particular order. Costs what it finds where the table is ordered by the field, or the field is indexed and the
    /// default not in the range.
    #[must_use]
    pub fn range(&self, table: &str, field: &str, low: &Value, high: &Value) -> Vec<EntityId> {
        self.look_up(table, field, |found| at_least(found, low) && at_least(high, found), low, high)
    }

    fn look_up(
        &self,
        table: &str,
        field: &str,
        fits: impl Fn(&Value) -> bool,
        low: &Value,
        high: &Value,
    ) -> Vec<EntityId> {
        let Some(column) = self.column(table, field) else { return Vec::new() };
        let holds = |id: &EntityId| {
            self.entity(*id).and_then(|entity| column.value(entity)).is_some_and(|value| fits(&value))
        };
        let index = &self.state().index;
        if column.is_order()
            && let (Some(low), Some(high)) = (order_key(low), order_key(high))
        {
            return index.table_within(table, low..=high).filter(holds).collect();
        }
        if let (Some(place), Some(low), Some(high)) = (column.place(), Key::of(low), Key::of(high))
            && !fits(&column.default())
        {
            return index.values.range(place, low..=high).filter(holds).collect();
        }
        self.table(table).filter(holds).collect()
    }

    fn column(&self, table: &str, field: &str) -> Option<Column<'_>> {
        match self.schema().table(table)? {
            Table::BuiltIn(table) => Some(Column::BuiltIn(table, table.field(field)?)),
            Table::User(table) => {
                let of_path = facet::split(field).filter(|(facet, _)| **facet == *table.name);
                table.field(of_path.map_or(field, |(_, field)| field)).map(Column::User)
            }
        }
    }
}

impl Column<'_> {
    fn is_order(&self) -> bool {
        matches!(self, Self::BuiltIn(table, field) if table.order_by == Some(field.name))
    }

    fn place(&self) -> Option<Place> {
        match self {
            Self::BuiltIn(table, field) if field.indexed => {
                schema::position(table.name, field.name).map(|(table, field)| Place::Field(table, field))
            }
            Self::User(field) if field.indexed => Some(Place::User(field.id)),
            _ => None,
        }
    }

    fn default(&self) -> Value {
        match self {
            Self::BuiltIn(_, field) => field.kind.default_value(),
            Self::User(field) => field.default.clone(),
        }
    }

    fn value(&self, entity: &Entity) -> Option<Value> {
        match self {
            Self::BuiltIn(_, field) => entity.get(field.name),
            Self::User(field) => field.value(entity),
        }
    }
}

/// Whether one value is another or comes after it.
fn at_least(value: &Value, low: &Value) -> bool {
    match (value, low) {
        (Value::Text(value), Value::Text(low)) => value >= low,
        (Value::Int(value), Value::Int(low)) => value >= low,
        (Value::Float(value), Value::Float(low)) => value >= low,
        (Value::Beats(value), Value::Beats(low)) => value >= low,
        (Value::Bool(value), Value::Bool(low)) => value >= low,
        _ => false,
    }
}
