//! The main-thread half of a CLAP plugin.
//!
//! This file is long because what a plugin offers is one trait; each method is a line or two, the work is in the file of its
//! extension.

use std::any::Any;
use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clack_extensions::audio_ports_activation::PluginAudioPortsActivation;
use clack_extensions::gui::PluginGui;
use clack_extensions::tail::PluginTail;
use clack_host::plugin::InactivePluginMainThreadHandle;
use clack_host::prelude::*;
use protocol::plugin::{ControlPage, NoteName, PluginParam, PresetInfo};
use protocol::{Frames, ParamId, PluginInfo};

use super::buffers::Buffers;
use super::events_in::EventsIn;
use super::gui::OpenWindow;
use super::host::{AudioThread, Handlers, MainThread, Shared, host_info};
use super::note_ports::NotePort;
use super::param_table::{Entry, ParamTable, value_event};
use super::processor::{ClapProcessor, Running};
use super::quiet::Quiet;
use super::state::Loaded;
use super::transport::Transport;
use super::{
    HostState, audio_ports, audio_ports_activation, audio_ports_config, configurable_audio_ports,
    context_menu, latency, note_names, note_ports, param_indication, params, posix_fd, preset_discovery,
    preset_load, remote_controls, render, state_context, tail, timer, track_info, voice_info,
};
use crate::config::AudioConfig;
use crate::math::{to_u32, to_usize};
use crate::nested::error::{ActivateError, LayoutError, MenuError, PresetError, StateError, WindowError};
use crate::nested::in_vain::News;
use crate::nested::offers::{
    BusDirection, BusLayout, BusRequest, BusUse, Indication, MenuItem, StatePurpose,
};
use crate::nested::plugin::{BusInfo, NestedPlugin, PluginRequest, TrackContext, Voices, WindowOptions};
use crate::nested::preset_search::PresetSearch;
use crate::nested::requests::Request;
use crate::nested::unwritten::Unwritten;
use crate::nested::usual::{Found, usual};
use crate::processor::{Buses, Ports, Processor};

/// A CLAP plugin on its main thread.
pub(super) struct ClapPlugin {
    window: Option<OpenWindow>,
    instance: PluginInstance<Handlers>,
    /// Its file, which also lists its presets.
    entry: PluginEntry,
    host: Arc<HostState>,
    info: PluginInfo,
    layout: Layout,
    /// The layouts that it takes, if it has no list of them.
    layouts: Found,
    /// The parameters as the processor knows them that was made last.
    known: Option<Vec<Entry>>,
    /// What came of restarts for other ones.
    param_news: News<Vec<Entry>>,
    /// What it said while it was told something; the next poll tells it.
    pending: Vec<PluginRequest>,
}

static_assertions::assert_not_impl_any!(ClapPlugin: Send, Sync);

/// The ports of a plugin. They only change while it is inactive.
struct Layout {
    audio_in: Vec<BusInfo>,
    audio_out: Vec<BusInfo>,
    notes_in: Vec<NotePort>,
    notes_out: Vec<NotePort>,
}

impl Layout {
    fn read(plugin: &PluginMainThreadHandle<'_>) -> Self {
        Self {
            audio_in: audio_ports::read(plugin, BusDirection::Input),
            audio_out: audio_ports::read(plugin, BusDirection::Output),
            notes_in: note_ports::read(plugin, BusDirection::Input),
            notes_out: note_ports::read(plugin, BusDirection::Output),
        }
    }

    fn ports(&self) -> Ports {
        let buses = |ports: &[BusInfo]| Buses::new(ports.iter().map(|port| to_usize(port.channels)));
        Ports {
            audio_in: buses(&self.audio_in),
            audio_out: buses(&self.audio_out),
            events_in: !self.notes_in.is_empty(),
            events_out: !self.notes_out.is_empty(),
        }
    }
}

impl ClapPlugin {
    /// Makes the plugin; the calling thread becomes its main thread.
    pub(super) fn new(entry: &PluginEntry, id: &CStr, info: PluginInfo) -> Result<Self, PluginInstanceError> {
        let host = Arc::new(HostState::default());
        let mut instance = PluginInstance::<Handlers>::new(
            |()| Shared(Arc::clone(&host)),
            |shared| MainThread(Arc::clone(&shared.0)),
            entry,
            id,
            &host_info(),
        )?;
        let layout = Layout::read(&instance.plugin_handle());
        Ok(Self {
            window: None,
            instance,
            entry: entry.clone(),
            host,
            info,
            layout,
            layouts: Found::default(),
            known: None,
            param_news: News::default(),
            pending: Vec::new(),
        })
    }

