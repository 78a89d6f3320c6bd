//! `loophole run`: the window, or a script.

use std::collections::BTreeMap;
use std::path::Path;

use protocol::Command;
use protocol::control::{LogLevel, ScriptEnding};

use super::args::RunArgs;
use super::{CliError, complain, import, say};
use crate::instance::{Instance, InstanceOptions, Reply, Starter};

pub fn run(args: RunArgs) -> Result<(), CliError> {
    let is_script = |path: &Path| path.extension().is_some_and(|extension| extension == "lua");
    match &args.file {
        Some(file) if is_script(file) => script(file, &args),
        file => Ok(crate::standalone::run(file.as_deref(), &args.play)?),
    }
}

fn script(file: &Path, args: &RunArgs) -> Result<(), CliError> {
    if args.save && args.project.is_none() {
        return Err(CliError::NothingToSave);
    }
    let source =
        std::fs::read_to_string(file).map_err(|source| CliError::File { path: file.to_owned(), source })?;
    let starter = if args.project.is_some() { Starter::Empty } else { Starter::Playable };
    let instance = Instance::new(InstanceOptions { starter, ..super::options() });
    if let Some(project) = &args.project {
        import::open(&instance, project)?;
    }
    let name = file.file_stem().map_or_else(|| "script".into(), |stem| stem.to_string_lossy().into_owned());
    let script_args: BTreeMap<_, _> = args.args.iter().cloned().collect();
    let told_before = instance.published().log_lines().len();
    let result = instance.call(Command::RunScript {
        name: name.clone(),
        source,
        args: script_args,
        ending: ScriptEnding::Commit,
    });
    for line in instance.published().log_lines().iter().skip(told_before).filter(|line| line.source == name) {
        match line.level {
            LogLevel::Debug | LogLevel::Info => say(&line.text),
            LogLevel::Warning => complain(&format!("warning: {}", line.text)),
            // The error of the script itself comes back as the result.
            LogLevel::Error => complain(&line.text),
        }
    }
    let edits = match result? {
        Reply::ScriptEnded { edits } => edits,
        _ => 0,
    };
    complain(&format!("{name}: {edits} edits"));
    if args.dry_run {
        return Ok(());
    }
    if let Some(path) = args.output.clone().or_else(|| args.project.clone().filter(|_| args.save)) {
        instance.call(Command::Save { path: Some(path.clone()) })?;
        complain(&format!("saved {}", path.display()));
    } else {
        complain("nothing is kept; give --save or --output FILE to keep it");
    }
    Ok(())
}
