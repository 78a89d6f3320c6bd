//! Standard MIDI Files.

mod settings;
mod song;
mod sounding;
mod source;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;

pub use source::MidiSource;

/// Whether a file begins as a MIDI file does.
pub(super) fn is_midi(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MThd") || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"RMID"))
}

/// Why a MIDI file cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MidiError {
    /// Not a Standard MIDI File, or one without a usable header.
    #[error("not a MIDI file: {0}")]
    Malformed(String),
    /// Its division says that time stands still.
    #[error("the MIDI file has a division of zero")]
    Division,
    /// It claims to be longer than ten million quarter notes.
    #[error("the MIDI file is too long")]
    TooLong,
    /// It has no notes, no tempo and no markers.
    #[error("the MIDI file is empty")]
    Empty,
}

/// What a MIDI file can say that a project does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lost {
    /// How fast keys are released.
    ReleaseVelocity,
    /// Lyrics.
    Lyric,
    /// Text, copyright notices, second names of a track.
    Text,
    /// Key signatures.
    KeySignature,
    /// Where in an SMPTE timeline the song starts.
    SmpteOffset,
    /// Tempo in a file that counts seconds; its notes are where they should be without.
    TempoBesideTimecode,
    /// What only one sequencer understands.
    SequencerData,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReleaseVelocity => "release velocity",
            Self::Lyric => "lyric",
            Self::Text => "text",
            Self::KeySignature => "key signature",
            Self::SmpteOffset => "SMPTE offset",
            Self::TempoBesideTimecode => "tempo beside timecode",
            Self::SequencerData => "sequencer-specific data",
        })
    }
}

/// What was lost, or had to be guessed, when a MIDI file was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MidiWarning {
    /// Events that a project does not hold.
    #[error("not imported: {what} ({count} times)")]
    NotRepresented {
        /// What kind.
        what: Lost,
        /// How many.
        count: u64,
    },
    /// Note-offs for keys that were not down.
    #[error("{count} note-offs had no note")]
    UnmatchedNoteOffs {
        /// How many.
        count: u64,
    },
    /// Notes that nothing ended; they were ended with their track.
    #[error("{count} notes had no end and were ended with their track")]
    HangingNotes {
        /// How many.
        count: u64,
    },
    /// Tempos out of range.
    #[error("{count} tempos were out of range and were moved into it")]
    TemposClamped {
        /// How many.
        count: u64,
    },
    /// Time signatures that cannot be.
    #[error("{count} impossible time signatures were ignored")]
    SignaturesIgnored {
        /// How many.
        count: u64,
    },
    /// A track that ends without saying so: it is damaged or cut off there.
    #[error("track {} is cut short", track + 1)]
    TrackCutShort {
        /// Which, from zero.
        track: usize,
    },
    /// A named track without notes.
    #[error("track \"{name}\" has no notes and was left out")]
    EmptyTrack {
        /// Its name.
        name: String,
    },
    /// Tracks that ask for an instrument of a SoundFont, and there is none.
    #[error("{count} tracks ask for an instrument by number; give a SoundFont to hear it")]
    ProgramsUnused {
        /// How many.
        count: usize,
    },
    /// The project has music already; its tempo and time signatures stay.
    #[error("the tempo and time signatures of the project were kept")]
    TempoKept,
}
