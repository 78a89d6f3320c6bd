//! `clap.gui`: nice-plug's, which 0.4.2 cannot open a window with if the host has no such extension itself.

use std::ffi::c_char;

use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_plugin_gui};
use clap_sys::plugin::clap_plugin;

use super::bridge::{self, Bridge};

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
        scale.is_finite()
            && scale > 0.0
            && inner(bridge::of(plugin))
                .and_then(|gui| gui.set_scale)
                .is_some_and(|set_scale| set_scale(plugin, scale))
    }
}
