//! What has to happen when one schedule takes the place of another.

use std::collections::BTreeSet;

use protocol::NodeId;

use crate::engine::session::{Built, Edge};
use crate::graph::Lane;
use crate::math::to_usize;

/// What happens between two schedules.
#[derive(Default)]
pub(super) struct Change {
    pub moved: Vec<Option<u32>>,
    pub leave: Vec<u32>,
    pub fade_out: Vec<u32>,
    pub fade_in: Vec<u32>,
    pub release: Vec<u32>,
}

impl Change {
    pub fn new(before: &Built, after: &Built, survivors: &BTreeSet<NodeId>) -> Self {
        let mut change = Self { moved: vec![None; before.nodes.len()], ..Self::default() };
        for (id, node) in &before.nodes {
            if survivors.contains(id) {
                change.moved[to_usize(node.index)] = Some(after.nodes[id].index);
            } else {
                change.leave.push(node.index);
            }
        }
        // A cable that comes or goes at a node that stays would be heard as a step; so its source fades: out if it is there
        // before, and in if it is there after, since what else it feeds must hear no step either.
        let stays = |edge: &Edge| survivors.contains(&edge.from.0) && survivors.contains(&edge.to.0);
        let lacking = |edges: &BTreeSet<Edge>, from: &BTreeSet<Edge>| -> Vec<Edge> {
            let at_survivors = edges.iter().filter(|edge| survivors.contains(&edge.to.0));
            at_survivors.filter(|edge| !(stays(edge) && from.contains(edge))).copied().collect()
        };
        let (gone, new) = (lacking(&before.edges, &after.edges), lacking(&after.edges, &before.edges));
        for edge in gone.iter().filter(|edge| edge.lane == Lane::Events) {
            change.release.push(after.nodes[&edge.to.0].index);
        }
        for edge in gone.iter().chain(&new).filter(|edge| edge.lane == Lane::Audio) {
            let source = |built: &Built| built.nodes.get(&edge.from.0).map(|node| node.index);
            change.fade_out.extend(source(before));
            change.fade_in.extend(source(after));
        }
        for list in [&mut change.fade_out, &mut change.fade_in, &mut change.release] {
            list.sort_unstable();
            list.dedup();
        }
        change
    }
}
