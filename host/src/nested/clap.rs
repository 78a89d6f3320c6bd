//! The CLAP format, on clack-host. One extension per file, all in one shape: what the plugin offers us first, what we
//! offer the plugin second.
//!
//! A plugin may call the host from any thread it likes, right or wrong. What it calls lands in a `HostState`, which
//! is thread-safe throughout and wait-free where the audio thread is allowed; `poll` acts on it on the main thread. A
//! call from a wrong thread has no effect but a line in the log.

mod ambisonic;
mod audio_ports;
mod audio_ports_activation;
mod audio_ports_config;
mod buffers;
mod configurable_audio_ports;
mod context_menu;
mod events_in;
mod events_out;
mod factory;
mod gui;
mod host;
mod incoming;
mod instance;
mod latency;
mod log;
mod note_names;
mod note_ports;
mod one_per_key;
mod param_indication;
mod param_table;
mod params;
mod posix_fd;
mod preset_discovery;
mod preset_load;
mod processor;
mod quiet;
mod remote_controls;
mod render;
mod state;
mod state_context;
mod surround;
mod tail;
mod thread_check;
mod thread_pool;
mod timer;
mod track_info;
mod transport;
mod voice_info;

pub use factory::ClapHost;

use host::HostState;
