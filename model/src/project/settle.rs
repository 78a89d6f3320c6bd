//! Making a sound project of what peers did apart. Each of them kept the rules, but a clip may lie on a track that another
//! peer deleted. Whatever breaks a rule gives way, and of two claims to one thing the later.
//!
//! It is a pure function: whoever has the same project, not settled, settles it the same.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{EntityId, Hlc, Value};

use super::apply::{check_value, error};
use super::draft::Draft;
use super::{EditError, EditRule, State, check, relations};
use crate::entity::{Cell, CellValue, Entity, Part, Stored, cell};
use crate::schema::{FieldKind, MAX_ITEMS, MAX_ROWS, Presence, TABLES};

/// Something that gave way so that the project is sound. It is only hidden: when the reason goes away, it is back.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// What it is, and the rule that it would have broken.
    pub why: EditError,
    /// What became of it.
    pub how: GaveWay,
}

/// How something gave way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GaveWay {
    /// The field is at its default.
    FieldReset,
    /// The entity is left out.
    LeftOut,
}

/// When a claim was made: an entity, or a field of it.
type Claimed<'a> = &'a dyn Fn(EntityId, Option<&str>) -> Hlc;

/// Whether a value that came from elsewhere can be in a cell, as far as the cell alone tells.
pub(crate) fn fits(entity: &Entity, cell: &Cell, value: &CellValue) -> bool {
    let Some(field) = entity.descriptor().field(&cell.field) else {
        // What is declared is looked at where it is read; here it is whether it can be given to any field.
        let checked = match (&cell.part, value) {
            (Part::Whole, CellValue::Value(value)) => check::given(value),
            (Part::Row(_), CellValue::Row(row)) => check::any_row(row),
            (Part::Entry(key), CellValue::Value(value)) => check::property(key, value),
            _ => return false,
        };
        return checked.is_ok();
    };
    let checked = match (&cell.part, value) {
        // These are written by their parts.
        (Part::Whole, CellValue::Value(Value::Rows(_) | Value::Numbers(_) | Value::Properties(_))) => {
            return false;
        }
        (Part::Whole, CellValue::Value(value)) => check_value(&field.kind, field.name, value),
        (Part::Row(_), CellValue::Row(row)) => check::row(&field.kind, row),
        (Part::Entry(key), CellValue::Value(value)) => match (&field.kind, value) {
            (FieldKind::Numbers, Value::Float(number)) => check::number(key, *number),
            (FieldKind::Properties, value) => check::property(key, value),
            _ => return false,
        },
        _ => return false,
    };
    checked.is_ok()
}

/// Whether a project that was sound before what a draft did to it still is.
pub(crate) fn is_sound(draft: &Draft) -> bool {
    let state = &draft.state;
    let sound = |id| state.entity(id).is_some_and(|entity| one(state, id, entity).is_ok());
    let referrers_sound = |id: EntityId| state.all_referring(id).all(|(_, _, referrer)| sound(referrer));
    relations::check(draft).is_ok()
        && draft.touched.keys().all(|&id| referrers_sound(id) && (state.entity(id).is_none() || sound(id)))
        && [state.root(), state.master()].into_iter().all(|id| state.entity(id).is_some())
}

/// Makes the project that a draft holds a sound one, and tells what gave way.
pub(crate) fn settle(draft: &mut Draft, claimed: Claimed<'_>) -> Vec<Settled> {
    let mut settling = Settling { draft, claimed, queue: BTreeSet::new(), settled: Vec::new() };
    settling.queue = settling.draft.state.entities.keys().copied().collect();
    settling.too_many();
    loop {
        while let Some(id) = settling.queue.pop_first() {
            settling.check(id);
        }
        let Some((claim, rule)) = settling.circle() else { break };
        settling.give_way(claim.by, Some(claim.field), rule);
    }
    settling.settled
}

struct Settling<'a> {
    draft: &'a mut Draft,
    claimed: Claimed<'a>,
    /// What is still to be checked.
    queue: BTreeSet<EntityId>,
    settled: Vec<Settled>,
}

/// A way of the signal from a track to another.
#[derive(Clone, Copy, Debug)]
struct Claim {
    by: EntityId,
    field: &'static str,
}

