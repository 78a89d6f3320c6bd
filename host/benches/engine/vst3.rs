//! The smallest VST3 test plugin: a bare loop that calls its library, and what the engine needs to run it.

use std::ffi::c_void;
use std::hint::black_box;
use std::path::PathBuf;

use loophole_host::BusBuffer;
use loophole_host::nested::PluginLocator;
use loophole_test_vst3::bare;
use protocol::PluginRef;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait as _, IComponent,
    IComponentTrait as _, ProcessData,
};
use vst3::Steinberg::{IPluginFactory, IPluginFactoryTrait as _};
use vst3::{ComPtr, Interface as _};

/// The library of the test plugins, which cargo builds beside this bench.
fn library() -> PathBuf {
    std::env::current_exe().unwrap().with_file_name("libloophole_test_vst3.so")
}

/// The library as a bundle in a folder of its own.
pub struct Bundle {
    pub plugin: PluginRef,
    pub locator: PluginLocator,
    pub folder: tempfile::TempDir,
}

impl Bundle {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("Test.vst3");
        let inside = bundle.join("Contents").join(format!("{}-linux", std::env::consts::ARCH));
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::copy(library(), inside.join("Test.so")).unwrap();
        let mut locator = PluginLocator::new();
        let plugins = locator.add_file(&bundle).unwrap();
        let plugin = plugins.into_iter().find(|plugin| plugin.name == "Bare").unwrap().plugin;
        Self { plugin, locator, folder }
    }
}

/// The floor: pointers into a `ProcessData`, and the call. Each node reads one of two buffers and writes the other.
pub struct Bare {
    nodes: Vec<ComPtr<IAudioProcessor>>,
    buses: [BusBuffer; 2],
    frames: usize,
    _library: libloading::Library,
}

impl Bare {
    pub fn new(nodes: usize, frames: usize) -> Self {
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
        let bus = || BusBuffer::of(&[&vec![0.25; frames], &vec![0.25; frames]]);
        Self { nodes: (0..nodes).map(make).collect(), buses: [bus(), bus()], frames, _library: library }
    }

    pub fn block(&mut self) {
        let [mut input, mut output] = self.buses.each_mut();
        for processor in &self.nodes {
            let mut inputs = [0, 1].map(|channel| input.channel_mut(channel).as_mut_ptr());
            let mut outputs = [0, 1].map(|channel| output.channel_mut(channel).as_mut_ptr());
            let bus = |channels: &mut [*mut f32; 2]| AudioBusBuffers {
                numChannels: 2,
                silenceFlags: 0,
                __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
            };
            let (mut from, mut to) = (bus(&mut inputs), bus(&mut outputs));
            let mut data = ProcessData {
                processMode: 0,
                symbolicSampleSize: 0,
                numSamples: self.frames.try_into().unwrap(),
                numInputs: 1,
                numOutputs: 1,
                inputs: &raw mut from,
                outputs: &raw mut to,
                inputParameterChanges: std::ptr::null_mut(),
                outputParameterChanges: std::ptr::null_mut(),
                inputEvents: std::ptr::null_mut(),
                outputEvents: std::ptr::null_mut(),
                processContext: std::ptr::null_mut(),
            };
            // SAFETY: the component is active, and everything in `data` outlives the call.
            black_box(unsafe { processor.process(&raw mut data) });
            std::mem::swap(&mut input, &mut output);
        }
    }
}
