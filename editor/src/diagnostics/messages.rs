//! What went wrong, in words: faults of nodes, and the console's lines.

use egui::{Rect, ScrollArea, Ui, pos2, vec2};
use protocol::control::LogLevel;
use protocol::telemetry::Fault;

use super::{Last, nodes, well};
use crate::cx::Cx;
use crate::ids;
use crate::theme::{color, font, space};
use crate::widgets::text::text_center;
use crate::widgets::{Face, Lit, button};

/// Lines shown at most.
const LINES: usize = 200;

/// Draws the column.
pub(super) fn show(ui: &mut Ui, (head, body): (Rect, Rect), cx: &mut Cx<'_, '_>) {
    tabs(ui, head, Last::Messages, cx);
    well(ui, body);
    let faults = &cx.frame.telemetry.faults;
    let log = cx.frame.log;
    if faults.is_empty() && log.is_empty() {
        text_center(ui.painter(), body, "No faults, no messages", font::small(), color::TEXT_FAINT);
        return;
    }
    let mut list =
        ui.new_child(egui::UiBuilder::new().max_rect(body.shrink2(vec2(space::MEDIUM, space::SMALL))));
    list.spacing_mut().item_spacing.y = 3.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("messages");
    area.show(&mut list, |ui| {
        for (&node, fault) in faults {
            let (track, what) = nodes::names(cx.project(), node);
            let track = track.map_or("", |track| cx.project().name_of(track));
            let fault = match fault {
                Fault::NotFinite => "put out not-a-number; it was bypassed for the block",
                Fault::Failed => "failed; it was bypassed for the block",
            };
            line(ui, &format!("{track}: {what}"), fault, LogLevel::Error);
        }
        for message in log.iter().rev().take(LINES) {
            line(ui, &message.source, &message.text, message.level);
        }
    });
}

fn line(ui: &mut Ui, source: &str, text: &str, level: LogLevel) {
    let tint = match level {
        LogLevel::Error => color::ARM,
        LogLevel::Warning => color::WARNING,
        LogLevel::Info => color::TEXT_DIM,
        LogLevel::Debug => color::TEXT_FAINT,
    };
    let mut job = egui::text::LayoutJob::default();
    let format = |tint| egui::TextFormat { font_id: font::small(), color: tint, ..Default::default() };
    job.append(&format!("{source}  "), 0.0, format(color::TEXT_FAINT));
    job.append(text, 0.0, format(tint));
    ui.add(egui::Label::new(job).wrap());
}

/// What the last column can show.
pub(super) fn tabs(ui: &Ui, head: Rect, on: Last, cx: &mut Cx<'_, '_>) {
    let row = Rect::from_center_size(head.center(), vec2(head.width() + 8.0, 22.0));
    let faults = cx.frame.telemetry.faults.len();
    let messages = if faults > 0 { format!("Messages ({faults})") } else { "Messages".into() };
    let mut left = row.left();
    for (last, name, tip) in [
        (Last::Latency, "Latency", "Who adds latency, and what is done about it"),
        (Last::Messages, messages.as_str(), "Faults of plugins, and the lines of the console"),
    ] {
        let at = Rect::from_min_size(pos2(left, row.top()), vec2(92.0, row.height()));
        left = at.right() + space::TINY;
        let id = ids::one(if last == Last::Latency { "diagnostics latency" } else { "diagnostics messages" });
        let lit = if on == last { Lit::Tinted(color::ACCENT) } else { Lit::Quiet };
        if button(ui, at, id, Face::Text(name), lit, tip).clicked() {
            cx.view.diagnostics.last = last;
        }
    }
}
