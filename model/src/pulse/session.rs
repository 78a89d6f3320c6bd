//! Sessions, as their owner handles them.

use protocol::{ConflictId, SessionId, Take};

use super::{Committed, Pulse};
use crate::history::CommitKind;
use crate::project::Project;
use crate::session::{About, Choice, Operation, RestoreError, Session, SessionError, Sessions};

/// What became of the commit of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionCommit {
    /// It is part of the project, and closed.
    Done(Committed),
    /// So many conflicts have to be decided first; nothing was committed.
    Conflicts(usize),
}

impl Pulse {
    /// The open sessions.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Opens a session. Costs the same however large the project is.
    pub fn open_session(&mut self, about: About) -> SessionId {
        let id = SessionId(self.new_id());
        let opened = self.history.tick();
        let mut session = Session::new(id, about, opened, self.project());
        // Where the history is not unpacked yet, nothing has been committed since the project was opened.
        if self.history.is_loaded() {
            session.date(|| self.history.loaded().log.moment());
        }
        self.sessions.open(session);
        id
    }

    /// Takes over a session that was worked in beside the store, see [`Session::beside`]. What it made that does not go
    /// together with what the project has become are its conflicts.
    pub fn adopt_session(&mut self, mut session: Session) -> SessionId {
        let id = SessionId(self.new_id());
        session.opened_as(id, self.history.tick());
        if self.history.is_loaded() {
            session.date(|| self.history.loaded().log.moment());
        }
        let project = self.project();
        self.sessions.adopt(session, &project);
        id
    }

    /// Applies edits in a session, all or none.
    ///
    /// # Errors
    /// There is no such session, or an edit breaks a rule there; nothing changes.
    pub fn edit_session(&mut self, id: SessionId, operation: Operation) -> Result<(), SessionError> {
        let project = self.project();
        self.sessions.get_mut(id)?.follow(&project);
        self.sessions.edit(id, operation)
    }

    /// What a session sees: its own edits over the project as its isolation has it.
    ///
    /// # Errors
    /// There is no such session.
    pub fn session_project(&mut self, id: SessionId) -> Result<Project, SessionError> {
        let project = self.project();
        let session = self.sessions.get_mut(id)?;
        session.follow(&project);
        Ok(session.overlay())
    }

    /// Brings a session into the project as one step of its author, and closes it; or else finds the conflicts that have to
    /// be decided first, see [`Session::conflicts`].
    ///
    /// # Errors
    /// There is no such session, or it cannot be committed; nothing changes.
    pub fn commit_session(&mut self, id: SessionId) -> Result<SessionCommit, SessionError> {
        let project = self.project();
        let session = self.sessions.get_mut(id)?;
        let Some((outcome, changes)) = session.outcome(&project) else {
            let conflicts = session.conflicts().len();
            self.sessions.held(id);
            return Ok(SessionCommit::Conflicts(conflicts));
        };
        let (name, author) = (session.name().into(), session.author().into());
        let committed = self.conclude(outcome, &changes, (name, author), CommitKind::Edit);
        self.sessions.end(id)?;
        Ok(SessionCommit::Done(committed))
    }

    /// Decides one conflict of a session, and gives how many are left.
    ///
    /// # Errors
    /// There is no such session or conflict, or the decision is not possible; nothing changes.
    pub fn resolve_session(
        &mut self,
        id: SessionId,
        conflict: ConflictId,
        choice: Choice,
    ) -> Result<usize, SessionError> {
        let project = self.project();
        self.sessions.get_mut(id)?.follow(&project);
        self.sessions.resolve(id, conflict, choice)
    }

    /// Decides all conflicts of a session alike, and gives how many are left: those where the session's way breaks a rule.
    ///
    /// # Errors
    /// There is no such session.
    pub fn resolve_session_all(&mut self, id: SessionId, take: Take) -> Result<usize, SessionError> {
        let project = self.project();
        self.sessions.get_mut(id)?.follow(&project);
        self.sessions.resolve_all(id, take)
    }

    /// Closes a session and forgets what it did.
    ///
    /// # Errors
    /// There is no such session.
    pub fn discard_session(&mut self, id: SessionId) -> Result<(), SessionError> {
        self.sessions.end(id).map(|_| ())
    }

    /// Opens the sessions again that [`Sessions::to_bytes`] saved.
    ///
    /// # Errors
    /// The bytes are not what was saved; nothing changes.
    pub fn restore_sessions(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let project = self.project();
        let mut sessions = std::mem::take(&mut self.sessions);
        let restored = sessions.restore(bytes, &project, &|moment| self.at_moment(moment));
        self.sessions = sessions;
        restored
    }

    /// What was done to sessions since the last call, for the journal. Each record needs those before it, and the commits
    /// between them.
    pub fn take_session_records(&mut self) -> Vec<Vec<u8>> {
        self.sessions.take_records()
    }

    /// Does again what a record of [`take_session_records`](Self::take_session_records) says.
    ///
    /// # Errors
    /// The record cannot be used; nothing changes.
    pub fn replay_session(&mut self, record: &[u8]) -> Result<(), RestoreError> {
        let project = self.project();
        let mut sessions = std::mem::take(&mut self.sessions);
        let replayed = sessions.replay(record, &project, &|moment| self.at_moment(moment));
        self.sessions = sessions;
        replayed
    }

    /// Says of every session what the history had when it was opened, before the project changes.
    pub(super) fn date_sessions(&mut self) {
        let log = &self.history.loaded().log;
        self.sessions.date(|| log.moment());
    }
}
