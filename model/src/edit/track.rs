//! Edits of tracks.

use protocol::{BlobHash, Edit, Value};

use super::{create as new, reference, setter, text};
use crate::view::{NoteOutput, TrackId, TrackInput, TrackKind};

/// A new track. The master cannot be created: every project has one.
#[must_use]
pub fn create(id: TrackId, kind: TrackKind, name: &str) -> Edit {
    new("tracks", id, [("kind", text(kind.word())), ("name", text(name))])
}

setter!(
    /// What a person calls it.
    set_name, TrackId, "name", name: &str => text(name)
);
setter!(
    /// 0xRRGGBB.
    set_color, TrackId, "color", color: u32 => Value::Int(color.into())
);
setter!(
    /// Place in the track list, ascending.
    set_order, TrackId, "order", order: f64 => Value::Float(order)
);
setter!(
    /// Fader, -90..=12 dB.
    set_volume_db, TrackId, "volume_db", volume_db: f64 => Value::Float(volume_db)
);
setter!(
    /// Balance, -1..=1.
    set_pan, TrackId, "pan", pan: f64 => Value::Float(pan)
);
setter!(
    /// Silenced.
    set_mute, TrackId, "mute", mute: bool => Value::Bool(mute)
);
setter!(
    /// Heard alone.
    set_solo, TrackId, "solo", solo: bool => Value::Bool(solo)
);
setter!(
    /// Hears live notes or input.
    set_armed, TrackId, "armed", armed: bool => Value::Bool(armed)
);
setter!(
    /// The bus it feeds; `None` for the master.
    set_output, TrackId, "output", bus: Option<TrackId> => reference(bus)
);
setter!(
    /// 0 to feed its output, 1..=31 for an extra output of the outer host or of an audio device.
    set_output_bus, TrackId, "output_bus", bus: u16 => Value::Int(bus.into())
);
setter!(
    /// Live audio that it hears while armed.
    set_input, TrackId, "input", input: TrackInput => text(input.word())
);
setter!(
    /// 0 for its input, 1..=31 for an extra input of an audio device, of which 1 is the sidechain.
    set_input_bus, TrackId, "input_bus", bus: u16 => Value::Int(bus.into())
);
setter!(
    /// The one channel of its input that it hears, from 0 to 63; `None` for all.
    set_input_channel, TrackId, "input_channel", channel: Option<u16> =>
        Value::Int(channel.map_or(0, |channel| i64::from(channel) + 1))
);
setter!(
    /// Whether the notes at the end of its chain go on to the outer host.
    set_note_output, TrackId, "note_output", output: NoteOutput => text(output.word())
);

/// Plays this audio, a WAV blob that starts with the timeline, in place of clips and devices. `of` is the fingerprint of
/// what it was rendered from ([`plan::fingerprint`](crate::plan::fingerprint)).
#[must_use]
pub fn freeze(id: TrackId, audio: BlobHash, of: BlobHash) -> [Edit; 2] {
    [super::set(id, "frozen", Value::Blob(audio)), super::set(id, "frozen_of", text(of.to_string()))]
}

/// Plays clips and devices again.
#[must_use]
pub fn unfreeze(id: TrackId) -> [Edit; 2] {
    [super::set(id, "frozen", Value::Null), super::set(id, "frozen_of", text(""))]
}