    /// Ends an activation whose processor was dropped; `false` if it is still out there.
    fn reclaim(&mut self) -> bool {
        if self.instance.is_active() && self.instance.try_deactivate().is_err() {
            return false;
        }
        if let Some(mut plugin) = self.instance.inactive_plugin_handle() {
            // What a plugin refuses now, it is told again when it is activated.
            self.host.bus_uses.drain(|bus, how| {
                let _ = audio_ports_activation::set(&mut plugin, bus, how);
            });
        }
        let left = self.host.incoming.take();
        if !left.is_empty() {
            self.flush(&left);
        }
        true
    }

    /// Hands values to an inactive plugin, and keeps what it says for the next poll.
    fn flush(&mut self, values: &[(ParamId, f64)]) {
        let Some(mut plugin) = self.instance.inactive_plugin_handle() else { return };
        let table = ParamTable::read(&plugin);
        let events: Vec<_> = values
            .iter()
            .filter_map(|(param, value)| {
                let entry = table.get(*param)?;
                Some(value_event(0, entry, Pckn::match_all(), entry.legal(*value)?))
            })
            .collect();
        params::flush(&mut plugin, &events, &mut self.pending);
    }

    /// Changes its buses, and reads them anew.
    fn while_inactive(
        &mut self,
        change: impl FnOnce(&mut InactivePluginMainThreadHandle<'_>) -> Result<(), LayoutError>,
    ) -> Result<(), LayoutError> {
        let result = change(&mut self.instance.inactive_plugin_handle().ok_or(LayoutError::Active)?);
        self.layout = Layout::read(&self.instance.plugin_handle());
        result
    }

    /// Asks one that has no list of layouts which of the usual ones it takes, unless that is known.
    fn find_layouts(&mut self) {
        if !self.layouts.is_due() || audio_ports_config::is_there(&self.instance.plugin_handle()) {
            return;
        }
        if let Some(mut plugin) = self.instance.inactive_plugin_handle() {
            let all = usual(&self.layout.audio_in, &self.layout.audio_out).into_iter();
            let taken = all.filter(|usual| configurable_audio_ports::can(&mut plugin, &usual.wishes));
            self.layouts.set(taken.map(|usual| usual.layout));
        }
    }

    /// Serves the requests that end in a message to the engine.
    fn poll_requests(&mut self, requests: &mut Vec<PluginRequest>) {
        if self.host.requests.take(Request::Flush) {
            if self.instance.is_active() {
                // A plugin that is processed needs no flush, but one at rest is not processed.
                self.host.requests.raise(Request::Process);
            } else {
                self.flush(&[]);
            }
        }
        requests.append(&mut self.pending);
        let raised = &self.host.requests;
        if raised.take(Request::Process) {
            requests.push(PluginRequest::Wake);
        }
        if raised.take(Request::ParamsChanged) {
            requests.push(PluginRequest::ParamsChanged);
        }
        if raised.take(Request::ValuesChanged) {
            requests.push(PluginRequest::ValuesChanged);
        }
        if raised.take(Request::StateDirty) {
            requests.push(PluginRequest::StateDirty);
        }
        if raised.take(Request::NoteNamesChanged) {
            requests.push(PluginRequest::NoteNamesChanged);
        }
        if raised.take(Request::LayoutsChanged) {
            requests.push(PluginRequest::LayoutsChanged);
        }
        voice_info::poll(&self.instance.plugin_handle(), &self.host, requests);
        remote_controls::poll(&self.host, requests);
        context_menu::poll(&self.host, requests);
        preset_load::poll(&self.host, requests);
        let mut restart = raised.take(Request::Restart);
        // A plugin may only have other parameters once it is inactive; some have them at once, and some say so of the same.
        if raised.take(Request::ParamsReplaced)
            && let Some(known) = self.known.clone().filter(|_| self.instance.is_active())
        {
            let now = ParamTable::read(&self.instance.plugin_handle());
            restart |= self.param_news.is_worth_it(known, &now.entries().to_vec());
        }
        if raised.take(Request::PortsChanged) {
            self.layouts = Found::default();
            if self.instance.is_active() {
                // The next activation reads them.
                restart = true;
            } else {
                self.layout = Layout::read(&self.instance.plugin_handle());
                requests.push(PluginRequest::PortsChanged);
            }
        }
        if self.host.requests.take(Request::LatencyChanged)
            && self.instance.is_active()
            && latency::read(&self.instance.plugin_handle(), &self.host)
        {
            requests.push(PluginRequest::LatencyChanged);
        }
        if restart {
            requests.push(PluginRequest::Restart);
        }
    }
}

impl NestedPlugin for ClapPlugin {
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
        let plugin = self.instance.plugin_handle();
        render::set(&plugin, &self.host, config.mode);
        self.host.requests.take(Request::PortsChanged);
        self.host.requests.take(Request::ParamsReplaced);
        self.layout = Layout::read(&plugin);
        self.host.tasks.learn(&plugin);
        voice_info::learn(&plugin, &self.host);
        let params = ParamTable::read(&plugin);
        let entries = params.entries().to_vec();
        if self.known.as_ref().is_some_and(|known| *known != entries) {
            self.host.requests.raise(Request::ParamsChanged);
        }
        self.param_news.is_read(&entries);
        self.known = Some(entries);
        let tail_extension = plugin.get_extension::<PluginTail>();
        let activation = plugin.get_extension::<PluginAudioPortsActivation>();
        let max_block = config.max_block.clamp(1, AudioConfig::MAX_BLOCK);
        let conditions = PluginAudioConfiguration {
            sample_rate: config.rate.0,
            min_frames_count: 1,
            max_frames_count: to_u32(max_block),
        };
        let start = Instant::now();
        let (host, instance) = (&self.host, &mut self.instance);
        let mut stopped = host
            .activate(|| instance.activate(|shared, _| AudioThread(Arc::clone(&shared.0)), conditions))
            .map_err(|_| ActivateError::Refused)?;
        self.host.tell_activated(start.elapsed());
        latency::read(&self.instance.plugin_handle(), &self.host);
        // What it asked for while it was activated is done.
        self.host.requests.take(Request::LatencyChanged);
        let tail = tail::read(tail_extension, &stopped.plugin_handle());
        Ok(Box::new(ClapProcessor {
            running: Running::Stopped(stopped),
            host: Arc::clone(&self.host),
            ports: self.layout.ports(),
            inputs: Buffers::new(&self.layout.audio_in, max_block),
            outputs: Buffers::new(&self.layout.audio_out, max_block),
            unwritten: Unwritten::default(),
            events: EventsIn::new(&self.layout.notes_in, params.len()),
            params,
            transport: Transport::new(config.rate),
            tail_extension,
            tail,
            activation,
            tells_note_ends: self.layout.notes_in.iter().any(NotePort::speaks_clap)
                && self.info.is_instrument(),
            dropped: 0,
            unsaid_told: false,
            refusal_told: false,
            quiet: Quiet::new(config.rate, !self.layout.notes_in.is_empty()),
            steady_frames: 0,
            helpers: None,
        }))
    }

