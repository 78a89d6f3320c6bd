//! What note expressions add to a note, for every instrument.

use super::math;
use super::smooth::{Change, Smooth};
use crate::event::Expression;

/// The expressions of a note, gliding on the control grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expressions {
    /// In semitones.
    pub(crate) tuning: Smooth,
    volume: Smooth,
    expression: Smooth,
    /// -1 left, 1 right.
    pub(crate) pan: Smooth,
    /// 0..=1.
    pub(crate) vibrato: Smooth,
    /// -1..=1, 0 as played.
    pub(crate) brightness: Smooth,
    /// 0..=1.
    pub(crate) pressure: Smooth,
}

impl Expressions {
    /// As played.
    pub(crate) fn new(ticks_per_sec: f64) -> Self {
        let glide = |value| Smooth::new(value, ticks_per_sec);
        Self {
            tuning: glide(0.0),
            volume: glide(1.0),
            expression: glide(1.0),
            pan: glide(0.0),
            vibrato: glide(0.0),
            brightness: glide(0.0),
            pressure: glide(0.0),
        }
    }

    /// Takes an expression, in its unit.
    pub(crate) fn set(&mut self, expression: Expression, value: f64, change: Change) {
        let value = if value.is_finite() { math::single(value) } else { return };
        match expression {
            Expression::Volume => self.volume.set(value.clamp(0.0, 4.0), change),
            Expression::Pan => self.pan.set((2.0 * value - 1.0).clamp(-1.0, 1.0), change),
            Expression::Tuning => self.tuning.set(value.clamp(-120.0, 120.0), change),
            Expression::Vibrato => self.vibrato.set(value.clamp(0.0, 1.0), change),
            Expression::Expression => self.expression.set(value.clamp(0.0, 1.0), change),
            Expression::Brightness => self.brightness.set((2.0 * value - 1.0).clamp(-1.0, 1.0), change),
            Expression::Pressure => self.pressure.set(value.clamp(0.0, 1.0), change),
        }
    }

    /// Control frame.
    pub(crate) fn tick(&mut self) {
        let Self { tuning, volume, expression, pan, vibrato, brightness, pressure } = self;
        for value in [tuning, volume, expression, pan, vibrato, brightness, pressure] {
            value.next();
        }
    }

    /// Linear gain.
    pub(crate) fn gain(&self) -> f32 {
        self.volume.value() * self.expression.value()
    }
}
