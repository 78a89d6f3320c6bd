//! Writing a journal.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use protocol::BlobHash;

use super::frame::{self, HEADER_BYTES};
use super::syncer::Syncer;
use super::{Entry, JournalError, MAX_RECORD_BYTES, Summary};
use crate::file::atomic;

/// A journal that is being written. One thread owns it.
///
/// A failed [`append`](Self::append) takes nothing and leaves the journal sound: the next one is tried afresh, so a
/// full disk costs what cannot be written while it is full and nothing else.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// How much of the file is sound.
    length: u64,
    /// How many records it has.
    records: u64,
    syncer: Syncer,
}

impl Journal {
    /// Begins a journal that continues a text, in place of one that is there.
    ///
    /// # Errors
    /// It cannot be written; what was there before is as it was.
    pub fn create(path: &Path, base: &BlobHash) -> Result<Self, JournalError> {
        let failed = |source| JournalError::from_io(path, source);
        let mark = encode(Entry::Mark { text: *base, but: 0 })?;
        atomic::write(path, |out| {
            out.write_all(&frame::header())?;
            out.write_all(&mark)
        })
        .map_err(failed)?;
        Self::open(path, (HEADER_BYTES + mark.len()) as u64, 0)
    }

    /// Goes on with a journal that was [`read`](super::read). What of it is not sound is cut off.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn resume(path: &Path, summary: &Summary) -> Result<Self, JournalError> {
        if summary.sound_bytes < HEADER_BYTES as u64 {
            let source = io::Error::new(io::ErrorKind::InvalidData, "there is no journal to go on with");
            return Err(JournalError::Io { path: path.to_owned(), source });
        }
        Self::open(path, summary.sound_bytes, summary.records)
    }

    fn open(path: &Path, length: u64, records: u64) -> Result<Self, JournalError> {
        let failed = |source| JournalError::from_io(path, source);
        let file = File::options().write(true).open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() > length {
            file.set_len(length).map_err(failed)?;
        }
        let syncer = Syncer::new(file.try_clone().map_err(failed)?).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, length, records, syncer })
    }

    /// Adds a record. When this returns `Ok`, the record survives the death of this process.
    ///
    /// # Errors
    /// It was not taken; the journal is as before.
    pub fn append(&mut self, record: &[u8]) -> Result<(), JournalError> {
        self.write(Entry::Record(record))?;
        self.records += 1;
        Ok(())
    }

    /// Notes that a text holds everything before.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    pub fn mark(&mut self, text: &BlobHash) -> Result<(), JournalError> {
        self.mark_late(text, self.records)
    }

    /// Notes that a text holds the first `holds` records: one that took a while to write, so that more were added meanwhile.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    pub fn mark_late(&mut self, text: &BlobHash, holds: u64) -> Result<(), JournalError> {
        self.write(Entry::Mark { text: *text, but: self.records.saturating_sub(holds) })
    }

    /// Waits until all that was added is on the disk.
    ///
    /// # Errors
    /// The disk says no; what was added may be lost with the machine, though not with the process.
    pub fn sync(&self) -> Result<(), JournalError> {
        self.syncer.wait();
        self.health()
    }

    /// Whether bringing records to the disk went wrong since this was last asked.
    ///
    /// # Errors
    /// It did.
    pub fn health(&self) -> Result<(), JournalError> {
        match self.syncer.take_failure() {
            Some(source) => Err(JournalError::from_io(&self.path, source)),
            None => Ok(()),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long it is, in bytes.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
        self.length
    }

    /// How many records it has.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    fn write(&mut self, entry: Entry<'_>) -> Result<(), JournalError> {
        let frame = encode(entry)?;
        if let Err(source) = self.write_at_end(&frame) {
            // A half-written entry would be cut off when the journal is read; without it, the next is found too.
            let _reading_copes = self.file.set_len(self.length);
            return Err(JournalError::from_io(&self.path, source));
        }
        self.length += frame.len() as u64;
        self.syncer.written();
        Ok(())
    }

    fn write_at_end(&mut self, frame: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(frame)
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.path)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

fn encode(entry: Entry<'_>) -> Result<Vec<u8>, JournalError> {
    let bytes = match entry {
        Entry::Record(record) => record.len(),
        Entry::Mark { .. } => 0,
    };
    frame::encode(entry).ok_or(JournalError::TooLong { bytes, limit_bytes: MAX_RECORD_BYTES })
}
