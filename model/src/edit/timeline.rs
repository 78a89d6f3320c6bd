//! Edits of tempo, time signatures and markers.

use protocol::{Beats, Edit, Transition, Value};

use super::{create as new, setter, text};
use crate::view::{MarkerId, SignatureId, TempoId};

/// A new change of tempo, 10..=1000 quarter notes a minute.
#[must_use]
pub fn create_tempo(id: TempoId, at: Beats, bpm: f64) -> Edit {
    new("tempo", id, [("at", Value::Beats(at)), ("bpm", Value::Float(bpm))])
}

/// A new change of time signature.
#[must_use]
pub fn create_signature(id: SignatureId, at: Beats, numerator: u8, denominator: u8) -> Edit {
    let fields = [
        ("at", Value::Beats(at)),
        ("numerator", Value::Int(numerator.into())),
        ("denominator", Value::Int(denominator.into())),
    ];
    new("signatures", id, fields)
}

/// A new marker.
#[must_use]
pub fn create_marker(id: MarkerId, at: Beats, name: &str) -> Edit {
    new("markers", id, [("at", Value::Beats(at)), ("name", text(name))])
}

setter!(
    /// Quarter notes a minute.
    set_bpm, TempoId, "bpm", bpm: f64 => Value::Float(bpm)
);
setter!(
    /// How it gets to the next tempo.
    set_transition, TempoId, "transition", transition: Transition => text(transition.word())
);
setter!(
    /// Notes in a bar.
    set_numerator, SignatureId, "numerator", numerator: u8 => Value::Int(numerator.into())
);
setter!(
    /// The kind of note: a power of two up to 32.
    set_denominator, SignatureId, "denominator", denominator: u8 => Value::Int(denominator.into())
);
setter!(
    /// What the marker says.
    set_marker_name, MarkerId, "name", name: &str => text(name)
);
setter!(
    /// Where the marker is.
    set_marker_at, MarkerId, "at", at: Beats => Value::Beats(at)
);
setter!(
    /// 0xRRGGBB.
    set_marker_color, MarkerId, "color", color: u32 => Value::Int(color.into())
);
setter!(
    /// Where the tempo changes.
    set_tempo_at, TempoId, "at", at: Beats => Value::Beats(at)
);
setter!(
    /// Where the time signature changes.
    set_signature_at, SignatureId, "at", at: Beats => Value::Beats(at)
);
