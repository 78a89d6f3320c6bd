//! Sessions that are worked in apart from their store, such as by a script on its own thread, and handed over at the end.

use protocol::{Edit, EntityId, Hlc, SessionId, Transaction};

use super::{About, Operation, Session};
use crate::diff::Diff;
use crate::merge::{Favour, onto};
use crate::project::{EditError, Project};

/// A point in a session to come back to.
#[derive(Clone, Debug)]
pub struct Mark {
    overlay: Project,
    operations: usize,
}

impl Session {
    /// A session of nobody yet: [`Pulse::adopt_session`](crate::Pulse::adopt_session) takes it over. Costs a reference
    /// count.
    #[must_use]
    pub fn beside(about: About, project: &Project) -> Self {
        Self::new(SessionId(EntityId(0)), about, Hlc::default(), project.clone())
    }

    /// What it lies over: the project as it was when the session was opened.
    #[must_use]
    pub fn ground(&self) -> &Project {
        &self.ground
    }

    /// What it sees: its own edits over the ground.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.overlay
    }

    /// Applies edits, all or none.
    ///
    /// # Errors
    /// An edit breaks a rule; nothing changes.
    pub fn write(&mut self, operation: Operation) -> Result<(), EditError> {
        self.edit(operation)
    }

    /// Calls it something else.
    pub fn rename(&mut self, name: String) {
        self.name = name;
    }

    /// Gives it the identity that its store knows it by.
    pub(crate) fn opened_as(&mut self, id: SessionId, opened: Hlc) {
        (self.id, self.opened) = (id, opened);
    }

    /// The session as it is now.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { overlay: self.overlay.clone(), operations: self.operations.len() }
    }

    /// Takes back what was written since a mark.
    pub fn roll_back(&mut self, mark: &Mark) {
        (self.seen, self.overlay) = (mark.overlay.clone(), mark.overlay.clone());
        self.operations.truncate(mark.operations);
    }

    /// Makes one operation of those since a mark; none if they changed nothing. Costs what the session touched, and its edits
    /// again where they delete.
    ///
    /// Where no edits do at once what was done one after the other, such as making something of another kind under an id, the
    /// operations stay apart.
    pub fn gather(&mut self, mark: &Mark, name: String) {
        let state = self.overlay.state();
        let is_same = |id: &EntityId| state.shared(*id) == mark.overlay.state().shared(*id);
        if self.touched.iter().all(is_same) {
            return self.roll_back(mark);
        }
        match self.at_once(mark) {
            Some(edits) => {
                self.operations.truncate(mark.operations);
                self.operations.push(Operation { name, edits });
            }
            None => {
                self.operations.iter_mut().skip(mark.operations).for_each(|it| it.name.clone_from(&name));
            }
        }
    }

    /// The edits since a mark as one transaction.
    fn at_once(&self, mark: &Mark) -> Option<Vec<Edit>> {
        let operations = self.operations.get(mark.operations..)?;
        let edits: Vec<Edit> = operations.iter().flat_map(|operation| operation.edits.clone()).collect();
        // An id is not used again by the transaction that deletes what had it.
        if !edits.iter().any(|edit| matches!(edit, Edit::Delete { .. })) {
            return Some(edits);
        }
        let ids = || self.touched.iter().copied();
        let is_right = |edits: &Vec<Edit>| {
            let project = mark.overlay.apply(edits);
            project.is_ok_and(|project| Diff::among(&project, &self.overlay, ids()).is_empty())
        };
        if is_right(&edits) {
            return Some(edits);
        }
        let diff = Diff::among(&mark.overlay, &self.overlay, ids());
        crate::diff::edits_among(&mark.overlay, &self.overlay, &diff).ok().filter(is_right)
    }

    /// Its operations as transactions of its author, which a project that is still its ground can take one by one.
    pub fn steps(&self) -> impl Iterator<Item = Transaction> + '_ {
        self.operations.iter().map(|Operation { name, edits }| Transaction {
            name: name.clone(),
            author: self.author.clone(),
            edits: edits.clone(),
        })
    }

    /// What the project would be with the session's edits, given that it has changed since. Where the two do not go
    /// together, the session's way is taken. Costs what the session touched, and what depends on it.
    #[must_use]
    pub fn over(&self, project: &Project) -> Project {
        if project.is_same(&self.ground) {
            return self.overlay.clone();
        }
        let diff: Diff = self.diff();
        onto(project, &diff, &self.overlay, Favour::Theirs).project
    }
}
