//! How loud a project is, after EBU R 128 and ITU-R BS.1770.

use ebur128::{EbuR128, Mode};
use model::{Project, TrackId, edit};
use protocol::{Beats, Command, SampleRate};
use serde::Serialize;

use crate::instance::{CallError, Instance};
use crate::offline::{Job, Render, frames_of};

/// The rate that is measured at, in Hz.
const RATE_HZ: u32 = 48_000;
const BLOCK: usize = 512;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Loudness {
    /// Integrated loudness, in LUFS; minus infinity for silence.
    pub integrated_lufs: f64,
    /// Loudness range, in LU.
    pub range_lu: f64,
    /// Largest peak between the samples, in decibels.
    pub true_peak_db: f64,
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
        let edits = solo(&project, track);
        instance.call(Command::Commit { name: "Solo".into(), edits }).map_err(render_error)?;
    }
    let rate = SampleRate(f64::from(RATE_HZ));
    let end = project.tempo_map().secs_at(project.end());
    let job = Job { rate, block: BLOCK, from: Beats::ZERO, frames: frames_of(end, rate) };
    let mut meter = EbuR128::new(2, RATE_HZ, Mode::I | Mode::LRA | Mode::TRUE_PEAK)?;
    let mut render = Render::start(instance, &job).map_err(render_error)?;
    while let Some((left, right)) = render.next_block() {
        meter.add_frames_planar_f32(&[left, right])?;
    }
    let peak = meter.true_peak(0)?.max(meter.true_peak(1)?);
    Ok(Loudness {
        integrated_lufs: meter.loudness_global()?,
        range_lu: meter.loudness_range()?,
        true_peak_db: 20.0 * peak.max(1e-10).log10(),
    })
}

fn render_error(error: CallError) -> LoudnessError {
    LoudnessError::Render(Box::new(error))
}

/// Edits that leave only one track to be heard.
#[must_use]
pub fn solo(project: &Project, track: TrackId) -> Vec<protocol::Edit> {
    project.tracks().map(|other| edit::track::set_solo(other.id(), other.id() == track)).collect()
}
