//! A difference in words: one line for each thing that changed, grouped as a musician looks at a song.

mod conflict;
mod field;
mod label;
mod listing;
mod rows;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use protocol::{Beats, EntityId};
use serde::Serialize;

use super::{Diff, EntityChange};
use crate::entity::Entity;
use crate::entity::cell::CellChange;
use crate::project::Project;
use crate::view::TrackId;
use protocol::SignatureMap;

pub use conflict::conflict_line;
pub use listing::listing;

/// What became of the thing that a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is in another place.
    Moved,
    /// It is another.
    Changed,
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What became of it.
    pub mark: Mark,
    /// The kind of thing: its table, such as `clips`.
    pub table: String,
    /// The track that it is or is on, if any: those of one track follow each other.
    #[serde(serialize_with = "track_id")]
    pub track: Option<TrackId>,
    /// What the line is about, such as the track's name; empty for what belongs to the song as a whole.
    pub subject: String,
    /// What changed, such as `clip 'Verse' moved from 9.1 to 17.1; 3 notes changed`.
    pub text: String,
    /// The entities that it speaks of, the first the one that it is about.
    pub entities: Vec<EntityId>,
}

fn track_id<S: serde::Serializer>(track: &Option<TrackId>, s: S) -> Result<S::Ok, S::Error> {
    track.map(|track| track.0).serialize(s)
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject.as_str() {
            "" => f.write_str(&self.text),
            subject => write!(f, "{subject}: {}", self.text),
        }
    }
}

/// The difference between two projects in words; nothing if they are alike.
#[must_use]
pub fn lines(a: &Project, b: &Project) -> Vec<Line> {
    of(a, b, &Diff::between(a, b))
}

/// The same, where it is known what differs.
pub(crate) fn of(a: &Project, b: &Project, diff: &Diff) -> Vec<Line> {
    let teller = Teller { a, b, was: a.signature_map(), is: b.signature_map(), ranks: ranks(a, b) };
    let mut within: BTreeMap<EntityId, Vec<&EntityChange>> = BTreeMap::new();
    let mut told: Vec<&EntityChange> = Vec::new();
    for change in &diff.changes {
        // What came or went with its owner is summed up there.
        match teller.top(diff, change) {
            Some(top) => within.entry(top).or_default().push(change),
            None => told.push(change),
        }
    }
    let mut lines: Vec<(Key, Line)> = told
        .into_iter()
        .map(|change| {
            let within = within.get(&change.id).map(Vec::as_slice).unwrap_or_default();
            (teller.key(change), teller.line(change, within))
        })
        .collect();
    lines.sort_by_key(|(key, _)| *key);
    let mut lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
    if a.extra() != b.extra() {
        lines.push(Line {
            mark: Mark::Changed,
            table: "project".into(),
            track: None,
            subject: String::new(),
            text: "parts that this version does not know changed".into(),
            entities: Vec::new(),
        });
    }
    lines
}

/// What decides where a line stands: group, track, kind within the track, position, id.
type Key = (u8, i64, u8, i64, EntityId);

/// The place of each track in the list: those of `b`, and those of `a` that are gone after what they stood behind.
fn ranks(a: &Project, b: &Project) -> BTreeMap<EntityId, i64> {
    let mut ranks: BTreeMap<EntityId, i64> =
        b.tracks().zip(1..).map(|(track, rank)| (track.id().0, rank * 2)).collect();
    let mut last = 0;
    for track in a.tracks() {
        last = *ranks.entry(track.id().0).or_insert(last + 1);
    }
    ranks.insert(b.master_id(), i64::MAX);
    ranks
}

/// Says what changed between two projects.
struct Teller<'a> {
    a: &'a Project,
    b: &'a Project,
    was: SignatureMap,
    is: SignatureMap,
    ranks: BTreeMap<EntityId, i64>,
}

/// A part of a line.
enum Part {
    /// Goes on from the name of the thing: `moved from 9.1 to 17.1`.
    Verb(String),
    /// Stands for itself: `3 notes changed`.
    Fact(String),
}

