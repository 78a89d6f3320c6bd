//! One plugin with buffers around it.

#[path = "../common/active.rs"]
mod active;

use std::ffi::CString;

use loophole_host::config::{AudioConfig, RenderMode};
use loophole_host::event::{Event, EventList, Events};
use loophole_host::nested::{self, PluginController, PluginLocator, StaticEntry};
use loophole_host::processor::{BlockTransport, BusBuffer, Buses, NodeBlock, ProcessStatus};
use protocol::{ParamId, PluginFormat, PluginRef, SampleRate};

pub use active::Active;

pub const RATE: f64 = 48_000.0;
pub const MAX_BLOCK: usize = 512;
pub const CONFIG: AudioConfig =
    AudioConfig { rate: SampleRate(RATE), max_block: MAX_BLOCK, mode: RenderMode::Realtime };

/// The identity of a test plugin.
pub fn plugin(key: &str) -> PluginRef {
    PluginRef { format: PluginFormat::Clap, id: format!("org.loophole.test.{key}") }
}

/// A locator that knows the test plugins without a file.
pub fn locator() -> PluginLocator {
    // SAFETY: the test plugins guarantee their entry.
    #[expect(unsafe_code)]
    let entry = unsafe { StaticEntry::new(test_units::entry(), &CString::default()) };
    let mut locator = PluginLocator::new();
    locator.add_static(&entry).unwrap();
    locator
}

/// Loads a test plugin.
pub fn load(key: &str) -> PluginController {
    nested::load(&plugin(key), &locator(), None).unwrap()
}

/// One bus of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Bus {
    pub left: Vec<f32>,
    pub right: Vec<f32>,
}

impl Bus {
    pub fn of(left: f32, right: f32) -> Self {
        Self { left: vec![left; MAX_BLOCK], right: vec![right; MAX_BLOCK] }
    }
}

/// Stereo buses as the ports want them.
fn as_wide_as(buses: &[Bus], ports: Buses) -> Vec<BusBuffer> {
    let convert = |(bus, channels): (&Bus, usize)| {
        let mut wide = BusBuffer::new(channels, MAX_BLOCK);
        wide.output().copy_from(BusBuffer::of(&[&bus.left, &bus.right]).input());
        wide
    };
    buses.iter().zip(ports.iter()).map(convert).collect()
}

/// An active plugin, its inputs, and what came out of the last block.
pub struct Rig {
    pub active: Active,
    pub inputs: Vec<Bus>,
    pub outputs: Vec<Bus>,
    pub events: EventList,
    pub transport: BlockTransport,
    /// Whether an allocation within a block aborts. Off only for plugins that allocate themselves.
    pub trap: bool,
}

impl Rig {
    /// Loads and activates.
    pub fn new(key: &str) -> Self {
        Self::with_params(key, &[])
    }

    /// Loads, sets parameters, activates.
    pub fn with_params(key: &str, params: &[(u32, f64)]) -> Self {
        let mut controller = load(key);
        for (param, value) in params {
            controller.set_param(ParamId(*param), *value);
        }
        let processor = controller.activate(&CONFIG).unwrap();
        let ports = processor.ports();
        assert_eq!(ports, controller.ports());
        Self {
            active: Active { controller, processor },
            inputs: vec![Bus::of(0.0, 0.0); ports.audio_in.len()],
            outputs: vec![Bus::of(0.0, 0.0); ports.audio_out.len()],
            events: EventList::default(),
            transport: BlockTransport::default(),
            trap: true,
        }
    }

    /// Processes a block; outputs begin as garbage. Traps allocations.
    pub fn process(&mut self, frames: usize, events: &[Event]) -> ProcessStatus {
        self.process_events(frames, Events::new(events))
    }

    /// As [`process`](Self::process).
    pub fn process_events(&mut self, frames: usize, events: Events<'_>) -> ProcessStatus {
        self.outputs.fill(Bus::of(777.0, 777.0));
        self.events.clear();
        let ports = self.processor.ports();
        let inputs = as_wide_as(&self.inputs, ports.audio_in);
        let inputs: Vec<_> = inputs.iter().map(|bus| bus.input_part(0..frames)).collect();
        let mut written = as_wide_as(&self.outputs, ports.audio_out);
        let mut outputs: Vec<_> = written.iter_mut().map(|bus| bus.output_part(0..frames)).collect();
        let mut block = NodeBlock {
            frames,
            audio_in: &inputs,
            audio_out: &mut outputs,
            events_in: events,
            events_out: &mut self.events,
            transport: &self.transport,
            mode: RenderMode::Realtime,
        };
        let processor = &mut self.active.processor;
        let status = if self.trap {
            assert_no_alloc::assert_no_alloc(|| processor.process(&mut block))
        } else {
            processor.process(&mut block)
        };
        for (bus, written) in self.outputs.iter_mut().zip(&written) {
            let mut stereo = BusBuffer::new(2, MAX_BLOCK);
            stereo.output().copy_from(written.input());
            (bus.left, bus.right) = (stereo.channel(0).to_vec(), stereo.channel(1).to_vec());
        }
        status
    }

    /// Takes the processor through leaving and back to the controller; gives the controller.
    pub fn deactivate(self) -> PluginController {
        self.active.deactivate()
    }
}

impl std::ops::Deref for Rig {
    type Target = Active;

    fn deref(&self) -> &Active {
        &self.active
    }
}

impl std::ops::DerefMut for Rig {
    fn deref_mut(&mut self) -> &mut Active {
        &mut self.active
    }
}
