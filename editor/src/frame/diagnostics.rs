//! What is measured while somebody looks: load, losses, the time each node takes, loudness, a spectrum.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{EntityId, NodeId};

/// What the diagnostics page shows. Empty but for load and losses while nobody looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics {
    /// Load of the engine, oldest first, some thirty points a second.
    pub load: Arc<[LoadPoint]>,
    /// What was lost, oldest first.
    pub losses: Arc<[Loss]>,
    /// How long nodes take.
    pub nodes: BTreeMap<NodeId, NodeLoad>,
    /// Events lost at nodes, since the engine started.
    pub dropped: BTreeMap<NodeId, u32>,
    /// How loud the master is; `None` before anything was measured.
    pub loudness: Option<MeasuredLoudness>,
    /// The spectrum that was asked for; `None` before there is one.
    pub spectrum: Option<MeasuredSpectrum>,
}

/// The load of the engine during a thirtieth of a second, as a fraction of the time there is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadPoint {
    /// The block that took longest.
    pub peak: f32,
    /// All blocks together.
    pub mean: f32,
}

/// Something that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// When, in milliseconds since the start of 1970.
    pub at_ms: u64,
    /// What.
    pub kind: LossKind,
    /// How often.
    pub count: u32,
}

/// What can be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossKind {
    /// The audio device ran dry, as it says itself.
    Xrun,
    /// A block took longer than it lasts.
    LateBlock,
    /// Streamed audio came too late for a block.
    Underrun,
    /// An event, because a list was full.
    Event,
}

/// How long a node takes, as a fraction of the time there is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NodeLoad {
    /// Lately.
    pub load: f32,
    /// The most in a block lately.
    pub peak: f32,
}

/// Loudness after EBU R 128. Minus infinity for silence, and for what is shorter than a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredLoudness {
    /// Over the last 400 ms, in LUFS.
    pub momentary_lufs: f64,
    /// Over the last 3 s, in LUFS.
    pub short_term_lufs: f64,
    /// Since measuring began, gated, in LUFS.
    pub integrated_lufs: f64,
    /// Loudness range since then, in LU.
    pub range_lu: f64,
    /// Largest peak between the samples since then, left and right, in dBTP.
    pub true_peak_db: [f64; 2],
    /// How much was heard since then, silence left out, in seconds.
    pub secs: f64,
}

/// How loud each part of the audible range is.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredSpectrum {
    /// The track that it is of; the master if not given.
    pub track: Option<EntityId>,
    /// Levels in dB, where 0 is a full-scale sine: of bands from [`LOW_HZ`](Self::LOW_HZ) to
    /// [`HIGH_HZ`](Self::HIGH_HZ), as many to each octave.
    pub bands_db: Arc<[f32]>,
}

impl MeasuredSpectrum {
    /// Where the first band begins.
    pub const LOW_HZ: f64 = 20.0;
    /// Where the last band ends.
    pub const HIGH_HZ: f64 = 20_000.0;
    /// What is silent, in dB.
    pub const FLOOR_DB: f32 = -120.0;
}
