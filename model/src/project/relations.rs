//! Rules that span entities, checked once a transaction is applied: routing has no cycles, macro slots are unique,
//! parameters exist.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{DeviceKind, Edit, EntityId};

use super::apply::{error, label};
use super::{EditError, EditRule, State};

/// Checks what these edits can have broken.
pub(crate) fn check(state: &State, edits: &[Edit]) -> Result<(), EditError> {
    let mut routing = false;
    let mut slots = false;
    for edit in edits {
        let (id, fields): (EntityId, Vec<&str>) = match edit {
            Edit::Create { id, fields, .. } => (*id, fields.keys().map(String::as_str).collect()),
            Edit::Set { id, field, .. } | Edit::Rows { id, field, .. } | Edit::Numbers { id, field, .. } => {
                (*id, vec![field.as_str()])
            }
            Edit::Delete { .. } => continue,
        };
        let Some(entity) = state.entity(id) else { continue };
        match entity.table() {
            "tracks" => routing |= fields.contains(&"output"),
            "sends" => routing |= fields.contains(&"target") || fields.contains(&"track"),
            "devices" => {
                routing |= fields.contains(&"sidechain") || fields.contains(&"track");
                device(state, id)?;
            }
            "macros" => {
                slots |= fields.contains(&"slot") || fields.is_empty() || matches!(edit, Edit::Create { .. })
            }
            "lanes" | "macro_targets" => param(state, id)?,
            "clips" => clip(state, id)?,
            _ => {}
        }
    }
    if slots {
        unique_slots(state)?;
    }
    if routing { acyclic(state) } else { Ok(()) }
}

fn unique_slots(state: &State) -> Result<(), EditError> {
    let mut taken = BTreeSet::new();
    for id in state.table("macros") {
        let slot = state.entity(id).map_or(0, |entity| entity.int("slot"));
        if !taken.insert(slot) {
            return Err(error(state, id, Some("slot"), EditRule::SlotTaken(slot)));
        }
    }
    Ok(())
}

fn device(state: &State, id: EntityId) -> Result<(), EditError> {
    let Some(entity) = state.entity(id) else { return Ok(()) };
    if entity.text("format") != "builtin" {
        return Ok(());
    }
    // A device of a newer version is kept as it is, and plays as a placeholder.
    let Some(kind) = DeviceKind::from_key(entity.text("plugin")) else { return Ok(()) };
    let Some(protocol::Value::Numbers(params)) = entity.plain("params") else { return Ok(()) };
    for (key, &value) in params {
        let Some(param) = kind.param(key) else {
            return Err(error(state, id, Some("params"), EditRule::UnknownParam(key.clone())));
        };
        if !(param.min..=param.max).contains(&value) {
            let text = |value: f64| param.text(value);
            let rule = EditRule::OutOfRange {
                value: format!("{key} = {value}"),
                min: text(param.min),
                max: text(param.max),
                unit: String::new(),
            };
            return Err(error(state, id, Some("params"), rule));
        }
    }
    Ok(())
}

fn param(state: &State, id: EntityId) -> Result<(), EditError> {
    let Some(entity) = state.entity(id) else { return Ok(()) };
    let Some(owner) = entity.reference("owner").and_then(|owner| state.entity(owner)) else { return Ok(()) };
    let key = entity.text("param");
    if crate::plan::param_id(owner, key).is_none() {
        return Err(error(state, id, Some("param"), EditRule::UnknownParam(key.to_owned())));
    }
    Ok(())
}

fn clip(state: &State, id: EntityId) -> Result<(), EditError> {
    let Some(entity) = state.entity(id) else { return Ok(()) };
    if entity.text("kind") == "audio" && entity.rows("notes").is_some() {
        let rule = EditRule::NotForThisKind("an audio clip holds no notes");
        return Err(error(state, id, Some("notes"), rule));
    }
    if entity.text("kind") == "notes" && entity.blob("media").is_some() {
        let rule = EditRule::NotForThisKind("a clip of notes holds no audio");
        return Err(error(state, id, Some("media"), rule));
    }
    Ok(())
}

/// Every track that a track feeds: output, sends, and the sidechains that listen to it.
pub(crate) fn feeds(state: &State) -> BTreeMap<EntityId, Vec<EntityId>> {
    let mut feeds: BTreeMap<EntityId, Vec<EntityId>> = BTreeMap::new();
    let master = state.master();
    for id in state.table("tracks") {
        let output = state.entity(id).and_then(|track| track.reference("output"));
        if id != master {
            feeds.entry(id).or_default().push(output.unwrap_or(master));
        }
    }
    for (table, from, to) in [("sends", "track", "target"), ("devices", "sidechain", "track")] {
        for id in state.table(table) {
            let Some(entity) = state.entity(id) else { continue };
            if let (Some(from), Some(to)) = (entity.reference(from), entity.reference(to)) {
                feeds.entry(from).or_default().push(to);
            }
        }
    }
    feeds
}

fn acyclic(state: &State) -> Result<(), EditError> {
    let feeds = feeds(state);
    let mut done = BTreeSet::new();
    let mut path: Vec<(EntityId, usize)> = Vec::new();
    for &start in feeds.keys() {
        if done.contains(&start) {
            continue;
        }
        path.push((start, 0));
        while let Some((track, next)) = path.last_mut() {
            let (track, targets) = (*track, feeds.get(track));
            let Some(&to) = targets.and_then(|targets| targets.get(*next)) else {
                done.insert(track);
                path.pop();
                continue;
            };
            *next += 1;
            if let Some(at) = path.iter().position(|(on_path, _)| *on_path == to) {
                let round = path[at..].iter().map(|(id, _)| *id).chain([to]);
                let names: Vec<String> = round.map(|id| label(state, id)).collect();
                return Err(error(state, track, None, EditRule::RoutingCycle(names.join(" -> "))));
            }
            if !done.contains(&to) {
                path.push((to, 0));
            }
        }
    }
    Ok(())
}
