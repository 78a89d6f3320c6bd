//! The latency policy, and the ledger of who adds what on which path.

use egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use model::edit;
use protocol::LatencyPolicy;

use super::{LINE, Last, messages, well};
use crate::cx::Cx;
use crate::theme::{color, font, space};
use crate::widgets::text::{text_center, text_in};
use crate::widgets::{Face, Lit, button};
use crate::{ids, latency};

/// What a fixed latency can be, in frames.
const FRAMES: [u32; 8] = [128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384];

/// Draws the column.
pub(super) fn show(ui: &mut Ui, (head, body): (Rect, Rect), cx: &mut Cx<'_, '_>) {
    messages::tabs(ui, head, Last::Latency, cx);
    let (bar, list) = body.split_top_bottom_at_y(body.top() + 26.0);
    policy(ui, bar, cx);
    ledger(ui, list, cx);
}

fn policy(ui: &mut Ui, bar: Rect, cx: &mut Cx<'_, '_>) {
    let row = Rect::from_min_size(bar.min, vec2(bar.width(), 22.0));
    let root = cx.project().root();
    let (current, frames) = (root.latency_policy(), root.latency_frames());
    let mut left = row.left();
    let choices = [
        (LatencyPolicy::Auto, "Auto", "All waits for the latest, and the host is told how late that is"),
        (
            LatencyPolicy::Fixed { frames },
            "Fixed",
            "The same, and never less than so much: the host need not be told anew with every device",
        ),
        (LatencyPolicy::Zero, "Zero", "Nothing waits, and the host is told 0: for playing live"),
    ];
    for (nth, (policy, name, tip)) in choices.into_iter().enumerate() {
        let at = Rect::from_min_size(pos2(left, row.top()), vec2(48.0, row.height()));
        left = at.right() + space::TINY;
        let lit = Lit::when(current.word() == policy.word(), color::ACCENT);
        let id = ids::nth("latency policy", nth);
        if button(ui, at, id, Face::Small(name), lit, tip).clicked() && current.word() != policy.word() {
            let edits = vec![edit::root::set_latency_policy(root.id(), policy)];
            cx.out.commit(format!("Latency: {}", name.to_lowercase()), edits);
        }
    }
    if !matches!(current, LatencyPolicy::Fixed { .. }) {
        return;
    }
    let menu = Rect::from_min_max(pos2(left + space::SMALL, row.top()), row.max);
    let face = words(frames, cx);
    let response =
        button(ui, menu, ids::one("latency frames"), Face::Small(&face), Lit::No, "At least so much");
    egui::Popup::menu(&response).show(|ui| {
        for choice in FRAMES {
            if ui.selectable_label(frames == choice, words(choice, cx)).clicked() {
                let edits = vec![edit::root::set_latency_frames(root.id(), choice)];
                cx.out.commit(format!("Latency: at least {choice} frames"), edits);
            }
        }
    });
}

fn words(frames: u32, cx: &Cx<'_, '_>) -> String {
    let rate = cx.frame.status.sample_rate;
    if rate > 0.0 {
        format!("{frames} frames ({:.1} ms)", f64::from(frames) / rate * 1_000.0)
    } else {
        format!("{frames} frames")
    }
}

fn ledger(ui: &mut Ui, rect: Rect, cx: &Cx<'_, '_>) {
    well(ui, rect);
    let status = cx.frame.status;
    let lines = latency::lines(&status.latency, status.sample_rate, cx.project());
    if lines.is_empty() {
        text_center(ui.painter(), rect, "Nothing adds latency", font::small(), color::TEXT_FAINT);
        return;
    }
    let mut list =
        ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(space::MEDIUM, space::TINY))));
    list.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("ledger");
    area.show_rows(&mut list, LINE, lines.len(), |ui, range| {
        for nth in range {
            let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
            let tint = if nth == 0 { color::TEXT } else { color::TEXT_DIM };
            text_in(ui.painter(), row, Align2::LEFT_CENTER, &lines[nth], font::small(), tint);
            response.on_hover_text(&lines[nth]);
        }
    });
}
