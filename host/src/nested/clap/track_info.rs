//! `clap.track-info`: where a plugin is.

use std::sync::{Mutex, PoisonError};

use clack_extensions::audio_ports::AudioPortType;
use clack_extensions::track_info::{
    HostTrackInfoImpl, PluginTrackInfo, TrackInfo, TrackInfoFlags, TrackInfoWriter,
};
use clack_host::prelude::*;
use clack_host::utils::Color;

use super::host::{HostState, MainThread};
use crate::nested::plugin::{TrackContext, TrackPurpose};

/// The track of an instance, once known.
#[derive(Default)]
pub(super) struct Track(Mutex<Option<TrackContext>>);

/// Remembers the track and tells the plugin. Main thread.
pub(super) fn set(plugin: &PluginMainThreadHandle<'_>, host: &HostState, track: TrackContext) {
    let changed = {
        let mut current = host.track.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = current.as_ref() != Some(&track);
        *current = Some(track);
        changed
    };
    if !changed {
        return;
    }
    if let Some(info) = plugin.get_extension::<PluginTrackInfo>() {
        info.changed(plugin);
    }
}

impl HostTrackInfoImpl for MainThread {
    fn get<'a>(&'a self, writer: &mut TrackInfoWriter<'_, 'a>) {
        if !self.0.check_main_thread("track_info.get") {
            return;
        }
        let track = self.0.track.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(track) = &*track else { return };
        let [_, red, green, blue] = track.color.to_be_bytes();
        let purpose = match track.purpose {
            TrackPurpose::Track => TrackInfoFlags::empty(),
            TrackPurpose::Bus => TrackInfoFlags::IS_FOR_BUS,
            TrackPurpose::Master => TrackInfoFlags::IS_FOR_MASTER,
        };
        // SAFETY: the writer copies the name within `set`, and the lock is held until then. Its signature asks for a
        // longer life than it needs, which nothing behind a lock has.
        #[expect(unsafe_code, reason = "the writer's signature asks for too long a life")]
        let name: &'a [u8] = unsafe { std::slice::from_raw_parts(track.name.as_ptr(), track.name.len()) };
        let info = TrackInfo::new()
            .with_flags(purpose)
            .with_name(Some(name))
            .with_color(Some(Color { alpha: u8::MAX, red, green, blue }))
            .with_audio_channels(Some(AudioPortType::STEREO), 2);
        writer.set(&info);
    }
}
