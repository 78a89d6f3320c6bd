//! Earlier saves: the last few, and one for each of the last days.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::BlobHash;

use super::Policy;
use super::layout::{Layout, short};
use crate::file::EXTENSION;

/// An earlier save.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backup {
    /// When it was replaced: `YYYYMMDD-HHMMSS-mmm`, UTC.
    pub stamp: String,
    /// Its text.
    pub path: PathBuf,
}

impl Backup {
    /// What was done between it and the next save.
    pub(super) fn journal(&self) -> PathBuf {
        self.path.with_extension("journal")
    }

    /// The history up to it.
    pub(super) fn history(&self) -> PathBuf {
        self.path.with_extension("history")
    }

    /// The day, `YYYYMMDD`.
    fn day(&self) -> &str {
        self.stamp.split('-').next().unwrap_or_default()
    }
}

/// The earlier saves of a project, oldest first.
#[must_use]
pub fn backups(project: &Path) -> Vec<Backup> {
    list(&Layout::of(project))
}

pub(super) fn list(layout: &Layout) -> Vec<Backup> {
    let files =
        fs::read_dir(layout.backups()).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let backup = |path: PathBuf| {
        let is_text = path.extension().is_some_and(|extension| extension == EXTENSION);
        let (stamp, _) = path.file_stem()?.to_str()?.rsplit_once('-')?;
        is_text.then(|| Backup { stamp: stamp.to_owned(), path: path.clone() })
    };
    let mut found: Vec<_> = files.filter_map(backup).collect();
    found.sort_unstable();
    found
}

/// Keeps the text that is about to be replaced, if there is one, and says where.
pub(super) fn keep_text(layout: &Layout, text: &BlobHash, now: SystemTime) -> io::Result<Option<PathBuf>> {
    if !layout.project.is_file() {
        return Ok(None);
    }
    fs::create_dir_all(layout.backups())?;
    let path = free(&layout.backups(), &stamp(now), &format!("-{}.{EXTENSION}", short(text)));
    keep(&layout.project, &path)?;
    Ok(Some(path))
}

/// Gives a file that is about to be replaced a second name, which then keeps it; not all file systems have that.
fn keep(path: &Path, kept: &Path) -> io::Result<()> {
    if fs::hard_link(path, kept).is_err() {
        fs::copy(path, kept)?;
    }
    Ok(())
}

/// Keeps what led from the text of a backup to the one that replaced it.
pub(super) fn keep_way(layout: &Layout, backup: &Path, text: &BlobHash) -> io::Result<()> {
    let history = layout.history(text);
    if history.is_file() {
        fs::rename(history, backup.with_extension("history"))?;
    }
    if layout.journal().is_file() {
        keep(&layout.journal(), &backup.with_extension("journal"))?;
    }
    Ok(())
}

/// Takes unsaved changes out of the way.
pub(super) fn discard(layout: &Layout) -> io::Result<()> {
    set_aside(layout, &layout.journal(), SystemTime::now()).map(|_| ())
}

/// Moves a file into the folder of what belongs to no text, and says where it is now.
pub(super) fn set_aside(layout: &Layout, path: &Path, now: SystemTime) -> io::Result<PathBuf> {
    let kept = place_aside(layout, now)?;
    match fs::rename(path, &kept) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(kept),
    }
}

/// Copies a file there.
pub(super) fn copy_aside(layout: &Layout, path: &Path, now: SystemTime) -> io::Result<PathBuf> {
    let kept = place_aside(layout, now)?;
    fs::copy(path, &kept)?;
    Ok(kept)
}

fn place_aside(layout: &Layout, now: SystemTime) -> io::Result<PathBuf> {
    fs::create_dir_all(layout.set_aside())?;
    Ok(free(&layout.set_aside(), &stamp(now), ".journal"))
}

/// Removes the backups that the policy does not keep.
pub(super) fn prune(layout: &Layout, policy: &Policy) -> io::Result<()> {
    let all = list(layout);
    let recent = all.iter().rev().take(policy.recent_backups);
    // Sorted, so of each day the last stands.
    let days: BTreeMap<&str, &Backup> = all.iter().map(|backup| (backup.day(), backup)).collect();
    let kept: Vec<&Backup> = recent.chain(days.values().rev().take(policy.daily_backups).copied()).collect();
    for backup in all.iter().filter(|backup| !kept.contains(backup)) {
        for path in [backup.journal(), backup.history(), backup.path.clone()] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// A name that nothing has yet.
fn free(folder: &Path, stamp: &str, ending: &str) -> PathBuf {
    let name = |count: u32| match count {
        0 => folder.join(format!("{stamp}{ending}")),
        _ => folder.join(format!("{stamp}.{count}{ending}")),
    };
    (0..u32::MAX).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

/// A time as `YYYYMMDD-HHMMSS-mmm` in UTC. Source of the calendar: Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`.
pub(super) fn stamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, secs) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (secs / 3_600, secs / 60 % 60, secs % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}-{:03}", since.subsec_millis())
}
