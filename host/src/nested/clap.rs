//! The CLAP format, on clack-host. One extension per file, all in one shape: what the plugin offers us first, what we
//! offer the plugin second.
//!
//! A plugin may call the host from any thread it likes, right or wrong. What it calls lands in a `HostState`, which
//! is thread-safe throughout and wait-free where the audio thread is allowed; `poll` acts on it on the main thread. A
//! call from a wrong thread has no effect but a line in the log.

mod audio_ports;
mod buffers;
mod events_in;
mod events_out;
mod factory;
mod gui;
mod host;
mod incoming;
mod instance;
mod latency;
mod log;
mod note_ports;
mod param_table;
mod params;
mod posix_fd;
mod processor;
mod render;
mod state;
mod tail;
mod thread_check;
mod timer;
mod track_info;
mod transport;
mod voice_info;

pub use factory::ClapHost;

use host::HostState;
