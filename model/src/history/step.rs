//! A step, read back from the log.

use std::collections::{BTreeMap, BTreeSet};

use loro::{Frontiers, ID};
use protocol::{CommitId, EntityId};

use super::commit::{Commit, CommitKind};
use super::log::{Log, Told};
use crate::entity::CellChange;
use crate::project::{Direction, Life, Step, StepChange};

impl Log {
    /// What a step did, for going through it.
    pub(crate) fn step(&self, commit: &Commit, direction: Direction) -> Step {
        let mut changes: BTreeMap<EntityId, StepChange> = BTreeMap::new();
        for (id, told) in self.read_commit(commit).told {
            let new = StepChange { id, life: Life::Same, cells: Vec::new(), texts: Vec::new(), latent: None };
            let change = changes.entry(id).or_insert(new);
            match told {
                Told::Existence { life } => change.life = life,
                Told::Cell(cell, written) => match written.splice {
                    Some(splice) => change.texts.push((cell, splice)),
                    None => {
                        change.cells.push(CellChange { cell, before: written.was, after: written.value });
                    }
                },
                Told::Text(_) => {}
            }
        }
        let mut changes: Vec<StepChange> = changes.into_values().collect();
        for change in changes.iter_mut().filter(|change| change.life != Life::Same) {
            change.latent = self.latent(change.id);
        }
        let deletes_again =
            direction == Direction::Redo && changes.iter().any(|change| change.life == Life::Deleted);
        let changed_since = if deletes_again { self.changed_since_undo(commit.id) } else { BTreeSet::new() };
        Step { name: commit.message.name.to_string(), changes, changed_since }
    }

    /// The entities that changed since a step was taken back, as far as whoever took it back did not know.
    fn changed_since_undo(&self, of: CommitId) -> BTreeSet<EntityId> {
        let undo = self.steps.all().iter().rfind(|commit| commit.message.kind == CommitKind::Undo(of));
        let seen = undo.and_then(|undo| {
            let counter = i32::try_from(undo.id.counter).ok()?;
            self.doc.frontiers_to_vv(&Frontiers::from(ID::new(undo.id.peer, counter)))
        });
        let spans = Self::spans(&seen.unwrap_or_default(), &self.doc.oplog_vv());
        self.read(&spans).told.into_iter().map(|(id, _)| id).collect()
    }
}
