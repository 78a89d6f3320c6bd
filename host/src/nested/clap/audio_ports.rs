//! `clap.audio-ports`: a plugin's buses.

use clack_extensions::audio_ports::{
    AudioPortInfoBuffer, AudioPortRescanFlags, HostAudioPortsImpl, PluginAudioPorts,
};
use clack_host::prelude::*;

use super::host::MainThread;
use crate::nested::plugin::BusInfo;
use crate::nested::requests::Request;

/// The input ports or the output ports of a plugin, in its order. Main thread.
pub(super) fn read(plugin: &PluginMainThreadHandle<'_>, direction: Direction) -> Vec<BusInfo> {
    let Some(extension) = plugin.get_extension::<PluginAudioPorts>() else { return Vec::new() };
    let is_input = direction == Direction::Input;
    let mut buffer = AudioPortInfoBuffer::new();
    (0..extension.count(plugin, is_input).min(MAX_PORTS))
        .map(|index| match extension.get(plugin, index, is_input, &mut buffer) {
            Some(info) => BusInfo {
                name: String::from_utf8_lossy(info.name).into_owned(),
                channels: info.channel_count.min(MAX_CHANNELS),
            },
            // A port that cannot be described still counts: the plugin will index past it.
            None => BusInfo { name: String::new(), channels: 2 },
        })
        .collect()
}

/// More ports than this are a mistake of the plugin.
const MAX_PORTS: u32 = 256;
/// More channels than this are a mistake of the plugin.
const MAX_CHANNELS: u32 = 1_024;

/// Which way a port goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Into the plugin.
    Input,
    /// Out of it.
    Output,
}

impl HostAudioPortsImpl for MainThread {
    fn is_rescan_flag_supported(&self, _flag: AudioPortRescanFlags) -> bool {
        true
    }

    fn rescan(&self, flags: AudioPortRescanFlags) {
        if self.0.check_main_thread("audio_ports.rescan") && flags.requires_deactivate() {
            self.0.requests.raise(Request::PortsChanged);
        }
    }
}
