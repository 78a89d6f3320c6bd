//! The launcher's slots.

use protocol::EntityId;
use protocol::launcher::{FollowAction, FollowUnit, LaunchMode, LaunchQuantum};

use super::{ClipId, SceneId, Track, TrackId, view};
use crate::project::Project;

view!(
    /// Where a track and a scene of the launcher meet.
    Slot, SlotId, "slots"
);

impl Slot<'_> {
    /// Its column.
    #[must_use]
    pub fn track(&self) -> TrackId {
        TrackId(self.entity.reference("track").unwrap_or(EntityId(0)))
    }

    /// Its row.
    #[must_use]
    pub fn scene(&self) -> SceneId {
        SceneId(self.entity.reference("scene").unwrap_or(EntityId(0)))
    }

    /// What it plays; without one, it stops its track.
    #[must_use]
    pub fn clip(&self) -> Option<ClipId> {
        self.entity.reference("clip").map(ClipId)
    }

    /// What a hand does.
    #[must_use]
    pub fn mode(&self) -> LaunchMode {
        LaunchMode::from_word(self.entity.text("mode")).unwrap_or_default()
    }

    /// Where it starts once launched; `None` for the project's choice.
    #[must_use]
    pub fn quantum(&self) -> Option<LaunchQuantum> {
        LaunchQuantum::from_word(self.entity.text("quantum"))
    }

    /// What comes after it: two actions, and how likely the first is.
    #[must_use]
    pub fn follow(&self) -> (FollowAction, FollowAction, f64) {
        let action = |field| FollowAction::from_word(self.entity.text(field)).unwrap_or_default();
        (action("follow_a"), action("follow_b"), self.entity.float("follow_chance"))
    }

    /// After how many loops or bars that comes.
    #[must_use]
    pub fn follow_after(&self) -> (u32, FollowUnit) {
        let unit = FollowUnit::from_word(self.entity.text("follow_unit")).unwrap_or_default();
        (u32::try_from(self.entity.int("follow_after")).unwrap_or(1), unit)
    }
}

impl Project {
    /// A slot.
    #[must_use]
    pub fn slot(&self, id: SlotId) -> Option<Slot<'_>> {
        Slot::new(self, id.0)
    }

    /// The slot of a track in a scene.
    #[must_use]
    pub fn slot_at(&self, track: TrackId, scene: SceneId) -> Option<Slot<'_>> {
        let slots = self.referring(track.0, "slots", "track").filter_map(|id| Slot::new(self, id));
        slots.filter(|slot| slot.scene() == scene).min_by_key(Slot::id)
    }
}

impl<'a> Track<'a> {
    /// Its slots by scene; where several are in one scene, the one that counts.
    pub fn slots(&self) -> impl Iterator<Item = Slot<'a>> + use<'a> {
        let (project, id) = (self.project(), self.id());
        project.scenes().filter_map(move |scene| project.slot_at(id, scene.id()))
    }
}
