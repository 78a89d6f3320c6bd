//! WAV blobs, as left and right samples in single precision. Mono is heard on both sides.

use std::io::{self, BufReader};

use hound::{SampleFormat, WavReader};
use protocol::{BlobHash, SampleRate};

use super::{BlobSource, MediaError, ReadSeek};
use crate::math::span;

pub(super) struct WavFile {
    hash: BlobHash,
    reader: WavReader<BufReader<Box<dyn ReadSeek + Send>>>,
}

impl WavFile {
    pub fn open(source: &dyn BlobSource, hash: &BlobHash) -> Result<Self, MediaError> {
        let hash = *hash;
        let blob = source.open(&hash).map_err(|source| MediaError::Unreadable { hash, source })?;
        let reader =
            WavReader::new(BufReader::new(blob)).map_err(|source| MediaError::NotWav { hash, source })?;
        let spec = reader.spec();
        if spec.channels == 0 || !(1_000..=768_000).contains(&spec.sample_rate) {
            return Err(MediaError::Absurd { hash, channels: spec.channels, rate: spec.sample_rate });
        }
        Ok(Self { hash, reader })
    }

    pub fn rate(&self) -> SampleRate {
        SampleRate(f64::from(self.reader.spec().sample_rate))
    }

    /// Length in frames.
    pub fn frames(&self) -> i64 {
        i64::from(self.reader.duration())
    }

    pub fn read_all(&mut self) -> Result<[Box<[f32]>; 2], MediaError> {
        let mut sides = [0, 1].map(|_| vec![0.0; span(self.frames())].into_boxed_slice());
        let [left, right] = &mut sides;
        self.read(0, left, right)?;
        Ok(sides)
    }

    /// Reads frames from `first` on; beyond the end there is silence.
    pub fn read(&mut self, first: i64, left: &mut [f32], right: &mut [f32]) -> Result<(), MediaError> {
        left.fill(0.0);
        right.fill(0.0);
        let Ok(first) = u32::try_from(first) else { return Ok(()) };
        if first >= self.reader.duration() {
            return Ok(());
        }
        let hash = self.hash;
        let unreadable = |source| MediaError::Unreadable { hash, source };
        self.reader.seek(first).map_err(unreadable)?;
        let spec = self.reader.spec();
        let channels = usize::from(spec.channels);
        match spec.sample_format {
            SampleFormat::Float => spread(self.reader.samples::<f32>(), channels, left, right),
            SampleFormat::Int => {
                let scale = 1.0 / f64::from(1_u32 << (spec.bits_per_sample.clamp(1, 32) - 1));
                let samples = self.reader.samples::<i32>();
                let samples =
                    samples.map(|sample| sample.map(|sample| crate::math::to_f32(f64::from(sample) * scale)));
                spread(samples, channels, left, right)
            }
        }
        .map_err(|source| match source {
            hound::Error::IoError(source) => unreadable(source),
            other => unreadable(io::Error::other(other)),
        })
    }
}

fn spread(
    mut samples: impl Iterator<Item = hound::Result<f32>>,
    channels: usize,
    left: &mut [f32],
    right: &mut [f32],
) -> hound::Result<()> {
    for (left, right) in left.iter_mut().zip(right) {
        for channel in 0..channels {
            let Some(sample) = samples.next() else { return Ok(()) };
            let sample = sample?;
            let sample = if sample.is_finite() { sample } else { 0.0 };
            match channel {
                0 => (*left, *right) = (sample, sample),
                1 => *right = sample,
                _ => {}
            }
        }
    }
    Ok(())
}
