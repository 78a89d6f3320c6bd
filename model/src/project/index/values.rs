//! Who holds a value: members of users' tables, entities by fields that are declared indexed, and edges by their ends.

use std::ops::RangeInclusive;
use std::sync::Arc;

use protocol::{EntityId, Value};
use rpds::RedBlackTreeSetSync;

use super::order_key;
use crate::entity::{Entity, Stored, derived};
use crate::project::{ById, by_id};
use crate::schema::{self, UserField, UserSchema};

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A built-in field, by the positions of its table and itself in the declaration.
    Field(u8, u8),
    /// A field of a user's table, by the entity that declares it.
    User(EntityId),
    /// The members of a user's table, by the id that follows from its name: also while nothing declares it.
    Members(EntityId),
    /// The edges from an entity, by kind and rank.
    From(EntityId),
    /// The edges to an entity, by kind and rank.
    To(EntityId),
}

/// What it is looked up by. Sorts as the values do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Lowest,
    Number(i64),
    Id(EntityId),
    Text(Arc<[u8]>),
    Highest,
}

/// Of longer texts only the beginning is kept, in bytes; a look-up compares the rest.
const MAX_KEY_BYTES: usize = 64;

impl Key {
    /// The key of a value that can be looked up.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Number((*value).into())),
            Value::Ref(id) => Some(Self::Id(*id)),
            Value::Text(text) => {
                Some(Self::Text(text.as_bytes().iter().copied().take(MAX_KEY_BYTES).collect()))
            }
            number => order_key(number).map(Self::Number),
        }
    }

    /// The key of an edge at either end.
    fn of_edge(edge: &Entity) -> Self {
        Self::Text(format!("{}\0{}", edge.text("kind"), edge.text("rank")).into_bytes().into())
    }

    /// The keys of all edges of a kind.
    pub(crate) fn of_kind(kind: &str) -> RangeInclusive<Self> {
        // Ranks are hexadecimal digits, all of which sort before this letter.
        let key = |end: &str| Self::Text(format!("{kind}\0{end}").into_bytes().into());
        key("")..=key("~")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    place: Place,
    key: Key,
    id: EntityId,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Values {
    entries: RedBlackTreeSetSync<Entry>,
    /// How many entities each user's table has.
    members: ById<usize>,
}

impl Values {
    pub(super) fn new() -> Self {
        Self { entries: RedBlackTreeSetSync::new_sync(), members: by_id() }
    }

    /// The entities at a place whose keys lie in a range, by key and then by id.
    pub(crate) fn range(
        &self,
        place: Place,
        keys: RangeInclusive<Key>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        let (first, last) = keys.into_inner();
        // A range that ends before it begins is empty.
        let last = last.max(first.clone());
        let first = Entry { place, key: first, id: EntityId(0) };
        let last = Entry { place, key: last, id: EntityId(u128::MAX) };
        self.entries.range(first..=last).map(|entry| entry.id)
    }

    /// The members of a user's table, by id.
    pub(crate) fn members(&self, table: &str) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.range(Place::Members(derived::table_id(table)), Key::Lowest..=Key::Highest)
    }

    /// How many entities are in a user's table.
    pub(crate) fn member_count(&self, table: &str) -> usize {
        self.members.get(&derived::table_id(table)).copied().unwrap_or(0)
    }

    pub(super) fn update(
        &mut self,
        id: EntityId,
        before: Option<&Entity>,
        after: Option<&Entity>,
        user: &UserSchema,
    ) {
        if let (Some(before), Some(after)) = (before, after)
            && same(before, after)
        {
            return;
        }
        for (place, key) in before.into_iter().flat_map(|entity| places(entity, user)) {
            self.recount(place, |count| count.saturating_sub(1));
            self.entries.remove_mut(&Entry { place, key, id });
        }
        for (place, key) in after.into_iter().flat_map(|entity| places(entity, user)) {
            self.recount(place, |count| count + 1);
            self.entries.insert_mut(Entry { place, key, id });
        }
    }

    fn recount(&mut self, place: Place, change: impl FnOnce(usize) -> usize) {
        let Place::Members(table) = place else { return };
        match change(self.members.get(&table).copied().unwrap_or(0)) {
            0 => _ = self.members.remove_mut(&table),
            count => self.members.insert_mut(table, count),
        }
    }

    /// Indexes a user's field anew, or no longer.
    pub(crate) fn declare<'a>(
        &mut self,
        before: Option<&UserField>,
        after: Option<&UserField>,
        members: impl Iterator<Item = (EntityId, &'a Entity)>,
    ) {
        let indexed = |field: Option<&UserField>| field.filter(|field| field.indexed).map(|field| field.id);
        if before == after || (indexed(before).is_none() && indexed(after).is_none()) {
            return;
        }
        for (id, entity) in members {
            if let Some((place, key)) = before.and_then(|field| place(entity, field)) {
                self.entries.remove_mut(&Entry { place, key, id });
            }
            if let Some((place, key)) = after.and_then(|field| place(entity, field)) {
                self.entries.insert_mut(Entry { place, key, id });
            }
        }
    }
}

/// Whether two states of an entity stand at the same places.
fn same(before: &Entity, after: &Entity) -> bool {
    let indexed = || before.descriptor().fields.iter().filter(|field| field.indexed).map(|field| field.name);
    before.table() == after.table()
        && before.table() != "edges"
        && before.shares_user(after)
        && indexed().all(|field| before.stored(field) == after.stored(field))
}

/// Where an entity stands, and under which keys.
fn places(entity: &Entity, user: &UserSchema) -> Vec<(Place, Key)> {
    let mut places = Vec::new();
    for field in entity.descriptor().fields.iter().filter(|field| field.indexed) {
        let key = match entity.stored(field.name) {
            Some(Stored::Plain(value)) => Key::of(value),
            _ => None,
        };
        let place =
            schema::position(entity.table(), field.name).map(|(table, field)| Place::Field(table, field));
        places.extend(place.zip(key));
    }
    if let (Some(source), Some(target)) = (entity.reference("source"), entity.reference("target"))
        && entity.table() == "edges"
    {
        let key = Key::of_edge(entity);
        places.extend([(Place::From(source), key.clone()), (Place::To(target), key)]);
    }
    for name in entity.facets() {
        places.push((Place::Members(derived::table_id(name)), Key::Lowest));
        let fields = user.table(name).into_iter().flat_map(|table| &table.fields);
        places.extend(fields.filter_map(|field| place(entity, field)));
    }
    places
}

/// Where a member of a user's table stands by one of its fields.
fn place(member: &Entity, field: &UserField) -> Option<(Place, Key)> {
    let value = if field.indexed { field.fitting(member)? } else { return None };
    Some((Place::User(field.id), Key::of(&value)?))
}
