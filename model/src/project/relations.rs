//! Rules that span fields and entities, checked for everything a transaction touched once it is applied: references
//! hold, routing has no cycles, macro slots are unique, parameters exist.

use protocol::{DeviceKind, EntityId, ParamDescriptor, Row, Value};

use super::apply::error;
use super::draft::{Draft, Touched};
use super::{EditError, EditRule, State, check, routing};
use crate::entity::{Entity, Name};
use crate::schema::FieldKind;

mod declared;

/// Checks what a draft can have broken.
pub(super) fn check(draft: &Draft) -> Result<(), EditError> {
    let state = &draft.state;
    let mut routed = Vec::new();
    for (&id, Touched { before, after }) in &draft.touched {
        let Some(entity) = after else { continue };
        let refuse = |(field, rule): (Name, EditRule)| error(state, id, Some(&field), rule);
        if before.is_none() {
            let limit = entity.descriptor().max_entities;
            check::count(entity.table(), state.index.count_beside(entity), limit)
                .map_err(|rule| error(state, id, None, rule))?;
        }
        one(state, id, entity).map_err(refuse)?;
        let same =
            |field| before.as_ref().is_some_and(|before| before.reference(field) == entity.reference(field));
        routed.extend(match entity.table() {
            "tracks" if !same("output") => Some(id),
            "sends" if !same("track") || !same("target") => entity.reference("track"),
            "devices" if !same("track") || !same("sidechain") => entity.reference("sidechain"),
            _ => None,
        });
        routed.extend(routing::followed(state, id, entity));
    }
    routing::acyclic(state, routed)
}

