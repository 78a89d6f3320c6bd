//! Channel strip of a track, and the level of a send.

use crate::ids::ParamId;
use crate::param::{ParamDescriptor, Unit};

/// Fader level.
pub const VOLUME_DB: ParamId = ParamId(0);
/// Stereo position.
pub const PAN: ParamId = ParamId(1);
/// Silenced by the mute button, or by another track's solo.
pub const MUTE: ParamId = ParamId(2);

/// The strip's parameters.
pub const PARAMS: &[ParamDescriptor] = &[
    ParamDescriptor::new(0, "volume_db", "Volume", Unit::Decibels, (-90.0, 12.0), 0.0),
    ParamDescriptor::new(1, "pan", "Pan", Unit::Pan, (-1.0, 1.0), 0.0),
    ParamDescriptor::switch(2, "mute", "Mute", false),
];

/// Level of a send.
pub const SEND_LEVEL_DB: ParamId = ParamId(0);

/// A send's parameters.
pub const SEND_PARAMS: &[ParamDescriptor] =
    &[ParamDescriptor::new(0, "level_db", "Level", Unit::Decibels, (-90.0, 12.0), 0.0)];
