//! How wide strips and sends are: as the widest of what goes in, and at least stereo.

use crate::graph::{Cable, GraphNode, Lane};
use crate::processor::{Buses, Ports};

/// Makes the nodes marked in `is_level`, which are stereo, as wide as what goes in. The cables form no circle.
pub(super) fn widen(nodes: &mut [GraphNode], cables: &[Cable], is_level: &[bool]) {
    let out = |node: &GraphNode, port: u16| node.ports.audio_out.channels(usize::from(port));
    let into_levels = cables
        .iter()
        .filter(|cable| cable.lane == Lane::Audio && cable.to.port == 0 && is_level[cable.to.node]);
    let is_wide = |cable: &&Cable| out(&nodes[cable.from.node], cable.from.port) > 2;
    let mut wide: Vec<Cable> = into_levels.clone().filter(is_wide).copied().collect();
    let levels: Vec<Cable> = if wide.is_empty() {
        return;
    } else {
        into_levels.filter(|cable| is_level[cable.from.node]).copied().collect()
    };
    // What gets wider has what it feeds looked at once more; that ends, as widths only grow.
    while let Some(Cable { from, to, .. }) = wide.pop() {
        let channels = out(&nodes[from.node], from.port);
        if channels > out(&nodes[to.node], 0) {
            let buses = Buses::new([channels]);
            nodes[to.node].ports = Ports { audio_in: buses, audio_out: buses, ..nodes[to.node].ports };
            wide.extend(levels.iter().filter(|cable| cable.from.node == to.node));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::End;

    #[test]
    fn levels_are_as_wide_as_the_widest_that_reaches_them() {
        let source = |channels| Ports { audio_out: Buses::new([channels]), ..Ports::default() };
        // Sources of 1, 2, 6 and 4; then strips, the last of which stand in a row; then a device.
        let ports = [source(1), source(2), source(6), source(4)].into_iter().chain([Ports::EFFECT; 5]);
        let mut nodes: Vec<GraphNode> =
            ports.map(|ports| GraphNode { ports, ..GraphNode::default() }).collect();
        let pairs = [(0, 4), (6, 7), (5, 6), (1, 5), (3, 5), (2, 6), (7, 8), (1, 7)];
        let end = |node| End { node, port: 0 };
        let cables = pairs.map(|(from, to)| Cable { lane: Lane::Audio, from: end(from), to: end(to) });
        let is_level = [false, false, false, false, true, true, true, true, false];
        widen(&mut nodes, &cables, &is_level);
        let widths: Vec<usize> = nodes.iter().map(|node| node.ports.audio_in.channels(0)).collect();
        assert_eq!(widths, [0, 0, 0, 0, 2, 4, 6, 6, 2]);
    }
}
