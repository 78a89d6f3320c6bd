//! `loophole freeze` and `loophole bounce`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::{Project, TrackId};
use protocol::Command;
use protocol::control::BounceEnding;

use super::args::{BounceArgs, FreezeArgs};
use super::progress::Progress;
use super::{CliError, import, say};
use crate::instance::{CallError, Instance, Reply};

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Parts that progress is told in.
const PARTS: u32 = 1_000;

pub fn freeze(args: &FreezeArgs) -> Result<(), CliError> {
    let instance = open(&args.project)?;
    let project = instance.project();
    let tracks = if args.all {
        project.tracks().filter(|track| track.can_freeze()).map(|track| track.id()).collect()
    } else {
        named(&project, &args.tracks)?
    };
    for track in tracks {
        if args.off {
            instance.call(Command::Unfreeze { track: track.0 })?;
            say(&format!("{}: runs its devices again", project.name_of(track)));
        } else {
            render(&instance, &project, track, "frozen", Command::Freeze { track: track.0 })?;
        }
    }
    save(&instance, args.output.as_ref())
}

pub fn bounce(args: &BounceArgs) -> Result<(), CliError> {
    let instance = open(&args.project)?;
    let project = instance.project();
    let ending = if args.replace { BounceEnding::Replace } else { BounceEnding::Mute };
    for track in named(&project, &args.tracks)? {
        let command = Command::Bounce { track: track.0, clips: Vec::new(), ending };
        render(&instance, &project, track, "bounced", command)?;
    }
    save(&instance, args.output.as_ref())
}

fn open(path: &Path) -> Result<Instance, CliError> {
    let instance = Instance::new(super::options());
    import::open(&instance, path)?;
    Ok(instance)
}

fn save(instance: &Instance, output: Option<&PathBuf>) -> Result<(), CliError> {
    instance.call(Command::Save { path: output.cloned() })?;
    Ok(())
}

/// Tracks by name, or by number from the top. A name that is a number is a name first.
fn named(project: &Project, names: &[String]) -> Result<Vec<TrackId>, CliError> {
    let find = |name: &String| {
        let by_name = project.tracks().find(|track| track.name() == name);
        let nth = || project.tracks().nth(name.parse::<usize>().ok()?.checked_sub(1)?);
        by_name.or_else(nth).map(|track| track.id()).ok_or_else(|| CliError::NoTrack(name.clone()))
    };
    names.iter().map(find).collect()
}

/// Sends a command that renders, and shows how far it is.
fn render(
    instance: &Instance,
    project: &Project,
    track: TrackId,
    verb: &str,
    command: Command,
) -> Result<(), CliError> {
    let name = project.name_of(track);
    let mut progress = Progress::new(name, PARTS.into());
    let reply: Result<Reply, CallError> = std::thread::scope(|scope| {
        let call = scope.spawn(|| instance.call(command));
        while !call.is_finished() {
            std::thread::sleep(LOOK);
            if let Some(render) = &instance.published().status().render {
                progress.at(parts(render.done));
            }
        }
        call.join().unwrap_or(Err(CallError::Gone))
    });
    let _whole_command = progress.finish();
    if let Reply::Rendered { secs, took_secs } = reply? {
        let speed = secs / took_secs.max(1e-9);
        say(&format!("{name}: {verb}, {secs:.2} s in {took_secs:.2} s ({speed:.1} x real time)"));
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=1; casts saturate")]
fn parts(done: f64) -> u64 {
    (done * f64::from(PARTS)) as u64
}
