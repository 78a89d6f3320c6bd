//! A script's edits in undo steps, over a session of the model.

use model::session::{About, Isolation, Mark, Operation, Session};
use model::{EditError, Project};
use protocol::Edit;

/// The session that a script works in, and the steps of it that are open. Reads see every edit at once.
pub(crate) struct Steps {
    session: Session,
    /// Where the steps that are open began, the outermost first. Steps nest; an inner one becomes part of the outer.
    open: Vec<(String, Mark)>,
    /// Where edits outside of any named step began.
    loose: Option<Mark>,
    committed: Mark,
}

/// Within a named step there is nothing to commit or discard.
pub(crate) struct WithinStep;

impl Steps {
    pub(crate) fn new(project: &Project, script: &str) -> Self {
        let session = empty(project, script);
        Self { open: Vec::new(), loose: None, committed: session.mark(), session }
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// The project as the script sees it.
    pub(crate) fn project(&self) -> &Project {
        self.session.project()
    }

    /// Applies edits, all or none.
    pub(crate) fn write(&mut self, edits: Vec<Edit>) -> Result<(), EditError> {
        let before = (self.open.is_empty() && self.loose.is_none()).then(|| self.session.mark());
        self.session.write(Operation { name: self.session.author().to_owned(), edits })?;
        self.loose = before.or(self.loose.take());
        Ok(())
    }

    /// Opens a step.
    pub(crate) fn begin(&mut self, name: String) {
        if self.open.is_empty() {
            self.gather_loose(None);
        }
        self.open.push((name, self.session.mark()));
    }

    /// Closes the innermost step and keeps its edits.
    pub(crate) fn keep(&mut self) {
        if let Some((name, mark)) = self.open.pop()
            && self.open.is_empty()
        {
            self.session.gather(&mark, name);
        }
    }

    /// Closes the innermost step and takes back what it did.
    pub(crate) fn roll_back(&mut self) {
        if let Some((_, mark)) = self.open.pop() {
            self.session.roll_back(&mark);
        }
    }

    /// Ends the step of loose edits, if there is one, and gives it a name.
    pub(crate) fn commit(&mut self, name: Option<String>) -> Result<(), WithinStep> {
        if !self.open.is_empty() {
            return Err(WithinStep);
        }
        self.gather_loose(name);
        self.committed = self.session.mark();
        Ok(())
    }

    /// Takes back what was done since the last commit.
    pub(crate) fn discard(&mut self) -> Result<(), WithinStep> {
        if !self.open.is_empty() {
            return Err(WithinStep);
        }
        self.loose = None;
        self.session.roll_back(&self.committed);
        Ok(())
    }

    /// The session, with every step closed: what was done in those that did not end is taken back.
    pub(crate) fn finish(mut self) -> Session {
        while !self.open.is_empty() {
            self.roll_back();
        }
        self.gather_loose(None);
        // One step has its own name, several have the script's.
        if let [only] = self.session.operations() {
            let name = only.name.clone();
            self.session.rename(name);
        }
        self.session
    }

    fn gather_loose(&mut self, name: Option<String>) {
        if let Some(mark) = self.loose.take() {
            let name = name.unwrap_or_else(|| self.session.author().to_owned());
            self.session.gather(&mark, name);
        }
    }
}

/// A session in which a script did nothing.
pub(crate) fn empty(project: &Project, script: &str) -> Session {
    let about = About { name: script.to_owned(), author: script.to_owned(), isolation: Isolation::Snapshot };
    Session::beside(about, project)
}
