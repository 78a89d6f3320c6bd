//! The audio ports as CLAP has them: nice-plug's, of which ours says which are the main ones, and which a host can choose.
//!
//! A host chooses among a few sets by name (`audio-ports-config`), or asks for any number of channels that we know
//! (`configurable-audio-ports`); only while the plugin is inactive. Channels of common surround formats have loudspeakers
//! (`surround`), in the order of VST3 and WAVE files.

use std::ffi::{CStr, c_char, c_void};

use clap_sys::ext::audio_ports::{
    CLAP_AUDIO_PORT_IS_MAIN, CLAP_EXT_AUDIO_PORTS, CLAP_PORT_MONO, CLAP_PORT_STEREO, clap_audio_port_info,
    clap_plugin_audio_ports,
};
use clap_sys::ext::audio_ports_config::{
    CLAP_EXT_AUDIO_PORTS_CONFIG, CLAP_EXT_AUDIO_PORTS_CONFIG_INFO, CLAP_EXT_AUDIO_PORTS_CONFIG_INFO_COMPAT,
    clap_audio_ports_config, clap_plugin_audio_ports_config, clap_plugin_audio_ports_config_info,
};
use clap_sys::ext::configurable_audio_ports::{
    CLAP_EXT_CONFIGURABLE_AUDIO_PORTS, CLAP_EXT_CONFIGURABLE_AUDIO_PORTS_COMPAT,
    clap_audio_port_configuration_request, clap_plugin_configurable_audio_ports,
};
use clap_sys::ext::surround::{
    CLAP_EXT_SURROUND, CLAP_EXT_SURROUND_COMPAT, CLAP_PORT_SURROUND, CLAP_SURROUND_BL, CLAP_SURROUND_BR,
    CLAP_SURROUND_FC, CLAP_SURROUND_FL, CLAP_SURROUND_FR, CLAP_SURROUND_LFE, CLAP_SURROUND_SL,
    CLAP_SURROUND_SR, CLAP_SURROUND_TBL, CLAP_SURROUND_TBR, CLAP_SURROUND_TFL, CLAP_SURROUND_TFR,
    clap_plugin_surround,
};
use clap_sys::id::{CLAP_INVALID_ID, clap_id};
use clap_sys::plugin::clap_plugin;

use super::bridge::Bridge;
use crate::shell::layout::{INPUT_BUSES, Layout, NAMED, OUTPUT_BUSES};

/// What the host chose, and whether it may choose now. The main thread's.
pub(super) struct Choice {
    pub layout: Layout,
    pub is_active: bool,
}

/// The tables that take the place of nice-plug's.
pub(super) fn extension(id: &CStr) -> Option<*const c_void> {
    let table: *const c_void = if id == CLAP_EXT_AUDIO_PORTS {
        (&raw const AUDIO_PORTS).cast()
    } else if id == CLAP_EXT_AUDIO_PORTS_CONFIG {
        (&raw const CONFIGS).cast()
    } else if id == CLAP_EXT_AUDIO_PORTS_CONFIG_INFO || id == CLAP_EXT_AUDIO_PORTS_CONFIG_INFO_COMPAT {
        (&raw const CONFIG_INFO).cast()
    } else if id == CLAP_EXT_CONFIGURABLE_AUDIO_PORTS || id == CLAP_EXT_CONFIGURABLE_AUDIO_PORTS_COMPAT {
        (&raw const CONFIGURABLE).cast()
    } else if id == CLAP_EXT_SURROUND || id == CLAP_EXT_SURROUND_COMPAT {
        (&raw const SURROUND).cast()
    } else {
        return None;
    };
    Some(table)
}

static AUDIO_PORTS: clap_plugin_audio_ports =
    clap_plugin_audio_ports { count: Some(port_count), get: Some(port) };
static CONFIGS: clap_plugin_audio_ports_config =
    clap_plugin_audio_ports_config { count: Some(config_count), get: Some(config), select: Some(select) };
static CONFIG_INFO: clap_plugin_audio_ports_config_info =
    clap_plugin_audio_ports_config_info { current_config: Some(current_config), get: Some(config_port) };
static CONFIGURABLE: clap_plugin_configurable_audio_ports = clap_plugin_configurable_audio_ports {
    can_apply_configuration: Some(can_apply),
    apply_configuration: Some(apply),
};
static SURROUND: clap_plugin_surround =
    clap_plugin_surround { is_channel_mask_supported: Some(is_mask_supported), get_channel_map: Some(map) };

