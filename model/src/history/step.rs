//! A step, read back from the log.

use std::collections::{BTreeMap, BTreeSet};

use loro::event::Diff;
use loro::{Frontiers, ID, TextDelta, VersionVector};
use protocol::{CommitId, EntityId};

use super::code;
use super::commit::{Commit, CommitKind};
use super::log::{Log, Told};
use super::text::Splice;
use crate::entity::{Cell, CellChange};
use crate::project::{Direction, Life, Step, StepChange};

impl Log {
    /// What a step did, for going through it.
    pub(crate) fn step(&self, commit: &Commit, direction: Direction) -> Step {
        let mut changes: BTreeMap<EntityId, StepChange> = BTreeMap::new();
        let mut has_texts = false;
        for (id, told) in self.read_commit(commit).told {
            let new = StepChange { id, life: Life::Same, cells: Vec::new(), texts: Vec::new(), latent: None };
            let change = changes.entry(id).or_insert(new);
            match told {
                Told::Existence { life } => change.life = life,
                Told::Cell(cell, written) => match written.splice {
                    Some(splice) => {
                        has_texts = true;
                        let way = match direction {
                            Direction::Undo => splice.inverse(),
                            Direction::Redo => splice,
                        };
                        change.texts.push((cell, Some(way)));
                    }
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
        let mut changed_since = BTreeSet::new();
        if has_texts || deletes_again {
            let since = self.by_others_since(commit);
            if has_texts {
                self.find_texts(commit, &since, &mut changes);
            }
            changed_since = since.into_keys().collect();
        }
        Step { name: commit.message.name.to_string(), changes, changed_since }
    }

    /// The commit that went through a step last: the step itself, or the last one that took it back or did it again.
    fn last_through<'a>(&'a self, step: &'a Commit) -> &'a Commit {
        let through = [CommitKind::Undo(step.id), CommitKind::Redo(step.id)];
        self.steps.all().iter().rfind(|commit| through.contains(&commit.message.kind)).unwrap_or(step)
    }

    fn version_at(&self, commit: CommitId) -> Option<(Frontiers, VersionVector)> {
        let at = Frontiers::from(ID::new(commit.peer, i32::try_from(commit.counter).ok()?));
        let vv = self.doc.frontiers_to_vv(&at)?;
        Some((at, vv))
    }

    /// The entities, and texts of them, that others changed since a step was gone through, as far as whoever went through it
    /// did not know. What its author did since is taken back, or done again, itself.
    fn by_others_since(&self, step: &Commit) -> BTreeMap<EntityId, BTreeSet<Cell>> {
        let seen = self.version_at(self.last_through(step).id).map(|(_, seen)| seen).unwrap_or_default();
        let is_new = |commit: &&Commit| {
            let end = seen.get(&commit.id.peer).copied().unwrap_or(0);
            i64::from(commit.id.counter) >= i64::from(end) && commit.message.author != step.message.author
        };
        let mut changed: BTreeMap<EntityId, BTreeSet<Cell>> = BTreeMap::new();
        for commit in self.steps.all().iter().filter(is_new) {
            for (id, told) in self.read_commit(commit).told {
                let texts = changed.entry(id).or_default();
                if let Told::Text(cell) = told {
                    texts.insert(cell);
                }
            }
        }
        changed
    }

    /// Finds the pieces of texts that others wrote in since; a piece that they changed is `None`.
    fn find_texts(
        &self,
        step: &Commit,
        others: &BTreeMap<EntityId, BTreeSet<Cell>>,
        changes: &mut [StepChange],
    ) {
        let last = self.last_through(step);
        let mut deltas: Option<BTreeMap<String, Vec<TextDelta>>> = None;
        for change in changes {
            let Some(texts) = others.get(&change.id) else { continue };
            for (cell, splice) in change.texts.iter_mut().filter(|(cell, _)| texts.contains(cell)) {
                let deltas = deltas.get_or_insert_with(|| self.text_changes_since(last.id));
                let went = self.splice_of(last, change.id, cell).map(|splice| splice.inverse());
                let delta = deltas.get(&code::text_name(change.id, &cell.field));
                *splice = match (went, delta) {
                    (Some(went), Some(delta)) => went.moved(delta),
                    (Some(went), None) => Some(went),
                    (None, _) => None,
                };
            }
        }
    }

    fn splice_of(&self, commit: &Commit, id: EntityId, cell: &Cell) -> Option<Splice> {
        self.read_commit(commit).told.into_iter().find_map(|(told_of, told)| match told {
            Told::Cell(told_cell, written) if told_of == id && told_cell == *cell => written.splice,
            _ => None,
        })
    }

    fn text_changes_since(&self, commit: CommitId) -> BTreeMap<String, Vec<TextDelta>> {
        let Some((then, _)) = self.version_at(commit) else { return BTreeMap::new() };
        let Ok(diff) = self.doc.diff(&then, &self.doc.oplog_frontiers()) else { return BTreeMap::new() };
        self.doc.free_history_cache();
        let texts = diff.iter().filter_map(|(container, diff)| match (container, diff) {
            (loro::ContainerID::Root { name, .. }, Diff::Text(delta)) => {
                Some((name.to_string(), delta.clone()))
            }
            _ => None,
        });
        texts.collect()
    }
}
