//! `loophole collect`, `relink` and `recover`: projects and the files that belong to them.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use model::document::{self, Progress as At, Recovered};
use model::{Pulse, file};

use super::progress::Progress;
use super::{CliError, complain, say};

/// A copy of a project with all its media beside it.
pub fn collect(project: &Path, output: &Path, force: bool) -> Result<(), CliError> {
    if output.exists() && !force {
        return Err(CliError::Exists(output.to_owned()));
    }
    let loaded = load(project)?;
    let mut shown = None;
    let collected = document::collect(&loaded.project, &loaded.blobs, output, &mut |at| {
        show(&mut shown, "collecting", at)
    });
    finish(shown);
    let collected = collected.map_err(CliError::Save)?;
    for hash in &collected.missing {
        complain(&format!("warning: blob {hash} is missing; `loophole relink` looks for it"));
    }
    let document::Collected { blobs, bytes, missing } = collected;
    say(&format!(
        "{}: {blobs} media files, {:.1} MiB{}",
        output.display(),
        mebibytes(bytes),
        if missing.is_empty() { String::new() } else { format!("; {} are missing", missing.len()) }
    ));
    Ok(())
}

/// Looks for missing media by content.
pub fn relink(project: &Path, folders: &[PathBuf]) -> Result<(), CliError> {
    let loaded = load(project)?;
    if document::missing(&loaded.project, &loaded.blobs).is_empty() {
        say(&format!("{}: nothing is missing", project.display()));
        return Ok(());
    }
    let mut shown = None;
    let relinked = document::relink(&loaded.project, &loaded.blobs, project, folders, &mut |at| {
        show(&mut shown, "searching", at);
        ControlFlow::Continue(())
    });
    finish(shown);
    let relinked = relinked.map_err(CliError::Save)?;
    for path in &relinked.unreadable {
        complain(&format!("warning: {} cannot be read", path.display()));
    }
    for (hash, path) in &relinked.found {
        say(&format!("{hash}: {}", path.display()));
    }
    for hash in &relinked.missing {
        say(&format!("{hash}: not found"));
    }
    match relinked.missing.len() {
        0 => Ok(()),
        count => Err(CliError::StillMissing { count }),
    }
}

/// Makes the most of a damaged project, or says what there is.
pub fn recover(project: &Path, output: Option<&Path>, force: bool) -> Result<(), CliError> {
    let Some(output) = output else {
        list(project);
        return Ok(());
    };
    if output.exists() && !force {
        return Err(CliError::Exists(output.to_owned()));
    }
    let Recovered { log, blobs, warnings, notices } = document::recover::<Pulse>(project)?;
    for notice in &notices {
        complain(&notice.to_string());
    }
    for warning in &warnings {
        complain(&format!("warning: {}", crate::text::chain(warning)));
    }
    let saved = file::save(&log.project(), &blobs, output).map_err(CliError::Save)?;
    for warning in &saved.warnings {
        complain(&format!("warning: {}", crate::text::chain(warning)));
    }
    say(&format!("{}: {} things of the project are back", output.display(), log.project().len()));
    Ok(())
}

fn list(project: &Path) {
    match file::load(project) {
        Ok(_) => say(&format!("{}: sound", project.display())),
        Err(error) => say(&crate::text::chain(&error)),
    }
    let backups = document::backups(project);
    for backup in backups.iter().rev() {
        say(&format!("backup of {} UTC: {}", backup.stamp, backup.path.display()));
    }
    if backups.is_empty() {
        say("there are no backups");
    }
    say(&format!("`loophole recover {} -o FILE` writes the latest state that can be had", project.display()));
}

fn load(project: &Path) -> Result<file::Loaded, CliError> {
    let loaded = file::load(project).map_err(CliError::Load)?;
    for warning in &loaded.warnings {
        complain(&format!("warning: {}", crate::text::chain(warning)));
    }
    Ok(loaded)
}

fn show(shown: &mut Option<Progress>, what: &str, at: At<'_>) {
    let total = u64::try_from(at.total).unwrap_or(u64::MAX);
    let progress = shown.get_or_insert_with(|| Progress::new(what, total));
    progress.at(u64::try_from(at.done).unwrap_or(total));
}

fn finish(shown: Option<Progress>) {
    let _secs = shown.map(Progress::finish);
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
