//! How flags look.

use egui::{Align2, Color32, FontId, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use crate::theme::{color, font};
use crate::widgets::text::text_in;

/// What a flag looks like.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub tint: Color32,
    pub font: fn() -> FontId,
    pub selected: bool,
    pub hovered: bool,
}

/// Where a flag is whose pole is at `x`: as wide as its text, but not past `end`.
pub(super) fn place(painter: &Painter, lane: Rect, x: f32, end: f32, text: &str) -> Rect {
    let width = if text.is_empty() {
        8.0
    } else {
        painter.layout_no_wrap(text.to_owned(), font::caption(), color::TEXT).size().x + 13.0
    };
    let right = (x + width).min(end - 2.0).max(x + 5.0);
    Rect::from_min_max(pos2(x, lane.top() + 2.0), pos2(right, lane.bottom() - 2.0))
}

/// Draws a flag: a pole at its left, and words on the cloth.
pub(super) fn flag(painter: &Painter, flag: Rect, text: &str, look: Look) {
    let way = match (look.selected, look.hovered) {
        (true, _) => 0.62,
        (false, true) => 0.42,
        (false, false) => 0.28,
    };
    painter.rect_filled(flag, 2, color::mix(color::BAR, look.tint, way));
    painter.rect_filled(flag.with_max_x(flag.left() + 2.0), 0, look.tint);
    if look.selected {
        painter.rect_stroke(flag, 2, Stroke::new(1.0, color::TEXT), StrokeKind::Inside);
    }
    text_in(painter, flag.shrink2(vec2(6.0, 0.0)), Align2::LEFT_CENTER, text, (look.font)(), color::TEXT);
}

/// A small label beside the pointer, such as the value under the hand.
pub(crate) fn bubble(painter: &Painter, at: egui::Pos2, bounds: Rect, text: &str) {
    let galley = painter.layout_no_wrap(text.to_owned(), font::small(), color::TEXT);
    let size = galley.size() + vec2(12.0, 6.0);
    let mut rect = Rect::from_min_size(at + vec2(12.0, -size.y - 4.0), size);
    if rect.right() > bounds.right() {
        rect = rect.translate(vec2(-size.x - 24.0, 0.0));
    }
    if rect.top() < bounds.top() {
        rect = rect.translate(vec2(0.0, bounds.top() - rect.top()));
    }
    painter.rect_filled(rect, 3, color::VOID);
    painter.rect_stroke(rect, 3, Stroke::new(1.0, color::CONTROL_DOWN), StrokeKind::Inside);
    painter.galley(rect.min + vec2(6.0, 3.0), galley, color::TEXT);
}
