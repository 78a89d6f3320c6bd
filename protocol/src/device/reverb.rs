//! Algorithmic reverb.

use crate::param::{ParamDescriptor as P, Unit};

/// The reverb's parameters.
pub const PARAMS: &[P] = &[
    P::new(0, "size", "Size", Unit::Percent, (0.0, 1.0), 0.6),
    P::new(1, "decay", "Decay", Unit::Seconds, (0.1, 20.0), 2.2),
    P::new(2, "damping", "Damping", Unit::Hertz, (500.0, 20_000.0), 6_500.0),
    P::new(3, "pre_delay", "Pre-delay", Unit::Seconds, (0.0, 0.25), 0.012),
    P::new(4, "low_cut", "Low cut", Unit::Hertz, (20.0, 1_000.0), 120.0),
    P::new(5, "width", "Width", Unit::Percent, (0.0, 1.0), 1.0),
    P::new(6, "mix", "Mix", Unit::Percent, (0.0, 1.0), 0.3),
];

/// The ids of [`PARAMS`], under their keys.
#[expect(missing_docs, reason = "each is described in the table")]
pub mod id {
    use crate::ids::ParamId;

    pub const SIZE: ParamId = ParamId(0);
    pub const DECAY: ParamId = ParamId(1);
    pub const DAMPING: ParamId = ParamId(2);
    pub const PRE_DELAY: ParamId = ParamId(3);
    pub const LOW_CUT: ParamId = ParamId(4);
    pub const WIDTH: ParamId = ParamId(5);
    pub const MIX: ParamId = ParamId(6);
}
