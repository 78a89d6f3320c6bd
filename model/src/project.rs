//! An immutable snapshot of a project.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::EntityId;
use rpds::{HashTrieMapSync, RedBlackTreeSetSync};
use serde_json::Value as Json;

use crate::entity::Entity;
use crate::schema;

pub(crate) mod apply;
pub(crate) mod check;
mod error;
pub(crate) mod relations;

pub use error::{EditError, EditRule};

/// A project as it was at one revision. Cloning costs a reference count; whoever holds one sees it unchanged.
#[derive(Clone, Debug)]
pub struct Project {
    state: Arc<State>,
}

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) revision: u64,
    root: EntityId,
    master: EntityId,
    entities: HashTrieMapSync<EntityId, Arc<Entity>>,
    /// (table, entity).
    by_table: RedBlackTreeSetSync<(&'static str, EntityId)>,
    /// (named entity, table of the naming one, field, naming entity): owners find what they own, and deletion finds
    /// what it would leave dangling.
    referrers: RedBlackTreeSetSync<(EntityId, &'static str, &'static str, EntityId)>,
    /// What a newer version added to the file as a whole.
    pub(crate) extra: Arc<BTreeMap<String, Json>>,
}

const LOWEST: EntityId = EntityId(0);

impl Project {
    pub(crate) fn from_state(state: State) -> Self {
        Self { state: Arc::new(state) }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// A project with nothing but its root and a master track.
    #[must_use]
    pub fn empty(root: EntityId, master: EntityId) -> Self {
        let mut state = State {
            revision: 0,
            root,
            master,
            entities: HashTrieMapSync::new_sync(),
            by_table: RedBlackTreeSetSync::new_sync(),
            referrers: RedBlackTreeSetSync::new_sync(),
            extra: Arc::default(),
        };
        let table = |name| schema::table(name).expect("PANIC: the schema declares it");
        state.put(root, Entity::new(table("project")));
        let mut track = Entity::new(table("tracks"));
        let text = |text: &str| crate::entity::Stored::Plain(protocol::Value::Text(text.to_owned()));
        track.fields.insert("kind", text("master"));
        track.fields.insert("name", text("Master"));
        state.put(master, track);
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

    /// The ids of a table's entities, in order of id.
    pub fn table(&self, name: &str) -> impl Iterator<Item = EntityId> + use<'_> {
        self.state.table(name)
    }

    /// The entities of `table` whose `field` names `id`, in order of id.
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

    pub(crate) fn len(&self) -> usize {
        self.entities.size()
    }

    pub(crate) fn table(&self, name: &str) -> impl Iterator<Item = EntityId> + use<'_> {
        let name = schema::table(name).map_or("", |table| table.name);
        self.by_table.range((name, LOWEST)..).take_while(move |(table, _)| *table == name).map(|&(_, id)| id)
    }

    pub(crate) fn referring(
        &self,
        id: EntityId,
        table: &'static str,
        field: &'static str,
    ) -> impl Iterator<Item = EntityId> + use<'_> {
        let from = (id, table, field, LOWEST);
        let same = move |entry: &&(EntityId, &'static str, &'static str, EntityId)| {
            entry.0 == id && entry.1 == table && entry.2 == field
        };
        self.referrers.range(from..).take_while(same).map(|entry| entry.3)
    }

    /// Everything that names an entity: the table and field of the naming one, and itself.
    pub(crate) fn all_referring(&self, id: EntityId) -> Vec<(&'static str, &'static str, EntityId)> {
        let from = (id, "", "", LOWEST);
        let entries = self.referrers.range(from..).take_while(|entry| entry.0 == id);
        entries.map(|entry| (entry.1, entry.2, entry.3)).collect()
    }

    /// Puts an entity in place of what had its id, indexes included.
    pub(crate) fn put(&mut self, id: EntityId, entity: Entity) {
        self.unindex(id);
        self.by_table.insert_mut((entity.table(), id));
        for (field, target) in entity.references() {
            self.referrers.insert_mut((target, entity.table(), field, id));
        }
        self.entities.insert_mut(id, Arc::new(entity));
    }

    /// Takes an entity out, indexes included.
    pub(crate) fn take(&mut self, id: EntityId) {
        self.unindex(id);
        self.entities.remove_mut(&id);
    }

    fn unindex(&mut self, id: EntityId) {
        let Some(old) = self.entities.get(&id).cloned() else { return };
        self.by_table.remove_mut(&(old.table(), id));
        for (field, target) in old.references() {
            self.referrers.remove_mut(&(target, old.table(), field, id));
        }
    }
}
