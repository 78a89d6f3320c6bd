//! Straight lines between control frames.

/// A value on its way from one control frame to the next. Where it is depends on the time since the control frame
/// alone, so it is the same however that time is cut.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ramp {
    base: f32,
    goal: f32,
    step: f32,
}

impl Ramp {
    /// Has a value at once.
    pub(crate) fn jump(&mut self, value: f32) {
        *self = Self { base: value, goal: value, step: 0.0 };
    }

    /// At a control frame: from where it was to be now to a new goal, `per_frame` of the way each frame.
    #[inline]
    pub(crate) fn steer(&mut self, goal: f32, per_frame: f32) {
        self.base = self.goal;
        self.goal = goal;
        self.step = (goal - self.base) * per_frame;
    }

    /// The value some frames after the control frame.
    #[inline]
    pub(crate) fn at(&self, since: f32) -> f32 {
        self.base + self.step * since
    }

    /// Whether it is and stays 0.
    pub(crate) fn is_zero(&self) -> bool {
        self.base == 0.0 && self.goal == 0.0
    }
}
