//! The top bar: project, undo, transport, position, tempo, load.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};
use protocol::control::TransportCommand;
use protocol::{Beats, Command, TempoMap};

use crate::cx::Cx;
use crate::frame::Sync;
use crate::icons::Icon;
use crate::theme::{color, font, space};
use crate::timeline::{bar_around, full_place};
use crate::view::NumberDrag;
use crate::widgets::field::{self, Draft, Ended};
use crate::widgets::{Face, Lit, button, text, text_center};
use crate::{diagnostics, edits, ids, project_menu};

const BUTTON: f32 = 30.0;
/// A bar narrower than this has less room for the project's name.
const NARROW: f32 = 880.0;

/// Draws the bar.
pub(crate) fn show(ui: &mut Ui, bar: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(bar, 0, color::BAR);
    let row = Rect::from_center_size(bar.center(), vec2(bar.width() - 2.0 * space::MEDIUM, 28.0));
    let menu = if row.width() < NARROW { 112.0 } else { 176.0 };
    left(ui, row, menu, cx);
    // Position and transport stay in the middle, so that they do not move with names and load.
    let width = 552.0;
    let start = (row.center().x - width / 2.0).max(row.left() + menu + 86.0);
    let end = (start + width).min(row.right() - 2.0 * BUTTON - space::LARGE);
    let middle = Rect::from_min_max(pos2(start, row.top()), pos2(end, row.bottom()));
    transport(ui, middle, cx);
    right(ui, row, start + width, cx);
}

fn left(ui: &mut Ui, row: Rect, menu: f32, cx: &mut Cx<'_, '_>) {
    let menu = Rect::from_min_size(row.min, vec2(menu, row.height()));
    project_menu::button(ui, menu, cx);
    let status = cx.frame.status;
    let undo = Rect::from_min_size(pos2(menu.right() + space::MEDIUM, row.top()), vec2(BUTTON, row.height()));
    let tip = |what: &str, name: &Option<String>, keys: &str| match name {
        Some(name) => format!("{what} {name}  ({keys})"),
        None => format!("Nothing to {}", what.to_lowercase()),
    };
    let lit = |name: &Option<String>| Lit::enabled(name.is_some());
    let text = tip("Undo", &status.undo, "Ctrl+Z");
    if button(ui, undo, ids::one("undo"), Face::Icon(Icon::Undo), lit(&status.undo), &text).clicked() {
        cx.out.commands.push(Command::Undo);
    }
    let redo = undo.translate(vec2(BUTTON + 2.0, 0.0));
    let text = tip("Redo", &status.redo, "Ctrl+Shift+Z");
    if button(ui, redo, ids::one("redo"), Face::Icon(Icon::Redo), lit(&status.redo), &text).clicked() {
        cx.out.commands.push(Command::Redo);
    }
}

fn transport(ui: &mut Ui, row: Rect, cx: &mut Cx<'_, '_>) {
    let x = std::cell::Cell::new(row.left());
    let place = |width: f32| {
        let rect = Rect::from_min_size(pos2(x.get(), row.top()), vec2(width, row.height()));
        x.set(rect.right() + 2.0);
        rect
    };
    let fits = |width: f32| x.get() + width <= row.right();
    let leads = cx.leads();
    let playing = cx.frame.telemetry.playing;
    let plain = Lit::enabled(leads);
    let tip = |text: &'static str| if leads { text } else { "The host moves the transport" };
    let face = Face::Icon(Icon::Return);
    if button(ui, place(BUTTON), ids::one("return"), face, plain, tip("To the start  (Home)")).clicked() {
        cx.out.transport(TransportCommand::Locate { to: Beats::ZERO });
    }
    let face = Face::Icon(Icon::Stop);
    if button(ui, place(BUTTON), ids::one("stop"), face, plain, tip("Stop  (Space)")).clicked() {
        cx.out.transport(TransportCommand::Stop);
    }
    let lit = if playing { Lit::Filled(color::PLAY) } else { plain };
    let face = Face::Icon(Icon::Play);
    if button(ui, place(BUTTON + 8.0), ids::one("play"), face, lit, tip("Play  (Space)")).clicked() && leads {
        cx.out.transport(TransportCommand::Play);
    }
    let lit = Lit::when(cx.project().root().loop_on(), color::LOOP);
    let face = Face::Icon(Icon::Loop);
    if button(ui, place(BUTTON), ids::one("loop"), face, lit, "Loop the marked range  (L)").clicked() {
        toggle_loop(cx);
    }
    place(space::SMALL);
    // In a narrow window what is looked up elsewhere, too, gives way.
    position(ui, place(if fits(280.0) { 196.0 } else { POSITION }), cx);
    place(space::SMALL);
    if fits(74.0) {
        tempo(ui, place(74.0), cx);
    }
    if fits(46.0) {
        signature(ui, place(46.0), cx);
    }
    place(space::SMALL);
    if fits(74.0) {
        sync(ui, place(74.0), cx);
    }
}

