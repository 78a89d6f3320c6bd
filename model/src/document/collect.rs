//! Media: all in one place, and found again when they are not.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use protocol::BlobHash;

use crate::blobs::Blobs;
use crate::file::{self, SaveError};
use crate::media::{self, Limits};
use crate::project::Project;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is being read or written.
    pub path: &'a Path,
    /// How many were before it.
    pub done: usize,
    /// How many there are, as far as known.
    pub total: usize,
}

/// What [`collect`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Blobs that are beside the copy now.
    pub blobs: usize,
    /// How large they are together, in bytes.
    pub bytes: u64,
    /// Blobs that are nowhere.
    pub missing: Vec<BlobHash>,
}

/// What [`relink`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relinked {
    /// What was found, and where. It is beside the project now.
    pub found: Vec<(BlobHash, PathBuf)>,
    /// What is still missing.
    pub missing: Vec<BlobHash>,
    /// Files and folders that could not be read.
    pub unreadable: Vec<PathBuf>,
}

/// The blobs that a project names and that are nowhere.
#[must_use]
pub fn missing(project: &Project, blobs: &Blobs) -> Vec<BlobHash> {
    file::blobs(project).into_iter().filter(|hash| !blobs.contains(hash)).collect()
}

/// Saves a copy of a project with every blob it names beside it, so that it can be moved to another machine. `progress`
/// is called before each blob.
///
/// # Errors
/// As for [`file::save`].
pub fn collect(
    project: &Project,
    blobs: &Blobs,
    destination: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Collected, SaveError> {
    let folder = file::blob_folder(destination);
    let hashes = file::blobs(project);
    let mut collected = Collected::default();
    for (done, hash) in hashes.iter().enumerate() {
        let path = crate::blobs::blob_path(&folder, hash);
        progress(Progress { path: &path, done, total: hashes.len() });
        if file::save_blobs(blobs, &[*hash].into(), &folder)?.is_empty() {
            collected.blobs += 1;
            collected.bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len());
        } else {
            collected.missing.push(*hash);
        }
    }
    file::save(project, blobs, destination)?;
    Ok(collected)
}

/// Looks in folders, and the folders in them, for files with the content of missing blobs, whatever their names: the
/// blobs themselves, or audio that they were decoded from. What is found is copied beside the project. `progress` is
/// called before each file, and can end the search.
///
/// # Errors
/// What was found cannot be written.
pub fn relink(
    project: &Project,
    blobs: &Blobs,
    project_file: &Path,
    folders: &[PathBuf],
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Relinked, SaveError> {
    let mut relinked = Relinked::default();
    let mut wanted: BTreeSet<BlobHash> = missing(project, blobs).into_iter().collect();
    let files = if wanted.is_empty() { Vec::new() } else { files(folders, &mut relinked.unreadable) };
    for (done, path) in files.iter().enumerate() {
        if wanted.is_empty() || progress(Progress { path, done, total: files.len() }).is_break() {
            break;
        }
        let found = Blobs::new();
        match look(path, &wanted, &found) {
            Ok(Some(hash)) => {
                file::save_blobs(&found, &[hash].into(), &file::blob_folder(project_file))?;
                wanted.remove(&hash);
                relinked.found.push((hash, path.clone()));
            }
            Ok(None) => {}
            Err(_) => relinked.unreadable.push(path.clone()),
        }
    }
    relinked.missing = wanted.into_iter().collect();
    Ok(relinked)
}

/// Whether a file has the content of a wanted blob, which is then put into `found`.
fn look(path: &Path, wanted: &BTreeSet<BlobHash>, found: &Blobs) -> std::io::Result<Option<BlobHash>> {
    if fs::metadata(path)?.len() > crate::import::MAX_FILE_BYTES {
        return Ok(None);
    }
    let bytes = fs::read(path)?;
    let hash = Blobs::hash(&bytes);
    if wanted.contains(&hash) {
        return Ok(Some(found.put(bytes)));
    }
    // Imported audio was decoded; decoding it again gives the same bytes.
    let decoded = media::decode(&bytes, Limits::default()).ok().map(|decoded| decoded.wav);
    let decoded = decoded.filter(|wav| wanted.contains(&Blobs::hash(wav)));
    Ok(decoded.map(|wav| found.put(wav)))
}

/// How deep folders are searched, so that one that contains itself by a link does not go on for ever.
const MAX_DEPTH: usize = 32;

/// The regular files below some folders, in order, without following links to folders.
fn files(folders: &[PathBuf], unreadable: &mut Vec<PathBuf>) -> Vec<PathBuf> {
    let mut files = BTreeSet::new();
    let mut open: Vec<(PathBuf, usize)> = folders.iter().map(|folder| (folder.clone(), 0)).collect();
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            unreadable.push(folder);
            continue;
        };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => open.push((entry.path(), depth + 1)),
                Ok(kind) if kind.is_file() || (kind.is_symlink() && entry.path().is_file()) => {
                    files.insert(entry.path());
                }
                _ => {}
            }
        }
    }
    files.into_iter().collect()
}
