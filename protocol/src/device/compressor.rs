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
