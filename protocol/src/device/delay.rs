//! Stereo delay with feedback and damping, in seconds or in beats.

use crate::param::{ParamDescriptor as P, Unit};

/// How the two sides feed back.
pub const MODES: &[&str] = &["Stereo", "Ping-pong"];

/// The delay's parameters.
pub const PARAMS: &[P] = &[
    P::switch(0, "sync", "Sync", true),
    P::new(1, "beats", "Time (beats)", Unit::Beats, (0.0625, 4.0), 0.75),
    P::new(2, "time", "Time", Unit::Seconds, (0.001, 4.0), 0.35),
    P::new(3, "feedback", "Feedback", Unit::Percent, (0.0, 0.98), 0.4),
    P::new(4, "damping", "Damping", Unit::Hertz, (200.0, 20_000.0), 6_000.0),
    P::new(5, "low_cut", "Low cut", Unit::Hertz, (20.0, 2_000.0), 120.0),
    P::choice(6, "mode", "Mode", MODES),
    P::new(7, "mix", "Mix", Unit::Percent, (0.0, 1.0), 0.35),
];

/// The ids of [`PARAMS`], under their keys.
#[expect(missing_docs, reason = "each is described in the table")]
pub mod id {
    use crate::ids::ParamId;

    pub const SYNC: ParamId = ParamId(0);
    pub const BEATS: ParamId = ParamId(1);
    pub const TIME: ParamId = ParamId(2);
    pub const FEEDBACK: ParamId = ParamId(3);
    pub const DAMPING: ParamId = ParamId(4);
    pub const LOW_CUT: ParamId = ParamId(5);
    pub const MODE: ParamId = ParamId(6);
    pub const MIX: ParamId = ParamId(7);
}
