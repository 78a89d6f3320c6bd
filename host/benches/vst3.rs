//! What hosting VST3 costs: the smallest test plugin behind the engine's interface, against a bare loop that calls the very
//! same library.
//!
//! Both sides are measured in turn, the fastest of many rounds each: on a shared machine the fastest is the one that was
//! not disturbed. For instruction counts, run it under callgrind with `--side=bare` and `--side=hosted`, which run one side
//! for a fixed number of blocks and print how many.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![allow(clippy::print_stdout, reason = "a bench reports")]

use std::ffi::c_void;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use loophole_host::nested::{self, PluginController, PluginLocator};
use loophole_host::{
    AudioConfig, BlockTransport, BusBuffer, EventList, Events, NodeBlock, Processor, RenderMode,
};
use loophole_test_vst3::bare;
use protocol::{PluginFormat, PluginRef, SampleRate};
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait as _, IComponent,
    IComponentTrait as _, ProcessData,
};
use vst3::Steinberg::{IPluginFactory, IPluginFactoryTrait as _};
use vst3::{ComPtr, Interface as _};

const NODES: usize = 32;
const FRAMES: usize = 64;
/// How many blocks one side runs for a count of instructions.
const COUNTED: u32 = 20_000;

/// The library of the test plugins, which cargo builds beside this bench.
fn library() -> PathBuf {
    std::env::current_exe().unwrap().with_file_name("libloophole_test_vst3.so")
}

/// A chain: each node reads one of two buffers and writes the other.
struct Chain {
    buses: [BusBuffer; 2],
}

impl Chain {
    fn new() -> Self {
        let bus = || BusBuffer::of(&[&[0.25; FRAMES], &[0.25; FRAMES]]);
        Self { buses: [bus(), bus()] }
    }

    fn of(&mut self, node: usize) -> (&mut BusBuffer, &mut BusBuffer) {
        let [first, second] = &mut self.buses;
        if node.is_multiple_of(2) { (first, second) } else { (second, first) }
    }
}

/// The floor: pointers into a `ProcessData`, and the call.
struct Bare {
    nodes: Vec<ComPtr<IAudioProcessor>>,
    chain: Chain,
    _library: libloading::Library,
}

impl Bare {
    fn new() -> Self {
        // SAFETY: the library is our own; its entry has the type of the standard.
        let (library, factory) = unsafe {
            let library = libloading::Library::new(library()).unwrap();
            let entry: libloading::Symbol<'_, unsafe extern "system" fn() -> *mut IPluginFactory> =
                library.get(b"GetPluginFactory\0").unwrap();
            let factory = ComPtr::from_raw(entry()).unwrap();
            (library, factory)
        };
        let make = |_| {
            let mut object: *mut c_void = std::ptr::null_mut();
            // SAFETY: both identifiers are 16 bytes; the object has one reference for us.
            unsafe {
                factory.createInstance(bare::ID.as_ptr(), IComponent::IID.as_ptr().cast(), &raw mut object);
                let component = ComPtr::from_raw(object.cast::<IComponent>()).unwrap();
                component.setActive(1);
                component.cast::<IAudioProcessor>().unwrap()
            }
        };
        Self { nodes: (0..NODES).map(make).collect(), chain: Chain::new(), _library: library }
    }

    fn block(&mut self) {
        for (node, processor) in self.nodes.iter().enumerate() {
            let (input, output) = self.chain.of(node);
            let mut inputs = [0, 1].map(|channel| input.channel_mut(channel).as_mut_ptr());
            let mut outputs = [0, 1].map(|channel| output.channel_mut(channel).as_mut_ptr());
            let bus = |channels: &mut [*mut f32; 2]| AudioBusBuffers {
                numChannels: 2,
                silenceFlags: 0,
                __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
            };
            let (mut input, mut output) = (bus(&mut inputs), bus(&mut outputs));
            let mut data = ProcessData {
                processMode: 0,
                symbolicSampleSize: 0,
                numSamples: FRAMES.try_into().unwrap(),
                numInputs: 1,
                numOutputs: 1,
                inputs: &raw mut input,
                outputs: &raw mut output,
                inputParameterChanges: std::ptr::null_mut(),
                outputParameterChanges: std::ptr::null_mut(),
                inputEvents: std::ptr::null_mut(),
                outputEvents: std::ptr::null_mut(),
                processContext: std::ptr::null_mut(),
            };
            // SAFETY: the component is active, and everything in `data` outlives the call.
            black_box(unsafe { processor.process(&raw mut data) });
        }
    }
}

