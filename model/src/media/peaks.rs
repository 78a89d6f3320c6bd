//! Peaks of a WAV blob, for drawing waveforms. Computed on a worker, drawn at any zoom.

use std::io;

use protocol::BlobHash;

use super::wav::{WavError, WavInfo, WavReader};
use crate::blobs::Blobs;

/// Frames of a bucket, from the finest level to the coarsest.
const BUCKET_FRAMES: [u32; 3] = [256, 4_096, 65_536];

/// The extremes of a stretch of one channel. Full scale is -1..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Peak {
    /// The smallest sample.
    pub min: f32,
    /// The largest sample.
    pub max: f32,
}

impl Peak {
    fn of(sample: f32) -> Self {
        Self { min: sample, max: sample }
    }

    fn join(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// Peaks at one resolution.
#[derive(Clone, Debug, PartialEq)]
pub struct PeakLevel {
    /// Frames of a bucket; the last one may have fewer.
    pub bucket_frames: u32,
    /// The buckets of each channel.
    pub channels: Vec<Vec<Peak>>,
}

/// Peaks at several resolutions.
#[derive(Clone, Debug, PartialEq)]
pub struct Peaks {
    /// What the WAV holds.
    pub info: WavInfo,
    /// From the finest to the coarsest, at least one.
    pub levels: Vec<PeakLevel>,
}

/// Why there are no peaks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeaksError {
    /// The blob is missing, damaged or not a WAV.
    #[error("media {hash} cannot be opened")]
    Open {
        /// Which.
        hash: BlobHash,
        /// Why.
        #[source]
        source: WavError,
    },
    /// The blob cannot be read to the end.
    #[error("media {hash} cannot be read")]
    Read {
        /// Which.
        hash: BlobHash,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Peaks {
    /// The coarsest level that still has a bucket for every `frames` frames, or else the finest.
    #[must_use]
    pub fn level_for(&self, frames: f64) -> &PeakLevel {
        let fitting = self.levels.iter().rev().find(|level| f64::from(level.bucket_frames) <= frames);
        fitting.unwrap_or(&self.levels[0])
    }

    /// The extremes of a channel between two frames, at the resolution of the level that fits. Silence past the end.
    #[must_use]
    pub fn range(&self, channel: usize, frames: std::ops::Range<u64>) -> Peak {
        #[expect(clippy::cast_precision_loss, reason = "only picks a level")]
        let level = self.level_for(frames.end.saturating_sub(frames.start) as f64);
        let bucket = u64::from(level.bucket_frames);
        let index = |frame: u64| usize::try_from(frame).unwrap_or(usize::MAX);
        let buckets = level.channels.get(channel).map_or(&[][..], Vec::as_slice);
        let first = index(frames.start / bucket).min(buckets.len());
        let end = index(frames.end.div_ceil(bucket)).clamp(first, buckets.len());
        buckets[first..end].iter().copied().reduce(Peak::join).unwrap_or_default()
    }
}

/// Computes the peaks of a WAV blob in one pass, in constant memory beside the result.
///
/// # Errors
/// The blob is missing, damaged or not a WAV.
pub fn peaks(blobs: &Blobs, hash: BlobHash) -> Result<Peaks, PeaksError> {
    let open = |source| PeaksError::Open { hash, source };
    let stream = blobs.open(&hash).map_err(|error| open(error.into()))?;
    let mut reader = WavReader::new(stream).map_err(open)?;
    let info = reader.info();
    let channels = usize::from(info.channels);
    let mut finest = PeakLevel { bucket_frames: BUCKET_FRAMES[0], channels: vec![Vec::new(); channels] };
    // A read fills a whole number of buckets until the end, so buckets never straddle reads.
    let bucket_samples = BUCKET_FRAMES[0] as usize * channels;
    let mut buffer = vec![0.0; bucket_samples * 64];
    loop {
        let frames = reader.read(&mut buffer).map_err(|source| PeaksError::Read { hash, source })?;
        if frames == 0 {
            break;
        }
        for bucket in buffer[..frames * channels].chunks(bucket_samples) {
            for (channel, peaks) in finest.channels.iter_mut().enumerate() {
                let samples = bucket.iter().skip(channel).step_by(channels);
                let peak = samples.map(|sample| Peak::of(*sample)).reduce(Peak::join);
                peaks.push(peak.unwrap_or_default());
            }
        }
    }
    let mut levels = vec![finest];
    for bucket_frames in &BUCKET_FRAMES[1..] {
        let below = &levels[levels.len() - 1];
        let ratio = (bucket_frames / below.bucket_frames) as usize;
        let join = |peaks: &[Peak]| peaks.iter().copied().reduce(Peak::join).unwrap_or_default();
        let channels = below.channels.iter().map(|peaks| peaks.chunks(ratio).map(join).collect()).collect();
        levels.push(PeakLevel { bucket_frames: *bucket_frames, channels });
    }
    Ok(Peaks { info, levels })
}
