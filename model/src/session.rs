//! Overlay sessions: edits beside the project, to be looked at and then committed whole or discarded.
//!
//! 1. [`Pulse::open_session`](crate::Pulse::open_session) takes a snapshot, which costs a reference count.
//! 2. Edits go to the session's overlay and are checked against it; whoever asks the session sees them at once.
//! 3. A commit brings them into the project as one transaction of the session's author. If the project has changed meanwhile,
//!    they are merged into it cell by cell.
//! 4. What clashes stays in the session, as data, until somebody has decided each [`SessionConflict`]; until then nothing is
//!    committed.
//!
//! The store owns its sessions, so they outlive whoever opened them; [`Sessions::to_bytes`] lets them outlive the process.
//!
//! This file is long because what a session goes through, from its beginning to its end, is told in one place.

mod beside;
mod fold;
mod resolve;
mod saved;

use std::collections::{BTreeMap, BTreeSet};

use protocol::{ConflictId, Edit, EntityId, Hlc, SessionId, Take};
use serde::{Deserialize, Serialize};

use crate::diff::{Diff, EditsError, EntityChange, Line};
use crate::entity::CellValue;
use crate::history::Moment;
use crate::merge::{Conflict, Favour, onto};
use crate::project::{Change, Draft, EditError, Project};

pub use beside::Mark;
pub use saved::RestoreError;
pub(crate) use saved::{SavedPlace, SessionRecord};

/// More conflicts than this are better decided by one choice for all: see [`Session::is_bulk`].
pub const MAX_SINGLE_CONFLICTS: usize = 100;

/// What a session sees of the project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// The project as it was when the session was opened.
    #[default]
    Snapshot,
    /// The project as it is now.
    Live,
}

/// Edits that a session made together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// What was done.
    pub name: String,
    /// The edits, in order.
    pub edits: Vec<Edit>,
}

/// How a conflict is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// As the session has it.
    Session,
    /// As the project has it.
    Project,
    /// Another value for the cell; `None` for its default, or to remove the row or entry.
    Value(Option<CellValue>),
}

impl From<Take> for Choice {
    fn from(take: Take) -> Self {
        match take {
            Take::Session => Self::Session,
            Take::Project => Self::Project,
        }
    }
}

/// A conflict of a session; `ours` is the project, `theirs` the session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionConflict {
    /// Its number within the session, never reused.
    pub id: ConflictId,
    /// What clashes.
    pub conflict: Conflict,
}

