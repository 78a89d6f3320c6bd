//! What goes wrong with journals.

use std::io;
use std::path::{Path, PathBuf};

use crate::file::{is_denied, is_full};

/// Why a journal cannot be written or read. What was acknowledged before is not touched by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// No room. The record was not taken; the next one is tried again.
    #[error("no room left to write {}", path.display())]
    DiskFull {
        /// The journal.
        path: PathBuf,
    },
    /// Write-protected, or somebody else's.
    #[error("no permission to write {}", path.display())]
    PermissionDenied {
        /// The journal.
        path: PathBuf,
    },
    /// There is something else, such as a folder or a pipe.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// The journal.
        path: PathBuf,
    },
    /// From a later Loophole.
    #[error("{} is of version {found}; this program reads version {supported}", path.display())]
    NewerVersion {
        /// The journal.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that is read.
        supported: u32,
    },
    /// Longer than any record.
    #[error("a record of {bytes} bytes is longer than {limit_bytes}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Anything else that the system says.
    #[error("{} cannot be used", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl JournalError {
    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            kind if is_full(kind) => Self::DiskFull { path },
            kind if is_denied(kind) => Self::PermissionDenied { path },
            io::ErrorKind::IsADirectory => Self::NotAFile { path },
            _ => Self::Io { path, source },
        }
    }
}
