//! Where the files of a project are.

use std::path::{Path, PathBuf};

use protocol::BlobHash;

use crate::file::{EXTENSION, blob_folder};

/// The folder beside a project file that holds its journal, history and backups: `Song.history` beside `Song.loophole`.
#[must_use]
pub fn side_folder(project: &Path) -> PathBuf {
    const FOLDER: &str = "history";
    if project.extension().is_some_and(|extension| extension == FOLDER) {
        // A project file of that name would be its own folder.
        return project.with_added_extension(FOLDER);
    }
    project.with_extension(FOLDER)
}

/// The places of one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub project: PathBuf,
    pub side: PathBuf,
}

impl Layout {
    pub(super) fn of(project: &Path) -> Self {
        // The current folder may be another when it is saved.
        let absolute = std::path::absolute(project).unwrap_or_else(|_| project.to_owned());
        // Whoever opens the same file by way of a link finds the same lock.
        let real = std::fs::canonicalize(&absolute).unwrap_or_else(|_| absolute.clone());
        Self { project: absolute, side: side_folder(&real) }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.side.join("journal")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.side.join("lock")
    }

    pub(super) fn backups(&self) -> PathBuf {
        self.side.join("backups")
    }

    pub(super) fn set_aside(&self) -> PathBuf {
        self.side.join("set-aside")
    }

    pub(super) fn blobs(&self) -> PathBuf {
        blob_folder(&self.project)
    }

    pub(super) fn snapshot(&self, text: &BlobHash) -> PathBuf {
        self.of_text(text, EXTENSION)
    }

    pub(super) fn history(&self, text: &BlobHash) -> PathBuf {
        self.of_text(text, "history")
    }

    pub(super) fn sessions(&self, text: &BlobHash) -> PathBuf {
        self.of_text(text, "sessions")
    }

    fn of_text(&self, text: &BlobHash, extension: &str) -> PathBuf {
        self.side.join(format!("{}.{extension}", short(text)))
    }

    /// The files in the side folder that belong to texts other than these.
    pub(super) fn stale(&self, current: &[BlobHash]) -> Vec<PathBuf> {
        let current: Vec<String> = current.iter().map(short).collect();
        let files =
            std::fs::read_dir(&self.side).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let is_stale = |path: &PathBuf| {
            let of_text = path.extension().is_some_and(|extension| {
                extension == EXTENSION || extension == "history" || extension == "sessions"
            });
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            of_text && stem.len() == SHORT && !current.iter().any(|text| text == stem)
        };
        files.filter(is_stale).collect()
    }
}

/// How many hexadecimal digits of a hash are in file names.
const SHORT: usize = 16;

pub(super) fn short(text: &BlobHash) -> String {
    text.to_string().chars().take(SHORT).collect()
}
