//! Which frozen tracks are out of date.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use protocol::EntityId;

use super::routing::reach;
use crate::entity::Entity;
use crate::project::{Project, Stamp, routing};
use crate::view::TrackId;

/// Tables that what a track sounds like rests on, besides the tracks themselves.
const COMMON: [&str; 7] =
    ["project", "tempo", "signatures", "macros", "macro_targets", "modulators", "modulations"];

/// Watches a project as it changes for frozen tracks whose audio is not what they would render now. A track is looked
/// into again only when it changes, or what feeds it, or tempo, macros and modulators do.
#[derive(Debug, Default)]
pub struct Frozen {
    common: Vec<Arc<Entity>>,
    tracks: HashMap<EntityId, Known>,
}

#[derive(Debug)]
struct Known {
    /// Of the track and of all that feed it.
    stamps: Vec<Option<Stamp>>,
    is_stale: bool,
}

impl Frozen {
    /// One that has seen no project.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The frozen tracks of a project that are out of date.
    pub fn stale(&mut self, project: &Project) -> BTreeSet<TrackId> {
        let frozen: Vec<_> = project.tracks().filter(|track| track.frozen().is_some()).collect();
        if frozen.is_empty() {
            *self = Self::default();
            return BTreeSet::new();
        }
        let state = project.state();
        let shared = |name| project.table(name).filter_map(|id| state.shared(id).cloned());
        let common: Vec<Arc<Entity>> = COMMON.into_iter().flat_map(shared).collect();
        let same = common.len() == self.common.len()
            && common.iter().zip(&self.common).all(|(a, b)| Arc::ptr_eq(a, b));
        let mut before = std::mem::take(&mut self.tracks);
        let mut stale = BTreeSet::new();
        for track in frozen {
            let id = track.id().0;
            let heard = reach(&[id], |id| routing::sources(state, id));
            let stamps: Vec<_> = heard.into_iter().map(|id| state.stamp(id).cloned()).collect();
            let known = before.remove(&id).filter(|known| same && known.stamps == stamps);
            let is_stale = known.map_or_else(
                || {
                    let now = super::fingerprint(project, track.id());
                    !now.is_ok_and(|now| now.to_string() == track.frozen_of())
                },
                |known| known.is_stale,
            );
            if is_stale {
                stale.insert(track.id());
            }
            self.tracks.insert(id, Known { stamps, is_stale });
        }
        self.common = common;
        stale
    }
}
