//! The project on disk: what was done is recorded at once, so that a crash loses nothing.
//!
//! Only where [`InstanceOptions::state_folder`](super::InstanceOptions) is given. Inside a host the project is part of
//! the host's, and the commands of the command line read and write plain files.

use std::path::{Path, PathBuf};

use model::Pulse;
use model::document::{Access, Document, OpenError, Opened, Saved, Unsaved, leftovers};
use protocol::control::LogLevel;

use super::control::Control;
use super::error::CommandError;

/// What keeps a project safe.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    /// Where projects live that were never saved.
    folder: Option<PathBuf>,
    /// The place of the project on disk; a project that was never saved gets one with its first change.
    pub document: Option<Document>,
    /// What the user was last told, so that it is not said again with every change.
    told: Option<String>,
}

impl Keeper {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Whether there is anything to keep the project with.
    pub fn is_on(&self) -> bool {
        self.folder.is_some()
    }

    /// Opens a project, and redoes what was not saved. One that is open elsewhere is opened to look at.
    pub fn open(&mut self, path: &Path) -> Result<Opened<Pulse>, OpenError> {
        let is_ours =
            |document: &mut Document| std::path::absolute(path).is_ok_and(|path| path == document.path());
        // Whoever opens what is open already goes back to it; the lock in the way is our own.
        drop(self.document.take_if(is_ours));
        match Document::open(path, Access::Edit) {
            Err(OpenError::InUse { .. }) => Document::open(path, Access::ReadOnly),
            opened => opened,
        }
    }
}

impl Control {
    /// Says what a program that crashed has left.
    pub fn tell_leftovers(&self) {
        let Some(folder) = &self.keeper.folder else { return };
        for path in leftovers(folder) {
            let text =
                format!("a project that was never saved is still there; open it at {}", path.display());
            self.published.log(LogLevel::Warning, "project", &text);
        }
    }

    /// Records what was done since the last call. When it returns, that survives a crash; if it cannot, the user is told.
    pub fn journal(&mut self) {
        let Some(folder) = &self.keeper.folder else {
            // Nobody asks for them.
            drop(self.pulse.take_records());
            return;
        };
        let blobs = self.published.blobs();
        let recorded = match &mut self.keeper.document {
            Some(document) => {
                document.record(&mut self.pulse, &blobs).map_err(|error| crate::text::chain(&error))
            }
            None if !self.status.dirty => return,
            None => match Document::untitled(folder, &mut self.pulse, &blobs) {
                Ok(document) => {
                    self.keeper.document = Some(document);
                    Ok(())
                }
                Err(error) => {
                    Err(format!("changes are not safe from a crash: {}", crate::text::chain(&error)))
                }
            },
        };
        self.tell(recorded.err());
    }

    /// Looks after the disk now and then.
    pub fn keep(&mut self) {
        let Some(document) = &mut self.keeper.document else { return };
        let mut trouble = document.health().err().map(|error| crate::text::chain(&error));
        let begun = match document.is_autosave_due() {
            true => document.begin_autosave(&mut self.pulse, &self.published.blobs()),
            false => Ok(()),
        };
        let ended = document.finish_autosave().transpose();
        let error = begun.err().or(ended.err());
        trouble = trouble.or(error.map(|error| format!("no autosave: {}", crate::text::chain(&error))));
        if trouble.is_some() {
            self.tell(trouble);
        }
    }

    /// Tells of trouble with the disk once, and when it is over.
    fn tell(&mut self, trouble: Option<String>) {
        if trouble == self.keeper.told {
            return;
        }
        match &trouble {
            Some(trouble) => self.published.log(LogLevel::Error, "project", trouble),
            None => self.published.log(LogLevel::Info, "project", "changes are safe again"),
        }
        self.keeper.told = trouble;
        self.published.notify();
    }

    /// Saves the project in its place, or in another. Returns what could not be done.
    pub fn save_document(&mut self, path: &Path) -> Result<Vec<String>, CommandError> {
        if self.keeper.document.is_none() {
            self.journal();
        }
        let project = self.gather();
        let blobs = self.published.blobs();
        let saved = match &mut self.keeper.document {
            Some(document) => document.save_as(&mut self.pulse, &project, &blobs, path),
            // Nobody asks for a journal, or there is nowhere to keep one: the project can be saved all the same.
            None => model::file::save(&project, &blobs, path)
                .map(|saved| Saved { warnings: saved.warnings, notices: Vec::new() }),
        };
        let saved = saved.map_err(|source| CommandError::Save { path: path.to_owned(), source })?;
        let warnings = saved.warnings.iter().map(|warning| crate::text::chain(warning));
        Ok(warnings.chain(saved.notices).collect())
    }

    /// Gives the project on disk up. What was not saved stays there, if anything is not.
    pub fn leave_document(&mut self) {
        let unsaved = if self.status.dirty { Unsaved::Keep } else { Unsaved::Discard };
        let Some(document) = self.keeper.document.take() else { return };
        self.keeper.told = None;
        if let Err(error) = document.close(unsaved) {
            self.published.log(LogLevel::Warning, "project", &crate::text::chain(&error));
        }
    }
}
