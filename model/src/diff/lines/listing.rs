//! A project as text, one fact a line: what tools that compare text are given.

use std::collections::BTreeMap;

use protocol::EntityId;

use super::{Teller, ranks};
use crate::diff::EntityChange;
use crate::entity::cell;
use crate::project::Project;

/// Everything that is not at its default, one line for each cell, in the order of [`lines`](super::lines()). A change of
/// the project changes few of the lines.
#[must_use]
pub fn listing(project: &Project) -> Vec<String> {
    let teller = Teller {
        a: project,
        b: project,
        was: project.signature_map(),
        is: project.signature_map(),
        ranks: ranks(project, project),
    };
    let mut ids: BTreeMap<super::Key, EntityId> = BTreeMap::new();
    for (&id, entity) in project.state().iter() {
        let change = EntityChange { id, before: None, after: Some(entity.clone()) };
        ids.insert(teller.key(&change), id);
    }
    let mut lines = Vec::new();
    for id in ids.into_values() {
        let Some(entity) = project.entity(id) else { continue };
        let subject = teller.subject(teller.track_of(id, entity), entity);
        let label = teller.label(project, &teller.is, id, entity);
        let name = match (subject.as_str(), label.as_str()) {
            ("", "") => "song".to_owned(),
            ("", label) => label.to_owned(),
            (subject, "") => subject.to_owned(),
            (subject, label) => format!("{subject}: {label}"),
        };
        lines.push(name.clone());
        for change in cell::changes(None, Some(entity)) {
            let value = teller.cell(project, entity, &change.cell, change.after.as_ref());
            lines.push(format!("  {name}: {} {value}", super::conflict::cell_name(entity, &change.cell)));
        }
    }
    lines
}
