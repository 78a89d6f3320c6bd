//! What a clip of notes plays beside its notes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::BlobHash;
use crate::time::Beats;

/// A MIDI message that is no note, placed relative to the start of its clip's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MidiEvent {
    /// Position, from the start of the clip's content.
    pub at: Beats,
    /// MIDI channel, 0..=15. System-exclusive messages have none and keep 0.
    pub channel: u8,
    /// What it says.
    pub message: MidiMessage,
}

/// What a [`MidiEvent`] says. Source: MIDI 1.0 Detailed Specification, table II.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MidiMessage {
    /// A controller moves.
    Controller {
        /// Which, 0..=127.
        number: u8,
        /// Where to, 0..=127.
        value: u8,
    },
    /// Another program, 0..=127.
    Program(u8),
    /// The pitch wheel moves, -8192..=8191; 0 is the centre.
    PitchBend(i16),
    /// Aftertouch of the whole channel, 0..=127.
    ChannelPressure(u8),
    /// Aftertouch of one key.
    KeyPressure {
        /// Which, 0..=127.
        key: u8,
        /// How hard, 0..=127.
        value: u8,
    },
    /// A system-exclusive message: the blob holds all its bytes, F0 and F7 included.
    SystemExclusive(BlobHash),
}
