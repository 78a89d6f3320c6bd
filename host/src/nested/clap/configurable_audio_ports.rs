//! `clap.configurable-audio-ports`: asking a plugin for channels.

use clack_extensions::ambisonic::{AmbisonicConfig, AmbisonicLayout};
use clack_extensions::configurable_audio_ports::{
    AudioPortRequest, AudioPortRequestDetails, PluginConfigurableAudioPorts,
};
use clack_extensions::surround::SurroundConfig;
use clack_host::plugin::InactivePluginMainThreadHandle;

use super::ambisonic;
use crate::math::to_usize;
use crate::nested::error::LayoutError;
use crate::nested::offers::{Arrangement, BusDirection, BusRequest};

/// Asks for channels, all or nothing. Main thread.
pub(super) fn request(
    plugin: &mut InactivePluginMainThreadHandle<'_>,
    buses: &[BusRequest],
) -> Result<(), LayoutError> {
    with_requests(plugin, buses, |extension, plugin, requests| {
        extension.can_apply_configuration(plugin, requests) && extension.apply_configuration(plugin, requests)
    })
}

/// Whether it would give these channels. Main thread.
pub(super) fn can(plugin: &mut InactivePluginMainThreadHandle<'_>, buses: &[BusRequest]) -> bool {
    let asked = with_requests(plugin, buses, |extension, plugin, requests| {
        extension.can_apply_configuration(plugin, requests)
    });
    asked.is_ok()
}

fn with_requests(
    plugin: &mut InactivePluginMainThreadHandle<'_>,
    buses: &[BusRequest],
    ask: impl FnOnce(
        PluginConfigurableAudioPorts,
        &mut InactivePluginMainThreadHandle<'_>,
        &[AudioPortRequest<'_>],
    ) -> bool,
) -> Result<(), LayoutError> {
    let extension = plugin.get_extension::<PluginConfigurableAudioPorts>().ok_or(LayoutError::Unsupported)?;
    // The details of a sound field are behind a pointer.
    let fields: Vec<Option<AmbisonicConfig>> =
        buses.iter().map(|bus| ambisonic::config(&bus.arrangement)).collect();
    let requests = buses
        .iter()
        .zip(&fields)
        .map(|(bus, field)| {
            Some(AudioPortRequest::new(
                bus.direction == BusDirection::Input,
                bus.index,
                details(bus, field.as_ref())?,
            ))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or(LayoutError::Refused)?;
    if ask(extension, plugin, &requests) { Ok(()) } else { Err(LayoutError::Refused) }
}

/// What a bus is asked to be; `None` for a wish that contradicts itself.
fn details<'a>(
    bus: &'a BusRequest,
    field: Option<&'a AmbisonicConfig>,
) -> Option<AudioPortRequestDetails<'a>> {
    match &bus.arrangement {
        Arrangement::Unspecified => Some(AudioPortRequestDetails::untyped(bus.channels)),
        Arrangement::Mono => (bus.channels == 1).then(AudioPortRequestDetails::mono),
        Arrangement::Stereo => (bus.channels == 2).then(AudioPortRequestDetails::stereo),
        Arrangement::Surround(speakers) => {
            (speakers.len() == to_usize(bus.channels)).then(|| SurroundConfig::from_raw(speakers).into())
        }
        Arrangement::Ambisonic { .. } => {
            field.map(|config| AmbisonicLayout { config, channel_count: bus.channels }.into())
        }
    }
}
