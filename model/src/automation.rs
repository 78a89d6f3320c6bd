//! Writing automation: what a hand did becomes points of a lane.
//!
//! 1. While playback runs, a [`Take`] collects positions and values.
//! 2. At the end of the gesture, [`punch`] thins what was taken and puts it in place of the points that were there, as one
//!    edit.

mod take;
mod thin;

pub use take::{Take, punch};
pub use thin::thin;

use protocol::{Beats, Point};

/// The value of sorted points at a position, `None` without points. Before the first point its value holds, after the
/// last one the last's.
#[must_use]
pub fn value_at(points: &[Point], at: Beats) -> Option<f64> {
    let passed = points.partition_point(|point| point.at <= at);
    let Some(last) = passed.checked_sub(1).map(|last| points[last]) else {
        return points.first().map(|point| point.value);
    };
    let Some(next) = points.get(passed) else { return Some(last.value) };
    Some(between(last, *next, at))
}

/// The value on the way from a point to a later one.
fn between(last: Point, next: Point, at: Beats) -> f64 {
    let ticks = |beats: Beats| beats.to_beats();
    let progress = ticks(at - last.at) / ticks(next.at - last.at);
    last.value + (next.value - last.value) * last.curve.shape(progress)
}

#[cfg(test)]
mod tests;
