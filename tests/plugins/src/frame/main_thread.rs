//! The main-thread half of every plugin.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::fmt::Write as _;
use std::io::Read as _;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::atomic::Ordering;

use clack_extensions::audio_ports::{
    AudioPortFlags, AudioPortInfo, AudioPortInfoWriter, AudioPortType, PluginAudioPortsImpl,
};
use clack_extensions::latency::PluginLatencyImpl;
use clack_extensions::note_ports::{
    NoteDialect, NoteDialects, NotePortInfo, NotePortInfoWriter, PluginNotePortsImpl,
};
use clack_extensions::params::{
    HostParams, ParamDisplayWriter, ParamInfo, ParamInfoFlags, ParamInfoWriter, ParamRescanFlags,
    PluginMainThreadParams,
};
use clack_extensions::posix_fd::{FdFlags, HostPosixFd, PluginPosixFdImpl};
use clack_extensions::render::{PluginRenderImpl, RenderMode};
use clack_extensions::state::PluginStateImpl;
use clack_extensions::timer::{HostTimer, PluginTimerImpl, TimerId};
use clack_extensions::track_info::{HostTrackInfo, PluginTrackInfoImpl, TrackInfoBuffer};
use clack_extensions::voice_info::{PluginVoiceInfoImpl, VoiceInfo};
use clack_plugin::prelude::*;
use clack_plugin::stream::{InputStream, OutputStream};
use clack_plugin::utils::Cookie;

use super::gui::PluginWindow;
use super::shared::Shared;
use super::spec::{Port, PortKind};
use super::{Unit, state};
use crate::plugins::probe;

/// Answers the host's questions out of the [`Spec`](super::Spec) and the [`Shared`] values.
pub struct MainThread<'a, U> {
    pub(super) shared: &'a Shared<'a>,
    pub(super) host: HostMainThreadHandle<'a>,
    pub(super) window: RefCell<Option<PluginWindow>>,
    pipe: RefCell<Option<std::io::PipeReader>>,
    timer: Cell<Option<TimerId>>,
    unit: PhantomData<U>,
}

impl<'a, U: Unit> MainThread<'a, U> {
    pub(crate) fn new(host: HostMainThreadHandle<'a>, shared: &'a Shared<'a>) -> Self {
        U::created(shared, &host);
        Self {
            shared,
            host,
            window: RefCell::new(None),
            pipe: RefCell::new(None),
            timer: Cell::new(None),
            unit: PhantomData,
        }
    }

    pub(super) fn ports(&self, is_input: bool) -> &'static [Port] {
        U::ports(self.shared, is_input)
    }

    fn dialects(&self, is_input: bool) -> NoteDialects {
        if is_input { self.shared.spec.notes_in } else { self.shared.spec.notes_out }
    }

    /// Adds one to what a plugin tells.
    fn count_up(&self, id: u32) {
        self.shared.set_value(id, self.shared.value(id) + 1.0);
    }
}

impl<'a, U: Unit> PluginMainThread<'a, Shared<'a>> for MainThread<'a, U> {
    /// The first call back starts a timer and a pipe in the plugins that ask for it.
    fn on_main_thread(&self) {
        U::called_back(self.shared, &self.host);
        if self.shared.value(probe::START) < 0.5 || self.timer.get().is_some() {
            return;
        }
        if let Some(timers) = self.host.get_extension::<HostTimer>() {
            self.timer.set(timers.register_timer(&self.host, 10).ok());
        }
        if let (Some(fds), Ok((reader, mut writer))) =
            (self.host.get_extension::<HostPosixFd>(), std::io::pipe())
            && std::io::Write::write_all(&mut writer, b"!").is_ok()
            && fds.register_fd(&self.host, reader.as_raw_fd(), FdFlags::READ).is_ok()
        {
            *self.pipe.borrow_mut() = Some(reader);
        }
    }
}

impl<U: Unit> PluginTimerImpl for MainThread<'_, U> {
    /// Counts to three, then stops.
    fn on_timer(&self, timer: TimerId) {
        self.count_up(probe::TIMER_CALLS);
        if self.shared.value(probe::TIMER_CALLS) >= 3.0
            && let Some(timers) = self.host.get_extension::<HostTimer>()
        {
            let _ = timers.unregister_timer(&self.host, timer);
        }
    }
}

impl<U: Unit> PluginPosixFdImpl for MainThread<'_, U> {
    fn on_fd(&self, fd: RawFd, _flags: FdFlags) {
        self.count_up(probe::FD_CALLS);
        if let Some(mut reader) = self.pipe.borrow_mut().take() {
            let _ = reader.read(&mut [0]);
            if let Some(fds) = self.host.get_extension::<HostPosixFd>() {
                let _ = fds.unregister_fd(&self.host, fd);
            }
        }
    }
}

impl<U: Unit> PluginRenderImpl for MainThread<'_, U> {
    fn has_hard_realtime_requirement(&self) -> bool {
        false
    }

    fn set(&self, mode: RenderMode) -> Result<(), PluginError> {
        let offline = if mode == RenderMode::Offline { 1.0 } else { 0.0 };
        self.shared.set_value(probe::OFFLINE, offline);
        Ok(())
    }
}

