//! What plugins offer beside sound and parameters. Only [`studio`](crate::plugins::studio) does, and tells through its
//! parameters what the host made of it.

use std::ffi::CStr;
use std::io::{Read as _, Write as _};

use std::time::{Duration, Instant};

use clack_extensions::ambisonic::{
    AmbisonicConfig, AmbisonicNormalization, AmbisonicOrdering, PluginAmbisonic, PluginAmbisonicImpl,
};
use clack_extensions::audio_ports_activation::{
    PluginAudioPortsActivation, PluginAudioPortsActivationImpl, PluginAudioPortsActivationSetImpl, SampleSize,
};
use clack_extensions::configurable_audio_ports::{
    AudioPortRequest, PluginConfigurableAudioPorts, PluginConfigurableAudioPortsImpl,
};
use clack_extensions::context_menu::{
    ContextMenuBuilder, ContextMenuTarget, Item, PluginContextMenu, PluginContextMenuImpl,
};
use clack_extensions::note_name::{NoteName, NoteNameWriter, PluginNoteName, PluginNoteNameImpl};
use clack_extensions::param_indication::{
    ParamIndicationAutomation, PluginParamIndication, PluginParamIndicationImpl,
};
use clack_extensions::params::{HostParams, ParamRescanFlags};
use clack_extensions::preset_discovery::prelude::*;
use clack_extensions::remote_controls::{
    PluginRemoteControls, PluginRemoteControlsImpl, RemoteControlsPage, RemoteControlsPageWriter,
};
use clack_extensions::state_context::{PluginStateContext, PluginStateContextImpl, StateContextType};
use clack_extensions::surround::{
    PluginSurround, PluginSurroundImpl, SurroundChannel, SurroundChannels, SurroundMapWriter,
};
use clack_extensions::thread_pool::{PluginThreadPool, PluginThreadPoolImpl};
use clack_plugin::events::Match;
use clack_plugin::prelude::*;
use clack_plugin::stream::{InputStream, OutputStream};
use clack_plugin::utils::Color;

use super::audio::AudioThread;
use super::main_thread::MainThread;
use super::shared::Shared;
use super::spec::PortKind;
use super::{Framed, Unit, state};
use crate::plugins::{layout, studio};

pub(super) fn declare<U: Unit>(builder: &mut PluginExtensions<'_, Framed<U>>) {
    builder
        .register::<PluginNoteName>()
        .register::<PluginRemoteControls>()
        .register::<PluginAudioPortsActivation>()
        .register::<PluginConfigurableAudioPorts>()
        .register::<PluginSurround>()
        .register::<PluginAmbisonic>()
        .register::<PluginStateContext>()
        .register::<PluginThreadPool>()
        .register::<PluginContextMenu>()
        .register::<PluginParamIndication>()
        .register::<PluginPresetLoad>();
}

impl<U: Unit> PluginNoteNameImpl for MainThread<'_, U> {
    fn count(&self) -> u32 {
        2
    }

    fn get(&self, index: u32, writer: &mut NoteNameWriter<'_>) {
        let (name, key) = if index == 0 {
            (b"Kick".as_slice(), Match::Specific(36))
        } else {
            (b"Any".as_slice(), Match::All)
        };
        writer.write(&NoteName { name, port: Match::Specific(0), channel: Match::All, key });
    }
}

impl<U: Unit> PluginRemoteControlsImpl for MainThread<'_, U> {
    fn count(&self) -> u32 {
        1
    }

    fn get(&self, _index: u32, writer: &mut RemoteControlsPageWriter<'_>) {
        let mut params = [None; 8];
        params[0] = Some(ClapId::new(studio::LEVEL));
        params[7] = Some(ClapId::new(studio::TASKS));
        writer.set(&RemoteControlsPage {
            section_name: b"Main",
            page_id: ClapId::new(7),
            page_name: b"Essentials",
            param_ids: params,
            is_for_preset: false,
        });
    }
}

