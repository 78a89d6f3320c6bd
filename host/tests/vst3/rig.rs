//! One plugin with buffers around it.

#[path = "../common/active.rs"]
mod active;

use loophole_host::config::{AudioConfig, RenderMode};
use loophole_host::event::{Event, EventList, Events};
use loophole_host::nested::{self, PluginController, PluginLocator};
use loophole_host::processor::{BlockTransport, BusBuffer, NodeBlock, ProcessStatus};
use protocol::{PluginInfo, PluginRef, SampleRate};

pub use active::Active;

pub const RATE: f64 = 48_000.0;
pub const MAX_BLOCK: usize = 512;
pub const CONFIG: AudioConfig =
    AudioConfig { rate: SampleRate(RATE), max_block: MAX_BLOCK, mode: RenderMode::Realtime };

/// The test plugins, which cargo builds beside this test, as the bundle that a user would install.
pub struct Bundle {
    pub locator: PluginLocator,
    pub plugins: Vec<PluginInfo>,
    _folder: tempfile::TempDir,
}

impl Bundle {
    pub fn new() -> Self {
        let built = std::env::current_exe().unwrap().with_file_name("libloophole_test_vst3.so");
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("Test.vst3");
        let library = bundle.join("Contents").join(format!("{}-linux", std::env::consts::ARCH));
        std::fs::create_dir_all(&library).unwrap();
        std::fs::copy(built, library.join("Test.so")).unwrap();
        let mut locator = PluginLocator::new();
        let plugins = locator.add_file(&bundle).unwrap();
        Self { locator, plugins, _folder: folder }
    }

    /// The plugin with a name.
    pub fn plugin(&self, name: &str) -> PluginRef {
        self.plugins.iter().find(|info| info.name == name).unwrap().plugin.clone()
    }

    pub fn load(&self, name: &str) -> PluginController {
        load(&self.locator, &self.plugin(name))
    }
}

/// Loads a plugin.
pub fn load(locator: &PluginLocator, plugin: &PluginRef) -> PluginController {
    nested::load(plugin, locator, None).unwrap()
}

/// An active plugin, its inputs, and what came out of the last block.
pub struct Rig {
    pub active: Active,
    pub inputs: Vec<BusBuffer>,
    pub outputs: Vec<BusBuffer>,
    pub events: EventList,
    pub transport: BlockTransport,
}

impl Rig {
    /// Activates a plugin.
    pub fn new(mut controller: PluginController) -> Self {
        let processor = controller.activate(&CONFIG).unwrap();
        let ports = processor.ports();
        assert_eq!(ports, controller.ports());
        Self {
            active: Active { controller, processor },
            inputs: ports.audio_in.iter().map(|channels| BusBuffer::new(channels, MAX_BLOCK)).collect(),
            outputs: ports.audio_out.iter().map(|channels| BusBuffer::new(channels, MAX_BLOCK)).collect(),
            events: EventList::default(),
            transport: BlockTransport::default(),
        }
    }

    /// Processes a block; outputs begin as garbage. Traps allocations.
    pub fn process(&mut self, frames: usize, events: &[Event]) -> ProcessStatus {
        self.process_events(frames, Events::new(events))
    }

    /// As [`process`](Self::process).
    pub fn process_events(&mut self, frames: usize, events: Events<'_>) -> ProcessStatus {
        for bus in &mut self.outputs {
            bus.output().channels_mut().for_each(|channel| channel.fill(777.0));
        }
        self.events.clear();
        let inputs: Vec<_> = self.inputs.iter().map(|bus| bus.input_part(0..frames)).collect();
        let mut outputs: Vec<_> = self.outputs.iter_mut().map(|bus| bus.output_part(0..frames)).collect();
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
        assert_no_alloc::assert_no_alloc(|| processor.process(&mut block))
    }

    /// Fills all channels of an input.
    pub fn feed(&mut self, bus: usize, value: f32) {
        self.inputs[bus].output().channels_mut().for_each(|channel| channel.fill(value));
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