impl<U: Unit> PluginTrackInfoImpl for MainThread<'_, U> {
    fn changed(&self) {
        let Some(tracks) = self.host.get_extension::<HostTrackInfo>() else { return };
        let mut host = self.host;
        let mut buffer = TrackInfoBuffer::new();
        if let Some(track) = tracks.get(&mut host, &mut buffer) {
            let green = track.color().map_or(0, |color| color.green);
            let letters = track.name().map_or(0, <[u8]>::len);
            self.shared.set_value(probe::TRACK_GREEN, f64::from(green));
            self.shared.set_value(probe::TRACK_LETTERS, f64::from(u32::try_from(letters).unwrap_or(0)));
        }
    }
}

impl<U: Unit> PluginVoiceInfoImpl for MainThread<'_, U> {
    fn get(&self) -> Option<VoiceInfo> {
        U::voices()
    }
}

impl<U: Unit> PluginLatencyImpl for MainThread<'_, U> {
    fn get(&self) -> u32 {
        self.shared.latency.load(Ordering::Relaxed)
    }
}

impl<U: Unit> PluginAudioPortsImpl for MainThread<'_, U> {
    fn count(&self, is_input: bool) -> u32 {
        u32::try_from(self.ports(is_input).len()).unwrap_or(0)
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut AudioPortInfoWriter) {
        let Some(port) = usize::try_from(index).ok().and_then(|index| self.ports(is_input).get(index)) else {
            return;
        };
        writer.set(&AudioPortInfo {
            id: ClapId::new(index + if is_input { 0 } else { 100 }),
            name: port.name.as_bytes(),
            channel_count: port.channels,
            flags: if index == 0 { AudioPortFlags::IS_MAIN } else { AudioPortFlags::empty() },
            port_type: match port.kind {
                PortKind::Plain => AudioPortType::from_channel_count(port.channels),
                PortKind::Surround => Some(AudioPortType::SURROUND),
                PortKind::Ambisonic => Some(AudioPortType::AMBISONIC),
            },
            in_place_pair: None,
        });
    }
}

impl<U: Unit> PluginNotePortsImpl for MainThread<'_, U> {
    fn count(&self, is_input: bool) -> u32 {
        u32::from(!self.dialects(is_input).is_empty())
    }

    fn get(&self, index: u32, is_input: bool, writer: &mut NotePortInfoWriter) {
        let dialects = self.dialects(is_input);
        if index == 0 && !dialects.is_empty() {
            let preferred =
                if dialects.contains(NoteDialects::CLAP) { NoteDialect::Clap } else { NoteDialect::Midi };
            writer.set(&NotePortInfo {
                id: ClapId::new(if is_input { 0 } else { 100 }),
                name: b"Notes",
                supported_dialects: dialects,
                preferred_dialect: Some(preferred),
            });
        }
    }
}

impl<U: Unit> PluginMainThreadParams for MainThread<'_, U> {
    fn count(&self) -> u32 {
        u32::try_from(self.shared.spec.params.len()).unwrap_or(0)
    }

    fn get_info(&self, index: u32, writer: &mut ParamInfoWriter) {
        let Some(param) = usize::try_from(index).ok().and_then(|index| self.shared.spec.params.get(index))
        else {
            return;
        };
        let mut flags = ParamInfoFlags::IS_AUTOMATABLE | ParamInfoFlags::IS_MODULATABLE;
        flags.set(ParamInfoFlags::IS_STEPPED, param.stepped);
        flags.set(ParamInfoFlags::IS_READONLY, param.read_only);
        writer.set(&ParamInfo {
            id: ClapId::new(param.id),
            flags,
            cookie: Cookie::empty(),
            name: param.name.as_bytes(),
            module: b"",
            min_value: param.min,
            max_value: U::largest(self.shared, param),
            default_value: param.default,
        });
    }

    fn get_value(&self, id: ClapId) -> Option<f64> {
        let known = self.shared.spec.params.iter().any(|param| param.id == id.get());
        known.then(|| self.shared.value(id.get()))
    }

    fn value_to_text(&self, id: ClapId, value: f64, writer: &mut ParamDisplayWriter) -> std::fmt::Result {
        let param =
            self.shared.spec.params.iter().find(|param| param.id == id.get()).ok_or(std::fmt::Error)?;
        writer.write_str(&(param.text)(value))
    }

    fn text_to_value(&self, id: ClapId, text: &CStr) -> Option<f64> {
        let param = self.shared.spec.params.iter().find(|param| param.id == id.get())?;
        let text = text.to_str().ok()?.trim();
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number, 0.01),
            None => (text.split_whitespace().next()?, 1.0),
        };
        Some((number.trim().parse::<f64>().ok()? * percent).clamp(param.min, param.max))
    }

    fn flush(&self, input: &InputEvents, output: &mut OutputEvents) {
        input.iter().for_each(|event| self.shared.apply(event));
        U::flushed(self.shared, output);
    }
}

impl<U: Unit> PluginStateImpl for MainThread<'_, U> {
    fn save(&self, output: &mut OutputStream) -> Result<(), PluginError> {
        U::keeps_state()?;
        state::save(self.shared, output)
    }

    fn load(&self, input: &mut InputStream) -> Result<(), PluginError> {
        U::keeps_state()?;
        state::load(self.shared, input)?;
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.rescan(&self.host, ParamRescanFlags::VALUES);
        }
        Ok(())
    }
}
