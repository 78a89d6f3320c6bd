//! Edits of sends.

use protocol::{Edit, Value};

use super::{create as new, setter};
use crate::view::{DeviceId, SendId, TrackId};

/// A new send, at 0 dB after the fader.
#[must_use]
pub fn create(id: SendId, track: TrackId, target: TrackId) -> Edit {
    new("sends", id, [("track", Value::Ref(track.0)), ("target", Value::Ref(target.0))])
}

/// A new send of an extra output of a device, counted from 1, to another track.
#[must_use]
pub fn create_from_output(
    id: SendId,
    track: TrackId,
    (device, output): (DeviceId, u16),
    target: TrackId,
) -> Edit {
    let [device, output] = [Value::Ref(device.0), Value::Int(output.into())];
    let [track, target] = [track, target].map(|track| Value::Ref(track.0));
    new("sends", id, [("track", track), ("target", target), ("device", device), ("output", output)])
}

/// A new send of a track's sound to an extra input of a device on another track, counted from 1.
#[must_use]
pub fn create_to_input(
    id: SendId,
    track: TrackId,
    target: TrackId,
    (device, input): (DeviceId, u16),
) -> Edit {
    let [device, input] = [Value::Ref(device.0), Value::Int(input.into())];
    let [track, target] = [track, target].map(|track| Value::Ref(track.0));
    new("sends", id, [("track", track), ("target", target), ("target_device", device), ("input", input)])
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
