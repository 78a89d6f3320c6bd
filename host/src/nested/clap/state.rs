//! `clap.state`: what a plugin wants to be remembered.

use clack_extensions::state::{HostStateImpl, PluginState};
use clack_host::prelude::*;

use super::host::MainThread;
use super::requests::Request;
use crate::nested::error::StateError;

/// The plugin's state; `None` if it keeps none. Main thread.
pub(super) fn save(plugin: &PluginMainThreadHandle<'_>) -> Result<Option<Vec<u8>>, StateError> {
    let Some(extension) = plugin.get_extension::<PluginState>() else { return Ok(None) };
    let mut bytes = Vec::new();
    extension.save(plugin, &mut bytes).map_err(|_| StateError::SaveFailed)?;
    Ok(Some(bytes))
}

/// Gives the plugin a state. Main thread.
pub(super) fn load(plugin: &PluginMainThreadHandle<'_>, mut bytes: &[u8]) -> Result<(), StateError> {
    let extension = plugin.get_extension::<PluginState>().ok_or(StateError::Unsupported)?;
    extension.load(plugin, &mut bytes).map_err(|_| StateError::Refused)
}

impl HostStateImpl for MainThread {
    fn mark_dirty(&self) {
        if self.0.check_main_thread("state.mark_dirty") {
            self.0.requests.raise(Request::StateDirty);
        }
    }
}
