//! Notes and automation points in the order of time: the only part of a plan whose cost grows with their number, so
//! it is kept from one derivation to the next.

use std::collections::HashMap;
use std::sync::Arc;

use protocol::{EntityId, Note, Point};

use crate::entity::Entity;
use crate::project::Project;
use crate::view::{Clip, Lane};

#[derive(Clone, Debug)]
enum Content {
    Notes(Arc<[Note]>),
    Points(Arc<[Point]>),
}

/// What was sorted before, by entity; and of that, what is still in use.
#[derive(Debug, Default)]
pub(super) struct Contents {
    known: HashMap<EntityId, (Arc<Entity>, Content)>,
    used: HashMap<EntityId, (Arc<Entity>, Content)>,
}

impl Contents {
    /// The notes of a clip, by start.
    pub(super) fn notes(&mut self, clip: &Clip<'_>) -> Arc<[Note]> {
        let sorted = || {
            let mut notes: Vec<Note> = clip.notes().map(|(_, note)| note).collect();
            notes.sort_by_key(|note| (note.start, note.key, note.channel, note.length));
            Content::Notes(notes.into())
        };
        match self.get(clip.project(), clip.id().0, sorted) {
            Some(Content::Notes(notes)) => notes,
            _ => Arc::default(),
        }
    }

    /// The points of a lane, by position.
    pub(super) fn points(&mut self, lane: &Lane<'_>) -> Arc<[Point]> {
        let sorted = || Content::Points(lane.points().into_iter().map(|(_, point)| point).collect());
        match self.get(lane.project(), lane.id().0, sorted) {
            Some(Content::Points(points)) => points,
            _ => Arc::default(),
        }
    }

    fn get(&mut self, project: &Project, id: EntityId, sort: impl FnOnce() -> Content) -> Option<Content> {
        let entity = project.state().shared(id)?;
        let content = match self.known.remove(&id) {
            Some((known, content)) if Arc::ptr_eq(&known, entity) => content,
            _ => sort(),
        };
        self.used.insert(id, (entity.clone(), content.clone()));
        Some(content)
    }

    /// Ends a derivation: forgets what it did not use.
    pub(super) fn finish(&mut self) {
        self.known = std::mem::take(&mut self.used);
    }
}
