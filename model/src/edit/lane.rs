//! Edits of automation lanes.

use protocol::{Edit, EntityId, Point, Row, RowChange, Value};

use super::{create as new, setter, text};
use crate::view::{Lane, LaneId, LaneMode};

/// A new lane for a parameter, by key, of a track, a device or a send.
#[must_use]
pub fn create(id: LaneId, owner: impl Into<EntityId>, param: &str) -> Edit {
    new("lanes", id, [("owner", Value::Ref(owner.into())), ("param", text(param))])
}

/// A copy of a lane, for the same parameter of another owner.
pub(super) fn copy(old: &Lane<'_>, owner: EntityId, new_id: &dyn Fn() -> EntityId) -> [Edit; 4] {
    let id = LaneId(new_id());
    [
        create(id, owner, old.param()),
        change_points(id, old.rows().map(|(key, point)| (key, Some(point)))),
        set_enabled(id, old.enabled()),
        set_mode(id, old.mode()),
    ]
}

/// Sets or adds a point.
#[must_use]
pub fn set_point(id: LaneId, key: u64, point: Point) -> Edit {
    change_points(id, [(key, Some(point))])
}

/// Removes a point.
#[must_use]
pub fn remove_point(id: LaneId, key: u64) -> Edit {
    change_points(id, [(key, None)])
}

/// Sets, adds or removes (`None`) several points at once.
#[must_use]
pub fn change_points(id: LaneId, points: impl IntoIterator<Item = (u64, Option<Point>)>) -> Edit {
    let change = |(key, point): (u64, Option<Point>)| RowChange { key, row: point.map(Row::Point) };
    Edit::Rows { id: id.0, field: "points".to_owned(), changes: points.into_iter().map(change).collect() }
}

setter!(
    /// Played.
    set_enabled, LaneId, "enabled", enabled: bool => Value::Bool(enabled)
);
setter!(
    /// What a moved control does while playback runs.
    set_mode, LaneId, "mode", mode: LaneMode => text(mode.word())
);
