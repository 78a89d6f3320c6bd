//! A canonical WAV as it is rendered.

use super::wav::{HEADER_BYTES, header};
use super::{SampleFormat, WavInfo};

/// The most audio that the sizes in a header can tell, in bytes.
const MAX_BYTES: usize = u32::MAX as usize - HEADER_BYTES;

/// Takes stereo audio and makes a WAV of 32-bit floats of it, in memory.
#[derive(Clone, Debug)]
pub struct FloatWav {
    rate_hz: u32,
    bytes: Vec<u8>,
    /// Where the last sound ends, in bytes.
    sound: usize,
}

/// More audio than a WAV takes: 4 GiB, three hours at 48 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audio is longer than a WAV file can be")]
pub struct TooLongError;

impl FloatWav {
    /// One without audio, at so many frames per second.
    #[must_use]
    pub fn new(rate_hz: u32) -> Self {
        Self { rate_hz, bytes: vec![0; HEADER_BYTES], sound: HEADER_BYTES }
    }

    /// Appends frames: as many as the shorter side has.
    ///
    /// # Errors
    /// When there is no more room; then nothing is appended.
    pub fn push(&mut self, left: &[f32], right: &[f32]) -> Result<(), TooLongError> {
        if self.bytes.len() - HEADER_BYTES + left.len().min(right.len()) * 8 > MAX_BYTES {
            return Err(TooLongError);
        }
        for (left, right) in left.iter().zip(right) {
            self.bytes.extend(left.to_le_bytes());
            self.bytes.extend(right.to_le_bytes());
            if *left != 0.0 || *right != 0.0 {
                self.sound = self.bytes.len();
            }
        }
        Ok(())
    }

    /// Frames so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        frames(self.bytes.len())
    }

    /// Frames up to the last that is not silent.
    #[must_use]
    pub fn sounding_frames(&self) -> u64 {
        frames(self.sound)
    }

    /// The WAV, without the silence at its end but with at least one frame.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.sound.max(HEADER_BYTES + 8), 0);
        let info = WavInfo {
            rate_hz: self.rate_hz,
            channels: 2,
            frames: frames(self.bytes.len()),
            format: SampleFormat::Float32,
        };
        self.bytes[..HEADER_BYTES].copy_from_slice(&header(&info));
        self.bytes
    }
}

fn frames(bytes: usize) -> u64 {
    u64::try_from((bytes - HEADER_BYTES) / 8).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::media::WavReader;

    #[test]
    fn what_goes_in_is_read_back_without_the_silence_after_it() {
        let mut wav = FloatWav::new(44_100);
        wav.push(&[0.0, 0.25, 1.5], &[0.0, -0.5, 0.0]).expect("short");
        wav.push(&[0.0; 5], &[0.0; 5]).expect("short");
        assert_eq!((wav.frames(), wav.sounding_frames()), (8, 3));
        let mut reader = WavReader::new(Cursor::new(wav.finish())).expect("a WAV");
        let info = reader.info();
        assert_eq!((info.rate_hz, info.channels, info.frames), (44_100, 2, 3));
        let mut samples = [9.0; 6];
        reader.read(&mut samples).expect("in memory");
        assert_eq!(samples, [0.0, 0.0, 0.25, -0.5, 1.5, 0.0]);
    }

    #[test]
    fn silence_is_one_frame() {
        let reader = WavReader::new(Cursor::new(FloatWav::new(48_000).finish())).expect("a WAV");
        assert_eq!(reader.info().frames, 1);
    }
}
