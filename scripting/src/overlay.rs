//! A script's own branch of the project: a snapshot, and the edits on top of it.

use model::{EditError, Project};
use protocol::{Edit, Transaction};

/// Collects a script's edits in undo steps. Reads see every edit at once.
pub(crate) struct Overlay {
    /// The project that the script started from.
    base: Project,
    project: Project,
    /// The project as the last `core.commit` left it, and how many steps there were.
    committed: (Project, usize),
    /// Who the steps are by, and what edits outside of any named step are called.
    script: String,
    steps: Vec<Step>,
    open: Vec<Frame>,
}

struct Step {
    /// `None` for edits outside of `loophole.edit`.
    name: Option<String>,
    edits: Vec<Edit>,
}

struct Frame {
    name: String,
    before: Project,
    edits: Vec<Edit>,
}

impl Overlay {
    pub(crate) fn new(project: Project, script: String) -> Self {
        let (base, committed) = (project.clone(), (project.clone(), 0));
        Self { base, project, committed, script, steps: Vec::new(), open: Vec::new() }
    }

    /// The project as the script sees it.
    pub(crate) fn project(&self) -> &Project {
        &self.project
    }

    /// Applies edits, all or none.
    pub(crate) fn write(&mut self, edits: Vec<Edit>) -> Result<(), EditError> {
        self.project = self.project.apply(&edits)?;
        match (self.open.last_mut(), self.steps.last_mut()) {
            (Some(frame), _) => frame.edits.extend(edits),
            (None, Some(Step { name: None, edits: loose })) => loose.extend(edits),
            (None, _) => self.steps.push(Step { name: None, edits }),
        }
        Ok(())
    }

    /// Opens a step; steps nest, and an inner one becomes part of the outer.
    pub(crate) fn begin(&mut self, name: String) {
        self.open.push(Frame { name, before: self.project.clone(), edits: Vec::new() });
    }

    /// Closes the innermost step and keeps its edits.
    pub(crate) fn keep(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        if let Some(outer) = self.open.last_mut() {
            outer.edits.extend(frame.edits);
        } else if self.project != frame.before {
            self.steps.push(Step { name: Some(frame.name), edits: frame.edits });
        }
    }

    /// Closes the innermost step and takes back what it did.
    pub(crate) fn roll_back(&mut self) {
        if let Some(frame) = self.open.pop() {
            self.project = frame.before;
        }
    }

    /// The project that the script started from.
    pub(crate) fn base(&self) -> &Project {
        &self.base
    }

    /// Everything done so far, in order.
    pub(crate) fn edits(&self) -> Vec<Edit> {
        let steps = self.steps.iter().flat_map(|step| &step.edits);
        steps.chain(self.open.iter().flat_map(|frame| &frame.edits)).cloned().collect()
    }

    /// Ends the step of loose edits, if there is one, and gives it a name. An error within a named step.
    pub(crate) fn commit(&mut self, name: Option<String>) -> Result<(), ()> {
        if !self.open.is_empty() {
            return Err(());
        }
        let script = &self.script;
        if let Some(step) = self.steps.last_mut().filter(|step| step.name.is_none()) {
            step.name = Some(name.unwrap_or_else(|| script.clone()));
        }
        self.committed = (self.project.clone(), self.steps.len());
        Ok(())
    }

    /// Takes back what was done since the last commit. An error within a named step.
    pub(crate) fn discard(&mut self) -> Result<(), ()> {
        if !self.open.is_empty() {
            return Err(());
        }
        let (project, steps) = self.committed.clone();
        self.project = project;
        self.steps.truncate(steps);
        Ok(())
    }

    /// The steps, in order; those that a script left open count as if they had ended.
    pub(crate) fn finish(&mut self) -> Vec<Transaction> {
        while !self.open.is_empty() {
            self.keep();
        }
        let script = self.script.clone();
        let steps = std::mem::take(&mut self.steps).into_iter().filter(|step| !step.edits.is_empty());
        steps
            .map(|step| Transaction {
                name: step.name.unwrap_or_else(|| script.clone()),
                author: script.clone(),
                edits: step.edits,
            })
            .collect()
    }
}
