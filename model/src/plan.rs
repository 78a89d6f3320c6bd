//! `Project -> EnginePlan`: a pure function, one part per track, of which [`Deriver`] keeps those that did not change.

mod content;
mod routing;
mod track;

use std::collections::{BTreeMap, HashMap};

use protocol::device::strip;
use protocol::plan::{Connection, MacroPlan, MacroTarget, NodeKind, NodePlan};
use protocol::{DeviceKind, EnginePlan, EntityId, NodeId, NodeRole, ParamDescriptor, ParamId};

use crate::entity::Entity;
use crate::project::{self, Project, Stamp};
use crate::view::{Device, DeviceSource, Send, Track};

use content::Contents;

/// What one track adds to the plan.
#[derive(Debug, Default)]
struct Part {
    nodes: Vec<NodePlan>,
    connections: Vec<Connection>,
}

/// The plan of a project.
#[must_use]
pub fn derive(project: &Project) -> EnginePlan {
    Deriver::new().derive(project)
}

/// Derives plans of a project as it changes: only the tracks that an edit touched are derived anew. The plans are those
/// of [`derive()`].
#[derive(Debug, Default)]
pub struct Deriver {
    tracks: HashMap<EntityId, Derived>,
}

/// A track as it was derived, and what that rests on.
#[derive(Debug, Default)]
struct Derived {
    /// Of the track itself and of those that it feeds, whose first device and name its part has.
    stamps: Vec<Option<Stamp>>,
    silenced: bool,
    contents: Contents,
    part: Part,
}

impl Deriver {
    /// One that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The plan of a project.
    pub fn derive(&mut self, project: &Project) -> EnginePlan {
        let open = routing::open(project);
        let root = project.root();
        let mut plan = EnginePlan {
            revision: project.revision(),
            tempo: project.tempo_map(),
            signatures: project.signature_points(),
            loop_range: (root.loop_on() && root.loop_start() < root.loop_end())
                .then(|| (root.loop_start(), root.loop_end())),
            ..EnginePlan::default()
        };
        let mut known = std::mem::take(&mut self.tracks);
        for track in project.tracks().chain([project.master()]) {
            let id = track.id().0;
            let silenced = open.as_ref().is_some_and(|open| !open.contains(&id));
            let mut derived = known.remove(&id).unwrap_or_default();
            derived.update(track, silenced);
            plan.nodes.extend_from_slice(&derived.part.nodes);
            plan.connections.extend_from_slice(&derived.part.connections);
            self.tracks.insert(id, derived);
        }
        notes_out(project, &mut plan);
        plan.macros = macros(project);
        plan
    }
}

impl Derived {
    fn update(&mut self, track: Track<'_>, silenced: bool) {
        let state = track.project().state();
        let id = track.id().0;
        let fed = project::routing::targets(state, id);
        let stamps: Vec<_> = std::iter::once(id).chain(fed).map(|id| state.stamp(id).cloned()).collect();
        if self.stamps != stamps || self.silenced != silenced {
            self.part = track::derive(&mut self.contents, track, silenced);
            self.contents.finish();
            (self.stamps, self.silenced) = (stamps, silenced);
        }
    }
}

/// The outlet for the notes of instrument tracks without devices: they go to the outer host.
fn notes_out(project: &Project, plan: &mut EnginePlan) {
    let outlet = NodeId { entity: project.root().id().0, role: NodeRole::Output };
    let named = plan.connections.iter().any(|cable| cable.to.node == outlet);
    if named {
        plan.nodes.push(track::plain(outlet, "Notes out", NodeKind::HostEventsOutput));
    }
}

/// The node and the parameter that a key names on a track, a device or a send.
#[must_use]
pub fn param_target(project: &Project, owner: EntityId, key: &str) -> Option<(NodeId, ParamId)> {
    let entity = project.entity(owner)?;
    let role = match entity.table() {
        "tracks" => NodeRole::Strip,
        "devices" => NodeRole::Device,
        "sends" => NodeRole::Send,
        _ => return None,
    };
    Some((NodeId { entity: owner, role }, param_id(entity, key)?))
}

/// The parameter that a key names on an entity.
pub(crate) fn param_id(owner: &Entity, key: &str) -> Option<ParamId> {
    if owner.table() == "devices" && owner.text("format") != "builtin" {
        let number: u32 = key.parse().ok()?;
        // One spelling for each: no signs, no leading zeros.
        return (number.to_string() == key).then_some(ParamId(number));
    }
    known_params(owner)?.iter().find(|param| param.key == key).map(|param| param.id)
}

/// The parameters of a track, a send or a built-in device; those of plugins are not known here.
pub(crate) fn known_params(owner: &Entity) -> Option<&'static [ParamDescriptor]> {
    match owner.table() {
        "tracks" => Some(strip::PARAMS),
        "sends" => Some(strip::SEND_PARAMS),
        "devices" if owner.text("format") == "builtin" => {
            DeviceKind::from_key(owner.text("plugin")).map(DeviceKind::params)
        }
        _ => None,
    }
}

fn macros(project: &Project) -> Vec<MacroPlan> {
    let target = |target: crate::view::MacroTarget<'_>| {
        if !has_node(project, target.owner()) {
            return None;
        }
        let (node, param) = param_target(project, target.owner(), target.param())?;
        Some(MacroTarget { node, param, min: target.min(), max: target.max(), curve: target.curve() })
    };
    let plan = |of: crate::view::Macro<'_>| MacroPlan {
        slot: of.slot(),
        value: of.value(),
        targets: of.targets().filter_map(target).collect(),
    };
    project.macros().map(plan).filter(|plan| !plan.targets.is_empty()).collect()
}

/// Whether a track, device or send has a node: sends that are off and devices that are not known have none.
fn has_node(project: &Project, owner: EntityId) -> bool {
    Send::new(project, owner).is_none_or(|send| send.enabled())
        && Device::new(project, owner)
            .is_none_or(|device| !matches!(device.source(), DeviceSource::Unknown(_)))
}

/// Parameter values by id from values by key; keys that name nothing are left out.
fn params_by_id(owner: &Entity, params: &BTreeMap<String, f64>) -> BTreeMap<ParamId, f64> {
    params.iter().filter_map(|(key, &value)| Some((param_id(owner, key)?, value))).collect()
}

#[cfg(test)]
mod tests;
