//! Where the signal goes from track to track, and that it never comes back.

use std::collections::{BTreeSet, HashMap};

use protocol::EntityId;

use super::apply::{error, label};
use super::{EditError, EditRule, State};
use crate::entity::Entity;

/// The tracks that a track's signal goes to: its output, the buses it sends to, and the tracks whose sidechains hear
/// it.
pub(crate) fn targets(state: &State, track: EntityId) -> Vec<EntityId> {
    let output = (track != state.master())
        .then(|| state.entity(track).and_then(|track| track.reference("output")).unwrap_or(state.master()));
    let sends = state.referring(track, "sends", "track");
    let sends = sends.filter_map(|send| state.entity(send)?.reference("target"));
    output.into_iter().chain(sends).chain(sidechains(state, track)).collect()
}

/// The tracks whose signal comes to a track by their output, a send or a
/// sidechain.
pub(crate) fn sources(state: &State, track: EntityId) -> Vec<EntityId> {
    let outputs = state.referring(track, "tracks", "output");
    let devices = state.referring(track, "devices", "track");
    let keys = devices.filter_map(|device| state.entity(device)?.reference("sidechain"));
    let sends = state.referring(track, "sends", "target");
    let sends = sends.filter_map(|send| state.entity(send)?.reference("track"));
    outputs.chain(keys).chain(sends).collect()
}

/// The tracks that a track moves parameters on, by what follows its loudness, and by which modulations. What it moves
/// of its own is heard before it gets there, so that is no circle.
pub(super) fn followers(
    state: &State,
    track: EntityId,
) -> impl Iterator<Item = (EntityId, EntityId)> + use<'_> {
    let named = state.referring(track, "modulators", "source");
    let own = state.referring(track, "modulators", "track");
    let modulators: BTreeSet<EntityId> = named.chain(own).collect();
    let is_its = move |id: &EntityId| state.entity(*id).and_then(source) == Some(track);
    let modulations = modulators
        .into_iter()
        .filter(is_its)
        .flat_map(|modulator| state.referring(modulator, "modulations", "modulator"));
    modulations.filter_map(move |id| {
        let owner = state.entity(id)?.reference("owner")?;
        let moved = state.track_of(owner, state.entity(owner)?)?;
        (moved != track).then_some((moved, id))
    })
}

/// The tracks whose loudness is followed by a modulator, by that of a modulation, or by those that move a device.
pub(crate) fn followed(state: &State, id: EntityId, entity: &Entity) -> Vec<EntityId> {
    let of = |modulation: EntityId| {
        let modulator = state.entity(modulation)?.reference("modulator")?;
        source(state.entity(modulator)?)
    };
    match entity.table() {
        "modulators" => source(entity).into_iter().collect(),
        "modulations" => of(id).into_iter().collect(),
        "devices" | "sends" => state.referring(id, "modulations", "owner").filter_map(of).collect(),
        _ => Vec::new(),
    }
}

/// The track that a modulator follows, if it is a follower.
fn source(modulator: &Entity) -> Option<EntityId> {
    let source = || modulator.reference("source").or_else(|| modulator.reference("track"));
    (modulator.text("kind") == "follower").then(source)?
}

/// Where the signal goes on from a track, for whoever looks for circles.
fn onward(state: &State, track: EntityId) -> Vec<EntityId> {
    let mut onward = targets(state, track);
    onward.extend(followers(state, track).map(|(moved, _)| moved));
    onward
}

fn sidechains(state: &State, track: EntityId) -> impl Iterator<Item = EntityId> + use<'_> {
    let devices = state.referring(track, "devices", "sidechain");
    devices.filter_map(|device| state.entity(device)?.reference("track"))
}

/// Refuses circles that go through any of these tracks. A follower is a cable like any other.
pub(super) fn acyclic(state: &State, starts: impl IntoIterator<Item = EntityId>) -> Result<(), EditError> {
    // Depth first. A track on the way is `true`; one whose every way on has been seen is `false`.
    let mut seen: HashMap<EntityId, bool> = HashMap::new();
    for start in starts {
        if seen.contains_key(&start) {
            continue;
        }
        let mut way = vec![(start, onward(state, start))];
        seen.insert(start, true);
        while let Some((track, ways)) = way.last_mut() {
            let Some(next) = ways.pop() else {
                seen.insert(*track, false);
                way.pop();
                continue;
            };
            match seen.get(&next) {
                None => {
                    seen.insert(next, true);
                    way.push((next, onward(state, next)));
                }
                Some(false) => {}
                Some(true) => {
                    let round = way.iter().map(|(track, _)| *track).skip_while(|&track| track != next);
                    let names: Vec<String> = round.chain([next]).map(|track| label(state, track)).collect();
                    return Err(error(state, next, None, EditRule::RoutingCycle(names.join(" -> "))));
                }
            }
        }
    }
    Ok(())
}
