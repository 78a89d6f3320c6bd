//! The tempo of an outer host where it is not the project's: a record of the tempos heard since the last jump.

use protocol::{SampleRate, TICKS_PER_BEAT};

use crate::math::{to_f64, to_i64};

/// Tempo changes that are remembered; older ones count as having the tempo of the oldest one left.
const SEGMENTS: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Segment {
    frame: f64,
    ticks: f64,
    frames_per_tick: f64,
}

/// A piecewise constant tempo, extended as the host plays. Ticks and frames map both ways, monotonically.
#[derive(Clone, Debug)]
pub(crate) struct HostTempo {
    segments: [Segment; SEGMENTS],
    len: usize,
    bpm: f64,
    rate: f64,
}

impl HostTempo {
    /// One tempo throughout; frame 0 is tick 0.
    pub fn constant(bpm: f64, rate: SampleRate) -> Self {
        let segment = Segment { frame: 0.0, ticks: 0.0, frames_per_tick: frames_per_tick(bpm, rate.0) };
        Self { segments: [segment; SEGMENTS], len: 1, bpm, rate: rate.0 }
    }

    /// From `frame` on the tempo is another.
    pub fn change(&mut self, frame: i64, bpm: f64) {
        let segment = Segment {
            frame: to_f64(frame),
            ticks: self.ticks_at(frame),
            frames_per_tick: frames_per_tick(bpm, self.rate),
        };
        if self.len == SEGMENTS {
            self.segments.copy_within(1.., 0);
            self.len -= 1;
        }
        self.segments[self.len] = segment;
        self.len += 1;
        self.bpm = bpm;
    }

    pub fn bpm(&self) -> f64 {
        self.bpm
    }

    /// The (fractional) frame of a position.
    pub fn exact_frame_at(&self, ticks: f64) -> f64 {
        let segment = self.segment(|segment| segment.ticks <= ticks);
        segment.frame + (ticks - segment.ticks) * segment.frames_per_tick
    }

    pub fn frame_at(&self, ticks: f64) -> i64 {
        to_i64(self.exact_frame_at(ticks).round())
    }

    pub fn ticks_at(&self, frame: i64) -> f64 {
        let frame = to_f64(frame);
        let segment = self.segment(|segment| segment.frame <= frame);
        segment.ticks + (frame - segment.frame) / segment.frames_per_tick
    }

    fn segment(&self, is_before: impl Fn(&Segment) -> bool) -> Segment {
        let segments = &self.segments[..self.len];
        segments.iter().rev().find(|segment| is_before(segment)).copied().unwrap_or(segments[0])
    }
}

fn frames_per_tick(bpm: f64, rate: f64) -> f64 {
    rate * 60.0 / (bpm * to_f64(TICKS_PER_BEAT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_tempo_bends_time_from_its_frame_on() {
        let mut tempo = HostTempo::constant(60.0, SampleRate(100.0));
        tempo.change(400, 120.0);
        let beat = |beats: f64| beats * to_f64(TICKS_PER_BEAT);
        assert_eq!(tempo.frame_at(beat(3.0)), 300);
        assert_eq!(tempo.frame_at(beat(6.0)), 500);
        assert_eq!(tempo.ticks_at(500), beat(6.0));
    }

    #[test]
    fn any_number_of_changes_keeps_time_continuous() {
        let mut tempo = HostTempo::constant(100.0, SampleRate(48_000.0));
        for step in 1..500_i32 {
            let frame = i64::from(step) * 1_000;
            let before = tempo.ticks_at(frame);
            tempo.change(frame, 100.0 + f64::from(step % 37));
            assert_eq!(tempo.ticks_at(frame), before);
            assert_eq!(tempo.frame_at(before), frame);
        }
    }
}
