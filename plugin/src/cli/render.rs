//! `loophole render`.

use std::path::{Path, PathBuf};

use model::{Project, Track, TrackId, TrackKind};
use protocol::{Beats, Command, SampleRate};
use serde::Serialize;

use super::args::{Bits, RenderArgs, StemsBy};
use super::progress::Progress;
use super::wav::WavOut;
use super::{CliError, complain, import, say};
use crate::instance::Instance;
use crate::loudness::{self, Loudness, LoudnessError, LoudnessMeter};
use crate::offline::{Job, Render, frames_between, frames_of};

/// The rate of a project that does not say.
pub const DEFAULT_RATE: f64 = 48_000.0;
/// The longest tail, in seconds.
const MAX_TAIL: f64 = 600.0;

pub fn run(args: &RenderArgs) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    import::open(&instance, &args.project)?;
    let job = job(args, &instance.project())?;
    let mut files = vec![to_file(&instance, &job, &args.output, (args.bits, listen(args)), "render")?];
    if !args.json {
        say(&files[0].to_string());
    }
    if let Some(folder) = &args.stems {
        files.extend(stem_files(&instance, &job, folder, args)?);
    }
    if args.json {
        // PANIC: plain data always has a JSON form.
        #[expect(clippy::expect_used, reason = "see above")]
        say(&serde_json::to_string_pretty(&files).expect("plain data"));
    }
    Ok(())
}

fn job(args: &RenderArgs, project: &Project) -> Result<Job, CliError> {
    let rate = SampleRate(args.rate.unwrap_or(DEFAULT_RATE));
    if !rate.is_legal() || rate.0.fract() != 0.0 {
        return Err(CliError::Rate(rate.0));
    }
    if !(0.0..=MAX_TAIL).contains(&args.tail) {
        return Err(CliError::Tail(args.tail));
    }
    let (tempo, signatures) = (project.tempo_map(), project.signature_map());
    let from = args.from.resolve(&tempo, &signatures);
    let to = args.to.map_or_else(|| project.end(), |to| to.resolve(&tempo, &signatures));
    let frames = frames_between(tempo.frame_at(from, rate), tempo.frame_at(to, rate));
    if frames == 0 {
        return Err(CliError::Range { from: tempo.secs_at(from), to: tempo.secs_at(to) });
    }
    let frames = frames + frames_of(args.tail, rate);
    let block = usize::try_from(args.block).unwrap_or(512);
    Ok(Job { rate, block, from, frames })
}

/// The whole project, from its start to its end and `tail_secs` on.
pub fn whole(project: &Project, rate: SampleRate, tail_secs: f64) -> Job {
    let end = project.tempo_map().frame_at(project.end(), rate);
    let frames = u64::try_from(end.0).unwrap_or(0) + frames_of(tail_secs, rate);
    Job { rate, block: 512, from: Beats::ZERO, frames }
}

/// A file that was rendered.
#[derive(Debug, Serialize)]
pub struct Rendered {
    path: PathBuf,
    secs: f64,
    peak_db: f64,
    took_secs: f64,
    /// How many times faster than real time.
    speed: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    loudness: Option<Loudness>,
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
    No,
    Yes,
}

/// Renders into a file.
pub fn to_file(
    instance: &Instance,
    job: &Job,
    path: &Path,
    (bits, listen): (Bits, Listen),
    what: &str,
) -> Result<Rendered, CliError> {
    let rate_hz = rate_hz(job.rate);
    let mut out = WavOut::create(path, rate_hz, bits)?;
    let meter = |listen| (listen == Listen::Yes).then(|| LoudnessMeter::new(rate_hz)).transpose();
    let mut meter = meter(listen).map_err(LoudnessError::from)?;
    let mut progress = Progress::new(what, job.frames);
    let mut render = Render::start(instance, job)?;
    let (mut done, mut peak) = (0_u64, 0.0_f32);
    while let Some((left, right)) = render.next_block() {
        out.write(left, right)?;
        if let Some(meter) = &mut meter {
            meter.add(left, right).map_err(LoudnessError::from)?;
        }
        peak = left.iter().chain(right).fold(peak, |peak, sample| peak.max(sample.abs()));
        done += u64::try_from(left.len()).unwrap_or(0);
        progress.at(done);
    }
    drop(render);
    out.finish()?;
    let took_secs = progress.finish();
    let secs = seconds(done, job.rate);
    if peak > 1.0 && bits != Bits::F32 {
        complain(&format!("warning: {} clips; its peak is {:.1} dB", path.display(), decibels(peak)));
    }
    Ok(Rendered {
        path: path.to_owned(),
        secs,
        peak_db: decibels(peak),
        took_secs,
        speed: secs / took_secs.max(1e-9),
        loudness: meter.map(|meter| meter.loudness()).transpose().map_err(LoudnessError::from)?,
    })
}

/// A stem: what it is called and which tracks are in it.
pub struct Stem {
    /// For the name of its file.
    pub name: String,
    /// Those that are heard together.
    pub tracks: Vec<TrackId>,
}

/// The stems of a project, in the order of tracks. Every track that makes sound of its own is in exactly one; what it
/// sends to buses is in the same one.
#[must_use]
pub fn stems(project: &Project, by: StemsBy) -> Vec<Stem> {
    let has_sound = |kind| matches!(kind, TrackKind::Audio | TrackKind::Instrument);
    let mut stems: Vec<(TrackId, Stem)> = Vec::new();
    for track in project.tracks().filter(|track| has_sound(track.kind())) {
        let head = if by == StemsBy::Group { group(track) } else { track };
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

/// One file per stem: what is heard when its tracks are soloed.
fn stem_files(
    instance: &Instance,
    job: &Job,
    folder: &Path,
    args: &RenderArgs,
) -> Result<Vec<Rendered>, CliError> {
    std::fs::create_dir_all(folder).map_err(|source| CliError::File { path: folder.to_owned(), source })?;
    let project = instance.project();
    let mut files = Vec::new();
    for (index, stem) in stems(&project, args.stems_by).iter().enumerate() {
        let edits = loudness::solo(&project, &stem.tracks);
        instance.call(Command::Commit { name: "Stem".into(), edits })?;
        let name = format!("{:02} {}.wav", index + 1, file_name(&stem.name));
        let file = to_file(instance, job, &folder.join(name), (args.bits, listen(args)), &stem.name)?;
        if !args.json {
            say(&file.to_string());
        }
        files.push(file);
    }
    Ok(files)
}

fn listen(args: &RenderArgs) -> Listen {
    if args.loudness { Listen::Yes } else { Listen::No }
}

/// A track's name without what file systems dislike.
fn file_name(name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || " -_.".contains(c) { c } else { '_' }).collect();
    if safe.trim().is_empty() { "track".into() } else { safe.trim().into() }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a legal whole number"
)]
fn rate_hz(rate: SampleRate) -> u32 {
    rate.0 as u32
}

#[expect(clippy::cast_precision_loss, reason = "for a person to read")]
fn seconds(frames: u64, rate: SampleRate) -> f64 {
    frames as f64 / rate.0
}

fn decibels(linear: f32) -> f64 {
    20.0 * f64::from(linear).max(1e-10).log10()
}

/// Renders the whole project at the usual rate.
pub fn whole_to_file(instance: &Instance, path: &Path) -> Result<(), CliError> {
    let job = whole(&instance.project(), SampleRate(DEFAULT_RATE), 2.0);
    let file = to_file(instance, &job, path, (Bits::B24, Listen::No), "render")?;
    say(&file.to_string());
    Ok(())
}

#[cfg(test)]
mod tests;
