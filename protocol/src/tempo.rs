//! The tempo map: the one place where beats become seconds and frames.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{Beats, Frames, SampleRate, to_f64};

mod segment;
#[cfg(test)]
mod tests;

use segment::Segment;

/// From `at` on, the tempo is `bpm` quarter notes a minute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TempoPoint {
    /// Where the tempo starts.
    pub at: Beats,
    /// Quarter notes per minute, within [`TempoMap::MIN_BPM`] and [`TempoMap::MAX_BPM`].
    pub bpm: f64,
    /// How the tempo gets to that of the next point.
    #[serde(default, skip_serializing_if = "Transition::is_jump")]
    pub transition: Transition,
}

/// How one tempo becomes the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// It stays, and changes at once where the next point is.
    #[default]
    Jump,
    /// It moves in a straight line over the beats between. After the last point there is nowhere to go: it stays.
    Ramp,
}

impl Transition {
    /// The words in files and scripts, the default first.
    pub const WORDS: &'static [&'static str] = &["jump", "ramp"];

    /// The word in files and scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jump => "jump",
            Self::Ramp => "ramp",
        }
    }

    /// What a word means; a jump if it means nothing.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        if word == "ramp" { Self::Ramp } else { Self::Jump }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_jump(&self) -> bool {
        *self == Self::Jump
    }
}

impl TempoPoint {
    /// A tempo that stays until the next point.
    #[must_use]
    pub const fn jump(at: Beats, bpm: f64) -> Self {
        Self { at, bpm, transition: Transition::Jump }
    }

    /// A tempo that moves in a straight line towards the next point's.
    #[must_use]
    pub const fn ramp(at: Beats, bpm: f64) -> Self {
        Self { at, bpm, transition: Transition::Ramp }
    }
}

/// Converts between beats, seconds and frames. Beat zero is second zero; both directions are monotone, and within half
/// a frame over ten hours at any legal tempo and rate.
///
/// The tempo of the first point also holds before it. An empty map runs at [`TempoMap::DEFAULT_BPM`]. Cloning costs a
/// reference count; every conversion is real-time safe and logarithmic in the number of points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Vec<TempoPoint>", into = "Vec<TempoPoint>")]
#[schemars(with = "Vec<TempoPoint>")]
pub struct TempoMap {
    segments: Arc<[Segment]>,
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
        Self::from(vec![TempoPoint::jump(Beats::ZERO, bpm)])
    }

    /// The points, in order of position.
    pub fn points(&self) -> impl Iterator<Item = TempoPoint> + '_ {
        self.segments.iter().map(|segment| segment.point)
    }

    /// The tempo at a position, in quarter notes per minute.
    #[must_use]
    pub fn bpm_at(&self, at: Beats) -> f64 {
        let segment = self.segment_at(at);
        segment.bpm_after(to_f64(at.0 - segment.point.at.0))
    }

    /// The tempo at a position in (fractional) ticks, in quarter notes per minute.
    #[must_use]
    pub fn bpm_at_ticks(&self, ticks: f64) -> f64 {
        let index = self.segments.partition_point(|segment| to_f64(segment.point.at.0) <= ticks);
        let segment = self.segments[index.saturating_sub(1)];
        segment.bpm_after(ticks - to_f64(segment.point.at.0))
    }

    /// The time of a position, in seconds from beat zero.
    #[must_use]
    pub fn secs_at(&self, at: Beats) -> f64 {
        let segment = self.segment_at(at);
        segment.start_secs + segment.secs_after(to_f64(at.0 - segment.point.at.0))
    }

    /// The position at a time, in (fractional) ticks.
    #[must_use]
    pub fn ticks_at_secs(&self, secs: f64) -> f64 {
        let index = self.segments.partition_point(|segment| segment.start_secs <= secs).saturating_sub(1);
        let segment = self.segments[index];
        to_f64(segment.point.at.0) + segment.ticks_after(secs - segment.start_secs)
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
        self.beats_at_secs(to_f64(frame.0) / rate.0)
    }

    /// The position nearest to a time in seconds.
    #[must_use]
    pub fn beats_at_secs(&self, secs: f64) -> Beats {
        #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
        Beats(self.ticks_at_secs(secs).round() as i64)
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
        if points.is_empty() {
            points.push(TempoPoint::jump(Beats::ZERO, Self::DEFAULT_BPM));
        }
        let mut segments = segment::chain(&points);
        // Beat zero is second zero even when the first points lie before it.
        let zero = Self { segments: segments.as_slice().into() };
        let shift = zero.secs_at(Beats::ZERO);
        segments.iter_mut().for_each(|segment| segment.start_secs -= shift);
        Self { segments: segments.into() }
    }
}

impl From<TempoMap> for Vec<TempoPoint> {
    fn from(map: TempoMap) -> Self {
        map.points().collect()
    }
}
