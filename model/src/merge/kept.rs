//! Conflicts in the project itself, so that they survive being saved and somebody can decide them later.

use protocol::{Edit, EntityId};
use serde::Serialize;

use super::{Clash, Merge, Side};
use crate::edit::conflict::{Sides, create};
use crate::project::{Project, Record};
use crate::view::OpenConflictId;

/// The longest value that a conflict holds, in bytes: what the table takes.
const MAX_BYTES: usize = 1 << 20;

impl Merge {
    /// The merged project with an entity of the table `conflicts` for each conflict. The same merge always gives the same
    /// bytes. `ours` and `theirs` are what was merged, `origin` says where `theirs` came from.
    #[must_use]
    pub fn with_conflicts(&self, ours: &Project, theirs: &Project, origin: &str) -> Project {
        let mut project = self.project.clone();
        for conflict in &self.conflicts {
            let line = crate::diff::conflict_line(ours, theirs, conflict, ("ours", "theirs")).to_string();
            let record = |project: &Project| project.record(conflict.entity).map(json).unwrap_or_default();
            let edits: Vec<Edit> = match &conflict.clash {
                Clash::Cell { cell, base, ours, theirs, .. } => {
                    let [base, ours, theirs] =
                        [base, ours, theirs].map(|value| value.as_ref().map(json).unwrap_or_default());
                    vec![entity(conflict.entity, Some(cell), [base, ours, theirs], origin, &line)]
                }
                Clash::Deleted { by: Side::Ours } => {
                    vec![entity(
                        conflict.entity,
                        None,
                        [String::new(), String::new(), record(theirs)],
                        origin,
                        &line,
                    )]
                }
                Clash::Deleted { by: Side::Theirs } => {
                    vec![entity(
                        conflict.entity,
                        None,
                        [String::new(), record(ours), String::new()],
                        origin,
                        &line,
                    )]
                }
                Clash::LeftOut { theirs, with, .. } => {
                    let all = std::iter::once((conflict.entity, theirs))
                        .chain(with.iter().map(|(id, one)| (*id, one)));
                    all.map(|(id, one)| {
                        let theirs = json(Record::of(id, one));
                        entity(id, None, [String::new(), String::new(), theirs], origin, &line)
                    })
                    .collect()
                }
                Clash::Unknown { base, ours, theirs, .. } => {
                    let sides =
                        [base, ours, theirs].map(|value| value.as_ref().map(json).unwrap_or_default());
                    vec![entity(conflict.entity, None, sides, origin, &line)]
                }
            };
            // A conflict that stands in the project already, from an earlier merge, is not made twice.
            project = project.apply(&edits).unwrap_or(project);
        }
        project
    }
}

fn json(value: impl Serialize) -> String {
    let text = serde_json::to_string(&value).unwrap_or_default();
    if text.len() <= MAX_BYTES { text } else { "\"too large to be kept here\"".into() }
}

fn entity(
    subject: EntityId,
    cell: Option<&crate::entity::Cell>,
    sides: [String; 3],
    origin: &str,
    reason: &str,
) -> Edit {
    let mut hasher = blake3::Hasher::new();
    let cell_text = cell.map(json).unwrap_or_default();
    for part in [&subject.to_string(), &cell_text, &sides[0], &sides[1], &sides[2]] {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    let id = OpenConflictId(EntityId(u128::from_be_bytes(id)));
    let short = |text: &str| text.chars().take(256).collect::<String>();
    let sides = Sides { base: &sides[0], ours: &sides[1], theirs: &sides[2] };
    create(id, subject, cell, sides, &short(origin), reason)
}
