//! Where the signal goes from track to track, and that it never comes back.

use std::collections::HashMap;

use protocol::EntityId;

use super::apply::{error, label};
use super::{EditError, EditRule, State};

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

fn sidechains(state: &State, track: EntityId) -> impl Iterator<Item = EntityId> + use<'_> {
    let devices = state.referring(track, "devices", "sidechain");
    devices.filter_map(|device| state.entity(device)?.reference("track"))
}

/// Refuses circles that go through any of these tracks.
pub(super) fn acyclic(state: &State, starts: impl IntoIterator<Item = EntityId>) -> Result<(), EditError> {
    // Depth first. A track on the way is `true`; one whose every way on has been seen is `false`.
    let mut seen: HashMap<EntityId, bool> = HashMap::new();
    for start in starts {
        if seen.contains_key(&start) {
            continue;
        }
        let mut way = vec![(start, targets(state, start))];
        seen.insert(start, true);
        while let Some((track, onward)) = way.last_mut() {
            let Some(next) = onward.pop() else {
                seen.insert(*track, false);
                way.pop();
                continue;
            };
            match seen.get(&next) {
                None => {
                    seen.insert(next, true);
                    way.push((next, targets(state, next)));
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
