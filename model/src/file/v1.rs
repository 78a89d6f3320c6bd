//! Version 1: a project as tables of entities, each field plain JSON.
//!
//! ```json
//! {
//!   "format": "loophole-project",
//!   "tables": { "tracks": { "<id>": { "name": "Bass", "pan": 0.0 } } },
//!   "version": 1
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::{BlobHash, EntityId, Value};

use super::document::{Document, Tables};
use super::error::LoadWarning;
use super::json::Json;
use super::value::{Shape, decode, encode};
use crate::project::{Extra, Project, Record};
use crate::schema::{FieldKind, TableDescriptor, table};

/// Where a project's extra parts keep entities that could not be used. No file has a spare key of that name.
const TABLES: &str = "tables";

/// A document, read into what the store takes.
pub(super) struct Contents {
    pub records: Vec<Record>,
    /// What could not be used, by table and key.
    pub set_aside: Tables,
    pub keys: BTreeMap<String, Json>,
    pub warnings: Vec<LoadWarning>,
}

/// A project as a document, with the blobs that it names.
pub(super) fn to_document(project: &Project) -> (Document, BTreeSet<BlobHash>) {
    let mut document = Document::default();
    let mut blobs = BTreeSet::new();
    for (key, value) in project.extra() {
        match Json::from_value(value) {
            Json::Object(tables) if key == TABLES => {
                let tables = tables.into_iter().filter_map(|(name, table)| match table {
                    Json::Object(entities) => Some((name, entities)),
                    _ => None,
                });
                document.tables.extend(tables);
            }
            json => _ = document.unknown.insert(key.clone(), json),
        }
    }
    // What is set aside may become part of the project again: its blobs stay with it.
    let aside = document.tables.values().flat_map(BTreeMap::values).chain(document.unknown.values());
    aside.for_each(|json| collect_blobs(json, &mut blobs));
    for record in project.records() {
        let table = document.tables.entry(record.table.clone()).or_default();
        table.insert(record.id.to_string(), Json::Object(entity(&record, &mut blobs)));
    }
    (document, blobs)
}

fn entity(record: &Record, blobs: &mut BTreeSet<BlobHash>) -> BTreeMap<String, Json> {
    let mut fields = BTreeMap::new();
    for (name, value) in &record.fields {
        blobs.extend(if let Value::Blob(hash) = value { Some(*hash) } else { None });
        fields.insert(name.clone(), encode(value));
    }
    let table = table(&record.table);
    for (name, value) in &record.extra {
        // A field that was faulty comes back as it was, unless it was set since.
        let default =
            table.and_then(|table| table.field(name)).map(|field| encode(&field.kind.default_value()));
        if fields.get(name).is_none_or(|value| Some(value) == default.as_ref()) {
            let json = Json::from_value(value);
            collect_blobs(&json, blobs);
            fields.insert(name.clone(), json);
        }
    }
    fields
}

fn collect_blobs(json: &Json, blobs: &mut BTreeSet<BlobHash>) {
    json.for_each_text(&mut |text| blobs.extend(text.parse::<BlobHash>().ok()));
}

/// Sorts a document into records and the rest.
pub(super) fn from_document(document: Document) -> Contents {
    let mut contents = Contents {
        records: Vec::new(),
        set_aside: Tables::new(),
        keys: document.unknown,
        warnings: Vec::new(),
    };
    let unknown = contents.keys.keys().map(|key| LoadWarning::UnknownKey { key: key.clone() });
    contents.warnings.extend(unknown);
    let mut taken: HashMap<EntityId, String> = HashMap::new();
    for (table, entities) in document.tables {
        let Some(descriptor) = crate::schema::table(&table) else {
            contents.warnings.push(LoadWarning::UnknownTable { table: table.clone() });
            contents.set_aside.insert(table, entities);
            continue;
        };
        for (key, json) in entities {
            let Ok(id) = key.parse::<EntityId>() else {
                contents.warnings.push(LoadWarning::BadId { table: table.clone(), key: key.clone() });
                contents.set_aside(&table, key, json);
                continue;
            };
            if let Some(other) = taken.get(&id) {
                let (table, other) = (table.clone(), other.clone());
                contents.warnings.push(LoadWarning::DuplicateId { table, id, other });
                contents.set_aside(descriptor.name, key, json);
                continue;
            }
            let Json::Object(fields) = json else {
                let rule = format!("an entity is an object, not {}", json.kind());
                contents.warnings.push(LoadWarning::Rejected { table: table.clone(), id, field: None, rule });
                contents.set_aside(&table, key, json);
                continue;
            };
            taken.insert(id, table.clone());
            let record = record(descriptor, id, fields, &mut contents.warnings);
            contents.records.push(record);
        }
    }
    contents
}

fn record(
    table: &TableDescriptor,
    id: EntityId,
    entries: BTreeMap<String, Json>,
    warnings: &mut Vec<LoadWarning>,
) -> Record {
    let mut fields = BTreeMap::new();
    let mut extra = Extra::new();
    for (name, json) in entries {
        let Some(field) = table.field(&name) else {
            let table = table.name.to_owned();
            warnings.push(LoadWarning::UnknownField { table, id, field: name.clone() });
            extra.insert(name, json.into_value());
            continue;
        };
        match decode(&json, shape(&field.kind)) {
            Ok(value) => _ = fields.insert(name, value),
            Err(error) => {
                let rule = format!("takes {}, not {}", error.expected, error.found);
                let table = table.name.to_owned();
                warnings.push(LoadWarning::Rejected { table, id, field: Some(name.clone()), rule });
                extra.insert(name, json.into_value());
            }
        }
    }
    Record { table: table.name.to_owned(), id, fields, extra }
}

fn shape(kind: &FieldKind) -> Shape {
    match kind {
        FieldKind::Bool { .. } => Shape::Bool,
        FieldKind::Int { .. } => Shape::Int,
        FieldKind::Float { .. } => Shape::Float,
        FieldKind::Text { .. } | FieldKind::Choice { .. } => Shape::Text,
        FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => Shape::Beats,
        FieldKind::Ref { .. } => Shape::Ref,
        FieldKind::Blob => Shape::Blob,
        FieldKind::Numbers => Shape::Numbers,
        FieldKind::Notes => Shape::Notes,
        FieldKind::Points => Shape::Points,
    }
}

impl Contents {
    /// Keeps an entity apart from the project.
    fn set_aside(&mut self, table: &str, key: String, json: Json) {
        self.set_aside.entry(table.to_owned()).or_default().insert(key, json);
    }

    /// Keeps a record apart that turned out faulty.
    pub(super) fn set_record_aside(&mut self, record: &Record) {
        let json = Json::Object(entity(record, &mut BTreeSet::new()));
        self.set_aside(&record.table, record.id.to_string(), json);
    }

    /// Everything beside the records, as a project keeps it.
    pub(super) fn extra(&self) -> Extra {
        let mut extra: Extra =
            self.keys.iter().map(|(key, json)| (key.clone(), json.clone().into_value())).collect();
        if !self.set_aside.is_empty() {
            let tables =
                self.set_aside.iter().map(|(name, entities)| (name.clone(), Json::Object(entities.clone())));
            extra.insert(TABLES.to_owned(), Json::Object(tables.collect()).into_value());
        }
        extra
    }
}
