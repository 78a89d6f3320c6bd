//! Cables of the plan that end at ports which their nodes turn out not to have.
//!
//! A plan is made without knowing the ports of plugins: it sends notes and audio into every plugin of a chain, and on
//! from it. What a plugin does not take goes past it: notes past an effect that has no use for them, audio past an
//! instrument without input.

use crate::graph::{Cable, End, GraphNode, Lane};

/// A graph's nodes, and the cables as planned.
pub(super) struct Routing<'a> {
    nodes: &'a [GraphNode],
    /// Which nodes let pass what they do not take.
    passes: &'a [bool],
    into: Vec<Vec<Cable>>,
    out_of: Vec<Vec<Cable>>,
}

impl<'a> Routing<'a> {
    /// The cables form no circle.
    pub fn new(nodes: &'a [GraphNode], passes: &'a [bool], planned: &[Cable]) -> Self {
        let (mut into, mut out_of) = (vec![Vec::new(); nodes.len()], vec![Vec::new(); nodes.len()]);
        for &cable in planned {
            into[cable.to.node].push(cable);
            out_of[cable.from.node].push(cable);
        }
        Self { nodes, passes, into, out_of }
    }

    /// The cables that do what a planned one is meant to do. None if it leads nowhere.
    pub fn resolve(&self, planned: Cable) -> Vec<Cable> {
        let lane = planned.lane;
        let targets = self.targets(lane, planned.to);
        let sources = self.sources(lane, planned.from);
        let pairs = sources.iter().flat_map(|&from| targets.iter().map(move |&to| Cable { lane, from, to }));
        pairs.collect()
    }

    fn sources(&self, lane: Lane, end: End) -> Vec<End> {
        let ports = self.nodes[end.node].ports;
        let exists = match lane {
            Lane::Audio => ports.audio_out.has(end.port),
            Lane::Events => end.port == 0 && ports.events_out,
        };
        if exists {
            return vec![end];
        }
        let feeds = self.passed(&self.into[end.node], lane, end, |cable| cable.to.port);
        feeds.flat_map(|cable| self.sources(lane, cable.from)).collect()
    }

    fn targets(&self, lane: Lane, end: End) -> Vec<End> {
        let ports = self.nodes[end.node].ports;
        let exists = match lane {
            Lane::Audio => ports.audio_in.has(end.port),
            Lane::Events => end.port == 0 && ports.events_in,
        };
        if exists {
            return vec![end];
        }
        let fed = self.passed(&self.out_of[end.node], lane, end, |cable| cable.from.port);
        fed.flat_map(|cable| self.targets(lane, cable.to)).collect()
    }

    /// The cables on the other side of a node that lets its main signal pass.
    fn passed<'c>(
        &self,
        cables: &'c [Cable],
        lane: Lane,
        end: End,
        port: impl Fn(&Cable) -> u16 + 'c,
    ) -> impl Iterator<Item = &'c Cable> {
        let passes = self.passes[end.node] && end.port == 0;
        cables.iter().filter(move |cable| passes && cable.lane == lane && port(cable) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::{Buses, Ports};

    fn end(node: usize) -> End {
        End { node, port: 0 }
    }

    /// A chain of nodes with these ports, all of which pass, joined in one lane; gives the cables as pairs.
    fn chain(lane: Lane, ports: &[Ports]) -> Vec<(usize, usize)> {
        let nodes: Vec<GraphNode> =
            ports.iter().map(|&ports| GraphNode { ports, ..GraphNode::default() }).collect();
        let planned: Vec<Cable> =
            (1..ports.len()).map(|node| Cable { lane, from: end(node - 1), to: end(node) }).collect();
        let passes = vec![true; ports.len()];
        let routing = Routing::new(&nodes, &passes, &planned);
        let mut pairs: Vec<(usize, usize)> = planned
            .iter()
            .flat_map(|&cable| routing.resolve(cable))
            .map(|cable| (cable.from.node, cable.to.node))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    const SYNTH: Ports = Ports::INSTRUMENT;
    const NOTES: Ports =
        Ports { audio_in: Buses::NONE, audio_out: Buses::NONE, events_in: true, events_out: true };
    const EFFECT: Ports = Ports::EFFECT;

    #[test]
    fn notes_go_past_effects() {
        assert_eq!(chain(Lane::Events, &[NOTES, EFFECT, EFFECT, SYNTH]), [(0, 3)]);
        assert_eq!(chain(Lane::Events, &[NOTES, NOTES, SYNTH]), [(0, 1), (1, 2)]);
    }

    #[test]
    fn notes_go_past_an_instrument_that_puts_none_out() {
        assert_eq!(chain(Lane::Events, &[NOTES, SYNTH, SYNTH]), [(0, 1), (0, 2)]);
    }

    #[test]
    fn audio_goes_past_instruments_and_note_effects() {
        assert_eq!(chain(Lane::Audio, &[EFFECT, SYNTH, EFFECT]), [(0, 2), (1, 2)]);
        assert_eq!(chain(Lane::Audio, &[EFFECT, NOTES, NOTES, EFFECT]), [(0, 3)]);
    }
}
