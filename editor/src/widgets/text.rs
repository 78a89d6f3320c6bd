//! Text that never leaves its rectangle.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, FontId, Painter, Rect, TextFormat};

use crate::theme::{color, font};

/// Text within `rect`, cut with an ellipsis when it does not fit.
pub(crate) fn text_in(
    painter: &Painter,
    rect: Rect,
    align: Align2,
    text: &str,
    font: FontId,
    tint: Color32,
) -> Rect {
    if rect.width() < 4.0 || text.is_empty() {
        return Rect::from_min_size(rect.min, egui::Vec2::ZERO);
    }
    let format = TextFormat { font_id: font, color: tint, ..TextFormat::default() };
    let mut job = LayoutJob::single_section(text.replace('\n', " "), format);
    job.wrap = TextWrapping::truncate_at_width(rect.width());
    let galley = painter.layout_job(job);
    let at = align.align_size_within_rect(galley.size(), rect);
    painter.galley(at.min, galley, tint);
    at
}

/// Body text, left, centred in height.
pub(crate) fn label(painter: &Painter, rect: Rect, text: &str, tint: Color32) -> Rect {
    text_in(painter, rect, Align2::LEFT_CENTER, text, font::body(), tint)
}

/// Text in the middle.
pub(crate) fn text_center(painter: &Painter, rect: Rect, text: &str, font: FontId, tint: Color32) -> Rect {
    text_in(painter, rect, Align2::CENTER_CENTER, text, font, tint)
}

/// A group's caption.
pub(crate) fn caption(painter: &Painter, rect: Rect, text: &str) -> Rect {
    text_in(painter, rect, Align2::LEFT_CENTER, &text.to_uppercase(), font::caption(), color::TEXT_FAINT)
}
