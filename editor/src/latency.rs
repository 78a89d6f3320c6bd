//! Latency in words: the policy and the ledger.

use model::Project;
use protocol::{EntityId, LatencyLedger, LatencyPolicy, NodeId, NodeRole};

/// What is done about latency. `rate` is in frames per second.
#[must_use]
pub fn policy(policy: LatencyPolicy, rate: f64) -> String {
    match policy {
        LatencyPolicy::Auto => "auto: all waits for the latest".into(),
        LatencyPolicy::Fixed { frames } => {
            let millis = f64::from(frames) / rate.max(1.0) * 1_000.0;
            format!("fixed: all waits for the latest, at least {frames} frames ({millis:.1} ms)")
        }
        LatencyPolicy::Zero => "zero: nothing waits".into(),
    }
}

/// The ledger line by line; none where nothing is late. `rate` is in frames per second.
#[must_use]
pub fn lines(ledger: &LatencyLedger, rate: f64, project: &Project) -> Vec<String> {
    let name = |node: NodeId| name(node, project);
    let millis = |frames: i64| crate::math::real(frames) / rate.max(1.0) * 1_000.0;
    let mut lines = Vec::new();
    if ledger.total.0 > 0 {
        lines.push(format!("{} frames ({:.1} ms) in all", ledger.total.0, millis(ledger.total.0)));
    }
    for late in &ledger.late {
        let (own, total) = (late.own.0, late.own.0 + late.arrival.0);
        lines.push(format!("{} adds {own} ({:.1} ms), {total} so far", name(late.node), millis(own)));
    }
    for wait in &ledger.waits {
        lines.push(format!("{} waits {} before {}", name(wait.from), wait.frames.0, name(wait.to)));
    }
    let longest: Vec<String> = ledger.longest.iter().map(|&node| name(node)).collect();
    if !longest.is_empty() {
        lines.push(format!("longest path: {}", longest.join(" > ")));
    }
    lines
}

fn name(node: NodeId, project: &Project) -> String {
    let named = |id: EntityId| Some(project.name_of(id)).filter(|name| !name.is_empty());
    let name = named(node.entity).unwrap_or("unnamed");
    match node.role {
        NodeRole::Input => "input".into(),
        NodeRole::Output => "output".into(),
        NodeRole::Device | NodeRole::Strip => name.into(),
        _ => format!("{name} ({})", format!("{:?}", node.role).to_lowercase()),
    }
}
