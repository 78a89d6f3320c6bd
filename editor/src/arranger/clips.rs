//! Clips on the timeline: drawing, selecting, moving, resizing, creating.

use egui::{CursorIcon, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2};
use model::Clip;
use model::ClipKind;
use protocol::{Beats, EntityId};

use super::{Lanes, Row, RowKind, actions, at_least_one, paint, snap};
use crate::cx::Cx;
use crate::theme::color;
use crate::view::{Focus, Tab};
use crate::widgets::field::{self, Draft, Ended};
use crate::{edits, ids};

/// Width of the part that resizes.
const EDGE: f32 = 7.0;
/// How long a finished drag is shown if the project does not follow, in seconds.
const PATIENCE_SECS: f64 = 0.5;

/// A drag of the selected clips, until the project has caught up with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClipDrag {
    pub kind: DragKind,
    /// The clip under the hand.
    pub grabbed: EntityId,
    /// How far the hand has come, in quarter notes.
    pub way: f64,
    /// The same, snapped.
    pub delta: Beats,
    /// Rows of tracks, downwards.
    pub tracks: isize,
    /// After release: the revision that it was released at, and until when to wait for the next.
    pub released: Option<(u64, f64)>,
}

/// What a drag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DragKind {
    Move,
    Start,
    End,
}

/// A clip as it is shown now, drag included.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    pub start: Beats,
    pub length: Beats,
    pub tracks: isize,
}

/// Where a clip is shown.
pub(crate) fn shown(cx: &Cx<'_, '_>, clip: &Clip<'_>) -> Shown {
    let mut shown = Shown { start: clip.start(), length: clip.length(), tracks: 0 };
    if let Some(drag) = &cx.view.arranger.drag
        && cx.view.selection.clips.contains(&EntityId::from(clip.id()))
    {
        match drag.kind {
            DragKind::Move => {
                shown.start = Beats((shown.start + drag.delta).0.max(0));
                shown.tracks = drag.tracks;
            }
            DragKind::End => shown.length = at_least_one(shown.length + drag.delta),
            DragKind::Start => {
                let delta = actions::start_delta(clip, drag.delta);
                shown.start += delta;
                shown.length -= delta;
            }
        }
    }
    shown
}

/// The rows between the clips: double-click creates, drag selects.
pub(crate) fn background(ui: &Ui, lanes: &Lanes<'_>, cx: &mut Cx<'_, '_>) {
    let response = ui.interact(lanes.rect, ids::one("arranger rows"), Sense::click_and_drag());
    let pointer = response.interact_pointer_pos();
    if response.clicked() {
        cx.view.selection.clips.clear();
        cx.view.selection.focus = Focus::Track;
        if let Some(row) = pointer.and_then(|pointer| row_at(lanes, cx, pointer.y)) {
            cx.view.selection.track = Some(row.track);
        }
    }
    if let Some(pointer) = pointer {
        if response.double_clicked()
            && let Some(row) = row_at(lanes, cx, pointer.y)
        {
            actions::create(cx, row.track, cx.view.arranger.time.beats_at(lanes.rect, pointer.x));
        }
        if response.drag_started_by(egui::PointerButton::Primary) {
            cx.view.arranger.band = ui.input(|input| input.pointer.press_origin());
        }
    }
}

fn row_at(lanes: &Lanes<'_>, cx: &Cx<'_, '_>, y: f32) -> Option<Row> {
    let y = y - lanes.rect.top() + cx.view.arranger.scroll_y;
    let row = lanes.rows.get(lanes.rows.partition_point(|row| row.top + row.height <= y))?;
    (row.kind == RowKind::Track).then_some(*row)
}

/// Draws the rubber band, and selects what it touches.
pub(crate) fn rubber_band(ui: &Ui, lanes: &Lanes<'_>, cx: &mut Cx<'_, '_>) {
    let Some(origin) = cx.view.arranger.band else { return };
    let pointer = ui.input(|input| (input.pointer.primary_down(), input.pointer.latest_pos()));
    let (true, Some(pointer)) = pointer else {
        cx.view.arranger.band = None;
        return;
    };
    let band = Rect::from_two_pos(origin, pointer).intersect(lanes.rect);
    ui.painter().rect_filled(band, 1, color::alpha(color::ACCENT, 0.10));
    let stroke = Stroke::new(1.0, color::alpha(color::ACCENT, 0.6));
    ui.painter().rect_stroke(band, 1, stroke, StrokeKind::Inside);
    let mut selected = std::collections::BTreeSet::new();
    let scroll_y = cx.view.arranger.scroll_y;
    for row in lanes.rows.iter().filter(|row| row.kind == RowKind::Track) {
        let rect = lanes.row_rect(row, scroll_y);
        if !rect.y_range().intersects(band.y_range()) {
            continue;
        }
        for clip in edits::clips_of(cx.project(), row.track) {
            let left = cx.view.arranger.time.x(lanes.rect, clip.start());
            let right = left + cx.view.arranger.time.width(clip.length());
            if left < band.right() && right > band.left() {
                selected.insert(EntityId::from(clip.id()));
            }
        }
    }
    if !selected.is_empty() {
        cx.view.selection.focus = Focus::Clips;
    }
    cx.view.selection.clips = selected;
}