/// The same behind [`Processor`].
struct Hosted {
    nodes: Vec<(PluginController, Box<dyn Processor>)>,
    chain: Chain,
    events: EventList,
    transport: BlockTransport,
    _folder: tempfile::TempDir,
}

impl Hosted {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("Test.vst3");
        let inside = bundle.join("Contents").join(format!("{}-linux", std::env::consts::ARCH));
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::copy(library(), inside.join("Test.so")).unwrap();
        let mut locator = PluginLocator::new();
        let plugins = locator.add_file(&bundle).unwrap();
        let plugin = plugins.into_iter().find(|plugin| plugin.name == "Bare").unwrap().plugin;
        assert_eq!(plugin, PluginRef { format: PluginFormat::Vst3, id: plugin.id.clone() });
        let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 512, mode: RenderMode::Realtime };
        let make = |_| {
            let mut controller = nested::load(&plugin, &locator, None).unwrap();
            let processor = controller.activate(&config).unwrap();
            (controller, processor)
        };
        Self {
            nodes: (0..NODES).map(make).collect(),
            chain: Chain::new(),
            events: EventList::default(),
            transport: BlockTransport { playing: true, ..BlockTransport::default() },
            _folder: folder,
        }
    }

    /// The transport runs, as it does while somebody listens.
    fn block(&mut self) {
        self.transport.frame.0 += 64;
        self.transport.beats += 64.0 / 24_000.0;
        for (node, (_, processor)) in self.nodes.iter_mut().enumerate() {
            let (input, output) = self.chain.of(node);
            black_box(processor.process(&mut NodeBlock {
                frames: FRAMES,
                audio_in: &[input.input()],
                audio_out: &mut [output.output()],
                events_in: Events::EMPTY,
                events_out: &mut self.events,
                transport: &self.transport,
                mode: RenderMode::Realtime,
            }));
        }
    }
}

/// The fastest time of a block, in nanoseconds per node.
fn fastest(best: &mut f64, mut block: impl FnMut()) {
    let start = Instant::now();
    for _ in 0..20 {
        block();
    }
    let took: Duration = start.elapsed() / 20;
    *best = best.min(took.as_secs_f64() * 1e9 / 32.0);
}

fn main() {
    let side = std::env::args().find_map(|arg| arg.strip_prefix("--side=").map(str::to_owned));
    match side.as_deref() {
        Some("bare") => {
            let mut bare = Bare::new();
            (0..COUNTED).for_each(|_| bare.block());
            println!("{COUNTED} blocks of {NODES} nodes");
        }
        Some("hosted") => {
            let mut hosted = Hosted::new();
            (0..COUNTED).for_each(|_| hosted.block());
            println!("{COUNTED} blocks of {NODES} nodes");
        }
        _ => {
            let (mut bare, mut hosted) = (Bare::new(), Hosted::new());
            let (mut floor, mut ours) = (f64::MAX, f64::MAX);
            for _ in 0..400 {
                fastest(&mut floor, || bare.block());
                fastest(&mut ours, || hosted.block());
            }
            println!(
                "vst3/overhead/shape=chain,nodes={NODES},block={FRAMES}: bare {floor:.1} ns, hosted {ours:.1} ns, \
                 overhead {:.1} ns per node and block",
                ours - floor
            );
        }
    }
}
