//! From a plan to a schedule, on the control thread: makes what is new, shares what survives.

mod change;
mod content;
mod ledger;
mod places;
mod routing;
mod width;

use std::collections::BTreeMap;

use protocol::plan::{Connection, NodeKind, NodePlan, PortRef, Signal};
use protocol::{BlobHash, DeviceKind, EnginePlan, LatencyPolicy, NodeId, SampleRate};

use self::change::Change;
use self::ledger::ledger;
use self::places::{Places, Planned};
use self::routing::Routing;
use self::width::widen;
use super::body::{Channels, Kind, NodeAutomation};
use super::effective::{self, Controls, Values};
use super::options::{ApplyError, ApplyWarning};
use super::plugins::{Phase, Plugins, Wired, compensated, wired};
use super::schedule::{MacroTable, Schedule};
use super::session::{Built, Edge, Identity, NodeInfo};
use super::swap::Swap;
use crate::automation::Automation;
use crate::config::{AudioConfig, HostBuses};
use crate::devices::{self, DeviceContent};
use crate::graph::{self, Cable, End, Graph, GraphError, GraphNode, Lane, Layout};
use crate::math::declick_frames;
use crate::media::{MediaLibrary, MediaThread};
use crate::nested::offers::BusDirection;
use crate::nodes::{AudioPlayer, Follower, Level, LevelKind, NotePlayer};
use crate::processor::{Buses, Ports, Processor};

/// What nodes are made from.
pub(super) struct Builder<'a> {
    pub plugins: &'a mut Plugins,
    pub media: &'a mut MediaLibrary,
    pub media_thread: &'a mut Option<MediaThread>,
    pub fonts: &'a mut BTreeMap<BlobHash, DeviceContent>,
    pub config: AudioConfig,
    pub host: HostBuses,
    pub warnings: &'a mut Vec<ApplyWarning>,
}

/// A node that was made, or one that survives.
struct Made<'a> {
    source: Source<'a>,
    ports: Ports,
    latency: u32,
}

/// Where a node comes from.
enum Source<'a> {
    New(Kind),
    /// The schedule before has it.
    Old(&'a NodeInfo),
}

/// Checks what can be checked without making anything.
pub(super) fn check(plan: &EnginePlan) -> Result<(), ApplyError> {
    let mut index = BTreeMap::new();
    for (number, node) in plan.nodes().enumerate() {
        if index.insert(node.id, number).is_some() {
            return Err(ApplyError::DuplicateNode(node.id));
        }
    }
    let ports = Ports { events_in: true, events_out: true, ..Ports::EFFECT };
    let nodes = vec![GraphNode { ports, ..GraphNode::default() }; index.len()];
    let cables = plan.connections().filter_map(|connection| {
        let end = |node| Some(End { node: *index.get(&node)?, port: 0 });
        Some(Cable { lane: Lane::Events, from: end(connection.from.node)?, to: end(connection.to.node)? })
    });
    let graph = Graph { nodes, cables: cables.collect(), least_latency: 0 };
    graph::compile(&graph).map(|_| ()).map_err(|error| named(error, plan))
}

fn named(error: GraphError, plan: &EnginePlan) -> ApplyError {
    match error {
        GraphError::Cycle(nodes) => {
            let ids: Vec<NodeId> = plan.nodes().map(|node| node.id).collect();
            ApplyError::Cycle(nodes.into_iter().filter_map(|node| ids.get(node)).copied().collect())
        }
        GraphError::LatencyOverflow | GraphError::NoSuchPort(_) => ApplyError::LatencyOverflow,
    }
}

