//! Building a project of records that may be faulty: what breaks a rule is set aside, the rest plays.

use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::{EntityId, Value};

use super::error::{LoadError, LoadWarning, Origin};
use super::v2::Contents;
use crate::entity::facet;
use crate::project::{EditError, EditRule, Extra, Project, Record};
use crate::schema::{FieldKind, Presence, table};
use crate::view::TrackKind;

/// Faults between entities that are looked for, one at a time, before a file is given up. Faults within an entity and
/// dangling references do not count: they are all found at once.
const MAX_FAULTS: usize = 100;

/// The part of a project that is at fault, and the rule.
struct Fault {
    id: EntityId,
    /// The whole entity if there is none, or if it cannot do without.
    field: Option<String>,
    rule: String,
}

/// Builds the project, with warnings for what was left out of it.
pub(super) fn restore(contents: Contents, origin: &Origin) -> Result<(Project, Vec<LoadWarning>), LoadError> {
    let mut restorer = Restorer::new(contents);
    restorer.keep_one_of_each();
    restorer.check_each();
    restorer.drop_dangling();
    for _ in 0..MAX_FAULTS {
        let records = restorer.records.values();
        match Project::from_records(records, restorer.contents.extra()) {
            Ok(project) => return Ok((project, restorer.contents.warnings)),
            Err(error) => {
                let fault = restorer.fault(error.clone());
                let rejected = || LoadError::Rejected { origin: origin.clone(), source: error };
                restorer.reject(fault.ok_or_else(rejected)?);
                restorer.drop_dangling();
            }
        }
    }
    Err(LoadError::TooManyFaults { origin: origin.clone(), limit: MAX_FAULTS })
}

struct Restorer {
    records: BTreeMap<EntityId, Record>,
    contents: Contents,
}

impl Restorer {
    fn new(mut contents: Contents) -> Self {
        let records = std::mem::take(&mut contents.records);
        Self { records: records.into_iter().map(|record| (record.id, record)).collect(), contents }
    }

    /// There is one project record and one master: of several the first stands, and if there is none it is made.
    fn keep_one_of_each(&mut self) {
        let master: &[_] = &[("kind", TrackKind::Master.word()), ("name", "Master")];
        for (table, fallback, fields) in [("project", 1, &[][..]), ("tracks", 2, master)] {
            let is_wanted =
                |record: &Record| record.table == table && (table == "project" || is_master(record));
            let found: Vec<_> = self.records.values().filter(|record| is_wanted(record)).collect();
            let spare: Vec<_> = found.iter().skip(1).map(|record| record.id).collect();
            if found.is_empty() {
                let taken = |id: &EntityId| self.records.contains_key(id);
                let id = (fallback..).map(EntityId).find(|id| !taken(id)).unwrap_or(EntityId(fallback));
                let text =
                    |(name, text): &(&str, &str)| ((*name).to_owned(), Value::Text((*text).to_owned()));
                let fields = fields.iter().map(text).collect();
                self.records.insert(id, Record { table: table.to_owned(), id, fields, extra: Extra::new() });
            }
            for id in spare {
                self.reject(Fault { id, field: None, rule: "there can be only one".to_owned() });
            }
        }
    }

    /// The rules that concern one entity alone.
    fn check_each(&mut self) {
        let ids: Vec<_> = self.records.keys().copied().collect();
        for id in ids {
            // Every round takes out a field or the entity.
            while let Some(Err(error)) = self.records.get(&id).map(Record::check) {
                self.reject(Fault { id, field: error.field, rule: error.rule.to_string() });
            }
        }
    }

    /// Takes out references to what is not there, and what cannot be without them.
    fn drop_dangling(&mut self) {
        let mut referrers: HashMap<EntityId, Vec<(EntityId, String)>> = HashMap::new();
        for record in self.records.values() {
            for (field, target) in references(record) {
                referrers.entry(target).or_default().push((record.id, field.to_owned()));
            }
        }
        let is_missing = |id: &EntityId| !self.records.contains_key(id);
        let mut missing: Vec<_> = referrers.keys().copied().filter(is_missing).collect();
        missing.sort_unstable();
        let mut done = HashSet::new();
        while let Some(target) = missing.pop() {
            if !done.insert(target) {
                continue;
            }
            for (id, field) in referrers.get(&target).into_iter().flatten() {
                let rule = format!("refers to {target}, which is not there");
                self.reject(Fault { id: *id, field: Some(field.clone()), rule });
                if !self.records.contains_key(id) {
                    missing.push(*id);
                }
            }
        }
    }

