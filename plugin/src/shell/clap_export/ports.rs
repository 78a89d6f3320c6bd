//! The audio ports as CLAP has them: nice-plug's, of which ours says which are the main ones, and which a host can choose.
//!
//! A host chooses among a few sets by name (`audio-ports-config`), or asks for any number of channels that we know
//! (`configurable-audio-ports`); only while the plugin is inactive. Channels of common surround formats have loudspeakers
//! (`surround`), in the order of VST3 and WAVE files.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clap_sys::ext::audio_ports::{
    CLAP_AUDIO_PORT_IS_MAIN, CLAP_EXT_AUDIO_PORTS, CLAP_PORT_MONO, CLAP_PORT_STEREO, clap_audio_port_info,
    clap_plugin_audio_ports,
};
use clap_sys::ext::audio_ports_config::{
    CLAP_EXT_AUDIO_PORTS_CONFIG, CLAP_EXT_AUDIO_PORTS_CONFIG_INFO, CLAP_EXT_AUDIO_PORTS_CONFIG_INFO_COMPAT,
    clap_plugin_audio_ports_config,
};
use clap_sys::ext::configurable_audio_ports::{
    CLAP_EXT_CONFIGURABLE_AUDIO_PORTS, CLAP_EXT_CONFIGURABLE_AUDIO_PORTS_COMPAT,
};
use clap_sys::ext::surround::{CLAP_EXT_SURROUND, CLAP_EXT_SURROUND_COMPAT, CLAP_PORT_SURROUND};
use clap_sys::id::CLAP_INVALID_ID;
use clap_sys::plugin::clap_plugin;
use clap_sys::string_sizes::CLAP_NAME_SIZE;

mod config;
mod configurable;
mod surround;

use self::config::{CONFIG_INFO, CONFIGS};
use self::configurable::CONFIGURABLE;
use self::surround::{SURROUND, speaker_map};
use super::bridge;
use crate::shell::layout::{INPUT_BUSES, Layout, OUTPUT_BUSES};

/// What the host chose, and whether it may choose now. The main thread's, but no harm if a host asks on another.
pub(super) struct Choice {
    /// As in [`Layout::index`].
    layout: AtomicUsize,
    is_active: AtomicBool,
}

impl Choice {
    pub fn stereo() -> Self {
        Self { layout: AtomicUsize::new(Layout::STEREO.index()), is_active: AtomicBool::new(false) }
    }

    pub fn layout(&self) -> Layout {
        Layout::at(self.layout.load(Ordering::Relaxed))
    }

    pub fn set_active(&self, is_active: bool) {
        self.is_active.store(is_active, Ordering::Relaxed);
    }

    fn is_active(&self) -> bool {
        self.is_active.load(Ordering::Relaxed)
    }
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
    let mut name = [0; CLAP_NAME_SIZE];
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
/// As for [`bridge::of`].
unsafe fn choice<'a>(plugin: *const clap_plugin) -> &'a Choice {
    // SAFETY: by the caller's promise.
    unsafe { &bridge::of(plugin).choice }
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
    // SAFETY: hosts call with the pointer that `bridge` gave them, and with room for the answer, here and below.
    unsafe { answer(info, port_info(choice(plugin).layout(), index, is_input)) }
}

/// # Safety
/// `to` is null or has room.
unsafe fn answer<T>(to: *mut T, value: Option<T>) -> bool {
    let (Some(value), false) = (value, to.is_null()) else { return false };
    // SAFETY: by the caller's promise.
    unsafe { to.write(value) };
    true
}

/// Takes a layout, unless the plugin is active.
///
/// # Safety
/// As for [`choice`].
unsafe fn choose(plugin: *const clap_plugin, layout: Layout) -> bool {
    // SAFETY: by the caller's promise; nice-plug's tables are constants of the type that their names say.
    unsafe {
        let bridge = bridge::of(plugin);
        if bridge.choice.is_active() {
            return false;
        }
        let Some(get_extension) = (*bridge.inner).get_extension else { return false };
        let table = get_extension(bridge.inner, CLAP_EXT_AUDIO_PORTS_CONFIG.as_ptr());
        let Some(table) = table.cast::<clap_plugin_audio_ports_config>().as_ref() else { return false };
        // nice-plug's are numbered by their places.
        let taken = table.select.is_some_and(|select| select(plugin, count(layout.index())));
        if taken {
            bridge.choice.layout.store(layout.index(), Ordering::Relaxed);
        }
        taken
    }
}
