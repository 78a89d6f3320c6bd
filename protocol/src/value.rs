//! Values of project fields.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BlobHash, EntityId};
use crate::time::Beats;

mod midi;

pub use midi::{MidiEvent, MidiMessage};

/// What a field can hold. The schema in `model` says which kind, unit and range each field takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing: the field is unset.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// Text, UTF-8.
    Text(String),
    /// A musical position or length.
    Beats(Beats),
    /// Another entity.
    Ref(EntityId),
    /// A blob, by its hash.
    Blob(BlobHash),
    /// Named numbers, such as a device's parameter values by parameter key.
    Numbers(BTreeMap<String, f64>),
    /// Plain values in order: yes or no, numbers, texts, musical times.
    List(Vec<Value>),
    /// Plain values by key, whatever keys a person likes: each entry merges by itself.
    Properties(BTreeMap<String, Value>),
    /// Rows with stable keys, such as the notes of a clip: each row merges by itself.
    Rows(BTreeMap<u64, Row>),
}

/// One row of a [`Value::Rows`] field.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A note of a clip.
    Note(Note),
    /// A point of an automation lane.
    Point(Point),
    /// A MIDI message of a clip.
    Event(MidiEvent),
}

/// A note, placed relative to the start of its clip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Onset, from the start of the clip's content.
    pub start: Beats,
    /// Length, at least one tick.
    pub length: Beats,
    /// MIDI key, 0..=127; 60 is middle C.
    pub key: u8,
    /// Velocity, 0..=1.
    pub velocity: f64,
    /// MIDI channel, 0..=15.
    #[serde(default)]
    pub channel: u8,
}

/// A point of an automation lane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Position on the timeline.
    pub at: Beats,
    /// Value in the parameter's own unit.
    pub value: f64,
    /// How the value moves from here to the next point.
    #[serde(default)]
    pub curve: Curve,
}

/// The shape between an automation point and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Curve {
    /// Stays until the next point.
    Hold,
    /// A straight line.
    #[default]
    Linear,
    /// Slow, fast, slow (smoothstep).
    Smooth,
    /// Slow start, fast end (the square of the way).
    Exponential,
}

impl Curve {
    /// How much of the way in value is done after `progress` (0..=1) of the way in time. Real-time safe.
    #[must_use]
    pub fn shape(self, progress: f64) -> f64 {
        let x = progress.clamp(0.0, 1.0);
        match self {
            Self::Hold => 0.0,
            Self::Linear => x,
            Self::Smooth => x * x * (3.0 - 2.0 * x),
            Self::Exponential => x * x,
        }
    }
}
