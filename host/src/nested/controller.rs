//! From the name of a plugin to a plugin.

use protocol::{PluginFormat, PluginRef};

use super::clap::ClapHost;
use super::error::LoadError;
use super::locator::PluginLocator;
use super::offers::{Arrangement, BusDirection, BusRequest};
use super::placeholder::Placeholder;
use super::plugin::{NestedPlugin, PluginController, PluginFormatHost};
use super::vst3::Vst3Host;

/// The host of a format.
pub(crate) fn format_host(format: PluginFormat) -> Box<dyn PluginFormatHost> {
    match format {
        PluginFormat::Clap => Box::new(ClapHost),
        PluginFormat::Vst3 => Box::new(Vst3Host),
    }
}

/// What a track carries.
const TRACK_CHANNELS: u32 = 2;

/// Gives a new plugin the main buses of a track, if it can have them. A state that it is given later may bring others.
fn suit_track(plugin: &mut dyn NestedPlugin) {
    let (inputs, outputs) = plugin.buses();
    let mains = [(BusDirection::Input, inputs.first()), (BusDirection::Output, outputs.first())];
    let wanted: Vec<BusRequest> = mains
        .into_iter()
        .filter(|(_, main)| main.is_some_and(|main| main.channels != TRACK_CHANNELS))
        .map(|(direction, _)| BusRequest {
            direction,
            index: 0,
            channels: TRACK_CHANNELS,
            arrangement: Arrangement::Stereo,
        })
        .collect();
    if wanted.is_empty() || plugin.request_buses(&wanted).is_ok() {
        return;
    }
    let suits = |main: Option<u32>| main.is_none_or(|channels| channels == TRACK_CHANNELS);
    let layout = plugin.layouts().into_iter().find(|layout| {
        suits(layout.main_input)
            && suits(layout.main_output)
            && (layout.main_input.is_some(), layout.main_output.is_some())
                == (!inputs.is_empty(), !outputs.is_empty())
    });
    if let Some(layout) = layout {
        // One that is offered and then refused leaves the plugin as it is.
        let _ = plugin.select_layout(layout.id);
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
    suit_track(&mut *loaded);
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
