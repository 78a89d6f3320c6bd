//! Two sets of changes brought together, cell by cell.
//!
//! What only one side changed is taken from it, and so is what both changed alike. What both changed differently becomes
//! a [`Conflict`], and the merged project shows one of the two meanwhile. Deleting a thing conflicts with changing it, or
//! with making something that cannot be without it: it is kept, with all that went with it. Where both sides are fine by
//! themselves and yet break a rule together, such as two lanes for one parameter, what `theirs` did is held back, as a
//! conflict too. So nothing is lost, and the merged project is always a legal one.

mod cells;
mod conflict;
mod existence;
mod extra;
mod kept;
mod mend;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::EntityId;

use crate::diff::Diff;
use crate::entity::Entity;
use crate::project::{Draft, Project};

pub use conflict::{Clash, Conflict, Reason, Side};
pub(crate) use existence::dependants;

/// Whose value a cell shows as long as it is in conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Favour {
    /// That of `ours`.
    Ours,
    /// That of `theirs`.
    Theirs,
}

/// What a merge gave.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The merged project.
    pub project: Project,
    /// What somebody has to decide, by entity and cell.
    pub conflicts: Vec<Conflict>,
}

/// Why two projects cannot be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// They were begun apart: what is permanent in one is not in the other.
    #[error("the projects have nothing in common")]
    Unrelated,
}

/// Merges two projects that both come from `base`.
///
/// # Errors
/// They do not.
pub fn three_way(base: &Project, ours: &Project, theirs: &Project) -> Result<Merge, MergeError> {
    let permanent = |project: &Project| (project.root_id(), project.master_id());
    if permanent(ours) != permanent(theirs) {
        return Err(MergeError::Unrelated);
    }
    let mut merge = onto(ours, &Diff::between(base, theirs), theirs, Favour::Ours);
    extra::project(base, ours, theirs, &mut merge);
    Ok(merge)
}

/// Brings changes that were made elsewhere onto a project. `theirs` is where they led; it is asked for what the changes
/// need and `ours` has no more. Costs what the changes touch.
#[must_use]
pub fn onto(ours: &Project, changes: &Diff, theirs: &Project, favour: Favour) -> Merge {
    let mut held = Held::default();
    loop {
        let mut merging = Merging::new(ours, changes, theirs, favour, &held);
        merging.entities();
        merging.existence();
        let draft = merging.draft();
        let faults = draft.faults();
        if faults.is_empty() {
            let (project, _) = draft.finish();
            let mut conflicts = merging.conflicts;
            conflicts.append(&mut held.conflicts);
            conflicts.sort_by(|a, b| a.place().cmp(&b.place()));
            return Merge { project, conflicts };
        }
        // Each round holds more back, so there is an end.
        let more = merging.hold_back(&draft, &faults);
        if more.is_empty() {
            return Merge { project: ours.clone(), conflicts: merging.all_held(&faults) };
        }
        held.add(more);
    }
}

/// What theirs did and is not done, because a rule forbids it.
#[derive(Debug, Default)]
struct Held {
    /// Fields that stay as ours has them, or get their defaults.
    fields: BTreeSet<(EntityId, String)>,
    /// Entities that are not made.
    entities: BTreeSet<EntityId>,
    conflicts: Vec<Conflict>,
}

impl Held {
    /// Whether fields of an entity are held back.
    fn has(&self, id: EntityId) -> bool {
        self.fields.range((id, String::new())..).next().is_some_and(|(held, _)| *held == id)
    }

    fn field(&self, id: EntityId, field: &str) -> bool {
        !self.fields.is_empty() && self.fields.contains(&(id, field.to_owned()))
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.entities.is_empty()
    }

    fn add(&mut self, mut more: Self) {
        self.fields.append(&mut more.fields);
        self.entities.append(&mut more.entities);
        self.conflicts.append(&mut more.conflicts);
    }
}

/// A merge on its way.
struct Merging<'a> {
    ours: &'a Project,
    changes: &'a Diff,
    theirs: &'a Project,
    favour: Favour,
    held: &'a Held,
    /// What entities become.
    puts: BTreeMap<EntityId, Arc<Entity>>,
    /// Entities that theirs deleted and that go.
    deleted: BTreeSet<EntityId>,
    conflicts: Vec<Conflict>,
}

impl<'a> Merging<'a> {
    fn new(
        ours: &'a Project,
        changes: &'a Diff,
        theirs: &'a Project,
        favour: Favour,
        held: &'a Held,
    ) -> Self {
        let (puts, deleted, conflicts) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Self { ours, changes, theirs, favour, held, puts, deleted, conflicts }
    }

    fn draft(&self) -> Draft {
        let mut draft = Draft::new(self.ours.state().clone());
        for (&id, entity) in &self.puts {
            draft.put(id, entity.clone());
        }
        for &id in &self.deleted {
            draft.take(id);
        }
        draft
    }
}

#[cfg(test)]
mod tests;
