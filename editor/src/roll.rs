//! The piano roll: the notes of one clip, to draw, move, resize and delete.

use egui::{Rect, Ui, pos2};
use model::{Clip, ClipKind};
use protocol::{Beats, EntityId, Note, StreamFrame};

use crate::cx::Cx;
use crate::math::{key, px, real};
use crate::theme::{color, font, space};
use crate::timeline::{Snap, TimeView, grid_lines};
use crate::widgets::area;
use crate::widgets::scroll::{self, Extent};
use crate::widgets::text::text_center;
use crate::{arranger, ids};

mod actions;
mod keys;
mod notes;
mod velocity;

pub(crate) use actions::{delete_selected, duplicate_selected, nudge, select_all};
pub(crate) use notes::{NoteDrag, key_name};

/// Width of the keyboard.
const KEYS: f32 = 58.0;
/// Height of the velocities.
const VELOCITY: f32 = 46.0;
/// Height of the ruler.
const RULER: f32 = 18.0;

/// What the piano roll shows.
pub(crate) struct RollView {
    /// The clip asked for; the selected one if it is gone.
    pub clip: Option<EntityId>,
    pub time: TimeView,
    /// Height of a key, in points.
    pub key_height: f32,
    /// Points from the top of key 127.
    pub scroll_y: f32,
    pub snap: Snap,
    pub drag: Option<NoteDrag>,
    /// The clip that scroll and zoom were last fitted to.
    pub fitted: Option<EntityId>,
    /// The key held on the keyboard, and the track that hears it.
    pub sounding: Option<(EntityId, u8)>,
}

impl Default for RollView {
    fn default() -> Self {
        Self {
            clip: None,
            time: TimeView::new(80.0),
            key_height: 12.0,
            scroll_y: 600.0,
            snap: Snap::Quarter,
            drag: None,
            fitted: None,
            sounding: None,
        }
    }
}

impl RollView {
    /// Shows a clip.
    pub fn show(&mut self, clip: EntityId) {
        self.clip = Some(clip);
    }

    pub fn is_busy(&self) -> bool {
        self.drag.is_some() || self.sounding.is_some()
    }
}

/// The clip in the piano roll: the selected one, or the one shown last.
pub(crate) fn current<'f>(cx: &Cx<'_, 'f>) -> Option<Clip<'f>> {
    let project = cx.project();
    let notes = |id: EntityId| project.clip(id.into()).filter(|clip| clip.kind() == ClipKind::Notes);
    let selected = if cx.view.selection.clips.len() == 1 { cx.view.selection.clips.first() } else { None };
    selected.and_then(|id| notes(*id)).or_else(|| cx.view.roll.clip.and_then(notes)).or_else(|| {
        let track = project.track(cx.view.selection.track?.into())?;
        track.clips().find(|clip| clip.kind() == ClipKind::Notes)
    })
}

/// The roll's coordinates. Time counts from the start of the clip's content.
pub(crate) struct Grid {
    pub rect: Rect,
    pub time: TimeView,
    pub key_height: f32,
    pub scroll_y: f32,
}

impl Grid {
    pub fn y(&self, note: u8) -> f32 {
        self.rect.top() + f32::from(127 - note.min(127)) * self.key_height - self.scroll_y
    }

    pub fn key_at(&self, y: f32) -> u8 {
        key(127 - crate::math::floor(f64::from((y - self.rect.top() + self.scroll_y) / self.key_height)))
    }

    pub fn note_rect(&self, note: &Note) -> Rect {
        let left = self.time.x(self.rect, note.start);
        let top = self.y(note.key);
        let right = (left + self.time.width(note.length)).max(left + 3.0);
        Rect::from_min_max(pos2(left, top), pos2(right - 0.5, top + self.key_height - 1.0))
    }
}

