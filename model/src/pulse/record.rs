//! What happens to the history when something was done.

use std::sync::Arc;

use protocol::EntityId;

use super::{Committed, Pulse};
use crate::entity::cell;
use crate::history::{CommitKind, Loaded, Message};
use crate::project::{Change, Draft, Project, Settled, differences, settle};

impl Pulse {
    /// Records what changed, if anything did.
    pub(super) fn conclude(
        &mut self,
        project: Project,
        changes: &[Change],
        (name, author): (Arc<str>, Arc<str>),
        kind: CommitKind,
    ) -> Committed {
        if changes.is_empty() {
            let (revision, at) = (self.project.revision(), self.history.tick());
            return Committed { revision, changed: false, touched: [].into(), commit: None, at };
        }
        self.record(project, changes, name, author, kind)
    }

    /// Records what changed, and shows the project after it.
    pub(super) fn record(
        &mut self,
        project: Project,
        changes: &[Change],
        name: Arc<str>,
        author: Arc<str>,
        kind: CommitKind,
    ) -> Committed {
        let at = self.history.tick();
        self.date_sessions();
        let loaded = self.history.loaded_mut();
        let commit = loaded.log.commit(changes, project.user_schema(), Message { name, author, kind, at });
        let touched = match &loaded.unsettled {
            None => {
                let revision = self.project.revision() + 1;
                self.project = project.with_revision(revision);
                changes.iter().map(|change| change.id).collect()
            }
            Some(unsettled) => {
                let mut draft = Draft::new(unsettled.state().clone());
                changes.iter().for_each(|change| repeat(&mut draft, change));
                self.settle(draft)
            }
        };
        Committed { revision: self.project.revision(), changed: true, touched, commit: Some(commit), at }
    }

    /// Shows a project that may not be sound, and tells what is not as it was.
    pub(super) fn settle(&mut self, draft: Draft) -> Arc<[EntityId]> {
        let loaded = self.history.loaded_mut();
        let unsettled = draft.finish().0;
        let (project, settled) = settled(loaded, &unsettled);
        loaded.unsettled = (!settled.is_empty()).then_some(unsettled);
        loaded.settled = settled;
        let changes = differences(&self.project, &project);
        if !changes.is_empty() {
            let revision = self.project.revision() + 1;
            self.project = project.with_revision(revision);
        }
        changes.into_iter().map(|change| change.id).collect()
    }
}

/// A project made sound, as the claims in the log have it.
pub(super) fn settled(loaded: &Loaded, unsettled: &Project) -> (Project, Vec<Settled>) {
    let mut draft = Draft::new(unsettled.state().clone());
    let settled = settle(&mut draft, &|id, field| loaded.log.claimed(id, field));
    (draft.finish().0, settled)
}

/// Does to a project that is not settled what was done to the settled one.
fn repeat(draft: &mut Draft, change: &Change) {
    match (&change.before, &change.after, draft.entity(change.id).cloned()) {
        (_, None, _) => draft.take(change.id),
        (Some(before), Some(after), Some(now)) => {
            let cells = cell::changes(Some(before), Some(after)).into_iter();
            draft.put(change.id, cells.fold(now, |now, change| cell::with(&now, &change.cell, change.after)));
        }
        (_, Some(after), _) => draft.put(change.id, after.clone()),
    }
}
