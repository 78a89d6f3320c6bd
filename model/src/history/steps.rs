//! The commits in order, and which steps are undone.

use protocol::CommitId;

use super::commit::{Commit, CommitKind, StepState};

/// Every commit, in the order of their clocks: the same on every peer that has the same commits.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    commits: Vec<Commit>,
}

impl Steps {
    pub(crate) fn new(mut commits: Vec<Commit>) -> Self {
        commits.sort_by_key(order);
        commits.dedup_by_key(|commit| commit.id);
        let mut steps = Self { commits };
        steps.recount();
        steps
    }

    pub(crate) fn all(&self) -> &[Commit] {
        &self.commits
    }

    pub(crate) fn into_commits(self) -> Vec<Commit> {
        self.commits
    }

    pub(crate) fn get(&self, id: CommitId) -> Option<&Commit> {
        self.commits.iter().rfind(|commit| commit.id == id)
    }

    /// Adds commits that are not there yet.
    pub(crate) fn extend(&mut self, new: Vec<Commit>) {
        for commit in new {
            if self.commits.last().is_none_or(|last| order(last) < order(&commit)) {
                self.commits.push(commit);
                self.count(self.commits.len() - 1);
            } else if self.get(commit.id).is_none() {
                // Somebody was at work at the same time: what is undone may have to be told anew.
                let mut commits = std::mem::take(&mut self.commits);
                commits.push(commit);
                *self = Self::new(commits);
            }
        }
    }

    /// The steps of the list that a person sees: what is past doing again is not in it.
    pub(crate) fn shown(&self) -> impl DoubleEndedIterator<Item = &Commit> {
        self.commits.iter().filter(|commit| commit.is_step() && commit.state != StepState::Forgotten)
    }

    /// The step that an author would take back.
    pub(crate) fn to_undo(&self, author: &str) -> Option<&Commit> {
        self.shown().rfind(|step| step.state == StepState::Done && *step.message.author == *author)
    }

    /// The step that an author would do again.
    pub(crate) fn to_redo(&self, author: &str) -> Option<&Commit> {
        self.shown().find(|step| step.state == StepState::Undone && *step.message.author == *author)
    }

    fn recount(&mut self) {
        for commit in &mut self.commits {
            commit.state = StepState::Done;
        }
        (0..self.commits.len()).for_each(|index| self.count(index));
    }

    /// Takes note of what the commit at `index` does to those before it.
    fn count(&mut self, index: usize) {
        let (before, from) = self.commits.split_at_mut(index);
        let Some(commit) = from.first() else { return };
        match commit.message.kind {
            CommitKind::Undo(of) => set(before, of, StepState::Undone),
            CommitKind::Redo(of) => set(before, of, StepState::Done),
            CommitKind::Edit | CommitKind::Outside => {
                let author = &commit.message.author;
                let of_author = |step: &&mut Commit| step.message.author == *author;
                // The undone steps of an author are the last ones, but for steps undone by another run of the program.
                for step in before.iter_mut().rev().filter(of_author).filter(|step| step.is_step()) {
                    match step.state {
                        StepState::Undone => step.state = StepState::Forgotten,
                        StepState::Done => break,
                        StepState::Forgotten => {}
                    }
                }
            }
        }
    }
}

fn set(before: &mut [Commit], of: CommitId, state: StepState) {
    if let Some(step) = before.iter_mut().rfind(|step| step.id == of) {
        step.state = state;
    }
}

fn order(commit: &Commit) -> (protocol::Hlc, CommitId) {
    (commit.message.at, commit.id)
}