/// Why a session does not do what it was asked. It is as it was before.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// There is no such session.
    #[error("there is no session {0} (was it committed or discarded?)")]
    NoSuchSession(SessionId),
    /// The session has no such conflict.
    #[error("session {session} has no conflict {}", .conflict.0)]
    NoSuchConflict {
        /// The session.
        session: SessionId,
        /// The conflict.
        conflict: ConflictId,
    },
    /// An edit breaks a rule.
    #[error("the edit is refused")]
    Refused(#[from] EditError),
    /// The session's way breaks a rule as long as the project is as it is.
    #[error("the session's way is not possible")]
    Forbidden(#[source] EditError),
    /// The conflict is not about a value.
    #[error("this conflict is not settled by a value")]
    NotAValue,
    /// What the session has is not to be had by edits.
    #[error("the session cannot be committed")]
    NoEdits(#[from] EditsError),
}

/// A session. To edit, commit or decide, ask the [`Pulse`](crate::Pulse) that owns it.
#[derive(Clone, Debug)]
pub struct Session {
    id: SessionId,
    name: String,
    author: String,
    isolation: Isolation,
    opened: Hlc,
    operations: Vec<Operation>,
    /// What the overlay lies over.
    ground: Project,
    /// What the session sees.
    overlay: Project,
    /// What it saw when somebody last edited or decided: kept things are taken from there, so that it makes no difference how
    /// often somebody looks in between.
    seen: Project,
    /// What the history had when it was opened; `None` where nothing had been committed since the project was opened.
    since: Option<Moment>,
    /// What was edited since the ground was last moved.
    touched: BTreeSet<EntityId>,
    /// What was edited before: each change from what the session saw to what it made of it.
    moved: BTreeMap<EntityId, EntityChange>,
    /// Whether it goes along with the project: live ones do, and all that have met conflicts, or whose snapshot is not to be
    /// had any more.
    follows: bool,
    conflicts: Vec<SessionConflict>,
    next_conflict: u32,
}

impl Session {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// What it is for: the name of the undo step that it becomes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who opened it.
    #[must_use]
    pub fn author(&self) -> &str {
        &self.author
    }

    /// What it sees of the project.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// When it was opened.
    #[must_use]
    pub fn opened(&self) -> Hlc {
        self.opened
    }

    /// What was done in it, oldest first.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// What has to be decided before it can be committed; known once a commit was tried, and for live ones as soon as somebody
    /// has looked. Nothing that is listed here is lost.
    #[must_use]
    pub fn conflicts(&self) -> &[SessionConflict] {
        &self.conflicts
    }

    /// Whether there are so many conflicts that one choice for all is to be offered.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        self.conflicts.len() > MAX_SINGLE_CONFLICTS
    }

    /// What it changes. Costs what it touched.
    #[must_use]
    pub fn diff(&self) -> Diff {
        let ids = self.touched.iter().chain(self.moved.keys()).copied();
        Diff::among(&self.ground, &self.overlay, ids)
    }

    /// The same in words.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        crate::diff::lines_of(&self.ground, &self.overlay, &self.diff())
    }

    /// One of its conflicts in words, such as `Bass: volume: the project has -3.0 dB, the session -6.0 dB`.
    #[must_use]
    pub fn conflict_line(&self, conflict: &SessionConflict) -> Line {
        let sides = ("the project", "the session");
        crate::diff::conflict_line(&self.ground, &self.overlay, &conflict.conflict, sides)
    }

    /// Says what the history had when the session was opened, if that is not said yet.
    pub(crate) fn date(&mut self, since: impl FnOnce() -> Moment) {
        self.since.get_or_insert_with(since);
    }

    /// What it sees, where it is known that the project has not changed since.
    pub(crate) fn overlay(&self) -> Project {
        self.overlay.clone()
    }

    pub(crate) fn new(id: SessionId, about: About, opened: Hlc, project: Project) -> Self {
        let About { name, author, isolation } = about;
        Self {
            id,
            name,
            author,
            isolation,
            opened,
            operations: Vec::new(),
            ground: project.clone(),
            seen: project.clone(),
            overlay: project,
            since: None,
            touched: BTreeSet::new(),
            moved: BTreeMap::new(),
            follows: isolation == Isolation::Live,
            conflicts: Vec::new(),
            next_conflict: 1,
        }
    }

    /// Goes along with the project, if the session is one that does.
    pub(crate) fn follow(&mut self, project: &Project) {
        if self.follows && !self.ground.is_same(project) {
            self.merge_onto(project);
        }
    }

    /// Applies edits, all or none.
    pub(crate) fn edit(&mut self, operation: Operation) -> Result<(), EditError> {
        self.apply(&operation.edits)?;
        self.operations.push(operation);
        self.forget_decided();
        Ok(())
    }

    fn apply(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        let mut draft = Draft::new(self.overlay.state().clone());
        draft.apply(edits)?;
        let (overlay, changes) = draft.finish();
        (self.seen, self.overlay) = (overlay.clone(), overlay);
        self.touched.extend(changes.iter().map(|change| change.id));
        Ok(())
    }

    /// What is edited again, its conflict in sight, is decided by that.
    fn forget_decided(&mut self) {
        if self.conflicts.is_empty() {
            return;
        }
        let operations = std::mem::take(&mut self.operations);
        let mut looked = self.clone();
        looked.merge_onto(&self.ground);
        self.operations = operations;
        // What the session sees changes by its edits and with the project, and by nothing else: so no more than that.
        let left: BTreeSet<ConflictId> = looked.conflicts.iter().map(|conflict| conflict.id).collect();
        self.conflicts.retain(|conflict| left.contains(&conflict.id));
    }

    /// Lays the session's changes over another state of the project.
    fn merge_onto(&mut self, project: &Project) {
        self.fold();
        let changes = Diff { changes: self.moved.values().cloned().collect() };
        let merge = onto(project, &changes, &self.seen, Favour::Theirs);
        (self.ground, self.overlay) = (project.clone(), merge.project);
        self.number(merge.conflicts);
    }

    /// Gives conflicts their numbers: those that are still the same keep theirs.
    fn number(&mut self, conflicts: Vec<Conflict>) {
        let known = std::mem::take(&mut self.conflicts);
        for conflict in conflicts {
            let same = known.binary_search_by(|known| known.conflict.place().cmp(&conflict.place()));
            let id = match same {
                Ok(at) => known[at].id,
                Err(_) => {
                    self.next_conflict += 1;
                    ConflictId(self.next_conflict - 1)
                }
            };
            self.conflicts.push(SessionConflict { id, conflict });
        }
    }

    /// The project with the session brought in, and what that changes; nothing if there are conflicts to decide first.
    pub(crate) fn outcome(&mut self, project: &Project) -> Option<(Project, Vec<Change>)> {
        if self.follows || !self.ground.is_same(project) {
            self.merge_onto(project);
        }
        if !self.conflicts.is_empty() {
            self.follows = true;
            return None;
        }
        Some((self.overlay.clone(), self.diff().changes))
    }
}

