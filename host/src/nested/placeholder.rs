//! What stands in for a plugin that is not there: it keeps the state and lets audio and notes through.

use std::path::PathBuf;
use std::time::Instant;

use protocol::plugin::PluginParam;
use protocol::{Frames, ParamId, PluginInfo, PluginRef};

use super::error::{ActivateError, StateError, WindowError};
use super::offers::Arrangement;
use super::plugin::{BusInfo, NestedPlugin, PluginRequest, TrackContext, Voices, WindowOptions};
use crate::config::AudioConfig;
use crate::event::EventKind;
use crate::processor::{NodeBlock, Ports, ProcessStatus, Processor};

/// Stands in for a plugin. An effect is passed by; an instrument, which has no audio input, is silent.
pub struct Placeholder {
    info: PluginInfo,
    state: Option<Vec<u8>>,
}

impl Placeholder {
    /// The ports of a placeholder; the ports of the missing plugin are not known.
    pub const PORTS: Ports = Ports { events_in: true, events_out: true, ..Ports::SIDECHAINED };

    /// Stands in for `plugin`, whose saved state is `state`.
    #[must_use]
    pub fn new(plugin: PluginRef, state: Option<Vec<u8>>) -> Self {
        let name = plugin.id.clone();
        let info = PluginInfo {
            plugin,
            name,
            vendor: String::new(),
            version: String::new(),
            features: Vec::new(),
            path: PathBuf::new(),
        };
        Self { info, state }
    }
}

impl NestedPlugin for Placeholder {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn ports(&self) -> Ports {
        Self::PORTS
    }

    fn buses(&self) -> (Vec<BusInfo>, Vec<BusInfo>) {
        let bus = |name: &str| BusInfo { name: name.into(), channels: 2, arrangement: Arrangement::Stereo };
        (vec![bus("Input"), bus("Sidechain")], vec![bus("Output")])
    }

    fn activate(&mut self, _config: &AudioConfig) -> Result<Box<dyn Processor>, ActivateError> {
        Ok(Box::new(PassThrough))
    }

    fn deactivate(&mut self, processor: Box<dyn Processor>) -> Result<(), Box<dyn Processor>> {
        let processor_type: &dyn std::any::Any = processor.as_ref();
        if processor_type.is::<PassThrough>() { Ok(()) } else { Err(processor) }
    }

    fn latency(&self) -> Frames {
        Frames::ZERO
    }

    fn save_state(&mut self) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.state.clone())
    }

    fn load_state(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.state = Some(state.to_vec());
        Ok(())
    }

    fn params(&mut self) -> Vec<PluginParam> {
        Vec::new()
    }

    fn param_value(&mut self, _param: ParamId) -> Option<f64> {
        None
    }

    fn param_text(&mut self, _param: ParamId, _value: f64) -> Option<String> {
        None
    }

    fn parse_param(&mut self, _param: ParamId, _text: &str) -> Option<f64> {
        None
    }

    fn set_param(&mut self, _param: ParamId, _value: f64) {}

    fn set_track(&mut self, _track: TrackContext) {}

    fn voices(&mut self) -> Option<Voices> {
        None
    }

    fn has_window(&self) -> bool {
        false
    }

    fn open_window(&mut self, _options: &WindowOptions) -> Result<(), WindowError> {
        Err(WindowError::Unsupported)
    }

    fn window_size(&mut self) -> Option<(u32, u32)> {
        None
    }

    fn resize_window(&mut self, _width: u32, _height: u32) -> Option<(u32, u32)> {
        None
    }

    fn close_window(&mut self) {}

    fn poll(&mut self, _requests: &mut Vec<PluginRequest>) {}

    fn next_timer(&self) -> Option<Instant> {
        None
    }
}

/// The audio-thread half of a [`Placeholder`].
struct PassThrough;

impl Processor for PassThrough {
    fn ports(&self) -> Ports {
        Placeholder::PORTS
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        for (index, output) in block.audio_out.iter_mut().enumerate() {
            match block.audio_in.first() {
                Some(input) if index == 0 => output.copy_from(*input),
                _ => output.silence(),
            }
        }
        for event in block.events_in.iter() {
            match event.kind {
                EventKind::SysEx { port, bytes } => {
                    block.events_out.push_sysex(event.frame, port, block.events_in.sysex(bytes));
                }
                EventKind::Param { .. }
                | EventKind::ParamLine { .. }
                | EventKind::ParamMod { .. }
                | EventKind::GestureBegin { .. }
                | EventKind::GestureEnd { .. } => {}
                _ => block.events_out.push(*event),
            }
        }
        ProcessStatus::Continue
    }

    fn reset(&mut self) {}

    fn set_param(&mut self, _param: ParamId, _value: f64) {}
}
