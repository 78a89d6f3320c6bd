//! The store: commits, undo and redo over snapshots, and the history of it all.

use std::sync::Arc;

use protocol::{CommitId, Edit, EntityId, Hlc, Transaction};

use crate::history::{Clock, CommitKind, History, HistoryEntry, HistoryError, Message, StepList};
use crate::project::{Direction, Draft, EditError, Project, replay};
use crate::session::Sessions;

mod ids;
mod journal;
mod peers;
mod record;
mod session;

pub use ids::IdSource;
pub use session::SessionCommit;

/// The only writer of a project. One thread owns it; everybody else holds snapshots.
#[derive(Debug)]
pub struct Pulse {
    project: Project,
    history: History,
    ids: IdSource,
    sessions: Sessions,
    /// How many commits a saved history keeps.
    keep: usize,
    /// How many were left when it was last shortened: where peers were at work, that may be more.
    left: usize,
}

/// What a commit gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The revision that the project has now.
    pub revision: u64,
    /// Whether anything changed; an empty transaction leaves no undo step.
    pub changed: bool,
    /// The entities that are not as they were.
    pub touched: Arc<[EntityId]>,
    /// Its id; `None` if nothing changed.
    pub commit: Option<CommitId>,
    /// When it was made.
    pub at: Hlc,
}

/// How many commits a saved history keeps, unless told otherwise: months of work, some megabytes.
pub const DEFAULT_KEEP: usize = 10_000;

/// How a commit is called that takes note of what plugins tell.
const GATHERED: &str = "States of plugins";

impl Pulse {
    /// An empty project: a root and a master track.
    #[must_use]
    pub fn new() -> Self {
        Self::with_ids(IdSource::random())
    }

    /// An empty project whose ids come from a source of one's choosing, so that it can be built again identically.
    #[must_use]
    pub fn with_ids(ids: IdSource) -> Self {
        let project = Project::empty(ids.next_id(), ids.next_id());
        Self::from_project_with_ids(project, ids)
    }

    /// A store that goes on from a snapshot, with an empty history.
    #[must_use]
    pub fn from_project(project: Project) -> Self {
        Self::from_project_with_ids(project, IdSource::random())
    }

    /// The same, with ids from a source of one's choosing.
    #[must_use]
    pub fn from_project_with_ids(project: Project, ids: IdSource) -> Self {
        let history = History::new(project.clone(), Clock::system());
        Self { project, history, ids, sessions: Sessions::default(), keep: DEFAULT_KEEP, left: 0 }
    }

    /// A store that goes on from a project and the history that was saved with it. The history is unpacked by a thread of
    /// its own, for which the first commit waits, and whoever looks at the history. If it does not end at this project, which then was changed by
    /// something else, it goes on with a commit that says so.
    ///
    /// A history that cannot be used is handed back as an error beside the store, whose history then starts anew. See also
    /// [`history_trouble`](Self::history_trouble).
    #[must_use]
    pub fn open(project: Project, history: Option<&[u8]>, ids: IdSource) -> (Self, Option<HistoryError>) {
        let mut pulse = Self::from_project_with_ids(project.clone(), ids);
        let opened = history.map(|bytes| History::open(project, bytes, Clock::system())).transpose();
        match opened {
            Ok(Some(history)) => pulse.history = history,
            Ok(None) => pulse.history.look_ahead(),
            Err(error) => return (pulse, Some(error)),
        }
        (pulse, None)
    }

