//! Making the most of what is left of a damaged project. Writes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::BlobHash;

use super::error::{Notice, OpenError, RecoverError};
use super::layout::Layout;
use super::log::{Log, SideState};
use super::open::{self, Scan};
use super::{Access, Document, Opened, backup};
use crate::blobs::Blobs;
use crate::file::{self, EXTENSION, LoadError, LoadWarning, Loaded};

/// A project that was recovered, to be saved somewhere.
#[derive(Debug)]
pub struct Recovered<L> {
    /// Its content, and its history as far as it could be had.
    pub log: L,
    /// Its blobs.
    pub blobs: Blobs,
    /// What was found wrong in the text.
    pub warnings: Vec<LoadWarning>,
    /// Where it came from, and what is missing.
    pub notices: Vec<Notice>,
}

/// A text that may be loaded in place of the damaged one.
struct Candidate {
    path: PathBuf,
    side: SideState,
    /// The journals that lead on from it.
    journals: Vec<PathBuf>,
}

/// The latest state of a project that can be had: the project itself if it can be opened; else the latest snapshot or
/// backup that can be loaded, with all that the journals say was done since.
///
/// # Errors
/// Nothing can be loaded.
pub fn recover<L: Log>(path: &Path) -> Result<Recovered<L>, RecoverError> {
    let damage = match Document::open(path, Access::ReadOnly) {
        Ok(Opened { log, blobs, warnings, mut notices, .. }) => {
            notices.retain(|notice| !matches!(notice, Notice::ReadOnly { .. }));
            return Ok(Recovered { log, blobs, warnings, notices });
        }
        Err(OpenError::Load { source, .. }) => source,
        Err(error) => LoadError::Io { path: path.to_owned(), source: std::io::Error::other(error) },
    };
    let layout = Layout::of(path);
    for candidate in candidates(&layout) {
        if let Some(recovered) = candidate.load(&layout) {
            return Ok(recovered);
        }
    }
    Err(RecoverError::NothingLeft { path: path.to_owned(), source: damage })
}

/// Snapshots, latest first, then backups, latest first.
fn candidates(layout: &Layout) -> Vec<Candidate> {
    let mut snapshots = layout.stale(&[]);
    snapshots.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    snapshots.sort_by_key(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok());
    let read = |path: &Path| fs::read(path).unwrap_or_default();
    let snapshots = snapshots.into_iter().rev().map(|path| {
        let side = SideState {
            history: read(&path.with_extension("history")),
            sessions: read(&path.with_extension("sessions")),
        };
        Candidate { path, side, journals: vec![layout.journal()] }
    });
    let backups = backup::list(layout);
    let backups = backups.iter().enumerate().rev().map(|(at, kept)| {
        let later = backups.iter().skip(at).map(backup::Backup::journal);
        let side = SideState { history: read(&kept.history()), sessions: Vec::new() };
        Candidate { path: kept.path.clone(), side, journals: later.chain([layout.journal()]).collect() }
    });
    snapshots.chain(backups).collect()
}

impl Candidate {
    fn load<L: Log>(self, layout: &Layout) -> Option<Recovered<L>> {
        let bytes = file::read(&self.path).ok()?;
        let mut text = Blobs::hash(&bytes);
        let Loaded { project, blobs, warnings } = open::load(layout, &bytes, &self.path).ok()?;
        let (mut log, trouble) = L::open(project, &self.side);
        let _known = log.take_records();
        let mut notices = vec![Notice::RecoveredFrom { from: self.path }];
        notices.extend(trouble.map(|why| Notice::HistoryLost { why: why.to_string() }));
        let mut records = 0;
        for journal in &self.journals {
            let Some(step) = follow(&mut log, journal, text) else { continue };
            records += step.done;
            if let Some(why) = step.refused {
                notices.push(Notice::RecordRefused { done: records, why, kept: journal.clone() });
                break;
            }
            text = step.text;
        }
        if records > 0 {
            notices.push(Notice::Recovered { records });
        }
        Some(Recovered { log, blobs, warnings, notices })
    }
}

struct Step {
    done: u64,
    refused: Option<String>,
    /// The last text that the journal names.
    text: BlobHash,
}

/// Does again what a journal says was done after a text; `None` if it says nothing of that text.
fn follow<L: Log>(log: &mut L, journal: &Path, text: BlobHash) -> Option<Step> {
    let scan = Scan::of(journal).ok()?;
    let before = scan.before(&text)?;
    let replayed = open::replay(log, journal, before).ok()?;
    let (_, last) = *scan.marks.last()?;
    Some(Step { done: replayed.done, refused: replayed.refused, text: last })
}
