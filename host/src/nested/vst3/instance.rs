//! The main-thread half of a VST3 plugin.

mod activation;
mod layouts;
mod news;
mod values;

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use protocol::plugin::{NoteName, PluginParam, PresetInfo, PresetSource};
use protocol::{Frames, ParamId, PluginInfo};
use vst3::Steinberg::TUID;

use super::buses::Layout;
use super::factory::{CreateError, Factory};
use super::mirror::Mirror;
use super::params::{self, Param};
use super::parts::Parts;
use super::processor::Vst3Processor;
use super::units::Units;
use super::view::OpenWindow;
use super::{note_names, presets, run_loop, state, track};
use crate::config::{AudioConfig, RenderMode};
use crate::nested::error::{ActivateError, LayoutError, PresetError, StateError, WindowError};
use crate::nested::in_vain::News;
use crate::nested::offers::{BusDirection, BusLayout, BusRequest, BusUse, StatePurpose};
use crate::nested::plugin::{BusInfo, NestedPlugin, PluginRequest, TrackContext, Voices, WindowOptions};
use crate::nested::preset_search::PresetSearch;
use crate::nested::requests::Request;
use crate::nested::usual::Found;
use crate::processor::{Ports, Processor};

/// A VST3 plugin on its main thread.
pub(super) struct Vst3Plugin {
    window: Option<OpenWindow>,
    parts: Arc<Parts>,
    class: TUID,
    info: PluginInfo,
    layout: Layout,
    /// The layouts that it takes.
    layouts: Found,
    params: Vec<Param>,
    units: Units,
    /// What the running processor says about its parameters.
    mirror: Option<Shown>,
    /// Values that the component has not heard of, as it was inactive.
    unheard: Vec<(u32, f64)>,
    /// Audio buses that nobody is at the other end of.
    unused: Vec<(BusDirection, usize)>,
    /// What came of restarts for another latency.
    latency_news: News<u32>,
    /// Where it is, as it was told.
    track: Option<TrackContext>,
    /// What the next poll tells first.
    pending: Vec<PluginRequest>,
    /// Calls are only made on the main thread.
    _main: PhantomData<*const ()>,
}

static_assertions::assert_not_impl_any!(Vst3Plugin: Send, Sync);

/// What the audio thread did, on its way to the controller.
struct Shown {
    mirror: Arc<Mirror>,
    /// The parameters in the order of the table, as the processor knows them.
    params: Vec<values::Known>,
    /// How time passes for the processor.
    mode: RenderMode,
}

impl Vst3Plugin {
    /// Makes the plugin; the calling thread becomes its main thread.
    pub(super) fn new(factory: Factory, class: TUID, info: PluginInfo) -> Result<Self, CreateError> {
        let parts = Parts::new(factory, &class)?;
        let layout = Layout::read(&parts.component, &parts.processor);
        let mut plugin = Self {
            window: None,
            parts,
            class,
            info,
            layout,
            layouts: Found::default(),
            params: Vec::new(),
            units: Units::default(),
            mirror: None,
            unheard: Vec::new(),
            unused: Vec::new(),
            latency_news: News::default(),
            track: None,
            pending: Vec::new(),
            _main: PhantomData,
        };
        plugin.read_params();
        Ok(plugin)
    }

    fn read_params(&mut self) {
        if let Some(controller) = &self.parts.controller {
            self.units = Units::read(controller);
            self.params = params::read(controller);
        }
    }

    /// Whether a processor is out.
    fn is_running(&self) -> bool {
        Arc::strong_count(&self.parts) > 1
    }

    /// Ends an activation whose processor was dropped; `false` if it is still out there.
    fn reclaim(&mut self) -> bool {
        if self.is_running() {
            return false;
        }
        if self.parts.is_active() {
            self.show_mirror();
            self.parts.deactivate();
            self.mirror = None;
        }
        self.take_edits();
        true
    }

    fn param(&self, param: ParamId) -> Option<&Param> {
        self.params.iter().find(|known| known.id == param.0)
    }
}

