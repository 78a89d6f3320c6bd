//! FLAC, through claxon.

use claxon::{FlacReader, FlacReaderOptions};

use super::wav::SampleFormat;
use super::{DecodeError, Limits, MediaFormat, MediaWarning, Sink, malformed};

/// Decodes a FLAC file. Up to 16 bits become 16, up to 24 become 24, more become floats.
pub(super) fn decode(bytes: &[u8], limits: Limits) -> Result<Sink, DecodeError> {
    let broken = |error: claxon::Error| malformed(MediaFormat::Flac, error);
    let options = FlacReaderOptions { metadata_only: false, read_vorbis_comment: false };
    let mut reader = FlacReader::new_ext(bytes, options).map_err(broken)?;
    let stream = reader.streaminfo();
    let (format, target_bits) = match stream.bits_per_sample {
        0..=16 => (SampleFormat::Int16, 16),
        17..=24 => (SampleFormat::Int24, 24),
        _ => (SampleFormat::Float32, 32),
    };
    let shift = target_bits - stream.bits_per_sample.min(target_bits);
    let mut sink = Sink::new(stream.sample_rate, stream.channels, format, limits)?;
    if format == SampleFormat::Float32 {
        sink.warn(MediaWarning::Rounded { bits: 32 });
    }
    let mut blocks = reader.blocks();
    let mut buffer = Vec::new();
    loop {
        let block = match blocks.read_next_or_eof(buffer) {
            Ok(Some(block)) => block,
            Ok(None) => break,
            Err(error) => return sink.damaged(broken(error)),
        };
        if block.channels() != stream.channels {
            let error = claxon::Error::FormatError("the number of channels changes");
            return sink.damaged(broken(error));
        }
        for frame in 0..block.duration() {
            sink.int_frame(|channel| {
                // PANIC: fewer than nine channels.
                let channel = u32::try_from(channel).unwrap_or(0);
                block.sample(channel, frame).wrapping_shl(shift)
            })?;
        }
        buffer = block.into_buffer();
    }
    match stream.samples {
        Some(expected_frames) if expected_frames > sink.frames() => {
            let found_frames = sink.frames();
            sink.warn(MediaWarning::Truncated { expected_frames, found_frames });
        }
        _ => {}
    }
    Ok(sink)
}
