//! `clap.voice-info`: how many notes an instrument plays at once.

use clack_extensions::voice_info::{HostVoiceInfoImpl, PluginVoiceInfo, VoiceInfoFlags};
use clack_host::prelude::*;

use super::host::MainThread;
use crate::nested::plugin::Voices;

/// Asks the plugin. Main thread.
pub(super) fn read(plugin: &PluginMainThreadHandle<'_>) -> Option<Voices> {
    let info = plugin.get_extension::<PluginVoiceInfo>()?.get(plugin)?;
    Some(Voices {
        count: info.voice_count,
        capacity: info.voice_capacity,
        overlapping: info.flags.contains(VoiceInfoFlags::SUPPORTS_OVERLAPPING_NOTES),
    })
}

impl HostVoiceInfoImpl for MainThread {
    /// Nothing is cached, so there is nothing to do but to mind the thread.
    fn changed(&self) {
        self.0.check_main_thread("voice_info.changed");
    }
}
