//! How loud audio is, after EBU R 128, EBU Tech 3341 and 3342, and ITU-R BS.1770.

use ebur128::{EbuR128, Mode};
use model::{Project, TrackId, edit};
use protocol::{Beats, Command, SampleRate};
use serde::Serialize;

use crate::instance::{CallError, Instance};
use crate::offline::{Job, Render, frames_of};

/// The rate that a project is measured at, in Hz.
const RATE_HZ: u32 = 48_000;
const BLOCK: usize = 512;
/// How often the momentary loudness is looked at in a second; every so many times, the short-term one, too.
const LOOKS: u32 = 100;
const SHORT_TERM_EVERY: u64 = 5;
/// Silence, in decibels, where a number is needed.
const SILENCE: f64 = 1e-10;

/// What was measured. Loudness that there is none of, as of silence, is minus infinity, which is `null` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Loudness {
    /// Integrated loudness, gated, in LUFS.
    pub integrated_lufs: f64,
    /// Largest momentary loudness (over 400 ms), in LUFS; minus infinity for what is shorter than that.
    pub momentary_max_lufs: f64,
    /// Largest short-term loudness (over 3 s), in LUFS; minus infinity for what is shorter than that.
    pub short_term_max_lufs: f64,
    /// Loudness range, in LU.
    pub range_lu: f64,
    /// Largest peak between the samples, in dBTP.
    pub true_peak_db: f64,
}

impl std::fmt::Display for Loudness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { integrated_lufs, momentary_max_lufs, short_term_max_lufs, range_lu, true_peak_db } = self;
        write!(
            f,
            "loudness {integrated_lufs:.1} LUFS, range {range_lu:.1} LU, true peak {true_peak_db:.1} dBTP, \
             momentary up to {momentary_max_lufs:.1} LUFS, short-term up to {short_term_max_lufs:.1} LUFS"
        )
    }
}

/// Listens to stereo audio. For any thread but the audio thread: it allocates as it goes.
pub struct LoudnessMeter {
    meter: EbuR128,
    /// Frames between two looks.
    hop: usize,
    /// Frames until the next look.
    left: usize,
    looks: u64,
    momentary: f64,
    short_term: f64,
}

impl LoudnessMeter {
    /// One that has heard nothing, for audio of so many frames per second.
    ///
    /// # Errors
    /// If the meter does not work at that rate.
    pub fn new(rate_hz: u32) -> Result<Self, ebur128::Error> {
        let meter = EbuR128::new(2, rate_hz, Mode::I | Mode::M | Mode::S | Mode::LRA | Mode::TRUE_PEAK)?;
        let hop = usize::try_from(rate_hz / LOOKS).unwrap_or(1).max(1);
        let none = f64::NEG_INFINITY;
        Ok(Self { meter, hop, left: hop, looks: 0, momentary: none, short_term: none })
    }

    /// Hears frames: as many as the shorter side has.
    ///
    /// # Errors
    /// None that would be known.
    pub fn add(&mut self, mut left: &[f32], mut right: &[f32]) -> Result<(), ebur128::Error> {
        while !left.is_empty() && !right.is_empty() {
            let run = self.left.min(left.len()).min(right.len());
            self.meter.add_frames_planar_f32(&[&left[..run], &right[..run]])?;
            (left, right) = (&left[run..], &right[run..]);
            self.left -= run;
            if self.left == 0 {
                self.left = self.hop;
                self.look()?;
            }
        }
        Ok(())
    }

    /// A window counts once it is full.
    fn look(&mut self) -> Result<(), ebur128::Error> {
        self.looks += 1;
        let looks = u64::from(LOOKS);
        if self.looks * 10 >= looks * 4 {
            self.momentary = self.momentary.max(self.meter.loudness_momentary()?);
        }
        if self.looks >= looks * 3 && self.looks.is_multiple_of(SHORT_TERM_EVERY) {
            self.short_term = self.short_term.max(self.meter.loudness_shortterm()?);
        }
        Ok(())
    }

    /// What was heard so far.
    ///
    /// # Errors
    /// None that would be known.
    pub fn loudness(&self) -> Result<Loudness, ebur128::Error> {
        let peak = self.meter.true_peak(0)?.max(self.meter.true_peak(1)?);
        Ok(Loudness {
            integrated_lufs: self.meter.loudness_global()?,
            momentary_max_lufs: self.momentary,
            short_term_max_lufs: self.short_term,
            range_lu: self.meter.loudness_range()?,
            true_peak_db: 20.0 * peak.max(SILENCE).log10(),
        })
    }
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoudnessError {
    /// The project cannot be rendered.
    #[error("the project cannot be rendered")]
    Render(#[source] Box<CallError>),
    /// The meter refuses.
    #[error("the meter refuses")]
    Meter(#[from] ebur128::Error),
}

/// Renders the project of an instance, offline, and listens; or only what one track puts out. The instance must not be
/// active, and its project is changed: use one of its own.
///
/// # Errors
/// If it cannot be rendered.
pub fn measure(instance: &Instance, track: Option<TrackId>) -> Result<Loudness, LoudnessError> {
    let project = instance.project();
    if let Some(track) = track {
        let edits = solo(&project, &[track]);
        instance.call(Command::Commit { name: "Solo".into(), edits }).map_err(render_error)?;
    }
    let rate = SampleRate(f64::from(RATE_HZ));
    let end = project.tempo_map().secs_at(project.end());
    let job = Job { rate, block: BLOCK, from: Beats::ZERO, frames: frames_of(end, rate) };
    let mut meter = LoudnessMeter::new(RATE_HZ)?;
    let mut render = Render::start(instance, &job).map_err(render_error)?;
    while let Some((left, right)) = render.next_block() {
        meter.add(left, right)?;
    }
    Ok(meter.loudness()?)
}

fn render_error(error: CallError) -> LoudnessError {
    LoudnessError::Render(Box::new(error))
}

/// Edits that leave only some tracks to be heard.
#[must_use]
pub fn solo(project: &Project, tracks: &[TrackId]) -> Vec<protocol::Edit> {
    project.tracks().map(|other| edit::track::set_solo(other.id(), tracks.contains(&other.id()))).collect()
}

#[cfg(test)]
mod tests;
