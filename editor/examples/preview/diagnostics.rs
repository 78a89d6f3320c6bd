//! What an engine that is not there might have measured.

use std::collections::BTreeMap;

use loophole_editor::{Diagnostics, LoadPoint, Loss, LossKind, MeasuredLoudness, MeasuredSpectrum, NodeLoad};
use model::Project;
use protocol::latency::{LateNode, LatencyWait};
use protocol::telemetry::Fault;
use protocol::{Frames, LatencyLedger, NodeId, NodeRole};

use crate::review::minutes_ago;

fn device_nodes(project: &Project) -> Vec<NodeId> {
    let devices = project.devices().map(|device| NodeId { entity: device.id().0, role: NodeRole::Device });
    devices.collect()
}

fn strip_nodes(project: &Project) -> Vec<NodeId> {
    let tracks = project.tracks().chain([project.master()]);
    tracks.map(|track| NodeId { entity: track.id().0, role: NodeRole::Strip }).collect()
}

/// A number of 0..=1 that looks like chance.
fn chance(seed: u16) -> f32 {
    (f32::from(seed) * 12.9898).sin().abs().fract()
}

/// Load, losses, nodes, loudness and a spectrum.
pub fn measured(project: &Project) -> Diagnostics {
    let load = (0u16..900).map(|at| {
        let mean = 0.11 + 0.05 * (f32::from(at) / 70.0).sin() + 0.02 * chance(at);
        let spike = if at % 211 == 17 { 0.35 } else { 0.0 };
        LoadPoint { mean, peak: mean + 0.03 + 0.06 * chance(at.wrapping_mul(7)) + spike }
    });
    let nodes = device_nodes(project).into_iter().chain(strip_nodes(project));
    let nodes = nodes.zip(1u16..).map(|(node, nth)| {
        let load = if node.role == NodeRole::Strip { 0.001 } else { 0.004 + 0.03 * chance(nth) };
        (node, NodeLoad { load, peak: load * 1.8 })
    });
    let loss = |minutes, kind, count| Loss { at_ms: minutes_ago(minutes), kind, count };
    let bands = (0u16..192).map(|band| {
        let low = -22.0 - f32::from(band) * 0.28;
        low + 9.0 * (f32::from(band) / 9.0).sin() - 6.0 * chance(band)
    });
    Diagnostics {
        load: load.collect(),
        losses: vec![
            loss(14, LossKind::Xrun, 1),
            loss(9, LossKind::LateBlock, 3),
            loss(9, LossKind::Xrun, 1),
            loss(2, LossKind::Event, 37),
        ]
        .into(),
        nodes: nodes.collect(),
        dropped: device_nodes(project).first().map(|&node| (node, 37)).into_iter().collect(),
        loudness: Some(MeasuredLoudness {
            momentary_lufs: -13.2,
            short_term_lufs: -14.6,
            integrated_lufs: -15.1,
            range_lu: 6.4,
            true_peak_db: [-0.6, -1.2],
            secs: 192.0,
        }),
        spectrum: Some(MeasuredSpectrum { track: None, bands_db: bands.collect() }),
    }
}

/// A node that misbehaved.
pub fn faults(project: &Project) -> BTreeMap<NodeId, Fault> {
    device_nodes(project).last().map(|&node| (node, Fault::NotFinite)).into_iter().collect()
}

/// Two late devices, and who waits for them.
pub fn ledger(project: &Project) -> LatencyLedger {
    let (devices, strips) = (device_nodes(project), strip_nodes(project));
    let (Some(&first), Some(&second)) = (devices.first(), devices.get(2)) else {
        return LatencyLedger::default();
    };
    let master = strips[strips.len() - 1];
    let late = |node, own, arrival| LateNode { node, own: Frames(own), arrival: Frames(arrival) };
    let wait = |from, frames| LatencyWait { from, to: master, frames: Frames(frames) };
    LatencyLedger {
        total: Frames(256),
        late: vec![late(first, 256, 0), late(second, 64, 0)],
        waits: vec![wait(strips[1], 192), wait(strips[2], 256), wait(strips[3], 256)],
        longest: vec![first, master],
    }
}
