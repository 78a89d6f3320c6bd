//! Level meters.

use egui::{Color32, Painter, Rect, pos2};

use super::fader::travel_of;
use crate::math::{decibels, px};
use crate::theme::color;

/// What a meter shows: linear levels, left and right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Levels {
    pub peak: [f32; 2],
    pub hold: [f32; 2],
}

/// A standing stereo meter with the scale of a fader of the same height.
pub(crate) fn paint_tall(painter: &Painter, rect: Rect, levels: Levels) {
    let middle = rect.center().x;
    for (side, (left, right)) in
        [(rect.left(), middle - 0.5), (middle + 0.5, rect.right())].into_iter().enumerate()
    {
        let bar = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        painter.rect_filled(bar, 1, color::GROOVE);
        let y = |level: f32| bar.bottom() - travel(level) * bar.height();
        for (from, to, tint) in ZONES {
            let (low, high) = (bar.bottom() - from * bar.height(), bar.bottom() - to * bar.height());
            let top = y(levels.peak[side]).max(high);
            if top < low {
                painter.rect_filled(bar.with_min_y(top).with_max_y(low), 0, tint);
            }
        }
        if levels.hold[side] > 1e-4 {
            let at = y(levels.hold[side]);
            painter.rect_filled(
                bar.with_min_y(at).with_max_y((at + 1.5).min(bar.bottom())),
                0,
                zone_of(levels.hold[side]),
            );
        }
    }
}

/// Travel from and to, and colour: up to -12 dB, -3 dB, and the rest. The figures follow the fader's law.
const ZONES: [(f32, f32, Color32); 3] =
    [(0.0, 0.5, color::METER_LOW), (0.5, 0.7033, color::METER_MID), (0.7033, 1.0, color::METER_HIGH)];

fn travel(level: f32) -> f32 {
    px(travel_of(f64::from(decibels(level))))
}

fn zone_of(level: f32) -> Color32 {
    let at = travel(level);
    ZONES.iter().find(|(_, to, _)| at <= *to).map_or(color::METER_HIGH, |(_, _, tint)| *tint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zones_begin_at_the_levels_they_name() {
        assert!((travel_of(-12.0) - f64::from(ZONES[0].1)).abs() < 1e-3);
        assert!((travel_of(-3.0) - f64::from(ZONES[1].1)).abs() < 1e-3);
    }
}