impl Builder<'_> {
    /// Builds the schedule of a plan. `before` is the one it will take the place of.
    pub fn build(mut self, plan: &EnginePlan, before: Option<&Built>) -> Result<(Swap, Built), ApplyError> {
        let values = effective::values(plan);
        let wired = wired(plan);
        self.plugins.want_wired(&wired);
        let mut made = Vec::new();
        for node in plan.nodes() {
            let identity = self.identity(node);
            let old = before.and_then(|built| built.nodes.get(&node.id));
            made.push(match old.filter(|old| old.identity == identity) {
                Some(old) => Made {
                    source: Source::Old(old),
                    ports: if is_level(&node.kind) { Ports::EFFECT } else { old.ports },
                    latency: self.latency_of(node.id, old),
                },
                None => self.make(node, &identity, values.get(&node.id), &wired),
            });
        }
        let controls = Controls::new(plan);
        let graph = self.graph(plan, &mut made, &controls);
        let layout = graph::compile(&graph).map_err(|error| named(error, plan))?;
        let mut built = self.built(plan, &graph, &layout);
        let rate = self.config.rate;
        let planned = Planned { plan, layout: &layout, values: &values, controls: &controls, rate };
        let Places { places, updates, survivors } =
            planned.places(made, |node| self.identity(node), &mut built);
        let delays = planned.delays(before, &mut built);
        let macros = MacroTable::new(plan, |id| built.nodes.get(&id).map(|info| info.index));
        let change = before.map(|before| Change::new(before, &built, &survivors)).unwrap_or_default();
        let swap = Swap {
            schedule: Schedule::build(places, delays, &layout, self.config.max_block, Box::new(macros)),
            moved: change.moved.into(),
            leave: change.leave.into(),
            fade_out: change.fade_out.into(),
            fade_in: change.fade_in.into(),
            lines_out: change.lines_out.into(),
            lines_in: change.lines_in.into(),
            updates: updates.into(),
            release: change.release.into(),
        };
        Ok((swap, built))
    }

    fn identity(&self, node: &NodePlan) -> Identity {
        match &node.kind {
            NodeKind::HostInput { bus, channel } => Identity::HostInput(*bus, *channel),
            NodeKind::HostOutput { bus } => Identity::HostOutput(*bus),
            NodeKind::HostEvents => Identity::HostEvents,
            NodeKind::HostEventsOutput => Identity::HostEventsOutput,
            NodeKind::NotePlayer { .. } => Identity::NotePlayer,
            NodeKind::AudioPlayer { .. } => Identity::AudioPlayer,
            NodeKind::Strip => Identity::Strip,
            NodeKind::Send => Identity::Send,
            NodeKind::Follower => Identity::Follower,
            NodeKind::Device { device, blob } => Identity::Device(*device, *blob),
            NodeKind::Plugin { plugin, .. } => match self.plugins.slots.get(&node.id) {
                Some(slot) if slot.phase == Phase::Steady => {
                    Identity::Plugin(plugin.clone(), slot.generation)
                }
                _ => Identity::Missing,
            },
        }
    }

    /// A plugin's latency may have changed since.
    fn latency_of(&self, id: NodeId, old: &NodeInfo) -> u32 {
        let now = matches!(old.identity, Identity::Plugin(..)).then(|| self.plugins.slots.get(&id)).flatten();
        now.map_or(old.latency, |slot| compensated(slot.controller.latency()))
    }

    fn make(
        &mut self,
        node: &NodePlan,
        identity: &Identity,
        values: Option<&Values>,
        wired: &Wired,
    ) -> Made<'static> {
        let source = |audio_out, events_out| Ports {
            audio_out: Buses::stereo(audio_out),
            events_out,
            ..Ports::default()
        };
        let declick = declick_frames(self.config.rate);
        let (kind, ports) = match &node.kind {
            NodeKind::HostInput { bus, channel } => {
                let all = Channels::of(&self.host.inputs, *bus);
                let channels = channel.map_or(all, |channel| all.only(channel));
                (Kind::HostInput(channels), Ports { audio_out: outside(channels), ..Ports::default() })
            }
            NodeKind::HostOutput { bus } => {
                let channels = Channels::of(&self.host.outputs, *bus);
                (Kind::HostOutput(channels), Ports { audio_in: outside(channels), ..Ports::default() })
            }
            NodeKind::HostEvents => (Kind::HostEvents, source(0, true)),
            NodeKind::HostEventsOutput => {
                (Kind::HostEventsOutput, Ports { events_in: true, ..Ports::default() })
            }
            NodeKind::NotePlayer { clips } => {
                let program = self.note_program(node.id, clips);
                (Kind::NotePlayer(Box::new(NotePlayer::new(program))), source(0, true))
            }
            NodeKind::AudioPlayer { clips } => {
                let (program, pages) = self.audio_program(node.id, clips);
                let player = AudioPlayer::new(program, pages, declick);
                (Kind::AudioPlayer(Box::new(player)), source(1, false))
            }
            NodeKind::Strip => (Kind::Level(Box::new(Level::new(LevelKind::Strip, declick))), Ports::EFFECT),
            NodeKind::Send => (Kind::Level(Box::new(Level::new(LevelKind::Send, declick))), Ports::EFFECT),
            NodeKind::Follower => {
                let ports = Ports { audio_out: Buses::new([1]), ..Ports::EFFECT };
                (Kind::Follower(Box::new(Follower::new(self.config.rate.0))), ports)
            }
            NodeKind::Device { device, blob } => return self.device(node.id, *device, *blob),
            NodeKind::Plugin { .. } => return self.plugin(node.id, identity, values, wired),
        };
        Made { source: Source::New(kind), ports, latency: 0 }
    }

    fn device(&mut self, node: NodeId, device: DeviceKind, blob: Option<BlobHash>) -> Made<'static> {
        let content = blob.and_then(|blob| self.content(node, device, blob));
        match devices::build(device, content, &self.config) {
            Ok(processor) => processor_made(processor),
            Err(source) => {
                self.warnings.push(ApplyWarning::Device { node, device, source });
                missing()
            }
        }
    }

    fn plugin(
        &mut self,
        node: NodeId,
        identity: &Identity,
        values: Option<&Values>,
        wired: &Wired,
    ) -> Made<'static> {
        if *identity == Identity::Missing {
            return missing();
        }
        match self.plugins.activate(node, &self.config, values, wired, self.warnings) {
            Some(Ok(processor)) => processor_made(processor),
            Some(Err(source)) => {
                self.warnings.push(ApplyWarning::PluginStart { node, source });
                missing()
            }
            None => missing(),
        }
    }

    fn graph(&mut self, plan: &EnginePlan, made: &mut [Made<'_>], controls: &Controls) -> Graph {
        let index: BTreeMap<NodeId, usize> =
            plan.nodes().enumerate().map(|(index, node)| (node.id, index)).collect();
        let nodes = plan.nodes().zip(&*made).map(|(node, made)| GraphNode {
            ports: made.ports,
            latency: if plan.latency == LatencyPolicy::Zero { 0 } else { made.latency },
            outlet: is_outlet(&node.kind),
            controls: controls.count(node.id),
        });
        let mut nodes: Vec<GraphNode> = nodes.collect();
        let passes: Vec<bool> =
            plan.nodes().map(|node| matches!(node.kind, NodeKind::Plugin { .. })).collect();
        let end =
            |port: protocol::plan::PortRef| Some(End { node: *index.get(&port.node)?, port: port.port });
        let planned = plan.connections().map(|connection| {
            let (from, to) = end(connection.from).zip(end(connection.to))?;
            Some(Cable { lane: lane(connection.signal)?, from, to })
        });
        let planned: Vec<Option<Cable>> = planned.collect();
        let known: Vec<Cable> = planned.iter().flatten().copied().collect();
        let routing = Routing::new(&nodes, &passes, &known);
        let mut cables = Vec::with_capacity(planned.len());
        for (connection, planned) in plan.connections().zip(planned) {
            let resolved = planned.map(|cable| routing.resolve(cable)).unwrap_or_default();
            // Notes to an effect are no mistake: it just does not hear them. Nor is audio that nothing is left of.
            let may_pass = planned.is_some_and(|Cable { from, to, .. }| {
                from.port == 0 && to.port == 0 && (passes[from.node] || passes[to.node])
            });
            if resolved.is_empty() && connection.signal == Signal::Audio && !may_pass {
                self.warn_of_port(connection, |node| Some(nodes[*index.get(&node)?].ports));
            }
            cables.extend(resolved);
        }
        let is_level: Vec<bool> = plan.nodes().map(|node| is_level(&node.kind)).collect();
        widen(&mut nodes, &cables, &is_level);
        made.iter_mut().zip(&nodes).for_each(|(made, node)| made.ports = node.ports);
        let is_follower = |end: &End| nodes[end.node].ports.audio_out == Buses::new([1]);
        let controlling = plan.connections().filter(|cable| cable.signal == Signal::Control);
        cables.extend(controlling.filter_map(|cable| {
            let (from, mut to) = (end(cable.from).filter(is_follower)?, end(cable.to)?);
            let own = u16::try_from(nodes[to.node].ports.audio_in.len()).ok()?;
            to.port = own + u16::from(controls.place(cable.to.node, cable.from.node)?);
            Some(Cable { lane: Lane::Audio, from, to })
        }));
        let least_latency = match plan.latency {
            LatencyPolicy::Fixed { frames } => frames,
            LatencyPolicy::Auto | LatencyPolicy::Zero => 0,
        };
        Graph { nodes, cables, least_latency }
    }

    /// Says that a cable carries nothing, unless that will be over when a plugin has restarted.
    fn warn_of_port(&mut self, cable: &Connection, ports: impl Fn(NodeId) -> Option<Ports>) {
        let ends = [(BusDirection::Output, cable.from), (BusDirection::Input, cable.to)];
        let missing = ends.into_iter().find(|(direction, end)| {
            ports(end.node).is_none_or(|ports| match direction {
                BusDirection::Output => !ports.audio_out.has(end.port),
                BusDirection::Input => !ports.audio_in.has(end.port),
            })
        });
        if let Some((direction, PortRef { node, port })) = missing
            && !self.plugins.is_restarting(node)
        {
            self.warnings.push(ApplyWarning::NoSuchPort { node, direction, port });
        }
    }

    /// What a schedule will consist of, but for its nodes and delay lines.
    fn built(&self, plan: &EnginePlan, graph: &Graph, layout: &Layout) -> Built {
        let ids: Vec<NodeId> = plan.nodes().map(|node| node.id).collect();
        let id = |index: usize| ids[index];
        // What modulates is not heard: a step in it is no click.
        let is_heard = |cable: &&Cable| {
            cable.lane == Lane::Events || graph.nodes[cable.to.node].ports.audio_in.has(cable.to.port)
        };
        let edges = graph.cables.iter().filter(is_heard).map(|cable| {
            let source = &graph.nodes[cable.from.node];
            let delay = layout.arrival[cable.to.node] - (layout.arrival[cable.from.node] + source.latency);
            let has_channels = cable.lane == Lane::Audio && delay > 0;
            let channels = source.ports.audio_out.channels(usize::from(cable.from.port));
            Edge {
                lane: cable.lane,
                from: (id(cable.from.node), cable.from.port),
                to: (id(cable.to.node), cable.to.port),
                delay,
                channels: u8::try_from(channels).ok().filter(|_| has_channels).unwrap_or(0),
            }
        });
        Built {
            ledger: ledger(plan, graph, layout).into(),
            edges: edges.collect(),
            latency: layout.latency,
            ..Built::default()
        }
    }
}

