//! `clap.state-context`: a state for a purpose.

use clack_extensions::state_context::{PluginStateContext, StateContextType};
use clack_host::prelude::*;

use super::state::{self, Loaded};
use crate::nested::error::StateError;
use crate::nested::offers::StatePurpose;

fn context(purpose: StatePurpose) -> StateContextType {
    match purpose {
        StatePurpose::Project => StateContextType::ForProject,
        StatePurpose::Duplicate => StateContextType::ForDuplicate,
        StatePurpose::Preset => StateContextType::ForPreset,
    }
}

/// The plugin's state; `None` if it has none. Main thread.
pub(super) fn save(
    plugin: &PluginMainThreadHandle<'_>,
    purpose: StatePurpose,
) -> Result<Option<Vec<u8>>, StateError> {
    let Some(extension) = plugin.get_extension::<PluginStateContext>() else { return state::save(plugin) };
    let mut bytes = Vec::new();
    extension.save(plugin, &mut bytes, context(purpose)).map_err(|_| StateError::SaveFailed)?;
    Ok(Some(bytes))
}

/// Gives the plugin a state. Main thread.
pub(super) fn load(
    plugin: &PluginMainThreadHandle<'_>,
    mut bytes: &[u8],
    purpose: StatePurpose,
) -> Result<Loaded, StateError> {
    match plugin.get_extension::<PluginStateContext>() {
        Some(extension) if !state::is_ours(bytes) => {
            extension.load(plugin, &mut bytes, context(purpose)).map_err(|_| StateError::Refused)?;
            Ok(Loaded::ByPlugin)
        }
        _ => state::load(plugin, bytes),
    }
}
