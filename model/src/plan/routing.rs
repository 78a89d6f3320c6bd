//! Who is let through by solo, resolved over the routing.

use std::collections::BTreeSet;

use protocol::EntityId;

use crate::project::{Project, routing};

/// The tracks that solo lets through; `None` where no track is soloed.
///
/// They are the soloed tracks, everything that feeds them (a soloed bus needs its sources), and everything on their way
/// to the output (buses and the targets of their sends). Mute is another matter, and wins.
pub(super) fn open(project: &Project) -> Option<BTreeSet<EntityId>> {
    let soloed: Vec<EntityId> =
        project.tracks().filter(|track| track.solo()).map(|track| track.id().0).collect();
    if soloed.is_empty() {
        return None;
    }
    let state = project.state();
    let mut open = reach(&soloed, |id| routing::targets(state, id));
    open.extend(reach(&soloed, |id| routing::sources(state, id)));
    open.insert(project.master().id().0);
    Some(open)
}

/// Everything that can be reached, the starts included.
pub(super) fn reach(from: &[EntityId], next: impl Fn(EntityId) -> Vec<EntityId>) -> BTreeSet<EntityId> {
    let mut reached = BTreeSet::new();
    let mut open = from.to_vec();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(next(id));
        }
    }
    reached
}
