//! Gain, balance, width and polarity.

use crate::param::{ParamDescriptor, Unit};

/// The utility's parameters.
pub const PARAMS: &[ParamDescriptor] = &[
    ParamDescriptor::new(0, "gain_db", "Gain", Unit::Decibels, (-90.0, 24.0), 0.0),
    ParamDescriptor::new(1, "balance", "Balance", Unit::Pan, (-1.0, 1.0), 0.0),
    ParamDescriptor::new(2, "width", "Width", Unit::Percent, (0.0, 2.0), 1.0),
    ParamDescriptor::switch(3, "invert_left", "Invert L", false),
    ParamDescriptor::switch(4, "invert_right", "Invert R", false),
    ParamDescriptor::switch(5, "mono", "Mono", false),
];

/// The ids of [`PARAMS`], under their keys.
#[expect(missing_docs, reason = "each is described in the table")]
pub mod id {
    use crate::ids::ParamId;

    pub const GAIN_DB: ParamId = ParamId(0);
    pub const BALANCE: ParamId = ParamId(1);
    pub const WIDTH: ParamId = ParamId(2);
    pub const INVERT_LEFT: ParamId = ParamId(3);
    pub const INVERT_RIGHT: ParamId = ParamId(4);
    pub const MONO: ParamId = ParamId(5);
}