#[expect(clippy::cast_possible_truncation, reason = "loudspeakers are numbered up to 17")]
const fn speakers<const N: usize>(numbers: [u32; N]) -> [u8; N] {
    let mut speakers = [0; N];
    let mut index = 0;
    while index < N {
        speakers[index] = numbers[index] as u8;
        index += 1;
    }
    speakers
}

const QUAD: [u8; 4] = speakers([CLAP_SURROUND_FL, CLAP_SURROUND_FR, CLAP_SURROUND_BL, CLAP_SURROUND_BR]);
const FIVE: [u8; 5] =
    speakers([CLAP_SURROUND_FL, CLAP_SURROUND_FR, CLAP_SURROUND_FC, CLAP_SURROUND_BL, CLAP_SURROUND_BR]);
/// 7.1.4, of whose beginning the others are.
const TWELVE: [u8; 12] = speakers([
    CLAP_SURROUND_FL,
    CLAP_SURROUND_FR,
    CLAP_SURROUND_FC,
    CLAP_SURROUND_LFE,
    CLAP_SURROUND_BL,
    CLAP_SURROUND_BR,
    CLAP_SURROUND_SL,
    CLAP_SURROUND_SR,
    CLAP_SURROUND_TFL,
    CLAP_SURROUND_TFR,
    CLAP_SURROUND_TBL,
    CLAP_SURROUND_TBR,
]);

/// Which loudspeaker each of so many channels is for; `None` where that is anybody's guess.
fn speaker_map(channels: usize) -> Option<&'static [u8]> {
    match channels {
        4 => Some(&QUAD),
        5 => Some(&FIVE),
        3 | 6 | 8 | 12 => Some(&TWELVE[..channels]),
        _ => None,
    }
}

