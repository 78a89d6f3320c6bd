//! Allpass filters in a row: they smear an attack without colouring it.

use crate::devices::math;

/// Feedback of each of the four.
const GAINS: [f32; 4] = [0.75, 0.75, 0.625, 0.625];

struct Allpass {
    line: Box<[f32]>,
    at: usize,
    gain: f32,
}

impl Allpass {
    #[inline]
    fn run(&mut self, x: f32) -> f32 {
        let delayed = self.line[self.at];
        let into = x - self.gain * delayed;
        self.line[self.at] = into;
        self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
        delayed + self.gain * into
    }
}

/// Four allpass filters.
pub(super) struct Diffuser([Allpass; 4]);

impl Diffuser {
    /// With lines of some milliseconds.
    pub(super) fn new(ms: [f64; 4], rate: f64) -> Self {
        let mut gains = GAINS.into_iter();
        Self(ms.map(|ms| {
            let len = math::whole(ms / 1_000.0 * rate).max(1);
            Allpass { line: vec![0.0; len].into(), at: 0, gain: gains.next().unwrap_or_default() }
        }))
    }

    pub(super) fn reset(&mut self) {
        for allpass in &mut self.0 {
            allpass.line.fill(0.0);
            allpass.at = 0;
        }
    }

    #[inline]
    pub(super) fn run(&mut self, x: f32) -> f32 {
        self.0.iter_mut().fold(x, |x, allpass| allpass.run(x))
    }
}
