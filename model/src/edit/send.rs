//! Edits of sends.

use protocol::{Edit, Value};

use super::{create as new, setter};
use crate::view::{SendId, TrackId};

/// A new send, at 0 dB after the fader.
#[must_use]
pub fn create(id: SendId, track: TrackId, target: TrackId) -> Edit {
    new("sends", id, [("track", Value::Ref(track.0)), ("target", Value::Ref(target.0))])
}

setter!(
    /// The bus it goes to.
    set_target, SendId, "target", target: TrackId => Value::Ref(target.0)
);
setter!(
    /// Place among the sends, ascending.
    set_order, SendId, "order", order: f64 => Value::Float(order)
);
setter!(
    /// Level, -90..=12 dB.
    set_level_db, SendId, "level_db", level_db: f64 => Value::Float(level_db)
);
setter!(
    /// Taken before the fader.
    set_pre_fader, SendId, "pre_fader", pre_fader: bool => Value::Bool(pre_fader)
);
setter!(
    /// Heard.
    set_enabled, SendId, "enabled", enabled: bool => Value::Bool(enabled)
);
