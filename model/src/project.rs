//! An immutable snapshot of a project.

use std::sync::Arc;

use protocol::Edit;
use protocol::EntityId;
use rpds::HashTrieMapSync;

use crate::entity::Entity;
use crate::schema;

mod apply;
mod check;
mod draft;
mod error;
mod faults;
mod index;
mod record;
mod relations;
mod replay;
pub(crate) mod routing;
mod walk;

pub(crate) use apply::all_fields;
pub use draft::Change;
pub(crate) use draft::Draft;
pub use error::{EditError, EditRule};
pub(crate) use faults::{is_required, required};
pub use record::{Extra, Record};
pub(crate) use replay::{Direction, replay};

use index::Index;
pub(crate) use index::{ANY_ORDER, order_key, order_of};

/// A project as it was at one revision. Cloning costs a reference count; whoever holds one sees it unchanged.
#[derive(Clone, Debug)]
pub struct Project {
    state: Arc<State>,
}

/// Equal to itself alone.
#[derive(Clone, Debug)]
pub(crate) struct Stamp(Arc<u8>);

impl Stamp {
    fn new() -> Self {
        Self(Arc::new(0))
    }
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct State {
    revision: u64,
    root: EntityId,
    master: EntityId,
    entities: HashTrieMapSync<EntityId, Arc<Entity>>,
    index: Index,
    /// A stamp for each track, new whenever it or anything on it changes: what is derived from a track is good as long
    /// as its stamp is the same.
    stamps: HashTrieMapSync<EntityId, Stamp>,
    /// What a newer version added to the file as a whole.
    extra: Arc<Extra>,
}

impl Project {
    pub(crate) fn from_state(state: State) -> Self {
        Self { state: Arc::new(state) }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn with_revision(self, revision: u64) -> Self {
        Self::from_state(State { revision, ..self.state().clone() })
    }

    /// A project with nothing but its root and a master track.
    #[must_use]
    pub fn empty(root: EntityId, master: EntityId) -> Self {
        let mut state = State::bare(root, master);
        let table = |name| schema::table(name).expect("PANIC: the schema declares it");
        state.put(root, Entity::new(table("project")).into());
        let mut track = Entity::new(table("tracks"));
        let text = |text: &str| crate::entity::Stored::Plain(protocol::Value::Text(text.to_owned()));
        track.fields.insert("kind", text("master"));
        track.fields.insert("name", text("Master"));
        state.put(master, track.into());
        Self::from_state(state)
    }

    /// Counts up with every commit, undo and redo.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.state.revision
    }

    /// An entity, by its id.
    #[must_use]
    pub fn entity(&self, id: impl Into<EntityId>) -> Option<&Entity> {
        self.state.entity(id.into())
    }

    /// The same project after some edits: what a commit would give, without committing. Costs what the edits touch.
    ///
    /// # Errors
    /// As for [`crate::Pulse::commit`].
    pub fn apply(&self, edits: &[Edit]) -> Result<Self, EditError> {
        let mut draft = Draft::new(self.state().clone());
        draft.apply(edits)?;
        Ok(draft.finish().0)
    }

    /// The ids of a table's entities, in the table's order (see [`schema::TableDescriptor::order_by`]).
    pub fn table(&self, name: &str) -> impl Iterator<Item = EntityId> + use<'_> {
        self.state.table(name)
    }

    /// The entities of `table` whose `field` names `id`, in the table's order.
    pub fn referring(
        &self,
        id: EntityId,
        table: &'static str,
        field: &'static str,
    ) -> impl Iterator<Item = EntityId> + use<'_> {
        self.state.referring(id, table, field)
    }

    /// How many entities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.entities.size()
    }

    /// Never: there is always a root and a master.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Whether two snapshots are the same one.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    pub(crate) fn root_id(&self) -> EntityId {
        self.state.root
    }

    pub(crate) fn master_id(&self) -> EntityId {
        self.state.master
    }
}

impl PartialEq for Project {
    /// Equal content; the revision does not count.
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
            || (self.state.root == other.state.root
                && self.state.entities == other.state.entities
                && self.state.extra == other.state.extra)
    }
}

impl State {
    pub(crate) fn entity(&self, id: EntityId) -> Option<&Entity> {
        self.entities.get(&id).map(|entity| &**entity)
    }

    pub(crate) fn root(&self) -> EntityId {
        self.root
    }

    pub(crate) fn master(&self) -> EntityId {
        self.master
    }

    fn bare(root: EntityId, master: EntityId) -> Self {
        let entities = HashTrieMapSync::new_sync();
        let (index, stamps) = (Index::new(), HashTrieMapSync::new_sync());
        Self { revision: 0, root, master, entities, index, stamps, extra: Arc::default() }
    }

    pub(crate) fn shared(&self, id: EntityId) -> Option<&Arc<Entity>> {
        self.entities.get(&id)
    }

    /// Every entity, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EntityId, &Arc<Entity>)> {
        self.entities.iter()
    }

    pub(crate) fn table(&self, name: &str) -> impl Iterator<Item = EntityId> + use<'_> {
        self.index.table(name)
    }

    pub(crate) fn referring(
        &self,
        id: EntityId,
        table: &'static str,
        field: &'static str,
    ) -> impl Iterator<Item = EntityId> + use<'_> {
        self.index.referring(id, table, field)
    }

    /// Everything that names an entity: the table and field of the naming one, and itself.
    pub(crate) fn all_referring(
        &self,
        id: EntityId,
    ) -> impl Iterator<Item = (&'static str, &'static str, EntityId)> + use<'_> {
        self.index.all_referring(id)
    }

    /// The stamp of a track.
    pub(crate) fn stamp(&self, track: EntityId) -> Option<&Stamp> {
        self.stamps.get(&track)
    }

    /// The track that an entity is on, or is.
    pub(crate) fn track_of(&self, id: EntityId, entity: &Entity) -> Option<EntityId> {
        let (mut id, mut entity) = (id, entity);
        // Tracks own devices, which own lanes. An edit that will be refused may claim anything, so count the steps.
        for _ in 0..2 {
            let owner = entity.owner().and_then(|owner| Some((owner, self.entities.get(&owner)?)));
            let Some((owner, owning)) = owner else { break };
            (id, entity) = (owner, owning);
        }
        (entity.table() == "tracks").then_some(id)
    }

    /// Puts an entity in place of what had its id, which it gives back.
    fn put(&mut self, id: EntityId, entity: Arc<Entity>) -> Option<Arc<Entity>> {
        let before = self.entities.get(&id).cloned();
        let left = before.as_ref().and_then(|before| self.track_of(id, before));
        let entered = self.track_of(id, &entity);
        for track in entered.into_iter().chain(left.filter(|_| left != entered)) {
            self.stamps.insert_mut(track, Stamp::new());
        }
        self.index.update(id, before.as_deref(), Some(&entity));
        self.entities.insert_mut(id, entity);
        before
    }

    /// Takes an entity out and gives it back.
    fn take(&mut self, id: EntityId) -> Option<Arc<Entity>> {
        let before = self.entities.get(&id).cloned()?;
        if let Some(track) = self.track_of(id, &before) {
            self.stamps.insert_mut(track, Stamp::new());
        }
        self.stamps.remove_mut(&id);
        self.index.update(id, Some(&before), None);
        self.entities.remove_mut(&id);
        Some(before)
    }
}

#[cfg(test)]
mod tests;