impl Settling<'_> {
    fn check(&mut self, id: EntityId) {
        let state = &self.draft.state;
        let Some(entity) = state.entity(id) else { return };
        let Err((field, rule)) = one(state, id, entity) else { return };
        match rule {
            EditRule::SlotTaken(slot) => {
                let same = |other: &EntityId| state.entity(*other).is_some_and(|it| it.int("slot") == slot);
                let last = state.table(entity.table()).filter(same).max_by_key(|&id| self.claim(id, None));
                self.give_way(last.unwrap_or(id), None, rule);
                self.queue.insert(id);
            }
            EditRule::LaneTaken(other) => {
                let last = [id, other].into_iter().max_by_key(|&id| self.claim(id, None));
                self.give_way(last.unwrap_or(id), None, rule);
                self.queue.insert(id);
            }
            rule => self.give_way(id, Some(&field), rule),
        }
    }

    fn claim(&self, id: EntityId, field: Option<&str>) -> (Hlc, EntityId) {
        (
            field
                .map_or_else(Hlc::default, |field| (self.claimed)(id, Some(field)))
                .max((self.claimed)(id, None)),
            id,
        )
    }

    /// Resets a field, or, where that is not enough, leaves the entity out. What depends on it is looked at again.
    fn give_way(&mut self, id: EntityId, field: Option<&str>, rule: EditRule) {
        let state = &self.draft.state;
        let Some(entity) = state.entity(id) else { return };
        let why = error(state, id, field, rule);
        let affected: Vec<EntityId> = state.all_referring(id).map(|(_, _, referrer)| referrer).collect();
        let reset = field
            .filter(|field| may_reset(entity, field))
            .map(|field| cell::with(entity, &Cell { field: field.into(), part: Part::Whole }, None));
        match reset.filter(|reset| reset != entity) {
            Some(reset) => {
                self.draft.put(id, reset);
                self.queue.insert(id);
                self.settled.push(Settled { why, how: GaveWay::FieldReset });
            }
            // These cannot be without; whatever is wrong with them is wrong by itself, and was checked when it was read.
            None if [state.root(), state.master()].contains(&id) => return,
            None => {
                self.draft.take(id);
                self.settled.push(Settled { why, how: GaveWay::LeftOut });
            }
        }
        self.queue.extend(affected);
    }

    fn too_many(&mut self) {
        for table in TABLES {
            let ids: Vec<EntityId> = self.draft.state.table(table.name).collect();
            let over = ids.len().saturating_sub(table.max_entities);
            if over == 0 {
                continue;
            }
            let rule = EditRule::TooMany { what: table.name, found: ids.len(), limit: table.max_entities };
            let mut claims: Vec<_> = ids.into_iter().map(|id| self.claim(id, None)).collect();
            claims.sort_unstable();
            for (_, id) in claims.into_iter().rev().take(over) {
                self.give_way(id, None, rule.clone());
            }
        }
    }

    /// The latest claim of a circle that the signal would run in, if there is one.
    fn circle(&self) -> Option<(Claim, EditRule)> {
        let state = &self.draft.state;
        // As in `routing::acyclic`, but with the claims that make the way.
        let mut seen: BTreeMap<EntityId, bool> = BTreeMap::new();
        for start in state.table("tracks") {
            if seen.contains_key(&start) {
                continue;
            }
            let mut way = vec![(start, None, onward(state, start))];
            seen.insert(start, true);
            while let Some((track, _, ways)) = way.last_mut() {
                let Some((next, claim)) = ways.pop() else {
                    seen.insert(*track, false);
                    way.pop();
                    continue;
                };
                match seen.get(&next) {
                    None => {
                        seen.insert(next, true);
                        way.push((next, claim, onward(state, next)));
                    }
                    Some(false) => {}
                    Some(true) => {
                        let round = way.iter().skip_while(|(track, ..)| *track != next).skip(1);
                        let claims = round.filter_map(|(_, claim, _)| *claim).chain(claim);
                        let last = claims.max_by_key(|claim| self.claim(claim.by, Some(claim.field)))?;
                        let rule = EditRule::RoutingCycle(super::apply::label(state, next));
                        return Some((last, rule));
                    }
                }
            }
        }
        None
    }
}

/// Where the signal of a track goes, and by what; the master is where it goes by itself.
fn onward(state: &State, track: EntityId) -> Vec<(EntityId, Option<Claim>)> {
    let Some(entity) = state.entity(track) else { return Vec::new() };
    let output = match entity.reference("output") {
        Some(output) => Some((output, Some(Claim { by: track, field: "output" }))),
        None => (track != state.master()).then_some((state.master(), None)),
    };
    let sends = state.referring(track, "sends", "track").filter_map(|send| {
        let target = state.entity(send)?.reference("target")?;
        Some((target, Some(Claim { by: send, field: "target" })))
    });
    let sidechains = state.referring(track, "devices", "sidechain").filter_map(|device| {
        let heard_on = state.entity(device)?.reference("track")?;
        Some((heard_on, Some(Claim { by: device, field: "sidechain" })))
    });
    let followers = super::routing::followers(state, track)
        .map(|(moved, modulation)| (moved, Some(Claim { by: modulation, field: "owner" })));
    output.into_iter().chain(sends).chain(sidechains).chain(followers).collect()
}

/// What is wrong with one entity.
fn one(state: &State, id: EntityId, entity: &Entity) -> Result<(), (String, EditRule)> {
    for field in entity.descriptor().fields {
        if is_required(&field.kind) && entity.reference(field.name).is_none() {
            return Err((field.name.to_owned(), EditRule::Missing));
        }
    }
    for (field, stored) in entity.all_stored() {
        // Each side kept within the limits, and both together may not have.
        let checked = match stored {
            Stored::Rows(rows) => check::count("rows", rows.size(), MAX_ROWS),
            Stored::Plain(Value::Numbers(numbers)) => check::count("entries", numbers.len(), MAX_ROWS),
            Stored::Plain(Value::Properties(entries)) => check::count("entries", entries.len(), MAX_ITEMS),
            Stored::Plain(_) => Ok(()),
        };
        checked.map_err(|rule| (field.to_owned(), rule))?;
    }
    relations::one(state, id, entity).map_err(|(field, rule)| (field.to_string(), rule))
}

fn is_required(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Ref { presence: Presence::Required, .. })
}

/// Whether a field can do without its value: what an entity is, and what it cannot be without, stays.
fn may_reset(entity: &Entity, field: &str) -> bool {
    field != "kind" && entity.descriptor().field(field).is_none_or(|field| !is_required(&field.kind))
}
