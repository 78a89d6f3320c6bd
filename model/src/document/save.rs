//! Recording, autosaving and saving.
//!
//! The order of a save: blobs; history and sessions of the new text; the text as a snapshot in the side folder; its
//! mark in the journal; a backup of the old text; the text itself; a new journal. Whatever is cut off, the journal
//! names a text that is there, and holds all that was done since.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Instant, SystemTime};

use protocol::BlobHash;

use super::error::RecordError;
use super::layout::Layout;
use super::lock::{self, Taken};
use super::log::{Log, PackSide, SideState};
use super::{Document, Policy, Saved, Writer, backup};
use crate::blobs::Blobs;
use crate::file::{self, SaveError, SaveWarning, atomic};
use crate::journal::{Journal, JournalError};
use crate::project::Project;

impl Document {
    /// Records what was done since the last call. When it returns `Ok`, that survives a kill.
    ///
    /// # Errors
    /// It is not safe yet: the session goes on, and the next call tries again. Tell the user.
    pub fn record<L: Log>(&mut self, log: &mut L, blobs: &Blobs) -> Result<(), RecordError> {
        self.pending.extend(log.take_records());
        if self.pending.is_empty() {
            return Ok(());
        }
        let Writer::Edit { journal, .. } = &mut self.writer else { return Ok(()) };
        // What a record names must be there when it is done again.
        let fresh: BTreeSet<BlobHash> = blobs.in_memory_hashes().difference(&self.stored).copied().collect();
        if !fresh.is_empty() {
            file::save_blobs(blobs, &fresh, &self.layout.blobs()).map_err(RecordError::Blob)?;
            self.stored.extend(fresh);
        }
        let Some(journal) = journal else {
            let path = self.layout.journal();
            let source = std::io::ErrorKind::NotFound.into();
            return Err(RecordError::Journal(JournalError::Io { path, source }));
        };
        while let Some(record) = self.pending.front() {
            journal.append(record)?;
            self.pending.pop_front();
        }
        Ok(())
    }

    /// Saves the project in its place. `project` is what to write: that of `log`, with whatever lives outside of it.
    ///
    /// # Errors
    /// The text that was saved before is as it was, and nothing recorded is lost.
    pub fn save<L: Log>(
        &mut self,
        log: &mut L,
        project: &Project,
        blobs: &Blobs,
    ) -> Result<Saved, SaveError> {
        if self.is_untitled {
            return Err(SaveError::Untitled);
        }
        if let Writer::ReadOnly(_) = self.writer {
            return Err(SaveError::ReadOnly { path: self.layout.project.clone() });
        }
        self.publish(log, project, blobs)
    }

    /// Saves the project in another place, where the document is from then on. The old place keeps the text that was
    /// last saved there.
    ///
    /// # Errors
    /// As for [`save`](Self::save), or somebody else has the other project open; the document stays where it was.
    pub fn save_as<L: Log>(
        &mut self,
        log: &mut L,
        project: &Project,
        blobs: &Blobs,
        path: &Path,
    ) -> Result<Saved, SaveError> {
        let layout = Layout::of(path);
        let is_same_place = layout.side == self.layout.side && matches!(self.writer, Writer::Edit { .. });
        if is_same_place && !self.is_untitled {
            return self.save(log, project, blobs);
        }
        let records = self.pending.split_off(0).into_iter().chain(log.take_records()).collect();
        let mut other = match Self::begin(layout, self.policy) {
            Ok(other) => other,
            Err(error) => {
                self.pending = records;
                return Err(error);
            }
        };
        other.cut = self.cut;
        match other.publish(log, project, blobs) {
            Ok(mut saved) => {
                let old = std::mem::replace(self, other);
                saved.notices.extend(old.leave().err().map(|error| error.to_string()));
                Ok(saved)
            }
            Err(error) => {
                self.pending = records;
                Err(error)
            }
        }
    }

    /// Takes a place on disk, to be [published](Self::publish) to.
    pub(super) fn begin(layout: Layout, policy: Policy) -> Result<Self, SaveError> {
        if layout.project.is_dir() {
            return Err(SaveError::NotAFile { path: layout.project });
        }
        // Without this, a typing error would make folders.
        if let Some(folder) = layout.side.parent().filter(|folder| !folder.is_dir()) {
            return Err(SaveError::NoFolder {
                path: folder.join(layout.project.file_name().unwrap_or_default()),
            });
        }
        let lock =
            match lock::take(&layout.lock()).map_err(|error| SaveError::from_io(&layout.project, error))? {
                Taken::Lock(lock) => Some(lock),
                Taken::Unsupported => None,
                Taken::InUse(process) => return Err(SaveError::InUse { path: layout.project, process }),
            };
        let writer = Writer::Edit { _lock: lock, journal: None };
        let (pending, stored) = Default::default();
        let marked = (0, Instant::now());
        Ok(Self {
            layout,
            policy,
            is_untitled: false,
            writer,
            pending,
            stored,
            marked,
            autosaving: None,
            cut: Cut::default(),
        })
    }

    /// Leaves an old place: nothing that was not saved there shows up again.
    fn leave(self) -> Result<(), SaveError> {
        match self.writer {
            Writer::ReadOnly(_) => Ok(()),
            Writer::Edit { .. } => self.close(super::Unsaved::Discard),
        }
    }

