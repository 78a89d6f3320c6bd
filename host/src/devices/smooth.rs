//! Parameter values that move without zipper noise.

use super::math;
use crate::math::to_usize;

/// How a value comes into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// At once: nothing sounds yet.
    Jump,
    /// Over [`Smooth::SECS`].
    Glide,
}

/// A value that walks to its target in a straight line, frame by frame, and arrives exactly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smooth {
    value: f32,
    target: f32,
    step: f32,
    left: u32,
    glide: u32,
}

impl Smooth {
    /// How long a change takes, in seconds.
    pub(crate) const SECS: f64 = 0.01;

    /// At rest at `value`; `steps_per_sec` is how often it will be asked for the next one.
    pub(crate) fn new(value: f32, steps_per_sec: f64) -> Self {
        Self::over(value, Self::SECS * steps_per_sec)
    }

    /// At rest at `value`; changes take that many steps.
    pub(crate) fn over(value: f32, steps: f64) -> Self {
        let glide = u32::try_from(math::whole(steps)).unwrap_or(u32::MAX).max(1);
        Self { value, target: value, step: 0.0, left: 0, glide }
    }

    /// Gives it a new target.
    #[inline]
    pub(crate) fn set(&mut self, target: f32, change: Change) {
        self.target = target;
        match change {
            Change::Jump => self.settle(),
            Change::Glide => {
                self.left = self.glide;
                self.step = (target - self.value) / math::float(self.glide as usize);
            }
        }
    }

    /// Takes it to its target.
    #[inline]
    pub(crate) fn settle(&mut self) {
        self.value = self.target;
        self.left = 0;
    }

    /// Takes a step and gives the new value.
    #[inline]
    pub(crate) fn next(&mut self) -> f32 {
        if self.left > 0 {
            self.left -= 1;
            self.value = if self.left == 0 { self.target } else { self.value + self.step };
        }
        self.value
    }

    /// Where it is now.
    #[inline]
    pub(crate) fn value(&self) -> f32 {
        self.value
    }

    /// After how many steps it arrives.
    #[inline]
    pub(crate) fn steps_left(&self) -> usize {
        to_usize(self.left)
    }

    /// Whether it is on its way.
    #[inline]
    pub(crate) fn moves(&self) -> bool {
        self.left > 0
    }
}