/// Draws the clips in sight, those being moved last.
pub(crate) fn show(ui: &mut Ui, lanes: &Lanes<'_>, cx: &mut Cx<'_, '_>) {
    forget_finished(cx);
    let scroll_y = cx.view.arranger.scroll_y;
    let project = cx.project();
    let (left, right) = cx.view.arranger.time.span(lanes.rect);
    let moving = cx.view.arranger.drag.as_ref().is_some_and(|drag| drag.kind == DragKind::Move);
    for row in lanes.seen(scroll_y).iter().filter(|row| row.kind == RowKind::Track) {
        cx.stats.tracks += 1;
        for clip in edits::clips_of(project, row.track) {
            let (start, end) = (clip.start().to_beats(), (clip.start() + clip.length()).to_beats());
            let held = cx.view.selection.clips.contains(&EntityId::from(clip.id()));
            let busy = held && cx.view.arranger.drag.is_some();
            if busy && moving {
                continue;
            }
            if busy || (end >= left && start <= right) {
                one(ui, lanes, row, &clip, cx);
            }
        }
    }
    if moving {
        for id in cx.view.selection.clips.clone() {
            let Some(clip) = project.clip(id.into()) else { continue };
            let track = EntityId::from(clip.track());
            let rows: Vec<_> = lanes.rows.iter().filter(|row| row.kind == RowKind::Track).collect();
            let Some(home) = rows.iter().position(|row| row.track == track) else { continue };
            let shift = shown(cx, &clip).tracks;
            let target = home.saturating_add_signed(shift).min(rows.len() - 1);
            one(ui, lanes, rows[target], &clip, cx);
        }
    }
}

fn forget_finished(cx: &mut Cx<'_, '_>) {
    let revision = cx.project().revision();
    let now = cx.now_secs;
    let finished = |drag: &ClipDrag| drag.released.is_some_and(|(at, until)| at != revision || now > until);
    if cx.view.arranger.drag.as_ref().is_some_and(finished) {
        cx.view.arranger.drag = None;
    }
}

fn one(ui: &mut Ui, lanes: &Lanes<'_>, row: &Row, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let now = shown(cx, clip);
    let row_rect = lanes.row_rect(row, cx.view.arranger.scroll_y);
    let time = cx.view.arranger.time;
    let left = time.x(lanes.rect, now.start);
    let span = Rect::from_min_max(
        pos2(left, row_rect.top() + 2.0),
        pos2((left + time.width(now.length)).max(left + 3.0), row_rect.bottom() - 3.0),
    );
    cx.stats.clips += 1;
    paint::show(ui, lanes, span, clip, now, cx);
    let id = EntityId::from(clip.id());
    let body = ui.interact(span, ids::of("clip", id), Sense::click_and_drag());
    touch(ui, lanes, &body, DragKind::Move, clip, cx);
    if span.width() > 3.0 * EDGE {
        let edge = span.with_max_x(span.left() + EDGE);
        let response = ui.interact(edge, ids::of("clip start", id), Sense::click_and_drag());
        touch(ui, lanes, &response, DragKind::Start, clip, cx);
        let edge = span.with_min_x(span.right() - EDGE);
        let response = ui.interact(edge, ids::of("clip end", id), Sense::click_and_drag());
        touch(ui, lanes, &response, DragKind::End, clip, cx);
    }
    menu(&body, clip, cx);
    rename(ui, span.with_max_y(span.top() + paint::TITLE + 4.0), clip, cx);
}

/// The name of a clip while it is typed.
fn rename(ui: &mut Ui, title: Rect, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let id = ids::of("clip name", clip.id().0);
    let field_rect = title.with_max_x(title.right().max(title.left() + 90.0));
    if let Some(Ended::Accepted(name)) = field::in_place(ui, field_rect, id, &mut cx.view.draft)
        && name.trim() != clip.name()
    {
        let edits = edits::rename(cx.project(), clip.id().0, name.trim());
        cx.out.commit("Rename clip", edits);
    }
}

