//! What was done, and by whom.

use egui::{Rect, ScrollArea, Sense, Ui, vec2};
use protocol::Command;

use crate::cx::Cx;
use crate::ids;
use crate::theme::{color, font, space};
use crate::widgets::text::{label, text_center, text_in};

/// Draws the undo steps, the last on top; a click goes back to a step, or forward.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    let entries = cx.frame.history;
    if entries.is_empty() {
        text_center(ui.painter(), rect, "Nothing has been changed yet", font::body(), color::TEXT_FAINT);
        return;
    }
    let mut list = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(space::MEDIUM, 6.0))));
    list.spacing_mut().item_spacing.y = 0.0;
    let count = entries.len();
    ScrollArea::vertical().auto_shrink(false).show_rows(&mut list, space::ROW, count, |ui, range| {
        for nth in range {
            let index = count - 1 - nth;
            let Some(entry) = entries.get(index) else { continue };
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
            let response = ui.interact(row, ids::nth("history", index), Sense::click());
            let last = !entry.undone && entries.get(index + 1).is_none_or(|next| next.undone);
            let painter = ui.painter();
            if last || response.hovered() {
                painter.rect_filled(row, space::RADIUS, if last { color::SELECTED } else { color::HOVER });
            }
            let ink = if entry.undone { color::TEXT_FAINT } else { color::TEXT };
            let words = row.shrink2(vec2(10.0, 0.0));
            let number = words.with_max_x(words.left() + 34.0);
            text_in(
                painter,
                number,
                egui::Align2::LEFT_CENTER,
                &(index + 1).to_string(),
                font::small(),
                color::TEXT_FAINT,
            );
            label(
                painter,
                words.with_min_x(number.right()).with_max_x(words.right() - 150.0),
                &entry.name,
                ink,
            );
            let author = words.with_min_x(words.right() - 140.0);
            text_in(
                painter,
                author,
                egui::Align2::RIGHT_CENTER,
                &entry.author,
                font::small(),
                color::TEXT_DIM,
            );
            if response.on_hover_text("Go to this step").clicked() {
                go_to(index, cx);
            }
        }
    });
}

fn go_to(index: usize, cx: &mut Cx<'_, '_>) {
    let entries = cx.frame.history;
    let (undos, redos) = if entries[index].undone {
        (0, entries[..=index].iter().filter(|entry| entry.undone).count())
    } else {
        (entries[index + 1..].iter().filter(|entry| !entry.undone).count(), 0)
    };
    cx.out.commands.extend(std::iter::repeat_n(Command::Undo, undos));
    cx.out.commands.extend(std::iter::repeat_n(Command::Redo, redos));
}
