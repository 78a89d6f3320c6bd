//! What hosting costs: CLAP gains behind the engine's interface, against a bare loop that calls the very same plugins.
//!
//! Besides criterion's figures it prints the difference per node and block, both sides measured in turn, the fastest of
//! many rounds each: on a shared machine the fastest is the one that was not disturbed.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::ffi::CString;
use std::hint::black_box;
use std::time::{Duration, Instant};

use clack_host::events::io::{InputEvents, OutputEvents};
use clack_host::prelude::*;
use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::process::clap_process;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use loophole_host::nested::{self, PluginController, PluginLocator, StaticEntry};
use loophole_host::{
    AudioConfig, BlockTransport, BusBuffer, BusIn, BusOut, EventList, Events, NodeBlock, Processor,
    RenderMode,
};
use protocol::{PluginFormat, PluginRef, SampleRate};

const ID: &str = "org.loophole.test.gain";
const RATE: f64 = 48_000.0;
const SHAPES: [Shape; 2] = [Shape::Chain, Shape::Parallel];

/// How the nodes are connected.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Each feeds the next.
    Chain,
    /// Each has buffers of its own.
    Parallel,
}

/// Stereo buffers, one more than there are nodes: node `n` reads one and writes another.
struct Buffers {
    buses: Vec<BusBuffer>,
}

impl Buffers {
    fn new(nodes: usize, frames: usize) -> Self {
        Self { buses: vec![BusBuffer::of(&[&vec![0.25; frames], &vec![0.25; frames]]); nodes + 1] }
    }

    /// The input and the output of a node.
    fn of(&mut self, node: usize, shape: Shape) -> (BusIn<'_>, BusOut<'_>) {
        let (input, output) = match shape {
            Shape::Chain => {
                let (input, output) = self.buses.split_at_mut(1);
                if node.is_multiple_of(2) {
                    (&mut input[0], &mut output[0])
                } else {
                    (&mut output[0], &mut input[0])
                }
            }
            Shape::Parallel => {
                let (input, output) = self.buses.split_at_mut(1);
                (&mut input[0], &mut output[node])
            }
        };
        (input.input(), output.output())
    }
}

/// The floor: pointers into a `clap_process`, and the call.
struct Bare {
    instances: Vec<(PluginInstance<()>, StartedPluginAudioProcessor<()>)>,
    buffers: Buffers,
}

impl Bare {
    fn new(nodes: usize, frames: usize) -> Self {
        // SAFETY: the test plugins guarantee their entry.
        let entry = unsafe {
            PluginEntry::load_from_raw(test_units::entry().cast().as_ref(), &CString::default()).unwrap()
        };
        let info = HostInfo::new("bare", "", "", "").unwrap();
        let id = CString::new(ID).unwrap();
        let conditions =
            PluginAudioConfiguration { sample_rate: RATE, min_frames_count: 1, max_frames_count: 4_096 };
        let make = || {
            let mut instance = PluginInstance::<()>::new(|()| (), |()| (), &entry, &id, &info).unwrap();
            let started = instance.activate(|(), ()| (), conditions).unwrap().start_processing().unwrap();
            (instance, started)
        };
        Self { instances: (0..nodes).map(|_| make()).collect(), buffers: Buffers::new(nodes, frames) }
    }

    fn block(&mut self, frames: u32, shape: Shape) {
        let events = InputEvents::empty();
        let mut nowhere = OutputEvents::void();
        for (node, (instance, _)) in self.instances.iter().enumerate() {
            let (input, mut output) = self.buffers.of(node, shape);
            let mut inputs = [0, 1].map(|channel| input.channel(channel).as_ptr().cast_mut());
            let mut outputs = [0, 1].map(|channel| output.channel_mut(channel).as_mut_ptr());
            let port = |channels: &mut [*mut f32; 2]| clap_audio_buffer {
                data32: channels.as_mut_ptr(),
                data64: std::ptr::null_mut(),
                channel_count: 2,
                latency: 0,
                constant_mask: 0,
            };
            let (input, mut output) = (port(&mut inputs), port(&mut outputs));
            let process = clap_process {
                steady_time: -1,
                frames_count: frames,
                transport: std::ptr::null(),
                audio_inputs: &raw const input,
                audio_outputs: &raw mut output,
                audio_inputs_count: 1,
                audio_outputs_count: 1,
                in_events: events.as_raw(),
                out_events: nowhere.as_raw(),
            };
            let plugin = instance.raw_instance();
            // SAFETY: the plugin is processing, and everything in `process` outlives the call.
            black_box(unsafe { plugin.process.unwrap()(plugin, &raw const process) });
        }
    }
}

