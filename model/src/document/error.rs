//! What goes wrong with documents, and what a user should know.

use std::io;
use std::path::PathBuf;

use crate::file::{LoadError, SaveError};
use crate::journal::JournalError;

/// Why a project cannot be opened. Nothing on disk was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it open, or another window of this one. It can be opened to look at, or copied.
    #[error("{} is open elsewhere{}", path.display(), process.map(|id| format!(" (process {id})")).unwrap_or_default())]
    InUse {
        /// The project.
        path: PathBuf,
        /// Whose it is, if known.
        process: Option<u32>,
    },
    /// The text cannot be loaded.
    #[error("the project cannot be loaded")]
    Load {
        /// The project.
        path: PathBuf,
        /// Whether [`recover`](super::recover) has something to go by.
        is_recoverable: bool,
        /// Why.
        #[source]
        source: LoadError,
    },
    /// What was not saved is in a form that this version cannot read.
    #[error("the unsaved changes cannot be read")]
    Journal(#[from] JournalError),
}

/// Why what was done is not safe yet. It is kept in memory, and tried again with the next record or save.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The journal cannot be written.
    #[error("changes are not safe from a crash")]
    Journal(#[from] JournalError),
    /// Audio or a plugin's state cannot be written.
    #[error("changes are not safe from a crash")]
    Blob(#[source] SaveError),
}

/// Why nothing could be recovered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// Neither the project nor any snapshot or backup can be loaded.
    #[error("nothing is left of {} that can be loaded", path.display())]
    NothingLeft {
        /// The project.
        path: PathBuf,
        /// What is wrong with the project itself.
        #[source]
        source: LoadError,
    },
}

/// Why a document cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadOnlyReason {
    /// It was opened to look at.
    #[error("it was opened to look at")]
    Asked,
    /// The side folder cannot be written.
    #[error("its folder cannot be written")]
    Folder(#[source] io::Error),
}

/// What the user should know after opening a project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Notice {
    /// What was done after the last save is back.
    #[error("{records} unsaved changes were recovered")]
    Recovered {
        /// How many.
        records: u64,
    },
    /// The project was loaded from an autosave, newer than the saved text.
    #[error("an autosave newer than the saved project was used")]
    Autosave,
    /// The text is not the one that unsaved changes were made to: it was changed by something else. They are kept.
    #[error("the project was changed outside; {records} unsaved changes were set aside in {}", kept.display())]
    SetAside {
        /// How many changes.
        records: u64,
        /// Where they are.
        kept: PathBuf,
    },
    /// The end of the journal is damaged or was being written. A copy is kept.
    #[error("the last {lost_bytes} bytes of the journal cannot be used; a copy is in {}", kept.display())]
    JournalDamaged {
        /// How much.
        lost_bytes: u64,
        /// The copy.
        kept: PathBuf,
    },
    /// A change cannot be done again; it and what followed are kept.
    #[error("only the first {done} of the unsaved changes could be done again ({why}); all are kept in {}", kept.display())]
    RecordRefused {
        /// How many were done.
        done: u64,
        /// Why not the next.
        why: String,
        /// Where they are.
        kept: PathBuf,
    },
    /// The history cannot be read; the project is whole, but undo ends here.
    #[error("the history of the project cannot be used: {why}")]
    HistoryLost {
        /// Why.
        why: String,
    },
    /// It cannot be written here.
    #[error("the project can only be looked at: {why}")]
    ReadOnly {
        /// Why.
        why: String,
    },
    /// Two windows are not kept apart here.
    #[error("the file system has no locks: take care not to open the project twice")]
    NoLocks,
    /// What was loaded in place of the damaged text.
    #[error("recovered from {}", from.display())]
    RecoveredFrom {
        /// The snapshot or backup.
        from: PathBuf,
    },
}
