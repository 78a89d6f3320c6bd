//! `clap.audio-ports`: a plugin's buses.

use clack_extensions::audio_ports::{
    AudioPortInfoBuffer, AudioPortRescanFlags, AudioPortType, HostAudioPortsImpl, PluginAudioPorts,
};
use clack_host::prelude::*;

use super::host::MainThread;
use super::{ambisonic, surround};
use crate::nested::offers::{Arrangement, BusDirection};
use crate::nested::plugin::BusInfo;
use crate::nested::requests::Request;

/// The input ports or the output ports of a plugin, in its order. Main thread.
pub(super) fn read(plugin: &PluginMainThreadHandle<'_>, direction: BusDirection) -> Vec<BusInfo> {
    let Some(extension) = plugin.get_extension::<PluginAudioPorts>() else { return Vec::new() };
    let is_input = direction == BusDirection::Input;
    let mut buffer = AudioPortInfoBuffer::new();
    (0..extension.count(plugin, is_input).min(MAX_PORTS))
        .map(|index| match extension.get(plugin, index, is_input, &mut buffer) {
            Some(info) => BusInfo {
                name: String::from_utf8_lossy(info.name).into_owned(),
                channels: info.channel_count.min(MAX_CHANNELS),
                arrangement: arrangement(plugin, direction, index, info.port_type),
            },
            // A port that cannot be described still counts: the plugin will index past it.
            None => BusInfo { name: String::new(), channels: 2, arrangement: Arrangement::Unspecified },
        })
        .collect()
}

/// What the channels of a port are.
fn arrangement(
    plugin: &PluginMainThreadHandle<'_>,
    direction: BusDirection,
    index: u32,
    port_type: Option<AudioPortType<'_>>,
) -> Arrangement {
    let Some(port_type) = port_type else { return Arrangement::Unspecified };
    let known = if port_type == AudioPortType::MONO {
        Some(Arrangement::Mono)
    } else if port_type == AudioPortType::STEREO {
        Some(Arrangement::Stereo)
    } else if port_type == AudioPortType::SURROUND {
        surround::read(plugin, direction, index).map(Arrangement::Surround)
    } else if port_type == AudioPortType::AMBISONIC {
        ambisonic::read(plugin, direction, index)
    } else {
        None
    };
    known.unwrap_or_default()
}

/// More ports than this are a mistake of the plugin.
const MAX_PORTS: u32 = 256;
/// More channels than this are a mistake of the plugin.
const MAX_CHANNELS: u32 = 1_024;

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
