//! WAV files out.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::CliError;
use super::args::Bits;

/// A stereo WAV file that grows under another name until it is whole, so that a failure leaves what was there.
pub struct WavOut {
    writer: WavWriter<BufWriter<File>>,
    part: PathBuf,
    path: PathBuf,
    bits: Bits,
}

impl WavOut {
    /// A new file, in place of any that is there once it is finished.
    pub fn create(path: &Path, rate_hz: u32, bits: Bits) -> Result<Self, CliError> {
        let (bits_per_sample, sample_format) = match bits {
            Bits::B16 => (16, SampleFormat::Int),
            Bits::B24 => (24, SampleFormat::Int),
            Bits::F32 => (32, SampleFormat::Float),
        };
        let spec = WavSpec { channels: 2, sample_rate: rate_hz, bits_per_sample, sample_format };
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let writer = WavWriter::create(&part, spec).map_err(|source| wav_error(path, source))?;
        Ok(Self { writer, part, path: path.to_owned(), bits })
    }

    /// Appends frames. Integer formats clip at full scale and round to the nearest step.
    pub fn write(&mut self, left: &[f32], right: &[f32]) -> Result<(), CliError> {
        for sample in left.iter().zip(right).flat_map(|(left, right)| [*left, *right]) {
            let written = match self.bits {
                Bits::B16 => self.writer.write_sample(quantize(sample, 32_768.0)),
                Bits::B24 => self.writer.write_sample(quantize(sample, 8_388_608.0)),
                Bits::F32 => self.writer.write_sample(sample),
            };
            written.map_err(|source| wav_error(&self.path, source))?;
        }
        Ok(())
    }

    /// Completes the file and puts it in place.
    pub fn finish(self) -> Result<(), CliError> {
        self.writer.finalize().map_err(|source| wav_error(&self.path, source))?;
        std::fs::rename(&self.part, &self.path).map_err(|source| CliError::File { path: self.path, source })
    }
}

fn wav_error(path: &Path, source: hound::Error) -> CliError {
    CliError::Wav { path: path.to_owned(), source }
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
