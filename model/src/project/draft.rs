//! A project being changed: its state, and what each touched entity was before.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use protocol::{Edit, EntityId};

use super::{EditError, Project, Stamp, State, apply, relations};
use crate::entity::Entity;

/// What became of one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which.
    pub id: EntityId,
    /// As it was; `None` if it was not there.
    pub before: Option<Arc<Entity>>,
    /// As it is; `None` if it is gone.
    pub after: Option<Arc<Entity>>,
}

/// Dropping a draft drops what it changed: nothing is applied by halves.
pub(crate) struct Draft {
    pub(super) state: State,
    pub(super) touched: BTreeMap<EntityId, Touched>,
    /// For the tracks that are touched.
    stamp: Stamp,
}

/// An entity before and after what was done.
pub(super) struct Touched {
    pub(super) before: Option<Arc<Entity>>,
    pub(super) after: Option<Arc<Entity>>,
}

impl Draft {
    pub(crate) fn new(state: State) -> Self {
        Self { state, touched: BTreeMap::new(), stamp: Stamp::new() }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Applies edits in order, then checks what only the whole can tell.
    pub(crate) fn apply(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        edits.iter().try_for_each(|edit| apply::edit(self, edit))?;
        relations::check(self)
    }

    /// The project, as one revision more if anything changed, and what changed.
    pub(crate) fn finish(self) -> (Project, Vec<Change>) {
        let Self { mut state, touched, .. } = self;
        let changes: Vec<Change> = touched
            .into_iter()
            .map(|(id, Touched { before, after })| Change { id, before, after })
            .filter(|change| change.before != change.after)
            .collect();
        if !changes.is_empty() {
            state.revision += 1;
        }
        (Project::from_state(state), changes)
    }

    /// Puts an entity in place of what had its id.
    pub(crate) fn put(&mut self, id: EntityId, entity: impl Into<Arc<Entity>>) {
        let after = entity.into();
        let before = self.state.put(id, Arc::clone(&after), &self.stamp);
        self.touch(id, before, Some(after));
    }

    /// Takes an entity out, and nothing else.
    pub(crate) fn take(&mut self, id: EntityId) {
        let before = self.state.take(id, &self.stamp);
        self.touch(id, before, None);
    }

    fn touch(&mut self, id: EntityId, before: Option<Arc<Entity>>, after: Option<Arc<Entity>>) {
        match self.touched.entry(id) {
            Entry::Occupied(touched) => touched.into_mut().after = after,
            Entry::Vacant(place) => _ = place.insert(Touched { before, after }),
        }
    }

    /// An entity as it is in the draft.
    pub(crate) fn entity(&self, id: EntityId) -> Option<&Entity> {
        self.state.entity(id)
    }

    /// Whether there is no project without it.
    pub(crate) fn is_permanent(&self, id: EntityId) -> bool {
        id == self.state.root() || id == self.state.master()
    }
}

/// What it takes to get from one project to another. Costs a look at every entity.
pub(crate) fn differences(from: &Project, to: &Project) -> Vec<Change> {
    let (from, to) = (&from.state().entities, &to.state().entities);
    let same = |a: &Arc<Entity>, b: &Arc<Entity>| Arc::ptr_eq(a, b) || a == b;
    let gone = from.iter().filter(|(id, _)| !to.contains_key(id));
    let gone = gone.map(|(&id, before)| Change { id, before: Some(before.clone()), after: None });
    let changed = to.iter().filter_map(|(&id, after)| {
        let before = from.get(&id).cloned();
        if before.as_ref().is_some_and(|before| same(before, after)) {
            return None;
        }
        Some(Change { id, before, after: Some(after.clone()) })
    });
    let mut changes: Vec<Change> = gone.chain(changed).collect();
    changes.sort_unstable_by_key(|change| change.id);
    changes
}