/// Draws the piano roll.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::WELL);
    let Some(clip) = current(cx) else {
        let text = "Double-click a note clip, or an empty place on an instrument track";
        text_center(ui.painter(), rect, text, font::body(), color::TEXT_FAINT);
        return;
    };
    let id = clip.id().0;
    if cx.view.roll.clip != Some(id) {
        cx.view.roll.clip = Some(id);
        cx.view.selection.notes.clear();
    }
    let body = rect.with_max_x(rect.right() - space::SCROLL_BAR);
    let (head, body) = body.split_top_bottom_at_y(body.top() + RULER);
    let (upper, lower) = body.split_top_bottom_at_y(body.bottom() - VELOCITY);
    let (keys_rect, notes_rect) = upper.split_left_right_at_x(upper.left() + KEYS);
    fit(&clip, notes_rect, cx);
    wheel(ui, upper, notes_rect, cx);
    let most = (cx.view.roll.key_height * 128.0 - notes_rect.height()).max(0.0);
    cx.view.roll.scroll_y = cx.view.roll.scroll_y.clamp(0.0, most);
    let view = &cx.view.roll;
    let grid =
        Grid { rect: notes_rect, time: view.time, key_height: view.key_height, scroll_y: view.scroll_y };

    area(ui, notes_rect, "roll notes", |ui| notes::show(ui, &grid, &clip, cx));
    area(ui, keys_rect, "roll keys", |ui| keys::show(ui, keys_rect, &grid, &clip, cx));
    area(ui, head, "roll head", |ui| ruler(ui, head, &clip, cx));
    area(ui, lower, "roll velocity", |ui| {
        let strip = lower.with_min_x(notes_rect.left());
        velocity::show(ui, lower.with_max_x(notes_rect.left()), strip, &grid, &clip, cx);
    });
    let bar = Rect::from_min_max(
        pos2(rect.right() - space::SCROLL_BAR, notes_rect.top()),
        pos2(rect.right(), notes_rect.bottom()),
    );
    let extent = Extent {
        offset: f64::from(grid.scroll_y),
        seen: f64::from(notes_rect.height()),
        total: f64::from(grid.key_height) * 128.0,
    };
    if let Some(offset) = scroll::vertical(ui, bar, ids::one("roll y"), extent) {
        cx.view.roll.scroll_y = px(offset);
    }
    let line = egui::Stroke::new(1.0, color::LINE);
    ui.painter().hline(rect.x_range(), lower.top() - 0.5, line);
    ui.painter().hline(rect.x_range(), head.bottom() - 0.5, line);
}

/// Shows a newly opened clip whole.
fn fit(clip: &Clip<'_>, rect: Rect, cx: &mut Cx<'_, '_>) {
    let id = clip.id().0;
    if cx.view.roll.fitted == Some(id) || rect.width() < 50.0 {
        return;
    }
    let view = &mut cx.view.roll;
    view.fitted = Some(id);
    let length = clip.loop_length().unwrap_or(clip.length());
    let from = if clip.loop_length().is_some() { 0.0 } else { clip.offset().to_beats() };
    view.time.fit(rect.width(), from, from + length.to_beats().min(32.0));
    let keys = clip.notes().map(|(_, note)| note.key);
    let (low, high) = keys.fold((127, 0), |(low, high), key| (key.min(low), key.max(high)));
    let middle = if low <= high { (f32::from(low) + f32::from(high)) / 2.0 } else { 60.0 };
    view.scroll_y = ((127.5 - middle) * view.key_height - rect.height() / 2.0).max(0.0);
}

fn wheel(ui: &Ui, body: Rect, notes: Rect, cx: &mut Cx<'_, '_>) {
    let Some(pointer) = ui.input(|input| input.pointer.hover_pos()) else { return };
    if !body.contains(pointer) || !ui.rect_contains_pointer(body) {
        return;
    }
    let (zoom, scroll, alt) =
        ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta(), input.modifiers.alt));
    let view = &mut cx.view.roll;
    if zoom != 1.0 {
        view.time.zoom_around(notes, pointer.x.max(notes.left()), f64::from(zoom));
    }
    if alt {
        view.key_height = (view.key_height + scroll.y * 0.05).clamp(7.0, 28.0);
    } else {
        view.scroll_y -= scroll.y;
    }
    if scroll.x != 0.0 {
        view.time.scroll(-scroll.x, 1e6);
    }
}

