//! The CLAP entry point.
//!
//! What `nice_plug::nice_export_clap!` would write, with one thing between the host and nice-plug: [`bridge`].
#![allow(unsafe_code, reason = "the C interface of CLAP")]

mod bridge;
mod events;
mod params;
mod ports;
mod state;
mod windows;

use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, OnceLock};

use nice_plug::wrapper::clap::{
    CLAP_PLUGIN_FACTORY_ID, CLAP_VERSION, PluginDescriptor, Wrapper, clap_host, clap_plugin,
    clap_plugin_descriptor, clap_plugin_entry, clap_plugin_factory,
};

use super::{Loophole, MADE};

/// What a CLAP host looks for in the file.
#[unsafe(no_mangle)]
#[used]
#[allow(non_upper_case_globals, reason = "the name is CLAP's")]
pub static clap_entry: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(init),
    deinit: Some(deinit),
    get_factory: Some(get_factory),
};

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(plugin_count),
    get_plugin_descriptor: Some(plugin_descriptor),
    create_plugin: Some(create_plugin),
};

/// A constant that needs the heap: never changes once it is there.
static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();

fn descriptor() -> &'static PluginDescriptor {
    DESCRIPTOR.get_or_init(PluginDescriptor::for_plugin::<Loophole>)
}

extern "C" fn init(_: *const c_char) -> bool {
    true
}

extern "C" fn deinit() {}

extern "C" fn get_factory(id: *const c_char) -> *const c_void {
    // SAFETY: a host gives null or a C string.
    if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID {
        return (&raw const FACTORY).cast();
    }
    std::ptr::null()
}

unsafe extern "C" fn plugin_count(_: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn plugin_descriptor(
    _: *const clap_plugin_factory,
    index: u32,
) -> *const clap_plugin_descriptor {
    if index == 0 { descriptor().clap_plugin_descriptor() } else { std::ptr::null() }
}

unsafe extern "C" fn create_plugin(
    _: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: a host gives null or a C string.
    if host.is_null() || id.is_null() || unsafe { CStr::from_ptr(id) } != descriptor().clap_id() {
        return std::ptr::null();
    }
    // SAFETY: the host is valid as long as the plugin; the count that `into_raw` keeps is given back by nice-plug's
    // `destroy`, and the table is not moved before.
    unsafe {
        let wrapper = Wrapper::<Loophole>::new(host);
        let Some(params) = MADE.take().1.upgrade() else { return std::ptr::null() };
        let wrapper = Arc::into_raw(wrapper);
        bridge::bridge((*wrapper).clap_plugin.as_ptr(), host, params)
    }
}
