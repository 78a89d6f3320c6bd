//! The blobs beside a project file.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use protocol::BlobHash;

use super::atomic;
use super::error::{SaveError, SaveWarning};
use crate::blobs::{Blobs, blob_path};

/// The folder that holds the blobs of a project file: `Song.blobs` beside `Song.loophole`.
#[must_use]
pub fn blob_folder(project_file: &Path) -> PathBuf {
    const EXTENSION: &str = "blobs";
    if project_file.extension().is_some_and(|extension| extension == EXTENSION) {
        // A project file of that name would be its own folder.
        return project_file.with_added_extension(EXTENSION);
    }
    project_file.with_extension(EXTENSION)
}

/// Writes the blobs that are not there yet. Files of blobs that are no longer used stay: undo may want them.
pub(crate) fn save(
    blobs: &Blobs,
    hashes: &BTreeSet<BlobHash>,
    folder: &Path,
) -> Result<Vec<SaveWarning>, SaveError> {
    let mut warnings = Vec::new();
    for hash in hashes {
        let path = blob_path(folder, hash);
        if blobs.is_sound_in(folder, hash) {
            continue;
        }
        let Ok(mut content) = blobs.open(hash) else {
            warnings.push(SaveWarning::MissingBlob { hash: *hash });
            continue;
        };
        fs::create_dir_all(folder).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => SaveError::NotAFile { path: folder.to_owned() },
            _ => SaveError::from_io(folder, error),
        })?;
        atomic::write(&path, |out| io::copy(&mut content, out).map(|_| ()))
            .map_err(|error| SaveError::from_io(&path, error))?;
    }
    Ok(warnings)
}