impl Teller<'_> {
    /// The outermost owner that came or went together with an entity.
    fn top(&self, diff: &Diff, change: &EntityChange) -> Option<EntityId> {
        let is_new = match (&change.before, &change.after) {
            (None, Some(_)) => true,
            (Some(_), None) => false,
            _ => return None,
        };
        let same =
            |change: &EntityChange| if is_new { change.before.is_none() } else { change.after.is_none() };
        let mut top = None;
        let mut seen = BTreeSet::from([change.id]);
        let mut at = change;
        while let Some(owner) = at.entity().and_then(Entity::owner)
            && let Some(next) = diff.get(owner).filter(|owner| same(owner))
            && seen.insert(owner)
        {
            top = Some(owner);
            at = next;
        }
        top
    }

    fn key(&self, change: &EntityChange) -> Key {
        let Some(entity) = change.entity() else { return (u8::MAX, 0, 0, 0, change.id) };
        let table = entity.table();
        let at = |field| entity.beats(field).0;
        let by_order = || order_key(entity);
        let (group, within, position) = match table {
            "project" => (0, 0, 0),
            "tempo" => (1, 0, at("at")),
            "signatures" => (2, 0, at("at")),
            "markers" => (3, 0, at("at")),
            "tracks" => (4, 0, 0),
            "devices" => (4, 1, by_order()),
            "sends" => (4, 2, by_order()),
            "clips" => (4, 3, at("start")),
            "lanes" => (4, 4, 0),
            "scenes" => (5, 0, by_order()),
            "macros" => (6, 0, entity.int("slot")),
            "macro_targets" => (6, 1, 0),
            "scripts" => (7, 0, 0),
            _ => (8, 0, 0),
        };
        let rank = self.track_of(change.id, entity).and_then(|track| self.ranks.get(&track.0)).copied();
        (group, rank.unwrap_or(0), within, position, change.id)
    }

    fn line(&self, change: &EntityChange, within: &[&EntityChange]) -> Line {
        let entity = change.entity();
        let (label, mark, parts) = match (&change.before, &change.after) {
            (None, Some(after)) => {
                let facts = self.contents(self.b, &self.is, after, within);
                (self.label(self.b, &self.is, change.id, after), Mark::Added, told("added", facts))
            }
            (Some(before), None) => {
                let facts = self.contents(self.a, &self.was, before, within);
                (self.label(self.a, &self.was, change.id, before), Mark::Removed, told("removed", facts))
            }
            (before, after) => {
                let named = after.as_ref().or(before.as_ref());
                // A thing without a name is known by where it was.
                let label = named.map(|after| match before {
                    Some(before) if after.text("name").is_empty() => {
                        self.label(self.a, &self.was, change.id, before)
                    }
                    _ => self.label(self.b, &self.is, change.id, after),
                });
                let (mark, parts) = self.parts(change);
                (label.unwrap_or_default(), mark, parts)
            }
        };
        let track = entity.and_then(|entity| self.track_of(change.id, entity));
        Line {
            mark,
            table: entity.map_or("", Entity::table).to_owned(),
            track,
            subject: entity.map(|entity| self.subject(track, entity)).unwrap_or_default(),
            text: sentence(&label, parts),
            entities: std::iter::once(change.id).chain(within.iter().map(|change| change.id)).collect(),
        }
    }

    /// What changed in an entity that is in both.
    fn parts(&self, change: &EntityChange) -> (Mark, Vec<Part>) {
        let cells = change.cells();
        let mut parts = Vec::new();
        for cells in cells.chunk_by(|a, b| a.cell.field == b.cell.field) {
            self.field(change, cells, &mut parts);
        }
        if cells.is_empty() {
            parts.push(Part::Fact("fields that this version does not know changed".into()));
        }
        let is_place = |cell: &CellChange| matches!(&*cell.cell.field, "start" | "at" | "track" | "order");
        let mark = if !cells.is_empty() && cells.iter().all(is_place) { Mark::Moved } else { Mark::Changed };
        (mark, parts)
    }
}

fn told(verb: &str, facts: Vec<String>) -> Vec<Part> {
    let verb =
        Part::Verb(if facts.is_empty() { verb.into() } else { format!("{verb} ({})", facts.join(", ")) });
    vec![verb]
}

/// Parts in one sentence: what is done to the thing first.
fn sentence(label: &str, parts: Vec<Part>) -> String {
    let (mut verbs, mut facts) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Verb(text) => verbs.push(text),
            Part::Fact(text) => facts.push(text),
        }
    }
    let (verbs, facts) = (verbs.join(", "), facts.join("; "));
    match (label, verbs.is_empty(), facts.is_empty()) {
        ("", _, true) => verbs,
        ("", true, _) => facts,
        ("", false, false) => format!("{verbs}; {facts}"),
        (label, _, true) => format!("{label} {verbs}"),
        (label, true, _) => format!("{label}: {facts}"),
        (label, false, false) => format!("{label} {verbs}; {facts}"),
    }
}

/// A whole number that sorts as the order does; orders differ by more than a millionth.
fn order_key(entity: &Entity) -> i64 {
    Beats::from_beats(entity.float("order")).0
}
