//! `clap.audio-ports-activation`: telling a plugin which of its buses are connected.

use clack_extensions::audio_ports_activation::{PluginAudioPortsActivation, SampleSize};
use clack_host::plugin::InactivePluginMainThreadHandle;

use crate::nested::error::LayoutError;
use crate::nested::offers::{BusDirection, BusUse};

/// Says whether a bus is connected. Main thread.
pub(super) fn set(
    plugin: &mut InactivePluginMainThreadHandle<'_>,
    direction: BusDirection,
    index: u32,
    how: BusUse,
) -> Result<(), LayoutError> {
    let extension = plugin.get_extension::<PluginAudioPortsActivation>().ok_or(LayoutError::Unsupported)?;
    let (is_input, is_active) = (direction == BusDirection::Input, how == BusUse::Used);
    if extension.set_active_audio_inactive(plugin, is_input, index, is_active, SampleSize::Float32) {
        Ok(())
    } else {
        Err(LayoutError::Refused)
    }
}
