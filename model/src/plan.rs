//! `Project -> EnginePlan`: a pure function, one part per track, of which [`Deriver`] keeps those that did not change.

mod content;
mod deriver;
mod frozen;
mod modulation;
mod routing;
mod tap;
mod track;

use std::collections::BTreeMap;

use protocol::device::strip;
use protocol::plan::{MacroPlan, MacroTarget};
use protocol::{DeviceKind, EnginePlan, EntityId, NodeId, NodeRole, ParamDescriptor, ParamId};

use crate::entity::Entity;
use crate::project::Project;
use crate::view::{Device, DeviceSource, Send};

pub use deriver::Deriver;
pub use frozen::Frozen;
pub use tap::{TapError, fingerprint, tap, tap_clips};

/// The plan of a project.
#[must_use]
pub fn derive(project: &Project) -> EnginePlan {
    Deriver::new().derive(project)
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

/// Whether a track, device or send has a node: sends that are off, devices that are not known and those of frozen tracks
/// have none.
fn has_node(project: &Project, owner: EntityId) -> bool {
    Send::new(project, owner).is_none_or(|send| send.enabled())
        && Device::new(project, owner)
            .is_none_or(|device| !matches!(device.source(), DeviceSource::Unknown(_)) && !device.is_frozen())
}

/// Parameter values by id from values by key; keys that name nothing are left out.
fn params_by_id(owner: &Entity, params: &BTreeMap<String, f64>) -> BTreeMap<ParamId, f64> {
    params.iter().filter_map(|(key, &value)| Some((param_id(owner, key)?, value))).collect()
}

#[cfg(test)]
mod tests;