fn touch(
    ui: &Ui,
    lanes: &Lanes<'_>,
    response: &Response,
    kind: DragKind,
    clip: &Clip<'_>,
    cx: &mut Cx<'_, '_>,
) {
    let id = EntityId::from(clip.id());
    if kind != DragKind::Move && (response.hovered() || response.dragged()) {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    if response.clicked() || response.drag_started() || response.secondary_clicked() {
        let more = ui.input(|input| input.modifiers.command);
        let selection = &mut cx.view.selection;
        if more && response.clicked() && selection.clips.contains(&id) {
            selection.clips.remove(&id);
        } else if more || (selection.clips.contains(&id) && !response.clicked()) {
            selection.clips.insert(id);
            selection.focus = Focus::Clips;
        } else {
            selection.select_clip(id, clip.track().into());
        }
        selection.track = Some(clip.track().into());
    }
    if response.double_clicked() && clip.kind() == ClipKind::Notes {
        cx.view.tab = Tab::PianoRoll;
        cx.view.panels.bottom = true;
        cx.view.roll.show(id);
    }
    if response.drag_started_by(egui::PointerButton::Primary) {
        cx.view.arranger.drag =
            Some(ClipDrag { kind, grabbed: id, way: 0.0, delta: Beats::ZERO, tracks: 0, released: None });
    }
    let busy = cx.view.arranger.drag.as_ref().is_some_and(|drag| drag.grabbed == id && drag.kind == kind);
    if busy && response.dragged() {
        drag(ui, lanes, response, clip, cx);
    }
    if busy && response.drag_stopped() {
        let copy = ui.input(|input| input.modifiers.command);
        let revision = cx.project().revision();
        let until = cx.now_secs + PATIENCE_SECS;
        if actions::finish_drag(cx, copy) {
            if let Some(drag) = &mut cx.view.arranger.drag {
                drag.released = Some((revision, until));
            }
        } else {
            cx.view.arranger.drag = None;
        }
    }
}

fn drag(ui: &Ui, lanes: &Lanes<'_>, response: &Response, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let way = super::drag_beats(response, &cx.view.arranger.time);
    let Some(mut drag) = cx.view.arranger.drag.take().filter(|drag| drag.released.is_none()) else { return };
    drag.way += way;
    let from = match drag.kind {
        DragKind::Move | DragKind::Start => clip.start(),
        DragKind::End => clip.start() + clip.length(),
    };
    drag.delta = snap(ui, cx, from.to_beats() + drag.way) - from;
    if drag.way.abs() * cx.view.arranger.time.px_per_beat < 3.0 {
        drag.delta = Beats::ZERO;
    }
    if drag.kind == DragKind::Move
        && let Some(pointer) = response.interact_pointer_pos()
        && let Some(row) = row_at(lanes, cx, pointer.y)
    {
        drag.tracks = actions::track_shift(cx, lanes, clip.track().into(), row.track);
        let earliest = actions::earliest(cx);
        drag.delta = Beats(drag.delta.0.max(-earliest.0));
    }
    cx.view.arranger.drag = Some(drag);
}

fn menu(response: &Response, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    // There may be hundreds of clips; a menu that is not open is not even looked for.
    if !response.secondary_clicked() && !response.context_menu_opened() {
        return;
    }
    response.context_menu(|ui| {
        if ui.add(egui::Button::new("Duplicate").shortcut_text("Ctrl+D")).clicked() {
            actions::duplicate_selected(cx);
        }
        if ui.button("Rename").clicked() {
            let id = ids::of("clip name", clip.id().0);
            cx.view.draft = Some(Draft::new(id, clip.name()));
        }
        let word = if clip.muted() { "Unmute" } else { "Mute" };
        if ui.button(word).clicked() {
            let clips = cx.view.selection.clips.clone();
            let edits = clips.into_iter().map(|id| edits::set_clip_muted(id, !clip.muted())).collect();
            cx.out.commit(format!("{word} clips"), edits);
        }
        if clip.kind() == ClipKind::Notes {
            let word = if clip.loop_length().is_some() { "Play content once" } else { "Repeat content" };
            if ui.button(word).clicked() {
                let period = if clip.loop_length().is_some() { None } else { Some(clip.length()) };
                cx.out.commit(word, vec![edits::set_clip_loop(clip.id(), period)]);
            }
        }
        ui.separator();
        if ui.add(egui::Button::new("Delete").shortcut_text("Del")).clicked() {
            actions::delete_selected(cx);
        }
    });
}
