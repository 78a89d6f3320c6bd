//! `clap.state`: what a plugin wants to be remembered.
//!
//! Some plugins leave that to the host: they have parameters, and no state. Their parameter values are their state, in
//! a chunk of our own.

use std::collections::BTreeMap;

use clack_extensions::params::ParamInfoFlags;
use clack_extensions::state::{HostStateImpl, PluginState};
use clack_host::prelude::*;
use protocol::ParamId;

use super::host::MainThread;
use super::params;
use crate::nested::error::StateError;
use crate::nested::requests::Request;

/// How a chunk of ours begins; JSON follows, values by parameter id.
const PARAMS_MARK: &[u8] = b"loophole-params-1\n";

/// Whether a state is a chunk of ours.
pub(super) fn is_ours(bytes: &[u8]) -> bool {
    bytes.starts_with(PARAMS_MARK)
}

/// The plugin's state; `None` if it has neither state nor parameters. Main thread.
pub(super) fn save(plugin: &PluginMainThreadHandle<'_>) -> Result<Option<Vec<u8>>, StateError> {
    let mut bytes = Vec::new();
    if let Some(extension) = plugin.get_extension::<PluginState>() {
        extension.save(plugin, &mut bytes).map_err(|_| StateError::SaveFailed)?;
        return Ok(Some(bytes));
    }
    let mut values = BTreeMap::new();
    params::for_each(plugin, |info| {
        let value = params::value(plugin, ParamId(info.id.get())).filter(|value| value.is_finite());
        if let Some(value) = value.filter(|_| !info.flags.contains(ParamInfoFlags::IS_READONLY)) {
            values.insert(info.id.get(), value);
        }
    });
    if values.is_empty() {
        return Ok(None);
    }
    bytes.extend_from_slice(PARAMS_MARK);
    serde_json::to_writer(&mut bytes, &values).map_err(|_| StateError::SaveFailed)?;
    Ok(Some(bytes))
}

/// What to do after a state was loaded.
pub(super) enum Loaded {
    /// Nothing: the plugin took it.
    ByPlugin,
    /// Set these parameters.
    Params(Vec<(ParamId, f64)>),
}

/// Gives the plugin a state. Main thread.
pub(super) fn load(plugin: &PluginMainThreadHandle<'_>, mut bytes: &[u8]) -> Result<Loaded, StateError> {
    // A plugin that has learnt to keep state still gets the values that were kept for it before.
    if let Some(values) = bytes.strip_prefix(PARAMS_MARK) {
        let values: BTreeMap<u32, f64> = serde_json::from_slice(values).map_err(|_| StateError::Refused)?;
        return Ok(Loaded::Params(values.into_iter().map(|(id, value)| (ParamId(id), value)).collect()));
    }
    match plugin.get_extension::<PluginState>() {
        Some(extension) => {
            extension.load(plugin, &mut bytes).map_err(|_| StateError::Refused)?;
            Ok(Loaded::ByPlugin)
        }
        None => {
            let mut has_params = false;
            params::for_each(plugin, |_| has_params = true);
            Err(if has_params { StateError::Refused } else { StateError::Unsupported })
        }
    }
}

impl HostStateImpl for MainThread {
    fn mark_dirty(&self) {
        if self.0.check_main_thread("state.mark_dirty") {
            self.0.requests.raise(Request::StateDirty);
        }
    }
}
