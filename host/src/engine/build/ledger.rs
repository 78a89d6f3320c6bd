//! What devices add to the latency, and who waits for whom.

use protocol::latency::{LateNode, LatencyWait};
use protocol::{EnginePlan, Frames, LatencyLedger, NodeId};

use crate::graph::{Graph, Layout};

/// Who adds what, from what the compiler found.
pub(super) fn ledger(plan: &EnginePlan, graph: &Graph, layout: &Layout) -> LatencyLedger {
    let ids: Vec<NodeId> = plan.nodes().map(|node| node.id).collect();
    let count = |frames: u32| Frames(i64::from(frames));
    let nodes = graph.nodes.iter().zip(&layout.arrival).zip(&ids);
    let late = nodes.filter(|((node, _), _)| node.latency > 0).map(|((node, &arrival), &id)| LateNode {
        node: id,
        own: count(node.latency),
        arrival: count(arrival),
    });
    let waits = graph.cables.iter().filter_map(|cable| {
        let (from, to) = (cable.from.node, cable.to.node);
        let frames = layout.arrival[to] - layout.arrival[from] - graph.nodes[from].latency;
        (frames > 0).then(|| LatencyWait { from: ids[from], to: ids[to], frames: count(frames) })
    });
    let mut waits: Vec<LatencyWait> = waits.collect();
    waits.dedup();
    LatencyLedger {
        total: count(layout.latency),
        late: late.collect(),
        waits,
        longest: layout.longest.iter().map(|&node| ids[node]).collect(),
    }
}
