//! `clap.audio-ports-config` and `clap.audio-ports-config-info`: sets of ports to choose from by name.

use std::ffi::c_char;

use clap_sys::ext::audio_ports::clap_audio_port_info;
use clap_sys::ext::audio_ports_config::{
    clap_audio_ports_config, clap_plugin_audio_ports_config, clap_plugin_audio_ports_config_info,
};
use clap_sys::id::{CLAP_INVALID_ID, clap_id};
use clap_sys::plugin::clap_plugin;
use clap_sys::string_sizes::CLAP_NAME_SIZE;

use super::{answer, choice, choose, count, port_info, port_type};
use crate::shell::layout::{INPUT_BUSES, Layout, NAMED, OUTPUT_BUSES};

pub(super) static CONFIGS: clap_plugin_audio_ports_config =
    clap_plugin_audio_ports_config { count: Some(config_count), get: Some(config), select: Some(select) };
pub(super) static CONFIG_INFO: clap_plugin_audio_ports_config_info =
    clap_plugin_audio_ports_config_info { current_config: Some(current_config), get: Some(config_port) };

unsafe extern "C" fn config_count(_: *const clap_plugin) -> u32 {
    count(NAMED.len())
}

/// The id of a set says what it is: it must mean the same for ever.
fn config_id(layout: Layout) -> clap_id {
    count(layout.inputs()[0]) << 8 | count(layout.outputs()[0])
}

fn of_config(id: clap_id) -> Option<Layout> {
    NAMED.iter().map(|(_, layout)| *layout).find(|layout| config_id(*layout) == id)
}

unsafe extern "C" fn config(_: *const clap_plugin, index: u32, config: *mut clap_audio_ports_config) -> bool {
    let named = usize::try_from(index).ok().and_then(|index| NAMED.get(index));
    let value = named.map(|&(text, layout)| {
        let mut name = [0; CLAP_NAME_SIZE];
        // The last byte stays zero.
        let bytes = text.bytes().zip(&mut name[..CLAP_NAME_SIZE - 1]);
        bytes.for_each(|(byte, to)| *to = byte.cast_signed() as c_char);
        let (input, output) = (layout.inputs()[0], layout.outputs()[0]);
        clap_audio_ports_config {
            id: config_id(layout),
            name,
            input_port_count: count(INPUT_BUSES),
            output_port_count: count(OUTPUT_BUSES),
            has_main_input: true,
            main_input_channel_count: count(input),
            main_input_port_type: port_type(input),
            has_main_output: true,
            main_output_channel_count: count(output),
            main_output_port_type: port_type(output),
        }
    });
    // SAFETY: as in `port`.
    unsafe { answer(config, value) }
}

unsafe extern "C" fn select(plugin: *const clap_plugin, id: clap_id) -> bool {
    // SAFETY: as in `port`.
    of_config(id).is_some_and(|layout| unsafe { choose(plugin, layout) })
}

unsafe extern "C" fn current_config(plugin: *const clap_plugin) -> clap_id {
    // SAFETY: as in `port`.
    let id = config_id(unsafe { choice(plugin).layout() });
    if of_config(id).is_some() { id } else { CLAP_INVALID_ID }
}

unsafe extern "C" fn config_port(
    _: *const clap_plugin,
    id: clap_id,
    index: u32,
    is_input: bool,
    info: *mut clap_audio_port_info,
) -> bool {
    // SAFETY: as in `port`.
    unsafe { answer(info, of_config(id).and_then(|layout| port_info(layout, index, is_input))) }
}
