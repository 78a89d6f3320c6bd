//! `clap.state`: nice-plug's, which would take any well-formed state and then lose a damaged project silently, and which saves
//! states that it then finds too long to load.

use std::ffi::c_void;

use clap_sys::ext::params::{CLAP_EXT_PARAMS, CLAP_PARAM_RESCAN_VALUES, clap_host_params};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::stream::{clap_istream, clap_ostream};

use super::bridge;
use crate::shell::state;

/// The table that takes the place of nice-plug's.
pub(super) static STATE: clap_plugin_state = clap_plugin_state { save: Some(save), load: Some(load) };

/// A state begins with its length, of so many bytes.
const LENGTH: usize = 8;
const CHUNK: usize = 64 * 1024;

/// nice-plug's table.
///
/// # Safety
/// `plugin` is a pointer that [`bridge::bridge`] gave.
unsafe fn inner(plugin: *const clap_plugin) -> Option<&'static clap_plugin_state> {
    // SAFETY: the caller's promise; nice-plug's tables live as long as the plugin, and are used within a call.
    unsafe {
        let inner = bridge::of(plugin).inner;
        let table = (*inner).get_extension?(inner, CLAP_EXT_STATE.as_ptr());
        table.cast::<clap_plugin_state>().as_ref()
    }
}

unsafe extern "C" fn save(plugin: *const clap_plugin, stream: *const clap_ostream) -> bool {
    // SAFETY: hosts call with the pointer that `bridge` gave them, here and below.
    unsafe { inner(plugin).and_then(|table| table.save).is_some_and(|save| save(plugin, stream)) }
}

unsafe extern "C" fn load(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    // SAFETY: as above; a host gives null or a stream for the call.
    let (bridge, bytes) = unsafe { (bridge::of(plugin), read(stream)) };
    let Some(kept) = bytes.and_then(|bytes| state::read(&bytes[LENGTH..])) else { return false };
    bridge.params.restore(&kept);
    // SAFETY: the host lives as long as the plugin, and gives states on the main thread.
    unsafe { tell_values(bridge.host) };
    true
}

/// # Safety
/// The host lives, and this is its main thread.
unsafe fn tell_values(host: *const clap_host) {
    // SAFETY: the caller's promise; the table of an extension has the type that its name says.
    unsafe {
        let Some(get_extension) = (*host).get_extension else { return };
        let params = get_extension(host, CLAP_EXT_PARAMS.as_ptr()).cast::<clap_host_params>();
        if let Some(rescan) = params.as_ref().and_then(|params| params.rescan) {
            rescan(host, CLAP_PARAM_RESCAN_VALUES);
        }
    }
}

/// A state and its length before it; `None` if the stream fails, or ends before the state does.
///
/// # Safety
/// `stream` is null or a stream as CLAP says.
unsafe fn read(stream: *const clap_istream) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    let read = unsafe { stream.as_ref() }?.read?;
    let mut bytes = Vec::new();
    let mut chunk = vec![0_u8; CHUNK];
    let mut wanted = LENGTH;
    while bytes.len() < wanted {
        let room = (wanted - bytes.len()).min(CHUNK);
        // SAFETY: the chunk has as much room as we say.
        let count = unsafe { read(stream, chunk.as_mut_ptr().cast::<c_void>(), u64::try_from(room).ok()?) };
        let count = usize::try_from(count).ok().filter(|count| (1..=room).contains(count))?;
        bytes.extend_from_slice(&chunk[..count]);
        if let (LENGTH, Some(length)) = (bytes.len(), bytes.first_chunk::<LENGTH>()) {
            wanted = usize::try_from(u64::from_le_bytes(*length)).ok()?.checked_add(LENGTH)?;
        }
    }
    Some(bytes)
}