/// The same behind [`Processor`].
struct Wrapped {
    nodes: Vec<(PluginController, Box<dyn Processor>)>,
    buffers: Buffers,
    events: EventList,
    transport: BlockTransport,
}

impl Wrapped {
    fn new(nodes: usize, frames: usize) -> Self {
        // SAFETY: the test plugins guarantee their entry.
        let entry = unsafe { StaticEntry::new(test_units::entry(), &CString::default()) };
        let mut locator = PluginLocator::new();
        locator.add_static(&entry).unwrap();
        let plugin = PluginRef { format: PluginFormat::Clap, id: ID.into() };
        let config = AudioConfig { rate: SampleRate(RATE), max_block: 4_096, mode: RenderMode::Realtime };
        let make = || {
            let mut controller = nested::load(&plugin, &locator, None).unwrap();
            let processor = controller.activate(&config).unwrap();
            (controller, processor)
        };
        Self {
            nodes: (0..nodes).map(|_| make()).collect(),
            buffers: Buffers::new(nodes, frames),
            events: EventList::default(),
            transport: BlockTransport { playing: true, ..BlockTransport::default() },
        }
    }

    /// The transport runs, as it does while somebody listens.
    fn block(&mut self, frames: u32, shape: Shape) {
        self.transport.frame.0 += i64::from(frames);
        self.transport.beats += f64::from(frames) / RATE * 2.0;
        for (node, (_, processor)) in self.nodes.iter_mut().enumerate() {
            let (input, output) = self.buffers.of(node, shape);
            black_box(processor.process(&mut NodeBlock {
                frames: input.frames(),
                audio_in: &[input],
                audio_out: &mut [output],
                events_in: Events::EMPTY,
                events_out: &mut self.events,
                transport: &self.transport,
                mode: RenderMode::Realtime,
            }));
        }
    }
}

/// The fastest time of `action`, run `repeat` times in each of several rounds.
struct Fastest {
    best: Duration,
}

impl Fastest {
    fn measure(&mut self, repeat: u32, mut action: impl FnMut()) {
        let start = Instant::now();
        for _ in 0..repeat {
            action();
        }
        self.best = self.best.min(start.elapsed() / repeat);
    }

    fn nanos_per(&self, nodes: usize) -> f64 {
        self.best.as_secs_f64() * 1e9 / f64::from(u32::try_from(nodes).unwrap())
    }
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
fn difference(nodes: usize, frames: u32, shape: Shape) {
    let length = usize::try_from(frames).unwrap();
    let (mut bare, mut wrapped) = (Bare::new(nodes, length), Wrapped::new(nodes, length));
    let (mut floor, mut ours) = (Fastest { best: Duration::MAX }, Fastest { best: Duration::MAX });
    for _ in 0..400 {
        floor.measure(20, || bare.block(frames, shape));
        ours.measure(20, || wrapped.block(frames, shape));
    }
    let (floor, ours) = (floor.nanos_per(nodes), ours.nanos_per(nodes));
    println!(
        "nested/overhead/shape={shape:?},nodes={nodes},block={frames}: bare {floor:.1} ns, hosted {ours:.1} ns, \
         overhead {:.1} ns per node and block",
        ours - floor
    );
}

fn benches(criterion: &mut Criterion) {
    for shape in SHAPES {
        for nodes in [1, 8, 32, 128] {
            for frames in [64, 512] {
                difference(nodes, frames, shape);
            }
        }
    }
    let mut group = criterion.benchmark_group("nested/process");
    group.sample_size(20).measurement_time(Duration::from_secs(1)).warm_up_time(Duration::from_millis(300));
    for shape in SHAPES {
        for frames in [64_u32, 512] {
            let length = usize::try_from(frames).unwrap();
            let parameters = format!("shape={shape:?},nodes=32,block={frames}");
            let mut bare = Bare::new(32, length);
            group.bench_function(BenchmarkId::new("bare", &parameters), |bencher| {
                bencher.iter(|| bare.block(frames, shape));
            });
            let mut wrapped = Wrapped::new(32, length);
            group.bench_function(BenchmarkId::new("hosted", &parameters), |bencher| {
                bencher.iter(|| wrapped.block(frames, shape));
            });
        }
    }
    group.finish();
}

criterion_group!(nested_plugins, benches);
criterion_main!(nested_plugins);
