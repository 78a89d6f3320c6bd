//! Who is in a table, and who names whom: kept up to date with every change, so that no view and no check ever
//! walks the whole project.

use std::ops::RangeInclusive;

mod values;

pub(crate) use values::{Key, Place, Values};

use protocol::{EntityId, Value};
use rpds::RedBlackTreeSetSync;

use crate::entity::Entity;
use crate::schema::{self, TABLES, UserSchema};

/// Stands for "in a user's table" where a built-in table and its field would be.
const USER: u8 = u8::MAX - 1;
/// Stands for "is of the table" where a field would be.
const MEMBER: u8 = u8::MAX;
/// Stands for "the table" where a named entity would be; no entity has this id.
const NOBODY: EntityId = EntityId(u128::MAX);
/// Every place in the order of a table.
pub(crate) const ANY_ORDER: RangeInclusive<i64> = i64::MIN..=i64::MAX;

/// `id`, of `table`, names `target` by `field`. Sorted so that those who name an entity by one field stand together, in
/// the order of their table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    target: EntityId,
    table: u8,
    field: u8,
    order: i64,
    id: EntityId,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    entries: RedBlackTreeSetSync<Entry>,
    pub(super) values: Values,
    /// How many entities each table has.
    counts: [usize; TABLES.len()],
}

impl Index {
    pub(super) fn new() -> Self {
        Self { entries: RedBlackTreeSetSync::new_sync(), values: Values::new(), counts: [0; TABLES.len()] }
    }

    /// The entities of a table, in its order.
    pub(super) fn table(&self, name: &str) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.table_within(name, ANY_ORDER)
    }

    /// Those of them whose order key (see [`order_key`]) lies in a range.
    pub(super) fn table_within(
        &self,
        name: &str,
        order: RangeInclusive<i64>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.range(NOBODY, table_position(name).map(|table| (table, MEMBER)), order)
    }

    /// The entities of a table that name `target` by `field`, in the table's order.
    pub(super) fn referring(
        &self,
        target: EntityId,
        table: &str,
        field: &str,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.referring_within(target, table, field, ANY_ORDER)
    }

    /// Those of them whose order key lies in a range.
    pub(super) fn referring_within(
        &self,
        target: EntityId,
        table: &str,
        field: &str,
        order: RangeInclusive<i64>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.range(target, schema::position(table, field), order)
    }

    /// The entities that name `target` in what they hold for users' tables.
    pub(super) fn naming_in_users(
        &self,
        target: EntityId,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.range(target, Some((USER, USER)), ANY_ORDER)
    }

    /// How many entities a table has.
    pub(super) fn count(&self, name: &str) -> usize {
        table_position(name).and_then(|at| self.counts.get(usize::from(at))).copied().unwrap_or(0)
    }

    /// How many entities the table of `entity` has.
    pub(super) fn count_beside(&self, entity: &Entity) -> usize {
        self.count(entity.table())
    }

    /// The entities that stand where `entity` stands in the order of its table.
    pub(super) fn beside(&self, entity: &Entity) -> impl Iterator<Item = EntityId> + use<'_> {
        self.range(
            NOBODY,
            position_of(entity).map(|table| (table, MEMBER)),
            order_of(entity)..=order_of(entity),
        )
    }

    /// Everything that names an entity, with the built-in field that does; without one where users' tables do.
    pub(super) fn all_referring(
        &self,
        target: EntityId,
    ) -> impl Iterator<Item = (Option<&'static str>, EntityId)> + use<'_> {
        let first = Entry { target, table: 0, field: 0, order: i64::MIN, id: EntityId(0) };
        let entries = self.entries.range(first..).take_while(move |entry| entry.target == target);
        entries.filter_map(|entry| {
            if entry.table == USER {
                return Some((None, entry.id));
            }
            let field = TABLES.get(usize::from(entry.table))?.fields.get(usize::from(entry.field))?;
            Some((Some(field.name), entry.id))
        })
    }

    fn range(
        &self,
        target: EntityId,
        place: Option<(u8, u8)>,
        order: RangeInclusive<i64>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        // A place that does not exist has no entries, nor does an empty range.
        let (table, field) = place.filter(|_| !order.is_empty()).unwrap_or((u8::MAX, u8::MAX));
        let order = if order.is_empty() { ANY_ORDER } else { order };
        let first = Entry { target, table, field, order: *order.start(), id: EntityId(0) };
        let last = Entry { target, table, field, order: *order.end(), id: NOBODY };
        self.entries.range(first..=last).map(|entry| entry.id)
    }

    fn recount(&mut self, entity: Option<&Entity>, change: impl FnOnce(usize) -> usize) {
        let at = entity.and_then(position_of).map(usize::from);
        if let Some(count) = at.and_then(|at| self.counts.get_mut(at)) {
            *count = change(*count);
        }
    }

    /// Takes note that an entity changed from `before` to `after`.
    pub(super) fn update(
        &mut self,
        id: EntityId,
        before: Option<&Entity>,
        after: Option<&Entity>,
        user: &UserSchema,
    ) {
        self.values.update(id, before, after, user);
        if let (Some(before), Some(after)) = (before, after)
            && same_place(before, after)
        {
            return;
        }
        self.recount(before, |count| count.saturating_sub(1));
        self.recount(after, |count| count + 1);
        let old: Vec<Entry> = before.into_iter().flat_map(|entity| entries(id, entity)).collect();
        let new: Vec<Entry> = after.into_iter().flat_map(|entity| entries(id, entity)).collect();
        for entry in &old {
            self.entries.remove_mut(entry);
        }
        for entry in new {
            self.entries.insert_mut(entry);
        }
    }
}

/// Whether two states of an entity have the same entries.
fn same_place(before: &Entity, after: &Entity) -> bool {
    let order = |entity: &Entity| entity.descriptor().order_by.and_then(|field| entity.plain(field).cloned());
    before.table() == after.table()
        && order(before) == order(after)
        && before.references().eq(after.references())
        && (before.shares_user(after) || before.user_references().eq(after.user_references()))
}

fn entries(id: EntityId, entity: &Entity) -> impl Iterator<Item = Entry> + '_ {
    let order = order_of(entity);
    let member = position_of(entity).map(|table| Entry { target: NOBODY, table, field: MEMBER, order, id });
    let references = entity.references().filter_map(move |(field, target)| {
        let (table, field) = schema::position(entity.table(), field)?;
        Some(Entry { target, table, field, order, id })
    });
    let from_user = entity.user_references();
    let from_user = from_user.map(move |(_, target)| Entry { target, table: USER, field: USER, order, id });
    member.into_iter().chain(references).chain(from_user)
}

fn position_of(entity: &Entity) -> Option<u8> {
    table_position(entity.table())
}

fn table_position(name: &str) -> Option<u8> {
    TABLES.iter().position(|table| table.name == name).and_then(|position| u8::try_from(position).ok())
}

/// A whole number that sorts as the entity does in its table.
pub(crate) fn order_of(entity: &Entity) -> i64 {
    let value = entity.descriptor().order_by.and_then(|field| entity.get(field));
    value.and_then(|value| order_key(&value)).unwrap_or(0)
}

/// A whole number that sorts as a number or musical time does.
pub(crate) fn order_key(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Beats(beats) => Some(beats.0),
        Value::Float(number) => {
            // The bits of a float sort as its value once those of negative ones are flipped (IEEE 754).
            let bits = (number + 0.0).to_bits().cast_signed();
            Some(bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed())
        }
        _ => None,
    }
}
