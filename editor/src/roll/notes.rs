//! Notes: drawing and editing.

use std::collections::BTreeSet;

use egui::{CursorIcon, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, pos2};
use model::Clip;
use protocol::{Beats, Note};

use super::{Grid, actions, keys, paint_grid, played, snap};
use crate::cx::Cx;
use crate::math::{key, px};
use crate::theme::{color, font};
use crate::view::Focus;
use crate::{edits, ids};

/// Width of the part that resizes.
const EDGE: f32 = 6.0;
const PATIENCE_SECS: f64 = 0.5;

/// A drag in the roll.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NoteDrag {
    /// The selected notes, until the project has caught up.
    Move { grabbed: u64, delta: Beats, keys: i16, released: Option<(u64, f64)> },
    /// Their lengths.
    Resize { grabbed: u64, delta: Beats, released: Option<(u64, f64)> },
    /// Selecting, from here.
    Band { origin: Pos2 },
    /// Velocities of the selected notes, by how much.
    Velocity { delta: f64, released: Option<(u64, f64)> },
}

impl NoteDrag {
    fn released(&self) -> Option<(u64, f64)> {
        match self {
            Self::Move { released, .. } | Self::Resize { released, .. } | Self::Velocity { released, .. } => {
                *released
            }
            Self::Band { .. } => None,
        }
    }
}

/// The notes as they are shown now, drag included, by key.
pub(super) fn shown(clip: &Clip<'_>, cx: &Cx<'_, '_>) -> Vec<(u64, Note)> {
    let drag = cx.view.roll.drag.as_ref();
    let selected = &cx.view.selection.notes;
    clip.notes()
        .map(|(key, note)| {
            let moved = drag.filter(|_| selected.contains(&key)).map_or(note, |drag| apply(&note, drag));
            (key, moved)
        })
        .collect()
}

/// A note after a drag.
pub(super) fn apply(note: &Note, drag: &NoteDrag) -> Note {
    let mut note = *note;
    match *drag {
        NoteDrag::Move { delta, keys, .. } => {
            note.start = Beats((note.start + delta).0.max(0));
            note.key = key(i64::from(note.key) + i64::from(keys));
        }
        NoteDrag::Resize { delta, .. } => note.length = Beats((note.length + delta).0.max(1)),
        NoteDrag::Velocity { delta, .. } => note.velocity = (note.velocity + delta).clamp(0.01, 1.0),
        NoteDrag::Band { .. } => {}
    }
    note
}

/// Draws the notes and lets them be edited.
pub(super) fn show(ui: &Ui, grid: &Grid, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let revision = cx.project().revision();
    let now = cx.now_secs;
    let finished = |drag: &NoteDrag| drag.released().is_some_and(|(at, until)| at != revision || now > until);
    if cx.view.roll.drag.as_ref().is_some_and(finished) {
        cx.view.roll.drag = None;
    }
    rows(ui, grid);
    paint_grid(ui, grid, clip, cx);
    outside(ui, grid, clip);
    touch(ui, grid, clip, cx);
    let tint = color::from_project(clip.color());
    let painter = ui.painter();
    for (key, note) in shown(clip, cx) {
        let rect = grid.note_rect(&note);
        if !rect.intersects(grid.rect) {
            continue;
        }
        cx.stats.notes += 1;
        let selected = cx.view.selection.notes.contains(&key);
        let strength = px(note.velocity.clamp(0.0, 1.0));
        let fill = if selected {
            color::mix(tint, egui::Color32::WHITE, 0.55)
        } else {
            color::mix(color::mix(color::WELL, tint, 0.45), tint, strength)
        };
        painter.rect_filled(rect, 2, fill);
        let stroke = Stroke::new(1.0, color::alpha(color::VOID, 0.7));
        painter.rect_stroke(rect, 2, stroke, StrokeKind::Inside);
        if rect.width() > 26.0 && grid.key_height >= 11.0 {
            let at = pos2(rect.left().max(grid.rect.left()) + 4.0, rect.center().y);
            let painter = painter.with_clip_rect(rect.intersect(grid.rect));
            painter.text(
                at,
                egui::Align2::LEFT_CENTER,
                key_name(note.key),
                font::caption(),
                color::TEXT_DARK,
            );
        }
    }
    band(ui, grid, clip, cx);
}

/// A key's name, such as F#3; middle C is C4.
pub(crate) fn key_name(key: u8) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    format!("{}{}", NAMES[usize::from(key % 12)], i16::from(key / 12) - 1)
}

fn rows(ui: &Ui, grid: &Grid) {
    let painter = ui.painter();
    for key in grid.key_at(grid.rect.bottom())..=grid.key_at(grid.rect.top()) {
        let top = grid.y(key);
        let row = grid.rect.with_min_y(top).with_max_y(top + grid.key_height);
        if keys::is_black(key) {
            painter.rect_filled(row, 0, color::alpha(color::GROOVE, 0.55));
        }
        if key % 12 == 0 {
            painter.hline(row.x_range(), row.bottom() - 0.5, Stroke::new(1.0, color::LINE));
        }
    }
}

/// Dims what does not play.
fn outside(ui: &Ui, grid: &Grid, clip: &Clip<'_>) {
    let (from, to) = played(clip);
    let shade = color::alpha(color::VOID, 0.55);
    let (left, right) = (grid.time.x(grid.rect, from), grid.time.x(grid.rect, to));
    if left > grid.rect.left() {
        ui.painter().rect_filled(grid.rect.with_max_x(left.min(grid.rect.right())), 0, shade);
    }
    if right < grid.rect.right() {
        ui.painter().rect_filled(grid.rect.with_min_x(right.max(grid.rect.left())), 0, shade);
    }
}

