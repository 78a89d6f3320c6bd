//! `clap.latency`: how late the output is.

use std::sync::atomic::Ordering;

use clack_extensions::latency::{HostLatencyImpl, PluginLatency};
use clack_host::prelude::*;

use super::host::{HostState, MainThread};
use crate::nested::requests::Request;

/// Asks the plugin, which must be active. Returns whether the answer is a new one. Main thread.
pub(super) fn read(plugin: &PluginMainThreadHandle<'_>, host: &HostState) -> bool {
    let frames = plugin.get_extension::<PluginLatency>().map_or(0, |latency| latency.get(plugin));
    host.latency.swap(frames.into(), Ordering::Relaxed) != i64::from(frames)
}

impl HostLatencyImpl for MainThread {
    fn changed(&self) {
        if self.0.check_main_thread("latency.changed") {
            self.0.requests.raise(Request::LatencyChanged);
        }
    }
}
