//! The ruler: bars, the loop and punch ranges, the playhead.

use egui::{CursorIcon, Rect, Sense, Stroke, Ui, pos2};
use protocol::Beats;
use protocol::control::TransportCommand;

use super::snap;
use crate::cx::Cx;
use crate::theme::{color, font};
use crate::timeline::{Rank, bar_around, grid_lines};
use crate::{edits, icons, ids};

/// Height of the strip for the loop range.
const STRIP: f32 = 9.0;
/// Height of the strip for the punch range.
const PUNCH: f32 = 7.0;

/// Draws the ruler.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::BAR);
    let (strip, rest) = rect.split_top_bottom_at_y(rect.top() + STRIP);
    let (punch, scale) = rest.split_top_bottom_at_y(rest.top() + PUNCH);
    bars(ui, scale, cx);
    scrub(ui, scale, cx);
    range(ui, strip, Kind::Loop, cx);
    range(ui, punch, Kind::Punch, cx);
    let x = cx.view.arranger.time.x_of(rect, cx.frame.telemetry.playhead_beats);
    icons::flag(ui.painter(), pos2(x, rect.bottom()), color::PLAYHEAD);
}

fn bars(ui: &Ui, rect: Rect, cx: &Cx<'_, '_>) {
    let painter = ui.painter();
    let time = &cx.view.arranger.time;
    let mut free_from = f32::NEG_INFINITY;
    for line in grid_lines(cx.signatures, time, rect.expand2(egui::vec2(40.0, 0.0))) {
        let x = painter.round_to_pixel_center(time.x(rect, line.at));
        let (top, text, tint) = match line.rank {
            Rank::Bar(bar) => (rect.top() + 3.0, bar.to_string(), color::TEXT_DIM),
            Rank::Beat(beat) if time.px_per_beat > 70.0 => {
                let bar = cx.signatures.position(line.at).bar;
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

/// A range in the ruler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Loop,
    Punch,
}

/// A range, on or off.
#[derive(Clone, Copy)]
struct Span {
    on: bool,
    start: Beats,
    end: Beats,
}

impl Kind {
    fn stored(self, cx: &Cx<'_, '_>) -> Span {
        let root = cx.project().root();
        match self {
            Self::Loop => Span { on: root.loop_on(), start: root.loop_start(), end: root.loop_end() },
            Self::Punch => Span { on: root.punch_on(), start: root.punch_in(), end: root.punch_out() },
        }
    }

    /// As it is shown now: as the hand has it, or else as it is.
    fn shown(self, cx: &Cx<'_, '_>) -> Span {
        let stored = self.stored(cx);
        match cx.view.arranger.range {
            Some((kind, start, end)) if kind == self => Span { start, end, ..stored },
            _ => stored,
        }
    }

    fn edits(self, cx: &Cx<'_, '_>, on: bool, range: Option<(Beats, Beats)>) -> Vec<protocol::Edit> {
        match self {
            Self::Loop => edits::set_loop(cx.project(), on, range),
            Self::Punch => edits::set_punch(cx.project(), on, range),
        }
    }

    const fn tint(self) -> egui::Color32 {
        match self {
            Self::Loop => color::LOOP,
            Self::Punch => color::PUNCH,
        }
    }

    /// Ids of the strip, and of the start, the end and the whole.
    const fn ids(self) -> [&'static str; 4] {
        match self {
            Self::Loop => ["loop strip", "loop start", "loop end", "loop body"],
            Self::Punch => ["punch strip", "punch in", "punch out", "punch body"],
        }
    }

    const fn tip(self) -> &'static str {
        match self {
            Self::Loop => "Loop: drag sets the range, a click on it turns it on and off  (L)",
            Self::Punch => "Punch: drag sets the range to record in, a click on it turns it on and off  (O)",
        }
    }
}

/// Which part of a range a hand moves.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Start,
    End,
    Whole,
}

fn range(ui: &Ui, strip: Rect, kind: Kind, cx: &mut Cx<'_, '_>) {
    let stored = kind.stored(cx);
    let Span { on, start, end } = kind.shown(cx);
    let time = cx.view.arranger.time;
    let background = ui.interact(strip, ids::one(kind.ids()[0]), Sense::click_and_drag());
    if background.drag_started()
        && let Some(pointer) = background.interact_pointer_pos()
    {
        let at = snap(ui, cx, time.beats_at(strip, pointer.x));
        cx.view.arranger.range = Some((kind, at, at));
    }
    if background.dragged()
        && let (Some((_, from, _)), Some(pointer)) =
            (cx.view.arranger.range, background.interact_pointer_pos())
    {
        cx.view.arranger.range = Some((kind, from, snap(ui, cx, time.beats_at(strip, pointer.x))));
    }
    let mut done = background.drag_stopped();
    if end > start {
        let bar = Rect::from_min_max(
            pos2(time.x(strip, start), strip.top() + 1.0),
            pos2(time.x(strip, end), strip.bottom() - 1.0),
        );
        ui.painter().rect_filled(bar, 2, if on { kind.tint() } else { color::CONTROL_DOWN });
        let edge =
            |x: f32| Rect::from_center_size(pos2(x, strip.center().y), egui::vec2(9.0, strip.height()));
        for (part, rect) in
            [(Part::Whole, bar), (Part::Start, edge(bar.left())), (Part::End, edge(bar.right()))]
        {
            done |= move_part(ui, rect, part, kind, strip, cx);
        }
    }
    if done && let Some((_, from, to)) = cx.view.arranger.range.take() {
        let (from, to) = (from.min(to), from.max(to));
        if to > from && (from, to) != (stored.start, stored.end) {
            let name = if kind == Kind::Loop { "Set loop range" } else { "Set punch range" };
            cx.out.commit(name, kind.edits(cx, true, Some((from, to))));
        }
    }
    background.on_hover_text(kind.tip());
}

/// Gives whether the hand has let go.
fn move_part(ui: &Ui, rect: Rect, part: Part, kind: Kind, strip: Rect, cx: &mut Cx<'_, '_>) -> bool {
    let [_, start_id, end_id, body_id] = kind.ids();
    let id = match part {
        Part::Start => start_id,
        Part::End => end_id,
        Part::Whole => body_id,
    };
    let response = ui.interact(rect, ids::one(id), Sense::click_and_drag());
    let cursor = if part == Part::Whole { CursorIcon::Grab } else { CursorIcon::ResizeHorizontal };
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(cursor);
    }
    if response.clicked() {
        match kind {
            Kind::Loop => crate::transport::toggle_loop(cx),
            Kind::Punch => toggle_punch(cx),
        }
    }
    let Span { start, end, .. } = kind.shown(cx);
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let at = snap(ui, cx, cx.view.arranger.time.beats_at(strip, pointer.x));
        let (from, to) = match part {
            Part::Start => (at.min(end), end),
            Part::End => (start, at.max(start)),
            Part::Whole => {
                let origin = response.ctx.input(|input| input.pointer.press_origin()).unwrap_or(pointer);
                let stored = kind.stored(cx);
                let moved = cx.view.arranger.time.beats_at(strip, pointer.x)
                    - cx.view.arranger.time.beats_at(strip, origin.x);
                let from = snap(ui, cx, stored.start.to_beats() + moved);
                (from, from + (stored.end - stored.start))
            }
        };
        cx.view.arranger.range = Some((kind, from, to));
    }
    response.drag_stopped()
}