fn note_at(grid: &Grid, clip: &Clip<'_>, at: Pos2) -> Option<(u64, Note)> {
    clip.notes().filter(|(_, note)| grid.note_rect(note).expand(1.0).contains(at)).last()
}

fn on_edge(grid: &Grid, note: &Note, at: Pos2) -> bool {
    let rect = grid.note_rect(note);
    at.x > rect.right() - EDGE.min(rect.width() / 3.0)
}

/// One sense for all notes: thousands of widgets would be slow, and the topmost note is what counts.
fn touch(ui: &Ui, grid: &Grid, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let response = ui.interact(grid.rect, ids::one("roll"), Sense::click_and_drag());
    let more = ui.input(|input| input.modifiers.command);
    if let Some(at) = response.hover_pos()
        && let Some((_, note)) = note_at(grid, clip, at)
    {
        let edge = on_edge(grid, &note, at);
        ui.ctx().set_cursor_icon(if edge { CursorIcon::ResizeHorizontal } else { CursorIcon::Grab });
    }
    if response.clicked()
        || response.double_clicked()
        || response.drag_started()
        || response.secondary_clicked()
    {
        cx.view.selection.focus = Focus::Notes;
    }
    if let Some(at) = response.interact_pointer_pos() {
        if response.double_clicked() {
            match note_at(grid, clip, at) {
                Some((key, _)) => actions::delete(cx, clip, &[key].into()),
                None => actions::draw(cx, clip, grid.time.beats_at(grid.rect, at.x), grid.key_at(at.y)),
            }
        } else if response.clicked() {
            match note_at(grid, clip, at) {
                Some((key, _)) => select(cx, key, more),
                None => cx.view.selection.notes.clear(),
            }
        }
    }
    if response.drag_started_by(egui::PointerButton::Primary)
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
    {
        cx.view.roll.drag = Some(match note_at(grid, clip, origin) {
            None => NoteDrag::Band { origin },
            Some((key, note)) => {
                if !cx.view.selection.notes.contains(&key) {
                    select(cx, key, more);
                }
                if on_edge(grid, &note, origin) {
                    NoteDrag::Resize { grabbed: key, delta: Beats::ZERO, released: None }
                } else {
                    NoteDrag::Move { grabbed: key, delta: Beats::ZERO, keys: 0, released: None }
                }
            }
        });
    }
    if response.dragged() {
        follow(ui, grid, clip, &response, cx);
    }
    if response.drag_stopped() {
        actions::finish_drag(cx, clip, PATIENCE_SECS);
    }
}

fn select(cx: &mut Cx<'_, '_>, key: u64, more: bool) {
    let notes = &mut cx.view.selection.notes;
    if !more {
        *notes = [key].into();
    } else if !notes.remove(&key) {
        notes.insert(key);
    }
}

fn follow(ui: &Ui, grid: &Grid, clip: &Clip<'_>, response: &egui::Response, cx: &mut Cx<'_, '_>) {
    let (Some(at), Some(origin)) =
        (response.interact_pointer_pos(), ui.input(|input| input.pointer.press_origin()))
    else {
        return;
    };
    let Some(mut drag) = cx.view.roll.drag.take().filter(|drag| drag.released().is_none()) else { return };
    let way = f64::from(at.x - origin.x) / grid.time.px_per_beat;
    let find = |grabbed| clip.notes().find(|(key, _)| *key == grabbed).map(|(_, note)| note);
    match &mut drag {
        NoteDrag::Move { grabbed, delta, keys, .. } => {
            if let Some(note) = find(*grabbed) {
                *delta = snap(ui, cx, note.start.to_beats() + way) - note.start;
                *keys = i16::from(grid.key_at(at.y)) - i16::from(grid.key_at(origin.y));
            }
        }
        NoteDrag::Resize { grabbed, delta, .. } => {
            if let Some(note) = find(*grabbed) {
                let end = note.start + note.length;
                *delta = snap(ui, cx, end.to_beats() + way) - end;
            }
        }
        NoteDrag::Band { .. } | NoteDrag::Velocity { .. } => {}
    }
    cx.view.roll.drag = Some(drag);
}

fn band(ui: &Ui, grid: &Grid, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let Some(NoteDrag::Band { origin }) = cx.view.roll.drag else { return };
    let (true, Some(at)) = ui.input(|input| (input.pointer.primary_down(), input.pointer.latest_pos()))
    else {
        cx.view.roll.drag = None;
        return;
    };
    let band = Rect::from_two_pos(origin, at).intersect(grid.rect);
    ui.painter().rect_filled(band, 1, color::alpha(color::ACCENT, 0.10));
    let stroke = Stroke::new(1.0, color::alpha(color::ACCENT, 0.6));
    ui.painter().rect_stroke(band, 1, stroke, StrokeKind::Inside);
    let inside: BTreeSet<u64> =
        clip.notes().filter(|(_, note)| grid.note_rect(note).intersects(band)).map(|(key, _)| key).collect();
    cx.view.selection.notes = inside;
}

/// Edits that bring the selected notes to where the drag shows them.
pub(super) fn edits_of(drag: &NoteDrag, clip: &Clip<'_>, selected: &BTreeSet<u64>) -> Vec<protocol::Edit> {
    let changes = clip
        .notes()
        .filter(|(key, _)| selected.contains(key))
        .map(|(key, note)| (key, note, apply(&note, drag)))
        .filter(|(_, before, after)| before != after)
        .map(|(key, _, after)| (key, Some(after)))
        .collect();
    edits::change_notes(clip.id().0, changes)
}
