//! The command line: one small module per command, on an [`Instance`](crate::instance::Instance) of its own.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

pub mod args;
mod compare;
mod error;
mod export;
mod files;
mod freeze;
mod import;
mod info;
mod new;
pub mod place;
mod plugins;
mod preset;
mod progress;
mod render;
mod run;

pub use error::CliError;
pub(crate) use render::whole_to_file as render_to_file;

use self::args::{Cli, Command};
use crate::instance::InstanceOptions;

/// Runs the program with the arguments of the process. 0: done; 1: it went wrong; 2: it was not understood. `diff` and
/// `merge` have their own.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            complain(&crate::text::chain(&error));
            if let Some(advice) = error.advice() {
                complain(&advice);
            }
            ExitCode::FAILURE
        }
    }
}

/// How the command line's instances start: with this program as its own scanner.
pub(crate) fn options() -> InstanceOptions {
    InstanceOptions { scanner: std::env::current_exe().ok(), ..InstanceOptions::default() }
}

fn dispatch(cli: Cli) -> Result<ExitCode, CliError> {
    let done = match cli.command {
        Some(Command::Diff(args)) => return Ok(compare::diff(&args)),
        Some(Command::Merge(args)) => return Ok(compare::merge(&args)),
        None => crate::standalone::run(None, &cli.play),
        Some(Command::New { project, force }) => new::run(&project, force),
        Some(Command::Import { files, output, at }) => import::run(&files, &output, at),
        Some(Command::Export { project, output, force }) => export::run(&project, &output, force),
        Some(Command::Render(args)) => render::run(&args),
        Some(Command::Freeze(args)) => freeze::freeze(&args),
        Some(Command::Bounce(args)) => freeze::bounce(&args),
        Some(Command::Run(args)) => run::run(args),
        Some(Command::Scan { all, again, folders, json }) => plugins::scan(all, again, folders, json),
        Some(Command::Plugins { blocked: true, json, .. }) => plugins::blocked(json),
        Some(Command::Plugins { filter, json, .. }) => plugins::list(filter.as_deref(), json),
        Some(Command::Info { project, loudness, json }) => info::run(&project, loudness, json),
        Some(Command::Preset { project, output }) => preset::run(&project, &output),
        Some(Command::Collect { project, output, force }) => files::collect(&project, &output, force),
        Some(Command::Relink { project, folders }) => files::relink(&project, &folders),
        Some(Command::Recover { project, output, force }) => {
            files::recover(&project, output.as_deref(), force)
        }
        Some(Command::ScanFile { path }) => plugins::scan_file(&path),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Prints an answer. A reader that has gone, as in `loophole info x | head`, is no error.
pub(crate) fn say(text: &str) {
    let _reader_gone = writeln!(std::io::stdout(), "{text}");
}

/// Prints what is not the answer: progress, warnings, errors.
pub(crate) fn complain(text: &str) {
    let mut line = String::new();
    let _infallible = write!(line, "loophole: {text}");
    let _reader_gone = writeln!(std::io::stderr(), "{line}");
}

/// Prints warnings.
pub(crate) fn warn(warnings: &[String]) {
    for warning in warnings {
        complain(&format!("warning: {warning}"));
    }
}