/// Turns the punch range on or off; one without a length gets the bar at the playhead.
pub(crate) fn toggle_punch(cx: &mut Cx<'_, '_>) {
    let stored = Kind::Punch.stored(cx);
    let range = (stored.end <= stored.start).then(|| bar_around(cx.signatures, cx.playhead()));
    let name = if stored.on { "Punch off" } else { "Punch on" };
    cx.out.commit(name, edits::set_punch(cx.project(), !stored.on, range));
}

/// What runs through all rows: edges of ranges and the playhead.
pub(crate) fn overlay(ui: &Ui, rect: Rect, cx: &Cx<'_, '_>) {
    let painter = ui.painter();
    let time = &cx.view.arranger.time;
    for kind in [Kind::Loop, Kind::Punch] {
        let Span { on, start, end } = kind.shown(cx);
        let held = cx.view.arranger.range.is_some_and(|(held, ..)| held == kind);
        if (on || held) && end > start {
            let span = rect.with_min_x(time.x(rect, start)).with_max_x(time.x(rect, end));
            painter.rect_filled(span, 0, color::alpha(kind.tint(), 0.035));
            for x in [span.left(), span.right()] {
                painter.vline(x, rect.y_range(), Stroke::new(1.0, color::alpha(kind.tint(), 0.4)));
            }
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
