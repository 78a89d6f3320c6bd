//! A render that is written to a file, and what it sounds like.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use protocol::SampleRate;
use protocol::control::SampleBits;
use serde::Serialize;

use super::wav::{WavError, WavOut};
use super::{Render, len, rate_hz, seconds};
use crate::loudness::{Loudness, LoudnessMeter};

/// So much silence in a row is the end of what rings out, in seconds.
const QUIET_SECS: f64 = 1.0;
/// What counts as silence there: -100 dB.
const QUIET: f32 = 1e-5;

/// A file that was rendered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rendered {
    /// Where.
    pub path: PathBuf,
    /// Its length, in seconds.
    pub secs: f64,
    /// The largest sample, in dB of full scale.
    pub peak_db: f64,
    /// How long it took, in seconds.
    pub took_secs: f64,
    /// How many times faster than real time.
    pub speed: f64,
    /// How loud it is, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness: Option<Loudness>,
}

impl std::fmt::Display for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, secs, peak_db, took_secs, speed, loudness } = self;
        let path = path.display();
        write!(
            f,
            "{path}: {secs:.2} s, peak {peak_db:.1} dB, {took_secs:.2} s to render ({speed:.1} x real time)"
        )?;
        match loudness {
            Some(loudness) => write!(f, "\n  {loudness}"),
            None => Ok(()),
        }
    }
}

/// Whether loudness is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// It is not.
    No,
    /// It is.
    Yes,
}

/// When a file is long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// When the render ends.
    Whole,
    /// When it has so many frames and what rang out after them has died away; at the latest when the render ends.
    UntilQuiet(u64),
}

/// A file to be written.
#[derive(Clone, Copy, Debug)]
pub struct FileJob<'a> {
    /// Where.
    pub path: &'a Path,
    /// Frames per second; whole.
    pub rate: SampleRate,
    /// Its samples.
    pub bits: SampleBits,
    /// Whether loudness is measured.
    pub listen: Listen,
    /// When it is long enough.
    pub length: Length,
}

/// Why a render is not in a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// The meter refuses.
    #[error("the loudness cannot be measured")]
    Meter(#[from] ebur128::Error),
    /// Somebody stopped it.
    #[error("rendering was stopped")]
    Stopped,
}

/// Writes a render to a file, which is whole afterwards or what it was before. `progress` hears how many frames are done, and
/// may stop it. Gives how many frames there are, too.
///
/// # Errors
/// If it cannot be written, or was stopped.
pub fn write(
    mut render: Render<'_>,
    job: &FileJob<'_>,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(Rendered, u64), FileError> {
    let started = Instant::now();
    let rate_hz = rate_hz(job.rate);
    let mut out = WavOut::create(job.path, rate_hz, job.bits)?;
    let meter = (job.listen == Listen::Yes).then(|| LoudnessMeter::new(rate_hz));
    let mut meter = meter.transpose()?;
    let (mut done, mut quiet, mut peak) = (0_u64, 0_u64, 0.0_f32);
    let rest = super::frames_of(QUIET_SECS, job.rate);
    while let Some((left, right)) = render.next_block() {
        out.write(left, right)?;
        if let Some(meter) = &mut meter {
            meter.add(left, right)?;
        }
        let loudest = left.iter().chain(right).fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        peak = peak.max(loudest);
        done += len(left.len());
        quiet = if loudest < QUIET { quiet + len(left.len()) } else { 0 };
        if matches!(job.length, Length::UntilQuiet(least) if done >= least && quiet >= rest) {
            break;
        }
        if progress(done).is_break() {
            return Err(FileError::Stopped);
        }
    }
    drop(render);
    out.finish()?;
    let took_secs = started.elapsed().as_secs_f64();
    let secs = seconds(done, job.rate);
    let rendered = Rendered {
        path: job.path.to_owned(),
        secs,
        peak_db: 20.0 * f64::from(peak).max(1e-10).log10(),
        took_secs,
        speed: secs / took_secs.max(1e-9),
        loudness: meter.map(|meter| meter.loudness()).transpose()?,
    };
    Ok((rendered, done))
}

/// Whether samples were cut to what the format holds.
#[must_use]
pub fn clips(rendered: &Rendered, bits: SampleBits) -> bool {
    rendered.peak_db > 0.0 && bits != SampleBits::F32
}
