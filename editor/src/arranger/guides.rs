//! The lanes above the tracks: markers, time signatures, tempo.

use egui::{CursorIcon, Pos2, Rect, Response, Sense, Ui, pos2};
use protocol::{Beats, Edit, EntityId, TempoMap};

use super::{drag_beats, snap};
use crate::cx::Cx;
use crate::theme::color;
use crate::timeline::bar_around;
use crate::view::{Focus, Release};
use crate::widgets::area;
use crate::{edits, ids};

mod actions;
mod heads;
mod markers;
mod paint;
mod signatures;
mod tempo;

pub(crate) use actions::{
    Fineness, Way, add_marker, add_signature, add_tempo, delete_selected, jump, nudge, rename_selected,
    select_next, toggle_ramp,
};

pub(crate) use paint::bubble;

/// Height of a lane that shows flags.
const LANE: f32 = 18.0;
/// Height of the tempo lane when it shows the curve.
const TALL: f32 = 62.0;
/// Beats a minute for each point that a hand goes up.
const BPM_PER_POINT: f64 = 0.25;

/// What the lanes show.
#[derive(Debug, Default)]
pub(crate) struct GuidesView {
    /// The tempo is a curve rather than a row of figures.
    pub curve: bool,
    pub drag: Option<GuideDrag>,
    /// Where the menu that is open was asked for.
    menu_at: Beats,
}

/// Something in the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guide {
    Marker(EntityId),
    Signature(EntityId),
    Tempo(EntityId),
}

/// One of them under the hand, until the project has caught up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct GuideDrag {
    guide: Guide,
    /// How far the hand has come: quarter notes, and beats a minute.
    way: (f64, f64),
    at: Beats,
    bpm: f64,
    released: Option<Release>,
}

impl GuidesView {
    /// Height of the three lanes.
    pub fn height(&self) -> f32 {
        2.0 * LANE + self.tempo_height()
    }

    fn tempo_height(&self) -> f32 {
        if self.curve { TALL } else { LANE }
    }

    fn rows(&self, rect: Rect) -> [Rect; 3] {
        let (markers, rest) = rect.split_top_bottom_at_y(rect.top() + LANE);
        let (signatures, tempo) = rest.split_top_bottom_at_y(rest.top() + LANE);
        [markers, signatures, tempo]
    }
}

/// Draws the lanes: the heads at the left, and the timeline.
pub(super) fn show(ui: &mut Ui, heads: Rect, rect: Rect, cx: &mut Cx<'_, '_>) {
    let over =
        |drag: GuideDrag| drag.released.is_some_and(|end| end.is_over(cx.project().revision(), cx.now_secs));
    if cx.view.arranger.guides.drag.is_some_and(over) {
        cx.view.arranger.guides.drag = None;
    }
    let [marker_head, signature_head, tempo_head] = cx.view.arranger.guides.rows(heads);
    heads::marker(ui, marker_head, cx);
    heads::signature(ui, signature_head, cx);
    heads::tempo(ui, tempo_head, cx);
    let [marker_row, signature_row, tempo_row] = cx.view.arranger.guides.rows(rect);
    area(ui, rect, "guides", |ui| {
        for (row, fill) in [(marker_row, color::BAR), (signature_row, color::PANEL), (tempo_row, color::BAR)]
        {
            ui.painter().rect_filled(row, 0, fill);
        }
        markers::show(ui, marker_row, cx);
        signatures::show(ui, signature_row, cx);
        tempo::show(ui, tempo_row, cx);
        let x = cx.view.arranger.time.x_of(rect, cx.frame.telemetry.playhead_beats);
        if rect.x_range().contains(x) {
            ui.painter().vline(x, rect.y_range(), egui::Stroke::new(1.2, color::PLAYHEAD));
        }
    });
    // One that went out of sight under the hand was let go unseen.
    if !ui.input(|input| input.pointer.primary_down()) {
        cx.view.arranger.guides.drag.take_if(|drag| drag.released.is_none());
    }
    let line = egui::Stroke::new(1.0, color::LINE);
    for row in [marker_row, signature_row] {
        ui.painter().hline(heads.left()..=rect.right(), row.bottom() - 0.5, line);
    }
}

/// The empty part of a lane: its menu, and where a double-click adds something.
fn background(ui: &Ui, rect: Rect, name: &'static str, cx: &mut Cx<'_, '_>) -> (Response, Option<Beats>) {
    let response = ui.interact(rect, ids::one(name), Sense::click());
    let pointer = response.interact_pointer_pos();
    if let Some(pointer) = pointer.filter(|_| response.secondary_clicked()) {
        cx.view.arranger.guides.menu_at = at_pointer(ui, rect, pointer, cx);
    }
    let added =
        pointer.filter(|_| response.double_clicked()).map(|pointer| at_pointer(ui, rect, pointer, cx));
    (response, added)
}

fn at_pointer(ui: &Ui, rect: Rect, pointer: Pos2, cx: &Cx<'_, '_>) -> Beats {
    snap(ui, cx, cx.view.arranger.time.beats_at(rect, pointer.x))
}

