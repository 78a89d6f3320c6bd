//! The stretch from one tempo point to the next.
//!
//! Where the tempo is `b + k x` quarter notes a minute `x` ticks after the start, the time of `x` is the integral of
//! `c / (b + k x)`, which is `c/k ln(1 + k x / b)` with `c = 60 / TICKS_PER_BEAT`. `ln_1p` and `exp_m1` keep the full
//! precision however slight the slope.

use super::{TempoPoint, Transition};
use crate::time::{TICKS_PER_BEAT, to_f64};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    pub point: TempoPoint,
    pub start_secs: f64,
    /// How the tempo changes, in bpm per tick; zero unless it ramps.
    slope: f64,
    /// Length in ticks, of a ramp: its tempo goes no further.
    length: f64,
}

impl Segment {
    fn new(point: TempoPoint, next: Option<&TempoPoint>) -> Self {
        let flat = Self { point, start_secs: 0.0, slope: 0.0, length: 0.0 };
        match next {
            Some(next) if point.transition == Transition::Ramp && next.bpm != point.bpm => {
                let length = to_f64(next.at.0 - point.at.0);
                Self { slope: (next.bpm - point.bpm) / length, length, ..flat }
            }
            _ => flat,
        }
    }

    fn secs_per_tick(self) -> f64 {
        60.0 / (self.point.bpm * to_f64(TICKS_PER_BEAT))
    }

    /// Whether the tempo moves at a distance: never before the first point, which a negative distance is.
    fn is_ramp(self, distance: f64) -> bool {
        self.slope != 0.0 && distance > 0.0
    }

    /// The tempo some ticks after the start.
    pub fn bpm_after(self, ticks: f64) -> f64 {
        if self.is_ramp(ticks) {
            self.point.bpm + self.slope * ticks.min(self.length)
        } else {
            self.point.bpm
        }
    }

    /// The time that some ticks from the start take.
    pub fn secs_after(self, ticks: f64) -> f64 {
        let flat = ticks * self.secs_per_tick();
        if !self.is_ramp(ticks) {
            return flat;
        }
        let rise = self.slope * ticks / self.point.bpm;
        if rise == 0.0 { flat } else { flat * (rise.ln_1p() / rise) }
    }

    /// The ticks that some time from the start takes.
    pub fn ticks_after(self, secs: f64) -> f64 {
        let flat = secs / self.secs_per_tick();
        if !self.is_ramp(secs) {
            return flat;
        }
        let growth = self.slope * flat / self.point.bpm;
        // Rounding must not lead past the next point, or time would not be monotone there.
        if growth == 0.0 { flat } else { (flat * (growth.exp_m1() / growth)).min(self.length) }
    }
}

/// The segments of sorted points, of which there is at least one. Position zero may be anywhere in time.
pub(super) fn chain(points: &[TempoPoint]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::with_capacity(points.len());
    // What was lost to rounding so far (Neumaier): a hundred thousand points must not add up their errors.
    let mut lost = 0.0;
    let mut sum: Option<f64> = None;
    for (index, point) in points.iter().enumerate() {
        let mut segment = Segment::new(*point, points.get(index + 1));
        let total = match (segments.last(), sum) {
            (Some(last), Some(sum)) => {
                let step = last.secs_after(to_f64(point.at.0 - last.point.at.0));
                let total: f64 = sum + step;
                lost += if sum.abs() >= step.abs() { (sum - total) + step } else { (step - total) + sum };
                total
            }
            _ => to_f64(point.at.0) * segment.secs_per_tick(),
        };
        sum = Some(total);
        segment.start_secs = total + lost;
        segments.push(segment);
    }
    segments
}