/// The type of a port of so many channels.
fn port_type(channels: usize) -> *const c_char {
    match channels {
        1 => CLAP_PORT_MONO.as_ptr(),
        2 => CLAP_PORT_STEREO.as_ptr(),
        _ if speaker_map(channels).is_some() => CLAP_PORT_SURROUND.as_ptr(),
        _ => std::ptr::null(),
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The channels of a port.
fn channels(layout: Layout, index: u32, is_input: bool) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    if is_input { layout.inputs().get(index).copied() } else { layout.outputs().get(index).copied() }
}

const NAMES: [[&CStr; OUTPUT_BUSES]; 2] = [
    [c"Output", c"Out 2", c"Out 3", c"Out 4", c"Out 5", c"Out 6", c"Out 7", c"Out 8", c"Out 9"],
    [c"Input", c"Sidechain", c"", c"", c"", c"", c"", c"", c""],
];

fn write_name(name: &CStr, to: &mut [c_char]) {
    // PANIC: no name is longer than CLAP has room for, which is 256 bytes.
    to.iter_mut().zip(name.to_bytes_with_nul()).for_each(|(to, byte)| *to = byte.cast_signed() as c_char);
}

fn port_info(layout: Layout, index: u32, is_input: bool) -> Option<clap_audio_port_info> {
    let channels = channels(layout, index, is_input)?;
    let mut name = [0; clap_sys::string_sizes::CLAP_NAME_SIZE];
    write_name(NAMES[usize::from(is_input)][usize::try_from(index).ok()?], &mut name);
    // The two main ports may share memory if they are alike.
    let is_pair = index == 0 && layout.inputs()[0] == layout.outputs()[0];
    let id = |is_input| if is_input { index } else { index + count(INPUT_BUSES) };
    Some(clap_audio_port_info {
        id: id(is_input),
        name,
        flags: if index == 0 { CLAP_AUDIO_PORT_IS_MAIN } else { 0 },
        channel_count: count(channels),
        port_type: port_type(channels),
        in_place_pair: if is_pair { id(!is_input) } else { CLAP_INVALID_ID },
    })
}

/// # Safety
/// `plugin` is a pointer that [`bridge`](super::bridge::bridge) gave, and this is its main thread.
unsafe fn choice<'a>(plugin: *const clap_plugin) -> &'a mut Choice {
    // SAFETY: by the caller's promise: only the main thread uses it, and no function here calls another meanwhile.
    unsafe { &mut (*plugin.cast_mut().cast::<Bridge>()).choice }
}

unsafe extern "C" fn port_count(_: *const clap_plugin, is_input: bool) -> u32 {
    count(if is_input { INPUT_BUSES } else { OUTPUT_BUSES })
}

unsafe extern "C" fn port(
    plugin: *const clap_plugin,
    index: u32,
    is_input: bool,
    info: *mut clap_audio_port_info,
) -> bool {
    // SAFETY: hosts call this on the main thread, with room for the answer, here and below.
    unsafe { answer(info, port_info(choice(plugin).layout, index, is_input)) }
}

/// # Safety
/// `to` is null or has room.
unsafe fn answer<T>(to: *mut T, value: Option<T>) -> bool {
    let (Some(value), false) = (value, to.is_null()) else { return false };
    // SAFETY: by the caller's promise.
    unsafe { to.write(value) };
    true
}

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
        let mut name = [0; clap_sys::string_sizes::CLAP_NAME_SIZE];
        // The last byte stays zero.
        let bytes = text.bytes().zip(&mut name[..clap_sys::string_sizes::CLAP_NAME_SIZE - 1]);
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

/// Takes a layout, unless the plugin is active.
///
/// # Safety
/// As for [`choice`].
unsafe fn choose(plugin: *const clap_plugin, layout: Layout) -> bool {
    // SAFETY: by the caller's promise; nice-plug's tables are constants of the type that their names say.
    unsafe {
        if choice(plugin).is_active {
            return false;
        }
        let inner = (*plugin.cast::<Bridge>()).inner;
        let Some(get_extension) = (*inner).get_extension else { return false };
        let table = get_extension(inner, CLAP_EXT_AUDIO_PORTS_CONFIG.as_ptr());
        let Some(table) = table.cast::<clap_plugin_audio_ports_config>().as_ref() else { return false };
        // nice-plug's are numbered by their places.
        let taken = table.select.is_some_and(|select| select(plugin, count(layout.index())));
        if taken {
            choice(plugin).layout = layout;
        }
        taken
    }
}

unsafe extern "C" fn current_config(plugin: *const clap_plugin) -> clap_id {
    // SAFETY: as in `port`.
    let id = config_id(unsafe { choice(plugin).layout });
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

/// Whether a port that is asked for can be of the type that it is asked to be. Channels that are no loudspeakers are all
/// the same to us.
///
/// # Safety
/// The pointers of `request` are null or as CLAP has them.
unsafe fn fits(request: &clap_audio_port_configuration_request) -> bool {
    if request.port_type.is_null() {
        return true;
    }
    // SAFETY: a type is a C string.
    let kind = unsafe { CStr::from_ptr(request.port_type) };
    if kind != CLAP_PORT_SURROUND {
        let stereo_or_mono = [(CLAP_PORT_MONO, 1), (CLAP_PORT_STEREO, 2)];
        return stereo_or_mono
            .iter()
            .all(|(name, channels)| kind != *name || request.channel_count == *channels);
    }
    let Some(map) = usize::try_from(request.channel_count).ok().and_then(speaker_map) else { return false };
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
        !choice.is_active && requested(choice.layout, requests, request_count).is_some()
    }
}

unsafe extern "C" fn apply(
    plugin: *const clap_plugin,
    requests: *const clap_audio_port_configuration_request,
    request_count: u32,
) -> bool {
    // SAFETY: as in `can_apply`.
    unsafe {
        let layout = requested(choice(plugin).layout, requests, request_count);
        layout.is_some_and(|layout| choose(plugin, layout))
    }
}

unsafe extern "C" fn is_mask_supported(_: *const clap_plugin, mask: u64) -> bool {
    let is = |map: &[u8]| map.iter().fold(0_u64, |mask, speaker| mask | 1 << speaker) == mask;
    (1..=TWELVE.len()).filter_map(speaker_map).any(is)
}

unsafe extern "C" fn map(
    plugin: *const clap_plugin,
    is_input: bool,
    index: u32,
    to: *mut u8,
    capacity: u32,
) -> u32 {
    // SAFETY: as in `port`.
    let channels = channels(unsafe { choice(plugin).layout }, index, is_input);
    let Some(map) =
        channels.and_then(speaker_map).filter(|map| count(map.len()) <= capacity && !to.is_null())
    else {
        return 0;
    };
    // SAFETY: the host has room for as many as it says.
    unsafe { std::ptr::copy_nonoverlapping(map.as_ptr(), to, map.len()) };
    count(map.len())
}
