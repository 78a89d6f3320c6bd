//! The store: commits, undo and redo over snapshots.

use std::sync::Arc;

use protocol::{EntityId, Transaction};

use crate::project::{Change, Direction, Draft, EditError, Project, replay};
use crate::session::Sessions;

mod ids;
mod session;

pub use ids::IdSource;
pub use session::SessionCommit;

/// The only writer of a project. One thread owns it; everybody else holds snapshots.
#[derive(Debug)]
pub struct Pulse {
    project: Project,
    steps: Vec<Step>,
    ids: IdSource,
    sessions: Sessions,
}

#[derive(Debug)]
struct Step {
    name: Arc<str>,
    author: Arc<str>,
    changes: Vec<Change>,
    undone: bool,
}

/// What a commit gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The revision that the project has now.
    pub revision: u64,
    /// Whether anything changed; an empty transaction leaves no undo step.
    pub changed: bool,
}

/// A step of the history, as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What was done.
    pub name: String,
    /// Who did it.
    pub author: String,
    /// Whether it is taken back, and can be done again.
    pub undone: bool,
}

/// How many undo steps are kept.
const MAX_STEPS: usize = 10_000;

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
        Self { project, steps: Vec::new(), ids, sessions: Sessions::default() }
    }

    /// A store that goes on from a snapshot, with an empty history.
    #[must_use]
    pub fn from_project(project: Project) -> Self {
        Self::from_project_with_ids(project, IdSource::random())
    }

    /// The same, with ids from a source of one's choosing.
    #[must_use]
    pub fn from_project_with_ids(project: Project, ids: IdSource) -> Self {
        Self { project, steps: Vec::new(), ids, sessions: Sessions::default() }
    }

    /// The project as it is now.
    #[must_use]
    pub fn project(&self) -> Project {
        self.project.clone()
    }

    /// A fresh id, for an [`Edit::Create`](protocol::Edit::Create).
    #[must_use]
    pub fn new_id(&self) -> EntityId {
        self.ids.next_id()
    }

    /// Applies a transaction as one undo step, or not at all. The author's undone steps are forgotten.
    ///
    /// # Errors
    /// The first edit that breaks a rule, with the entity, the field and the rule. The project is then unchanged.
    pub fn commit(&mut self, transaction: Transaction) -> Result<Committed, EditError> {
        let Transaction { name, author, edits } = transaction;
        let mut draft = Draft::new(self.project.state().clone());
        draft.apply(&edits)?;
        let (project, changes) = draft.finish();
        let changed = !changes.is_empty();
        if changed {
            self.project = project;
            self.steps.retain(|step| !step.undone || *step.author != *author);
            if self.steps.len() >= MAX_STEPS {
                self.steps.remove(0);
            }
            self.steps.push(Step { name: name.into(), author: author.into(), changes, undone: false });
        }
        Ok(Committed { revision: self.project.revision(), changed })
    }

    /// Takes back the author's last step that is not taken back yet, and gives its name. What others did since stays.
    ///
    /// # Errors
    /// Somebody else has since changed the very things that the step changed; nothing changes.
    pub fn undo(&mut self, author: &str) -> Result<Option<String>, EditError> {
        let step = self.steps.iter_mut().rfind(|step| !step.undone && *step.author == *author);
        let Some(step) = step else { return Ok(None) };
        self.project = go(&self.project, step, Direction::Undo)?;
        Ok(Some(step.name.to_string()))
    }

    /// Does the author's last undone step again, and gives its name.
    ///
    /// # Errors
    /// As for [`undo`](Self::undo).
    pub fn redo(&mut self, author: &str) -> Result<Option<String>, EditError> {
        let step = self.steps.iter_mut().find(|step| step.undone && *step.author == *author);
        let Some(step) = step else { return Ok(None) };
        self.project = go(&self.project, step, Direction::Redo)?;
        Ok(Some(step.name.to_string()))
    }

    /// The history, oldest first. The undone steps of an author are that author's last ones.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = HistoryEntry> + '_ {
        self.steps.iter().map(|step| HistoryEntry {
            name: step.name.to_string(),
            author: step.author.to_string(),
            undone: step.undone,
        })
    }

    /// Replaces the project, such as by one from a file; the history starts anew.
    pub fn replace(&mut self, project: Project) {
        self.project = project.with_revision(self.project.revision() + 1);
        self.steps.clear();
    }
}

/// The project after going through a step, which takes note of it.
fn go(project: &Project, step: &mut Step, direction: Direction) -> Result<Project, EditError> {
    let mut draft = Draft::new(project.state().clone());
    replay(&mut draft, &step.name, &step.changes, direction)?;
    step.undone = direction == Direction::Undo;
    Ok(draft.finish().0)
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
