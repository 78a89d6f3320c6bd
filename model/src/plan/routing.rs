//! Who is heard: mute and solo, resolved over the routing.

use std::collections::BTreeSet;

use protocol::EntityId;

use crate::project::{Project, routing};

/// The tracks that are heard.
///
/// Without a solo, all that are not muted. With one: the soloed tracks, everything that feeds them (a soloed bus needs
/// its sources), and everything on their way to the output (buses and the targets of their sends). Mute wins over solo.
pub(super) fn audible(project: &Project) -> BTreeSet<EntityId> {
    let all = || project.tracks().chain([project.master()]);
    let soloed: Vec<EntityId> = all().filter(|track| track.solo()).map(|track| track.id().0).collect();
    let mut heard: BTreeSet<EntityId> = if soloed.is_empty() {
        all().map(|track| track.id().0).collect()
    } else {
        let state = project.state();
        let downstream = reach(&soloed, |id| routing::targets(state, id));
        let upstream = reach(&soloed, |id| routing::sources(state, id));
        downstream.union(&upstream).copied().collect()
    };
    for track in all().filter(|track| track.mute()) {
        heard.remove(&track.id().0);
    }
    heard
}

fn reach(from: &[EntityId], next: impl Fn(EntityId) -> Vec<EntityId>) -> BTreeSet<EntityId> {
    let mut reached = BTreeSet::new();
    let mut open = from.to_vec();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(next(id));
        }
    }
    reached
}