    /// Sets a part aside, with a warning.
    fn reject(&mut self, Fault { id, field, rule }: Fault) {
        let Some(record) = self.records.get_mut(&id) else { return };
        let table = record.table.clone();
        let optional = field.filter(|field| is_optional(&table, field));
        let removed = optional.and_then(|field| record.fields.remove_entry(&field));
        let field = if let Some((field, value)) = removed {
            record.extra.insert(field.clone(), super::v2::encode_field(&field, &value).into_value());
            Some(field)
        } else {
            if let Some(record) = self.records.remove(&id) {
                self.contents.set_record_aside(&record);
            }
            None
        };
        self.contents.warnings.push(LoadWarning::Rejected { table, id, field, rule });
    }

    /// What to take out for an error.
    fn fault(&self, error: EditError) -> Option<Fault> {
        let rule = error.rule.to_string();
        if matches!(error.rule, EditRule::RoutingCycle(_)) {
            return self.link_of_cycle(rule);
        }
        let is_known = self.records.contains_key(&error.entity);
        is_known.then_some(Fault { id: error.entity, field: error.field, rule })
    }

    /// A link that is part of a circle of tracks.
    fn link_of_cycle(&self, rule: String) -> Option<Fault> {
        let links = self.links();
        // Depth-first, without recursion: a link to a track that is still on the path closes a circle.
        let (mut on_path, mut done) = (HashSet::new(), HashSet::new());
        for &start in links.keys() {
            let mut path: Vec<(EntityId, usize)> = vec![(start, 0)];
            while let Some((track, next)) = path.last_mut() {
                let from = *track;
                on_path.insert(from);
                let Some(link) = links.get(&from).and_then(|links| links.get(*next)) else {
                    on_path.remove(&from);
                    done.insert(from);
                    path.pop();
                    continue;
                };
                *next += 1;
                if on_path.contains(&link.to) {
                    let circle = path.iter().skip_while(|(track, _)| *track != link.to);
                    let mut links = circle.filter_map(|(track, next)| links.get(track)?.get(next - 1));
                    return links.find_map(|link| {
                        let (id, field) = link.field?;
                        Some(Fault { id, field: Some(field.to_owned()), rule: rule.clone() })
                    });
                }
                if !done.contains(&link.to) {
                    path.push((link.to, 0));
                }
            }
        }
        None
    }

    /// Which track feeds which, and by which field.
    fn links(&self) -> BTreeMap<EntityId, Vec<Link>> {
        let mut links: BTreeMap<EntityId, Vec<Link>> = BTreeMap::new();
        let master = self.records.values().find(|record| is_master(record)).map(|record| record.id);
        for record in self.records.values() {
            let get = |field: &str| match record.fields.get(field) {
                Some(Value::Ref(id)) => Some(*id),
                _ => None,
            };
            let (from, to, field) = match record.table.as_str() {
                "tracks" if is_master(record) => continue,
                "tracks" => (Some(record.id), get("output").or(master), "output"),
                "sends" => (get("track"), get("target"), "target"),
                "devices" => (get("sidechain"), get("track"), "sidechain"),
                _ => continue,
            };
            if let (Some(from), Some(to)) = (from, to) {
                // A track without an output feeds the master, and there is nothing to take out.
                let field = get(field).map(|_| (record.id, field));
                links.entry(from).or_default().push(Link { to, field });
            }
        }
        links
    }
}

/// One track feeds another.
struct Link {
    to: EntityId,
    /// The field that says so, if one does.
    field: Option<(EntityId, &'static str)>,
}

fn is_master(record: &Record) -> bool {
    record.table == "tracks"
        && record.fields.get("kind") == Some(&Value::Text(TrackKind::Master.word().to_owned()))
}

/// The references that a record holds.
fn references(record: &Record) -> impl Iterator<Item = (&str, EntityId)> + '_ {
    record.fields.iter().filter_map(|(name, value)| match value {
        Value::Ref(target) => Some((name.as_str(), *target)),
        _ => None,
    })
}

/// Whether an entity can do without a field. What kind it is cannot be guessed.
fn is_optional(table_name: &str, field: &str) -> bool {
    if facet::split(field).is_some() {
        return true;
    }
    let field = table(table_name).and_then(|table| table.field(field));
    field.is_some_and(|field| {
        let is_required = matches!(field.kind, FieldKind::Ref { presence: Presence::Required, .. });
        !is_required && !matches!(field.name, "kind" | "format" | "plugin")
    })
}
