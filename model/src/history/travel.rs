//! Past states.

use std::collections::BTreeMap;

use loro::event::{Diff, DiffBatch};
use loro::{Frontiers, ID, LoroValue, ValueOrContainer};
use protocol::{CommitId, EntityId, Value};

use super::code::{self, EXISTENCE, Existence, Written};
use super::content::{self, Delta};
use super::error::TravelError;
use super::log::Log;
use super::merge::Moment;
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
    /// Contents that differ, by the names of their containers.
    contents: BTreeMap<String, (Cell, Value)>,
}

impl Log {
    /// What the log says the project was right after a commit, given what it says now. Nothing is settled.
    pub(crate) fn at(&self, id: CommitId, now: &Project) -> Result<Draft, TravelError> {
        let missing = TravelError::NoSuchCommit(id);
        self.steps.get(id).ok_or_else(|| missing.clone())?;
        let counter = i32::try_from(id.counter).map_err(|_| missing.clone())?;
        let then = Frontiers::from(ID::new(id.peer, counter));
        let diff = self.doc.diff(&self.doc.oplog_frontiers(), &then).map_err(|_| missing)?;
        self.laid_back(&diff, now)
    }

    /// What it says the project was at a moment; `None` if that was compacted away, or never was.
    pub(crate) fn at_moment(&self, moment: &Moment, now: &Project) -> Option<Draft> {
        let vv = moment.to_vv();
        if !self.doc.oplog_vv().includes_vv(&vv) {
            return None;
        }
        if self.doc.is_shallow() && !vv.includes_vv(&self.doc.shallow_since_vv().to_vv()) {
            return None;
        }
        let then = self.doc.vv_to_frontiers(&vv);
        let diff = self.doc.diff(&self.doc.oplog_frontiers(), &then).ok()?;
        self.laid_back(&diff, now).ok()
    }

    fn laid_back(&self, diff: &DiffBatch, now: &Project) -> Result<Draft, TravelError> {
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
                (diff, Some(field)) => {
                    let Some((cell, delta)) = code::cell(field).zip(Delta::of(diff, &self.doc, name)) else {
                        continue;
                    };
                    let now = delta.shape().read(&self.doc, name);
                    let content = delta.apply(&now).map(|content| (cell, content));
                    then.contents.extend(content.map(|content| (name.to_string(), content)));
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
        // What it was then is in the container that the cell named then, or still names.
        let content = |cell: &Cell, written: &Written| {
            let shape = written.shape()?;
            let name = code::content_name(id, &cell.field, written.key.as_deref());
            let then = then.contents.get(&name).map(|(_, value)| value.clone());
            Some(content::held(&cell.field, then.unwrap_or_else(|| shape.read(&self.doc, &name))))
        };
        for (cell, _) in then.contents.values().filter(|(cell, _)| !then.cells.contains_key(cell)) {
            if let Some(value) = self.written(id, cell).and_then(|written| content(cell, &written)) {
                entity = cell::with(&entity, cell, value);
            }
        }
        for (cell, written) in &then.cells {
            let value = match written {
                None => old.and_then(|old| cell::get(old, cell)),
                Some(written) => match content(cell, written) {
                    Some(content) => content,
                    None => written.value.clone().filter(|value| fits(&entity, cell, value)),
                },
            };
            entity = cell::with(&entity, cell, value);
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
