//! `loophole import`.

use std::path::{Path, PathBuf};

use protocol::Command;

use super::place::Place;
use super::{CliError, say, warn};
use crate::instance::{Instance, Reply};

pub fn run(files: &[PathBuf], output: &Path, at: Place) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    if output.exists() {
        open(&instance, output)?;
    }
    for path in files {
        let project = instance.project();
        let at = at.resolve(&project.tempo_map(), &project.signature_map());
        let reply = instance.call(Command::Import { path: path.clone(), track: None, at })?;
        if let Reply::Opened { warnings } = reply {
            warn(&warnings);
        }
    }
    instance.call(Command::Save { path: Some(output.to_owned()) })?;
    let project = instance.project();
    say(&format!(
        "{}: {} tracks, {} clips",
        output.display(),
        project.tracks().count(),
        project.clips().count()
    ));
    Ok(())
}

/// Opens a project and says what could not be had.
pub(super) fn open(instance: &Instance, path: &Path) -> Result<(), CliError> {
    let reply = instance.call(Command::Open { path: path.to_owned() })?;
    if let Reply::Opened { warnings } = reply {
        warn(&warnings);
    }
    Ok(())
}
