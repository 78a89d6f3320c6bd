//! `clap.params`: nice-plug's, of which 0.4.2 goes past the end of its list for the parameter after the last, and in a flush
//! keeps nothing but values.

use clap_sys::events::{clap_input_events, clap_output_events};
use clap_sys::ext::params::{
    CLAP_EXT_PARAMS, CLAP_PARAM_IS_MODULATABLE, CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID, clap_param_info,
    clap_plugin_params,
};
use clap_sys::id::clap_id;
use clap_sys::plugin::clap_plugin;
use std::ffi::c_char;
use std::sync::PoisonError;

use super::bridge;
use crate::instance::MACRO_SLOTS;

/// The table that takes the place of nice-plug's.
pub(super) static PARAMS: clap_plugin_params = clap_plugin_params {
    count: Some(count),
    get_info: Some(get_info),
    get_value: Some(get_value),
    value_to_text: Some(value_to_text),
    text_to_value: Some(text_to_value),
    flush: Some(flush),
};

/// nice-plug's table.
///
/// # Safety
/// `plugin` is a pointer that [`bridge::bridge`] gave.
unsafe fn inner(plugin: *const clap_plugin) -> Option<&'static clap_plugin_params> {
    // SAFETY: the caller's promise; nice-plug's tables live as long as the plugin, and are used within a call.
    unsafe {
        let inner = bridge::of(plugin).inner;
        let table = (*inner).get_extension?(inner, CLAP_EXT_PARAMS.as_ptr());
        table.cast::<clap_plugin_params>().as_ref()
    }
}

unsafe extern "C" fn count(plugin: *const clap_plugin) -> u32 {
    // SAFETY: hosts call with the pointer that `bridge` gave them, here and below.
    unsafe { inner(plugin).and_then(|params| params.count).map_or(0, |count| count(plugin)) }
}

unsafe extern "C" fn get_info(plugin: *const clap_plugin, index: u32, info: *mut clap_param_info) -> bool {
    // SAFETY: as above; the host gives room for the answer.
    unsafe {
        let Some(get_info) = inner(plugin).and_then(|params| params.get_info) else { return false };
        if info.is_null() || index >= count(plugin) || !get_info(plugin, index, info) {
            return false;
        }
        // Nothing but a macro can be offset.
        if usize::try_from(index).is_ok_and(|index| index >= MACRO_SLOTS) {
            (*info).flags &= !(CLAP_PARAM_IS_MODULATABLE | CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID);
        }
        true
    }
}

unsafe extern "C" fn get_value(plugin: *const clap_plugin, id: clap_id, value: *mut f64) -> bool {
    // SAFETY: as above.
    unsafe {
        inner(plugin)
            .and_then(|params| params.get_value)
            .is_some_and(|get_value| get_value(plugin, id, value))
    }
}

unsafe extern "C" fn value_to_text(
    plugin: *const clap_plugin,
    id: clap_id,
    value: f64,
    text: *mut c_char,
    room: u32,
) -> bool {
    // SAFETY: as above.
    unsafe {
        inner(plugin)
            .and_then(|params| params.value_to_text)
            .is_some_and(|value_to_text| value_to_text(plugin, id, value, text, room))
    }
}

unsafe extern "C" fn text_to_value(
    plugin: *const clap_plugin,
    id: clap_id,
    text: *const c_char,
    value: *mut f64,
) -> bool {
    // SAFETY: as above.
    unsafe {
        inner(plugin)
            .and_then(|params| params.text_to_value)
            .is_some_and(|text_to_value| text_to_value(plugin, id, text, value))
    }
}

/// # Real-time
/// While the plugin is active, hosts call it on the audio thread, and never beside `process`: the lock is free.
unsafe extern "C" fn flush(
    plugin: *const clap_plugin,
    given: *const clap_input_events,
    out: *const clap_output_events,
) {
    // SAFETY: as above; a host gives lists of events for the call, and ours lives as long.
    unsafe {
        let Some(flush) = inner(plugin).and_then(|params| params.flush) else { return };
        let mut audio = bridge::of(plugin).audio.lock().unwrap_or_else(PoisonError::into_inner);
        audio.inbox.fill(given, 0);
        let list = audio.inbox.list();
        flush(plugin, &raw const list, out);
        audio.inbox.finish(0);
    }
}