    /// Puts a text in its place.
    pub(super) fn publish<L: Log>(
        &mut self,
        log: &mut L,
        project: &Project,
        blobs: &Blobs,
    ) -> Result<Saved, SaveError> {
        // One that is being written is overtaken.
        drop(self.autosaving.take());
        // What cannot be recorded is in the text in a moment.
        let _recorded = self.record(log, blobs);
        let (text, warnings) = self.snapshot(log, project, blobs)?;
        let path = self.layout.project.clone();
        let failed = |error| SaveError::from_io(&path, error);
        let now = SystemTime::now();
        let old = fs::read(&self.layout.project).ok().map(|bytes| Blobs::hash(&bytes));
        let mut saved = Saved { warnings, notices: Vec::new() };
        let mut kept = None;
        self.cut.step()?;
        if let Some(old) = old.filter(|old| *old != text.hash) {
            kept = backup::keep_text(&self.layout, &old, now).map_err(failed)?.map(|path| (path, old));
        }
        self.cut.step()?;
        atomic::write(&self.layout.project, |out| out.write_all(text.content.as_bytes())).map_err(failed)?;
        self.pending.clear();
        self.cut.step()?;
        if let Some((path, old)) = kept {
            let kept = backup::keep_way(&self.layout, &path, &old);
            saved.notices.extend(kept.err().map(|error| format!("the way back was not kept: {error}")));
        }
        self.cut.step()?;
        if let Writer::Edit { journal, .. } = &mut self.writer {
            match Journal::create(&self.layout.journal(), &text.hash) {
                Ok(new) => *journal = Some(new),
                // The old one goes on: the new text is marked in it.
                Err(error) => saved.notices.push(error.to_string()),
            }
            self.marked = (journal.as_ref().map_or(0, Journal::length_bytes), Instant::now());
        }
        self.cut.step()?;
        let pruned = backup::prune(&self.layout, &self.policy);
        saved.notices.extend(pruned.err().map(|error| format!("old backups were not removed: {error}")));
        _ = fs::remove_file(self.layout.snapshot(&text.hash));
        self.cut.step()?;
        self.tidy(&[text.hash], &mut saved);
        Ok(saved)
    }

    /// Writes all that belongs to a text into the side folder, and marks it in the journal.
    fn snapshot<L: Log>(
        &mut self,
        log: &mut L,
        project: &Project,
        blobs: &Blobs,
    ) -> Result<(Text, Vec<SaveWarning>), SaveError> {
        let (layout, side) = (self.layout.clone(), log.side_state());
        let (text, warnings) = write_beside(&layout, project, blobs, side, &mut self.cut)?;
        self.cut.step()?;
        if let Writer::Edit { journal, .. } = &mut self.writer {
            match journal {
                Some(journal) => {
                    journal.mark(&text.hash)?;
                    // The text must not be on the disk before what tells that it belongs to the journal.
                    journal.sync()?;
                }
                // There is none yet in a new place; in an old one it could not be begun, and is now.
                None => {
                    let path = self.layout.journal();
                    if path.is_file() {
                        // Of another project, which this one is about to replace.
                        let aside = backup::set_aside(&self.layout, &path, SystemTime::now());
                        aside.map_err(|error| SaveError::from_io(&path, error))?;
                    }
                    *journal = Some(Journal::create(&path, &text.hash)?);
                }
            }
            self.marked = (journal.as_ref().map_or(0, Journal::length_bytes), Instant::now());
        }
        Ok((text, warnings))
    }

    /// Removes what belongs to texts that are superseded.
    pub(super) fn tidy(&self, current: &[BlobHash], saved: &mut Saved) {
        for path in self.layout.stale(current) {
            if let Err(error) = fs::remove_file(&path) {
                saved.notices.push(format!("{} was not removed: {error}", path.display()));
            }
        }
    }
}

/// Where a test cuts a save off, as a crash would.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    /// After how many steps.
    #[cfg(test)]
    pub(super) after: Option<u32>,
}

impl Cut {
    /// Between two steps of a save.
    #[cfg(test)]
    pub(super) fn step(&mut self) -> Result<(), SaveError> {
        match &mut self.after {
            Some(0) => Err(SaveError::Untitled),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "only tests cut saves off")]
    pub(super) fn step(&mut self) -> Result<(), SaveError> {
        Ok(())
    }
}

pub(super) struct Text {
    pub(super) content: String,
    pub(super) hash: BlobHash,
}

/// Writes a text, and all that belongs to it, into the side folder.
pub(super) fn write_beside(
    layout: &Layout,
    project: &Project,
    blobs: &Blobs,
    side: PackSide,
    cut: &mut Cut,
) -> Result<(Text, Vec<SaveWarning>), SaveError> {
    let (content, hashes) = file::to_text(project);
    let text = Text { hash: Blobs::hash(content.as_bytes()), content };
    let warnings = file::save_blobs(blobs, &hashes, &layout.blobs())?;
    let SideState { history, sessions } = side();
    let files = [
        (layout.history(&text.hash), history.as_slice()),
        (layout.sessions(&text.hash), sessions.as_slice()),
        (layout.snapshot(&text.hash), text.content.as_bytes()),
    ];
    for (path, content) in files.iter().filter(|(_, content)| !content.is_empty()) {
        cut.step()?;
        atomic::write(path, |out| out.write_all(content)).map_err(|error| SaveError::from_io(path, error))?;
    }
    Ok((text, warnings))
}

impl Document {
    /// A new document with the project of a log.
    pub(super) fn create<L: Log>(
        layout: Layout,
        log: &mut L,
        blobs: &Blobs,
        policy: Policy,
    ) -> Result<Self, SaveError> {
        let mut document = Self::begin(layout, policy)?;
        let project = log.project();
        document.publish(log, &project, blobs)?;
        Ok(document)
    }
}
