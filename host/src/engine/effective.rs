//! The values that parameters start with: the plan's, where no macro has a say.

use std::collections::BTreeMap;

use protocol::device::{follower, strip};
use protocol::plan::{ModulationPlan, ModulatorPlan, NodeKind, NodePlan, Signal};
use protocol::{EnginePlan, NodeId, ParamDescriptor, ParamId};

use super::body::Followed;

/// Plain values by parameter.
pub(super) type Values = BTreeMap<ParamId, f64>;

/// The values of every node, macros applied.
pub(super) fn values(plan: &EnginePlan) -> BTreeMap<NodeId, Values> {
    let moved = Moved::new(plan);
    plan.nodes().map(|node| (node.id, moved.values(node))).collect()
}

/// What macros say.
pub(super) struct Moved(BTreeMap<NodeId, Values>);

impl Moved {
    pub fn new(plan: &EnginePlan) -> Self {
        let mut moved: BTreeMap<NodeId, Values> = BTreeMap::new();
        for plan in &plan.macros {
            for target in &plan.targets {
                let value = target.value_at(plan.value.clamp(0.0, 1.0));
                moved.entry(target.node).or_default().insert(target.param, value);
            }
        }
        Self(moved)
    }

    /// Whether a macro moves a parameter of a node.
    pub fn moves(&self, node: NodeId) -> bool {
        self.0.contains_key(&node)
    }

    /// The values of a node.
    pub fn values(&self, node: &NodePlan) -> Values {
        let mut values = node.params.clone();
        values.extend(self.0.get(&node.id).into_iter().flatten());
        values
    }
}

/// What modulates a node, with the value that each parameter has without. A parameter of a plugin whose value the plan does not
/// give is left alone: what it would be added to is not known.
pub(super) fn modulated(node: &NodePlan, plan: &EnginePlan, values: &Values) -> Vec<(ModulationPlan, f64)> {
    let of = plan.modulations.iter().filter(|modulation| modulation.node == node.id);
    let with_base = |modulation: &ModulationPlan| {
        let is_automated = node.automation.iter().any(|lane| lane.param == modulation.param);
        let base = values.get(&modulation.param).copied().or_else(|| default(&node.kind, modulation.param));
        Some((*modulation, base.or(is_automated.then_some(0.0))?))
    };
    of.filter_map(with_base).collect()
}

/// Parameters that were modulated and are not any more, with the values they are to have then.
pub(super) fn freed(
    old: &[(ModulationPlan, f64)],
    new: &[(ModulationPlan, f64)],
    values: &Values,
) -> Vec<(ParamId, f64)> {
    let freed = old.iter().filter(|(was, _)| new.iter().all(|(is, _)| is.param != was.param));
    freed.map(|(was, base)| (was.param, values.get(&was.param).copied().unwrap_or(*base))).collect()
}

/// The followers that each node hears, in the order of its control inputs.
#[derive(Debug, Default)]
pub(super) struct Controls(BTreeMap<NodeId, Vec<NodeId>>);

impl Controls {
    /// The most control inputs of a node.
    const MAX: usize = 64;

    pub fn new(plan: &EnginePlan) -> Self {
        let mut controls = Self::default();
        for cable in plan.connections().filter(|cable| cable.signal == Signal::Control) {
            let heard = controls.0.entry(cable.to.node).or_default();
            if heard.len() < Self::MAX && !heard.contains(&cable.from.node) {
                heard.push(cable.from.node);
            }
        }
        controls
    }

    /// How many control inputs a node has.
    pub fn count(&self, node: NodeId) -> u8 {
        self.0.get(&node).and_then(|heard| u8::try_from(heard.len()).ok()).unwrap_or(0)
    }

    /// Which of a node's control inputs a follower has.
    pub fn place(&self, node: NodeId, follower: NodeId) -> Option<u8> {
        let place = self.0.get(&node)?.iter().position(|&of| of == follower)?;
        u8::try_from(place).ok()
    }

    /// What followers move of a node, among its modulations.
    pub fn followed(&self, modulated: &[(ModulationPlan, f64)]) -> Box<[Followed]> {
        let followed = modulated.iter().filter_map(|(plan, _)| match plan.modulator {
            ModulatorPlan::Follower { node } => {
                Some(Followed { plan: *plan, control: self.place(plan.node, node)?, told: None })
            }
            ModulatorPlan::Lfo { .. } | ModulatorPlan::Macro { .. } => None,
        });
        followed.collect()
    }
}

/// The changes from one set of values to another. Automated parameters are left alone, unless they were automated
/// and are not any more.
pub(super) fn changes(
    (old, old_values): (&NodePlan, &Values),
    (new, new_values): (&NodePlan, &Values),
) -> Vec<(ParamId, f64)> {
    let automated = |node: &NodePlan, param| node.automation.iter().any(|lane| lane.param == param);
    let mut changes = Vec::new();
    let freed = old.automation.iter().map(|lane| lane.param);
    let params: std::collections::BTreeSet<ParamId> =
        old_values.keys().chain(new_values.keys()).copied().chain(freed).collect();
    for param in params {
        let value = |values: &Values, node: &NodePlan| {
            values.get(&param).copied().or_else(|| default(&node.kind, param))
        };
        let (was, is) = (value(old_values, old), value(new_values, new));
        let was_freed = automated(old, param) && !automated(new, param);
        if let Some(is) = is
            && (was != Some(is) || was_freed)
            && !automated(new, param)
        {
            changes.push((param, is));
        }
    }
    changes
}

/// What a built-in node's parameter is when the plan does not say.
fn default(kind: &NodeKind, param: ParamId) -> Option<f64> {
    let params: &[ParamDescriptor] = match kind {
        NodeKind::Device { device, .. } => device.params(),
        NodeKind::Strip => strip::PARAMS,
        NodeKind::Send => strip::SEND_PARAMS,
        NodeKind::Follower => follower::PARAMS,
        _ => return None,
    };
    params.iter().find(|descriptor| descriptor.id == param).map(|descriptor| descriptor.default)
}
