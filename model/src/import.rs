//! Music and audio files from elsewhere, turned into edits of a project.
//!
//! 1. [`read`] a file, on any thread: it may take a while. Audio becomes a blob.
//! 2. [`Source::edits`], on the Pulse thread: quick. Commit them as one transaction.

pub mod audio;
pub mod midi;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use protocol::{Beats, BlobHash, Edit, EntityId};

pub use audio::AudioSource;
pub use midi::MidiSource;

use crate::blobs::Blobs;
use crate::edit;
use crate::media::{DecodeError, Limits, MediaWarning};
use crate::project::Project;
use crate::view::{TrackId, TrackKind};
use midi::{MidiError, MidiWarning};

/// The largest file that is imported, in bytes.
pub const MAX_FILE_BYTES: u64 = 2 << 30;

/// Where imported material goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The track for audio; a new one if there is none, or if it does not hold audio.
    pub track: Option<TrackId>,
    /// Where on the timeline.
    pub at: Beats,
    /// What plays MIDI tracks: this SoundFont, or the built-in synth.
    pub soundfont: Option<BlobHash>,
}

/// A file that was read, not yet part of a project.
#[derive(Debug)]
pub enum Source {
    /// Audio, decoded.
    Audio(AudioSource),
    /// Music.
    Midi(MidiSource),
}

/// What a file becomes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The edits, for one transaction.
    pub edits: Vec<Edit>,
    /// The tracks they make.
    pub tracks: Vec<TrackId>,
    /// What was lost or guessed.
    pub warnings: Vec<ImportWarning>,
}

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is something else, such as a folder.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file is over [`MAX_FILE_BYTES`].
    #[error("{} is larger than {limit_bytes} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit_bytes: u64,
    },
    /// Neither music nor audio that can be decoded.
    #[error("{} cannot be imported", path.display())]
    Audio {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// A MIDI file that cannot be used.
    #[error("{} cannot be imported", path.display())]
    Midi {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: MidiError,
    },
}

/// What was lost, or had to be guessed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportWarning {
    /// From an audio file.
    #[error(transparent)]
    Audio(#[from] MediaWarning),
    /// From a MIDI file.
    #[error(transparent)]
    Midi(#[from] MidiWarning),
}

/// Reads a file, whatever its name says it is. Decoded audio goes into `blobs`.
///
/// # Errors
/// The file cannot be read, or is neither music nor audio that can be decoded.
pub fn read(path: &Path, blobs: &Blobs) -> Result<Source, ImportError> {
    let bytes = read_file(path)?;
    let path = || path.to_owned();
    if midi::is_midi(&bytes) {
        let source =
            MidiSource::read(&bytes, blobs).map_err(|source| ImportError::Midi { path: path(), source })?;
        return Ok(Source::Midi(source));
    }
    let name = path().file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let source = AudioSource::read(&bytes, &name, blobs, Limits::default())
        .map_err(|source| ImportError::Audio { path: path(), source })?;
    Ok(Source::Audio(source))
}

impl Source {
    /// What it becomes in a project. `new_id` gives ids that are not taken, such as [`crate::Pulse::new_id`] does.
    #[must_use]
    pub fn edits(&self, project: &Project, target: &Target, new_id: &dyn Fn() -> EntityId) -> Imported {
        match self {
            Self::Audio(source) => source.edits(project, target, new_id),
            Self::Midi(source) => source.edits(project, target, new_id),
        }
    }
}

/// Colours that new tracks take in turn.
const COLORS: [u32; 8] =
    [0x6C_8E_BF, 0x82_B3_66, 0xD7_9B_00, 0xB8_54_50, 0x96_73_A6, 0x4F_A3_A5, 0xD6_B6_56, 0xA0_6B_4B];
/// The longest name that is taken over, in bytes.
const MAX_NAME_BYTES: usize = 256;

impl Imported {
    /// Makes a track after all others.
    fn new_track(&mut self, project: &Project, id: TrackId, kind: TrackKind, name: &str) -> TrackId {
        let made = self.tracks.len();
        let before = project.tracks().count() + made;
        let last = project.tracks().map(|track| track.order()).fold(0.0, f64::max);
        #[expect(clippy::cast_precision_loss, reason = "there are no 2^53 tracks")]
        let order = last + 1.0 + made as f64;
        let name = if name.is_empty() { "Track" } else { short(name) };
        self.edits.push(edit::track::create(id, kind, name));
        self.edits.push(edit::track::set_order(id, order));
        self.edits.push(edit::track::set_color(id, COLORS[before % COLORS.len()]));
        self.tracks.push(id);
        id
    }
}

/// A name, cut where it is too long.
fn short(name: &str) -> &str {
    let end = (0..=name.len().min(MAX_NAME_BYTES)).rev().find(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or(0)]
}

fn read_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    let io = |source| ImportError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    if !file.metadata().map_err(io)?.is_file() {
        return Err(ImportError::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge { path: path.to_owned(), limit_bytes: MAX_FILE_BYTES });
    }
    Ok(bytes)
}
