//! The whole project in files: the mix, and stems that add up to it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use model::{Project, Track, TrackId, TrackKind, plan};
use protocol::control::{SampleBits, Stems};
use protocol::{Beats, BlobHash, SampleRate};

use super::file::{FileError, FileJob, Length, Listen, Rendered, write};
use super::track::{Snapshot, content};
use super::{BLOCK, Job, MAX_TAIL_SECS, PlanError, Render, frames_of};
use crate::loudness::solo;

/// What to write.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportJob {
    /// The file of the mix. Stems are in a folder beside it.
    pub path: PathBuf,
    /// Which stems.
    pub stems: Stems,
    /// Samples in the files.
    pub bits: SampleBits,
    /// Frames per second; whole.
    pub rate: SampleRate,
}

/// Why a project is not in files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Nothing is on the timeline.
    #[error("there is nothing on the timeline")]
    Empty,
    /// The engine does not play it.
    #[error("the project cannot be rendered")]
    Plan(#[from] PlanError),
    /// Some of its audio is missing.
    #[error("blob {0}, which the project plays, is missing")]
    Missing(BlobHash),
    /// A stem cannot be soloed.
    #[error("a stem cannot be made")]
    Stem(#[from] model::EditError),
    /// The folder of the stems cannot be made.
    #[error("{} cannot be made", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written, or somebody stopped it.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A stem: what it is called and which tracks are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stem {
    /// For the name of its file.
    pub name: String,
    /// Those that are heard together.
    pub tracks: Vec<TrackId>,
}

/// The stems of a project, in the order of tracks. Every track that makes sound of its own is in exactly one; what it
/// sends to buses is in the same one.
#[must_use]
pub fn stems(project: &Project, by: Stems) -> Vec<Stem> {
    if by == Stems::None {
        return Vec::new();
    }
    let has_sound = |kind| matches!(kind, TrackKind::Audio | TrackKind::Instrument);
    let mut stems: Vec<(TrackId, Stem)> = Vec::new();
    for track in project.tracks().filter(|track| has_sound(track.kind())) {
        let head = if by == Stems::Group { group(track) } else { track };
        match stems.iter_mut().find(|(id, _)| *id == head.id()) {
            Some((_, stem)) => stem.tracks.push(track.id()),
            None => stems.push((head.id(), Stem { name: head.name().into(), tracks: vec![track.id()] })),
        }
    }
    stems.into_iter().map(|(_, stem)| stem).collect()
}

/// The last track before the master that a track goes through.
fn group(track: Track<'_>) -> Track<'_> {
    let project = track.project();
    let mut last = track;
    // Routing has no circles.
    while let Some(next) = last.output().filter(|_| last.output_bus() == 0).and_then(|id| project.track(id)) {
        if next.kind() == TrackKind::Master {
            break;
        }
        last = next;
    }
    last
}

/// What the file of a stem is called, the first being number 0.
#[must_use]
pub fn stem_name(number: usize, stem: &Stem) -> String {
    let safe = |c: char| if c.is_alphanumeric() || " -_.".contains(c) { c } else { '_' };
    let name: String = stem.name.chars().map(safe).collect();
    let name = if name.trim().is_empty() { "track" } else { name.trim() };
    format!("{:02} {name}.wav", number + 1)
}

/// The folder of the stems of a mix: `Song stems` beside `Song.wav`.
#[must_use]
pub fn stems_folder(mix: &Path) -> PathBuf {
    let name = mix.file_stem().unwrap_or_default().to_string_lossy();
    mix.with_file_name(format!("{name} stems"))
}

/// Writes the mix, and then as much of each stem. `progress` hears how much is done, 0..=1, and may stop it: files are whole
/// then, or what they were before.
///
/// # Errors
/// If something cannot be rendered as it should sound, or written.
pub fn export(
    snapshot: &Snapshot,
    job: &ExportJob,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Vec<Rendered>, ExportError> {
    let project = &snapshot.project;
    let end = project.tempo_map().frame_at(project.end(), job.rate).0;
    let wanted = u64::try_from(end).ok().filter(|&end| end > 0).ok_or(ExportError::Empty)?;
    let stems = stems(project, job.stems);
    let files = stems.len() + 1;
    let most = wanted + frames_of(MAX_TAIL_SECS, job.rate);
    let (mix, frames) = {
        let render = start(snapshot, project, job.rate, most)?;
        let file = file(job, &job.path, Length::UntilQuiet(wanted));
        write(render, &file, &mut |done| progress(share(0, files, done, wanted)))?
    };
    let mut written = vec![mix];
    if stems.is_empty() {
        return Ok(written);
    }
    let folder = stems_folder(&job.path);
    std::fs::create_dir_all(&folder)
        .map_err(|source| ExportError::Folder { path: folder.clone(), source })?;
    for (number, stem) in stems.iter().enumerate() {
        let alone = project.apply(&solo(project, &stem.tracks))?;
        let render = start(snapshot, &alone, job.rate, frames)?;
        let path = folder.join(stem_name(number, stem));
        let file = file(job, &path, Length::Whole);
        let progress = &mut |done| progress(share(number + 1, files, done, frames));
        written.push(write(render, &file, progress)?.0);
    }
    Ok(written)
}

fn file<'a>(job: &ExportJob, path: &'a Path, length: Length) -> FileJob<'a> {
    FileJob { path, rate: job.rate, bits: job.bits, listen: Listen::Yes, length }
}

/// The project from its start, without its loop, on an engine of its own.
fn start(
    snapshot: &Snapshot,
    project: &Project,
    rate: SampleRate,
    frames: u64,
) -> Result<Render<'static>, ExportError> {
    let mut plan = plan::derive(project);
    plan.loop_range = None;
    if let Some(missing) = content(&plan).find(|hash| !snapshot.blobs.contains(hash)) {
        return Err(ExportError::Missing(missing));
    }
    let job = Job { rate, block: BLOCK, from: Beats::ZERO, frames };
    Ok(Render::of_plan(plan, snapshot.blobs.clone(), snapshot.plugins.clone(), &job)?)
}

#[expect(clippy::cast_precision_loss, reason = "shown to a person")]
fn share(file: usize, files: usize, done: u64, of: u64) -> f64 {
    ((file as f64 + (done as f64 / of.max(1) as f64).min(1.0)) / files as f64).min(1.0)
}

#[cfg(test)]
pub(crate) mod tests;
