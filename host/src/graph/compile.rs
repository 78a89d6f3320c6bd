//! The compiler proper. Linear in nodes and cables but for a heap that keeps the order of the plan.

mod emit;
mod slots;
mod tasks;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Cable, End, Graph, GraphError, Lane, Layout};

/// Compiles a graph.
///
/// # Errors
/// [`GraphError`]: a cycle, a cable into the void, absurd latencies.
pub fn compile(graph: &Graph) -> Result<Layout, GraphError> {
    check_ports(graph)?;
    let order = topological_order(graph)?;
    let inputs = cables_by_target(graph);
    let (arrival, latency) = arrivals(graph, &order, &inputs)?;
    let tasks = tasks::divide(graph, &order, &inputs);
    let longest = longest_path(graph, &inputs, &arrival);
    let mut layout = emit::emit(graph, &inputs, tasks, arrival, latency);
    layout.longest = longest;
    debug_assert_eq!(super::verify(graph, &layout), Ok(()));
    Ok(layout)
}

fn check_ports(graph: &Graph) -> Result<(), GraphError> {
    let exists = |end: End, lane: Lane, is_input: bool| {
        graph.nodes.get(end.node).is_some_and(|node| match (lane, is_input) {
            (Lane::Audio, true) => end.port < node.inputs(),
            (Lane::Audio, false) => node.ports.audio_out.has(end.port),
            (Lane::Events, true) => node.ports.events_in && end.port == 0,
            (Lane::Events, false) => node.ports.events_out && end.port == 0,
        })
    };
    let bad = graph
        .cables
        .iter()
        .position(|cable| !exists(cable.from, cable.lane, false) || !exists(cable.to, cable.lane, true));
    bad.map_or(Ok(()), |cable| Err(GraphError::NoSuchPort(cable)))
}

/// The cables into each node, in the order of the graph, duplicates removed.
fn cables_by_target(graph: &Graph) -> Vec<Vec<Cable>> {
    let mut inputs: Vec<Vec<Cable>> = vec![Vec::new(); graph.nodes.len()];
    for &cable in &graph.cables {
        let cables = &mut inputs[cable.to.node];
        if !cables.contains(&cable) {
            cables.push(cable);
        }
    }
    inputs
}

/// Kahn's algorithm; among the nodes that are ready the first of the plan comes first.
fn topological_order(graph: &Graph) -> Result<Vec<usize>, GraphError> {
    let count = graph.nodes.len();
    let mut waits_for = vec![0_usize; count];
    let mut feeds: Vec<Vec<usize>> = vec![Vec::new(); count];
    for cable in &graph.cables {
        waits_for[cable.to.node] += 1;
        feeds[cable.from.node].push(cable.to.node);
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..count).filter(|&node| waits_for[node] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for &next in &feeds[node] {
            waits_for[next] -= 1;
            if waits_for[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    if order.len() == count { Ok(order) } else { Err(GraphError::Cycle(find_cycle(&waits_for, graph))) }
}

/// Walks backwards among the nodes that never became ready until one comes up again.
fn find_cycle(waits_for: &[usize], graph: &Graph) -> Vec<usize> {
    let stuck = |node: usize| waits_for[node] > 0;
    let mut path: Vec<usize> = (0..waits_for.len()).find(|&node| stuck(node)).into_iter().collect();
    while let Some(&node) = path.last() {
        let feeder = graph.cables.iter().find(|cable| cable.to.node == node && stuck(cable.from.node));
        let Some(feeder) = feeder.map(|cable| cable.from.node) else { break };
        if let Some(start) = path.iter().position(|&seen| seen == feeder) {
            let mut cycle = path.split_off(start);
            cycle.reverse();
            return cycle;
        }
        path.push(feeder);
    }
    path
}

/// How late the inputs of each node are, and how late the outlets.
fn arrivals(graph: &Graph, order: &[usize], inputs: &[Vec<Cable>]) -> Result<(Vec<u32>, u32), GraphError> {
    let mut arrival = vec![0_u32; graph.nodes.len()];
    for &node in order {
        for cable in &inputs[node] {
            arrival[node] = arrival[node].max(departure(graph, &arrival, cable.from.node)?);
        }
    }
    let outlets = || (0..graph.nodes.len()).filter(|&node| graph.nodes[node].outlet);
    let latency = outlets().map(|node| arrival[node]).max().unwrap_or(0).max(graph.least_latency);
    for node in outlets() {
        arrival[node] = latency;
    }
    Ok((arrival, latency))
}

/// Follows the latest signal back from an outlet to its source.
fn longest_path(graph: &Graph, inputs: &[Vec<Cable>], arrival: &[u32]) -> Vec<usize> {
    let leaves = |node: usize| arrival[node].saturating_add(graph.nodes[node].latency);
    let latest =
        |node: usize| inputs[node].iter().map(|cable| cable.from.node).max_by_key(|&from| leaves(from));
    let outlets = (0..graph.nodes.len()).filter(|&node| graph.nodes[node].outlet);
    let late = |node: &usize| latest(*node).map_or(0, leaves);
    let Some(outlet) = outlets.max_by_key(late).filter(|node| late(node) > 0) else { return Vec::new() };
    let mut path = vec![outlet];
    while let Some(from) = path.last().and_then(|&node| latest(node)) {
        path.push(from);
    }
    path.reverse();
    path
}

fn departure(graph: &Graph, arrival: &[u32], node: usize) -> Result<u32, GraphError> {
    arrival[node].checked_add(graph.nodes[node].latency).ok_or(GraphError::LatencyOverflow)
}
