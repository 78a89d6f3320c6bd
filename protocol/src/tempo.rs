//! The tempo map: the one place where beats become seconds and frames.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{Beats, Frames, SampleRate, TICKS_PER_BEAT, to_f64};

/// From `at` on, the tempo is `bpm` quarter notes a minute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TempoPoint {
    /// Where the tempo starts.
    pub at: Beats,
    /// Quarter notes per minute, within [`TempoMap::MIN_BPM`] and [`TempoMap::MAX_BPM`].
    pub bpm: f64,
}

/// Converts between beats, seconds and frames. Beat zero is second zero; both directions are monotone.
///
/// The tempo of the first point also holds before it. An empty map runs at [`TempoMap::DEFAULT_BPM`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Vec<TempoPoint>", into = "Vec<TempoPoint>")]
pub struct TempoMap {
    segments: Vec<Segment>,
}

#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
struct Segment {
    point: TempoPoint,
    start_secs: f64,
}

impl Segment {
    fn secs_per_tick(self) -> f64 {
        60.0 / (self.point.bpm * to_f64(TICKS_PER_BEAT))
    }
}

impl TempoMap {
    /// The slowest legal tempo.
    pub const MIN_BPM: f64 = 10.0;
    /// The fastest legal tempo.
    pub const MAX_BPM: f64 = 1_000.0;
    /// The tempo where nothing says otherwise.
    pub const DEFAULT_BPM: f64 = 120.0;

    /// One tempo throughout.
    #[must_use]
    pub fn constant(bpm: f64) -> Self {
        Self::from(vec![TempoPoint { at: Beats::ZERO, bpm }])
    }

    /// The points, in order of position.
    pub fn points(&self) -> impl Iterator<Item = TempoPoint> + '_ {
        self.segments.iter().map(|segment| segment.point)
    }

    /// The tempo at a position, in quarter notes per minute.
    #[must_use]
    pub fn bpm_at(&self, at: Beats) -> f64 {
        self.segment_at(at).point.bpm
    }

    /// The time of a position, in seconds from beat zero.
    #[must_use]
    pub fn secs_at(&self, at: Beats) -> f64 {
        let segment = self.segment_at(at);
        segment.start_secs + to_f64(at.0 - segment.point.at.0) * segment.secs_per_tick()
    }

    /// The position at a time, in (fractional) ticks.
    #[must_use]
    pub fn ticks_at_secs(&self, secs: f64) -> f64 {
        let index = self.segments.partition_point(|segment| segment.start_secs <= secs).saturating_sub(1);
        let segment = self.segments[index];
        to_f64(segment.point.at.0) + (secs - segment.start_secs) / segment.secs_per_tick()
    }

    /// The frame nearest to a position.
    #[must_use]
    pub fn frame_at(&self, at: Beats, rate: SampleRate) -> Frames {
        #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
        Frames((self.secs_at(at) * rate.0).round() as i64)
    }

    /// The position nearest to a frame.
    #[must_use]
    pub fn beats_at(&self, frame: Frames, rate: SampleRate) -> Beats {
        #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
        Beats(self.ticks_at_secs(to_f64(frame.0) / rate.0).round() as i64)
    }

    fn segment_at(&self, at: Beats) -> Segment {
        let index = self.segments.partition_point(|segment| segment.point.at <= at).saturating_sub(1);
        self.segments[index]
    }
}

impl Default for TempoMap {
    fn default() -> Self {
        Self::constant(Self::DEFAULT_BPM)
    }
}

impl From<Vec<TempoPoint>> for TempoMap {
    /// Sorts the points; of several at one position the last wins; tempos out of range are clamped.
    fn from(mut points: Vec<TempoPoint>) -> Self {
        points.sort_by_key(|point| point.at);
        points.reverse();
        points.dedup_by_key(|point| point.at);
        points.reverse();
        for point in &mut points {
            let legal = if point.bpm.is_nan() { Self::DEFAULT_BPM } else { point.bpm };
            point.bpm = legal.clamp(Self::MIN_BPM, Self::MAX_BPM);
        }
        let Some(first) = points.first().copied() else { return Self::default() };
        let mut segments: Vec<Segment> = Vec::with_capacity(points.len());
        let first = Segment { point: first, start_secs: 0.0 };
        let origin = to_f64(first.point.at.0) * first.secs_per_tick();
        for point in points {
            let start_secs = match segments.last() {
                None => origin,
                Some(last) => last.start_secs + to_f64(point.at.0 - last.point.at.0) * last.secs_per_tick(),
            };
            segments.push(Segment { point, start_secs });
        }
        // Beat zero is second zero even when the first points lie before it.
        let zero = Self { segments };
        let shift = zero.secs_at(Beats::ZERO);
        let segments = zero.segments.into_iter().map(|s| Segment { start_secs: s.start_secs - shift, ..s });
        Self { segments: segments.collect() }
    }
}

impl From<TempoMap> for Vec<TempoPoint> {
    fn from(map: TempoMap) -> Self {
        map.points().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(points: &[(i64, f64)]) -> TempoMap {
        points
            .iter()
            .map(|&(beat, bpm)| TempoPoint { at: Beats::whole(beat), bpm })
            .collect::<Vec<_>>()
            .into()
    }

    #[test]
    fn a_beat_at_120_bpm_is_half_a_second() {
        assert_eq!(map(&[(0, 120.0)]).secs_at(Beats::whole(3)), 1.5);
    }

    #[test]
    fn a_tempo_change_bends_time_from_its_position_on() {
        let map = map(&[(0, 60.0), (4, 120.0)]);
        assert_eq!(map.secs_at(Beats::whole(4)), 4.0);
        assert_eq!(map.secs_at(Beats::whole(6)), 5.0);
        assert_eq!(map.bpm_at(Beats(4 * TICKS_PER_BEAT - 1)), 60.0);
    }

    #[test]
    fn frames_and_beats_convert_back_and_forth() {
        let (map, rate) = (map(&[(0, 97.3), (7, 141.9), (90, 33.1)]), SampleRate(44_100.0));
        for tick in (-100_000..4_000_000).step_by(7_919) {
            let back = map.beats_at(map.frame_at(Beats(tick), rate), rate);
            assert!((back.0 - tick).abs() <= 1, "{tick} came back as {}", back.0);
        }
    }

    #[test]
    fn absurd_tempos_are_clamped() {
        assert_eq!(map(&[(0, f64::NAN)]).bpm_at(Beats::ZERO), TempoMap::DEFAULT_BPM);
        assert_eq!(map(&[(0, 1e9)]).bpm_at(Beats::ZERO), TempoMap::MAX_BPM);
    }
}
