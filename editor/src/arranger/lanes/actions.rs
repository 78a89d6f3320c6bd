//! What is done to points: each one commit.

use protocol::{Beats, Curve, EntityId, Point};

use super::plot::{Keyed, Plot, before, value_at};
use super::{Tool, curve_for, moved, points_of};
use crate::cx::Cx;
use crate::view::Focus;
use crate::widgets::field::Draft;
use crate::{edits, ids};

/// The curves, in the order of the menu.
pub(super) const SHAPES: [(Curve, &str); 4] = [
    (Curve::Hold, "Hold"),
    (Curve::Linear, "Linear"),
    (Curve::Smooth, "S-curve"),
    (Curve::Exponential, "Exponential"),
];

/// Changes from the pointer to the pencil, and back.
pub(crate) fn cycle_tool(cx: &mut Cx<'_, '_>) {
    let tool = &mut cx.view.arranger.lanes.tool;
    *tool = if *tool == Tool::Pencil { Tool::Pointer } else { Tool::Pencil };
}

/// Adds a point, and selects it.
pub(super) fn add(cx: &mut Cx<'_, '_>, lane: EntityId, point: Point) {
    let key = edits::row_key(cx.new_id());
    cx.out.commit("Add automation point", vec![edits::change_points(lane, vec![(key, Some(point))])]);
    cx.view.selection.select_points(lane, [key]);
}

/// Deletes points.
pub(super) fn remove(cx: &mut Cx<'_, '_>, lane: EntityId, keys: impl IntoIterator<Item = u64>) {
    let changes: Vec<_> = keys.into_iter().map(|key| (key, None)).collect();
    if !changes.is_empty() {
        cx.out.commit("Delete automation points", vec![edits::change_points(lane, changes)]);
    }
    cx.view.selection.points.clear();
}

/// Changes the selected points.
pub(super) fn set_selected(
    cx: &mut Cx<'_, '_>,
    lane: EntityId,
    points: &[Keyed],
    name: &str,
    change: impl Fn(Point) -> Point,
) {
    let chosen = points.iter().filter(|(key, _)| cx.view.selection.points.contains(key));
    let changes = chosen.map(|(key, point)| (key, point, change(*point)));
    let changes: Vec<_> =
        changes.filter(|(_, from, to)| *from != to).map(|(key, _, to)| (*key, Some(to))).collect();
    if !changes.is_empty() {
        cx.out.commit(name, vec![edits::change_points(lane, changes)]);
    }
}

/// Shapes the way from the point before a place to the next, or those from all selected points.
pub(super) fn shape(cx: &mut Cx<'_, '_>, lane: EntityId, points: &[Keyed], at: Beats, curve: Curve) {
    if !cx.view.selection.points.is_empty() {
        set_selected(cx, lane, points, "Shape automation", |point| Point { curve, ..point });
    } else if let Some((key, point)) = before(points, at).map(|index| points[index])
        && point.curve != curve
    {
        let changes = vec![(key, Some(Point { curve, ..point }))];
        cx.out.commit("Shape automation", vec![edits::change_points(lane, changes)]);
    }
}

/// Gives the way at a place the next shape.
pub(super) fn cycle_shape(cx: &mut Cx<'_, '_>, lane: EntityId, points: &[Keyed], at: Beats) {
    let Some(index) = before(points, at) else { return };
    let now = points[index].1.curve;
    let place = SHAPES.iter().position(|(curve, _)| *curve == now).unwrap_or(0);
    cx.view.selection.select_points(lane, []);
    shape(cx, lane, points, at, SHAPES[(place + 1) % SHAPES.len()].0);
}

/// Deletes the selected points.
pub(crate) fn delete_selected(cx: &mut Cx<'_, '_>) {
    with_lane(cx, |cx, lane, points, _| {
        let keys: Vec<u64> = chosen(cx, points).map(|(key, _)| key).collect();
        remove(cx, lane, keys);
    });
}