/// Width of the position in bars and beats.
const POSITION: f32 = 116.0;

/// A recess for figures.
fn well(ui: &Ui, rect: Rect) {
    ui.painter().rect_filled(rect, space::RADIUS, color::GROOVE);
}

fn position(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    well(ui, rect);
    let beats = cx.frame.telemetry.playhead_beats.max(0.0);
    let place = full_place(cx.signatures, Beats::from_beats(beats));
    let secs = cx.times.tempo.secs_at(Beats::from_beats(beats));
    let (left, right) = rect.split_left_right_at_x(rect.left() + POSITION);
    let painter = ui.painter();
    text_center(painter, left, &place, font::display(), color::TEXT);
    if right.width() > 0.0 {
        painter.vline(left.right(), rect.shrink(6.0).y_range(), egui::Stroke::new(1.0, color::LINE));
        text_center(painter, right, &clock(secs), font::body(), color::TEXT_DIM);
    }
    let response = ui.interact(rect, ids::one("position"), Sense::hover());
    response.on_hover_text("Position: bars, beats and ticks of 1/960; minutes and seconds");
}

/// Minutes, seconds and milliseconds.
fn clock(secs: f64) -> String {
    let secs = secs.max(0.0);
    let minutes = crate::math::floor(secs / 60.0);
    format!("{minutes}:{:06.3}", (secs - crate::math::real(minutes) * 60.0).min(59.999))
}

fn tempo(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    well(ui, rect);
    let id = ids::one("tempo");
    let project_bpm = cx.times.tempo.bpm_at(cx.playhead());
    let ours = cx.leads();
    let bpm = if ours || cx.frame.telemetry.bpm <= 0.0 { project_bpm } else { cx.frame.telemetry.bpm };
    match field::in_place(ui, rect, id, &mut cx.view.draft) {
        Some(Ended::Accepted(typed)) => {
            if let Ok(bpm) = typed.trim().parse::<f64>() {
                set_tempo(cx, bpm);
            }
        }
        Some(Ended::Cancelled) => {}
        None if cx.view.draft.as_ref().is_some_and(|draft| draft.id == id) => return,
        None => {}
    }
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let mut shown = bpm;
    if ours {
        if response.double_clicked() {
            cx.view.draft = Some(Draft::new(id, format!("{bpm:.2}")));
        } else if response.drag_started() {
            cx.view.number = Some(NumberDrag { id, value: bpm });
        }
        if let Some(drag) = cx.view.number.as_mut().filter(|drag| drag.id == id) {
            let step = if ui.input(|input| input.modifiers.shift) { 0.02 } else { 0.25 };
            let value = drag.value - f64::from(response.drag_delta().y) * step;
            drag.value = value.clamp(TempoMap::MIN_BPM, TempoMap::MAX_BPM);
            shown = (drag.value * 100.0).round() / 100.0;
            if !response.dragged() {
                cx.view.number = None;
                set_tempo(cx, shown);
            }
        }
    }
    let ink = if ours { color::TEXT } else { color::TEXT_DIM };
    let figures = Rect::from_min_max(rect.min, pos2(rect.right() - 26.0, rect.bottom()));
    text::text_in(ui.painter(), figures, Align2::RIGHT_CENTER, &format!("{shown:.2}"), font::strong(), ink);
    let unit = Rect::from_min_max(pos2(rect.right() - 24.0, rect.top()), rect.max);
    text_center(ui.painter(), unit, "bpm", font::small(), color::TEXT_FAINT);
    let tip = if ours { "Tempo: drag, or double-click to type" } else { "The host's tempo" };
    let response = response.on_hover_text(tip);
    if ours && response.hovered() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeVertical);
    }
}

fn set_tempo(cx: &mut Cx<'_, '_>, bpm: f64) {
    if bpm.is_finite() {
        let bpm = bpm.clamp(TempoMap::MIN_BPM, TempoMap::MAX_BPM);
        let edits = edits::set_tempo(cx.project(), cx.playhead(), bpm, cx.frame.new_id);
        cx.out.commit("Set tempo", edits);
    }
}

fn signature(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    const CHOICES: [(u8, u8); 8] = [(2, 4), (3, 4), (4, 4), (5, 4), (6, 4), (6, 8), (7, 8), (12, 8)];
    let point = cx.signatures.bar_at(cx.playhead()).signature;
    let name = format!("{}/{}", point.numerator, point.denominator);
    let response = button(ui, rect, ids::one("signature"), Face::Text(&name), Lit::No, "Time signature");
    egui::Popup::menu(&response).show(|ui| {
        for (numerator, denominator) in CHOICES {
            if ui.button(format!("{numerator}/{denominator}")).clicked() {
                let edits = edits::set_signature(
                    cx.project(),
                    cx.playhead(),
                    (numerator, denominator),
                    cx.frame.new_id,
                );
                cx.out.commit("Set time signature", edits);
            }
        }
    });
}

