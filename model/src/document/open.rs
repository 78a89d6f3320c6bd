//! Opening: the text, then what the journal says was done since.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Instant, SystemTime};

use protocol::BlobHash;

use super::error::{Notice, OpenError, ReadOnlyReason};
use super::layout::Layout;
use super::lock::{self, Taken};
use super::log::{Log, SideState};
use super::{Access, Document, Opened, Policy, Writer, backup};
use crate::blobs::Blobs;
use crate::file::{self, LoadError, Loaded, Origin};
use crate::journal::{self, Entry, Journal, JournalError, Summary};

/// A journal, looked through once.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub summary: Summary,
    /// The texts that it names, each with the number of records before.
    pub marks: Vec<(u64, BlobHash)>,
}

impl Scan {
    /// Looks through a journal. One that is not there is empty.
    pub(super) fn of(path: &Path) -> Result<Self, JournalError> {
        let (mut marks, mut records) = (Vec::new(), 0_u64);
        let summary = journal::read(path, |entry| {
            match entry {
                Entry::Record(_) => records += 1,
                Entry::Mark { text, but } => marks.push((records.saturating_sub(but), text)),
            }
            ControlFlow::Continue(())
        });
        match summary {
            Ok(summary) => Ok(Self { summary, marks }),
            Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(error) => Err(error),
        }
    }

    /// How many records there are before a text, if the journal names it.
    pub(super) fn before(&self, text: &BlobHash) -> Option<u64> {
        self.marks.iter().rev().find(|(_, hash)| hash == text).map(|(records, _)| *records)
    }
}

/// Where to begin.
struct Start {
    loaded: Loaded,
    text: BlobHash,
    /// How many records of the journal it holds; `None` if the journal does not lead on from it.
    holds: Option<u64>,
    is_snapshot: bool,
}

impl Document {
    /// Opens a project, with all that was recorded and not saved.
    ///
    /// # Errors
    /// It is open elsewhere, or its text cannot be loaded. Everything is as it was.
    pub fn open<L: Log>(path: &Path, access: Access) -> Result<Opened<L>, OpenError> {
        let layout = Layout::of(path);
        let mut notices = Vec::new();
        // A project that is not there gets no side folder.
        let bytes = file::read(&layout.project).map_err(|source| unloadable(&layout, source))?;
        let mut writer = claim(&layout, access, &mut notices)?;
        let start = choose(&layout, &bytes)?;
        drop(bytes);
        let Start { loaded, text, holds, is_snapshot } = start;
        if is_snapshot {
            notices.push(Notice::Autosave);
        }
        let Loaded { project, blobs, warnings } = loaded;
        let (mut log, trouble) = L::open(project, &side_state(&layout, &text));
        notices.extend(trouble.map(|why| Notice::HistoryLost { why: why.to_string() }));
        let scan = Scan::of(&layout.journal())?;
        let mut replayed = Replayed::default();
        let pending: VecDeque<_> = log.take_records().into();
        if let Some(holds) = holds {
            replayed = replay(&mut log, &layout.journal(), holds)?;
            if replayed.done > 0 {
                notices.push(Notice::Recovered { records: replayed.done });
            }
        }
        let journal = match &writer {
            Writer::ReadOnly(_) => None,
            Writer::Edit { .. } => {
                let begun = continue_journal(&layout, &text, holds, &scan, &replayed, &mut notices);
                begun.map_err(|error| notices.push(Notice::ReadOnly { why: error.to_string() })).ok()
            }
        };
        let length = journal.as_ref().map_or(0, Journal::length_bytes);
        if let Writer::Edit { journal: place, .. } = &mut writer {
            *place = journal;
        }
        let document = Self {
            layout,
            policy: Policy::default(),
            is_untitled: false,
            writer,
            pending,
            stored: Default::default(),
            // What was recovered is due for an autosave at once if it is much.
            marked: (if replayed.done > 0 { 0 } else { length }, Instant::now()),
            autosaving: None,
            cut: Default::default(),
        };
        Ok(Opened { document, log, blobs, warnings, notices })
    }
}

/// Makes sure that nobody else changes the project.
fn claim(layout: &Layout, access: Access, notices: &mut Vec<Notice>) -> Result<Writer, OpenError> {
    if access == Access::ReadOnly {
        return Ok(Writer::ReadOnly(ReadOnlyReason::Asked));
    }
    match lock::take(&layout.lock()) {
        Ok(Taken::Lock(lock)) => Ok(Writer::Edit { _lock: Some(lock), journal: None }),
        Ok(Taken::InUse(process)) => Err(OpenError::InUse { path: layout.project.clone(), process }),
        Ok(Taken::Unsupported) => {
            notices.push(Notice::NoLocks);
            Ok(Writer::Edit { _lock: None, journal: None })
        }
        Err(error) => {
            notices.push(Notice::ReadOnly { why: error.to_string() });
            Ok(Writer::ReadOnly(ReadOnlyReason::Folder(error)))
        }
    }
}

