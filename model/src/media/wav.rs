//! WAV: reading any, writing the canonical one.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use protocol::{BlobHash, SampleRate};

use super::riff::{Encoding, Riff};
use super::samples::{from_f64, from_i16, from_i24, from_i32, i24_from_le};
use super::{DecodeError, Limits, MediaFormat, MediaWarning, Sink, malformed};
use crate::blobs::Blobs;

/// Bytes before the samples of a canonical WAV.
pub(super) const HEADER_BYTES: usize = 44;

/// How samples are kept in a canonical WAV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleFormat {
    /// 16-bit integers.
    Int16,
    /// 24-bit integers in three bytes.
    Int24,
    /// 32-bit floats.
    Float32,
}

impl SampleFormat {
    /// Bytes of a sample.
    #[must_use]
    pub const fn bytes(self) -> u16 {
        match self {
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Float32 => 4,
        }
    }
}

/// What a WAV holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavInfo {
    /// Frames per second, in Hz: 1 000 to 384 000.
    pub rate_hz: u32,
    /// Channels: 1 or 2 in a canonical WAV.
    pub channels: u16,
    /// Length in frames.
    pub frames: u64,
    /// What a sample is (in a file from elsewhere: what it becomes when decoded).
    pub format: SampleFormat,
}

impl WavInfo {
    /// The rate as the rest of the program has it.
    #[must_use]
    pub fn rate(&self) -> SampleRate {
        SampleRate(f64::from(self.rate_hz))
    }

    /// Length in seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a WAV has less than 2^53 frames")]
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate_hz)
    }

    pub(super) fn frame_bytes(&self) -> usize {
        usize::from(self.format.bytes() * self.channels)
    }
}

