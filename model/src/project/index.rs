//! Who is in a table, and who names whom: kept up to date with every change, so that no view and no check ever
//! walks the whole project.

use protocol::{EntityId, Value};
use rpds::RedBlackTreeSetSync;

use crate::entity::Entity;
use crate::schema::{self, TABLES};

/// Stands for "is of the table" where a field would be.
const MEMBER: u8 = u8::MAX;
/// Stands for "the table" where a named entity would be; no entity has this id.
const NOBODY: EntityId = EntityId(u128::MAX);

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

#[derive(Clone, Debug)]
pub(super) struct Index {
    entries: RedBlackTreeSetSync<Entry>,
    /// How many entities each table has.
    counts: [usize; TABLES.len()],
}

impl Index {
    pub(super) fn new() -> Self {
        Self { entries: RedBlackTreeSetSync::new_sync(), counts: [0; TABLES.len()] }
    }

    /// The entities of a table, in its order.
    pub(super) fn table(&self, name: &str) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        let table = TABLES.iter().position(|table| table.name == name).and_then(|at| u8::try_from(at).ok());
        self.range(NOBODY, table.map(|table| (table, MEMBER)), None)
    }

    /// The entities of a table that name `target` by `field`, in the table's order.
    pub(super) fn referring(
        &self,
        target: EntityId,
        table: &str,
        field: &str,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.range(target, schema::position(table, field), None)
    }

    /// How many entities the table of `entity` has.
    pub(super) fn count_beside(&self, entity: &Entity) -> usize {
        position_of(entity).and_then(|at| self.counts.get(usize::from(at))).copied().unwrap_or(0)
    }

    /// The entities that stand where `entity` stands in the order of its table.
    pub(super) fn beside(&self, entity: &Entity) -> impl Iterator<Item = EntityId> + use<'_> {
        self.range(NOBODY, position_of(entity).map(|table| (table, MEMBER)), Some(order_of(entity)))
    }

    /// Everything that names an entity: the table and field of the naming one, and itself.
    pub(super) fn all_referring(
        &self,
        target: EntityId,
    ) -> impl Iterator<Item = (&'static str, &'static str, EntityId)> + use<'_> {
        let first = Entry { target, table: 0, field: 0, order: i64::MIN, id: EntityId(0) };
        let entries = self.entries.range(first..).take_while(move |entry| entry.target == target);
        entries.filter_map(|entry| {
            let table = TABLES.get(usize::from(entry.table))?;
            let field = table.fields.get(usize::from(entry.field))?;
            Some((table.name, field.name, entry.id))
        })
    }

    fn range(
        &self,
        target: EntityId,
        place: Option<(u8, u8)>,
        order: Option<i64>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        // A place that does not exist has no entries.
        let (table, field) = place.unwrap_or((u8::MAX, u8::MAX));
        let (lowest, highest) = order.map_or((i64::MIN, i64::MAX), |order| (order, order));
        let first = Entry { target, table, field, order: lowest, id: EntityId(0) };
        let last = Entry { target, table, field, order: highest, id: NOBODY };
        self.entries.range(first..=last).map(|entry| entry.id)
    }

    fn count(&mut self, entity: Option<&Entity>, change: impl FnOnce(usize) -> usize) {
        let at = entity.and_then(position_of).map(usize::from);
        if let Some(count) = at.and_then(|at| self.counts.get_mut(at)) {
            *count = change(*count);
        }
    }

    /// Takes note that an entity changed from `before` to `after`.
    pub(super) fn update(&mut self, id: EntityId, before: Option<&Entity>, after: Option<&Entity>) {
        if let (Some(before), Some(after)) = (before, after)
            && same_place(before, after)
        {
            return;
        }
        self.count(before, |count| count.saturating_sub(1));
        self.count(after, |count| count + 1);
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
}

fn entries(id: EntityId, entity: &Entity) -> impl Iterator<Item = Entry> + '_ {
    let order = order_of(entity);
    let member = position_of(entity).map(|table| Entry { target: NOBODY, table, field: MEMBER, order, id });
    let references = entity.references().filter_map(move |(field, target)| {
        let (table, field) = schema::position(entity.table(), field)?;
        Some(Entry { target, table, field, order, id })
    });
    member.into_iter().chain(references)
}

fn position_of(entity: &Entity) -> Option<u8> {
    TABLES
        .iter()
        .position(|table| table.name == entity.table())
        .and_then(|position| u8::try_from(position).ok())
}

/// A whole number that sorts as the entity does in its table.
fn order_of(entity: &Entity) -> i64 {
    match entity.descriptor().order_by.and_then(|field| entity.get(field)) {
        Some(Value::Int(number)) => number,
        Some(Value::Beats(beats)) => beats.0,
        Some(Value::Float(number)) => {
            // The bits of a float sort as its value once those of negative ones are flipped (IEEE 754).
            let bits = (number + 0.0).to_bits().cast_signed();
            bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
        }
        _ => 0,
    }
}
