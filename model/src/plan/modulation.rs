//! What modulators do, for the engine.

use std::collections::{BTreeMap, BTreeSet};

use protocol::device::follower;
use protocol::modulation::{ModulationPlan, ModulatorPlan};
use protocol::plan::{Connection, NodeKind, NodePlan, PortRef, Signal};
use protocol::{EntityId, NodeId, NodeRole, ParamId};

use super::{has_node, param_target};
use crate::project::Project;
use crate::view::{Device, DeviceId, Modulation, Modulator, ModulatorKind, Track, TrackId};

/// The modulations of enabled modulators.
pub(super) fn derive(project: &Project) -> Vec<ModulationPlan> {
    let enabled = project.modulators().filter(|modulator: &Modulator<'_>| modulator.enabled());
    let all = enabled.flat_map(|modulator| {
        let plan = plan(&modulator);
        let plan_of = move |of: &Modulation<'_>| plan.or_else(|| Some(followed(follower(of)?.0)));
        modulator.modulations().filter_map(move |of| target(&of, plan_of(&of)?))
    });
    all.collect()
}

/// The cables from followers to what they move.
pub(super) fn cables(modulations: &[ModulationPlan]) -> Vec<Connection> {
    let ends = modulations.iter().filter_map(|of| match of.modulator {
        ModulatorPlan::Follower { node } => Some((node, of.node)),
        ModulatorPlan::Lfo { .. } | ModulatorPlan::Macro { .. } => None,
    });
    let ends: BTreeSet<(NodeId, NodeId)> = ends.collect();
    let port = |node| PortRef { node, port: 0 };
    let cable = |(from, to)| Connection { signal: Signal::Control, from: port(from), to: port(to) };
    ends.into_iter().map(cable).collect()
}

/// A node that follows a track.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Follower {
    id: NodeId,
    name: String,
    /// It hears what goes into this device of the track; what goes into the strip if `None`.
    pub before: Option<DeviceId>,
    params: [f64; 3],
}

impl Follower {
    pub fn plan(&self) -> NodePlan {
        let ids = [follower::ATTACK_SECS, follower::RELEASE_SECS, follower::GAIN_DB];
        let params: BTreeMap<ParamId, f64> = ids.into_iter().zip(self.params).collect();
        let kind = NodeKind::Follower;
        let name = self.name.as_str().into();
        NodePlan { id: self.id, name, kind, bypassed: false, params, automation: Vec::new() }
    }
}

/// The nodes that follow a track.
pub(super) fn followers(track: Track<'_>) -> Vec<Follower> {
    let mut all: Vec<Follower> = Vec::new();
    let enabled = track.project().followers_of(track.id()).filter(Modulator::enabled);
    for of in enabled.flat_map(|modulator| modulator.modulations()) {
        let Some((id, name, params)) = follower(&of) else { continue };
        if all.iter().all(|known| known.id != id) {
            all.push(Follower { id, name, before: own_device(&of, track.id()), params });
        }
    }
    all
}

fn follower(of: &Modulation<'_>) -> Option<(NodeId, String, [f64; 3])> {
    let modulator = of.project().modulator(of.modulator())?;
    let ModulatorKind::Follower { source, attack_secs, release_secs, gain_db } = modulator.kind() else {
        return None;
    };
    // What moves devices of its own source cannot wait for what they put out: each of those has its own ear.
    let entity = if own_device(of, source).is_some() { of.id().0 } else { modulator.id().0 };
    let id = NodeId { entity, role: NodeRole::Follower };
    Some((id, modulator.name().to_owned(), [attack_secs, release_secs, gain_db]))
}

/// The device that it moves, if that is on the track.
fn own_device(of: &Modulation<'_>, track: TrackId) -> Option<DeviceId> {
    let device = Device::new(of.project(), of.owner()).filter(|device| device.track() == track)?;
    Some(device.id())
}

fn followed(node: NodeId) -> ModulatorPlan {
    ModulatorPlan::Follower { node }
}

/// What is the same for all that a modulator moves.
fn plan(modulator: &Modulator<'_>) -> Option<ModulatorPlan> {
    match modulator.kind() {
        ModulatorKind::Lfo { shape, rate, phase } => {
            Some(ModulatorPlan::Lfo { shape, rate, phase, seed: seed(modulator.id().0) })
        }
        ModulatorKind::Macro(of) => {
            let id = of?;
            let of = modulator.project().macros().find(|other| other.id() == id)?;
            Some(ModulatorPlan::Macro { slot: of.slot(), value: of.value() })
        }
        ModulatorKind::Follower { .. } => None,
    }
}

fn target(of: &Modulation<'_>, modulator: ModulatorPlan) -> Option<ModulationPlan> {
    let project = of.project();
    if !has_node(project, of.owner()) {
        return None;
    }
    let (node, param) = param_target(project, of.owner(), of.param())?;
    Some(ModulationPlan { node, param, modulator, amount: of.amount(), polarity: of.polarity() })
}

/// The same modulator draws the same random waves in every copy of the project.
fn seed(id: EntityId) -> u64 {
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
    half(id.0) ^ half(id.0 >> 64).rotate_left(32)
}
