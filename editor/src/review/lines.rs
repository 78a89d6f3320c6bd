//! A difference in words, grouped by track.

use egui::{Align2, Color32, Painter, Rect, ScrollArea, Sense, Ui, vec2};
use model::diff::{Line, Mark};

use crate::cx::Cx;
use crate::edits;
use crate::theme::{color, font, space};
use crate::widgets::text::{text_center, text_in};

/// Draws the lines; those of a track stand beside its colour.
pub(crate) fn show(ui: &mut Ui, rect: Rect, name: &'static str, lines: &[Line], cx: &mut Cx<'_, '_>) {
    if lines.is_empty() {
        text_center(ui.painter(), rect, "Nothing differs", font::body(), color::TEXT_FAINT);
        return;
    }
    let inner = rect.shrink2(vec2(space::LARGE, 0.0)).with_max_y(rect.bottom() - 6.0);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(inner));
    child.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt(name);
    area.show_rows(&mut child, space::ROW, lines.len(), |ui, range| {
        for index in range {
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
            let line = &lines[index];
            let before = index.checked_sub(1).and_then(|before| lines.get(before));
            let first =
                before.is_none_or(|before| (before.track, &before.subject) != (line.track, &line.subject));
            paint(ui.painter(), row, line, first, cx);
        }
    });
}

fn paint(painter: &Painter, row: Rect, line: &Line, first: bool, cx: &Cx<'_, '_>) {
    let tint = line.track.map_or(color::TEXT_DIM, |track| edits::track_color(cx.project(), track.0));
    let bar = Rect::from_min_max(row.min, egui::pos2(row.left() + 3.0, row.bottom()));
    let bar = if first { bar.with_min_y(bar.top() + 3.0) } else { bar };
    painter.rect_filled(bar, 0, tint);
    let column = (row.width() * 0.24).clamp(80.0, 170.0);
    let subject = row.with_min_x(row.left() + 12.0).with_max_x(row.left() + column);
    if first {
        let name = if line.subject.is_empty() { "Song" } else { &line.subject };
        text_in(painter, subject, Align2::LEFT_CENTER, name, font::strong(), color::TEXT);
        let above = row.with_min_x(subject.left());
        painter.hline(above.x_range(), row.top() + 0.5, egui::Stroke::new(1.0, color::HAIRLINE));
    }
    let (sign, ink) = mark(line.mark);
    let at = row.with_min_x(row.left() + column).with_max_x(row.left() + column + 18.0);
    text_center(painter, at, sign, font::strong(), ink);
    let words = row.with_min_x(at.right() + 6.0);
    text_in(painter, words, Align2::LEFT_CENTER, &line.text, font::body(), color::TEXT);
}

/// The sign of a line, and its colour.
fn mark(mark: Mark) -> (&'static str, Color32) {
    match mark {
        Mark::Added => ("+", color::PLAY),
        Mark::Removed => ("-", color::ARM),
        Mark::Moved => (">", color::SOLO),
        Mark::Changed => ("~", color::WARNING),
    }
}
