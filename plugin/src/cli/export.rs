//! `loophole export`.

use std::path::Path;

use protocol::Command;

use super::{CliError, import, say, warn};
use crate::instance::{Instance, Reply};

pub fn run(project: &Path, output: &Path, force: bool) -> Result<(), CliError> {
    if output.exists() && !force {
        return Err(CliError::Exists(output.to_owned()));
    }
    let instance = Instance::new(super::options());
    import::open(&instance, project)?;
    let reply = instance.call(Command::ExportMidi { path: output.to_owned() })?;
    if let Reply::Exported { path, tracks, notes, warnings } = reply {
        warn(&warnings);
        say(&format!("{}: {tracks} tracks, {notes} notes", path.display()));
    }
    Ok(())
}
