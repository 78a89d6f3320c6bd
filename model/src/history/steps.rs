//! The commits in order, and which steps are undone.

use std::collections::BTreeSet;

use protocol::CommitId;

use super::commit::{Commit, CommitKind, StepState};
use super::shown::StepList;

/// Every commit, in the order of their clocks: the same on every peer that has the same commits.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    commits: Vec<Commit>,
    /// Where those are that are taken back and can be done again.
    undone: BTreeSet<usize>,
    /// The list that a person sees: what is past doing again is not in it.
    shown: StepList,
}

impl Steps {
    pub(crate) fn new(mut commits: Vec<Commit>) -> Self {
        commits.sort_by_key(order);
        commits.dedup_by_key(|commit| commit.id);
        for commit in &mut commits {
            commit.state = StepState::Done;
        }
        let mut steps = Self { commits, undone: BTreeSet::new(), shown: StepList::default() };
        for index in 0..steps.commits.len() {
            steps.count(index);
        }
        steps.list();
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
    pub(crate) fn extend(&mut self, mut new: Vec<Commit>) {
        new.sort_by_key(order);
        let all = self.commits.last().into_iter().chain(&new);
        if !all.is_sorted_by(|a, b| order(a) < order(b)) {
            // Somebody was at work at the same time: what is undone may have to be told anew, once for all of them.
            let mut commits = std::mem::take(&mut self.commits);
            commits.extend(new);
            *self = Self::new(commits);
            return;
        }
        let mut is_told = true;
        for commit in new {
            let entry = commit.is_step().then(|| commit.entry());
            self.commits.push(commit);
            let changed = self.count(self.commits.len() - 1);
            if is_told && changed.into_iter().rev().all(|index| self.show(index)) {
                entry.into_iter().for_each(|entry| self.shown.push(entry));
            } else {
                is_told = false;
            }
        }
        if !is_told {
            self.list();
        }
    }

    pub(crate) fn shown(&self) -> &StepList {
        &self.shown
    }

    /// The step that an author would take back.
    pub(crate) fn to_undo(&self, author: &str) -> Option<&Commit> {
        let is_done = |step: &&Commit| step.is_step() && step.state == StepState::Done;
        self.commits.iter().rfind(|step| is_done(step) && *step.message.author == *author)
    }

    /// The step that an author would do again.
    pub(crate) fn to_redo(&self, author: &str) -> Option<&Commit> {
        let undone = self.undone.iter().filter_map(|index| self.commits.get(*index));
        undone.into_iter().find(|step| *step.message.author == *author)
    }

    /// Takes note of what the commit at `index` does to those before it, and gives those that it does anything to.
    fn count(&mut self, index: usize) -> Vec<usize> {
        let Some(commit) = self.commits.get(index) else { return Vec::new() };
        let before = &self.commits[..index];
        let (changed, state) = match commit.message.kind {
            CommitKind::Undo(of) => (position(before, of), StepState::Undone),
            CommitKind::Redo(of) => (position(before, of), StepState::Done),
            CommitKind::Edit | CommitKind::Outside => (self.forgotten_by(index), StepState::Forgotten),
            CommitKind::Gathered => return Vec::new(),
        };
        for &index in &changed {
            self.commits[index].state = state;
            match state {
                StepState::Undone => _ = self.undone.insert(index),
                StepState::Done | StepState::Forgotten => _ = self.undone.remove(&index),
            }
        }
        changed
    }

    /// The steps that are past doing again once their author has done something else: the undone ones at the end.
    fn forgotten_by(&self, index: usize) -> Vec<usize> {
        let commit = &self.commits[index];
        if self.undone.is_empty() || !commit.is_step() {
            return Vec::new();
        }
        let of_author = |at: &usize| {
            let step = &self.commits[*at];
            step.is_step() && step.message.author == commit.message.author
        };
        let last_done = (0..index).rev().filter(of_author);
        let last_done = last_done.into_iter().find(|at| self.commits[*at].state == StepState::Done);
        // Steps undone by another run of the program may be further back.
        let from = last_done.map_or(0, |at| at + 1);
        self.undone.range(from..index).copied().filter(of_author).collect()
    }

    /// Shows what became of a step, if that takes no more than it: otherwise the list has to be made anew.
    fn show(&mut self, index: usize) -> bool {
        let Some(commit) = self.commits.get(index) else { return true };
        match (self.shown.position(commit.id), commit.state) {
            (Some(place), StepState::Done | StepState::Undone) => self.shown.set(place, commit.entry()),
            (Some(place), StepState::Forgotten) if place + 1 == self.shown.len() => self.shown.pop(),
            (None, StepState::Forgotten) => {}
            _ => return false,
        }
        true
    }

    fn list(&mut self) {
        let shown = |commit: &&Commit| commit.is_step() && commit.state != StepState::Forgotten;
        self.shown = self.commits.iter().filter(shown).map(Commit::entry).collect();
    }
}

fn position(commits: &[Commit], id: CommitId) -> Vec<usize> {
    commits.iter().rposition(|commit| commit.id == id).into_iter().collect()
}

fn order(commit: &Commit) -> (protocol::Hlc, CommitId) {
    (commit.message.at, commit.id)
}
