//! Edges by their ends.

use protocol::EntityId;

use super::Project;
use super::index::{Key, Place};
use crate::view::Edge;

impl Project {
    /// The edges of a kind that start at an entity, by rank, which says nothing where they end at several.
    pub fn edges_from(
        &self,
        source: EntityId,
        kind: &str,
    ) -> impl DoubleEndedIterator<Item = Edge<'_>> + use<'_> {
        self.edges(Place::From(source), kind)
    }

    /// The edges of a kind that end at an entity, by rank: in the order in which they were put there.
    pub fn edges_to(
        &self,
        target: EntityId,
        kind: &str,
    ) -> impl DoubleEndedIterator<Item = Edge<'_>> + use<'_> {
        self.edges(Place::To(target), kind)
    }

    fn edges(&self, place: Place, kind: &str) -> impl DoubleEndedIterator<Item = Edge<'_>> + use<'_> {
        self.state().index.values.range(place, Key::of_kind(kind)).filter_map(|id| Edge::new(self, id))
    }
}
