//! Feed-forward compressor with a soft knee and an optional sidechain input.

use crate::param::{ParamDescriptor as P, Unit};

/// The compressor's parameters.
pub const PARAMS: &[P] = &[
    P::new(0, "threshold_db", "Threshold", Unit::Decibels, (-60.0, 0.0), -18.0),
    P::new(1, "ratio", "Ratio", Unit::Ratio, (1.0, 20.0), 3.0),
    P::new(2, "knee_db", "Knee", Unit::Decibels, (0.0, 24.0), 6.0),
    P::new(3, "attack", "Attack", Unit::Seconds, (0.0001, 0.5), 0.01),
    P::new(4, "release", "Release", Unit::Seconds, (0.005, 3.0), 0.12),
    P::new(5, "makeup_db", "Make-up", Unit::Decibels, (0.0, 36.0), 0.0),
    P::new(6, "mix", "Mix", Unit::Percent, (0.0, 1.0), 1.0),
    P::switch(7, "sidechain", "Sidechain", false),
];

/// The ids of [`PARAMS`], under their keys.
#[expect(missing_docs, reason = "each is described in the table")]
pub mod id {
    use crate::ids::ParamId;

    pub const THRESHOLD_DB: ParamId = ParamId(0);
    pub const RATIO: ParamId = ParamId(1);
    pub const KNEE_DB: ParamId = ParamId(2);
    pub const ATTACK: ParamId = ParamId(3);
    pub const RELEASE: ParamId = ParamId(4);
    pub const MAKEUP_DB: ParamId = ParamId(5);
    pub const MIX: ParamId = ParamId(6);
    pub const SIDECHAIN: ParamId = ParamId(7);
}
