//! Musical time on the audio thread: the plan's timeline, and the map from ticks to frames that is in force.

mod follow;

pub(crate) use follow::HostTempo;

use protocol::plan::SignaturePoint;
use protocol::{Beats, EnginePlan, SampleRate, TICKS_PER_BEAT, TempoMap};

use crate::math::{to_f64, to_i64};

/// Tempo, signatures and loop of a plan. Immutable; replaced whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Timeline {
    pub tempo: TempoMap,
    pub loop_range: Option<(Beats, Beats)>,
    bars: Vec<BarRun>,
}

/// From a tick on, bars of one signature.
#[derive(Clone, Copy, Debug, PartialEq)]
struct BarRun {
    at: Beats,
    first_bar: i64,
    numerator: u8,
    denominator: u8,
}

impl BarRun {
    fn bar_ticks(self) -> i64 {
        let whole = 4 * TICKS_PER_BEAT;
        (whole * i64::from(self.numerator) / i64::from(self.denominator)).max(1)
    }
}

/// A place among the bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BarPlace {
    pub numerator: u8,
    pub denominator: u8,
    pub bar: i64,
    pub start: Beats,
}

impl Timeline {
    pub fn new(plan: &EnginePlan) -> Self {
        let loop_range = plan.loop_range.filter(|(start, end)| end > start);
        Self { tempo: plan.tempo.clone(), loop_range, bars: bar_runs(&plan.signatures) }
    }

    /// The bar at a position. Real-time safe.
    pub fn bar_at(&self, ticks: f64) -> BarPlace {
        let common = BarRun { at: Beats::ZERO, first_bar: 0, numerator: 4, denominator: 4 };
        let index = self.bars.partition_point(|run| to_f64(run.at.0) <= ticks);
        let run = index.checked_sub(1).map_or(common, |index| self.bars[index]);
        let bars = to_i64(((ticks - to_f64(run.at.0)) / to_f64(run.bar_ticks())).floor());
        BarPlace {
            numerator: run.numerator,
            denominator: run.denominator,
            bar: run.first_bar.saturating_add(bars),
            start: run.at + Beats(bars.saturating_mul(run.bar_ticks())),
        }
    }
}

fn bar_runs(signatures: &[SignaturePoint]) -> Vec<BarRun> {
    let mut points = signatures.to_vec();
    points.retain(|point| point.numerator > 0 && point.denominator > 0);
    points.sort_by_key(|point| point.at);
    let mut runs: Vec<BarRun> = Vec::new();
    for point in points {
        let first_bar = runs.last().map_or(0, |last| {
            // A signature within a bar cuts it short and starts a new one.
            let ticks = point.at.0 - last.at.0;
            last.first_bar + ticks.div_euclid(last.bar_ticks()) + i64::from(ticks % last.bar_ticks() != 0)
        });
        let (numerator, denominator) = (point.numerator, point.denominator);
        runs.push(BarRun { at: point.at, first_bar, numerator, denominator });
    }
    runs
}

/// The map between ticks and frames that is in force for a block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TimeMap<'a> {
    /// The project's own tempo map.
    Project(&'a TempoMap, SampleRate),
    /// The outer host's tempo.
    Host(&'a HostTempo),
}

impl TimeMap<'_> {
    /// The frame of a position.
    pub fn frame_at(self, at: Beats) -> i64 {
        match self {
            Self::Project(tempo, rate) => tempo.frame_at(at, rate).0,
            Self::Host(tempo) => tempo.frame_at(to_f64(at.0)),
        }
    }

    /// The position of a frame, in fractional ticks.
    pub fn ticks_at(self, frame: i64) -> f64 {
        match self {
            Self::Project(tempo, rate) => tempo.ticks_at_secs(to_f64(frame) / rate.0),
            Self::Host(tempo) => tempo.ticks_at(frame),
        }
    }

    /// The tempo at a position, in quarter notes per minute.
    pub fn bpm_at(self, ticks: f64) -> f64 {
        match self {
            Self::Project(tempo, _) => tempo.bpm_at(Beats(to_i64(ticks.floor()))),
            Self::Host(tempo) => tempo.bpm(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_counted_through_changes_of_signature() {
        let point =
            |beat, numerator, denominator| SignaturePoint { at: Beats::whole(beat), numerator, denominator };
        let plan = EnginePlan {
            signatures: vec![point(0, 3, 4), point(6, 6, 8), point(10, 4, 4)],
            ..EnginePlan::default()
        };
        let timeline = Timeline::new(&plan);
        let bar = |beat: f64| {
            let place = timeline.bar_at(beat * to_f64(TICKS_PER_BEAT));
            (place.bar, place.start.to_beats(), place.numerator, place.denominator)
        };
        assert_eq!(bar(0.0), (0, 0.0, 3, 4));
        assert_eq!(bar(5.9), (1, 3.0, 3, 4));
        assert_eq!(bar(6.0), (2, 6.0, 6, 8));
        assert_eq!(bar(10.0), (4, 10.0, 4, 4), "the bar from beat 9 is cut short");
        assert_eq!(bar(-0.5), (-1, -4.0, 4, 4));
    }
}
