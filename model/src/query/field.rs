//! Where the values of a field are found: in the entities of built-in tables, or in what they hold for a user's table.

use std::ops::RangeInclusive;
use std::sync::Arc;

use protocol::{EntityId, Row, Value};

use super::types::{Tables, Type};
use super::value::{Const, Datum};
use crate::entity::{Entity, Name, Stored, facet};
use crate::project::{Place, Project, order_of};
use crate::schema::{self, FieldKind, Schema, TableDescriptor, UserField};

/// A field. Entities that do not have it have null.
#[derive(Clone, Debug)]
pub(super) struct Field {
    home: Home,
    /// Which entry of a field of numbers or properties.
    key: Option<String>,
}

/// Whose field it is.
#[derive(Clone, Debug)]
enum Home {
    /// That of each of these tables.
    BuiltIn(Vec<Slot>),
    User(Arc<UserSlot>),
}

#[derive(Clone, Debug)]
struct Slot {
    table: &'static TableDescriptor,
    field: &'static schema::FieldDescriptor,
    default: Const,
}

#[derive(Debug)]
struct UserSlot {
    table: Name,
    field: UserField,
    default: Const,
}

impl Field {
    /// The field of a name in those of `tables` that have one of that type, and its type.
    pub(super) fn built_in(
        tables: &[&'static TableDescriptor],
        name: &str,
        schema: Schema<'_>,
    ) -> Option<(Self, Type)> {
        let mut found: Option<(Vec<Slot>, Type)> = None;
        for &table in tables {
            let Some(field) = table.field(name) else { continue };
            let ty = Type::of(&field.kind, schema);
            let default = Const::of(&field.kind.default_value()).unwrap_or(Const::NULL);
            let slot = Slot { table, field, default };
            match &mut found {
                None => found = Some((vec![slot], ty)),
                Some((slots, known)) => {
                    if known.absorb(ty) {
                        slots.push(slot);
                    }
                }
            }
        }
        found.map(|(slots, ty)| (Self { home: Home::BuiltIn(slots), key: None }, ty))
    }

    /// A field of a user's table, and its type.
    pub(super) fn declared(field: &UserField, schema: Schema<'_>) -> (Self, Type) {
        let (table, _) = facet::split(&field.path).unwrap_or_default();
        let default = Const::of(&field.default).unwrap_or(Const::NULL);
        let slot = UserSlot { table: table.into(), field: field.clone(), default };
        (Self { home: Home::User(Arc::new(slot)), key: None }, Type::of(&field.kind, schema))
    }

    /// One of its entries by key.
    pub(super) fn entry(self, key: String) -> Self {
        Self { key: Some(key), ..self }
    }

    /// What is stored of it in an entity, if it fits; nothing where the entity has the default.
    fn stored<'a>(&self, entity: &'a Entity) -> Option<&'a Stored> {
        match &self.home {
            Home::BuiltIn(slots) => entity.fields.get(slot(slots, entity)?.field.name),
            Home::User(slot) if entity.has_facet(&slot.table) => {
                entity.stored(&slot.field.path).filter(|stored| slot.field.fits(stored))
            }
            Home::User(_) => None,
        }
    }

    fn plain<'a>(&self, entity: &'a Entity) -> Option<&'a Value> {
        match self.stored(entity) {
            Some(Stored::Plain(value)) => Some(value),
            _ => None,
        }
    }

    /// What an entity has that was given nothing; null if it does not have the field.
    fn default_in(&self, entity: &Entity) -> Datum<'_> {
        match &self.home {
            Home::BuiltIn(slots) => slot(slots, entity).map_or(Datum::Null, |slot| slot.default.datum()),
            Home::User(slot) if entity.has_facet(&slot.table) => slot.default.datum(),
            Home::User(_) => Datum::Null,
        }
    }

    /// What an entity has in it.
    pub(super) fn read<'a>(&'a self, entity: &'a Entity) -> Datum<'a> {
        match (&self.key, self.plain(entity)) {
            (Some(key), Some(Value::Numbers(numbers))) => {
                numbers.get(key).map_or(Datum::Null, |&number| Datum::Float(number))
            }
            (Some(key), Some(Value::Properties(entries))) => {
                entries.get(key).and_then(Datum::of).unwrap_or(Datum::Null)
            }
            (Some(_), _) => Datum::Null,
            (None, Some(value)) => Datum::of(value).unwrap_or(Datum::Null),
            (None, None) => self.default_in(entity),
        }
    }

    /// The rows that an entity has in it.
    pub(super) fn rows<'a>(&self, entity: &'a Entity) -> impl Iterator<Item = (u64, &'a Row)> + use<'a> {
        let rows = match self.stored(entity) {
            Some(Stored::Rows(rows)) => Some(rows),
            _ => None,
        };
        rows.into_iter().flatten().map(|(&key, row)| (key, row))
    }

    /// The list that an entity has in it.
    pub(super) fn items<'a>(&self, entity: &'a Entity) -> &'a [Value] {
        match self.plain(entity) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// How many items, or entries by key, an entity has in it.
    pub(super) fn entries(&self, entity: &Entity) -> usize {
        match self.plain(entity) {
            Some(Value::Numbers(numbers)) => numbers.len(),
            Some(Value::Properties(entries)) => entries.len(),
            Some(Value::List(items)) => items.len(),
            _ => 0,
        }
    }

    /// The entities that name another by it, in the order of their table if they are all of one; those only whose order
    /// key lies in a range.
    pub(super) fn naming<'a>(
        &'a self,
        project: &'a Project,
        target: EntityId,
        order: RangeInclusive<i64>,
    ) -> Box<dyn DoubleEndedIterator<Item = EntityId> + 'a> {
        match &self.home {
            Home::BuiltIn(slots) => Box::new(slots.iter().flat_map(move |slot| {
                project.referring_within(target, slot.table.name, slot.field.name, order.clone())
            })),
            Home::User(_) => Box::new(project.naming_in_users(target).filter(move |&id| {
                project.entity(id).is_some_and(|entity| {
                    self.read(entity) == Datum::Ref(target) && order.contains(&order_of(entity))
                })
            })),
        }
    }

    /// What its values are, if it is not several fields of one name, and not an entry.
    pub(super) fn kind(&self) -> Option<&FieldKind> {
        match &self.home {
            _ if self.key.is_some() => None,
            Home::BuiltIn(slots) => match &slots[..] {
                [slot] => Some(&slot.field.kind),
                _ => None,
            },
            Home::User(slot) => Some(&slot.field.kind),
        }
    }

    /// The name that a built-in table has it by.
    pub(super) fn name_in(&self, table: &TableDescriptor) -> Option<&'static str> {
        match &self.home {
            Home::BuiltIn(slots) if self.key.is_none() => {
                slots.iter().find(|slot| slot.table.name == table.name).map(|slot| slot.field.name)
            }
            _ => None,
        }
    }

    /// The tables of the entities that it may name.
    pub(super) fn targets(&self, schema: Schema<'_>) -> Option<Tables> {
        match Type::of(self.kind()?, schema) {
            Type::Ref(tables) => Some(tables),
            _ => None,
        }
    }

    /// Where its values are looked up, if it was declared so, and the default, which is not found there.
    pub(super) fn index(&self) -> Option<(Place, Datum<'_>)> {
        match &self.home {
            _ if self.key.is_some() => None,
            Home::BuiltIn(slots) => match &slots[..] {
                [slot] if slot.field.indexed => {
                    let (table, field) = schema::position(slot.table.name, slot.field.name)?;
                    Some((Place::Field(table, field), slot.default.datum()))
                }
                _ => None,
            },
            Home::User(slot) => {
                slot.field.indexed.then(|| (Place::User(slot.field.id), slot.default.datum()))
            }
        }
    }

    /// The name of the user's table that it is of.
    pub(super) fn user_table(&self) -> Option<&Name> {
        match &self.home {
            Home::BuiltIn(_) => None,
            Home::User(slot) => Some(&slot.table),
        }
    }

    /// For a person.
    pub(super) fn described(&self) -> &str {
        match &self.home {
            Home::BuiltIn(slots) => slots.first().map_or("", |slot| slot.field.name),
            Home::User(slot) => &slot.field.path,
        }
    }
}

fn slot<'a>(slots: &'a [Slot], entity: &Entity) -> Option<&'a Slot> {
    slots.iter().find(|slot| slot.table.name == entity.table())
}
