//! Puts nodes and delay lines in their places in a schedule: those that stay, and those that are new.

use std::collections::{BTreeMap, BTreeSet};

use protocol::plan::{NodeKind, NodePlan};
use protocol::{EnginePlan, NodeId, NodeRole, SampleRate};

use super::{Made, Source, automation, is_level, is_outlet};
use crate::engine::body::{Body, Bypass, Kind, Node, NodeAutomation};
use crate::engine::effective::{Controls, Values};
use crate::engine::kept::Kept;
use crate::engine::schedule::{Delay, Place};
use crate::engine::session::{Built, Identity, Line, LineInfo, NodeInfo};
use crate::engine::swap::Update;
use crate::graph::Layout;
use crate::math::to_u32;
use crate::processor::Buses;

/// The plan at hand, and what was found out about it.
pub(super) struct Planned<'a> {
    pub plan: &'a EnginePlan,
    pub layout: &'a Layout,
    pub values: &'a BTreeMap<NodeId, Values>,
    pub controls: &'a Controls,
    pub rate: SampleRate,
}

/// The nodes of a schedule.
#[derive(Default)]
pub(super) struct Places {
    pub places: Vec<Place>,
    /// What is new about those that stay.
    pub updates: Vec<Update>,
    pub survivors: BTreeSet<NodeId>,
}

impl Planned<'_> {
    /// Places the nodes of the plan, and notes them in `built`.
    pub fn places(
        &self,
        made: Vec<Made<'_>>,
        identity: impl Fn(&NodePlan) -> Identity,
        built: &mut Built,
    ) -> Places {
        let mut places = Places::default();
        for (index, (plan, made)) in self.plan.nodes().zip(made).enumerate() {
            let (index, arrival) = (to_u32(index), self.layout.arrival[index]);
            let Made { source, ports, latency } = made;
            let inputs = ports.audio_in;
            let bypass = || Bypass::new(latency, ports.audio_out.channels(0), plan.bypassed);
            let node = match source {
                Source::Old(old) => {
                    let is_other = old.latency != latency;
                    if is_other || (old.arrival, old.ports.audio_in) != (arrival, inputs) {
                        let bypass = is_other.then(bypass);
                        places.updates.push(Update { node: index, arrival, latency, inputs, bypass });
                    }
                    places.survivors.insert(plan.id);
                    old.node.share()
                }
                Source::New(kind) => {
                    let body = self.body(kind, plan, arrival, bypass());
                    Kept::new(node(plan, (arrival, latency), inputs, body))
                }
            };
            let info =
                NodeInfo { index, node: node.share(), identity: identity(plan), ports, latency, arrival };
            built.nodes.insert(plan.id, info);
            places.places.push(Place {
                id: plan.id,
                node,
                inputs: inputs.len(),
                is_outlet: is_outlet(&plan.kind),
                is_strip: is_level(&plan.kind) && plan.id.role == NodeRole::Strip,
            });
        }
        places
    }

    /// What a node is that is new.
    fn body(&self, kind: Kind, plan: &NodePlan, arrival: u32, bypass: Bypass) -> Body {
        let values = self.values.get(&plan.id).cloned().unwrap_or_default();
        let mut body = Body::new(kind);
        body.bypass = bypass;
        // A plugin has its values from before its activation, so that its latency fits them.
        if !matches!(plan.kind, NodeKind::Plugin { .. }) {
            values.iter().for_each(|(&param, &value)| body.set_param(param, value));
            body.reset();
        }
        let automation: Option<Box<NodeAutomation>> =
            automation(plan, self.plan, self.controls, &values, arrival, self.rate);
        body.automation = automation;
        body
    }

    /// The delay lines of the layout, noted in `built`. Those that `before` has are the same ones.
    pub fn delays(&self, before: Option<&Built>, built: &mut Built) -> Box<[Kept<Delay>]> {
        let ids: Vec<NodeId> = self.plan.nodes().map(|node| node.id).collect();
        let lines = (0..).zip(&self.layout.delays).map(|(index, line)| {
            let key = Line::new(line, &ids);
            let old = before.and_then(|before| before.delays.get(&key));
            let delay = old.map_or_else(|| Kept::new(Delay::new(line)), |old| old.delay.share());
            built.delays.insert(key, LineInfo { index, delay: delay.share() });
            delay
        });
        lines.collect()
    }
}

/// A node that is new, as late as this.
fn node(plan: &NodePlan, (arrival, latency): (u32, u32), inputs: Buses, body: Body) -> Node {
    let is_outlet = is_outlet(&plan.kind);
    Node { id: plan.id, arrival, latency, is_outlet, inputs, fade: None, calm: false, body }
}
