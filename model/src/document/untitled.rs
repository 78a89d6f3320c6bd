//! Projects that were never saved: as safe as any other, in a folder of the program's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::layout::Layout;
use super::log::Log;
use super::{Document, Policy, backup, lock};
use crate::blobs::Blobs;
use crate::file::SaveError;

const PREFIX: &str = "untitled-";
const NAME: &str = "Untitled.loophole";

impl Document {
    /// A place for a project that was never saved, in a folder of its own below `state_folder`, such as
    /// `$XDG_STATE_HOME/loophole`. [`Document::save_as`] moves it to where the user wants it;
    /// [`Unsaved::Discard`](super::Unsaved) removes it.
    ///
    /// # Errors
    /// The folder cannot be written. The project works all the same, but a crash would lose it: tell the user.
    pub fn untitled<L: Log>(state_folder: &Path, log: &mut L, blobs: &Blobs) -> Result<Self, SaveError> {
        let failed = |error| SaveError::from_io(state_folder, error);
        fs::create_dir_all(state_folder).map_err(failed)?;
        let prefix = format!("{PREFIX}{}-", backup::stamp(SystemTime::now()));
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(state_folder).map_err(failed)?;
        let layout = Layout::of(&folder.path().join(NAME));
        let mut document = Self::create(layout, log, blobs, Policy::default())?;
        document.is_untitled = true;
        // From here on it must stay.
        let _path = folder.keep();
        Ok(document)
    }

    /// Opens a project that [`leftovers`] found.
    ///
    /// # Errors
    /// As for [`Document::open`].
    pub fn open_untitled<L: Log>(path: &Path) -> Result<super::Opened<L>, super::OpenError> {
        let mut opened = Self::open(path, super::Access::Edit)?;
        opened.document.is_untitled = true;
        Ok(opened)
    }
}

/// The projects that were never saved and that nobody has open: what crashed programs left. Oldest first.
#[must_use]
pub fn leftovers(state_folder: &Path) -> Vec<PathBuf> {
    let folders =
        fs::read_dir(state_folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let is_ours = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX))
    };
    let projects = folders.filter(is_ours).map(|folder| folder.join(NAME));
    let is_left = |path: &PathBuf| path.is_file() && !lock::is_held(&Layout::of(path).lock());
    let mut found: Vec<_> = projects.filter(is_left).collect();
    found.sort_unstable();
    found
}

/// Removes the folder of a project that was never saved.
pub(super) fn remove(layout: &Layout) -> Result<(), SaveError> {
    let folder = layout.project.parent().filter(|folder| {
        folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX))
    });
    let Some(folder) = folder else { return Ok(()) };
    fs::remove_dir_all(folder).map_err(|error| SaveError::from_io(folder, error))
}
