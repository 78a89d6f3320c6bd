//! One track before its strip, rendered to a WAV: what freezing and bouncing keep.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Instant;

use host::nested::PluginLocator;
use model::media::{FloatWav, TooLongError};
use model::plan::{self, TapError};
use model::{Blobs, ClipId, Project, TrackId};
use protocol::plan::NodeKind;
use protocol::{Beats, BlobHash, EnginePlan, SampleRate};

use super::{BLOCK, Job, MAX_TAIL_SECS, PlanError, Render, frames_between, frames_of, rate_hz, seconds};

/// So much silence in a row is the end of the tail, in seconds: more than the pause between two echoes.
const QUIET_SECS: f64 = 4.0;
/// What counts as silence there: -120 dB.
const QUIET: f32 = 1e-6;

/// All that a track sounds like rests on.
#[derive(Clone)]
pub struct Snapshot {
    /// The project, with the states that its plugins have.
    pub project: Project,
    /// Its audio and other content.
    pub blobs: Blobs,
    /// Where its plugins are.
    pub plugins: PluginLocator,
}

/// What of a track to render.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackJob {
    /// Which track.
    pub track: TrackId,
    /// Only these of its clips; all if `None`.
    pub clips: Option<BTreeSet<ClipId>>,
    /// Frames per second; whole.
    pub rate: SampleRate,
    /// Where to start on the timeline.
    pub from: Beats,
    /// Where to end; the tail comes on top.
    pub to: Beats,
}

/// A track that was rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedTrack {
    /// A WAV of 32-bit floats, without the silence at its end.
    pub wav: Vec<u8>,
    /// Its length, in seconds.
    pub secs: f64,
    /// How much was rendered, in seconds: with the silence.
    pub rendered_secs: f64,
    /// How long that took, in seconds.
    pub took_secs: f64,
    /// The fingerprint of what was rendered ([`model::plan::fingerprint`]).
    pub of: BlobHash,
}

/// Why a track was not rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackRenderError {
    /// It cannot be rendered by itself.
    #[error(transparent)]
    Tap(#[from] TapError),
    /// The engine does not play it.
    #[error("the track cannot be rendered")]
    Plan(#[from] PlanError),
    /// Some of its audio is missing.
    #[error("blob {0}, which the track plays, is missing")]
    Missing(BlobHash),
    /// It is too long.
    #[error(transparent)]
    TooLong(#[from] TooLongError),
    /// Somebody stopped it.
    #[error("rendering was stopped")]
    Stopped,
}

/// Renders a track before its strip. `progress` hears how much is done, 0..=1, and may stop it.
///
/// # Errors
/// If it cannot be rendered as it should sound.
pub fn render(
    snapshot: Snapshot,
    job: &TrackJob,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<RenderedTrack, TrackRenderError> {
    let started = Instant::now();
    let Snapshot { project, blobs, plugins } = snapshot;
    let of = plan::fingerprint(&project, job.track)?;
    let plan = match &job.clips {
        Some(clips) => plan::tap_clips(&project, job.track, clips)?,
        None => plan::tap(&project, job.track)?,
    };
    if let Some(missing) = content(&plan).find(|hash| !blobs.contains(hash)) {
        return Err(TrackRenderError::Missing(missing));
    }
    let tempo = project.tempo_map();
    let wanted = frames_between(tempo.frame_at(job.from, job.rate), tempo.frame_at(job.to, job.rate));
    let quiet_frames = frames_of(QUIET_SECS, job.rate);
    let frames = wanted + frames_of(MAX_TAIL_SECS, job.rate);
    let mut render =
        Render::of_plan(plan, blobs, plugins, &Job { rate: job.rate, block: BLOCK, from: job.from, frames })?;
    let mut wav = FloatWav::new(rate_hz(job.rate));
    let mut quiet = 0;
    while let Some((left, right)) = render.next_block() {
        wav.push(left, right)?;
        let is_quiet = left.iter().chain(right).all(|sample| sample.abs() < QUIET);
        quiet = if is_quiet { quiet + super::len(left.len()) } else { 0 };
        if wav.frames() >= wanted && quiet >= quiet_frames {
            break;
        }
        if progress(share(wav.frames(), wanted + quiet_frames)).is_break() {
            return Err(TrackRenderError::Stopped);
        }
    }
    Ok(RenderedTrack {
        secs: seconds(wav.sounding_frames(), job.rate),
        rendered_secs: seconds(wav.frames(), job.rate),
        wav: wav.finish(),
        took_secs: started.elapsed().as_secs_f64(),
        of,
    })
}

/// The blobs that a plan needs to sound as it should.
pub(super) fn content(plan: &EnginePlan) -> impl Iterator<Item = BlobHash> + '_ {
    plan.nodes().flat_map(|node| match &node.kind {
        NodeKind::AudioPlayer { clips } => clips.iter().map(|clip| clip.media).collect(),
        NodeKind::Device { blob, .. } => blob.iter().copied().collect(),
        NodeKind::Plugin { state, .. } => state.iter().copied().collect::<Vec<_>>(),
        _ => Vec::new(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "shown to a person")]
fn share(done: u64, total: u64) -> f64 {
    (done as f64 / total.max(1) as f64).min(1.0)
}
