//! Where decoders put their samples: checks the format, keeps to the limits, builds the canonical WAV.

use super::samples::{i24_to_le, to_i16};
use super::wav::{HEADER_BYTES, SampleFormat, WavInfo, header};
use super::{DecodeError, Limits, MediaWarning};

const MAX_CHANNELS: u32 = 8;
const KEPT_CHANNELS: u16 = 2;
const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=384_000;

/// Collects frames of one format.
#[derive(Debug)]
pub(super) struct Sink {
    info: WavInfo,
    wav: Vec<u8>,
    limits: Limits,
    not_finite: u64,
    warnings: Vec<MediaWarning>,
}

impl Sink {
    /// Takes audio of a rate (in Hz), with so many channels, to be kept in `format`.
    pub(super) fn new(
        rate_hz: u32,
        channels: u32,
        format: SampleFormat,
        limits: Limits,
    ) -> Result<Self, DecodeError> {
        let supported = u16::try_from(channels).ok().filter(|_| (1..=MAX_CHANNELS).contains(&channels));
        let channels = supported.ok_or(DecodeError::Channels { found: channels })?;
        if !RATES_HZ.contains(&rate_hz) {
            return Err(DecodeError::SampleRate { found_hz: rate_hz });
        }
        let mut warnings = Vec::new();
        if channels > KEPT_CHANNELS {
            warnings.push(MediaWarning::ChannelsDropped { channels });
        }
        let info = WavInfo { rate_hz, channels: channels.min(KEPT_CHANNELS), frames: 0, format };
        Ok(Self { info, wav: vec![0; HEADER_BYTES], limits, not_finite: 0, warnings })
    }

    /// How many frames it has taken.
    pub(super) fn frames(&self) -> u64 {
        self.info.frames
    }

    pub(super) fn warn(&mut self, warning: MediaWarning) {
        self.warnings.push(warning);
    }

    /// Ends the audio here: what came before is kept, or if nothing did, the error stands.
    pub(super) fn damaged(mut self, error: DecodeError) -> Result<Self, DecodeError> {
        if self.frames() == 0 {
            return Err(error);
        }
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        self.warn(MediaWarning::Damaged { kept_frames: self.frames(), reason });
        Ok(self)
    }

    /// Takes a frame of integers, already at the scale of the format; values beyond it are clamped.
    pub(super) fn int_frame(&mut self, sample: impl Fn(usize) -> i32) -> Result<(), DecodeError> {
        self.grow()?;
        for channel in 0..usize::from(self.info.channels) {
            match self.info.format {
                SampleFormat::Int16 => self.wav.extend(to_i16(sample(channel)).to_le_bytes()),
                SampleFormat::Int24 => self.wav.extend(i24_to_le(sample(channel))),
                SampleFormat::Float32 => {
                    self.wav.extend(super::samples::from_i32(sample(channel)).to_le_bytes())
                }
            }
        }
        Ok(())
    }

    /// Takes a frame of floats; the format is floats, too.
    pub(super) fn float_frame(&mut self, sample: impl Fn(usize) -> f32) -> Result<(), DecodeError> {
        debug_assert_eq!(self.info.format, SampleFormat::Float32);
        self.grow()?;
        for channel in 0..usize::from(self.info.channels) {
            let sample = sample(channel);
            self.not_finite += u64::from(!sample.is_finite());
            let sample = if sample.is_finite() { sample } else { 0.0 };
            self.wav.extend(sample.to_le_bytes());
        }
        Ok(())
    }

    fn grow(&mut self) -> Result<(), DecodeError> {
        let limit = usize::try_from(self.limits.max_decoded_bytes).unwrap_or(usize::MAX);
        if self.wav.len() + self.info.frame_bytes() > limit {
            return Err(DecodeError::TooLong { limit_bytes: self.limits.max_decoded_bytes });
        }
        self.info.frames += 1;
        Ok(())
    }

    /// The WAV, whole.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, WavInfo, Vec<MediaWarning>), DecodeError> {
        if self.info.frames == 0 {
            return Err(DecodeError::NoAudio);
        }
        if self.not_finite > 0 {
            self.warnings.push(MediaWarning::NotFinite { count: self.not_finite });
        }
        self.wav[..HEADER_BYTES].copy_from_slice(&header(&self.info));
        self.wav.shrink_to_fit();
        Ok((self.wav, self.info, self.warnings))
    }
}