    fn deactivate(&mut self, processor: Box<dyn Processor>) -> Result<(), Box<dyn Processor>> {
        let any: &dyn Any = processor.as_ref();
        match any.downcast_ref::<ClapProcessor>() {
            Some(own) if Arc::ptr_eq(&own.host, &self.host) => {}
            _ => return Err(processor),
        }
        drop(processor);
        self.reclaim();
        Ok(())
    }

    fn latency(&self) -> Frames {
        Frames(self.host.latency_frames())
    }

    fn save_state(&mut self) -> Result<Option<Vec<u8>>, StateError> {
        self.save_state_for(StatePurpose::Project)
    }

    fn load_state(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        self.load_state_for(bytes, StatePurpose::Project)
    }

    fn save_state_for(&mut self, purpose: StatePurpose) -> Result<Option<Vec<u8>>, StateError> {
        state_context::save(&self.instance.plugin_handle(), purpose)
    }

    fn load_state_for(&mut self, bytes: &[u8], purpose: StatePurpose) -> Result<(), StateError> {
        // A state overrules what was set before and no block has heard of.
        let unheard = self.host.incoming.take();
        match state_context::load(&self.instance.plugin_handle(), bytes, purpose) {
            Ok(Loaded::ByPlugin) => Ok(()),
            Ok(Loaded::Params(values)) => {
                self.set_params(&values);
                self.host.requests.raise(Request::ValuesChanged);
                Ok(())
            }
            Err(error) => {
                if !unheard.is_empty() {
                    self.host.incoming.push(&unheard);
                }
                Err(error)
            }
        }
    }

    fn presets(&mut self) -> PresetSearch {
        let (entry, id) = (self.entry.clone(), self.info.plugin.id.clone());
        PresetSearch::new(move |stop| preset_discovery::list(&entry, &id, stop))
    }

    fn load_preset(&mut self, preset: &PresetInfo) -> Result<(), PresetError> {
        preset_load::load(&self.instance.plugin_handle(), preset)
    }

    fn pages(&mut self) -> Vec<ControlPage> {
        remote_controls::list(&self.instance.plugin_handle())
    }

    fn note_names(&mut self) -> Vec<NoteName> {
        note_names::list(&self.instance.plugin_handle())
    }

    fn layouts(&mut self) -> Vec<BusLayout> {
        let listed = audio_ports_config::list(&self.instance.plugin_handle());
        if !listed.is_empty() {
            return listed;
        }
        self.find_layouts();
        self.layouts.layouts()
    }