/// What a session is opened with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What it is for: the name of the undo step that it becomes.
    pub name: String,
    /// Who opens it: a person, or a script by its name.
    pub author: String,
    /// What it sees of the project.
    pub isolation: Isolation,
}

/// The open sessions of a store.
#[derive(Debug, Default)]
pub struct Sessions {
    open: BTreeMap<SessionId, Session>,
    records: Vec<SessionRecord>,
}

impl Sessions {
    /// The open sessions, oldest first.
    pub fn list(&self) -> impl Iterator<Item = &Session> {
        let mut sessions: Vec<&Session> = self.open.values().collect();
        sessions.sort_by_key(|session| (session.opened, session.id));
        sessions.into_iter()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: SessionId) -> Option<&Session> {
        self.open.get(&id)
    }

    pub(crate) fn open(&mut self, session: Session) {
        self.records.push(SessionRecord::Opened {
            id: session.id,
            name: session.name.clone(),
            author: session.author.clone(),
            isolation: session.isolation,
            opened: session.opened,
            since: session.since.clone(),
        });
        self.open.insert(session.id, session);
    }

    /// Takes over a session that was worked in beside the store.
    pub(crate) fn adopt(&mut self, mut session: Session, project: &Project) {
        if session.ground.is_same(project) {
            let operations = session.operations.clone();
            let id = session.id;
            self.open(session);
            let edited = operations.into_iter().map(|operation| SessionRecord::Edited { id, operation });
            self.records.extend(edited);
        } else {
            // What it was worked on is not in the journal.
            session.follows = true;
            self.records.push(SessionRecord::adopted(&session));
            session.merge_onto(project);
            self.open.insert(session.id, session);
        }
    }

    pub(crate) fn get_mut(&mut self, id: SessionId) -> Result<&mut Session, SessionError> {
        self.open.get_mut(&id).ok_or(SessionError::NoSuchSession(id))
    }

    pub(crate) fn edit(&mut self, id: SessionId, operation: Operation) -> Result<(), SessionError> {
        self.get_mut(id)?.edit(operation.clone())?;
        self.records.push(SessionRecord::Edited { id, operation });
        Ok(())
    }

    pub(crate) fn resolve(
        &mut self,
        id: SessionId,
        conflict: ConflictId,
        choice: Choice,
    ) -> Result<usize, SessionError> {
        let session = self.get_mut(id)?;
        let place = session.conflicts.iter().find(|known| known.id == conflict);
        let place = place.map(|known| SavedPlace::of(&known.conflict));
        let left = session.resolve(conflict, &choice)?;
        self.records.push(SessionRecord::Resolved { id, conflict, place, choice });
        Ok(left)
    }

    pub(crate) fn resolve_all(&mut self, id: SessionId, take: Take) -> Result<usize, SessionError> {
        let left = self.get_mut(id)?.resolve_all(take);
        self.records.push(SessionRecord::ResolvedAll { id, take });
        Ok(left)
    }

    /// Says of those of which it is not said yet what the history had when they were opened: the project is about to change.
    pub(crate) fn date(&mut self, since: impl Fn() -> Moment) {
        self.open.values_mut().for_each(|session| session.date(&since));
    }

    /// Takes note that a commit met conflicts.
    pub(crate) fn held(&mut self, id: SessionId) {
        self.records.push(SessionRecord::Held { id });
    }

    pub(crate) fn end(&mut self, id: SessionId) -> Result<Session, SessionError> {
        let session = self.open.remove(&id).ok_or(SessionError::NoSuchSession(id))?;
        self.records.push(SessionRecord::Ended { id });
        Ok(session)
    }
}

#[cfg(test)]
mod tests;
