//! Past states.

use std::collections::BTreeMap;

use loro::event::Diff;
use loro::{Frontiers, ID, LoroValue, ValueOrContainer};
use protocol::{CommitId, EntityId};

use super::code::{self, EXISTENCE, Existence, Written};
use super::error::TravelError;
use super::log::Log;
use crate::entity::{Cell, Entity, cell};
use crate::project::{Draft, Project, fits};
use crate::schema;

/// How an entity differs between now and then.
#[derive(Default)]
struct Then {
    /// Whether it existed, if that differs. `Some(None)`: as in the baseline.
    existence: Option<Option<Existence>>,
    /// Cells, `None` for those that are as in the baseline.
    cells: BTreeMap<Cell, Option<Written>>,
    texts: BTreeMap<Cell, String>,
}

impl Log {
    /// What the log says the project was right after a commit, given what it says now. Nothing is settled.
    pub(crate) fn at(&self, id: CommitId, now: &Project) -> Result<Draft, TravelError> {
        let missing = TravelError::NoSuchCommit(id);
        self.steps.get(id).ok_or_else(|| missing.clone())?;
        let counter = i32::try_from(id.counter).map_err(|_| missing.clone())?;
        let then = Frontiers::from(ID::new(id.peer, counter));
        let diff = self.doc.diff(&self.doc.oplog_frontiers(), &then).map_err(|_| missing)?;
        self.doc.free_history_cache();
        let mut entities: BTreeMap<EntityId, Then> = BTreeMap::new();
        for (container, diff) in diff.iter() {
            let loro::ContainerID::Root { name, .. } = container else { continue };
            let Some((id, field)) = code::container(name) else { continue };
            let then = entities.entry(id).or_default();
            match (diff, field) {
                (Diff::Map(delta), None) => {
                    for (key, value) in &delta.updated {
                        then.note(key, value.as_ref());
                    }
                }
                (Diff::Text(delta), Some(field)) => {
                    let Some(cell) = code::cell(field) else { continue };
                    let now = self.doc.get_text(name.as_str()).to_string();
                    then.texts.insert(cell, super::text::with_delta(&now, delta));
                }
                _ => {}
            }
        }
        let baseline = self.baseline.project().ok_or(TravelError::Damaged)?;
        let mut draft = Draft::new(now.state().clone());
        for (id, then) in entities {
            match self.entity_then(id, then, now, baseline) {
                Some(entity) => draft.put(id, entity),
                None => draft.take(id),
            }
        }
        Ok(draft)
    }

    fn entity_then(&self, id: EntityId, then: Then, now: &Project, baseline: &Project) -> Option<Entity> {
        let old = baseline.entity(id);
        let (entity, table) = match &then.existence {
            None => {
                let now = now.entity(id)?;
                (now.clone(), now.table())
            }
            Some(None) => (self.latent(id).or_else(|| old.cloned())?, old?.table()),
            Some(Some(existence)) => {
                let table = schema::table(&existence.table).filter(|_| existence.alive)?;
                (self.latent(id).unwrap_or_else(|| Entity::new(table)), table.name)
            }
        };
        let old = old.filter(|old| old.table() == table);
        // An id that lived in two tables: what it was in the other one is of no use.
        let mut entity = if entity.table() == table { entity } else { Entity::new(schema::table(table)?) };
        match &then.existence {
            None => {}
            Some(None) => entity.extra = old.and_then(|old| old.extra.clone()),
            Some(Some(existence)) => entity.extra.clone_from(&existence.extra),
        }
        let texts = then.texts.into_iter().map(|(cell, text)| (cell, code::text_value(text)));
        let texts: BTreeMap<_, _> = texts.collect();
        // A text that changed without its cell changing was and is a text.
        for (cell, text) in texts.iter().filter(|(cell, _)| !then.cells.contains_key(*cell)) {
            entity = cell::with(&entity, cell, text.clone());
        }
        for (cell, written) in then.cells {
            let value = match written {
                None => old.and_then(|old| cell::get(old, &cell)),
                Some(Written { splice: Some(_), .. }) => match texts.get(&cell) {
                    Some(text) => text.clone(),
                    None => code::text_value(self.doc.get_text(code::text_name(id, &cell.field)).to_string()),
                },
                Some(written) => written.value.filter(|value| fits(&entity, &cell, value)),
            };
            entity = cell::with(&entity, &cell, value);
        }
        Some(entity)
    }
}

impl Then {
    fn note(&mut self, key: &str, value: Option<&ValueOrContainer>) {
        let json = match value {
            Some(ValueOrContainer::Value(LoroValue::String(json))) => Some(json.as_str()),
            _ => None,
        };
        if key == EXISTENCE {
            self.existence = Some(json.and_then(code::existence));
        } else if let Some(cell) = code::cell(key) {
            self.cells.insert(cell, json.map(|json| code::written(json).unwrap_or_default()));
        }
    }
}
