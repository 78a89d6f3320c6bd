//! `clap.surround`: which loudspeaker each channel of a bus is for.

use clack_extensions::surround::{HostSurroundImpl, PluginSurround};
use clack_host::prelude::*;

use super::host::MainThread;
use crate::nested::offers::BusDirection;
use crate::nested::requests::Request;

/// As many channels as a bus of the engine can have.
const MAX_CHANNELS: usize = 64;

/// The loudspeakers of a bus, as CLAP numbers them; `None` if the plugin does not say. Main thread.
pub(super) fn read(
    plugin: &PluginMainThreadHandle<'_>,
    direction: BusDirection,
    index: u32,
) -> Option<Vec<u8>> {
    let mut buffer = [0; MAX_CHANNELS];
    let is_input = direction == BusDirection::Input;
    let extension = plugin.get_extension::<PluginSurround>()?;
    let map = extension.get_channel_map(plugin, is_input, index, &mut buffer);
    (map.channel_count() > 0).then(|| map.as_raw().to_vec())
}

impl HostSurroundImpl for MainThread {
    /// The channel maps are part of the ports, which are only read while the plugin is inactive.
    fn changed(&self) {
        if self.0.check_main_thread("surround.changed") {
            self.0.requests.raise(Request::PortsChanged);
        }
    }
}
