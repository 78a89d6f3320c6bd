//! Past states, other peers, and what is kept.

use protocol::CommitId;

use super::Pulse;
use super::record::settled;
use crate::history::{Clashes, Loaded, MergeError, Merged, Moment, Packing, TravelError, Version};
use crate::project::{Draft, Project, is_sound};

impl Pulse {
    /// The project as it was right after a commit, as whoever made the commit saw it. Costs what happened since.
    ///
    /// # Errors
    /// The history has no such commit, or its start cannot be read.
    pub fn at(&self, commit: CommitId) -> Result<Project, TravelError> {
        let loaded = self.history.loaded();
        let now = loaded.unsettled.as_ref().unwrap_or(&self.project);
        Ok(shown(loaded, loaded.log.at(commit, now)?))
    }

    /// The project as it was at a moment of the history; `None` if that is not to be had any more.
    pub(crate) fn at_moment(&self, moment: &Moment) -> Option<Project> {
        let loaded = self.history.loaded();
        let now = loaded.unsettled.as_ref().unwrap_or(&self.project);
        loaded.log.at_moment(moment, now).map(|draft| shown(loaded, draft))
    }

    /// What this store has of the history.
    #[must_use]
    pub fn version(&self) -> Version {
        self.history.loaded().log.version()
    }

    /// What a peer with a version lacks, as an update that it can [`merge`](Self::merge).
    ///
    /// # Errors
    /// The version is of another history, or older than what is kept.
    pub fn updates_since(&self, version: &Version) -> Result<Vec<u8>, MergeError> {
        self.history.loaded().log.updates_since(version)
    }

    /// Takes in what a peer did. Peers that have taken in the same updates, in whatever order, have the same project. An
    /// update that is there already changes nothing.
    ///
    /// # Errors
    /// The update cannot be used; nothing changes.
    pub fn merge(&mut self, update: &[u8]) -> Result<Merged, MergeError> {
        self.take_in(update, Clashes::Find)
    }

    pub(super) fn take_in(&mut self, update: &[u8], clashes: Clashes) -> Result<Merged, MergeError> {
        self.date_sessions();
        let loaded = self.history.loaded_mut();
        let arrived = loaded.log.import(update, clashes)?;
        let now = loaded.unsettled.as_ref().unwrap_or(&self.project);
        let mut draft = Draft::new(now.state().clone());
        loaded.log.bring(&arrived, &mut draft);
        let last = loaded.log.steps.all().last().map(|commit| commit.message.at);
        let touched = if loaded.unsettled.is_none() && is_sound(&draft) {
            let (project, changes) = draft.finish();
            self.project = project;
            changes.into_iter().map(|change| change.id).collect()
        } else {
            self.settle(draft).to_vec()
        };
        if let Some(last) = last {
            self.history.observe(last);
        }
        let settled = self.history.loaded().settled.clone();
        Ok(Merged { touched, clashes: arrived.clashes, settled })
    }

    /// The history as bytes, to be saved beside the project: all it takes to go on. Drops old commits when there are many
    /// more than are to be kept. Costs what the history holds.
    pub fn history_bytes(&mut self) -> Vec<u8> {
        self.pack_history().pack()
    }

    /// The same, to be packed by another thread. Costs what the log holds, and nothing for the project.
    pub(crate) fn pack_history(&mut self) -> Packing {
        let many = self.keep.max(self.left) + self.keep / 4;
        if self.history.is_loaded() && self.history.loaded().log.steps.all().len() > many {
            self.compact(self.keep);
        }
        self.history.packing(&self.project)
    }

    /// How many commits a saved history keeps from now on; at least one.
    pub fn keep_commits(&mut self, keep: usize) {
        self.keep = keep.max(1);
    }

    /// Drops all but the last `keep` commits, of which at least one stays. The project stays as it is, and what is kept can
    /// be undone. Peers that have not seen what was dropped can no longer be merged.
    ///
    /// What stays besides: the project that the history began with, whole, for all that nothing was ever written over; and what
    /// had been written by then into each cell, also of what was deleted since. So a history is never smaller than the
    /// project that it began with, packed, and one value for each cell that was ever touched.
    pub fn compact(&mut self, keep: usize) {
        let log = &mut self.history.loaded_mut().log;
        log.compact(keep);
        self.left = log.steps.all().len();
    }

    /// What gives way in the project as it is now, because peers did things that do not go together.
    #[must_use]
    pub fn settled(&self) -> Vec<crate::project::Settled> {
        self.history.loaded().settled.clone()
    }
}

/// A past state of the log, as it was shown.
fn shown(loaded: &Loaded, draft: Draft) -> Project {
    if loaded.unsettled.is_none() && is_sound(&draft) {
        return draft.finish().0;
    }
    let unsettled = draft.finish().0;
    settled(loaded, &unsettled).0
}
