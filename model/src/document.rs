//! A project on disk, which no crash can damage.
//!
//! 1. [`Document::open`] loads the text, continues its history and redoes what the journal holds beyond it.
//! 2. [`Document::record`], after each commit: what was done is in the journal, and so are its blobs beside it. From
//!    then on a kill loses nothing; within half a second a power cut does not either.
//! 3. [`Document::begin_autosave`], now and then: a thread writes a snapshot into the side folder, so that the journal
//!    need not be redone from the start. The user's file is not touched.
//! 4. [`Document::save`]: the text, with a backup of the one before. A crash between any two of its steps is safe,
//!    because a text is marked in the journal before it is put in place, and one marked is found again with all that
//!    came after.
//! 5. [`collect`] makes a copy that needs nothing else; [`relink`] finds media that went missing; [`recover`] makes the
//!    most of what is left of a damaged project.
//!
//! ```text
//! Song.loophole            the project
//! Song.blobs/              its audio and plugin states, by hash
//! Song.history/            the side folder; without it, the project as last saved is still whole
//!   journal                what was done since
//!   <hash>.history         the history up to the text with that hash
//!   <hash>.sessions        the sessions that were open then
//!   <hash>.loophole        the text itself, if it was an autosave or a save that may not have ended
//!   lock                   held by whoever has the project open
//!   backups/               <time>-<hash>.loophole, with the .journal and .history that lead on from it
//!   set-aside/             journals that belong to no text that is here
//! ```
//!
//! A project that was never saved has the same layout in a folder that the caller names ([`Document::untitled`]).
//! All of it does I/O, some waits for the disk; none is for a thread that must not wait.

mod autosave;
mod backup;
mod collect;
mod error;
mod layout;
mod lock;
mod log;
mod open;
mod pulse;
mod recover;
mod save;
#[cfg(test)]
mod tests;
mod untitled;

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use protocol::BlobHash;

use crate::blobs::Blobs;
use crate::file::{LoadWarning, SaveError, SaveWarning};
use crate::journal::Journal;

pub use backup::{Backup, backups};
pub use collect::{Collected, Progress, Relinked, collect, missing, relink};
pub use error::{Notice, OpenError, ReadOnlyReason, RecordError, RecoverError};
pub use layout::side_folder;
pub use log::{Log, PackSide, SideState};
pub use recover::{Recovered, recover};
pub use untitled::leftovers;

use layout::Layout;
use lock::Lock;

/// When a document writes what nobody asked it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// An autosave is due when something was recorded and the last one is this old.
    pub autosave_every: Duration,
    /// An autosave is due when the journal has grown by this much, in bytes.
    pub autosave_bytes: u64,
    /// How many of the last saves are kept.
    pub recent_backups: usize,
    /// For how many days the last save of the day is kept.
    pub daily_backups: usize,
}

impl Default for Policy {
    fn default() -> Self {
        let autosave_every = Duration::from_secs(300);
        Self { autosave_every, autosave_bytes: 8 << 20, recent_backups: 10, daily_backups: 30 }
    }
}

/// How a project is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To change it; nobody else may at the same time.
    Edit,
    /// To look at it, or to save it elsewhere. Writes nothing.
    ReadOnly,
}

/// What becomes of changes that were not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaved {
    /// They are there again when the project is opened.
    Keep,
    /// The project is as it was saved. They stay among the backups.
    Discard,
}

/// A project on disk. One thread owns it. Dropping it keeps what was not saved, as a crash would.
#[derive(Debug)]
pub struct Document {
    layout: Layout,
    policy: Policy,
    is_untitled: bool,
    writer: Writer,
    /// What could not be recorded yet, in order.
    pending: VecDeque<Vec<u8>>,
    /// Blobs that are in the folder beside the project.
    stored: BTreeSet<BlobHash>,
    /// How long the journal was at the last mark, in bytes, and when that was.
    marked: (u64, Instant),
    /// The autosave that is being written.
    autosaving: Option<autosave::Autosaving>,
    /// Where tests cut a save off.
    cut: save::Cut,
}

/// Whether a document can be written.
#[derive(Debug)]
enum Writer {
    ReadOnly(ReadOnlyReason),
    Edit {
        /// Held as long as the document is open; `None` where the file system has no locks.
        _lock: Option<Lock>,
        /// `None` after it could not be begun, until the next try.
        journal: Option<Journal>,
    },
}

/// A project that was opened.
#[derive(Debug)]
pub struct Opened<L> {
    /// Its place on disk.
    pub document: Document,
    /// Its content and history.
    pub log: L,
    /// Its blobs.
    pub blobs: Blobs,
    /// What was found wrong in the text.
    pub warnings: Vec<LoadWarning>,
    /// What else the user should know.
    pub notices: Vec<Notice>,
}

/// What a save did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// What it could not do to the text and its blobs.
    pub warnings: Vec<SaveWarning>,
    /// What it could not do beside: the project itself is saved all the same.
    pub notices: Vec<String>,
}

impl Document {
    /// The project file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.layout.project
    }

    /// Whether it was never saved to a place of the user's choosing.
    #[must_use]
    pub fn is_untitled(&self) -> bool {
        self.is_untitled
    }

    /// Why it cannot be written, if so.
    #[must_use]
    pub fn read_only(&self) -> Option<&ReadOnlyReason> {
        match &self.writer {
            Writer::ReadOnly(reason) => Some(reason),
            Writer::Edit { .. } => None,
        }
    }

    /// Changes when it writes what nobody asked it to.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Whether [`begin_autosave`](Self::begin_autosave) should be called: not while one is being written. Costs nothing.
    #[must_use]
    pub fn is_autosave_due(&self) -> bool {
        let Writer::Edit { journal: Some(journal), .. } = &self.writer else { return false };
        if self.autosaving.is_some() {
            return false;
        }
        let (length, at) = self.marked;
        let grown = journal.length_bytes().saturating_sub(length);
        grown >= self.policy.autosave_bytes || (grown > 0 && at.elapsed() >= self.policy.autosave_every)
    }

    /// Whether bringing records to the disk went wrong since this was last asked.
    ///
    /// # Errors
    /// It did; a power cut may lose what was recorded.
    pub fn health(&self) -> Result<(), RecordError> {
        match &self.writer {
            Writer::Edit { journal: Some(journal), .. } => Ok(journal.health()?),
            _ => Ok(()),
        }
    }

    /// Waits until all that was recorded is on the disk.
    ///
    /// # Errors
    /// The disk says no; a power cut may lose what was recorded.
    pub fn sync(&self) -> Result<(), RecordError> {
        match &self.writer {
            Writer::Edit { journal: Some(journal), .. } => Ok(journal.sync()?),
            _ => Ok(()),
        }
    }

    /// Gives the project up.
    ///
    /// # Errors
    /// Unsaved changes cannot be taken out of the way.
    pub fn close(mut self, unsaved: Unsaved) -> Result<(), SaveError> {
        // What is being written must not come after what is removed.
        drop(self.autosaving.take());
        if unsaved == Unsaved::Discard
            && let Writer::Edit { journal, .. } = &mut self.writer
        {
            drop(journal.take());
            if self.is_untitled {
                return untitled::remove(&self.layout);
            }
            backup::discard(&self.layout).map_err(|error| SaveError::from_io(&self.layout.side, error))?;
        }
        Ok(())
    }
}
