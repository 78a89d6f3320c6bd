use proptest::prelude::*;

use super::*;
use crate::processor::Buses;

fn node(latency: u32) -> GraphNode {
    let buses = Buses::stereo(2);
    let ports = Ports { audio_in: buses, audio_out: buses, events_in: true, events_out: true };
    GraphNode { ports, latency, ..GraphNode::default() }
}

fn cable(lane: Lane, from: (usize, u16), to: (usize, u16)) -> Cable {
    let end = |(node, port)| End { node, port };
    Cable { lane, from: end(from), to: end(to) }
}

fn audio(from: usize, to: usize) -> Cable {
    cable(Lane::Audio, (from, 0), (to, 0))
}

/// Random graphs whose cables go from a node to a later one, the nodes then being renamed.
fn any_dag() -> impl Strategy<Value = Graph> {
    let buses = || prop::collection::vec(prop::sample::select(vec![0_usize, 1, 2, 2, 2, 6, 64]), 0..3);
    let nodes = prop::collection::vec((0_u32..200, buses(), buses(), any::<[bool; 3]>()), 1..24);
    let cables = prop::collection::vec(
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u16..3, 0_u16..3, any::<bool>()),
        0..60,
    );
    (nodes, cables, any::<u64>()).prop_map(|(nodes, cables, seed)| {
        let count = nodes.len();
        let mut names: Vec<usize> = (0..count).collect();
        names.sort_by_key(|&name| (name as u64 + 1).wrapping_mul(seed | 1));
        let mut graph =
            Graph { least_latency: 0, nodes: vec![GraphNode::default(); count], cables: Vec::new() };
        for (&name, (latency, audio_in, audio_out, [events_in, events_out, outlet])) in
            names.iter().zip(nodes)
        {
            let outlet = outlet && audio_out.is_empty() && !events_out;
            let (audio_in, audio_out) = (Buses::new(audio_in), Buses::new(audio_out));
            let ports = Ports { audio_in, audio_out, events_in, events_out };
            graph.nodes[name] = GraphNode { ports, latency, outlet, ..GraphNode::default() };
        }
        for (from, to, from_port, to_port, events) in cables {
            let (from, to) = (from.index(count), to.index(count));
            let (from, to) = (from.min(to), from.max(to));
            let (source, target) = (graph.nodes[names[from]].ports, graph.nodes[names[to]].ports);
            if events && source.events_out && target.events_in && from != to {
                graph.cables.push(cable(Lane::Events, (names[from], 0), (names[to], 0)));
            }
            if !events && source.audio_out.has(from_port) && target.audio_in.has(to_port) && from != to {
                graph.cables.push(cable(Lane::Audio, (names[from], from_port), (names[to], to_port)));
            }
        }
        graph
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_acyclic_graph_compiles_to_a_layout_that_verifies(graph in any_dag()) {
        let layout = compile(&graph).unwrap();
        prop_assert_eq!(verify(&graph, &layout), Ok(()));
    }

    #[test]
    fn every_node_runs_after_its_feeders(graph in any_dag()) {
        let layout = compile(&graph).unwrap();
        let place = |wanted: usize| layout.steps.iter().position(|step| matches!(step, Step::Node { node, .. } if *node == wanted));
        for cable in &graph.cables {
            prop_assert!(place(cable.from.node) < place(cable.to.node));
        }
    }

    #[test]
    fn outlets_are_as_late_as_the_longest_path(graph in any_dag()) {
        fn longest(graph: &Graph, node: usize) -> u32 {
            let feeders = graph.cables.iter().filter(|cable| cable.to.node == node);
            feeders.map(|cable| longest(graph, cable.from.node) + graph.nodes[cable.from.node].latency).max().unwrap_or(0)
        }
        // Exponential in bad cases, so small graphs only.
        prop_assume!(graph.cables.len() < 25);
        let layout = compile(&graph).unwrap();
        let outlets = (0..graph.nodes.len()).filter(|&node| graph.nodes[node].outlet);
        prop_assert_eq!(layout.latency, outlets.map(|node| longest(&graph, node)).max().unwrap_or(0));
    }

    #[test]
    fn a_back_edge_is_a_cycle_that_is_named(graph in any_dag(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!graph.cables.is_empty());
        let mut graph = graph;
        let forward = graph.cables[pick.index(graph.cables.len())];
        for end in [forward.from.node, forward.to.node] {
            graph.nodes[end].ports = node(0).ports;
        }
        graph.cables.push(cable(Lane::Events, (forward.to.node, 0), (forward.from.node, 0)));
        let Err(GraphError::Cycle(cycle)) = compile(&graph) else { panic!("compiled") };
        for (index, &from) in cycle.iter().enumerate() {
            let to = cycle[(index + 1) % cycle.len()];
            prop_assert!(graph.cables.iter().any(|cable| (cable.from.node, cable.to.node) == (from, to)));
        }
    }
}

#[test]
fn a_chain_needs_two_buffers_however_long() {
    let nodes = vec![node(0); 100];
    let nodes = nodes.into_iter().map(|mut node| {
        node.ports = Ports::EFFECT;
        node
    });
    let graph = Graph {
        least_latency: 0,
        nodes: nodes.collect(),
        cables: (0..99).map(|n| audio(n, n + 1)).collect(),
    };
    assert_eq!(compile(&graph).unwrap().audio_slots, [0, 2, 2], "two and silence");
}

#[test]
fn one_source_is_read_in_place_and_several_are_summed() {
    let graph = Graph {
        least_latency: 0,
        nodes: vec![node(0); 4],
        cables: vec![audio(0, 1), audio(1, 3), audio(2, 3)],
    };
    let layout = compile(&graph).unwrap();
    let sums = layout.steps.iter().filter(|step| matches!(step, Step::Sum { .. })).count();
    assert_eq!(sums, 1);
}

#[test]
fn readers_with_the_same_delay_share_a_delay_line() {
    // 0 -> 1 (late) -> 2, 3; 0 -> 2, 3 directly.
    let nodes = vec![node(0), node(64), node(0), node(0)];
    let cables = vec![audio(0, 1), audio(1, 2), audio(1, 3), audio(0, 2), audio(0, 3)];
    let layout = compile(&Graph { nodes, cables, least_latency: 0 }).unwrap();
    assert_eq!(
        layout.delays,
        [DelayLine { source: End { node: 0, port: 0 }, lane: Lane::Audio, frames: 64, channels: 2 }]
    );
    assert_eq!(layout.arrival, [0, 0, 64, 64]);
}

#[test]
fn bad_graphs_are_refused_by_name() {
    let graph = Graph {
        least_latency: 0,
        nodes: vec![node(0); 2],
        cables: vec![audio(0, 1), cable(Lane::Audio, (0, 2), (1, 0))],
    };
    assert_eq!(compile(&graph), Err(GraphError::NoSuchPort(1)));
    let graph = Graph {
        least_latency: 0,
        nodes: vec![node(u32::MAX), node(1), node(0)],
        cables: vec![audio(0, 1), audio(1, 2)],
    };
    assert_eq!(compile(&graph), Err(GraphError::LatencyOverflow));
    let graph = Graph { least_latency: 0, nodes: vec![node(0); 2], cables: vec![audio(0, 1), audio(1, 0)] };
    assert!(matches!(compile(&graph), Err(GraphError::Cycle(nodes)) if nodes.len() == 2));
}

#[test]
fn the_verifier_sees_a_stolen_buffer() {
    let graph = Graph { least_latency: 0, nodes: vec![node(0); 3], cables: vec![audio(0, 2), audio(1, 2)] };
    let mut layout = compile(&graph).unwrap();
    let Step::Node { audio_out: first, .. } = layout.steps[0].clone() else { panic!() };
    let Step::Node { audio_out: second, .. } = &mut layout.steps[1] else { panic!() };
    second[0] = first[0];
    assert!(verify(&graph, &layout).is_err());
}

#[test]
fn what_one_node_alone_reads_is_its_own_to_keep() {
    // 0 -> 1 -> 2, and 0 -> 3.
    let nodes = vec![GraphNode { ports: Ports::EFFECT, ..GraphNode::default() }; 4];
    let cables = vec![audio(0, 1), audio(1, 2), audio(0, 3)];
    let layout = compile(&Graph { nodes, cables, least_latency: 0 }).unwrap();
    let keeps = layout.sole_reads();
    let kept = layout.steps.iter().zip(keeps).filter_map(|(step, keeps)| match step {
        Step::Node { node, .. } if keeps => Some(*node),
        _ => None,
    });
    assert_eq!(kept.collect::<Vec<_>>(), [2], "silence is nobody's, and 1 and 3 share a source");
}