/// Why a WAV cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WavError {
    /// It does not begin as a WAV does.
    #[error("not a WAV file")]
    NotWave,
    /// It ends within its header.
    #[error("the header is cut short")]
    CutShort,
    /// There is no usable `fmt` chunk before the audio.
    #[error("no format chunk")]
    NoFormat,
    /// There is no `data` chunk.
    #[error("no data chunk")]
    NoData,
    /// It says that it has no channels.
    #[error("no channels")]
    Channels,
    /// An encoding that is not read, such as ADPCM.
    #[error("encoding {tag:#06x} with {bits} bits is not supported")]
    Encoding {
        /// The registered number of the encoding.
        tag: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// The stream cannot be read.
    #[error("the stream cannot be read")]
    Io(#[from] io::Error),
}

/// Reads frames of a WAV of any encoding, as interleaved floats.
pub struct WavReader<R> {
    reader: R,
    riff: Riff,
    next_frame: u64,
    buffer: Vec<u8>,
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads the header. Little is read, whatever the header claims.
    ///
    /// # Errors
    /// The header is not that of a WAV that can be read.
    pub fn new(mut reader: R) -> Result<Self, WavError> {
        let riff = Riff::read(&mut reader)?;
        reader.seek(SeekFrom::Start(riff.data_at))?;
        Ok(Self { reader, riff, next_frame: 0, buffer: Vec::new() })
    }

    /// What it holds.
    pub fn info(&self) -> WavInfo {
        let format = match self.riff.encoding {
            Encoding::Unsigned8 | Encoding::Int16 => SampleFormat::Int16,
            Encoding::Int24 | Encoding::Int24In32 => SampleFormat::Int24,
            Encoding::Int32 | Encoding::Float32 | Encoding::Float64 => SampleFormat::Float32,
        };
        let Riff { rate_hz, channels, frames, .. } = self.riff;
        WavInfo { rate_hz, channels, frames, format }
    }

    /// Goes to a frame; past the end is the end.
    ///
    /// # Errors
    /// The stream cannot seek there.
    pub fn seek(&mut self, frame: u64) -> io::Result<()> {
        self.next_frame = frame.min(self.riff.frames);
        let at = self.riff.data_at + self.next_frame * self.riff.frame_bytes() as u64;
        self.reader.seek(SeekFrom::Start(at)).map(|_| ())
    }

    /// Reads up to as many whole frames as `out` holds, and says how many; zero at the end.
    ///
    /// # Errors
    /// The stream cannot be read, or ends before it should.
    pub fn read(&mut self, out: &mut [f32]) -> io::Result<usize> {
        let channels = usize::from(self.riff.channels);
        let left = usize::try_from(self.riff.frames - self.next_frame).unwrap_or(usize::MAX);
        let frames = (out.len() / channels).min(left);
        let width = self.riff.encoding.bytes();
        self.buffer.resize(frames * channels * width, 0);
        self.reader.read_exact(&mut self.buffer)?;
        for (out, bytes) in out.iter_mut().zip(self.buffer.chunks_exact(width)) {
            *out = to_float(self.riff.encoding, bytes);
        }
        self.next_frame += frames as u64;
        Ok(frames)
    }
}

fn to_float(encoding: Encoding, bytes: &[u8]) -> f32 {
    match (encoding, bytes) {
        (Encoding::Unsigned8, &[a]) => from_i16((i16::from(a) - 128) << 8),
        (Encoding::Int16, &[a, b]) => from_i16(i16::from_le_bytes([a, b])),
        (Encoding::Int24, &[a, b, c]) | (Encoding::Int24In32, &[a, b, c, _]) => {
            from_i24(i24_from_le([a, b, c]))
        }
        (Encoding::Int32, &[a, b, c, d]) => from_i32(i32::from_le_bytes([a, b, c, d])),
        (Encoding::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
        (Encoding::Float64, &[a, b, c, d, e, f, g, h]) => {
            from_f64(f64::from_le_bytes([a, b, c, d, e, f, g, h]))
        }
        // The caller cuts by the width of the encoding.
        _ => 0.0,
    }
}

fn to_int(encoding: Encoding, bytes: &[u8]) -> i32 {
    match (encoding, bytes) {
        (Encoding::Unsigned8, &[a]) => (i32::from(a) - 128) << 8,
        (Encoding::Int16, &[a, b]) => i32::from(i16::from_le_bytes([a, b])),
        (Encoding::Int24, &[a, b, c]) | (Encoding::Int24In32, &[a, b, c, _]) => i24_from_le([a, b, c]),
        _ => 0,
    }
}

/// What a WAV blob holds.
///
/// # Errors
/// The blob cannot be opened (the [`crate::blobs::BlobError`] is inside), or is not a WAV.
pub fn info(blobs: &Blobs, hash: BlobHash) -> Result<WavInfo, WavError> {
    Ok(WavReader::new(blobs.open(&hash)?)?.info())
}

/// The header of a canonical WAV.
pub(super) fn header(info: &WavInfo) -> [u8; HEADER_BYTES] {
    const PCM: u16 = 1;
    const FLOAT: u16 = 3;
    let tag = if info.format == SampleFormat::Float32 { FLOAT } else { PCM };
    let block_bytes = info.format.bytes() * info.channels;
    // The limits keep this below 2^32.
    let data_bytes = u32::try_from(info.frames * u64::from(block_bytes)).unwrap_or(u32::MAX);
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend(b"RIFF");
    header.extend(data_bytes.saturating_add(36).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    header.extend(tag.to_le_bytes());
    header.extend(info.channels.to_le_bytes());
    header.extend(info.rate_hz.to_le_bytes());
    header.extend((info.rate_hz * u32::from(block_bytes)).to_le_bytes());
    header.extend(block_bytes.to_le_bytes());
    header.extend((info.format.bytes() * 8).to_le_bytes());
    header.extend(b"data");
    header.extend(data_bytes.to_le_bytes());
    let mut bytes = [0; HEADER_BYTES];
    bytes.copy_from_slice(&header);
    bytes
}

/// Decodes a WAV of any encoding that can be read.
pub(super) fn decode(bytes: &[u8], limits: Limits) -> Result<Sink, DecodeError> {
    let reader = WavReader::new(Cursor::new(bytes)).map_err(|error| match error {
        WavError::Channels => DecodeError::Channels { found: 0 },
        other => malformed(MediaFormat::Wav, other),
    })?;
    let (riff, info) = (reader.riff, reader.info());
    let mut sink = Sink::new(riff.rate_hz, u32::from(riff.channels), info.format, limits)?;
    if let Some(expected_frames) = riff.promised_frames.filter(|promised| *promised > riff.frames) {
        sink.warn(MediaWarning::Truncated { expected_frames, found_frames: riff.frames });
    }
    match riff.encoding {
        Encoding::Int32 => sink.warn(MediaWarning::Rounded { bits: 32 }),
        Encoding::Float64 => sink.warn(MediaWarning::Rounded { bits: 64 }),
        _ => {}
    }
    let start = usize::try_from(riff.data_at).unwrap_or(usize::MAX);
    let frames = usize::try_from(riff.frames).unwrap_or(usize::MAX);
    let width = riff.encoding.bytes();
    let audio = bytes.get(start..).unwrap_or_default();
    for frame in audio.chunks_exact(riff.frame_bytes()).take(frames) {
        let sample = |channel: usize| &frame[channel * width..(channel + 1) * width];
        match info.format {
            SampleFormat::Float32 => sink.float_frame(|channel| to_float(riff.encoding, sample(channel)))?,
            _ => sink.int_frame(|channel| to_int(riff.encoding, sample(channel)))?,
        }
    }
    Ok(sink)
}
