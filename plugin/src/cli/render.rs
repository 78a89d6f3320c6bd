//! `loophole render`.

use std::path::Path;

use model::{Project, TrackKind};
use protocol::{Beats, Command, SampleRate};

use super::args::{Bits, RenderArgs};
use super::progress::Progress;
use super::wav::WavOut;
use super::{CliError, complain, import, say};
use crate::instance::Instance;
use crate::offline::{Job, Render, frames_between, frames_of};

/// The rate of a project that does not say.
pub const DEFAULT_RATE: f64 = 48_000.0;
/// The longest tail, in seconds.
const MAX_TAIL: f64 = 600.0;

pub fn run(args: &RenderArgs) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    import::open(&instance, &args.project)?;
    let job = job(args, &instance.project())?;
    to_file(&instance, &job, &args.output, args.bits, "render")?;
    if let Some(folder) = &args.stems {
        stems(&instance, &job, folder, args.bits)?;
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

/// Renders into a file and says how it went.
pub fn to_file(instance: &Instance, job: &Job, path: &Path, bits: Bits, what: &str) -> Result<(), CliError> {
    let mut out = WavOut::create(path, rate_hz(job.rate), bits)?;
    let mut progress = Progress::new(what, job.frames);
    let mut render = Render::start(instance, job)?;
    let (mut done, mut peak) = (0_u64, 0.0_f32);
    while let Some((left, right)) = render.next_block() {
        out.write(left, right)?;
        peak = left.iter().chain(right).fold(peak, |peak, sample| peak.max(sample.abs()));
        done += u64::try_from(left.len()).unwrap_or(0);
        progress.at(done);
    }
    drop(render);
    out.finish()?;
    let took = progress.finish();
    let secs = seconds(done, job.rate);
    if peak > 1.0 && bits != Bits::F32 {
        complain(&format!("warning: {} clips; its peak is {:.1} dB", path.display(), decibels(peak)));
    }
    let speed = secs / took.max(1e-9);
    say(&format!(
        "{}: {secs:.2} s, peak {:.1} dB, {took:.2} s to render ({speed:.1} x real time)",
        path.display(),
        decibels(peak)
    ));
    Ok(())
}

/// One file per track that makes sound of its own: what is heard when it is soloed.
fn stems(instance: &Instance, job: &Job, folder: &Path, bits: Bits) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|source| CliError::File { path: folder.to_owned(), source })?;
    let project = instance.project();
    let has_sound = |kind| matches!(kind, TrackKind::Audio | TrackKind::Instrument);
    let tracks: Vec<_> = project.tracks().filter(|track| has_sound(track.kind())).collect();
    for (index, track) in tracks.iter().enumerate() {
        let edits = crate::loudness::solo(&project, track.id());
        instance.call(Command::Commit { name: "Stem".into(), edits })?;
        let name = format!("{:02} {}.wav", index + 1, file_name(track.name()));
        to_file(instance, job, &folder.join(name), bits, track.name())?;
    }
    Ok(())
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
    to_file(instance, &job, path, Bits::B24, "render")
}
