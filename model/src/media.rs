//! Audio files: recognised by content, decoded to one canonical form.
//!
//! Everything becomes a WAV of at most two channels: 16-bit and 24-bit integers stay what they are, all other
//! encodings become 32-bit floats. Decoding is for worker threads: it allocates up to [`Limits`], takes its time,
//! and lets no panic of a decoder out.

mod codebooks;
mod flac;
mod float_wav;
mod mp3;
mod ogg;
mod peaks;
mod riff;
mod samples;
mod sink;
#[cfg(test)]
pub(crate) mod tests;
mod wav;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use float_wav::{FloatWav, TooLongError};
pub use peaks::{Peak, PeakLevel, Peaks, PeaksError, peaks};
pub use wav::{SampleFormat, WavError, WavInfo, WavReader, info};

use sink::Sink;

/// A kind of audio file that can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaFormat {
    /// RIFF WAVE, RF64 included.
    Wav,
    /// FLAC in its own container.
    Flac,
    /// Vorbis in Ogg.
    OggVorbis,
    /// MPEG audio, layers I to III.
    Mp3,
}

impl fmt::Display for MediaFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::OggVorbis => "Ogg Vorbis",
            Self::Mp3 => "MP3",
        })
    }
}

/// How much a file may become when decoded, whatever its headers promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the decoded WAV, in bytes. The default of 1 GiB is 53 minutes of stereo floats at 44.1 kHz.
    pub max_decoded_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_decoded_bytes: 1 << 30 }
    }
}

/// A decoded file.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The canonical WAV, whole.
    pub wav: Vec<u8>,
    /// What is in it.
    pub info: WavInfo,
    /// What it was.
    pub source: MediaFormat,
    /// What was lost on the way.
    pub warnings: Vec<MediaWarning>,
}

/// Why a file cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// Not an audio file of a known kind.
    #[error("not a WAV, FLAC, Ogg Vorbis or MP3 file")]
    UnknownFormat,
    /// An audio file of a kind that is known, but not decoded.
    #[error("{what} is not supported")]
    Unsupported {
        /// The kind.
        what: &'static str,
    },
    /// The file breaks the rules of its format before any audio.
    #[error("damaged {format} file")]
    Malformed {
        /// The format.
        format: MediaFormat,
        /// What the decoder says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// More channels than a media file may have (8), or none.
    #[error("{found} channels; 1 to 8 are supported")]
    Channels {
        /// How many it has.
        found: u32,
    },
    /// A sample rate out of range.
    #[error("a sample rate of {found_hz} Hz; 1000 to 384000 Hz are supported")]
    SampleRate {
        /// Its rate, in Hz.
        found_hz: u32,
    },
    /// The decoded audio is over [`Limits::max_decoded_bytes`].
    #[error("decoded audio exceeds {limit_bytes} bytes")]
    TooLong {
        /// The limit.
        limit_bytes: u32,
    },
    /// The file is in order, but holds no audio.
    #[error("the file holds no audio")]
    NoAudio,
    /// The decoder gave up in disorder.
    #[error("the {format} decoder failed on this file")]
    DecoderPanicked {
        /// The format.
        format: MediaFormat,
    },
}

/// What was lost when a file was decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaWarning {
    /// Only the first two channels were kept.
    #[error("only the first two of {channels} channels were kept")]
    ChannelsDropped {
        /// How many there were.
        channels: u16,
    },
    /// The file ends before its header says.
    #[error("the file is cut short: {found_frames} of {expected_frames} frames are there")]
    Truncated {
        /// Frames promised.
        expected_frames: u64,
        /// Frames there.
        found_frames: u64,
    },
    /// Decoding stopped in the middle.
    #[error("the file is damaged after {kept_frames} frames: {reason}")]
    Damaged {
        /// Frames decoded before.
        kept_frames: u64,
        /// What the decoder says.
        reason: String,
    },
    /// Samples that were not numbers became silence.
    #[error("{count} samples were not finite and became silence")]
    NotFinite {
        /// How many.
        count: u64,
    },
    /// 32-bit integers and 64-bit floats became 32-bit floats.
    #[error("samples of {bits} bits were rounded to 32-bit floats")]
    Rounded {
        /// Bits of a sample in the file.
        bits: u16,
    },
}

/// The kind of an audio file, from its first bytes. Its name does not matter.
///
/// # Errors
/// [`DecodeError::Empty`], [`DecodeError::UnknownFormat`] or [`DecodeError::Unsupported`].
pub fn sniff(bytes: &[u8]) -> Result<MediaFormat, DecodeError> {
    let has = |at: usize, word: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(word));
    // FLAC files tagged by MP3 tools begin with an ID3 tag.
    let id3_bytes = nanomp3::id3v2_len(bytes);
    if bytes.is_empty() {
        Err(DecodeError::Empty)
    } else if (has(0, b"RIFF") || has(0, b"RF64")) && has(8, b"WAVE") {
        Ok(MediaFormat::Wav)
    } else if has(id3_bytes, b"fLaC") {
        Ok(MediaFormat::Flac)
    } else if has(0, b"OggS") {
        ogg::sniff(bytes)
    } else if has(0, b"FORM") && (has(8, b"AIFF") || has(8, b"AIFC")) {
        Err(DecodeError::Unsupported { what: "AIFF" })
    } else if has(4, b"ftyp") {
        Err(DecodeError::Unsupported { what: "MPEG-4 audio" })
    } else if nanomp3::detect(bytes) {
        Ok(MediaFormat::Mp3)
    } else {
        Err(DecodeError::UnknownFormat)
    }
}

/// Decodes an audio file to a canonical WAV.
///
/// # Errors
/// The file is not audio that can be decoded, or exceeds the limits. A file that is damaged in the middle gives what
/// comes before the damage, and a warning.
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Decoded, DecodeError> {
    let format = sniff(bytes)?;
    // The decoders are libraries that meet hostile data here; what they did is dropped with their panic.
    let outcome = catch_unwind(AssertUnwindSafe(|| match format {
        MediaFormat::Wav => wav::decode(bytes, limits),
        MediaFormat::Flac => flac::decode(&bytes[nanomp3::id3v2_len(bytes)..], limits),
        MediaFormat::OggVorbis => ogg::decode(bytes, limits),
        MediaFormat::Mp3 => mp3::decode(bytes, limits),
    }));
    let sink = outcome.unwrap_or(Err(DecodeError::DecoderPanicked { format }))?;
    let (wav, info, warnings) = sink.finish()?;
    Ok(Decoded { wav, info, source: format, warnings })
}

fn malformed<E>(format: MediaFormat, source: E) -> DecodeError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    DecodeError::Malformed { format, source: source.into() }
}
