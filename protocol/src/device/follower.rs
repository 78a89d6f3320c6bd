//! What follows how loud a track is.

use crate::ids::ParamId;
use crate::param::{ParamDescriptor, Unit};

/// How fast it rises: the time in which it gets to 63 % of a jump.
pub const ATTACK_SECS: ParamId = ParamId(0);
/// How fast it falls, likewise.
pub const RELEASE_SECS: ParamId = ParamId(1);
/// How much louder than it is the track is taken for: full scale is position 1.
pub const GAIN_DB: ParamId = ParamId(2);

/// The follower's parameters.
pub const PARAMS: &[ParamDescriptor] = &[
    ParamDescriptor::new(0, "attack_secs", "Attack", Unit::Seconds, (0.0, 10.0), 0.01),
    ParamDescriptor::new(1, "release_secs", "Release", Unit::Seconds, (0.0, 10.0), 0.2),
    ParamDescriptor::new(2, "gain_db", "Gain", Unit::Decibels, (-60.0, 60.0), 0.0),
];
