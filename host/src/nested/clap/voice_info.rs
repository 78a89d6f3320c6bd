//! `clap.voice-info`: how many notes an instrument plays at once, and whether one key more than once.

use std::sync::atomic::Ordering;

use clack_extensions::voice_info::{HostVoiceInfoImpl, PluginVoiceInfo, VoiceInfoFlags};
use clack_host::prelude::*;

use super::host::{HostState, MainThread};
use crate::nested::plugin::{PluginRequest, Voices};
use crate::nested::requests::Request;

/// Asks the plugin. Main thread.
pub(super) fn read(plugin: &PluginMainThreadHandle<'_>) -> Option<Voices> {
    let info = plugin.get_extension::<PluginVoiceInfo>()?.get(plugin)?;
    Some(Voices {
        count: info.voice_count,
        capacity: info.voice_capacity,
        overlapping: info.flags.contains(VoiceInfoFlags::SUPPORTS_OVERLAPPING_NOTES),
    })
}

/// Asks the plugin, for the audio thread, whether a key may sound more than once; one that does not say gets what is played.
/// Main thread.
pub(super) fn learn(plugin: &PluginMainThreadHandle<'_>, host: &HostState) {
    let once = read(plugin).is_some_and(|voices| !voices.overlapping);
    host.one_per_key.store(once, Ordering::Relaxed);
}

/// Hands on that this changed. Main thread.
pub(super) fn poll(plugin: &PluginMainThreadHandle<'_>, host: &HostState, requests: &mut Vec<PluginRequest>) {
    if host.requests.take(Request::VoicesChanged) {
        learn(plugin, host);
        requests.push(PluginRequest::VoicesChanged);
    }
}

impl HostVoiceInfoImpl for MainThread {
    fn changed(&self) {
        if self.0.check_main_thread("voice_info.changed") {
            self.0.requests.raise(Request::VoicesChanged);
        }
    }
}
