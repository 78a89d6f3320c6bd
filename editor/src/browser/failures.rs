//! Plugin files that could not be used: why, and another try.

use egui::{Rect, Sense, Ui, pos2, vec2};
use protocol::Command;

use crate::cx::Cx;
use crate::icons::{self, Icon};
use crate::ids;
use crate::theme::{color, font, space};
use crate::widgets::text::{self, label, text_in};
use crate::widgets::{Face, Lit, button};

/// Lists those whose name contains what is looked for.
pub(super) fn show(ui: &mut Ui, wanted: &str, cx: &mut Cx<'_, '_>) {
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fits = |file: &String| wanted.split_whitespace().all(|word| file.to_lowercase().contains(word));
    let failures: Vec<_> = cx
        .frame
        .failures
        .iter()
        .map(|failure| (name(&failure.path), failure))
        .filter(|(name, _)| fits(name))
        .collect();
    if failures.is_empty() {
        return;
    }
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    text::caption(ui.painter(), head.shrink2(vec2(8.0, 0.0)).translate(vec2(0.0, 3.0)), "Not usable");
    for (index, (name, failure)) in failures.iter().enumerate() {
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
        if !ui.is_rect_visible(row) {
            continue;
        }
        let id = ids::nth("not usable", index);
        let told = format!("{}\n{}", failure.path.display(), failure.reason);
        let response = ui.interact(row, id, Sense::hover()).on_hover_text(told);
        let painter = ui.painter();
        icons::paint_sized(painter, row.with_max_x(row.left() + 26.0), Icon::Plug, color::TEXT_FAINT, 12.0);
        let again = Rect::from_center_size(pos2(row.right() - 13.0, row.center().y), vec2(20.0, 20.0));
        let words = row.with_min_x(row.left() + 28.0).with_max_x(again.left() - 4.0);
        let reason = words.with_min_x(words.center().x);
        if !response.hovered() {
            let align = egui::Align2::RIGHT_CENTER;
            text_in(painter, reason, align, &failure.reason, font::small(), color::WARNING);
        }
        let end = if response.hovered() { words.right() } else { reason.left() - 6.0 };
        label(painter, words.with_max_x(end), name, color::TEXT_DIM);
        let lit = if cx.frame.status.scan.is_some() { Lit::Disabled } else { Lit::Quiet };
        let face = Face::Icon(Icon::Refresh);
        if button(ui, again, id.with("again"), face, lit, "Try again").clicked() {
            cx.out.commands.push(Command::ScanAgain { path: failure.path.clone() });
        }
    }
}
