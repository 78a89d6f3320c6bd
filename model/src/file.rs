//! Project files: `Song.loophole`, canonical JSON, with its blobs in `Song.blobs/` beside it.
//!
//! A save is whole or did not happen: blobs first, then the project by way of a temporary file. Loading gives the
//! project and warnings: a faulty part is set aside, kept by the snapshot, and written back on save. Blobs that are no
//! longer used are not deleted.

pub(crate) mod atomic;
mod blob_files;
mod document;
mod error;
pub(crate) mod json;
mod restore;
mod rows;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
mod v2;
mod value;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use protocol::BlobHash;

use crate::blobs::Blobs;
use crate::project::Project;

pub use blob_files::blob_folder;
pub use error::{LoadError, LoadWarning, Origin, SaveError, SaveWarning};
pub(crate) use error::{is_denied, is_full};

/// The extension of project files.
pub const EXTENSION: &str = "loophole";
/// The largest project file that is read, in bytes: some five million notes.
pub const MAX_PROJECT_BYTES: u64 = 512 << 20;

/// A project that was loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The project.
    pub project: Project,
    /// Its blobs.
    pub blobs: Blobs,
    /// What was found wrong.
    pub warnings: Vec<LoadWarning>,
}

/// What a save did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// What it could not do.
    pub warnings: Vec<SaveWarning>,
}

/// Saves a project, and the blobs it names, atomically. Does I/O: call it on a thread that may wait.
///
/// # Errors
/// Whatever was in place of the file before is untouched.
pub fn save(project: &Project, blobs: &Blobs, path: &Path) -> Result<Saved, SaveError> {
    if path.is_dir() {
        return Err(SaveError::NotAFile { path: path.to_owned() });
    }
    let (text, hashes) = to_text(project);
    let warnings = blob_files::save(blobs, &hashes, &blob_folder(path))?;
    atomic::write(path, |out| out.write_all(text.as_bytes()))
        .map_err(|error| SaveError::from_io(path, error))?;
    Ok(Saved { warnings })
}

/// Loads a project. Its blobs stay on disk until they are read, and are checked then.
///
/// # Errors
/// The file is not there, is no project, is from a later version, or is too damaged. It is untouched.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let bytes = read(path)?;
    let blobs = Blobs::new();
    let folder = blob_folder(path);
    // Blobs are read long after; the current folder may be another by then.
    blobs.attach(std::path::absolute(&folder).unwrap_or(folder));
    from_bytes(&bytes, blobs, &Origin::File(path.to_owned()))
}

/// A project from its text, for whoever has no file. `blobs` has what it names, or some of it.
///
/// # Errors
/// As for [`load`].
pub fn parse(bytes: &[u8], blobs: Blobs) -> Result<Loaded, LoadError> {
    from_bytes(bytes, blobs, &Origin::State)
}

/// The canonical text of a project, as [`save`] writes it.
#[must_use]
pub fn text(project: &Project) -> String {
    to_text(project).0
}

/// The canonical text of a project, and the blobs that it names.
pub(crate) fn to_text(project: &Project) -> (String, BTreeSet<BlobHash>) {
    (v2::to_document(project).write(), v2::blobs(project))
}

/// The blobs that a project names.
pub(crate) fn blobs(project: &Project) -> BTreeSet<BlobHash> {
    v2::blobs(project)
}

pub(crate) use blob_files::save as save_blobs;

/// A project from its text. `blobs` has what it names, or some of it.
pub(crate) fn from_bytes(bytes: &[u8], blobs: Blobs, origin: &Origin) -> Result<Loaded, LoadError> {
    if bytes.len() as u64 > MAX_PROJECT_BYTES {
        return Err(LoadError::TooLarge { origin: origin.clone(), limit_bytes: MAX_PROJECT_BYTES });
    }
    let text = document::text(bytes, origin)?;
    let contents = v2::from_tables(document::read(text, origin)?, text, origin)?;
    let (project, mut warnings) = restore::restore(contents, origin)?;
    let missing = v2::blobs(&project).into_iter().filter(|hash| !blobs.contains(hash));
    warnings.extend(missing.map(|hash| LoadWarning::MissingBlob { hash }));
    Ok(Loaded { project, blobs, warnings })
}

/// The bytes of a project file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            LoadError::NotFound { path: path.to_owned() }
        }
        _ => LoadError::Io { path: path.to_owned(), source },
    };
    // Opening a pipe would wait for somebody to write into it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(LoadError::NotAFile { path: path.to_owned() });
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_PROJECT_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
