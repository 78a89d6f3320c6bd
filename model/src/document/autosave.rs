//! Autosaves, which a thread of their own writes.

use std::fs;
use std::thread::JoinHandle;
use std::time::Instant;

use protocol::BlobHash;

use super::log::Log;
use super::save::{Cut, write_beside};
use super::{Document, Saved, Writer};
use crate::blobs::Blobs;
use crate::file::{SaveError, SaveWarning};

type Written = Result<(BlobHash, Vec<SaveWarning>, Cut), SaveError>;

/// An autosave that is being written. Dropping it waits until it is, and leaves it unmarked, as if it had not been.
#[derive(Debug)]
pub(super) struct Autosaving {
    /// How many records of the journal it holds.
    holds: u64,
    /// What could not be recorded when it began.
    notices: Vec<String>,
    thread: Option<JoinHandle<Written>>,
}

impl Drop for Autosaving {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // Nobody is left to be told; what was recorded is safe.
            let _overtaken = thread.join();
        }
    }
}

impl Document {
    /// Begins to save a snapshot of the project as it is now in the side folder, so that less is to be redone. A thread
    /// writes it; [`finish_autosave`](Self::finish_autosave) ends it. One at a time: while one is being written, nothing
    /// is begun. The user's file is not touched.
    ///
    /// # Errors
    /// There is no thread for it; what was recorded is safe all the same.
    pub fn begin_autosave<L: Log>(&mut self, log: &mut L, blobs: &Blobs) -> Result<(), SaveError> {
        if self.autosaving.is_some() || matches!(self.writer, Writer::ReadOnly(_)) {
            return Ok(());
        }
        let recorded = self.record(log, blobs);
        let Writer::Edit { journal: Some(journal), .. } = &self.writer else { return Ok(()) };
        let holds = journal.records();
        // The next one is due for what comes from now on.
        self.marked = (journal.length_bytes(), Instant::now());
        let (project, side) = (log.project(), log.side_state());
        let (layout, blobs, mut cut) = (self.layout.clone(), blobs.clone(), self.cut);
        let thread = std::thread::Builder::new().name("loophole-autosave".into()).spawn(move || {
            let (text, warnings) = write_beside(&layout, &project, &blobs, side, &mut cut)?;
            Ok((text.hash, warnings, cut))
        });
        let thread = thread.map_err(|error| SaveError::from_io(&self.layout.side, error))?;
        let notices = recorded.err().map(|error| error.to_string()).into_iter().collect();
        self.autosaving = Some(Autosaving { holds, notices, thread: Some(thread) });
        Ok(())
    }

    /// Ends an autosave that is written: from then on it is what the journal is redone from. `None` while there is none
    /// to end.
    ///
    /// # Errors
    /// It was not written; what was recorded is safe all the same.
    pub fn finish_autosave(&mut self) -> Option<Result<Saved, SaveError>> {
        self.autosaving.take_if(|autosaving| autosaving.is_written()).map(|autosaving| self.mark(autosaving))
    }

    /// Saves a snapshot, and waits until it is written.
    ///
    /// # Errors
    /// As for [`finish_autosave`](Self::finish_autosave).
    pub fn autosave<L: Log>(&mut self, log: &mut L, blobs: &Blobs) -> Result<Saved, SaveError> {
        if let Some(earlier) = self.autosaving.take() {
            self.mark(earlier)?;
        }
        self.begin_autosave(log, blobs)?;
        let autosaving = self.autosaving.take();
        autosaving.map_or(Ok(Saved::default()), |autosaving| self.mark(autosaving))
    }

    fn mark(&mut self, mut autosaving: Autosaving) -> Result<Saved, SaveError> {
        let (text, warnings, cut) = autosaving.written()?;
        self.cut = cut;
        self.cut.step()?;
        let mut saved = Saved { warnings, notices: std::mem::take(&mut autosaving.notices) };
        if let Writer::Edit { journal: Some(journal), .. } = &mut self.writer {
            let before = journal.length_bytes();
            journal.mark_late(&text, autosaving.holds)?;
            // The mark itself is nothing to be redone.
            self.marked.0 += journal.length_bytes() - before;
        }
        // The saved text may be what a later open falls back to, so what belongs to it stays.
        let current = fs::read(&self.layout.project).map_or(text, |bytes| Blobs::hash(&bytes));
        self.tidy(&[text, current], &mut saved);
        Ok(saved)
    }
}

impl Autosaving {
    fn is_written(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn written(&mut self) -> Written {
        let gone = || SaveError::Autosave;
        self.thread.take().ok_or_else(gone)?.join().map_err(|_| gone())?
    }
}
