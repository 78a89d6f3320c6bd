//! `loophole new`.

use std::path::Path;

use protocol::Command;

use super::{CliError, say};
use crate::instance::{Instance, InstanceOptions, Starter};

pub fn run(project: &Path, force: bool) -> Result<(), CliError> {
    if project.exists() && !force {
        return Err(CliError::Exists(project.to_owned()));
    }
    let instance = Instance::new(InstanceOptions { starter: Starter::Playable, ..super::options() });
    instance.call(Command::Save { path: Some(project.to_owned()) })?;
    say(&format!("{}: a master and one armed instrument track", project.display()));
    Ok(())
}
