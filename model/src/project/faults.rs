//! Every rule that a draft breaks, for those who mend it rather than refuse it.

use std::collections::BTreeSet;

use protocol::EntityId;

use super::apply::{error, label};
use super::draft::Draft;
use super::{EditError, EditRule, Extra, Project, State, check, relations, routing};
use crate::entity::{Entity, facet};
use crate::schema::{self, FieldKind, Presence};

impl Draft {
    /// What is wrong with the draft: at most one fault of each entity that was touched, or that names one that was,
    /// and one circle of tracks. Nothing if the draft could be committed.
    pub(crate) fn faults(&self) -> Vec<EditError> {
        let state = &self.state;
        let mut suspects: BTreeSet<EntityId> = self.touched.keys().copied().collect();
        for &id in self.touched.keys() {
            suspects.extend(state.all_referring(id).map(|(_, _, referring)| referring));
        }
        let mut faults = Vec::new();
        for &id in &suspects {
            let Some(entity) = state.entity(id) else { continue };
            let limit = entity.descriptor().max_entities;
            let many = check::count(entity.table(), state.index.count_beside(entity), limit);
            let is_new = self.touched.get(&id).is_some_and(|touched| touched.before.is_none());
            let fault = match many {
                Err(rule) if is_new => Some(error(state, id, None, rule)),
                _ => relations::one(state, id, entity)
                    .err()
                    .map(|(field, rule)| error(state, id, Some(&field), rule)),
            };
            faults.extend(fault);
        }
        let tracks = |id: &EntityId| {
            let entity = state.entity(*id)?;
            match entity.table() {
                "tracks" => Some(*id),
                "sends" => entity.reference("track"),
                "devices" => entity.reference("sidechain"),
                _ => None,
            }
        };
        let touched = || self.touched.keys();
        let followed = |id: &EntityId| Some(routing::followed(state, *id, state.entity(*id)?));
        let starts = touched().filter_map(tracks).chain(touched().filter_map(followed).flatten());
        faults.extend(routing::acyclic(state, starts).err());
        faults
    }
}

/// Whether the entities of a table cannot be without what a field names.
pub(crate) fn is_required(table: &str, field: &str) -> bool {
    if facet::split(field).is_some() {
        return false;
    }
    let kind = schema::table(table).and_then(|table| table.field(field)).map(|field| &field.kind);
    !matches!(kind, Some(FieldKind::Ref { presence: Presence::Optional, .. }))
}

/// The entities that an entity cannot be without.
pub(crate) fn required(entity: &Entity) -> impl Iterator<Item = EntityId> + '_ {
    entity.references().filter(|(field, _)| is_required(entity.table(), field)).map(|(_, id)| id)
}

impl Project {
    /// A rule that an entity would break.
    pub(crate) fn fault(&self, id: EntityId, field: Option<&str>, rule: EditRule) -> EditError {
        error(self.state(), id, field, rule)
    }

    /// An entity as a person knows it, such as `tracks 'Bass'`; its id where it does not exist.
    #[must_use]
    pub fn label(&self, id: EntityId) -> String {
        match label(self.state(), id) {
            label if label.is_empty() => id.to_string(),
            label => label,
        }
    }

    /// The same project with nothing in it but its root and master.
    #[must_use]
    pub fn blank(&self) -> Self {
        Self::empty(self.root_id(), self.master_id())
    }

    /// The same project with other parts that this version does not know.
    pub(crate) fn with_extra(&self, extra: Extra) -> Self {
        Self::from_state(State { extra: extra.into(), ..self.state().clone() })
    }
}

impl State {
    /// Whether the signal of a track comes to another.
    pub(crate) fn reaches(&self, from: EntityId, to: EntityId) -> bool {
        let (mut seen, mut follow) = (BTreeSet::from([from]), vec![from]);
        while let Some(track) = follow.pop() {
            if track == to {
                return true;
            }
            follow.extend(routing::targets(self, track).into_iter().filter(|next| seen.insert(*next)));
        }
        false
    }
}