/// The latest text that can be loaded: an autosave that the journal names after the saved text, or the saved text.
fn choose(layout: &Layout, bytes: &[u8]) -> Result<Start, OpenError> {
    let text = Blobs::hash(bytes);
    let scan = Scan::of(&layout.journal())?;
    if let Some(saved) = scan.before(&text) {
        let later = scan.marks.iter().rev().take_while(|(_, hash)| *hash != text);
        for (holds, hash) in later.filter(|(holds, _)| *holds >= saved) {
            if let Some(loaded) = load_snapshot(layout, hash) {
                return Ok(Start { loaded, text: *hash, holds: Some(*holds), is_snapshot: true });
            }
        }
    }
    let loaded = load(layout, bytes, &layout.project).map_err(|source| unloadable(layout, source))?;
    Ok(Start { loaded, text, holds: scan.before(&text), is_snapshot: false })
}

fn load_snapshot(layout: &Layout, text: &BlobHash) -> Option<Loaded> {
    let path = layout.snapshot(text);
    let bytes = file::read(&path).ok().filter(|bytes| Blobs::hash(bytes) == *text)?;
    load(layout, &bytes, &path).ok()
}

/// Loads a text of the project, wherever it lies, with the blobs beside the project.
pub(super) fn load(layout: &Layout, bytes: &[u8], path: &Path) -> Result<Loaded, LoadError> {
    let blobs = Blobs::new();
    blobs.attach(layout.blobs());
    file::from_bytes(bytes, blobs, &Origin::File(path.to_owned()))
}

fn unloadable(layout: &Layout, source: LoadError) -> OpenError {
    let is_damaged = !matches!(
        source,
        LoadError::NotFound { .. }
            | LoadError::NotAFile { .. }
            | LoadError::Io { .. }
            | LoadError::NewerVersion { .. }
    );
    let has_more = !backup::list(layout).is_empty() || !layout.stale(&[]).is_empty();
    OpenError::Load { path: layout.project.clone(), is_recoverable: is_damaged && has_more, source }
}

/// What is kept beside a text. Where nothing is kept beside this very text, the history of the one before may still
/// lead to it.
pub(super) fn side_state(layout: &Layout, text: &BlobHash) -> SideState {
    let read = |path: &Path| fs::read(path).unwrap_or_default();
    let own = layout.history(text);
    if own.is_file() {
        return SideState { history: read(&own), sessions: read(&layout.sessions(text)) };
    }
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let is_history =
        |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "history");
    let latest = layout.stale(&[]).into_iter().filter(is_history).max_by_key(|path| modified(path));
    match latest {
        Some(path) => SideState { history: read(&path), sessions: read(&path.with_extension("sessions")) },
        None => SideState::default(),
    }
}

/// What was done again.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub done: u64,
    /// Why the next record was not.
    pub refused: Option<String>,
}

/// Does again what a journal says, from a record on.
pub(super) fn replay<L: Log>(log: &mut L, journal: &Path, from: u64) -> Result<Replayed, JournalError> {
    let (mut seen, mut replayed) = (0, Replayed::default());
    let done = journal::read(journal, |entry| {
        let Entry::Record(record) = entry else { return ControlFlow::Continue(()) };
        seen += 1;
        if seen <= from {
            return ControlFlow::Continue(());
        }
        match log.replay(record) {
            Ok(()) => {
                replayed.done += 1;
                ControlFlow::Continue(())
            }
            Err(error) => {
                replayed.refused = Some(error.to_string());
                ControlFlow::Break(())
            }
        }
    });
    match done {
        Ok(_) => Ok(replayed),
        Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(replayed),
        Err(error) => Err(error),
    }
}

/// Goes on with the journal, or begins a new one and keeps the old.
fn continue_journal(
    layout: &Layout,
    text: &BlobHash,
    holds: Option<u64>,
    scan: &Scan,
    replayed: &Replayed,
    notices: &mut Vec<Notice>,
) -> Result<Journal, JournalError> {
    let path = layout.journal();
    let now = SystemTime::now();
    let failed = |source| JournalError::from_io(&path, source);
    let Some(holds) = holds else {
        if path.is_file() {
            let records = scan.summary.records;
            let kept = backup::set_aside(layout, &path, now).map_err(failed)?;
            if records > 0 {
                notices.push(Notice::SetAside { records, kept });
            } else if scan.summary.lost_bytes > 0 {
                notices.push(Notice::JournalDamaged { lost_bytes: scan.summary.lost_bytes, kept });
            }
        }
        return Journal::create(&path, text);
    };
    if let Some(why) = &replayed.refused {
        let kept = backup::copy_aside(layout, &path, now).map_err(failed)?;
        let (done, why) = (replayed.done, why.clone());
        notices.push(Notice::RecordRefused { done, why, kept: kept.clone() });
        return rewrite(&path, &kept, text, holds, replayed.done);
    }
    let lost_bytes = scan.summary.lost_bytes;
    if lost_bytes > 0 {
        let kept = backup::copy_aside(layout, &path, now).map_err(failed)?;
        notices.push(Notice::JournalDamaged { lost_bytes, kept });
    }
    Journal::resume(&path, &scan.summary)
}

/// A journal with some of the records of another.
fn rewrite(path: &Path, old: &Path, text: &BlobHash, skip: u64, count: u64) -> Result<Journal, JournalError> {
    let mut journal = Journal::create(path, text)?;
    let (mut seen, mut outcome) = (0, Ok(()));
    journal::read(old, |entry| {
        let Entry::Record(record) = entry else { return ControlFlow::Continue(()) };
        seen += 1;
        if seen > skip + count || outcome.is_err() {
            return ControlFlow::Break(());
        }
        if seen > skip {
            outcome = journal.append(record);
        }
        ControlFlow::Continue(())
    })?;
    outcome.map(|()| journal)
}
