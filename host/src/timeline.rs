//! Musical time on the audio thread: the plan's timeline, and the map from ticks to frames that is in force.

mod follow;

pub(crate) use follow::HostTempo;

use protocol::{Bar, Beats, EnginePlan, SampleRate, SignatureMap, TempoMap};

use crate::math::{to_f64, to_i64};

/// Tempo, signatures and loop of a plan. Immutable; replaced whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Timeline {
    pub tempo: TempoMap,
    pub loop_range: Option<(Beats, Beats)>,
    bars: SignatureMap,
}

impl Timeline {
    pub fn new(plan: &EnginePlan) -> Self {
        let loop_range = plan.loop_range.filter(|(start, end)| end > start);
        let bars = SignatureMap::new(&plan.signatures, plan.pickup);
        Self { tempo: plan.tempo.clone(), loop_range, bars }
    }

    /// The bar at a position. Real-time safe.
    pub fn bar_at(&self, ticks: f64) -> Bar {
        self.bars.bar_at(Beats(to_i64(ticks.floor())))
    }
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
            Self::Project(tempo, _) => tempo.bpm_at_ticks(ticks),
            Self::Host(tempo) => tempo.bpm(),
        }
    }
}
