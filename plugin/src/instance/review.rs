//! Sessions that wait for somebody to look at them, and what a step of the history changed.

use editor::{ClashEntry, ConflictEntry, SessionEntry, ShownChange};
use model::SessionCommit;
use model::history::TravelError;
use model::merge::{Clash, Side};
use model::session::{Session, SessionConflict};
use protocol::control::LogLevel;
use protocol::{CommitId, ConflictId, SessionId, Take};

use super::control::Control;
use super::error::CommandError;
use super::request::Reply;

impl Control {
    /// Keeps what a script did, for somebody to look at it.
    pub fn hold(&mut self, name: &str, session: Session) -> Reply {
        let edits = session.operations().iter().map(|operation| operation.edits.len()).sum();
        let session = self.pulse.adopt_session(session);
        self.sessions_changed();
        self.published.log(LogLevel::Info, name, &format!("{edits} edits wait for review"));
        Reply::WaitsForReview { session, edits }
    }

    /// Makes a session part of the project, or finds what has to be decided first.
    pub fn accept(&mut self, session: SessionId) -> Result<Reply, CommandError> {
        match self.pulse.commit_session(session)? {
            SessionCommit::Done(committed) => {
                self.decided.remove(&session);
                self.undone_authors.clear();
                self.sessions_changed();
                self.project_changed();
                Ok(Reply::Committed { revision: committed.revision })
            }
            SessionCommit::Conflicts(count) => {
                self.sessions_changed();
                Err(CommandError::Conflicts { session, count })
            }
        }
    }

    /// Throws a session away.
    pub fn reject(&mut self, session: SessionId) -> Result<Reply, CommandError> {
        self.pulse.discard_session(session)?;
        self.decided.remove(&session);
        self.sessions_changed();
        Ok(Reply::Done)
    }

    /// Decides one conflict of a session, or all.
    pub fn resolve(
        &mut self,
        session: SessionId,
        conflict: Option<ConflictId>,
        take: Take,
    ) -> Result<Reply, CommandError> {
        let before = self.pulse.sessions().get(session).map_or(0, |session| session.conflicts().len());
        let left = match conflict {
            Some(conflict) => self.pulse.resolve_session(session, conflict, take.into())?,
            None => self.pulse.resolve_session_all(session, take)?,
        };
        *self.decided.entry(session).or_default() += before.saturating_sub(left);
        self.sessions_changed();
        Ok(Reply::Done)
    }

    /// Shows what a commit changed.
    pub fn show_change(&mut self, commit: Option<CommitId>) -> Result<Reply, CommandError> {
        let change = commit.map(|commit| self.change(commit)).transpose()?;
        self.published.set_change(change);
        self.published.notify();
        Ok(Reply::Done)
    }

    fn change(&self, commit: CommitId) -> Result<ShownChange, CommandError> {
        let before = self.pulse.commits().rev().skip_while(|entry| entry.id != commit).nth(1);
        let after = self.pulse.at(commit)?;
        let before = match before {
            Some(before) => self.pulse.at(before.id)?,
            None => self.pulse.began_with().ok_or(TravelError::NoSuchCommit(commit))?,
        };
        Ok(ShownChange { commit, lines: model::diff::lines(&before, &after).into() })
    }

    /// Keeps what became of sessions, and shows it.
    fn sessions_changed(&mut self) {
        self.journal();
        self.share_sessions();
    }

    /// Lets everybody see the open sessions. Costs what they changed.
    pub fn share_sessions(&self) {
        let entry = |session| self::entry(session, &self.decided);
        self.published.set_sessions(self.pulse.sessions().list().map(entry).collect());
        self.published.notify();
    }
}

fn entry(session: &Session, decided: &std::collections::BTreeMap<SessionId, usize>) -> SessionEntry {
    SessionEntry {
        id: session.id(),
        name: session.name().to_owned(),
        author: session.author().to_owned(),
        opened_ms: session.opened().ms,
        operations: session.operations().iter().map(|operation| operation.edits.len()).sum(),
        lines: session.lines().into(),
        conflicts: session.conflicts().iter().map(|conflict| self::conflict(session, conflict)).collect(),
        decided: decided.get(&session.id()).copied().unwrap_or(0),
    }
}

fn conflict(session: &Session, of: &SessionConflict) -> ConflictEntry {
    let clash = match &of.conflict.clash {
        Clash::Cell { cell, base, ours, theirs, .. } => ClashEntry::Cell {
            cell: cell.clone(),
            base: base.clone(),
            project: ours.clone(),
            session: theirs.clone(),
        },
        Clash::Deleted { by: Side::Ours } => ClashEntry::Deleted { by: Take::Project },
        Clash::Deleted { by: Side::Theirs } => ClashEntry::Deleted { by: Take::Session },
        Clash::LeftOut { .. } | Clash::Unknown { .. } => {
            ClashEntry::Other(session.conflict_line(of).to_string())
        }
    };
    ConflictEntry { id: of.id, entity: of.conflict.entity, clash }
}