    fn select_layout(&mut self, id: u32) -> Result<(), LayoutError> {
        if audio_ports_config::is_there(&self.instance.plugin_handle()) {
            return self.while_inactive(|plugin| audio_ports_config::select(plugin, id));
        }
        let mut all = usual(&self.layout.audio_in, &self.layout.audio_out).into_iter();
        let wanted = all.find(|usual| usual.layout.id == id).ok_or(LayoutError::Unsupported)?;
        self.request_buses(&wanted.wishes)
    }

    fn request_buses(&mut self, buses: &[BusRequest]) -> Result<(), LayoutError> {
        self.while_inactive(|plugin| configurable_audio_ports::request(plugin, buses))
    }

    fn use_bus(&mut self, direction: BusDirection, index: u32, how: BusUse) -> Result<(), LayoutError> {
        if self.instance.is_active()
            && audio_ports_activation::can_be_told_live(&self.instance.plugin_handle())
        {
            return self.host.bus_uses.put((direction, index), how);
        }
        self.while_inactive(|plugin| audio_ports_activation::set(plugin, (direction, index), how))
    }

    fn menu(&mut self, target: Option<ParamId>) -> Vec<MenuItem> {
        context_menu::list(&self.instance.plugin_handle(), target)
    }

    fn choose(&mut self, target: Option<ParamId>, id: u32) -> Result<(), MenuError> {
        context_menu::perform(&self.instance.plugin_handle(), target, id)
    }

    fn indicate(&mut self, param: ParamId, indication: &Indication) {
        param_indication::set(&self.instance.plugin_handle(), param, indication);
    }

    fn params(&mut self) -> Vec<PluginParam> {
        params::list(&self.instance.plugin_handle())
    }

    fn param_value(&mut self, param: ParamId) -> Option<f64> {
        params::value(&self.instance.plugin_handle(), param)
    }

    fn param_text(&mut self, param: ParamId, value: f64) -> Option<String> {
        params::text(&self.instance.plugin_handle(), param, value)
    }

    fn parse_param(&mut self, param: ParamId, text: &str) -> Option<f64> {
        params::parse(&self.instance.plugin_handle(), param, text)
    }

    fn set_param(&mut self, param: ParamId, value: f64) {
        self.set_params(&[(param, value)]);
    }

    fn set_params(&mut self, values: &[(ParamId, f64)]) {
        if self.instance.is_active() {
            self.host.incoming.push(values);
            // It may be at rest, and would not hear of it.
            self.host.requests.raise(Request::Process);
        } else {
            self.flush(values);
        }
    }

    fn set_track(&mut self, track: TrackContext) {
        track_info::set(&self.instance.plugin_handle(), &self.host, track);
    }

    fn voices(&mut self) -> Option<Voices> {
        voice_info::read(&self.instance.plugin_handle())
    }

    fn has_window(&self) -> bool {
        self.instance.plugin_shared_handle().get_extension::<PluginGui>().is_some()
    }

    fn open_window(&mut self, options: &WindowOptions) -> Result<(), WindowError> {
        if let Some(window) = &mut self.window {
            window.raise(&self.instance.plugin_handle());
            return Ok(());
        }
        self.window = Some(OpenWindow::open(&self.instance.plugin_handle(), &self.host, options)?);
        self.host.window_open.store(true, Ordering::Relaxed);
        if self.instance.is_active() {
            self.host.requests.raise(Request::Process);
        }
        Ok(())
    }

    fn window_size(&mut self) -> Option<(u32, u32)> {
        self.window.as_ref()?.size(&self.instance.plugin_handle())
    }

    fn resize_window(&mut self, width: u32, height: u32) -> Option<(u32, u32)> {
        self.window.as_mut()?.resize(&self.instance.plugin_handle(), width, height)
    }

    fn close_window(&mut self) {
        if let Some(window) = self.window.take() {
            window.close(&self.instance.plugin_handle());
            self.host.window_open.store(false, Ordering::Relaxed);
        }
    }

    fn poll(&mut self, requests: &mut Vec<PluginRequest>) {
        if self.host.requests.take(Request::Callback) {
            self.instance.call_on_main_thread_callback();
        }
        timer::run_due(&self.instance.plugin_handle(), &self.host);
        #[cfg(unix)]
        posix_fd::run_ready(&self.instance.plugin_handle(), &self.host);
        let closed = match &mut self.window {
            Some(window) => window.poll(&self.instance.plugin_handle(), &self.host, requests),
            None => false,
        };
        if closed {
            self.close_window();
            requests.push(PluginRequest::WindowClosed);
        }
        self.poll_requests(requests);
        self.host.log.drain(requests);
    }

    fn next_timer(&self) -> Option<Instant> {
        self.host.timers.next()
    }
}

impl Drop for ClapPlugin {
    /// A plugin whose processor is still out there is leaked rather than pulled from under the audio thread.
    fn drop(&mut self) {
        self.close_window();
        self.reclaim();
    }
}
