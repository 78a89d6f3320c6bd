//! Velocities, under the notes.

use egui::{Rect, Sense, Stroke, Ui, pos2};
use model::Clip;

use super::notes::{NoteDrag, shown};
use super::{Grid, actions};
use crate::cx::Cx;
use crate::ids;
use crate::math::px;
use crate::theme::{color, font};
use crate::view::Focus;
use crate::widgets::text::text_in;

const PATIENCE_SECS: f64 = 0.5;
/// How near a stem the pointer must be, in points.
const REACH: f32 = 6.0;

/// Draws a stem for each note; dragging one sets it, and moves the other selected ones along.
pub(super) fn show(ui: &Ui, caption: Rect, strip: Rect, grid: &Grid, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let painter = ui.painter();
    painter.rect_filled(strip, 0, color::PANEL);
    painter.rect_filled(caption, 0, color::PANEL);
    let words = caption.shrink(6.0);
    text_in(painter, words, egui::Align2::LEFT_TOP, "Velocity", font::small(), color::TEXT_FAINT);
    let inner = strip.with_min_y(strip.top() + 6.0).with_max_y(strip.bottom() - 2.0);
    let notes = shown(clip, cx);
    let tint = color::from_project(clip.color());
    let painter = painter.with_clip_rect(strip.intersect(ui.clip_rect()));
    let stem = |note: &protocol::Note| {
        let x = grid.time.x(grid.rect, note.start) + 2.0;
        pos2(x, inner.bottom() - px(note.velocity.clamp(0.0, 1.0)) * inner.height())
    };
    for (key, note) in &notes {
        let top = stem(note);
        if !strip.x_range().contains(top.x) {
            continue;
        }
        let selected = cx.view.selection.notes.contains(key);
        let ink = if selected { color::mix(tint, egui::Color32::WHITE, 0.55) } else { tint };
        painter.vline(top.x, top.y..=inner.bottom(), Stroke::new(2.0, ink));
        painter.circle_filled(top, 3.0, ink);
    }
    let response = ui.interact(strip, ids::one("velocity"), Sense::click_and_drag());
    if response.drag_started_by(egui::PointerButton::Primary)
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
    {
        let near = notes
            .iter()
            .map(|(key, note)| ((stem(note).x - origin.x).abs(), (stem(note).y - origin.y).abs(), *key))
            .filter(|(distance, ..)| *distance <= REACH)
            .min_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
        if let Some((.., key)) = near {
            cx.view.selection.focus = Focus::Notes;
            if !cx.view.selection.notes.contains(&key) {
                cx.view.selection.notes = [key].into();
            }
            cx.view.roll.drag = Some(NoteDrag::Velocity { delta: 0.0, released: None });
        }
    }
    if let Some(NoteDrag::Velocity { delta, released: None }) = &mut cx.view.roll.drag {
        if response.dragged() {
            *delta -= f64::from(response.drag_delta().y / inner.height().max(1.0));
        }
        if response.drag_stopped() {
            actions::finish_drag(cx, clip, PATIENCE_SECS);
        }
    }
    response.on_hover_text("Drag a stem to set how hard a note is played");
}