/// Selects all points of the lane.
pub(crate) fn select_all(cx: &mut Cx<'_, '_>) {
    with_lane(cx, |cx, lane, points, _| {
        cx.view.selection.select_points(lane, points.iter().map(|(key, _)| *key));
    });
}

/// Adds a point at the playhead, on the curve.
pub(crate) fn insert(cx: &mut Cx<'_, '_>) {
    with_lane(cx, |cx, lane, points, plot| {
        let at = cx.playhead();
        let value = value_at(points, at).unwrap_or_else(|| plot.scale.default());
        let curve = before(points, at).map_or(curve_for(plot), |index| points[index].1.curve);
        add(cx, lane, Point { at, value, curve });
    });
}

/// Lets the value of the selected points be typed.
pub(crate) fn retype(cx: &mut Cx<'_, '_>) {
    with_lane(cx, |cx, lane, points, plot| {
        let first = chosen(cx, points).next();
        if let Some((_, point)) = first {
            let text = plot.scale.text(point.value);
            cx.view.draft = Some(Draft::new(ids::of("point value", lane), text));
        }
    });
}

/// Moves the selected points by steps of the grid, and by hundredths of the height.
pub(crate) fn nudge(cx: &mut Cx<'_, '_>, steps: i64, up: f64) {
    with_lane(cx, |cx, lane, points, plot| {
        let Some(first) = chosen(cx, points).map(|(_, point)| point.at).min() else { return };
        let step = cx.view.arranger.snap.step(&cx.view.arranger.time, cx.signatures, first);
        let delta = Beats(step.0.saturating_mul(steps).max(-first.0));
        // A step of a switch is more than a hundredth.
        let lift = match plot.scale.steps() {
            Some(count) => up.signum() / count.max(1.0),
            None => up * 0.01,
        };
        let lift = if up == 0.0 { 0.0 } else { lift };
        set_selected(cx, lane, points, "Move automation points", |point| moved(plot, &point, delta, lift));
    });
}

/// Selects the next point of the lane, or the previous; none selected, the first.
pub(crate) fn select_next(cx: &mut Cx<'_, '_>, step: isize) {
    with_lane(cx, |cx, lane, points, _| {
        let place = points.iter().position(|(key, _)| cx.view.selection.points.contains(key));
        let next = place.map_or(Some(0), |place| place.checked_add_signed(step));
        if let Some((key, point)) = next.and_then(|next| points.get(next)) {
            cx.view.selection.select_points(lane, [*key]);
            cx.view.arranger.time.show(point.at, cx.view.arranger.width);
        }
    });
}

fn chosen(cx: &Cx<'_, '_>, points: &[Keyed]) -> impl Iterator<Item = Keyed> {
    points.iter().filter(|(key, _)| cx.view.selection.points.contains(key)).copied()
}

/// The lane to work on: the one touched last, or else the first unfolded one of the selected track.
fn lane(cx: &Cx<'_, '_>) -> Option<EntityId> {
    let touched = cx.view.selection.lane.filter(|_| cx.view.selection.focus == Focus::Points);
    touched.or_else(|| {
        let track = cx.selected_track().filter(|track| cx.view.arranger.unfolded.contains(track))?;
        edits::lanes_of(cx.project(), track).first().copied()
    })
}

/// Works on the lane, if there is one. The plot has its scale, and any size.
fn with_lane(cx: &mut Cx<'_, '_>, work: impl FnOnce(&mut Cx<'_, '_>, EntityId, &[Keyed], &Plot<'_>)) {
    let Some(id) = lane(cx) else { return };
    let Some(lane) = cx.project().lane(id.into()) else { return };
    let described = edits::describe_lane(cx, &lane);
    let points = points_of(cx, &lane);
    let plot = Plot { rect: egui::Rect::ZERO, time: cx.view.arranger.time, scale: described.scale() };
    work(cx, id, &points, &plot);
}
