//! Knobs.

use egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2};

use crate::theme::color;

/// The gap of a knob is at the bottom; its travel is three quarters of a turn.
const START: f32 = 0.375;
const TRAVEL: f32 = 0.75;

/// Where a knob's value arc begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Origin {
    /// At the left.
    Min,
    /// In the middle, such as pan.
    Center,
}

/// Draws a knob at a position of 0..=1.
pub(crate) fn paint(painter: &Painter, center: Pos2, radius: f32, norm: f32, origin: Origin, tint: Color32) {
    let norm = norm.clamp(0.0, 1.0);
    painter.circle_filled(center, radius - 3.5, color::CONTROL);
    arc(painter, center, radius, 0.0, 1.0, Stroke::new(2.5, color::GROOVE));
    let from = if origin == Origin::Center { 0.5 } else { 0.0 };
    if (norm - from).abs() > 0.004 {
        arc(painter, center, radius, from.min(norm), from.max(norm), Stroke::new(2.5, tint));
    }
    let direction = Vec2::angled((START + TRAVEL * norm) * std::f32::consts::TAU);
    let hand = [center + direction * (radius * 0.3), center + direction * (radius - 4.5)];
    painter.line_segment(hand, Stroke::new(2.0, color::TEXT));
}

fn arc(painter: &Painter, center: Pos2, radius: f32, from: f32, to: f32, stroke: Stroke) {
    const STEPS: u8 = 32;
    let points = (0..=STEPS)
        .map(|step| {
            let way = from + (to - from) * f32::from(step) / f32::from(STEPS);
            center + Vec2::angled((START + TRAVEL * way) * std::f32::consts::TAU) * radius
        })
        .collect();
    painter.add(Shape::line(points, stroke));
}
