//! The ruler: bars, the loop range, the playhead.

use egui::{CursorIcon, Rect, Sense, Stroke, Ui, pos2};
use protocol::Beats;
use protocol::control::TransportCommand;

use super::snap;
use crate::cx::Cx;
use crate::theme::{color, font};
use crate::timeline::Rank;
use crate::{edits, icons, ids};

/// Height of the strip for the loop range.
const STRIP: f32 = 10.0;

/// Draws the ruler.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::BAR);
    let (strip, scale) = rect.split_top_bottom_at_y(rect.top() + STRIP);
    bars(ui, scale, cx);
    scrub(ui, scale, cx);
    loop_range(ui, strip, cx);
    let x = cx.view.arranger.time.x_of(rect, cx.frame.telemetry.playhead_beats);
    icons::flag(ui.painter(), pos2(x, rect.bottom()), color::PLAYHEAD);
}

fn bars(ui: &Ui, rect: Rect, cx: &Cx<'_, '_>) {
    let painter = ui.painter();
    let time = &cx.view.arranger.time;
    let mut free_from = f32::NEG_INFINITY;
    for line in cx.signatures.lines(time, rect.expand2(egui::vec2(40.0, 0.0))) {
        let x = painter.round_to_pixel_center(time.x(rect, line.at));
        let (top, text, tint) = match line.rank {
            Rank::Bar(bar) => (rect.top() + 3.0, bar.to_string(), color::TEXT_DIM),
            Rank::Beat(beat) if time.px_per_beat > 70.0 => {
                let bar = cx.signatures.place(line.at).bar;
                (rect.bottom() - 7.0, format!("{bar}.{beat}"), color::TEXT_FAINT)
            }
            Rank::Beat(_) => (rect.bottom() - 5.0, String::new(), color::TEXT_FAINT),
            Rank::Part => (rect.bottom() - 3.0, String::new(), color::TEXT_FAINT),
        };
        painter.vline(x, top..=rect.bottom(), Stroke::new(1.0, color::LINE));
        // Numbers keep their distance.
        if !text.is_empty() && x >= free_from {
            let at = pos2(x + 4.0, rect.top() + 10.0);
            painter.text(at, egui::Align2::LEFT_CENTER, text, font::small(), tint);
            free_from = x + 34.0;
        }
    }
}

/// Click and drag move the playhead; the menu has the view.
fn scrub(ui: &Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    let response = ui.interact(rect, ids::one("ruler"), Sense::click_and_drag());
    let primary = response.clicked() || response.dragged_by(egui::PointerButton::Primary);
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| primary && cx.leads()) {
        let to = snap(ui, cx, cx.view.arranger.time.beats_at(rect, pointer.x));
        if to != cx.playhead() || response.clicked() {
            cx.out.transport(TransportCommand::Locate { to });
        }
    }
    response.context_menu(|ui| {
        if ui.button("Show the whole song").clicked() {
            cx.view.fitted = false;
        }
    });
}

/// Which part of the loop range a hand moves.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Start,
    End,
    Whole,
}

fn loop_range(ui: &Ui, strip: Rect, cx: &mut Cx<'_, '_>) {
    let root = cx.project().root();
    let stored = (root.loop_start(), root.loop_end());
    let (start, end) = cx.view.arranger.range.unwrap_or(stored);
    let time = cx.view.arranger.time;
    let background = ui.interact(strip, ids::one("loop strip"), Sense::click_and_drag());
    if background.drag_started()
        && let Some(pointer) = background.interact_pointer_pos()
    {
        let at = snap(ui, cx, time.beats_at(strip, pointer.x));
        cx.view.arranger.range = Some((at, at));
    }
    if background.dragged()
        && let (Some((from, _)), Some(pointer)) = (cx.view.arranger.range, background.interact_pointer_pos())
    {
        cx.view.arranger.range = Some((from, snap(ui, cx, time.beats_at(strip, pointer.x))));
    }
    let mut done = background.drag_stopped();
    if end > start {
        let bar = Rect::from_min_max(
            pos2(time.x(strip, start), strip.top() + 2.0),
            pos2(time.x(strip, end), strip.bottom() - 2.0),
        );
        let tint = if root.loop_on() { color::LOOP } else { color::CONTROL_DOWN };
        ui.painter().rect_filled(bar, 2, tint);
        let edge =
            |x: f32| Rect::from_center_size(pos2(x, strip.center().y), egui::vec2(9.0, strip.height()));
        for (part, rect) in
            [(Part::Whole, bar), (Part::Start, edge(bar.left())), (Part::End, edge(bar.right()))]
        {
            done |= move_part(ui, rect, part, (start, end), strip, cx);
        }
    }
    if done && let Some((from, to)) = cx.view.arranger.range.take() {
        let (from, to) = (from.min(to), from.max(to));
        if to > from && (from, to) != stored {
            cx.out.commit("Set loop range", edits::set_loop(cx.project(), true, Some((from, to))));
        }
    }
    background.on_hover_text("Drag to set the loop range");
}

/// Gives whether the hand has let go.
fn move_part(
    ui: &Ui,
    rect: Rect,
    part: Part,
    (start, end): (Beats, Beats),
    strip: Rect,
    cx: &mut Cx<'_, '_>,
) -> bool {
    let id = match part {
        Part::Start => ids::one("loop start"),
        Part::End => ids::one("loop end"),
        Part::Whole => ids::one("loop body"),
    };
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let cursor = if part == Part::Whole { CursorIcon::Grab } else { CursorIcon::ResizeHorizontal };
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(cursor);
    }
    if response.clicked() {
        crate::transport::toggle_loop(cx);
    }
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let at = snap(ui, cx, cx.view.arranger.time.beats_at(strip, pointer.x));
        cx.view.arranger.range = Some(match part {
            Part::Start => (at.min(end), end),
            Part::End => (start, at.max(start)),
            Part::Whole => {
                let origin = response.ctx.input(|input| input.pointer.press_origin()).unwrap_or(pointer);
                let root = cx.project().root();
                let moved = cx.view.arranger.time.beats_at(strip, pointer.x)
                    - cx.view.arranger.time.beats_at(strip, origin.x);
                let from = snap(ui, cx, root.loop_start().to_beats() + moved);
                (from, from + (root.loop_end() - root.loop_start()))
            }
        });
    }
    response.drag_stopped()
}

/// What runs through all rows: loop edges and the playhead.
pub(crate) fn overlay(ui: &Ui, rect: Rect, cx: &Cx<'_, '_>) {
    let painter = ui.painter();
    let root = cx.project().root();
    let time = &cx.view.arranger.time;
    let (start, end) = cx.view.arranger.range.unwrap_or((root.loop_start(), root.loop_end()));
    if (root.loop_on() || cx.view.arranger.range.is_some()) && end > start {
        let span = rect.with_min_x(time.x(rect, start)).with_max_x(time.x(rect, end));
        painter.rect_filled(span, 0, color::alpha(color::LOOP, 0.035));
        for x in [span.left(), span.right()] {
            painter.vline(x, rect.y_range(), Stroke::new(1.0, color::alpha(color::LOOP, 0.4)));
        }
    }
    playhead(ui, rect, time, cx);
}

/// The playhead over any view of time.
pub(crate) fn playhead(ui: &Ui, rect: Rect, time: &crate::timeline::TimeView, cx: &Cx<'_, '_>) {
    let x = time.x_of(rect, cx.frame.telemetry.playhead_beats);
    if rect.x_range().contains(x) {
        ui.painter().vline(x, rect.y_range(), Stroke::new(1.2, color::PLAYHEAD));
    }
}