impl NestedPlugin for Vst3Plugin {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn ports(&self) -> Ports {
        self.layout.ports()
    }

    fn buses(&self) -> (Vec<BusInfo>, Vec<BusInfo>) {
        (self.layout.audio_in.clone(), self.layout.audio_out.clone())
    }

    fn activate(&mut self, config: &AudioConfig) -> Result<Box<dyn Processor>, ActivateError> {
        if !self.reclaim() {
            return Err(ActivateError::AlreadyActive);
        }
        self.find_layouts();
        self.parts.host().requests.take(Request::PortsChanged);
        self.layout = Layout::read(&self.parts.component, &self.parts.processor);
        let start = Instant::now();
        let processor = self.start(config)?;
        self.parts.host().tell_activated(start.elapsed());
        Ok(processor)
    }

    fn deactivate(&mut self, processor: Box<dyn Processor>) -> Result<(), Box<dyn Processor>> {
        let any: &dyn Any = processor.as_ref();
        match any.downcast_ref::<Vst3Processor>() {
            Some(own) if Arc::ptr_eq(&own.parts, &self.parts) => {}
            _ => return Err(processor),
        }
        drop(processor);
        self.reclaim();
        Ok(())
    }

    fn latency(&self) -> Frames {
        Frames(self.parts.host().latency_frames())
    }

    fn save_state(&mut self) -> Result<Option<Vec<u8>>, StateError> {
        self.save_state_for(StatePurpose::Project)
    }

    fn load_state(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        self.load_state_for(bytes, StatePurpose::Project)
    }

    fn save_state_for(&mut self, purpose: StatePurpose) -> Result<Option<Vec<u8>>, StateError> {
        self.flush();
        // A processor at rest hears of nothing until it is woken.
        let waiting = self.parts.host().edits.values();
        state::save(&self.parts, &self.class, purpose, waiting, || self.all_values())
    }

    fn load_state_for(&mut self, bytes: &[u8], purpose: StatePurpose) -> Result<(), StateError> {
        self.forget_values();
        let values = state::load(&self.parts, &self.class, bytes, purpose)?;
        // What the component still said of its old state.
        self.forget_mirror();
        values.into_iter().for_each(|(id, norm)| self.set_norm(id, norm));
        self.parts.host().requests.raise(Request::ValuesChanged);
        Ok(())
    }

    fn presets(&mut self) -> PresetSearch {
        let (mut found, info, class) = (presets::programs(&self.units), self.info.clone(), self.class);
        PresetSearch::new(move |stop| {
            found.extend(presets::files(&info, &class, stop));
            Ok(found)
        })
    }

    fn load_preset(&mut self, preset: &PresetInfo) -> Result<(), PresetError> {
        let refused = || PresetError::Refused { name: preset.name.clone() };
        match &preset.source {
            PresetSource::Plugin => {
                let key = preset.load_key.as_deref().and_then(presets::parse_key);
                let (list, program) = key.ok_or_else(refused)?;
                let (id, norm) =
                    presets::chooser(&self.units, &self.params, list, program).ok_or_else(refused)?;
                self.set_norm(id, norm);
            }
            PresetSource::File(path) => {
                let bytes = super::preset::read_file(path).map_err(|_| refused())?;
                self.load_state_for(&bytes, StatePurpose::Preset).map_err(|_| refused())?;
            }
        }
        self.parts.host().requests.raise(Request::ValuesChanged);
        self.pending.push(PluginRequest::PresetLoaded);
        Ok(())
    }

    fn note_names(&mut self) -> Vec<NoteName> {
        let buses = self.layout.events_in.len();
        let Some(controller) = &self.parts.controller else { return Vec::new() };
        note_names::read(controller, &self.units, &self.params, buses)
    }

    fn layouts(&mut self) -> Vec<BusLayout> {
        self.find_layouts();
        self.layouts.layouts()
    }

    fn select_layout(&mut self, id: u32) -> Result<(), LayoutError> {
        self.take_layout(id)
    }

