//! Walks over parts of a table, for queries.

use std::ops::RangeInclusive;

use protocol::EntityId;

use super::{Key, Place, Project};

impl Project {
    /// The entities of a table whose order key (see `index::order_key`) lies in a range, in the table's order.
    pub(crate) fn table_within(
        &self,
        table: &str,
        order: RangeInclusive<i64>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.state.index.table_within(table, order)
    }

    /// Those of them whose `field` names `target`.
    pub(crate) fn referring_within(
        &self,
        target: EntityId,
        table: &str,
        field: &str,
        order: RangeInclusive<i64>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.state.index.referring_within(target, table, field, order)
    }

    /// The entities that name `target` in what they hold for users' tables, whether they are in these or not.
    pub(crate) fn naming_in_users(
        &self,
        target: EntityId,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.state.index.naming_in_users(target)
    }

    /// The entities that stand at a place under a key within a range.
    pub(crate) fn values_within(
        &self,
        place: Place,
        keys: RangeInclusive<Key>,
    ) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        self.state.index.values.range(place, keys)
    }
}
