//! The cheapest possible plugin: what the engine adds to it is the engine's own.

use std::path::PathBuf;
use std::time::Instant;

use loophole_host::engine::PluginLoader;
use loophole_host::nested::{
    ActivateError, BusInfo, LoadError, NestedPlugin, PluginController, PluginRequest, StateError,
    TrackContext, Voices, WindowError, WindowOptions,
};
use loophole_host::{AudioConfig, NodeBlock, Ports, ProcessStatus, Processor};
use protocol::plugin::PluginParam;
use protocol::{Frames, ParamId, PluginFormat, PluginInfo, PluginRef};

/// Halves... nothing: multiplies by almost one, so that nothing ever becomes denormal.
pub struct Gain;

impl Processor for Gain {
    fn ports(&self) -> Ports {
        Ports::EFFECT
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        let (input, out) = (block.audio_in[0].stereo(), block.audio_out[0].stereo());
        for (out, input) in out.left.iter_mut().zip(input.left) {
            *out = input * 0.999;
        }
        for (out, input) in out.right.iter_mut().zip(input.right) {
            *out = input * 0.999;
        }
        ProcessStatus::Continue
    }

    fn reset(&mut self) {}

    fn set_param(&mut self, _: ParamId, _: f64) {}
}

/// Loads [`Gain`], whatever it is asked for.
pub struct GainLoader;

impl GainLoader {
    pub fn plugin() -> PluginRef {
        PluginRef { format: PluginFormat::Clap, id: "gain".into() }
    }
}

impl PluginLoader for GainLoader {
    fn load(&self, plugin: &PluginRef, _: Option<&[u8]>) -> (PluginController, Option<LoadError>) {
        let info = PluginInfo {
            plugin: plugin.clone(),
            name: String::new(),
            vendor: String::new(),
            version: String::new(),
            features: Vec::new(),
            path: PathBuf::new(),
        };
        (Box::new(GainPlugin(info)), None)
    }
}

struct GainPlugin(PluginInfo);

impl NestedPlugin for GainPlugin {
    fn info(&self) -> &PluginInfo {
        &self.0
    }
    fn ports(&self) -> Ports {
        Ports::EFFECT
    }
    fn buses(&self) -> (Vec<BusInfo>, Vec<BusInfo>) {
        (Vec::new(), Vec::new())
    }
    fn activate(&mut self, _: &AudioConfig) -> Result<Box<dyn Processor>, ActivateError> {
        Ok(Box::new(Gain))
    }
    fn deactivate(&mut self, _: Box<dyn Processor>) -> Result<(), Box<dyn Processor>> {
        Ok(())
    }
    fn latency(&self) -> Frames {
        Frames::ZERO
    }
    fn save_state(&mut self) -> Result<Option<Vec<u8>>, StateError> {
        Ok(None)
    }
    fn load_state(&mut self, _: &[u8]) -> Result<(), StateError> {
        Ok(())
    }
    fn params(&mut self) -> Vec<PluginParam> {
        Vec::new()
    }
    fn param_value(&mut self, _: ParamId) -> Option<f64> {
        None
    }
    fn param_text(&mut self, _: ParamId, _: f64) -> Option<String> {
        None
    }
    fn parse_param(&mut self, _: ParamId, _: &str) -> Option<f64> {
        None
    }
    fn set_param(&mut self, _: ParamId, _: f64) {}
    fn set_track(&mut self, _: TrackContext) {}
    fn voices(&mut self) -> Option<Voices> {
        None
    }
    fn has_window(&self) -> bool {
        false
    }
    fn open_window(&mut self, _: &WindowOptions) -> Result<(), WindowError> {
        Err(WindowError::Unsupported)
    }
    fn window_size(&mut self) -> Option<(u32, u32)> {
        None
    }
    fn resize_window(&mut self, _: u32, _: u32) -> Option<(u32, u32)> {
        None
    }
    fn close_window(&mut self) {}
    fn poll(&mut self, _: &mut Vec<PluginRequest>) {}
    fn next_timer(&self) -> Option<Instant> {
        None
    }
}