    /// The same store on another clock, such as one that tests turn by hand.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.history.set_clock(clock);
        self
    }

    /// The project as it is now.
    #[must_use]
    pub fn project(&self) -> Project {
        self.project.clone()
    }

    /// A fresh id, for an [`protocol::Edit::Create`].
    #[must_use]
    pub fn new_id(&self) -> EntityId {
        self.ids.next_id()
    }

    /// Applies a transaction as one undo step, or not at all. The author's undone steps are forgotten.
    ///
    /// # Errors
    /// The first edit that breaks a rule, with the entity, the field and the rule. The project is then unchanged.
    pub fn commit(&mut self, transaction: Transaction) -> Result<Committed, EditError> {
        self.commit_as(transaction, CommitKind::Edit)
    }

    fn commit_as(&mut self, transaction: Transaction, kind: CommitKind) -> Result<Committed, EditError> {
        let Transaction { name, author, edits } = transaction;
        let mut draft = Draft::new(self.project.state().clone());
        draft.apply(&edits)?;
        let (project, changes) = draft.finish();
        Ok(self.conclude(project, &changes, (name.into(), author.into()), kind))
    }

    /// Takes note of what only running plugins know, such as their states: a commit that is nobody's step.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit).
    pub fn gather(&mut self, edits: &[Edit]) -> Result<Committed, EditError> {
        let transaction = Transaction { name: GATHERED.into(), author: String::new(), edits: edits.to_vec() };
        self.commit_as(transaction, CommitKind::Gathered)
    }

    /// Takes back the author's last step that is not taken back yet, and gives its name. What others did since stays.
    ///
    /// # Errors
    /// Somebody else has since changed the very things that the step changed; nothing changes.
    pub fn undo(&mut self, author: &str) -> Result<Option<String>, EditError> {
        self.go(author, Direction::Undo)
    }

    /// Does the author's last undone step again, and gives its name.
    ///
    /// # Errors
    /// As for [`undo`](Self::undo).
    pub fn redo(&mut self, author: &str) -> Result<Option<String>, EditError> {
        self.go(author, Direction::Redo)
    }

    /// The step that [`redo`](Self::redo) would do again.
    #[must_use]
    pub fn next_redo(&self, author: &str) -> Option<HistoryEntry> {
        self.history.loaded().log.steps.to_redo(author).map(|step| step.entry())
    }

    fn go(&mut self, author: &str, direction: Direction) -> Result<Option<String>, EditError> {
        let log = &self.history.loaded().log;
        let commit = match direction {
            Direction::Undo => log.steps.to_undo(author),
            Direction::Redo => log.steps.to_redo(author),
        };
        let Some(commit) = commit else { return Ok(None) };
        let kind = match direction {
            Direction::Undo => CommitKind::Undo(commit.id),
            Direction::Redo => CommitKind::Redo(commit.id),
        };
        let Message { name, author, .. } = commit.message.clone();
        let mut draft = Draft::new(self.project.state().clone());
        replay(&mut draft, log.step(commit, direction), direction)?;
        let (project, changes) = draft.finish();
        self.record(project, &changes, name.clone(), author, kind);
        Ok(Some(name.to_string()))
    }

    /// The steps of the history, oldest first. The undone steps of an author are that author's last ones. What was undone
    /// and can no longer be done again is not among them, see [`commits`](Self::commits).
    pub fn history(&self) -> impl DoubleEndedIterator<Item = HistoryEntry> + '_ {
        self.history.loaded().log.steps.shown().iter().cloned()
    }

    /// The same as a list to keep. Costs the same however long it is.
    #[must_use]
    pub fn steps(&self) -> StepList {
        self.history.loaded().log.steps.shown().clone()
    }

    /// Whether the history is at hand. Otherwise it is being unpacked, and whoever asks for anything of it waits.
    #[must_use]
    pub fn is_history_ready(&self) -> bool {
        self.history.is_ready()
    }

    /// The project before the first commit; `None` if commits were dropped since, or it cannot be read.
    #[must_use]
    pub fn began_with(&self) -> Option<Project> {
        let log = &self.history.loaded().log;
        log.is_whole().then(|| log.baseline.project().cloned()).flatten()
    }

    /// Every commit, oldest first, undoing and redoing included: the states that there were.
    pub fn commits(&self) -> impl DoubleEndedIterator<Item = HistoryEntry> + '_ {
        self.history.loaded().log.steps.all().iter().map(|commit| commit.entry())
    }

    /// Why the saved history could not be used after all, if so; known once it was needed.
    #[must_use]
    pub fn history_trouble(&self) -> Option<HistoryError> {
        self.history.loaded().trouble.clone()
    }

    /// Replaces the project, such as by one from a file; the history starts anew.
    pub fn replace(&mut self, project: Project) {
        self.project = project.with_revision(self.project.revision() + 1);
        let new = History::new(self.project.clone(), Clock::system());
        let clock = std::mem::replace(&mut self.history, new).into_clock();
        self.history.set_clock(clock);
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
