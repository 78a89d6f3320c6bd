//! SoundFont player.

use crate::param::{ParamDescriptor as P, Unit};

/// The player's parameters.
pub const PARAMS: &[P] = &[
    P::new(0, "bank", "Bank", Unit::None, (0.0, 128.0), 0.0),
    P::new(1, "program", "Program", Unit::None, (0.0, 127.0), 0.0),
    P::new(2, "level_db", "Level", Unit::Decibels, (-60.0, 12.0), 0.0),
    P::new(3, "transpose", "Transpose", Unit::Semitones, (-36.0, 36.0), 0.0),
];

/// The ids of [`PARAMS`], under their keys.
#[expect(missing_docs, reason = "each is described in the table")]
pub mod id {
    use crate::ids::ParamId;

    pub const BANK: ParamId = ParamId(0);
    pub const PROGRAM: ParamId = ParamId(1);
    pub const LEVEL_DB: ParamId = ParamId(2);
    pub const TRANSPOSE: ParamId = ParamId(3);
}
