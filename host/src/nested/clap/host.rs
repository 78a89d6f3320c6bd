//! Our side of a plugin instance: the handlers that clack calls, all of them views of one [`HostState`].

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clack_extensions::ambisonic::HostAmbisonic;
use clack_extensions::audio_ports::HostAudioPorts;
use clack_extensions::audio_ports_config::HostAudioPortsConfig;
use clack_extensions::context_menu::HostContextMenu;
use clack_extensions::gui::HostGui;
use clack_extensions::latency::HostLatency;
use clack_extensions::log::HostLog;
use clack_extensions::note_name::HostNoteName;
use clack_extensions::note_ports::HostNotePorts;
use clack_extensions::params::HostParams;
#[cfg(unix)]
use clack_extensions::posix_fd::HostPosixFd;
use clack_extensions::preset_discovery::HostPresetLoad;
use clack_extensions::remote_controls::HostRemoteControls;
use clack_extensions::state::HostState as HostStateExtension;
use clack_extensions::surround::HostSurround;
use clack_extensions::tail::HostTail;
use clack_extensions::thread_check::HostThreadCheck;
use clack_extensions::timer::HostTimer;
use clack_extensions::track_info::HostTrackInfo;
use clack_extensions::voice_info::HostVoiceInfo;
use clack_host::prelude::*;

use super::audio_ports_activation::Uses;
use super::incoming::Incoming;
use super::posix_fd::Fds;
use super::thread_pool::{HostThreadPool, Tasks};
use super::timer::Timers;
use super::track_info::Track;
use super::{context_menu, preset_load, remote_controls};
use crate::nested::base::HostBase;
use crate::nested::requests::Request;

/// What a plugin may reach of us, from any thread.
#[derive(Default)]
pub(super) struct HostState {
    base: HostBase,
    pub(super) timers: Timers,
    pub(super) fds: Fds,
    pub(super) track: Track,
    pub(super) incoming: Incoming,
    pub(super) tasks: Tasks,
    pub(super) bus_uses: Uses,
    /// Whether a key of the plugin sounds once at a time.
    pub(super) one_per_key: AtomicBool,
    pub(super) suggested_page: remote_controls::Suggested,
    pub(super) chosen: context_menu::Chosen,
    pub(super) preset_failures: preset_load::Failures,
}

impl Deref for HostState {
    type Target = HostBase;

    fn deref(&self) -> &HostBase {
        &self.base
    }
}

/// The set of handlers, for clack.
pub(super) struct Handlers;

/// Thread-safe calls of the plugin.
pub(super) struct Shared(pub(super) Arc<HostState>);

/// Main-thread calls of the plugin. It may still make them from a wrong thread: every handler checks.
pub(super) struct MainThread(pub(super) Arc<HostState>);

/// Audio-thread calls of the plugin.
pub(super) struct AudioThread(pub(super) Arc<HostState>);

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread;
    type AudioProcessor<'a> = AudioThread;

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Shared) {
        builder
            .register::<HostAudioPorts>()
            .register::<HostNotePorts>()
            .register::<HostParams>()
            .register::<HostStateExtension>()
            .register::<HostLatency>()
            .register::<HostTail>()
            .register::<HostGui>()
            .register::<HostTimer>()
            .register::<HostLog>()
            .register::<HostThreadCheck>()
            .register::<HostTrackInfo>()
            .register::<HostVoiceInfo>()
            .register::<HostNoteName>()
            .register::<HostRemoteControls>()
            .register::<HostContextMenu>()
            .register::<HostPresetLoad>()
            .register::<HostAudioPortsConfig>()
            .register::<HostSurround>()
            .register::<HostAmbisonic>()
            .register::<HostThreadPool>();
        #[cfg(unix)]
        builder.register::<HostPosixFd>();
    }
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.0.want_restart();
    }

    fn request_process(&self) {
        self.0.requests.raise(Request::Process);
    }

    fn request_callback(&self) {
        self.0.requests.raise(Request::Callback);
    }
}

impl MainThreadHandler<'_> for MainThread {}

impl AudioProcessorHandler<'_> for AudioThread {}

/// Who we say we are.
pub(super) fn host_info() -> HostInfo {
    HostInfo::new_from_cstring(
        c"Loophole".to_owned(),
        c"Loophole".to_owned(),
        c"https://github.com/loophole-daw/loophole".to_owned(),
        std::ffi::CString::new(env!("CARGO_PKG_VERSION")).unwrap_or_default(),
    )
}
