//! The store: commits, undo and redo over snapshots.

use std::collections::BTreeMap;

use protocol::{Edit, EntityId, Transaction};

use crate::project::{EditError, Project, apply, relations};

mod ids;

pub use ids::IdSource;

/// The only writer of a project. One thread owns it; everybody else holds snapshots.
#[derive(Debug)]
pub struct Pulse {
    project: Project,
    done: Vec<Step>,
    /// Undone steps of each author, the latest last. A new commit of the author clears them.
    undone: BTreeMap<String, Vec<Step>>,
    ids: IdSource,
}

#[derive(Clone, Debug)]
struct Step {
    name: String,
    author: String,
    /// What takes the step back, in the order to apply.
    undo: Vec<Edit>,
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
        Self { project, done: Vec::new(), undone: BTreeMap::new(), ids }
    }

    /// A store that goes on from a snapshot, with an empty history.
    #[must_use]
    pub fn from_project(project: Project) -> Self {
        Self { project, done: Vec::new(), undone: BTreeMap::new(), ids: IdSource::random() }
    }

    /// The project as it is now.
    #[must_use]
    pub fn project(&self) -> Project {
        self.project.clone()
    }

    /// A fresh id, for an [`Edit::Create`].
    #[must_use]
    pub fn new_id(&self) -> EntityId {
        self.ids.next_id()
    }

    /// Applies a transaction as one undo step, or not at all.
    ///
    /// # Errors
    /// The first edit that breaks a rule, with the entity, the field and the rule. The project is then unchanged.
    pub fn commit(&mut self, transaction: Transaction) -> Result<Committed, EditError> {
        let before = self.project.clone();
        let undo = self.apply(&transaction.edits)?;
        let changed = before != self.project;
        if !changed {
            self.project = before;
            return Ok(Committed { revision: self.project.revision(), changed });
        }
        self.undone.remove(&transaction.author);
        self.done.push(Step { name: transaction.name, author: transaction.author, undo });
        if self.done.len() > MAX_STEPS {
            self.done.remove(0);
        }
        Ok(Committed { revision: self.project.revision(), changed })
    }

    /// Takes back the author's last step that is not taken back yet, and gives its name.
    ///
    /// # Errors
    /// The step cannot be taken back because somebody else has since changed what it rests on; nothing changes.
    pub fn undo(&mut self, author: &str) -> Result<Option<String>, EditError> {
        let Some(at) = self.done.iter().rposition(|step| step.author == author) else { return Ok(None) };
        let redo = self.apply(&self.done[at].undo.clone())?;
        let step = self.done.remove(at);
        let name = step.name.clone();
        self.undone.entry(author.to_owned()).or_default().push(Step { undo: redo, ..step });
        Ok(Some(name))
    }

    /// Does the author's last undone step again, and gives its name.
    ///
    /// # Errors
    /// As for [`undo`](Self::undo).
    pub fn redo(&mut self, author: &str) -> Result<Option<String>, EditError> {
        let Some(step) = self.undone.get(author).and_then(|steps| steps.last()).cloned() else {
            return Ok(None);
        };
        let undo = self.apply(&step.undo)?;
        self.undone.entry(author.to_owned()).or_default().pop();
        let name = step.name.clone();
        self.done.push(Step { undo, ..step });
        Ok(Some(name))
    }

    /// The history, oldest first; undone steps come last, the one to redo next first.
    pub fn history(&self) -> impl Iterator<Item = HistoryEntry> + '_ {
        let entry = |step: &Step, undone| HistoryEntry {
            name: step.name.clone(),
            author: step.author.clone(),
            undone,
        };
        let undone = self.undone.values().flat_map(|steps| steps.iter().rev());
        self.done.iter().map(move |step| entry(step, false)).chain(undone.map(move |step| entry(step, true)))
    }

    /// Replaces the project, such as by one from a file; the history starts anew.
    pub fn replace(&mut self, project: Project) {
        let mut state = project.state().clone();
        state.revision = self.project.revision() + 1;
        self.project = Project::from_state(state);
        self.done.clear();
        self.undone.clear();
    }

    /// Applies edits whole or not at all; gives what takes them back.
    fn apply(&mut self, edits: &[Edit]) -> Result<Vec<Edit>, EditError> {
        let mut state = self.project.state().clone();
        let mut undo = Vec::with_capacity(edits.len());
        for edit in edits {
            apply::edit(&mut state, edit, &mut undo)?;
        }
        relations::check(&state, edits)?;
        state.revision += 1;
        undo.reverse();
        self.project = Project::from_state(state);
        Ok(undo)
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Beats, DeviceKind, Note};

    use super::*;
    use crate::edit;
    use crate::view::{ClipId, DeviceId, TrackId, TrackKind};

    fn step(name: &str, edits: Vec<Edit>) -> Transaction {
        Transaction { name: name.into(), author: "me".into(), edits }
    }

    #[test]
    fn a_song_of_one_track_can_be_made_taken_back_and_made_again() {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let before = pulse.project();
        let (track, clip, synth) =
            (TrackId(pulse.new_id()), ClipId(pulse.new_id()), DeviceId(pulse.new_id()));
        let note = Note { start: Beats::ZERO, length: Beats::whole(1), key: 60, velocity: 0.8, channel: 0 };
        let edits = vec![
            edit::track::create(track, TrackKind::Instrument, "Bass"),
            edit::device::create_builtin(synth, track, DeviceKind::Synth, 0.0),
            edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(4)),
            edit::clip::set_note(clip, 1, note),
        ];
        pulse.commit(step("Add bass", edits)).expect("legal edits");
        let after = pulse.project();
        assert_eq!(after.tracks().next().map(|track| track.name().to_owned()).as_deref(), Some("Bass"));
        assert_eq!(crate::plan::derive(&after).nodes.len(), 5);
        assert_eq!(pulse.undo("me").expect("undo"), Some("Add bass".into()));
        assert_eq!(pulse.project(), before);
        assert_eq!(pulse.redo("me").expect("redo"), Some("Add bass".into()));
        assert_eq!(pulse.project(), after);
        pulse.commit(step("Delete", vec![edit::any::delete(track)])).expect("tracks can be deleted");
        assert_eq!(pulse.project().len(), before.len());
        pulse.undo("me").expect("undo");
        assert_eq!(pulse.project(), after);
    }
}
