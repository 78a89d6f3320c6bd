//! From the name of a plugin to a plugin.

use protocol::{PluginFormat, PluginRef};

use super::clap::ClapHost;
use super::error::LoadError;
use super::locator::PluginLocator;
use super::placeholder::Placeholder;
use super::plugin::{PluginController, PluginFormatHost};
use super::vst3::Vst3Host;

/// The host of a format.
pub(crate) fn format_host(format: PluginFormat) -> Box<dyn PluginFormatHost> {
    match format {
        PluginFormat::Clap => Box::new(ClapHost),
        PluginFormat::Vst3 => Box::new(Vst3Host),
    }
}

/// Finds a plugin, makes it, and gives it its state. The calling thread becomes its main thread.
///
/// # Errors
/// If it is not installed, cannot be made, or refuses the state.
pub fn load(
    plugin: &PluginRef,
    locator: &PluginLocator,
    state: Option<&[u8]>,
) -> Result<PluginController, LoadError> {
    let host = format_host(plugin.format);
    let source = locator.locate(plugin).ok_or_else(|| LoadError::Missing { plugin: plugin.clone() })?;
    let mut loaded = host.create(&source, &plugin.id)?;
    if let Some(state) = state {
        loaded.load_state(state).map_err(|source| LoadError::State { id: plugin.id.clone(), source })?;
    }
    Ok(loaded)
}

/// As [`load`]; a plugin that cannot be had becomes a placeholder that keeps its state byte for byte.
pub fn load_or_placeholder(
    plugin: &PluginRef,
    locator: &PluginLocator,
    state: Option<&[u8]>,
) -> (PluginController, Option<LoadError>) {
    match load(plugin, locator, state) {
        Ok(loaded) => (loaded, None),
        Err(error) => (Box::new(Placeholder::new(plugin.clone(), state.map(<[u8]>::to_vec))), Some(error)),
    }
}
