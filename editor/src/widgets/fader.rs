//! Faders, and the law of their travel.

use egui::{Color32, Painter, Rect, pos2, vec2};

use crate::math::px;
use crate::theme::color;

/// Level against travel of 0..=1: wide around 0 dB, where mixing happens.
const LAW: [(f64, f64); 6] =
    [(0.0, -90.0), (0.08, -48.0), (0.3, -24.0), (0.55, -9.0), (0.78, 0.0), (1.0, 12.0)];

/// Decibels at a travel of 0..=1.
pub(crate) fn level_at(travel: f64) -> f64 {
    interpolate(travel.clamp(0.0, 1.0), |point| point)
}

/// Travel, 0..=1, of a level in decibels.
pub(crate) fn travel_of(db: f64) -> f64 {
    interpolate(db.clamp(-90.0, 12.0), |(travel, db)| (db, travel))
}

fn interpolate(x: f64, axes: fn((f64, f64)) -> (f64, f64)) -> f64 {
    for pair in LAW.windows(2) {
        let ((x0, y0), (x1, y1)) = (axes(pair[0]), axes(pair[1]));
        if x <= x1 {
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
        }
    }
    axes(LAW[LAW.len() - 1]).1
}

/// A fader lying down, as in a track header: a groove filled up to the value, and a cap.
pub(crate) fn paint_flat(painter: &Painter, rect: Rect, db: f64, tint: Color32) {
    let x = rect.left() + px(travel_of(db)) * rect.width();
    let groove = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
    painter.rect_filled(groove, 2, color::GROOVE);
    painter.rect_filled(groove.with_max_x(x), 2, tint);
    let cap = Rect::from_center_size(pos2(x, rect.center().y), vec2(7.0, 12.0));
    painter.rect_filled(cap, 2, color::TEXT);
}

/// Marks and their levels beside a standing fader.
pub(crate) const MARKS: [(f64, &str); 7] =
    [(12.0, "12"), (6.0, "6"), (0.0, "0"), (-6.0, "6"), (-12.0, "12"), (-24.0, "24"), (-48.0, "48")];

/// A fader standing up, as in the mixer.
pub(crate) fn paint_tall(painter: &Painter, rect: Rect, db: f64, tint: Color32) {
    let y = rect.bottom() - px(travel_of(db)) * rect.height();
    let groove = Rect::from_center_size(rect.center(), vec2(4.0, rect.height()));
    painter.rect_filled(groove, 2, color::GROOVE);
    let cap = Rect::from_center_size(pos2(rect.center().x, y), vec2(20.0, 11.0));
    painter.rect_filled(cap.translate(vec2(0.0, 1.5)), 2, Color32::from_black_alpha(90));
    painter.rect_filled(cap, 2, color::mix(color::TEXT_DIM, color::TEXT, 0.5));
    let line = Rect::from_center_size(cap.center(), vec2(20.0, 2.0));
    painter.rect_filled(line, 0, tint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_is_monotone_and_inverts() {
        let mut last = f64::NEG_INFINITY;
        for step in 0..=100 {
            let travel = f64::from(step) / 100.0;
            let db = level_at(travel);
            assert!(db > last);
            assert!((travel_of(db) - travel).abs() < 1e-9);
            last = db;
        }
        assert_eq!((level_at(0.0), level_at(1.0)), (-90.0, 12.0));
    }
}