    fn request_buses(&mut self, buses: &[BusRequest]) -> Result<(), LayoutError> {
        if !self.reclaim() {
            return Err(LayoutError::Active);
        }
        let changed = self.layout.request(&self.parts.processor, buses);
        self.layout = Layout::read(&self.parts.component, &self.parts.processor);
        changed
    }

    fn use_bus(&mut self, direction: BusDirection, index: u32, how: BusUse) -> Result<(), LayoutError> {
        if !self.reclaim() {
            return Err(LayoutError::Active);
        }
        let place = usize::try_from(index).map_err(|_| LayoutError::Unsupported)?;
        let known = self.layout.audio(direction).len();
        if place >= known {
            return Err(LayoutError::Unsupported);
        }
        self.unused.retain(|unused| *unused != (direction, place));
        if how == BusUse::Unused {
            self.unused.push((direction, place));
        }
        Ok(())
    }

    fn params(&mut self) -> Vec<PluginParam> {
        self.params.iter().map(|param| param.describe(&self.units)).collect()
    }

    fn param_value(&mut self, param: ParamId) -> Option<f64> {
        self.show_mirror();
        let scale = self.param(param)?.scale;
        Some(scale.to_plain(params::norm(self.parts.controller.as_ref()?, param.0)))
    }

    fn param_text(&mut self, param: ParamId, value: f64) -> Option<String> {
        let norm = self.param(param)?.scale.to_norm(value)?;
        params::to_text(self.parts.controller.as_ref()?, param.0, norm)
    }

    fn parse_param(&mut self, param: ParamId, text: &str) -> Option<f64> {
        let scale = self.param(param)?.scale;
        Some(scale.to_plain(params::parse(self.parts.controller.as_ref()?, param.0, text)?))
    }

    fn set_param(&mut self, param: ParamId, value: f64) {
        if let Some(norm) = self.param(param).and_then(|param| param.scale.to_norm(value)) {
            self.set_norm(param.0, norm);
        }
    }

    fn set_track(&mut self, track: TrackContext) {
        if self.track.as_ref() != Some(&track) {
            track::set(&self.parts, &track);
            self.track = Some(track);
        }
    }

    /// VST3 has no word for it.
    fn voices(&mut self) -> Option<Voices> {
        None
    }

    fn has_window(&self) -> bool {
        OpenWindow::is_possible() && self.parts.controller.is_some()
    }

    fn open_window(&mut self, options: &WindowOptions) -> Result<(), WindowError> {
        if let Some(window) = &mut self.window {
            window.raise();
            return Ok(());
        }
        self.window = Some(OpenWindow::open(&self.parts, options)?);
        let host = self.parts.host();
        host.window_open.store(true, Ordering::Relaxed);
        if self.is_running() {
            host.requests.raise(Request::Process);
        }
        Ok(())
    }

    fn window_size(&mut self) -> Option<(u32, u32)> {
        self.window.as_ref()?.size()
    }

    fn resize_window(&mut self, width: u32, height: u32) -> Option<(u32, u32)> {
        self.window.as_mut()?.resize(width, height)
    }

    fn close_window(&mut self) {
        self.window = None;
        self.parts.host().window_open.store(false, Ordering::Relaxed);
    }

    fn poll(&mut self, requests: &mut Vec<PluginRequest>) {
        self.parts.deliver_messages();
        self.show_mirror();
        run_loop::run(self.parts.host());
        let closed = match &mut self.window {
            Some(window) => window.poll(self.parts.host(), requests),
            None => false,
        };
        if closed {
            self.close_window();
            requests.push(PluginRequest::WindowClosed);
        }
        if !self.is_running() {
            self.take_edits();
        }
        requests.append(&mut self.pending);
        self.poll_requests(requests);
        self.parts.host().log.drain(requests);
    }

    fn next_timer(&self) -> Option<Instant> {
        run_loop::next_timer(self.parts.host())
    }
}

impl Drop for Vst3Plugin {
    /// A plugin whose processor is still out there goes with that.
    fn drop(&mut self) {
        self.close_window();
        self.reclaim();
    }
}
