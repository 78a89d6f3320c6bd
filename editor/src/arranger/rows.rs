//! Where the rows are. Only positions: nothing here looks into a track that is not unfolded.

use protocol::EntityId;

use crate::cx::Cx;
use crate::edits;

/// A row of the arranger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Row {
    pub track: EntityId,
    pub kind: RowKind,
    /// Points from the first row's top.
    pub top: f32,
    pub height: f32,
}

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// Clips.
    Track,
    /// An automation lane of the track.
    Lane(EntityId),
    /// Where lanes are added to an unfolded track.
    NewLane,
}

/// Height of the row where lanes are added.
const NEW_LANE: f32 = 26.0;

/// All rows, the master last.
pub(crate) fn layout(cx: &Cx<'_, '_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut top = 0.0;
    let mut push = |track, kind, height| {
        rows.push(Row { track, kind, top, height });
        top += height;
    };
    let view = &cx.view.arranger;
    for track in edits::tracks_in_order(cx.project()) {
        let id = track.id().into();
        push(id, RowKind::Track, view.row_height);
        if view.unfolded.contains(&id) {
            for lane in edits::lanes_of(cx.project(), id) {
                push(id, RowKind::Lane(lane), view.lanes.height(lane));
            }
            push(id, RowKind::NewLane, NEW_LANE);
        }
    }
    rows
}
