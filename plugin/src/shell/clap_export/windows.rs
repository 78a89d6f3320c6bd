//! `clap.gui`: nice-plug's, which 0.4.2 cannot open a window with if the host has no such extension itself, and which takes any
//! number for a size, a scale or a window.

use std::ffi::{CStr, c_char};
use std::ops::RangeInclusive;

use clap_sys::ext::gui::{CLAP_EXT_GUI, CLAP_WINDOW_API_X11, clap_plugin_gui, clap_window};
use clap_sys::plugin::clap_plugin;

use super::bridge::{self, Bridge};

/// What scales there are.
const SCALES: RangeInclusive<f64> = 0.25..=8.0;
/// What a side of a window can be, in pixels.
const SIDES: RangeInclusive<u32> = 1..=16_384;

/// nice-plug's table, with what needs care before it.
///
/// # Safety
/// The plugin of `bridge` lives.
pub(super) unsafe fn table(bridge: &Bridge) -> Option<clap_plugin_gui> {
    // SAFETY: the table of an extension has the type that its name says.
    let mut table = unsafe { *inner(bridge)? };
    table.is_api_supported = Some(is_api_supported);
    table.create = Some(create);
    table.adjust_size = Some(adjust_size);
    table.set_scale = Some(set_scale);
    table.set_size = Some(set_size);
    table.set_parent = Some(set_parent);
    Some(table)
}

/// # Safety
/// As for [`table`].
unsafe fn inner(bridge: &Bridge) -> Option<&'static clap_plugin_gui> {
    // SAFETY: the caller's promise; nice-plug's tables live as long as the plugin, and are used within a call.
    unsafe {
        let table = (*bridge.inner).get_extension?(bridge.inner, CLAP_EXT_GUI.as_ptr());
        table.cast::<clap_plugin_gui>().as_ref()
    }
}

unsafe extern "C" fn is_api_supported(
    plugin: *const clap_plugin,
    api: *const c_char,
    is_floating: bool,
) -> bool {
    // SAFETY: hosts call with the pointer that `bridge` gave them, here and below; what is null goes no further.
    unsafe {
        !api.is_null()
            && inner(bridge::of(plugin))
                .and_then(|gui| gui.is_api_supported)
                .is_some_and(|is_supported| is_supported(plugin, api, is_floating))
    }
}

unsafe extern "C" fn create(plugin: *const clap_plugin, api: *const c_char, is_floating: bool) -> bool {
    // SAFETY: as above.
    unsafe {
        !api.is_null()
            && inner(bridge::of(plugin))
                .and_then(|gui| gui.create)
                .is_some_and(|create| create(plugin, api, is_floating))
    }
}

unsafe extern "C" fn adjust_size(plugin: *const clap_plugin, width: *mut u32, height: *mut u32) -> bool {
    // SAFETY: as above.
    unsafe {
        !width.is_null()
            && !height.is_null()
            && inner(bridge::of(plugin))
                .and_then(|gui| gui.adjust_size)
                .is_some_and(|adjust| adjust(plugin, width, height))
    }
}

unsafe extern "C" fn set_scale(plugin: *const clap_plugin, scale: f64) -> bool {
    // SAFETY: as above.
    unsafe {
        SCALES.contains(&scale)
            && inner(bridge::of(plugin))
                .and_then(|gui| gui.set_scale)
                .is_some_and(|set_scale| set_scale(plugin, scale))
    }
}

unsafe extern "C" fn set_size(plugin: *const clap_plugin, width: u32, height: u32) -> bool {
    // SAFETY: as above.
    unsafe {
        SIDES.contains(&width)
            && SIDES.contains(&height)
            && inner(bridge::of(plugin))
                .and_then(|gui| gui.set_size)
                .is_some_and(|set_size| set_size(plugin, width, height))
    }
}

unsafe extern "C" fn set_parent(plugin: *const clap_plugin, window: *const clap_window) -> bool {
    // SAFETY: as above; a host gives null or a window, of which the api says what it is.
    unsafe {
        let Some(parent) = window.as_ref().filter(|parent| !parent.api.is_null()) else { return false };
        if CStr::from_ptr(parent.api) == CLAP_WINDOW_API_X11 && parent.specific.x11 == 0 {
            return false;
        }
        inner(bridge::of(plugin))
            .and_then(|gui| gui.set_parent)
            .is_some_and(|set_parent| set_parent(plugin, window))
    }
}
