//! Automation lanes: curves under a track, with points to draw, move, shape and delete.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Align2, Rect, Stroke, Ui, vec2};
use model::Lane;
use protocol::{Beats, Curve, EntityId, Point};

use self::plot::{Keyed, Plot};
use super::guides::bubble;
use super::{Lanes, RowKind};
use crate::cx::Cx;
use crate::edits::{self, Described};
use crate::ids;
use crate::theme::{color, font};
use crate::view::Release;
use crate::widgets::field::{self, Ended};

mod actions;
mod menu;
mod plot;
mod stroke;
mod thin;
mod touch;

pub(crate) use actions::{cycle_tool, delete_selected, insert, nudge, retype, select_all, select_next};
pub(crate) use plot::value_at;

/// Height of a lane.
const HEIGHT: f32 = 56.0;
/// The least and the most.
const HEIGHTS: std::ops::RangeInclusive<f32> = 46.0..=320.0;
/// How near a point the pointer must be, in points.
const REACH: f32 = 7.0;

/// What the lanes show.
#[derive(Debug, Default)]
pub(crate) struct LanesView {
    pub tool: Tool,
    hand: Option<LaneHand>,
    heights: BTreeMap<EntityId, f32>,
    cache: BTreeMap<EntityId, Cached>,
    /// Where the menu that is open was asked for: quarter notes, and height.
    menu_at: (f64, f64),
}

/// A lane's points in order, as of a revision: there may be very many.
#[derive(Debug)]
struct Cached {
    revision: u64,
    points: Arc<[Keyed]>,
    /// Whether it was looked at in this frame.
    used: bool,
}

/// What a drag in a lane does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Moves points, or selects them.
    #[default]
    Pointer,
    /// Draws.
    Pencil,
}

/// The hand in a lane, until the project has caught up.
#[derive(Clone, Debug, PartialEq)]
struct LaneHand {
    lane: EntityId,
    hold: Hold,
    released: Option<Release>,
}

/// What it holds.
#[derive(Clone, Debug, PartialEq)]
enum Hold {
    /// The selected points.
    Points {
        grabbed: Point,
        /// How far the hand has come, in quarter notes.
        way: f64,
        /// The same, snapped.
        delta: Beats,
        /// How far up, as a part of the height.
        lift: f64,
    },
    /// The pencil.
    Stroke(stroke::Stroke),
    /// A corner of a rubber band, in window coordinates.
    Band(egui::Pos2),
}

impl LanesView {
    /// Height of a lane.
    pub fn height(&self, lane: EntityId) -> f32 {
        self.heights.get(&lane).copied().unwrap_or(HEIGHT)
    }

    /// Makes a lane higher by some points.
    pub fn stretch(&mut self, lane: EntityId, by: f32) {
        let height = self.heights.entry(lane).or_insert(HEIGHT);
        *height = (*height + by).clamp(*HEIGHTS.start(), *HEIGHTS.end());
    }

    /// Gives a lane its first height back.
    pub fn unstretch(&mut self, lane: EntityId) {
        self.heights.remove(&lane);
    }

    /// Whether something moves under the hand, or waits for the project to follow.
    pub fn is_busy(&self) -> bool {
        self.hand.is_some()
    }

    /// The points of a lane, in order.
    fn points(&mut self, lane: &Lane<'_>, revision: u64) -> Arc<[Keyed]> {
        let fresh = || Cached { revision, points: lane.points().into(), used: true };
        let cached = self.cache.entry(lane.id().0).or_insert_with(fresh);
        if cached.revision != revision {
            *cached = fresh();
        }
        cached.used = true;
        Arc::clone(&cached.points)
    }
}

/// The points of a lane as the project has them, in order.
pub(crate) fn points_of(cx: &mut Cx<'_, '_>, lane: &Lane<'_>) -> Arc<[Keyed]> {
    let revision = cx.project().revision();
    cx.view.arranger.lanes.points(lane, revision)
}

