//! `clap.audio-ports-config`: the sets of buses that a plugin can have.

use clack_extensions::audio_ports_config::{
    AudioPortsConfigBuffer, HostAudioPortsConfigImpl, PluginAudioPortsConfig,
};
use clack_host::prelude::*;

use super::host::MainThread;
use crate::nested::error::LayoutError;
use crate::nested::offers::BusLayout;
use crate::nested::requests::Request;

/// More sets than this are a mistake of the plugin.
const MAX_LAYOUTS: u32 = 1_024;

/// All sets, in the plugin's order. Main thread.
pub(super) fn list(plugin: &PluginMainThreadHandle<'_>) -> Vec<BusLayout> {
    let Some(extension) = plugin.get_extension::<PluginAudioPortsConfig>() else { return Vec::new() };
    let mut buffer = AudioPortsConfigBuffer::new();
    let mut layouts = Vec::new();
    for index in 0..extension.count(plugin).min(MAX_LAYOUTS) {
        if let Some(layout) = extension.get(plugin, index, &mut buffer) {
            layouts.push(BusLayout {
                id: layout.id.get(),
                name: String::from_utf8_lossy(layout.name).into_owned(),
                inputs: layout.input_port_count,
                outputs: layout.output_port_count,
                main_input: layout.main_input.map(|port| port.channel_count),
                main_output: layout.main_output.map(|port| port.channel_count),
            });
        }
    }
    layouts
}

/// Whether there is such a list.
pub(super) fn is_there(plugin: &PluginMainThreadHandle<'_>) -> bool {
    plugin.get_extension::<PluginAudioPortsConfig>().is_some_and(|extension| extension.count(plugin) > 0)
}

/// Chooses one. Main thread, and the plugin is inactive.
pub(super) fn select(plugin: &PluginMainThreadHandle<'_>, id: u32) -> Result<(), LayoutError> {
    let extension = plugin.get_extension::<PluginAudioPortsConfig>().ok_or(LayoutError::Unsupported)?;
    let id = ClapId::from_raw(id).ok_or(LayoutError::Refused)?;
    extension.select(plugin, id).map_err(|_| LayoutError::Refused)
}

impl HostAudioPortsConfigImpl for MainThread {
    fn rescan(&self) {
        if self.0.check_main_thread("audio_ports_config.rescan") {
            self.0.requests.raise(Request::LayoutsChanged);
        }
    }
}
