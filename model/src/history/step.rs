//! A step, read back from the log.

use std::collections::{BTreeMap, BTreeSet};

use loro::{Frontiers, ID, PeerID, VersionVector};
use protocol::{CommitId, EntityId};

use super::code;
use super::commit::{Commit, CommitKind};
use super::content::{Delta, Piece, Shape};
use super::log::Log;
use super::reading::{Span, Told};
use crate::entity::{Cell, CellChange};
use crate::project::{Direction, Life, Step, StepChange};

impl Log {
    /// What a step did, for going through it.
    pub(crate) fn step(&self, commit: &Commit, direction: Direction) -> Step {
        let mut changes: BTreeMap<EntityId, StepChange> = BTreeMap::new();
        let mut has_pieces = false;
        for (id, told) in self.read_commit(commit).told {
            let new =
                StepChange { id, life: Life::Same, cells: Vec::new(), pieces: Vec::new(), latent: None };
            let change = changes.entry(id).or_insert(new);
            match told {
                Told::Existence { life } => change.life = life,
                Told::Cell(cell, written) if written.shape().is_some() => {
                    has_pieces = true;
                    let Some(piece) = written.into_piece() else { continue };
                    let way = match direction {
                        Direction::Undo => piece.inverse(),
                        Direction::Redo => piece,
                    };
                    change.pieces.push((cell, Some(way)));
                }
                Told::Cell(cell, written) => {
                    change.cells.push(CellChange { cell, before: written.was, after: written.value });
                }
                Told::Content(_) => {}
            }
        }
        let mut changes: Vec<StepChange> = changes.into_values().collect();
        for change in &mut changes {
            self.overlook_gathered(change, direction);
            if change.life != Life::Same {
                change.latent = self.latent(change.id);
            }
        }
        let deletes_again =
            direction == Direction::Redo && changes.iter().any(|change| change.life == Life::Deleted);
        let mut changed_since = BTreeSet::new();
        if has_pieces || deletes_again {
            let since = self.by_others_since(commit);
            if has_pieces {
                self.find_pieces(commit, &since, &mut changes);
            }
            changed_since = since.into_keys().collect();
        }
        Step { name: commit.message.name.to_string(), changes, changed_since }
    }

    /// What plugins told of an entity since does not stand in the way of a step: the step is taken to have left the entity so.
    fn overlook_gathered(&self, change: &mut StepChange, direction: Direction) {
        for (cell, written) in self.gathered(change.id) {
            let known = change.cells.iter_mut().find(|change| change.cell == cell);
            match (known, direction) {
                (Some(known), Direction::Undo) => known.after = written,
                (Some(known), Direction::Redo) => known.before = written,
                (None, Direction::Undo) if change.life == Life::Created => {
                    change.cells.push(CellChange { cell, before: None, after: written });
                }
                (None, _) => {}
            }
        }
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

    /// The entities, and contents of them, that others changed since a step was gone through, as far as whoever went through it
    /// did not know. What its author did since is taken back, or done again, itself.
    fn by_others_since(&self, step: &Commit) -> BTreeMap<EntityId, BTreeSet<Cell>> {
        let seen = self.version_at(self.last_through(step).id).map(|(_, seen)| seen).unwrap_or_default();
        let is_new = |commit: &&Commit| {
            let end = seen.get(&commit.id.peer).copied().unwrap_or(0);
            i64::from(commit.id.counter) >= i64::from(end) && commit.message.author != step.message.author
        };
        let mut changed: BTreeMap<EntityId, BTreeSet<Cell>> = BTreeMap::new();
        for (peer, span) in runs(self.steps.all().iter().filter(is_new)) {
            for (id, told) in self.read(&[(peer, span)].into()).told {
                let contents = changed.entry(id).or_default();
                if let Told::Content(cell) = told {
                    contents.insert(cell);
                }
            }
        }
        changed
    }

    /// Finds the pieces of contents that others changed since; a piece that they changed itself is `None`.
    fn find_pieces(
        &self,
        step: &Commit,
        others: &BTreeMap<EntityId, BTreeSet<Cell>>,
        changes: &mut [StepChange],
    ) {
        let last = self.last_through(step);
        let mut deltas: Option<BTreeMap<String, Delta>> = None;
        for change in changes {
            let Some(contents) = others.get(&change.id) else { continue };
            for (cell, piece) in change.pieces.iter_mut().filter(|(cell, _)| contents.contains(cell)) {
                let deltas = deltas.get_or_insert_with(|| self.contents_since(last.id));
                let Some((name, went)) = self.piece_of(last, change.id, cell) else {
                    *piece = None;
                    continue;
                };
                let way = went.inverse();
                *piece = match deltas.get(&name) {
                    Some(delta) => way.moved(delta, &way.shape().read(&self.doc, &name)),
                    None => Some(way),
                };
            }
        }
    }

    /// What a commit did to a content, and the container that this is in.
    fn piece_of(&self, commit: &Commit, id: EntityId, cell: &Cell) -> Option<(String, Piece)> {
        let piece = |(told_of, told): (EntityId, Told)| match told {
            Told::Cell(told_cell, written) if told_of == id && told_cell == *cell => {
                let name = code::content_name(id, &cell.field, written.key.as_deref());
                Some((name, written.into_piece()?))
            }
            _ => None,
        };
        self.read_commit(commit).told.into_iter().find_map(piece)
    }

    /// How contents changed since a commit: texts from then to now, lists from now to then.
    fn contents_since(&self, commit: CommitId) -> BTreeMap<String, Delta> {
        let Some((then, _)) = self.version_at(commit) else { return BTreeMap::new() };
        let now = self.doc.oplog_frontiers();
        let mut deltas = BTreeMap::new();
        for (from, to, wanted) in [(&then, &now, Shape::Text), (&now, &then, Shape::List)] {
            let Ok(diff) = self.doc.diff(from, to) else { continue };
            deltas.extend(diff.iter().filter_map(|(container, diff)| {
                let loro::ContainerID::Root { name, .. } = container else { return None };
                let delta = Delta::of(diff, &self.doc, name).filter(|delta| delta.shape() == wanted)?;
                Some((name.to_string(), delta))
            }));
        }
        self.doc.free_history_cache();
        deltas
    }
}

/// The operations of commits, those together that follow on each other: reading them has a price for each time.
fn runs<'a>(commits: impl Iterator<Item = &'a Commit>) -> Vec<(PeerID, Span)> {
    let mut spans: Vec<(PeerID, Span)> = commits.map(|commit| (commit.id.peer, commit.span())).collect();
    spans.sort_unstable();
    spans.dedup_by(|(peer, (start, end)), (last_peer, (_, last_end))| {
        let follows = peer == last_peer && start == last_end;
        if follows {
            *last_end = *end;
        }
        follows
    });
    spans
}
