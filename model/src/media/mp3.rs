//! MP3, through nanomp3. Encoder delay and padding are trimmed where the file tells them.

use nanomp3::SliceReader;

use super::wav::SampleFormat;
use super::{DecodeError, Limits, MediaFormat, Sink, malformed};

/// Decodes an MP3 file to floats.
pub(super) fn decode(bytes: &[u8], limits: Limits) -> Result<Sink, DecodeError> {
    let mut reader = SliceReader::<f32>::new(bytes);
    let channels = usize::from(reader.channels().ok_or(DecodeError::NoAudio)?.num());
    let mut sink =
        Sink::new(reader.sample_rate(), u32::try_from(channels).unwrap_or(0), SampleFormat::Float32, limits)?;
    loop {
        match reader.read_frame() {
            Ok(Some(samples)) => {
                for frame in samples.chunks_exact(channels) {
                    sink.float_frame(|channel| frame[channel])?;
                }
            }
            Ok(None) => return Ok(sink),
            Err(error) => return sink.damaged(malformed(MediaFormat::Mp3, error.to_string())),
        }
    }
}
