//! Edits of the launcher's slots.

use protocol::launcher::{FollowAction, FollowUnit, LaunchMode, LaunchQuantum};
use protocol::{Edit, Value};

use super::{create as new, reference, setter, text};
use crate::view::{ClipId, SceneId, SlotId, TrackId};

/// A new slot where a track and a scene meet; without a clip it stops its track.
#[must_use]
pub fn create(id: SlotId, track: TrackId, scene: SceneId, clip: Option<ClipId>) -> Edit {
    let fields = [("track", Value::Ref(track.0)), ("scene", Value::Ref(scene.0)), ("clip", reference(clip))];
    new("slots", id, fields)
}

setter!(
    /// What it plays.
    set_clip, SlotId, "clip", clip: Option<ClipId> => reference(clip)
);
setter!(
    /// Its row.
    set_scene, SlotId, "scene", scene: SceneId => Value::Ref(scene.0)
);
setter!(
    /// What a hand does.
    set_mode, SlotId, "mode", mode: LaunchMode => text(mode.word())
);
setter!(
    /// Where it starts once launched; `None` for the project's choice.
    set_quantum, SlotId, "quantum", quantum: Option<LaunchQuantum> =>
        text(quantum.map_or("project", LaunchQuantum::word))
);
setter!(
    /// What comes after it.
    set_follow_a, SlotId, "follow_a", action: FollowAction => text(action.word())
);
setter!(
    /// What comes after it otherwise.
    set_follow_b, SlotId, "follow_b", action: FollowAction => text(action.word())
);
setter!(
    /// How likely the first action is against the second, 0..=1.
    set_follow_chance, SlotId, "follow_chance", chance: f64 => Value::Float(chance)
);
setter!(
    /// After how many loops or bars the action comes, 1..=1000.
    set_follow_after, SlotId, "follow_after", count: u32 => Value::Int(count.into())
);
setter!(
    /// What is counted until then.
    set_follow_unit, SlotId, "follow_unit", unit: FollowUnit => text(unit.word())
);
