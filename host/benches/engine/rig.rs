//! An engine that runs gains.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use loophole_host::engine::Threads;
use loophole_host::media::{BlobSource, ReadSeek};
use loophole_host::{
    AudioConfig, EngineController, EngineOptions, EngineProcessor, EventList, Events, ProcessBlock,
    RenderMode, StereoIn, StereoOut,
};
use protocol::plan::{Connection, NodeKind, NodePlan, PortRef, Signal};
use protocol::{BlobHash, DeviceKind, EnginePlan, EntityId, NodeId, NodeRole, SampleRate};

use super::Shape;
use super::gain::GainLoader;

struct NoBlobs;

impl BlobSource for NoBlobs {
    fn open(&self, _: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

pub struct Rig {
    _controller: EngineController,
    processor: EngineProcessor,
    input: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
    events: EventList,
}

impl Rig {
    pub fn new(shape: Shape, nodes: usize, frames: usize) -> Self {
        // What is measured is what a node costs; others would only add noise.
        Self::with(plan(shape, nodes, &gain()), frames, Threads::Exactly(NonZeroUsize::MIN))
    }

    /// So many tracks side by side, each of which has something to do.
    pub fn tracks(tracks: usize, frames: usize, threads: Threads) -> Self {
        let reverb = NodeKind::Device { device: DeviceKind::Reverb, blob: None };
        Self::with(plan(Shape::Parallel, tracks, &reverb), frames, threads)
    }

    fn with(plan: EnginePlan, frames: usize, threads: Threads) -> Self {
        let options = EngineOptions { threads, ..EngineOptions::new(Arc::new(NoBlobs), GainLoader) };
        let mut controller = EngineController::new(options);
        #[expect(clippy::unwrap_used, reason = "the plan is a chain or a star, and the conditions are legal")]
        let processor = {
            controller.apply(plan).unwrap();
            let config =
                AudioConfig { rate: SampleRate(48_000.0), max_block: frames, mode: RenderMode::Realtime };
            controller.activate(config).unwrap()
        };
        let buffer = || vec![0.5; frames];
        let (input, left, right) = (buffer(), buffer(), buffer());
        Self { _controller: controller, processor, input, left, right, events: EventList::default() }
    }

    pub fn block(&mut self) {
        self.processor.process(&mut ProcessBlock {
            frames: self.input.len(),
            inputs: &[StereoIn { left: &self.input, right: &self.input }],
            outputs: &mut [StereoOut { left: &mut self.left, right: &mut self.right }],
            events_in: Events::EMPTY,
            events_out: &mut self.events,
            transport: None,
        });
    }
}

fn gain() -> NodeKind {
    NodeKind::Plugin { plugin: GainLoader::plugin(), state: None }
}

fn plan(shape: Shape, nodes: usize, kind: &NodeKind) -> EnginePlan {
    let mut plan = EnginePlan::default();
    let mut node = |number: usize, role, kind| {
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
    };
    let input = node(0, NodeRole::Input, NodeKind::HostInput { bus: 0 });
    let output = node(0, NodeRole::Output, NodeKind::HostOutput { bus: 0 });
    let gains: Vec<NodeId> = (0..nodes).map(|number| node(number, NodeRole::Device, kind.clone())).collect();
    let mut connect = |from, to| {
        let port = |node| PortRef { node, port: 0 };
        plan.first_part_mut().connections.push(Connection {
            signal: Signal::Audio,
            from: port(from),
            to: port(to),
        });
    };
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
