//! WAV files out.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use protocol::control::SampleBits;
use tempfile::TempPath;

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

/// A stereo WAV file that grows under a name of its own until it is whole, so that a failure leaves what was there, and
/// nothing else.
pub struct WavOut {
    writer: WavWriter<BufWriter<File>>,
    /// Where it grows; gone with this.
    part: TempPath,
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
        let write = |source| WavError::Write { path: path.to_owned(), source };
        let (file, part) = part_of(path).map_err(|source| write(hound::Error::IoError(source)))?;
        let writer = WavWriter::new(BufWriter::new(file), spec).map_err(write)?;
        Ok(Self { writer, part, path: path.to_owned(), bits })
    }

    /// Appends frames. Integer formats clip at full scale and round to the nearest step.
    ///
    /// # Errors
    /// If there is no room for them.
    pub fn write(&mut self, left: &[f32], right: &[f32]) -> Result<(), WavError> {
        let writer = &mut self.writer;
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
    pub fn finish(self) -> Result<(), WavError> {
        let Self { writer, part, path, .. } = self;
        writer.finalize().map_err(|source| WavError::Write { path: path.clone(), source })?;
        part.persist(&path).map_err(|error| WavError::Place { path, source: error.error })
    }
}

/// A new file beside another, which nobody else writes to.
fn part_of(path: &Path) -> io::Result<(File, TempPath)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any program creates a file; the process' mask applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    Ok(builder.tempfile_in(folder)?.into_parts())
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the format's range before")]
fn quantize(sample: f32, steps: f64) -> i32 {
    (f64::from(sample) * steps).round().clamp(-steps, steps - 1.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_grow_at_once_are_two_files_and_what_is_given_up_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Song.wav");
        let [mut kept, mut given_up] =
            [(); 2].map(|()| WavOut::create(&path, 48_000, SampleBits::F32).unwrap());
        kept.write(&[0.25], &[0.5]).unwrap();
        given_up.write(&[1.0; 9], &[1.0; 9]).unwrap();
        drop(given_up);
        kept.finish().unwrap();
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["Song.wav"]);
        let mut samples = hound::WavReader::open(&path).unwrap();
        let samples: Vec<f32> = samples.samples().map(Result::unwrap).collect();
        assert_eq!(samples, [0.25, 0.5]);
    }

    #[test]
    fn full_scale_clips_and_silence_is_zero() {
        assert_eq!(quantize(0.0, 32_768.0), 0);
        assert_eq!(quantize(1.0, 32_768.0), 32_767);
        assert_eq!(quantize(-2.0, 32_768.0), -32_768);
        assert_eq!(quantize(0.5, 8_388_608.0), 4_194_304);
    }
}