fn sync(ui: &Ui, rect: Rect, cx: &Cx<'_, '_>) {
    let (name, tint, tip) = match cx.frame.status.sync {
        Sync::Internal => ("Internal", color::TEXT_DIM, "Loophole leads the transport"),
        Sync::Host => ("Host sync", color::ACCENT, "The host leads: position, tempo, play and stop"),
    };
    let response = ui.interact(rect, ids::one("sync"), Sense::hover());
    let painter = ui.painter();
    painter.rect_stroke(
        rect.shrink2(vec2(2.0, 4.0)),
        10,
        egui::Stroke::new(1.0, color::alpha(tint, 0.55)),
        egui::StrokeKind::Inside,
    );
    text_center(painter, rect, name, font::small(), tint);
    response.on_hover_text(tip);
}

/// `taken` is where the middle ends.
fn right(ui: &Ui, row: Rect, taken: f32, cx: &mut Cx<'_, '_>) {
    let toggle = Rect::from_min_size(pos2(row.right() - BUTTON, row.top()), vec2(BUTTON, row.height()));
    let lit = if cx.view.panels.browser { Lit::Tinted(color::ACCENT) } else { Lit::No };
    let face = Face::Icon(Icon::Browser);
    if button(ui, toggle, ids::one("browser"), face, lit, "Show the browser  (B)").clicked() {
        cx.view.panels.browser = !cx.view.panels.browser;
    }
    let save = toggle.translate(vec2(-(BUTTON + 2.0), 0.0));
    let lit = if cx.frame.status.dirty { Lit::Tinted(color::ACCENT) } else { Lit::No };
    if button(ui, save, ids::one("save"), Face::Icon(Icon::Save), lit, "Save the project  (Ctrl+S)").clicked()
    {
        project_menu::save(cx);
    }
    let load = Rect::from_min_max(
        pos2(save.left() - 118.0, row.top()),
        pos2(save.left() - space::LARGE, row.bottom()),
    );
    if load.left() > taken {
        cpu(ui, load, cx);
    }
}

fn cpu(ui: &Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    let telemetry = cx.frame.telemetry;
    let load = if telemetry.load.is_finite() { telemetry.load.clamp(0.0, 9.99) } else { 0.0 };
    let painter = ui.painter();
    let tint = match load {
        load if load > 0.9 => color::ARM,
        load if load > 0.6 => color::WARNING,
        _ => color::METER_LOW,
    };
    let caption = rect.with_max_x(rect.left() + 30.0);
    text::caption(painter, caption, "cpu");
    let bar = Rect::from_min_max(
        pos2(rect.left() + 30.0, rect.center().y - 3.0),
        pos2(rect.right() - 34.0, rect.center().y + 3.0),
    );
    painter.rect_filled(bar, 3, color::GROOVE);
    painter.rect_filled(bar.with_max_x(bar.left() + bar.width() * load.min(1.0)), 3, tint);
    let figure = rect.with_min_x(rect.right() - 34.0);
    let percent = format!("{:.0} %", load * 100.0);
    text::text_in(painter, figure, Align2::RIGHT_CENTER, &percent, font::small(), color::TEXT_DIM);
    let lost: Vec<String> = [
        (telemetry.xruns, "xruns"),
        (telemetry.late_blocks, "late blocks"),
        (telemetry.underruns, "blocks without their audio"),
        (telemetry.dropped_events, "lost events"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let lost = if lost.is_empty() { "nothing lost so far".into() } else { lost.join(", ") };
    let response = ui.interact(rect, ids::one("cpu"), Sense::click());
    if response.clicked() {
        diagnostics::open(cx, diagnostics::Last::Messages);
    }
    response
        .on_hover_text(format!("How much of the time for a block the engine takes; {lost}. Click for more."));
}

/// Turns the loop on or off; a loop without a range gets the four bars from the playhead.
pub(crate) fn toggle_loop(cx: &mut Cx<'_, '_>) {
    let root = cx.project().root();
    let on = !root.loop_on();
    let mut range = None;
    if on && root.loop_end() <= root.loop_start() {
        let (start, bar_end) = bar_around(cx.signatures, cx.playhead());
        let bar = bar_end - start;
        range = Some((start, start + Beats(bar.0.saturating_mul(4))));
    }
    cx.out.commit(if on { "Loop on" } else { "Loop off" }, edits::set_loop(cx.project(), on, range));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_clock_shows_minutes_and_milliseconds() {
        assert_eq!(super::clock(62.5), "1:02.500");
        assert_eq!(super::clock(59.9999), "0:59.999");
        assert_eq!(super::clock(-3.0), "0:00.000");
    }
}