/// Whether these are channels that it can have: the same for both main ports.
fn are_known(list: &[AudioPortRequest<'_>]) -> bool {
    let channels = |request: &AudioPortRequest<'_>| request.details().channel_count();
    let is_known =
        |request| [1, 2, 4, 6].contains(&channels(request)) && channels(request) == channels(&list[0]);
    list.iter().all(|request| request.port_index() == 0 && is_known(request))
}

impl<U: Unit> PluginConfigurableAudioPortsImpl for MainThread<'_, U> {
    fn can_apply_configuration(&self, list: &[AudioPortRequest<'_>]) -> bool {
        are_known(list)
    }

    fn apply_configuration(&self, list: &[AudioPortRequest<'_>]) -> bool {
        let Some(first) = list.first().filter(|_| are_known(list)) else { return false };
        self.shared.set_value(studio::CHANNELS, f64::from(first.details().channel_count()));
        true
    }
}

impl<U: Unit> PluginAudioPortsActivationImpl for MainThread<'_, U> {
    fn can_activate_while_processing(&self) -> bool {
        U::SPEC.live_ports
    }
}

impl<U: Unit> PluginAudioPortsActivationSetImpl for MainThread<'_, U> {
    fn set_active(&self, is_input: bool, port_index: u32, is_active: bool, _size: SampleSize) -> bool {
        if usize::try_from(port_index).is_ok_and(|index| index < self.ports(is_input).len()) {
            self.shared.set_value(studio::INACTIVE, if is_active { 0.0 } else { 1.0 });
            return true;
        }
        false
    }
}

impl<U: Unit> PluginAudioPortsActivationSetImpl for AudioThread<'_, U> {
    fn set_active(&self, is_input: bool, port_index: u32, is_active: bool, _size: SampleSize) -> bool {
        if U::SPEC.live_ports && is_input && port_index == 1 {
            self.shared.set_value(studio::INACTIVE, if is_active { 0.0 } else { 1.0 });
            self.shared.add_value(layout::LIVE, 1.0);
        }
        U::SPEC.live_ports
    }
}

impl<U: Unit> PluginSurroundImpl for MainThread<'_, U> {
    fn is_channel_mask_supported(&self, _mask: SurroundChannels) -> bool {
        true
    }

    fn get_channel_map(&self, is_input: bool, port_index: u32, writer: &mut SurroundMapWriter<'_>) {
        let port = usize::try_from(port_index).ok().and_then(|index| self.ports(is_input).get(index));
        if port.is_some_and(|port| port.kind == PortKind::Surround) {
            writer.set([
                SurroundChannel::FrontLeft,
                SurroundChannel::FrontRight,
                SurroundChannel::FrontCenter,
                SurroundChannel::LowFrequency,
                SurroundChannel::BackLeft,
                SurroundChannel::BackRight,
            ]);
        }
    }
}

impl<U: Unit> PluginAmbisonicImpl for MainThread<'_, U> {
    fn is_config_supported(&self, _config: AmbisonicConfig) -> bool {
        true
    }

    fn get_config(&self, _is_input: bool, _port_index: u32) -> Option<AmbisonicConfig> {
        Some(AmbisonicConfig::new(AmbisonicOrdering::ACN, AmbisonicNormalization::SN3D))
    }
}

/// What a state was last saved or loaded for, as a parameter tells it: 1 preset, 2 duplicate, 3 project.
fn number(context: StateContextType) -> f64 {
    f64::from(context.to_raw())
}

impl<U: Unit> PluginStateContextImpl for MainThread<'_, U> {
    fn save(&self, output: &mut OutputStream, context: StateContextType) -> Result<(), PluginError> {
        self.shared.set_value(studio::CONTEXT, number(context));
        output.write_all(&[u8::try_from(context.to_raw()).unwrap_or(0)])?;
        state::save(self.shared, output)
    }

    fn load(&self, input: &mut InputStream, context: StateContextType) -> Result<(), PluginError> {
        self.shared.set_value(studio::CONTEXT, number(context));
        input.read_exact(&mut [0])?;
        state::load(self.shared, input)
    }
}

