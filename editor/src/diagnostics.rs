//! What the engine is up to: load and losses, the time each node takes, loudness and a spectrum, latency, messages.
//!
//! Most of it is measured only while this page is open, which says so to the engine once a second.

use egui::{Rect, ScrollArea, Sense, Ui, vec2};
use protocol::{Command, EntityId};

use crate::cx::Cx;
use crate::theme::{color, space};
use crate::view::Tab;
use crate::widgets::text;

mod latency;
mod load;
mod messages;
mod nodes;
mod sound;

/// What the page shows.
#[derive(Debug, Default)]
pub(crate) struct DiagnosticsView {
    /// When the engine was last told that somebody looks, and at which spectrum.
    asked: Option<(f64, Option<EntityId>)>,
    /// Whose spectrum is shown.
    pub source: Source,
    /// What the last column shows.
    pub last: Last,
}

/// Whose spectrum is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Source {
    #[default]
    Master,
    /// The selected track.
    Track,
}

/// What the last column shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Last {
    #[default]
    Latency,
    Messages,
}

/// How often the engine is told that somebody looks, in seconds.
const ASK_SECS: f64 = 1.0;
/// Height of a column's head.
const HEAD: f32 = 30.0;
/// Height of a line of a list.
const LINE: f32 = 20.0;
/// Least widths of the columns. What there is more is shared out in proportion; where there is less, they scroll.
const COLUMNS: [f32; 4] = [224.0, 300.0, 280.0, 252.0];
/// Room between columns.
const GAP: f32 = 2.0;

/// Opens the page.
pub(crate) fn open(cx: &mut Cx<'_, '_>, last: Last) {
    cx.view.panels.bottom = true;
    cx.view.tab = Tab::Diagnostics;
    cx.view.diagnostics.last = last;
}

/// Draws the page.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ask(ui, cx);
    ui.painter().rect_filled(rect, 0, color::VOID);
    let least: f32 = COLUMNS.iter().sum::<f32>() + 3.0 * GAP;
    let mut page = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    page.set_clip_rect(rect);
    ScrollArea::horizontal().auto_shrink(false).id_salt("diagnostics").show(&mut page, |ui| {
        let width = rect.width().max(least);
        let (all, _) = ui.allocate_exact_size(vec2(width, rect.height()), Sense::hover());
        let share = (width - 3.0 * GAP) / (least - 3.0 * GAP);
        let mut left = all.left();
        let columns = COLUMNS.map(|column| {
            let column = Rect::from_min_size(egui::pos2(left, all.top()), vec2(column * share, all.height()));
            left = column.right() + GAP;
            column
        });
        let [load, nodes, sound, last] = columns.map(|column| {
            ui.painter().rect_filled(column, 0, color::PANEL);
            let (head, body) = column.split_top_bottom_at_y(column.top() + HEAD);
            (
                head.shrink2(vec2(space::LARGE, 0.0)),
                body.shrink2(vec2(space::MEDIUM, 0.0)).with_max_y(body.bottom() - space::MEDIUM),
            )
        });
        load::show(ui, load, cx);
        nodes::show(ui, nodes, cx);
        sound::show(ui, sound, cx);
        match cx.view.diagnostics.last {
            Last::Latency => latency::show(ui, last, cx),
            Last::Messages => messages::show(ui, last, cx),
        }
    });
}

/// Tells the engine that somebody looks.
fn ask(ui: &Ui, cx: &mut Cx<'_, '_>) {
    let track = match cx.view.diagnostics.source {
        Source::Master => None,
        Source::Track => cx.selected_track(),
    };
    let view = &mut cx.view.diagnostics;
    let recently =
        |(at, of): (f64, Option<EntityId>)| of == track && (0.0..ASK_SECS).contains(&(cx.now_secs - at));
    if !view.asked.is_some_and(recently) {
        view.asked = Some((cx.now_secs, track));
        cx.out.commands.push(Command::Watch { track });
    }
    ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(ASK_SECS));
}

/// The head of a column.
fn title(ui: &Ui, head: Rect, name: &str) {
    text::caption(ui.painter(), head, name);
}

/// A ground for graphs and lists.
fn well(ui: &Ui, rect: Rect) {
    ui.painter().rect_filled(rect, space::RADIUS, color::WELL);
}

/// A share of the time there is, as a person reads it.
fn percent(share: f32) -> String {
    let percent = if share.is_finite() { share * 100.0 } else { 0.0 };
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn small_shares_have_a_decimal() {
        let texts = [0.0, 0.0123, 0.0994, 0.0996, 1.25, f32::NAN].map(super::percent);
        assert_eq!(texts, ["0.0 %", "1.2 %", "9.9 %", "10 %", "125 %", "0.0 %"]);
    }
}
