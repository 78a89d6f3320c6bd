//! Edits of clips.

use protocol::{Beats, BlobHash, Edit, MidiEvent, Note, Row, RowChange, Value};

use super::{create as new, setter, text};
use crate::view::{ClipId, TrackId};

/// A new clip of notes.
#[must_use]
pub fn create_notes(id: ClipId, track: TrackId, start: Beats, length: Beats) -> Edit {
    let place = [("start", Value::Beats(start)), ("length", Value::Beats(length))];
    let [start, length] = place;
    new("clips", id, [("track", Value::Ref(track.0)), ("kind", text("notes")), start, length])
}

/// A new clip of audio.
#[must_use]
pub fn create_audio(id: ClipId, track: TrackId, start: Beats, length: Beats, media: BlobHash) -> Edit {
    let fields = [
        ("track", Value::Ref(track.0)),
        ("kind", text("audio")),
        ("start", Value::Beats(start)),
        ("length", Value::Beats(length)),
        ("media", Value::Blob(media)),
    ];
    new("clips", id, fields)
}

/// Sets or adds a note.
#[must_use]
pub fn set_note(id: ClipId, key: u64, note: Note) -> Edit {
    change_notes(id, [(key, Some(note))])
}

/// Removes a note.
#[must_use]
pub fn remove_note(id: ClipId, key: u64) -> Edit {
    change_notes(id, [(key, None)])
}

/// Sets, adds or removes (`None`) several notes at once.
#[must_use]
pub fn change_notes(id: ClipId, notes: impl IntoIterator<Item = (u64, Option<Note>)>) -> Edit {
    let change = |(key, note): (u64, Option<Note>)| RowChange { key, row: note.map(Row::Note) };
    Edit::Rows { id: id.0, field: "notes".to_owned(), changes: notes.into_iter().map(change).collect() }
}

/// Sets, adds or removes (`None`) MIDI messages beside the notes.
#[must_use]
pub fn change_events(id: ClipId, events: impl IntoIterator<Item = (u64, Option<MidiEvent>)>) -> Edit {
    let change = |(key, event): (u64, Option<MidiEvent>)| RowChange { key, row: event.map(Row::Event) };
    Edit::Rows { id: id.0, field: "events".to_owned(), changes: events.into_iter().map(change).collect() }
}

setter!(
    /// Where it lies.
    set_track, ClipId, "track", track: TrackId => Value::Ref(track.0)
);
setter!(
    /// What a person calls it.
    set_name, ClipId, "name", name: &str => text(name)
);
setter!(
    /// 0xRRGGBB, or `None` for the track's.
    set_color, ClipId, "color", color: Option<u32> => color.map_or(Value::Null, |color| Value::Int(color.into()))
);
setter!(
    /// Where it starts.
    set_start, ClipId, "start", start: Beats => Value::Beats(start)
);
setter!(
    /// How long it plays, at least one tick.
    set_length, ClipId, "length", length: Beats => Value::Beats(length)
);
setter!(
    /// Where in its notes it begins.
    set_offset, ClipId, "offset", offset: Beats => Value::Beats(offset)
);
setter!(
    /// Its notes repeat with this period; `None` plays them once.
    set_loop_length, ClipId, "loop_length", period: Option<Beats> => period.map_or(Value::Null, Value::Beats)
);
setter!(
    /// Not played.
    set_muted, ClipId, "muted", muted: bool => Value::Bool(muted)
);
setter!(
    /// Played on the timeline; otherwise only from the launcher's slots.
    set_arranged, ClipId, "arranged", arranged: bool => Value::Bool(arranged)
);
setter!(
    /// Its audio: a WAV blob.
    set_media, ClipId, "media", media: BlobHash => Value::Blob(media)
);
setter!(
    /// Where in its audio it begins, in seconds.
    set_offset_secs, ClipId, "offset_secs", offset_secs: f64 => Value::Float(offset_secs)
);
setter!(
    /// Level of its audio, -90..=36 dB.
    set_gain_db, ClipId, "gain_db", gain_db: f64 => Value::Float(gain_db)
);
setter!(
    /// Fade-in, in seconds.
    set_fade_in_secs, ClipId, "fade_in_secs", secs: f64 => Value::Float(secs)
);
setter!(
    /// Fade-out, in seconds.
    set_fade_out_secs, ClipId, "fade_out_secs", secs: f64 => Value::Float(secs)
);