impl Shared<'_> {
    /// How long a part takes.
    fn micros(&self) -> u64 {
        if self.value(studio::TASKS_ARE_LONG) > 0.5 { studio::TASK_MICROS } else { 0 }
    }
}

impl PluginThreadPoolImpl for Shared<'_> {
    fn exec(&self, task_index: u32) {
        let end = Instant::now() + Duration::from_micros(self.micros());
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        if studio::thread() != self.value(studio::TASK_LEADER) {
            self.add_value(studio::TASKS_HELPED, 1.0);
        }
        self.add_value(studio::TASKS_DONE, 1.0);
        self.add_value(studio::TASK_SUM, f64::from(task_index));
    }
}

impl<U: Unit> PluginContextMenuImpl for MainThread<'_, U> {
    fn populate(
        &self,
        target: ContextMenuTarget,
        builder: &mut ContextMenuBuilder<'_>,
    ) -> Result<(), PluginError> {
        let label = match target {
            ContextMenuTarget::Param(_) => c"Randomise",
            _ => c"About",
        };
        builder.add_item(&Item::Title { title: c"Studio", enabled: true })?;
        builder.add_item(&Item::Entry { label, enabled: true, action_id: ClapId::new(3) })?;
        builder.add_item(&Item::Separator)?;
        builder.add_item(&Item::BeginSubmenu { label: c"More", enabled: true })?;
        builder.add_item(&Item::CheckEntry {
            label: c"Bright",
            enabled: false,
            checked: true,
            action_id: ClapId::new(4),
        })?;
        builder.add_item(&Item::EndSubmenu)?;
        Ok(())
    }

    fn perform(&self, _target: ContextMenuTarget, action_id: ClapId) -> Result<(), PluginError> {
        if action_id.get() > 4 {
            return Err(PluginError::Message("no such line"));
        }
        self.shared.set_value(studio::CHOSEN, f64::from(action_id.get()));
        Ok(())
    }
}

impl<U: Unit> PluginParamIndicationImpl for MainThread<'_, U> {
    fn set_mapping(
        &self,
        _param: ClapId,
        has_mapping: bool,
        _color: Option<Color>,
        label: Option<&CStr>,
        _description: Option<&CStr>,
    ) {
        let letters = label.filter(|_| has_mapping).map_or(0, |label| label.to_bytes().len());
        self.shared.set_value(studio::MAPPED_LETTERS, f64::from(u32::try_from(letters).unwrap_or(0)));
    }

    fn set_automation(&self, _param: ClapId, state: ParamIndicationAutomation, _color: Option<Color>) {
        self.shared.set_value(studio::AUTOMATION, f64::from(state.to_raw()));
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.rescan(&self.host, ParamRescanFlags::VALUES);
        }
    }
}

impl<U: Unit> PluginPresetLoadImpl for MainThread<'_, U> {
    fn load_from_location(&self, location: Location<'_>, load_key: Option<&CStr>) -> Result<(), PluginError> {
        let host = self.host.get_extension::<HostPresetLoad>();
        let level = match location {
            Location::Plugin => (load_key == Some(c"loud")).then_some(1.0),
            Location::File { path } => std::fs::read_to_string(path.to_string_lossy().as_ref())
                .ok()
                .and_then(|text| text.trim().parse().ok()),
        };
        let Some(level) = level else {
            if let Some(host) = host {
                host.on_error(&self.host, location, load_key, 0, Some(c"no such preset"));
            }
            return Err(PluginError::Message("no such preset"));
        };
        self.shared.set_value(studio::LEVEL, level);
        if let Some(host) = host {
            host.loaded(&self.host, location, load_key);
        }
        Ok(())
    }
}