/// The automation and modulation of a node; `None` if it has none. `values` are those that its parameters have without.
pub(super) fn automation(
    node: &NodePlan,
    plan: &EnginePlan,
    controls: &Controls,
    values: &Values,
    arrival: u32,
    rate: SampleRate,
) -> Option<Box<NodeAutomation>> {
    let modulated = effective::modulated(node, plan, values);
    let lanes = Automation::new(&node.automation, &modulated, rate, plan.control);
    let followed = || controls.followed(&modulated);
    (!lanes.is_empty()).then(|| Box::new(NodeAutomation::new(lanes, followed(), arrival, plan.control)))
}

fn processor_made(processor: Box<dyn Processor>) -> Made<'static> {
    let ports = processor.ports();
    let latency = compensated(processor.latency());
    Made { source: Source::New(Kind::Processor(processor)), ports, latency }
}

/// Whether a node is as wide as what goes in.
fn is_level(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::Strip | NodeKind::Send)
}

/// Whether a node gives the engine's output.
fn is_outlet(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::HostOutput { .. } | NodeKind::HostEventsOutput)
}

/// A bus of the outer host; what has no channels there is stereo that nobody hears.
fn outside(channels: Channels) -> Buses {
    Buses::new([if channels.count == 0 { 2 } else { channels.count }])
}

/// Lets the main input and notes through.
fn missing() -> Made<'static> {
    let ports = Ports { events_in: true, events_out: true, ..Ports::SIDECHAINED };
    Made { source: Source::New(Kind::Missing), ports, latency: 0 }
}

/// What carries a signal from port to port as the plan has it.
fn lane(signal: Signal) -> Option<Lane> {
    match signal {
        Signal::Audio => Some(Lane::Audio),
        Signal::Events => Some(Lane::Events),
        Signal::Control => None,
    }
}
