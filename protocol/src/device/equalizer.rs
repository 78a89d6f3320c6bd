//! Four bands: low cut or shelf, two bells, high shelf or cut.

use crate::param::{ParamDescriptor as P, Unit};

/// The equaliser's parameters.
pub const PARAMS: &[P] = &[
    P::switch(0, "low_cut_on", "Low cut", false),
    P::new(1, "low_cut", "Low cut freq", Unit::Hertz, (20.0, 2_000.0), 80.0),
    P::new(2, "low_freq", "Low freq", Unit::Hertz, (20.0, 1_000.0), 120.0),
    P::new(3, "low_gain_db", "Low gain", Unit::Decibels, (-24.0, 24.0), 0.0),
    P::new(4, "mid1_freq", "Mid 1 freq", Unit::Hertz, (40.0, 8_000.0), 500.0),
    P::new(5, "mid1_gain_db", "Mid 1 gain", Unit::Decibels, (-24.0, 24.0), 0.0),
    P::new(6, "mid1_q", "Mid 1 Q", Unit::None, (0.1, 18.0), 0.8),
    P::new(7, "mid2_freq", "Mid 2 freq", Unit::Hertz, (200.0, 16_000.0), 2_500.0),
    P::new(8, "mid2_gain_db", "Mid 2 gain", Unit::Decibels, (-24.0, 24.0), 0.0),
    P::new(9, "mid2_q", "Mid 2 Q", Unit::None, (0.1, 18.0), 0.8),
    P::new(10, "high_freq", "High freq", Unit::Hertz, (1_000.0, 20_000.0), 8_000.0),
    P::new(11, "high_gain_db", "High gain", Unit::Decibels, (-24.0, 24.0), 0.0),
    P::new(12, "output_db", "Output", Unit::Decibels, (-24.0, 24.0), 0.0),
];

/// The ids of [`PARAMS`], under their keys.
#[expect(missing_docs, reason = "each is described in the table")]
pub mod id {
    use crate::ids::ParamId;

    pub const LOW_CUT_ON: ParamId = ParamId(0);
    pub const LOW_CUT: ParamId = ParamId(1);
    pub const LOW_FREQ: ParamId = ParamId(2);
    pub const LOW_GAIN_DB: ParamId = ParamId(3);
    pub const MID1_FREQ: ParamId = ParamId(4);
    pub const MID1_GAIN_DB: ParamId = ParamId(5);
    pub const MID1_Q: ParamId = ParamId(6);
    pub const MID2_FREQ: ParamId = ParamId(7);
    pub const MID2_GAIN_DB: ParamId = ParamId(8);
    pub const MID2_Q: ParamId = ParamId(9);
    pub const HIGH_FREQ: ParamId = ParamId(10);
    pub const HIGH_GAIN_DB: ParamId = ParamId(11);
    pub const OUTPUT_DB: ParamId = ParamId(12);
}
