//! `loophole render`.

use std::ops::ControlFlow;
use std::path::Path;

use model::Project;
use protocol::control::SampleBits;
use protocol::{Beats, Command, SampleRate};

use super::args::RenderArgs;
use super::progress::Progress;
use super::{CliError, complain, import, say};
use crate::instance::Instance;
use crate::loudness;
use crate::offline::export::{stem_name, stems};
use crate::offline::file::{self, FileJob, Length, Listen, Rendered};
use crate::offline::{Job, Render, frames_between, frames_of};

/// The rate of a project that does not say.
pub const DEFAULT_RATE: f64 = 48_000.0;
/// The longest tail, in seconds.
const MAX_TAIL: f64 = 600.0;

pub fn run(args: &RenderArgs) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    import::open(&instance, &args.project)?;
    let job = job(args, &instance.project())?;
    let mut files = vec![to_file(&instance, &job, &args.output, (args.bits.into(), listen(args)), "render")?];
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

/// Renders into a file.
pub fn to_file(
    instance: &Instance,
    job: &Job,
    path: &Path,
    (bits, listen): (SampleBits, Listen),
    what: &str,
) -> Result<Rendered, CliError> {
    let render = Render::start(instance, job)?;
    let mut progress = Progress::new(what, job.frames);
    let file = FileJob { path, rate: job.rate, bits, listen, length: Length::Whole };
    let written = file::write(render, &file, &mut |done| {
        progress.at(done);
        ControlFlow::Continue(())
    });
    let _secs = progress.finish();
    let (rendered, _) = written?;
    if file::clips(&rendered, bits) {
        complain(&format!("warning: {} clips; its peak is {:.1} dB", path.display(), rendered.peak_db));
    }
    Ok(rendered)
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
    for (index, stem) in stems(&project, args.stems_by.into()).iter().enumerate() {
        let edits = loudness::solo(&project, &stem.tracks);
        instance.call(Command::Commit { name: "Stem".into(), edits })?;
        let path = folder.join(stem_name(index, stem));
        let file = to_file(instance, job, &path, (args.bits.into(), listen(args)), &stem.name)?;
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

/// Renders the whole project at the usual rate.
pub fn whole_to_file(instance: &Instance, path: &Path) -> Result<(), CliError> {
    let job = whole(&instance.project(), SampleRate(DEFAULT_RATE), 2.0);
    let file = to_file(instance, &job, path, (SampleBits::B24, Listen::No), "render")?;
    say(&file.to_string());
    Ok(())
}

#[cfg(test)]
mod tests;