/// Draws the lanes in sight.
pub(crate) fn show(ui: &mut Ui, lanes: &Lanes<'_>, cx: &mut Cx<'_, '_>) {
    let (revision, now) = (cx.project().revision(), cx.now_secs);
    let over = |hand: &mut LaneHand| hand.released.is_some_and(|end| end.is_over(revision, now));
    cx.view.arranger.lanes.hand.take_if(over);
    let scroll_y = cx.view.arranger.scroll_y;
    for row in lanes.seen(scroll_y) {
        let RowKind::Lane(id) = row.kind else { continue };
        let rect = lanes.row_rect(row, scroll_y);
        if let Some(lane) = cx.project().lane(id.into()) {
            one(ui, rect.shrink2(vec2(0.0, 4.0)), &lane, row.track, cx);
        }
    }
    let view = &mut cx.view.arranger.lanes;
    view.cache.retain(|_, cached| std::mem::take(&mut cached.used));
    // One that went out of sight under the hand was let go unseen.
    if !ui.input(|input| input.pointer.primary_down()) {
        view.hand.take_if(|hand| hand.released.is_none());
    }
}

fn one(ui: &mut Ui, rect: Rect, lane: &Lane<'_>, track: EntityId, cx: &mut Cx<'_, '_>) {
    let id = lane.id().0;
    let described = edits::describe_lane(cx, lane);
    let plot = Plot { rect, time: cx.view.arranger.time, scale: described.scale() };
    let stored = points_of(cx, lane);
    let painter = ui.painter().with_clip_rect(rect.expand(3.0).intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0, color::alpha(color::GROOVE, 0.35));
    let points = shown(cx, id, &plot, &stored);
    let tint = if lane.is_played() { edits::track_color(cx.project(), track) } else { color::TEXT_FAINT };
    plot::curve(&painter, &plot, &points, tint);
    let hovered = touch::touch(ui, &plot, (id, track), &stored, cx);
    dots(&painter, &plot, id, &points, (hovered, tint), cx);
    readout(ui, &plot, &described, id, &points, hovered, cx);
    type_value(ui, &plot, id, &stored, cx);
}

/// The points as they are shown now, what the hand does included.
fn shown<'p>(cx: &Cx<'_, '_>, lane: EntityId, plot: &Plot<'_>, stored: &'p [Keyed]) -> Cow<'p, [Keyed]> {
    let hand = cx.view.arranger.lanes.hand.as_ref().filter(|hand| hand.lane == lane);
    match hand.map(|hand| &hand.hold) {
        Some(Hold::Points { delta, lift, .. }) => {
            let chosen = &cx.view.selection.points;
            let mut points = stored.to_vec();
            for (_, point) in points.iter_mut().filter(|(key, _)| chosen.contains(key)) {
                *point = moved(plot, point, *delta, *lift);
            }
            points.sort_by_key(|(key, point)| (point.at, *key));
            Cow::Owned(points)
        }
        Some(Hold::Stroke(stroke)) => Cow::Owned(stroke.over(stored, plot)),
        Some(Hold::Band(_)) | None => Cow::Borrowed(stored),
    }
}

/// A point after a move by a time and a part of the height.
fn moved(plot: &Plot<'_>, point: &Point, delta: Beats, lift: f64) -> Point {
    let at = Beats((point.at + delta).0.max(0));
    let value = if lift == 0.0 {
        point.value
    } else {
        plot.scale.denormalize((plot.scale.normalize(point.value) + lift).clamp(0.0, 1.0))
    };
    Point { at, value, ..*point }
}

