//! What came or went with a thing.

use std::collections::BTreeMap;

use protocol::SignatureMap;

use super::Teller;
use crate::diff::EntityChange;
use crate::diff::words::{count, length, number};
use crate::entity::Entity;
use crate::project::Project;

impl Teller<'_> {
    /// What an entity that came or went is made of; `within` came or went with it.
    pub(super) fn contents(
        &self,
        project: &Project,
        bars: &SignatureMap,
        entity: &Entity,
        within: &[&EntityChange],
    ) -> Vec<String> {
        let mut facts = Vec::new();
        match entity.table() {
            "clips" => {
                if !entity.text("name").is_empty() {
                    facts.push(format!("at {}", bars.position(entity.beats("start"))));
                }
                facts.push(length(entity.beats("length")));
                facts.extend(some(rows(entity, "notes"), "note"));
            }
            "markers" => facts.push(format!("at {}", bars.position(entity.beats("at")))),
            "sends" => facts.push(super::field::decibels(entity.float("level_db"))),
            "lanes" => facts.extend(some(rows(entity, "points"), "point")),
            "scripts" => facts.extend(some(entity.text("source").lines().count(), "line")),
            "macros" if entity.float("value") != 0.0 => {
                facts.push(format!("at {} %", number(entity.float("value") * 100.0)));
            }
            _ => {}
        }
        let mut found: BTreeMap<u8, (&str, usize)> = BTreeMap::new();
        let (mut notes, mut devices) = (0, Vec::new());
        for change in within {
            let Some(inner) = change.entity() else { continue };
            let (place, what) = match inner.table() {
                "devices" => {
                    devices.push((super::order_key(inner), change.id));
                    continue;
                }
                "clips" => (1, "clip"),
                "sends" => (2, "send"),
                "lanes" => (3, "automation lane"),
                "macro_targets" => (4, "macro target"),
                _ => (5, "other part"),
            };
            notes += rows(inner, "notes");
            found.entry(place).or_insert((what, 0)).1 += 1;
        }
        devices.sort_unstable();
        facts.extend(devices.into_iter().map(|(_, device)| super::label::name(project, device)));
        for (what, number) in found.into_values() {
            match some(notes, "note") {
                Some(notes) if what == "clip" => facts.push(format!("{} with {notes}", count(number, what))),
                _ => facts.push(count(number, what)),
            }
        }
        facts
    }
}

fn rows(entity: &Entity, field: &str) -> usize {
    entity.rows(field).map_or(0, crate::entity::Rows::size)
}

/// `3 notes`, or nothing if there are none.
fn some(number: usize, what: &str) -> Option<String> {
    (number > 0).then(|| count(number, what))
}
