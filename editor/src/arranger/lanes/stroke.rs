//! A line drawn by hand: what the pencil has gone over so far.

use protocol::{Beats, Curve, Point};

use super::plot::{Keyed, Plot};
use super::{curve_for, thin};

/// The key of points that are not in the project yet.
pub(super) const UNBORN: u64 = 0;
/// How far off the thinned line may be, in points on the screen.
const TOLERANCE: f64 = 1.3;

/// The line so far: quarter notes, and heights of 0..=1. One height for each place: going back overwrites.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stroke {
    samples: Vec<(f64, f64)>,
    origin: (f64, f64),
    last: (f64, f64),
}

impl Stroke {
    /// Begins at a place.
    pub fn new(at: (f64, f64)) -> Self {
        Self { samples: vec![at], origin: at, last: at }
    }

    /// Goes on to a place.
    pub fn go(&mut self, to: (f64, f64)) {
        if to == self.last {
            return;
        }
        let (low, high) = (self.last.0.min(to.0), self.last.0.max(to.0));
        let from = self.samples.partition_point(|sample| sample.0 < low);
        let end = self.samples.partition_point(|sample| sample.0 <= high);
        let mut ends = [self.last, to];
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Straight up or down, only where it got to counts.
        let ends = if ends[0].0 == ends[1].0 { &[to][..] } else { &ends[..] };
        self.samples.splice(from..end, ends.iter().copied());
        self.last = to;
    }

    /// Becomes the straight line from where it began.
    pub fn straighten(&mut self, to: (f64, f64)) {
        let origin = self.origin;
        *self = Self::new(origin);
        self.go(to);
    }

    /// From where to where it goes.
    fn span(&self) -> (Beats, Beats) {
        let ends = (self.samples.first(), self.samples.last());
        let at = |sample: Option<&(f64, f64)>| sample.map_or(Beats::ZERO, |sample| beats(sample.0));
        (at(ends.0), at(ends.1))
    }

    /// The points of a lane with the line laid over them.
    pub fn over(&self, stored: &[Keyed], plot: &Plot<'_>) -> Vec<Keyed> {
        let (from, to) = self.span();
        let before = stored.partition_point(|(_, point)| point.at < from);
        let after = stored.partition_point(|(_, point)| point.at <= to);
        let line = self.samples.iter().map(|sample| (UNBORN, point(*sample, plot)));
        stored[..before].iter().copied().chain(line).chain(stored[after..].iter().copied()).collect()
    }

    /// What it changes in a lane: the points it goes over are gone, and few enough new ones make the line.
    pub fn changes(
        &self,
        stored: &[Keyed],
        plot: &Plot<'_>,
        mut new_key: impl FnMut() -> u64,
    ) -> Vec<(u64, Option<Point>)> {
        let (from, to) = self.span();
        let gone = stored.iter().filter(|(_, point)| point.at >= from && point.at <= to);
        let mut changes: Vec<_> = gone.map(|(key, _)| (*key, None)).collect();
        let tolerance = TOLERANCE / f64::from(plot.rect.height().max(1.0));
        let mut last = None;
        for index in thin::keep(&self.samples, tolerance, |from, to, at| height(plot, from, to, at)) {
            let point = point(self.samples[index], plot);
            if last != Some(point.at) {
                changes.push((new_key(), Some(point)));
            }
            last = Some(point.at);
        }
        changes
    }
}

/// The height at a place between two samples, the way that automation goes: evenly in the plain value.
fn height(plot: &Plot<'_>, from: (f64, f64), to: (f64, f64), at: f64) -> f64 {
    if curve_for(plot) == Curve::Hold || to.0 <= from.0 {
        return from.1;
    }
    let (low, high) = (plot.scale.denormalize(from.1), plot.scale.denormalize(to.1));
    plot.scale.normalize(low + (high - low) * (at - from.0) / (to.0 - from.0))
}

fn beats(at: f64) -> Beats {
    Beats(Beats::from_beats(at).0.max(0))
}

fn point((at, norm): (f64, f64), plot: &Plot<'_>) -> Point {
    Point { at: beats(at), value: plot.scale.denormalize(norm), curve: curve_for(plot) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_overwrites() {
        let mut stroke = Stroke::new((0.0, 0.1));
        for at in 1..=8 {
            stroke.go((f64::from(at), 0.1));
        }
        stroke.go((4.0, 0.9));
        stroke.go((6.0, 0.9));
        let places: Vec<f64> = stroke.samples.iter().map(|sample| sample.0).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert_eq!(
            stroke.samples,
            [(0.0, 0.1), (1.0, 0.1), (2.0, 0.1), (3.0, 0.1), (4.0, 0.9), (6.0, 0.9), (8.0, 0.1),]
        );
    }
}