/// Bars of the song above the clip, and what part of the content plays.
fn ruler(ui: &Ui, head: Rect, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let painter = ui.painter();
    painter.rect_filled(head, 0, color::BAR);
    let (left, scale) = head.split_left_right_at_x(head.left() + KEYS);
    let time = cx.view.roll.time;
    let face = crate::widgets::Face::Text(cx.view.roll.snap.name());
    let response = crate::widgets::button(
        ui,
        left.shrink(1.0),
        ids::one("roll snap"),
        face,
        crate::widgets::Lit::Quiet,
        "Grid to snap to",
    );
    egui::Popup::menu(&response).show(|ui| {
        for snap in Snap::ALL {
            if ui.selectable_label(cx.view.roll.snap == snap, snap.name()).clicked() {
                cx.view.roll.snap = snap;
            }
        }
    });
    let painter = painter.with_clip_rect(scale);
    let (from, to) = played(clip);
    let bar =
        scale.with_min_x(time.x(scale, from)).with_max_x(time.x(scale, to)).with_min_y(scale.bottom() - 4.0);
    painter.rect_filled(bar, 1, color::alpha(color::from_project(clip.color()), 0.9));
    for line in content_lines(cx, clip, &time, scale) {
        let x = time.x(scale, line.0);
        if let Some(text) = line.1 {
            let at = pos2(x + 4.0, scale.center().y - 1.0);
            painter.text(at, egui::Align2::LEFT_CENTER, text, font::small(), color::TEXT_DIM);
        }
    }
}

/// The part of the content that plays.
pub(crate) fn played(clip: &Clip<'_>) -> (Beats, Beats) {
    match clip.loop_length() {
        Some(period) => (Beats::ZERO, period),
        None => (clip.offset(), clip.offset() + clip.length()),
    }
}

/// Bar starts within the content, with their numbers in the song, where they are not too close.
fn content_lines(
    cx: &Cx<'_, '_>,
    clip: &Clip<'_>,
    time: &TimeView,
    rect: Rect,
) -> Vec<(Beats, Option<String>)> {
    let shift = clip.start() - clip.offset();
    let song = TimeView { px_per_beat: time.px_per_beat, left: time.left + shift.to_beats() };
    let mut free_from = f32::NEG_INFINITY;
    let lines = grid_lines(cx.signatures, &song, rect).into_iter();
    lines
        .filter_map(|line| {
            let x = song.x(rect, line.at);
            let place = cx.signatures.position(line.at);
            let text = match line.rank {
                crate::timeline::Rank::Bar(bar) => bar.to_string(),
                crate::timeline::Rank::Beat(beat) => format!("{}.{beat}", place.bar),
                crate::timeline::Rank::Part => return None,
            };
            let room = x >= free_from;
            if room {
                free_from = x + 36.0;
            }
            Some((line.at - shift, room.then_some(text)))
        })
        .collect()
}

/// The grid of the song, under the notes.
pub(crate) fn paint_grid(ui: &Ui, grid: &Grid, clip: &Clip<'_>, cx: &Cx<'_, '_>) {
    let shift = clip.start() - clip.offset();
    let song = TimeView { px_per_beat: grid.time.px_per_beat, left: grid.time.left + shift.to_beats() };
    arranger::grid_of(ui, grid.rect, &song, cx);
    let at = cx.frame.telemetry.playhead_beats - clip.start().to_beats();
    if at >= 0.0 && at < clip.length().to_beats() {
        let at = at + clip.offset().to_beats();
        let at = clip.loop_length().map_or(at, |period| at.rem_euclid(period.to_beats().max(1e-6)));
        let x = grid.time.x_of(grid.rect, at);
        ui.painter().vline(x, grid.rect.y_range(), egui::Stroke::new(1.0, color::PLAYHEAD));
    }
}

/// Snaps within the content; with shift, not at all.
pub(crate) fn snap(ui: &Ui, cx: &Cx<'_, '_>, beats: f64) -> Beats {
    let free = ui.input(|input| input.modifiers.shift);
    let snap = if free { Snap::Off } else { cx.view.roll.snap };
    snap.nearest(&cx.view.roll.time, cx.signatures, beats)
}

/// Lets a key sound on a track, or silences it.
pub(crate) fn sound(cx: &mut Cx<'_, '_>, wanted: Option<(EntityId, u8)>) {
    if cx.view.roll.sounding == wanted {
        return;
    }
    let node = |track| Some(protocol::NodeId { entity: track, role: protocol::NodeRole::Player });
    if let Some((track, key)) = cx.view.roll.sounding.take() {
        cx.out.stream.push(StreamFrame::NoteOff { node: node(track), key });
    }
    if let Some((track, key)) = wanted {
        cx.out.stream.push(StreamFrame::NoteOn { node: node(track), key, velocity: 0.8 });
        cx.view.roll.sounding = wanted;
    }
}

/// Ticks of the grid's step at a place in the content.
pub(crate) fn step(cx: &Cx<'_, '_>, at: Beats) -> Beats {
    let step = cx.view.roll.snap.step(&cx.view.roll.time, cx.signatures, at);
    if step.0 > 1 { step } else { Beats::from_beats(real(1) / 4.0) }
}
