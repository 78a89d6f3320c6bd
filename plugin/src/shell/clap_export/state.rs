//! `clap.state`: nice-plug's, which would take any well-formed state and then lose a damaged project silently.

use std::ffi::c_void;

use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
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
    // SAFETY: as above; a host gives null or a stream for the call, and so do we.
    unsafe {
        let (Some(load), Some(bytes)) = (inner(plugin).and_then(|table| table.load), read(stream)) else {
            return false;
        };
        if !state::is_readable(&bytes[LENGTH..]) {
            return false;
        }
        let mut rest = bytes.as_slice();
        let stream = clap_istream { ctx: (&raw mut rest).cast::<c_void>(), read: Some(give) };
        load(plugin, &raw const stream)
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

/// Reads on in what [`load`] has read.
unsafe extern "C" fn give(stream: *const clap_istream, to: *mut c_void, room: u64) -> i64 {
    // SAFETY: `load` put the slice there, and nobody else uses it meanwhile.
    let rest = unsafe { &mut *(*stream).ctx.cast::<&[u8]>() };
    let count = usize::try_from(room).unwrap_or(usize::MAX).min(rest.len());
    let (now, later) = rest.split_at(count);
    // SAFETY: whoever reads has as much room as they say.
    unsafe { std::ptr::copy_nonoverlapping(now.as_ptr(), to.cast::<u8>(), count) };
    *rest = later;
    i64::try_from(count).unwrap_or(-1)
}
