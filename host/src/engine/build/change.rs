//! What has to happen when one schedule takes the place of another.

use std::collections::BTreeSet;

use protocol::NodeId;

use crate::engine::session::{Built, Edge};
use crate::graph::{DelayLine, Lane};
use crate::math::to_u32;

/// What happens between two schedules.
#[derive(Default)]
pub(super) struct Change {
    pub carry: Vec<(u32, u32)>,
    pub carry_delays: Vec<(u32, u32)>,
    pub fade_out: Vec<u32>,
    pub fade_in: Vec<u32>,
    pub release: Vec<u32>,
}

impl Change {
    pub fn new(before: &Built, after: &Built, survivors: &BTreeSet<NodeId>) -> Self {
        let mut change = Self::default();
        for id in survivors {
            change.carry.push((before.nodes[id].index, after.nodes[id].index));
        }
        for (new, (id, line)) in (0..).zip(&after.delays) {
            let same = |(old_id, old): &(NodeId, DelayLine)| {
                old_id == id
                    && (old.source.port, old.lane, old.frames) == (line.source.port, line.lane, line.frames)
            };
            if let Some(old) = before.delays.iter().position(same) {
                change.carry_delays.push((to_u32(old), new));
            }
        }
        // A cable that comes or goes at a node that stays would be heard as a step; so its source fades.
        let stays = |edge: &Edge| survivors.contains(&edge.from.0) && survivors.contains(&edge.to.0);
        for edge in before.edges.iter().filter(|edge| survivors.contains(&edge.to.0)) {
            if stays(edge) && after.edges.contains(edge) {
                continue;
            }
            match edge.lane {
                Lane::Audio => change.fade_out.push(before.nodes[&edge.from.0].index),
                Lane::Events => change.release.push(after.nodes[&edge.to.0].index),
            }
        }
        for edge in
            after.edges.iter().filter(|edge| edge.lane == Lane::Audio && survivors.contains(&edge.to.0))
        {
            if !(stays(edge) && before.edges.contains(edge)) {
                change.fade_in.push(after.nodes[&edge.from.0].index);
            }
        }
        change.carry.sort_unstable();
        for list in [&mut change.fade_out, &mut change.fade_in, &mut change.release] {
            list.sort_unstable();
            list.dedup();
        }
        change
    }
}
