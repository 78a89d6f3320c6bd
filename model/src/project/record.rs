//! Entities as plain data, for files.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::{EntityId, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::apply::{all_fields, build, check_fields, error};
use super::draft::Draft;
use super::{EditError, EditRule, Project, State, relations};
use crate::entity::Entity;
use crate::schema::TABLES;

/// What a newer version wrote that this one does not know, by name: kept as it came.
pub type Extra = BTreeMap<String, Json>;

/// An entity as plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The table's name.
    pub table: String,
    /// Its id.
    pub id: EntityId,
    /// The fields that are not at their defaults.
    pub fields: BTreeMap<String, Value>,
    /// Fields that this version does not know.
    pub extra: Extra,
}

impl Record {
    /// Whether it is valid by itself: known table and fields, values that fit. Says nothing of what it refers to.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn check(&self) -> Result<(), EditError> {
        check_fields(&self.table, self.id, &self.fields).map(|_| ())
    }

    /// An entity as plain data.
    pub(crate) fn of(id: EntityId, entity: &Entity) -> Self {
        let extra = entity.extra.as_deref().cloned().unwrap_or_default();
        Self { table: entity.table().to_owned(), id, fields: all_fields(entity), extra }
    }

    /// The entity, checked by itself.
    pub(crate) fn to_entity(&self) -> Result<Entity, EditError> {
        let mut entity = build(&self.table, self.id, &self.fields)?;
        entity.extra = (!self.extra.is_empty()).then(|| Arc::new(self.extra.clone()));
        Ok(entity)
    }
}

impl Project {
    /// Every entity as plain data: by table in order of declaration, within a table by id.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        TABLES.iter().flat_map(move |table| {
            let mut ids: Vec<EntityId> = self.table(table.name).collect();
            ids.sort_unstable();
            ids.into_iter().filter_map(move |id| self.record(id))
        })
    }

    /// One entity as plain data.
    #[must_use]
    pub fn record(&self, id: impl Into<EntityId>) -> Option<Record> {
        let id = id.into();
        self.entity(id).map(|entity| Record::of(id, entity))
    }

    /// What a newer version wrote about the project as a whole that this one does not know.
    #[must_use]
    pub fn extra(&self) -> &Extra {
        &self.state().extra
    }

    /// The project that [`records`](Self::records) and [`extra`](Self::extra) came from. Fields that are not given get
    /// their defaults. There must be one record of the project itself and one of the master track.
    ///
    /// # Errors
    /// The first record that is invalid, by itself or with the others.
    pub fn from_records(
        records: impl IntoIterator<Item = impl Borrow<Record>>,
        extra: Extra,
    ) -> Result<Self, EditError> {
        let nobody = EntityId(0);
        let mut state = State::bare(nobody, nobody);
        state.extra = Arc::new(extra);
        let mut draft = Draft::new(state);
        let mut seen = BTreeSet::new();
        for record in records {
            let record = record.borrow();
            let refuse = |rule| {
                let label = format!("{} {}", record.table, record.id);
                EditError { entity: record.id, label, field: None, rule }
            };
            if !seen.insert(record.id) {
                return Err(refuse(EditRule::DuplicateId));
            }
            let mut entity = build(&record.table, record.id, &record.fields)?;
            let (single, name) = match entity.table() {
                "project" => (Some(&mut draft.state.root), "the project"),
                "tracks" if entity.text("kind") == "master" => {
                    (Some(&mut draft.state.master), "the master track")
                }
                _ => (None, ""),
            };
            if let Some(single) = single {
                if *single != nobody {
                    return Err(refuse(EditRule::Singleton(name)));
                }
                *single = record.id;
            }
            entity.extra = (!record.extra.is_empty()).then(|| Arc::new(record.extra.clone()));
            draft.put(record.id, entity);
        }
        for (id, table) in [(draft.state.root, "project"), (draft.state.master, "tracks")] {
            if id == nobody {
                return Err(error(&draft.state, id, Some(table), EditRule::Missing));
            }
        }
        relations::check(&draft)?;
        Ok(Self::from_state(draft.state))
    }
}