/// Where something is shown: where the hand has it, or else where it is.
fn shown_at(cx: &Cx<'_, '_>, guide: Guide, at: Beats) -> Beats {
    cx.view.arranger.guides.drag.filter(|drag| drag.guide == guide).map_or(at, |drag| drag.at)
}

fn is_selected(cx: &Cx<'_, '_>, guide: Guide) -> bool {
    cx.view.selection.guide == Some(guide) && cx.view.selection.focus == Focus::Guide
}

fn is_dragged(cx: &Cx<'_, '_>, guide: Guide) -> bool {
    cx.view.arranger.guides.drag.is_some_and(|drag| drag.guide == guide && drag.released.is_none())
}

/// Lets the pointer select and move something.
fn touch(ui: &Ui, response: &Response, guide: Guide, (at, bpm): (Beats, f64), cx: &mut Cx<'_, '_>) {
    if response.clicked() || response.drag_started() || response.secondary_clicked() {
        cx.view.selection.select_guide(guide);
    }
    if response.hovered() || response.dragged() {
        let upright = matches!(guide, Guide::Tempo(_));
        let cursor = if upright { CursorIcon::Move } else { CursorIcon::ResizeHorizontal };
        ui.ctx().set_cursor_icon(cursor);
    }
    if response.drag_started_by(egui::PointerButton::Primary) {
        cx.view.arranger.guides.drag = Some(GuideDrag { guide, way: (0.0, 0.0), at, bpm, released: None });
    }
    let held = cx.view.arranger.guides.drag.filter(|drag| drag.guide == guide && drag.released.is_none());
    let Some(mut drag) = held else { return };
    if response.dragged() {
        drag.way.0 += drag_beats(response, &cx.view.arranger.time);
        drag.way.1 -= f64::from(response.drag_delta().y) * BPM_PER_POINT;
        drag.at = moved(ui, guide, at, drag.way.0, cx);
        drag.bpm = bent(ui, bpm, drag.way.1);
    }
    if response.drag_stopped() {
        let edits = actions::place(cx, guide, drag.at, drag.bpm);
        if edits.is_empty() {
            cx.view.arranger.guides.drag = None;
            return;
        }
        cx.out.commit(verb(guide, drag.at != at), edits);
        drag.released = Some(Release::now(cx.project().revision(), cx.now_secs));
    }
    cx.view.arranger.guides.drag = Some(drag);
}

/// Where a hand that has gone `way` quarter notes puts something that was at `at`.
fn moved(ui: &Ui, guide: Guide, at: Beats, way: f64, cx: &Cx<'_, '_>) -> Beats {
    // A tempo is mostly moved up and down; it takes more to move it along.
    let still = if matches!(guide, Guide::Tempo(_)) { 9.0 } else { 3.0 };
    if way.abs() * cx.view.arranger.time.px_per_beat < still {
        return at;
    }
    let beats = (at.to_beats() + way).max(0.0);
    if let Guide::Signature(id) = guide {
        // Elsewhere than at the start of a bar it would cut one short.
        let here = Beats::from_beats(beats);
        let (start, end) = bar_around(&cx.times.bars_without(id), here);
        return if here - start < end - here { start } else { end };
    }
    snap(ui, cx, beats)
}

/// The tempo after a way up: in tenths, with control in whole beats a minute.
fn bent(ui: &Ui, bpm: f64, way: f64) -> f64 {
    if way == 0.0 {
        return bpm;
    }
    let steps = if ui.input(|input| input.modifiers.command) { 1.0 } else { 10.0 };
    (((bpm + way) * steps).round() / steps).clamp(TempoMap::MIN_BPM, TempoMap::MAX_BPM)
}

fn verb(guide: Guide, along: bool) -> &'static str {
    match guide {
        Guide::Marker(_) => "Move marker",
        Guide::Signature(_) => "Move time signature",
        Guide::Tempo(_) if along => "Move tempo change",
        Guide::Tempo(_) => "Set tempo",
    }
}

/// Deletes something.
fn delete(cx: &mut Cx<'_, '_>, guide: Guide) {
    let (id, name) = match guide {
        Guide::Marker(id) => (id, "Delete marker"),
        Guide::Signature(id) => (id, "Delete time signature"),
        Guide::Tempo(id) => (id, "Delete tempo change"),
    };
    cx.out.commit(name, vec![edits::delete(id)]);
    cx.view.selection.guide = None;
}

/// A field over something in a lane, while its text is typed.
fn field_rect(rect: Rect, x: f32, width: f32) -> Rect {
    let left = x.min(rect.right() - width).max(rect.left());
    Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, (rect.top() + LANE).min(rect.bottom())))
}

/// The edits that leave nothing else of the same kind at a place.
fn clear(
    others: impl Iterator<Item = (EntityId, Beats)>,
    id: EntityId,
    at: Beats,
) -> impl Iterator<Item = Edit> {
    others.filter(move |(other, place)| *other != id && *place == at).map(|(other, _)| edits::delete(other))
}
