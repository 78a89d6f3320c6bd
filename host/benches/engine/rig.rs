//! An engine that runs gains.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use loophole_host::engine::{NodeTiming, PluginLoader, Threads};
use loophole_host::media::{BlobSource, ReadSeek};
use loophole_host::{
    AudioConfig, EngineController, EngineOptions, EngineProcessor, EventList, Events, ProcessBlock,
    RenderMode,
};
use protocol::control::TransportCommand;
use protocol::plan::{Connection, NodeKind, NodePlan, PortRef, Signal};
use protocol::{BlobHash, DeviceKind, EnginePlan, EntityId, NodeId, NodeRole, SampleRate};
use rtrb::Consumer;

use super::Shape;
use super::gain::GainLoader;
use super::vst3::Bundle;

struct NoBlobs;

impl BlobSource for NoBlobs {
    fn open(&self, _: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

pub struct Rig {
    // Before the controller, as the processor holds on to its plugins.
    processor: EngineProcessor,
    controller: EngineController,
    _bundle: Option<tempfile::TempDir>,
    input: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
    events: EventList,
}

impl Rig {
    pub fn new(shape: Shape, nodes: usize, frames: usize) -> Self {
        // What is measured is what a node costs; others would only add noise.
        Self::with(GainLoader, plan(shape, nodes, &gain()), frames, Threads::Exactly(NonZeroUsize::MIN))
    }

    /// A chain of VST3 plugins, while the transport runs.
    pub fn vst3(nodes: usize, frames: usize) -> Self {
        let Bundle { plugin, locator, folder } = Bundle::new();
        let plugin = NodeKind::Plugin { plugin, state: None, layout: None };
        let plan = plan(Shape::Chain, nodes, &plugin);
        let mut rig = Self::with(locator, plan, frames, Threads::Exactly(NonZeroUsize::MIN));
        rig.processor.transport(TransportCommand::Play);
        rig._bundle = Some(folder);
        rig
    }

    /// So many tracks side by side, each of which has something to do.
    pub fn tracks(tracks: usize, frames: usize, threads: Threads) -> Self {
        let reverb = NodeKind::Device { device: DeviceKind::Reverb, blob: None };
        Self::with(GainLoader, plan(Shape::Parallel, tracks, &reverb), frames, threads)
    }

    /// Tracks with an equalizer, a compressor, a reverb and a strip each: what a session does.
    pub fn session(tracks: usize, frames: usize) -> Self {
        Self::with(GainLoader, session(tracks), frames, Threads::Exactly(NonZeroUsize::MIN))
    }

    /// So many tracks side by side, of which the last comes or goes.
    pub fn come_and_go(nodes: usize) -> (Self, [EnginePlan; 2]) {
        let plans = [nodes, nodes + 1].map(|nodes| plan(Shape::Parallel, nodes, &gain()));
        (Self::new(Shape::Parallel, nodes, 64), plans)
    }

    /// Another plan.
    pub fn apply(&mut self, plan: &EnginePlan) {
        #[expect(clippy::unwrap_used, reason = "it is a star, like the one before")]
        self.controller.apply(plan.clone()).unwrap();
    }

    /// Somebody looks at the diagnostics page from now on: listens to the first two tracks, as it does to the master and a
    /// track, and wants to know how long each node takes.
    pub fn look(&mut self) -> [Consumer<[f32; 2]>; 2] {
        self.controller.time_nodes(NodeTiming::On);
        [0, 1].map(|track| {
            let strip = NodeId { entity: EntityId(track), role: NodeRole::Strip };
            #[expect(clippy::unwrap_used, reason = "sessions have two tracks")]
            self.controller.listen(strip, 48_000).unwrap()
        })
    }

    /// What the control thread does now and then: takes in what was told.
    pub fn poll(&mut self) {
        self.controller.poll();
    }

    fn with(plugins: impl PluginLoader + 'static, plan: EnginePlan, frames: usize, threads: Threads) -> Self {
        let options = EngineOptions { threads, ..EngineOptions::new(Arc::new(NoBlobs), plugins) };
        let mut controller = EngineController::new(options);
        #[expect(clippy::unwrap_used, reason = "the plan is a chain or a star, and the conditions are legal")]
        let processor = {
            controller.apply(plan).unwrap();
            let config =
                AudioConfig { rate: SampleRate(48_000.0), max_block: frames, mode: RenderMode::Realtime };
            controller.activate(config).unwrap()
        };
        let [input, left, right] = [0; 3].map(|_| vec![0.0; frames]);
        let events = EventList::default();
        let mut rig = Self { processor, controller, _bundle: None, input, left, right, events };
        // As elsewhere, nothing sounds at first.
        rig.block();
        rig.input.fill(0.5);
        rig
    }

    pub fn block(&mut self) {
        self.processor.process(&mut ProcessBlock {
            frames: self.input.len(),
            inputs: &[&self.input, &self.input],
            outputs: &mut [&mut self.left, &mut self.right],
            events_in: Events::EMPTY,
            events_out: &mut self.events,
            transport: None,
        });
    }
}

fn gain() -> NodeKind {
    NodeKind::Plugin { plugin: GainLoader::plugin(), state: None, layout: None }
}

fn add(plan: &mut EnginePlan, number: usize, role: NodeRole, kind: NodeKind) -> NodeId {
    let id = NodeId { entity: EntityId(number as u128), role };
    plan.first_part_mut().nodes.push(NodePlan {
        id,
        name: "".into(),
        kind,
        bypassed: false,
        params: BTreeMap::new(),
        automation: Vec::new(),
    });
    id
}

fn connect(plan: &mut EnginePlan, from: NodeId, to: NodeId) {
    let port = |node| PortRef { node, port: 0 };
    plan.first_part_mut().connections.push(Connection {
        signal: Signal::Audio,
        from: port(from),
        to: port(to),
    });
}

fn session(tracks: usize) -> EnginePlan {
    let mut plan = EnginePlan::default();
    let input = add(&mut plan, tracks, NodeRole::Input, NodeKind::HostInput { bus: 0, channel: None });
    let output = add(&mut plan, tracks, NodeRole::Output, NodeKind::HostOutput { bus: 0 });
    for track in 0..tracks {
        let mut from = input;
        for (nth, device) in
            [DeviceKind::Equalizer, DeviceKind::Compressor, DeviceKind::Reverb].into_iter().enumerate()
        {
            let number = (nth + 1) * 1_000 + track;
            let kind = NodeKind::Device { device, blob: None };
            let device = add(&mut plan, number, NodeRole::Device, kind);
            connect(&mut plan, from, device);
            from = device;
        }
        let strip = add(&mut plan, track, NodeRole::Strip, NodeKind::Strip);
        connect(&mut plan, from, strip);
        connect(&mut plan, strip, output);
    }
    plan
}

fn plan(shape: Shape, nodes: usize, kind: &NodeKind) -> EnginePlan {
    let mut plan = EnginePlan::default();
    let mut node = |number, role, kind| add(&mut plan, number, role, kind);
    let input = node(0, NodeRole::Input, NodeKind::HostInput { bus: 0, channel: None });
    let output = node(0, NodeRole::Output, NodeKind::HostOutput { bus: 0 });
    let gains: Vec<NodeId> = (0..nodes).map(|number| node(number, NodeRole::Device, kind.clone())).collect();
    let mut connect = |from, to| connect(&mut plan, from, to);
    match shape {
        Shape::Chain => {
            let row: Vec<NodeId> = [input].into_iter().chain(gains).chain([output]).collect();
            row.windows(2).for_each(|pair| connect(pair[0], pair[1]));
        }
        Shape::Parallel => gains.iter().for_each(|&gain| {
            connect(input, gain);
            connect(gain, output);
        }),
    }
    plan
}
