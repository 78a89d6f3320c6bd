//! What has to happen when one schedule takes the place of another.

use std::collections::BTreeSet;

use protocol::NodeId;

use crate::engine::session::{Built, Edge, Line};
use crate::engine::swap::{LineIn, LineStart};
use crate::graph::Lane;
use crate::math::to_usize;

/// What happens between two schedules.
#[derive(Default)]
pub(super) struct Change {
    pub moved: Vec<Option<u32>>,
    pub leave: Vec<u32>,
    pub fade_out: Vec<u32>,
    pub fade_in: Vec<u32>,
    pub lines_out: Vec<u32>,
    pub lines_in: Vec<LineIn>,
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
        // A cable that comes or goes at a node that stays would be heard as a step. So what its reader reads fades: out if it
        // is there before, and in if it is there after, since who else reads it must hear no step either.
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
            let line = edge.line();
            // A line that stays when its source is replaced has something of both: they meet in it.
            let is_fed_anew = |line: &Line| {
                !survivors.contains(&edge.from.0)
                    && before.delays.contains_key(line)
                    && after.delays.contains_key(line)
            };
            if line.as_ref().is_none_or(is_fed_anew) {
                let source = |built: &Built| built.nodes.get(&edge.from.0).map(|node| node.index);
                change.fade_out.extend(source(before));
                change.fade_in.extend(source(after));
            }
            let is_same = before.edges.contains(edge) && after.edges.contains(edge);
            if let Some(line) = line.filter(|line| !(is_same && is_fed_anew(line))) {
                change.lines_out.extend(before.delays.get(&line).map(|info| info.index));
                change.lines_in.extend(line_in(line, before, after, survivors));
            }
        }
        // Sound comes out of new lines and of new nodes that are late when the fades of new nodes beyond them are long over.
        let new_nodes = after.nodes.iter().filter(|(id, _)| !survivors.contains(id)).map(|(_, node)| node);
        change.fade_in.extend(new_nodes.filter(|node| node.latency > 0).map(|node| node.index));
        let new_lines = after.edges.iter().filter(|edge| edge.lane == Lane::Audio).filter_map(Edge::line);
        let new_lines = new_lines.filter(|line| !before.delays.contains_key(line));
        change.lines_in.extend(new_lines.filter_map(|line| line_in(line, before, after, survivors)));
        for list in [&mut change.fade_out, &mut change.fade_in, &mut change.release, &mut change.lines_out] {
            list.sort_unstable();
            list.dedup();
        }
        change.lines_in.sort_unstable_by_key(|line| line.index);
        change.lines_in.dedup_by_key(|line| line.index);
        change
    }
}

/// How a line comes in; `None` if it is not there after.
fn line_in(line: Line, before: &Built, after: &Built, survivors: &BTreeSet<NodeId>) -> Option<LineIn> {
    let index = after.delays.get(&line)?.index;
    let start = if before.delays.contains_key(&line) {
        LineStart::Kept
    } else {
        let other = before.delays.range(line.of_any_width()).next();
        // Another source has nothing to do with what is in the line.
        match other.filter(|_| survivors.contains(&line.source())) {
            Some((_, other)) => LineStart::Of(other.index),
            None => LineStart::Empty { frames: line.frames() },
        }
    };
    Some(LineIn { index, start })
}
