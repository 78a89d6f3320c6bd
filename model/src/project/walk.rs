//! Walks over parts of a table, for queries.

use std::ops::RangeInclusive;

use protocol::EntityId;

use super::Project;

impl Project {
    /// The entities of a table whose order key (see [`super::order_key`]) lies in a range, in the table's order.
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
}
