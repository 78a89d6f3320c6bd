//! WAV files out.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use protocol::control::SampleBits;

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WavError {
    /// The samples.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: hound::Error,
    },
    /// Putting it in place.
    #[error("{} cannot be put in place", path.display())]
    Place {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// A stereo WAV file that grows under another name until it is whole, so that a failure leaves what was there.
pub struct WavOut {
    /// There until it is finished.
    writer: Option<WavWriter<BufWriter<File>>>,
    part: PathBuf,
    path: PathBuf,
    bits: SampleBits,
}

impl WavOut {
    /// A new file, in place of any that is there once it is finished.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn create(path: &Path, rate_hz: u32, bits: SampleBits) -> Result<Self, WavError> {
        let (bits_per_sample, sample_format) = match bits {
            SampleBits::B16 => (16, SampleFormat::Int),
            SampleBits::B24 => (24, SampleFormat::Int),
            SampleBits::F32 => (32, SampleFormat::Float),
        };
        let spec = WavSpec { channels: 2, sample_rate: rate_hz, bits_per_sample, sample_format };
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let write = |source| WavError::Write { path: path.to_owned(), source };
        let writer = WavWriter::create(&part, spec).map_err(write)?;
        Ok(Self { writer: Some(writer), part, path: path.to_owned(), bits })
    }

    /// Appends frames. Integer formats clip at full scale and round to the nearest step.
    ///
    /// # Errors
    /// If there is no room for them.
    pub fn write(&mut self, left: &[f32], right: &[f32]) -> Result<(), WavError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        for sample in left.iter().zip(right).flat_map(|(left, right)| [*left, *right]) {
            let written = match self.bits {
                SampleBits::B16 => writer.write_sample(quantize(sample, 32_768.0)),
                SampleBits::B24 => writer.write_sample(quantize(sample, 8_388_608.0)),
                SampleBits::F32 => writer.write_sample(sample),
            };
            written.map_err(|source| WavError::Write { path: self.path.clone(), source })?;
        }
        Ok(())
    }

    /// Completes the file and puts it in place.
    ///
    /// # Errors
    /// If it cannot be completed, or put there.
    pub fn finish(mut self) -> Result<(), WavError> {
        let path = || self.path.clone();
        if let Some(writer) = self.writer.take() {
            writer.finalize().map_err(|source| WavError::Write { path: path(), source })?;
        }
        std::fs::rename(&self.part, &self.path).map_err(|source| WavError::Place { path: path(), source })
    }
}

impl Drop for WavOut {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // It is not whole. Nobody can be told that it cannot be taken away either.
            let _left = std::fs::remove_file(&self.part);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the format's range before")]
fn quantize(sample: f32, steps: f64) -> i32 {
    (f64::from(sample) * steps).round().clamp(-steps, steps - 1.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_clips_and_silence_is_zero() {
        assert_eq!(quantize(0.0, 32_768.0), 0);
        assert_eq!(quantize(1.0, 32_768.0), 32_767);
        assert_eq!(quantize(-2.0, 32_768.0), -32_768);
        assert_eq!(quantize(0.5, 8_388_608.0), 4_194_304);
    }
}