fn dots(
    painter: &egui::Painter,
    plot: &Plot<'_>,
    lane: EntityId,
    points: &[Keyed],
    (hovered, tint): (Option<u64>, egui::Color32),
    cx: &Cx<'_, '_>,
) {
    let selection = &cx.view.selection;
    let ours = selection.lane == Some(lane);
    let mut free_from = f32::NEG_INFINITY;
    for (key, point) in points.get(plot.seen(points)).unwrap_or_default() {
        let selected = ours && selection.points.contains(key);
        let at = plot.place(point);
        if *key == stroke::UNBORN {
            continue;
        }
        // Points closer than the eye can tell have no handles until one zooms in.
        if at.x < free_from && !selected && hovered != Some(*key) {
            continue;
        }
        free_from = at.x + 5.0;
        let radius = if hovered == Some(*key) { 5.0 } else { 3.2 };
        let fill = if selected { color::TEXT } else { color::WELL };
        painter.circle(at, radius, fill, Stroke::new(1.6, tint));
    }
}

/// What is under the pointer, in the parameter's unit.
fn readout(
    ui: &Ui,
    plot: &Plot<'_>,
    described: &Described,
    lane: EntityId,
    points: &[Keyed],
    hovered: Option<u64>,
    cx: &Cx<'_, '_>,
) {
    let painter = ui.painter();
    let hand = cx.view.arranger.lanes.hand.as_ref();
    let held = hand.filter(|hand| hand.lane == lane && hand.released.is_none());
    let bounds = ui.clip_rect();
    if let Some((_, point)) = points.iter().find(|(key, _)| hovered == Some(*key)) {
        let mut text = described.text(point.value);
        if held.is_some() {
            text = format!("{text} at {}", cx.signatures.position(point.at));
        }
        bubble(painter, plot.place(point), bounds, &text);
        return;
    }
    let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else { return };
    match held.map(|hand| &hand.hold) {
        Some(Hold::Stroke(_)) => {
            bubble(painter, pointer, bounds, &described.text(plot.value_at(pointer.y)));
        }
        Some(Hold::Points { .. } | Hold::Band(_)) => {}
        None if hand.is_none() && plot.rect.contains(pointer) && ui.rect_contains_pointer(plot.rect) => {
            let at = Beats::from_beats(plot.time.beats_at(plot.rect, pointer.x));
            let Some(value) = value_at(points, at) else { return };
            let place = egui::pos2(pointer.x, plot.y(value));
            painter.circle_filled(place, 2.0, color::TEXT_DIM);
            let (align, gap) = if place.y > plot.rect.center().y {
                (Align2::LEFT_BOTTOM, vec2(6.0, -3.0))
            } else {
                (Align2::LEFT_TOP, vec2(6.0, 3.0))
            };
            painter.text(place + gap, align, described.text(value), font::small(), color::TEXT_DIM);
        }
        None => {}
    }
}

/// The value of the selected points while it is typed.
fn type_value(ui: &mut Ui, plot: &Plot<'_>, lane: EntityId, stored: &[Keyed], cx: &mut Cx<'_, '_>) {
    let id = ids::of("point value", lane);
    if cx.view.draft.as_ref().is_none_or(|draft| draft.id != id) {
        return;
    }
    let chosen = &cx.view.selection.points;
    let first = stored.iter().find(|(key, _)| chosen.contains(key)).map(|(_, point)| plot.place(point));
    let Some(at) = first else { return };
    let left = at.x.clamp(plot.rect.left() + 2.0, plot.rect.right() - 92.0);
    let top = (at.y - 10.0).clamp(plot.rect.top(), plot.rect.bottom() - 20.0);
    let rect = Rect::from_min_size(egui::pos2(left, top), vec2(90.0, 20.0));
    if let Some(Ended::Accepted(text)) = field::in_place(ui, rect, id, &mut cx.view.draft)
        && let Some(value) = plot.scale.parse(&text)
    {
        actions::set_selected(cx, lane, stored, "Set automation value", |point| Point { value, ..point });
    }
}

/// What a new point's curve is: values of choices jump.
fn curve_for(plot: &Plot<'_>) -> Curve {
    if plot.scale.is_stepped() { Curve::Hold } else { Curve::Linear }
}
