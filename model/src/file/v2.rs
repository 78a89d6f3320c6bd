//! Version 2: a project as tables of entities, each field plain JSON; a field of a user's table says what it holds.
//!
//! ```json
//! {
//!   "format": "loophole-project",
//!   "tables": { "tracks": { "<id>": { "name": "Bass", "pan": 0.0 } } },
//!   "version": 2
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::{BlobHash, EntityId, MidiEvent, MidiMessage, Row, Value};

use super::document::{self, Document, Parts, Tables};
use super::error::{LoadError, LoadWarning, Origin};
use super::json::Json;
use super::rows;
use super::tree::{Entries, Tree};
use super::value::{Shape, decode, decode_tagged, encode, encode_tagged};
use crate::entity::facet;
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

/// A project as a document.
pub(super) fn to_document(project: &Project) -> Document {
    let mut document = Document::default();
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
    for record in project.records() {
        let json = Json::Object(entity(&record));
        document.tables.entry(record.table).or_default().insert(record.id.to_string(), json);
    }
    document
}

/// The blobs that a project names. What is set aside counts: it may become part of the project again.
pub(super) fn blobs(project: &Project) -> BTreeSet<BlobHash> {
    let mut found = BTreeSet::new();
    let mut search = |json: &serde_json::Value| {
        Json::from_value(json).for_each_text(&mut |text| found.extend(text.parse::<BlobHash>().ok()));
    };
    project.extra().values().for_each(&mut search);
    let mut named = Vec::new();
    for table in crate::schema::TABLES {
        for entity in project.table(table.name).filter_map(|id| project.entity(id)) {
            entity.extra.iter().flat_map(|extra| extra.values()).for_each(&mut search);
            let fields = table.fields.iter().filter(|field| matches!(field.kind, FieldKind::Blob));
            named.extend(fields.filter_map(|field| entity.blob(field.name)));
            let events = table.fields.iter().filter(|field| matches!(field.kind, FieldKind::Events));
            named.extend(events.filter_map(|field| entity.rows(field.name)).flatten().filter_map(
                |(_, row)| match row {
                    Row::Event(MidiEvent { message: MidiMessage::SystemExclusive(hash), .. }) => Some(*hash),
                    _ => None,
                },
            ));
            named.extend(entity.user().filter_map(|(path, _)| entity.blob(path)));
        }
    }
    found.extend(named);
    found
}

/// A field as it is written.
pub(super) fn encode_field(name: &str, value: &Value) -> Json {
    if facet::split(name).is_some() { encode_tagged(value) } else { encode(value) }
}

fn entity(record: &Record) -> BTreeMap<String, Json> {
    let mut fields: BTreeMap<_, _> =
        record.fields.iter().map(|(name, value)| (name.clone(), encode_field(name, value))).collect();
    let table = table(&record.table);
    for (name, value) in &record.extra {
        // A field that was faulty comes back as it was, unless it was set since.
        let default =
            table.and_then(|table| table.field(name)).map(|field| encode(&field.kind.default_value()));
        if fields.get(name).is_none_or(|value| Some(value) == default.as_ref()) {
            fields.insert(name.clone(), Json::from_value(value));
        }
    }
    fields
}

/// Sorts what was read into records and the rest. `text` is what it was read from.
pub(super) fn from_tables(parts: Parts<'_>, text: &str, origin: &Origin) -> Result<Contents, LoadError> {
    let mut contents =
        Contents { records: Vec::new(), set_aside: Tables::new(), keys: parts.unknown, warnings: Vec::new() };
    let json = |tree: Tree<'_>| document::json(tree, text, origin);
    let unknown = contents.keys.keys().map(|key| LoadWarning::UnknownKey { key: key.clone() });
    contents.warnings.extend(unknown);
    let mut taken: HashMap<EntityId, &'static str> = HashMap::new();
    for (table, entities) in parts.tables {
        let Some(descriptor) = crate::schema::table(&table) else {
            contents.warnings.push(LoadWarning::UnknownTable { table: table.clone().into_owned() });
            let entities = entities.into_iter().map(|(key, tree)| Ok((key.into_owned(), json(tree)?)));
            contents.set_aside.insert(table.into_owned(), entities.collect::<Result<_, LoadError>>()?);
            continue;
        };
        let table = || descriptor.name.to_owned();
        for (key, tree) in entities {
            let Ok(id) = key.parse::<EntityId>() else {
                let key = key.into_owned();
                contents.warnings.push(LoadWarning::BadId { table: table(), key: key.clone() });
                contents.set_aside(descriptor.name, key, json(tree)?);
                continue;
            };
            if let Some(other) = taken.get(&id) {
                let other = (*other).to_owned();
                contents.warnings.push(LoadWarning::DuplicateId { table: table(), id, other });
                contents.set_aside(descriptor.name, key.into_owned(), json(tree)?);
                continue;
            }
            let fields = match tree {
                Tree::Object(fields) => fields,
                other => {
                    let rule = format!("an entity is an object, not {}", other.kind());
                    contents.warnings.push(LoadWarning::Rejected { table: table(), id, field: None, rule });
                    contents.set_aside(descriptor.name, key.into_owned(), json(other)?);
                    continue;
                }
            };
            taken.insert(id, descriptor.name);
            let record = record(descriptor, id, fields, &json, &mut contents.warnings)?;
            contents.records.push(record);
        }
    }
    Ok(contents)
}

fn record(
    table: &TableDescriptor,
    id: EntityId,
    entries: Entries<'_>,
    json: &impl Fn(Tree<'_>) -> Result<Json, LoadError>,
    warnings: &mut Vec<LoadWarning>,
) -> Result<Record, LoadError> {
    let mut fields = BTreeMap::new();
    let mut extra = Extra::new();
    for (name, tree) in entries {
        let name = name.into_owned();
        let shape = table.field(&name).map(|field| shape(&field.kind));
        if shape.is_none() && facet::split(&name).is_none() {
            let table = table.name.to_owned();
            warnings.push(LoadWarning::UnknownField { table, id, field: name.clone() });
            extra.insert(name, json(tree)?.into_value());
            continue;
        };
        if let (Tree::Text(raw), Some(shape)) = (&tree, shape)
            && let Some(rows) = rows::read(raw.get(), shape)
        {
            fields.insert(name, Value::Rows(rows));
            continue;
        }
        let json = json(tree)?;
        match shape.map_or_else(|| decode_tagged(&json), |shape| decode(&json, shape)) {
            Ok(value) => _ = fields.insert(name, value),
            Err(error) => {
                let rule = format!("takes {}, not {}", error.expected, error.found);
                let table = table.name.to_owned();
                warnings.push(LoadWarning::Rejected { table, id, field: Some(name.clone()), rule });
                extra.insert(name, json.into_value());
            }
        }
    }
    Ok(Record { table: table.name.to_owned(), id, fields, extra })
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
        FieldKind::List => Shape::List,
        FieldKind::Properties => Shape::Properties,
        FieldKind::Notes => Shape::Notes,
        FieldKind::Points => Shape::Points,
        FieldKind::Events => Shape::Events,
    }
}

impl Contents {
    /// Keeps an entity apart from the project.
    fn set_aside(&mut self, table: &str, key: String, json: Json) {
        self.set_aside.entry(table.to_owned()).or_default().insert(key, json);
    }

    /// Keeps a record apart that turned out faulty.
    pub(super) fn set_record_aside(&mut self, record: &Record) {
        let json = Json::Object(entity(record));
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
