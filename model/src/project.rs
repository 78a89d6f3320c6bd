//! An immutable snapshot of a project.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::Edit;
use protocol::EntityId;
use rpds::HashTrieMap;

use crate::entity::{Entity, Name};
use crate::schema::{self, UserField, UserSchema, UserTable};

mod apply;
pub(crate) mod check;
mod draft;
mod edges;
mod error;
mod faults;
mod find;
mod index;
mod record;
mod relations;
mod replay;
pub(crate) mod routing;
mod settle;
mod walk;

pub(crate) use apply::all_fields;
pub use draft::Change;
pub(crate) use draft::{Draft, differences};
pub use error::{EditError, EditRule};
pub(crate) use faults::{is_required, required};
pub use record::{Extra, Record};
pub(crate) use replay::{Direction, Life, Step, StepChange, replay};
pub use settle::{GaveWay, Settled};
pub(crate) use settle::{fits, is_sound, settle};

use index::Index;
pub(crate) use index::{ANY_ORDER, Key, Place, order_of};

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

/// A map by id, shared between snapshots. Ids are spread already, and the seeds keep those in a file from being chosen so that
/// they meet.
pub(crate) type ById<V> = rpds::HashTrieMapSync<EntityId, V, foldhash::fast::RandomState>;

pub(crate) fn by_id<V>() -> ById<V> {
    HashTrieMap::new_with_hasher_and_ptr_kind(foldhash::fast::RandomState::default())
}

#[derive(Clone, Debug)]
pub(crate) struct State {
    revision: u64,
    root: EntityId,
    master: EntityId,
    entities: ById<Arc<Entity>>,
    index: Index,
    /// What the entities of `tables` and `fields` declare.
    user: Arc<UserSchema>,
    /// A stamp for each track, new whenever it or anything on it changes: what is derived from a track is good as long
    /// as its stamp is the same.
    stamps: ById<Stamp>,
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
        let stamp = Stamp::new();
        state.put(root, Entity::new(table("project")).into(), &stamp);
        let mut track = Entity::new(table("tracks"));
        let text = |text: &str| crate::entity::Stored::Plain(protocol::Value::Text(text.to_owned()));
        track.fields.put("kind", Some(text("master")));
        track.fields.put("name", Some(text("Master")));
        state.put(master, track.into(), &stamp);
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

    /// The ids of a table's entities, in the table's order (see [`schema::TableDescriptor::order_by`]); those in a
    /// user's table by id.
    pub fn table(&self, name: &str) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
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

    pub(crate) fn user_schema(&self) -> &UserSchema {
        &self.state.user
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
        let entities = by_id();
        let (index, stamps) = (Index::new(), by_id());
        let user = Arc::default();
        Self { revision: 0, root, master, entities, index, user, stamps, extra: Arc::default() }
    }

    pub(crate) fn shared(&self, id: EntityId) -> Option<&Arc<Entity>> {
        self.entities.get(&id)
    }

    /// Every entity, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EntityId, &Arc<Entity>)> {
        self.entities.iter()
    }

    pub(crate) fn table(&self, name: &str) -> impl DoubleEndedIterator<Item = EntityId> + use<'_> {
        let members = self.user.table(name).map(|table| self.index.values.members(&table.name));
        self.index.table(name).chain(members.into_iter().flatten())
    }

    /// How many entities a table has.
    pub(crate) fn count(&self, name: &str) -> usize {
        let members = self.user.table(name).map_or(0, |table| self.index.values.member_count(&table.name));
        self.index.count(name) + members
    }

    pub(crate) fn referring(
        &self,
        id: EntityId,
        table: &'static str,
        field: &'static str,
    ) -> impl Iterator<Item = EntityId> + use<'_> {
        self.index.referring(id, table, field)
    }

    /// Everything that names an entity: the naming one's table and field, and itself.
    pub(crate) fn all_referring(
        &self,
        id: EntityId,
    ) -> impl Iterator<Item = (&'static str, Name, EntityId)> + use<'_> {
        self.index.all_referring(id).flat_map(move |(field, referrer)| {
            let entity = self.entity(referrer);
            let from_user = entity.filter(|_| field.is_none()).into_iter().flat_map(Entity::user_references);
            let from_user = from_user.filter(move |(_, target)| *target == id).map(|(path, _)| path.clone());
            let fields = field.map(Name::fixed).into_iter().chain(from_user);
            fields.filter_map(move |field| Some((entity?.table(), field, referrer)))
        })
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

    /// Puts an entity in place of what had its id, which it gives back. Its track gets the stamp, which is a new one of each
    /// draft: nobody sees what a draft goes through.
    fn put(&mut self, id: EntityId, entity: Arc<Entity>, stamp: &Stamp) -> Option<Arc<Entity>> {
        let before = self.entities.get(&id).cloned();
        let left = before.as_ref().and_then(|before| self.track_of(id, before));
        let entered = self.track_of(id, &entity);
        for track in entered.into_iter().chain(left.filter(|_| left != entered)) {
            self.stamps.insert_mut(track, stamp.clone());
        }
        self.index.update(id, before.as_deref(), Some(&entity), &self.user);
        let declares = [Some(&entity), before.as_ref()].map(|entity| declared_table(id, entity?));
        self.entities.insert_mut(id, entity);
        declares.into_iter().flatten().for_each(|table| self.declare(table));
        before
    }

    /// Takes note of what the entities that declare a user's table now say.
    fn declare(&mut self, table: EntityId) {
        let fields = self.index.referring(table, "fields", "in_table");
        let fields = fields.filter_map(|id| Some((id, self.entities.get(&id)?.as_ref())));
        let declaring = self.entities.get(&table).filter(|entity| entity.table() == "tables");
        let after = declaring.map(|entity| UserTable::declared(table, entity, fields));
        let user = Arc::make_mut(&mut self.user);
        let before = user.take(table);
        let name = before.as_deref().or(after.as_ref()).map(|table| table.name.clone());
        let fields = |table: Option<&UserTable>| table.map_or(Vec::new(), |table| table.fields.clone());
        let (old, new) = (fields(before.as_deref()), fields(after.as_ref()));
        after.into_iter().for_each(|table| user.put(table));
        let Some(name) = name else { return };
        let ids: BTreeSet<EntityId> = old.iter().chain(&new).map(|field| field.id).collect();
        for id in ids {
            let find = |fields: &[UserField]| fields.iter().find(|field| field.id == id).cloned();
            let (before, after) = (find(&old), find(&new));
            if before != after && before.iter().chain(&after).any(|field| field.indexed) {
                let members: Vec<EntityId> = self.index.values.members(&name).collect();
                let members = members.iter().filter_map(|id| Some((*id, self.entities.get(id)?.as_ref())));
                self.index.values.declare(before.as_ref(), after.as_ref(), members);
            }
        }
    }

    /// Takes an entity out and gives it back.
    fn take(&mut self, id: EntityId, stamp: &Stamp) -> Option<Arc<Entity>> {
        let before = self.entities.get(&id).cloned()?;
        if let Some(track) = self.track_of(id, &before) {
            self.stamps.insert_mut(track, stamp.clone());
        }
        self.stamps.remove_mut(&id);
        self.index.update(id, Some(&before), None, &self.user);
        self.entities.remove_mut(&id);
        declared_table(id, &before).into_iter().for_each(|table| self.declare(table));
        Some(before)
    }
}

/// The user's table that an entity declares, or a field of which it does.
fn declared_table(id: EntityId, entity: &Entity) -> Option<EntityId> {
    match entity.table() {
        "tables" => Some(id),
        "fields" => entity.reference("in_table"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
