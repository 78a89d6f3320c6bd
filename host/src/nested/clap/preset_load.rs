//! `clap.preset-load`: giving a plugin one of its presets.

use std::ffi::{CStr, CString};
use std::sync::{Mutex, PoisonError};

use clack_extensions::preset_discovery::prelude::*;
use clack_extensions::preset_discovery::{HostPresetLoadImpl, PluginPresetLoad};
use clack_host::prelude::*;
use protocol::plugin::{PresetInfo, PresetSource};

use super::host::{HostState, MainThread};
use crate::nested::error::PresetError;
use crate::nested::plugin::PluginRequest;
use crate::nested::requests::Request;

/// More failures than this between two polls are not kept.
const MAX_FAILURES: usize = 64;

/// Loads a preset. Main thread.
pub(super) fn load(plugin: &PluginMainThreadHandle<'_>, preset: &PresetInfo) -> Result<(), PresetError> {
    let extension = plugin.get_extension::<PluginPresetLoad>().ok_or(PresetError::Unsupported)?;
    let c_string = |text: &str| {
        CString::new(text).map_err(|_| PresetError::Name { name: preset.name.replace('\0', "") })
    };
    let key = preset.load_key.as_deref().map(c_string).transpose()?;
    let path = match &preset.source {
        PresetSource::Plugin => None,
        PresetSource::File(path) => Some(c_string(&path.to_string_lossy())?),
    };
    let location = path.as_deref().map_or(Location::Plugin, |path| Location::File { path });
    let refused = |_| PresetError::Refused { name: preset.name.clone() };
    extension.load_from_location(plugin, location, key.as_deref()).map_err(refused)
}

/// What went wrong since the last poll, in the plugin's words.
#[derive(Default)]
pub(super) struct Failures(Mutex<Vec<String>>);

/// Hands on what became of presets. Main thread.
pub(super) fn poll(host: &HostState, requests: &mut Vec<PluginRequest>) {
    let mut failures = host.preset_failures.0.lock().unwrap_or_else(PoisonError::into_inner);
    requests.extend(failures.drain(..).map(|reason| PluginRequest::PresetFailed { reason }));
    if host.requests.take(Request::PresetLoaded) {
        requests.push(PluginRequest::PresetLoaded);
    }
}

impl HostPresetLoadImpl for MainThread {
    fn on_error(
        &self,
        _location: Location<'_>,
        _load_key: Option<&CStr>,
        os_error: i32,
        message: Option<&CStr>,
    ) {
        if !self.0.check_main_thread("preset_load.on_error") {
            return;
        }
        let reason = match message {
            Some(message) => message.to_string_lossy().into_owned(),
            None => std::io::Error::from_raw_os_error(os_error).to_string(),
        };
        let mut failures = self.0.preset_failures.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() < MAX_FAILURES {
            failures.push(reason);
        }
    }

    fn loaded(&self, _location: Location<'_>, _load_key: Option<&CStr>) {
        if self.0.check_main_thread("preset_load.loaded") {
            self.0.requests.raise(Request::PresetLoaded);
        }
    }
}
