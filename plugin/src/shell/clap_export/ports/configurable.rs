//! `clap.configurable-audio-ports`: asking for so many channels.

use std::ffi::CStr;

use clap_sys::ext::configurable_audio_ports::{
    clap_audio_port_configuration_request, clap_plugin_configurable_audio_ports,
};
use clap_sys::ext::surround::CLAP_PORT_SURROUND;
use clap_sys::plugin::clap_plugin;

use super::surround::speaker_map;
use super::{channels, choice, choose, count, port_type};
use crate::shell::layout::Layout;

pub(super) static CONFIGURABLE: clap_plugin_configurable_audio_ports = clap_plugin_configurable_audio_ports {
    can_apply_configuration: Some(can_apply),
    apply_configuration: Some(apply),
};
/// What a host wants, all of it; `None` if we cannot be like that.
///
/// # Safety
/// `requests` is null or as many as said, as CLAP has them.
unsafe fn requested(
    layout: Layout,
    requests: *const clap_audio_port_configuration_request,
    request_count: u32,
) -> Option<Layout> {
    let [mut input, mut output] = [layout.inputs()[0], layout.outputs()[0]].map(count);
    if requests.is_null() {
        return None;
    }
    for index in 0..usize::try_from(request_count).ok()? {
        // SAFETY: by the caller's promise, here and below.
        let request = unsafe { &*requests.add(index) };
        // SAFETY: see above.
        if !unsafe { fits(request) } {
            return None;
        }
        match (request.is_input, request.port_index) {
            (true, 0) => input = request.channel_count,
            (false, 0) => output = request.channel_count,
            (is_input, port) => {
                if channels(layout, port, is_input).map(count) != Some(request.channel_count) {
                    return None;
                }
            }
        }
    }
    Layout::new(input, output)
}

/// Whether a port that is asked for can be of the type that it is asked to be: any, or what we call so many channels.
///
/// # Safety
/// The pointers of `request` are null or as CLAP has them.
unsafe fn fits(request: &clap_audio_port_configuration_request) -> bool {
    if request.port_type.is_null() {
        return true;
    }
    let Ok(channels) = usize::try_from(request.channel_count) else { return false };
    let ours = port_type(channels);
    // SAFETY: a type is a C string, and so is ours.
    let kind = unsafe { CStr::from_ptr(request.port_type) };
    // SAFETY: see above.
    if ours.is_null() || kind != unsafe { CStr::from_ptr(ours) } {
        return false;
    }
    let Some(map) = speaker_map(channels).filter(|_| kind == CLAP_PORT_SURROUND) else { return true };
    let asked = request.port_details.cast::<u8>();
    // SAFETY: the details of surround are a number for each channel.
    asked.is_null() || map == unsafe { std::slice::from_raw_parts(asked, map.len()) }
}

unsafe extern "C" fn can_apply(
    plugin: *const clap_plugin,
    requests: *const clap_audio_port_configuration_request,
    request_count: u32,
) -> bool {
    // SAFETY: as in `port`; a host gives as many requests as it says.
    unsafe {
        let choice = choice(plugin);
        !choice.is_active() && requested(choice.layout(), requests, request_count).is_some()
    }
}

unsafe extern "C" fn apply(
    plugin: *const clap_plugin,
    requests: *const clap_audio_port_configuration_request,
    request_count: u32,
) -> bool {
    // SAFETY: as in `can_apply`.
    unsafe {
        let layout = requested(choice(plugin).layout(), requests, request_count);
        layout.is_some_and(|layout| choose(plugin, layout))
    }
}