pub(super) type Checked = Result<(), (&'static str, EditRule)>;

/// Checks everything that one entity by itself can break. Circles apart, for they take several.
pub(super) fn one(state: &State, id: EntityId, entity: &Entity) -> Result<(), (Name, EditRule)> {
    let built_in = references(state, entity).and_then(|()| match entity.table() {
        "tracks" => track(state, id, entity),
        "clips" => clip(state, entity),
        "devices" => device(entity),
        "sends" => send(state, entity),
        "lanes" => lane(state, id, entity),
        "macros" => slot(state, id, entity),
        "macro_targets" => macro_target(state, entity),
        "tables" => declared::table(id, entity),
        "fields" => declared::field(id, entity),
        "edges" => declared::edge(id, entity),
        _ => Ok(()),
    });
    built_in.map_err(|(field, rule)| (Name::fixed(field), rule))?;
    user_references(state, entity)
}

fn references(state: &State, entity: &Entity) -> Checked {
    for field in entity.descriptor().fields {
        let FieldKind::Ref { tables, .. } = &field.kind else { continue };
        let Some(target) = entity.reference(field.name) else { continue };
        let found = state.entity(target).ok_or((field.name, EditRule::Dangling(target)))?.table();
        if !tables.is_empty() && !tables.contains(found) {
            let expected = tables.join(" or ");
            return Err((field.name, EditRule::WrongTarget { found, expected }));
        }
    }
    Ok(())
}

/// Checks that what an entity names in users' tables is there; the path that names something else.
fn user_references(state: &State, entity: &Entity) -> Result<(), (Name, EditRule)> {
    let gone = |(_, target): &(&Name, EntityId)| state.entity(*target).is_none();
    match entity.user_references().find(gone) {
        Some((path, target)) => Err((path.clone(), EditRule::Dangling(target))),
        None => Ok(()),
    }
}

fn track_kind(state: &State, track: Option<EntityId>) -> &str {
    track.and_then(|track| state.entity(track)).map_or("", |track| track.text("kind"))
}

fn track(state: &State, id: EntityId, track: &Entity) -> Checked {
    let kind = track.text("kind");
    let not_for_this_kind = |field, rule| Err((field, EditRule::NotForThisKind(rule)));
    if kind == "master" {
        if id != state.master() {
            return Err(("kind", EditRule::Singleton("the master track")));
        }
        for field in ["output", "output_bus", "input", "input_bus"] {
            if track.fields.has(field) {
                return not_for_this_kind(field, "the master is the last station: it has no input or output");
            }
        }
    }
    if track.bool("armed") && matches!(kind, "bus" | "master") {
        return not_for_this_kind("armed", "only audio and instrument tracks can be armed");
    }
    if track.text("input") != "none" && kind != "audio" {
        return not_for_this_kind("input", "only audio tracks hear live audio");
    }
    if track.int("input_bus") > 0 && kind != "audio" {
        return not_for_this_kind("input_bus", "only audio tracks hear live audio");
    }
    match track.reference("output") {
        Some(output) if !matches!(track_kind(state, Some(output)), "bus" | "master") => {
            not_for_this_kind("output", "a track goes to a bus or to the master")
        }
        _ => Ok(()),
    }
}

fn clip(state: &State, clip: &Entity) -> Checked {
    let track = track_kind(state, clip.reference("track"));
    let not_for_this_kind = |field, rule| Err((field, EditRule::NotForThisKind(rule)));
    match clip.text("kind") {
        "audio" if clip.rows("notes").is_some() => not_for_this_kind("notes", "an audio clip holds no notes"),
        "audio" if clip.rows("events").is_some() => {
            not_for_this_kind("events", "an audio clip holds no MIDI messages")
        }
        "audio" if track != "audio" => not_for_this_kind("track", "an audio clip lies on an audio track"),
        "notes" if clip.blob("media").is_some() => {
            not_for_this_kind("media", "a clip of notes holds no audio")
        }
        "notes" if track != "instrument" => {
            not_for_this_kind("track", "a clip of notes lies on an instrument track")
        }
        _ => Ok(()),
    }
}

fn device(device: &Entity) -> Checked {
    let builtin = DeviceKind::from_key(device.text("plugin")).filter(|_| device.text("format") == "builtin");
    let deaf = builtin.is_some_and(|kind| kind != DeviceKind::Compressor);
    let no_sidechain = EditRule::NotForThisKind("only compressors and plugins have a sidechain");
    if deaf && device.reference("sidechain").is_some() {
        return Err(("sidechain", no_sidechain));
    }
    if deaf && device.text("sidechain_input") != "none" {
        return Err(("sidechain_input", no_sidechain));
    }
    let Some(Value::Numbers(params)) = device.plain("params") else { return Ok(()) };
    for (key, &value) in params {
        let known = param(device, key).ok_or_else(|| ("params", EditRule::UnknownParam(key.clone())))?;
        in_range(known, key, value).map_err(|rule| ("params", rule))?;
    }
    Ok(())
}

fn send(state: &State, send: &Entity) -> Checked {
    let target = track_kind(state, send.reference("target"));
    // What goes to a device's input goes wherever the device is.
    if target == "bus" || send.int("input") > 0 || (target == "audio" && send.int("output") > 0) {
        return Ok(());
    }
    let rule = if send.int("output") > 0 {
        "an output of a device goes to a bus or an audio track"
    } else {
        "a send goes to a bus"
    };
    Err(("target", EditRule::NotForThisKind(rule)))
}

fn lane(state: &State, id: EntityId, lane: &Entity) -> Checked {
    let Some(owner) = lane.reference("owner") else { return Ok(()) };
    let key = lane.text("param");
    let known = owned_param(state, owner, key)?;
    for (_, row) in lane.rows("points").into_iter().flatten() {
        if let Row::Point(point) = row {
            in_range(known, key, point.value).map_err(|rule| ("points", rule))?;
        }
    }
    let same = |other: &EntityId| {
        *other != id && state.entity(*other).is_some_and(|other| other.text("param") == key)
    };
    match state.referring(owner, "lanes", "owner").find(same) {
        Some(other) => Err(("param", EditRule::LaneTaken(other))),
        None => Ok(()),
    }
}

fn macro_target(state: &State, target: &Entity) -> Checked {
    let Some(owner) = target.reference("owner") else { return Ok(()) };
    let key = target.text("param");
    let known = owned_param(state, owner, key)?;
    ["min", "max"].into_iter().try_for_each(|field| {
        // A bound that was never given is the default of the field, which need not suit the parameter.
        if !target.fields.has(field) {
            return Ok(());
        }
        in_range(known, key, target.float(field)).map_err(|rule| (field, rule))
    })
}

fn slot(state: &State, id: EntityId, entity: &Entity) -> Checked {
    match state.index.beside(entity).find(|&other| other != id) {
        Some(_) => Err(("slot", EditRule::SlotTaken(entity.int("slot")))),
        None => Ok(()),
    }
}

fn owned_param(
    state: &State,
    owner: EntityId,
    key: &str,
) -> Result<Option<&'static ParamDescriptor>, (&'static str, EditRule)> {
    let unknown = || ("param", EditRule::UnknownParam(key.to_owned()));
    state.entity(owner).and_then(|owner| param(owner, key)).ok_or_else(unknown)
}

/// The parameter of an entity with a key, and what is known of it: nothing for plugins.
fn param(owner: &Entity, key: &str) -> Option<Option<&'static ParamDescriptor>> {
    let unknown_builtin = owner.table() == "devices"
        && owner.text("format") == "builtin"
        && DeviceKind::from_key(owner.text("plugin")).is_none();
    if unknown_builtin {
        // A device of a newer version is kept as it is.
        return Some(None);
    }
    crate::plan::param_id(owner, key)?;
    Some(crate::plan::known_params(owner).and_then(|params| params.iter().find(|param| param.key == key)))
}

fn in_range(param: Option<&ParamDescriptor>, key: &str, value: f64) -> Result<(), EditRule> {
    match param {
        Some(param) if !(param.min..=param.max).contains(&value) => Err(EditRule::OutOfRange {
            value: format!("{key} = {value}"),
            min: param.text(param.min),
            max: param.text(param.max),
            unit: String::new(),
        }),
        _ => Ok(()),
    }
}
