//! The header of a WAV file, read leniently: what other programs write is not always what the standard says.
//!
//! Source: Microsoft "Multiple Channel Audio Data and WAVE Files"; EBU Tech 3306 for RF64.

use std::io::{self, Read, Seek, SeekFrom};

use super::wav::WavError;

/// How a sample is written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Unsigned8,
    Int16,
    Int24,
    /// The low three bytes of four.
    Int24In32,
    Int32,
    Float32,
    Float64,
}

impl Encoding {
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 => 1,
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Int24In32 | Self::Int32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }
}

/// What a header says, with the place of the audio.
#[derive(Clone, Copy, Debug)]
pub(super) struct Riff {
    pub encoding: Encoding,
    pub channels: u16,
    pub rate_hz: u32,
    /// Whole frames promised; `None` when the header does not know, as in a recording that was not closed.
    pub promised_frames: Option<u64>,
    /// Whole frames there.
    pub frames: u64,
    /// Where the first sample is.
    pub data_at: u64,
}

impl Riff {
    pub(super) fn frame_bytes(&self) -> usize {
        self.encoding.bytes() * usize::from(self.channels)
    }

    /// Walks the chunks up to the audio. Reads a few dozen bytes, whatever the chunks claim.
    pub(super) fn read(reader: &mut (impl Read + Seek)) -> Result<Self, WavError> {
        let total_bytes = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        let magic: [u8; 12] = array(reader)?;
        if !(matches!(&magic[..4], b"RIFF" | b"RF64") && &magic[8..] == b"WAVE") {
            return Err(WavError::NotWave);
        }
        let mut format = None;
        let mut long_data_bytes = None;
        let mut at = 12_u64;
        loop {
            reader.seek(SeekFrom::Start(at))?;
            let head: [u8; 8] = array(reader).map_err(|error| match error {
                WavError::CutShort if format.is_none() => WavError::NoFormat,
                WavError::CutShort => WavError::NoData,
                other => other,
            })?;
            let length_bytes = u32_at(&head, 4);
            let body_at = at + 8;
            match &head[..4] {
                b"ds64" => long_data_bytes = Some(u64_at(&array::<16>(reader)?, 8)),
                b"fmt " => format = Some(read_format(reader, length_bytes)?),
                b"data" => {
                    let (encoding, channels, rate_hz) = format.ok_or(WavError::NoFormat)?;
                    let there_bytes = total_bytes.saturating_sub(body_at);
                    let promised_bytes = match (length_bytes, long_data_bytes) {
                        (u32::MAX, Some(long)) => Some(long),
                        (u32::MAX, None) => None,
                        // A recorder that was killed leaves zero here, and in the length of the file.
                        (0, _) if there_bytes > 0 && matches!(u32_at(&magic, 4), 0 | u32::MAX) => None,
                        (length, _) => Some(u64::from(length)),
                    };
                    let mut riff = Self {
                        encoding,
                        channels,
                        rate_hz,
                        promised_frames: None,
                        frames: 0,
                        data_at: body_at,
                    };
                    // PANIC: never zero; both factors are checked when the format is read.
                    let frame_bytes = riff.frame_bytes() as u64;
                    riff.promised_frames = promised_bytes.map(|bytes| bytes / frame_bytes);
                    riff.frames = promised_bytes.unwrap_or(there_bytes).min(there_bytes) / frame_bytes;
                    return Ok(riff);
                }
                _ => {}
            }
            // Chunks are padded to an even length.
            at = body_at + u64::from(length_bytes) + u64::from(length_bytes & 1);
        }
    }
}

fn read_format(reader: &mut impl Read, length_bytes: u32) -> Result<(Encoding, u16, u32), WavError> {
    const EXTENSIBLE: u16 = 0xfffe;
    if length_bytes < 16 {
        return Err(WavError::NoFormat);
    }
    let body: [u8; 16] = array(reader)?;
    let mut tag = u16_at(&body, 0);
    let channels = u16_at(&body, 2);
    let rate_hz = u32_at(&body, 4);
    let block_bytes = u16_at(&body, 12);
    let bits = u16_at(&body, 14);
    if tag == EXTENSIBLE && length_bytes >= 26 {
        // Of the extension only the first word of the GUID counts; it is the tag proper.
        tag = u16_at(&array::<10>(reader)?, 8);
    }
    if channels == 0 {
        return Err(WavError::Channels);
    }
    let container_bytes = if block_bytes >= channels { block_bytes / channels } else { bits.div_ceil(8) };
    let encoding = match (tag, container_bytes, bits) {
        (1, 1, _) => Encoding::Unsigned8,
        (1, 2, _) => Encoding::Int16,
        (1, 3, _) => Encoding::Int24,
        (1, 4, 24) => Encoding::Int24In32,
        (1, 4, _) => Encoding::Int32,
        (3, 4, _) => Encoding::Float32,
        (3, 8, _) => Encoding::Float64,
        _ => return Err(WavError::Encoding { tag, bits }),
    };
    Ok((encoding, channels, rate_hz))
}

fn array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], WavError> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => WavError::CutShort,
        _ => WavError::Io(error),
    })?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
