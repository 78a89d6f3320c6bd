//! Ogg Vorbis: packets through the ogg crate, sound through lewton.
//!
//! lewton's own file reader is not used: it believes the lengths in comment headers, and allocates what they say.

use std::io::Cursor;

use lewton::audio::{PreviousWindowRight, read_audio_packet_generic};
use lewton::header::{read_header_ident, read_header_setup};
use lewton::samples::InterleavedSamples;
use ogg::PacketReader;

use super::wav::SampleFormat;
use super::{DecodeError, Limits, MediaFormat, Sink, codebooks, malformed};

/// Which codec an Ogg file holds.
pub(super) fn sniff(bytes: &[u8]) -> Result<MediaFormat, DecodeError> {
    // The first page holds one packet, right after a header of 27 bytes and its table of segments.
    let segments = bytes.get(26).map_or(0, |count| usize::from(*count));
    let packet = bytes.get(27 + segments..).unwrap_or_default();
    let starts = |magic: &[u8]| packet.starts_with(magic);
    if starts(b"\x01vorbis") {
        Ok(MediaFormat::OggVorbis)
    } else if starts(b"OpusHead") {
        Err(DecodeError::Unsupported { what: "Opus" })
    } else if starts(b"\x7fFLAC") {
        Err(DecodeError::Unsupported { what: "FLAC in Ogg" })
    } else if starts(b"Speex") {
        Err(DecodeError::Unsupported { what: "Speex" })
    } else {
        Err(DecodeError::UnknownFormat)
    }
}

/// Decodes the first Vorbis stream of an Ogg file to floats.
pub(super) fn decode(bytes: &[u8], limits: Limits) -> Result<Sink, DecodeError> {
    let format = MediaFormat::OggVorbis;
    let mut reader = PacketReader::new(Cursor::new(bytes));
    let mut header = || reader.read_packet_expected().map_err(|error| malformed(format, error));
    let first = header()?;
    let ident = read_header_ident(&first.data).map_err(|error| malformed(format, error))?;
    let channels = ident.audio_channels;
    let mut sink = Sink::new(ident.audio_sample_rate, u32::from(channels), SampleFormat::Float32, limits)?;
    let _comments = header()?;
    let setup = header()?;
    codebooks::check(&setup.data).map_err(|error| malformed(format, error))?;
    let setup = read_header_setup(&setup.data, channels, (ident.blocksize_0, ident.blocksize_1))
        .map_err(|error| malformed(format, error))?;

    let mut previous = PreviousWindowRight::new();
    loop {
        let packet = match reader.read_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return Ok(sink),
            Err(error) => return sink.damaged(malformed(format, error)),
        };
        if packet.stream_serial() != first.stream_serial() {
            if packet.first_in_stream() && sink.frames() > 0 {
                return sink.damaged(malformed(format, "another stream follows"));
            }
            continue;
        }
        let decoded = read_audio_packet_generic(&ident, &setup, &packet.data, &mut previous);
        let decoded: InterleavedSamples<f32> = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return sink.damaged(malformed(format, error)),
        };
        let mut frames = decoded.samples.len() / usize::from(channels);
        if packet.last_in_stream() {
            // The position of the last page cuts the padding of the last block (Vorbis I, A.2).
            let left = packet.absgp_page().saturating_sub(sink.frames());
            frames = frames.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        for frame in decoded.samples.chunks_exact(usize::from(channels)).take(frames) {
            sink.float_frame(|channel| frame[channel])?;
        }
    }
}
