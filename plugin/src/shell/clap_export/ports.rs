//! Lends memory to ports that a host leaves out.
//!
//! CLAP hosts are to give every port of a plugin. Some (Qtractor 0.9) give only the main ones, and nice-plug 0.4.2 then
//! reads one port past the end of the host's list. So a table of our own stands before nice-plug's: the same functions,
//! but for three.

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};

use crate::shell::{INPUT_BUSES, OUTPUT_BUSES};

const CHANNELS: usize = 2;

/// Starts with the table that the host sees, so that a pointer to the one is a pointer to the other.
#[repr(C)]
struct Bridge {
    table: clap_plugin,
    inner: *const clap_plugin,
    /// Room for every channel of every port, one after the other.
    memory: Vec<f32>,
    max_frames: usize,
}

/// Stands before a plugin.
///
/// # Safety
/// `inner` is a plugin that nobody else calls or destroys.
pub(super) unsafe fn bridge(inner: *const clap_plugin) -> *const clap_plugin {
    // SAFETY: the caller's promise; nice-plug finds itself by `plugin_data`, which the copy has as well.
    let mut table = unsafe { *inner };
    table.activate = Some(activate);
    table.process = Some(process);
    table.destroy = Some(destroy);
    Box::into_raw(Box::new(Bridge { table, inner, memory: Vec::new(), max_frames: 0 })).cast()
}

unsafe extern "C" fn activate(plugin: *const clap_plugin, rate: f64, min: u32, max: u32) -> bool {
    // SAFETY: the host calls with the pointer that `bridge` gave it, on the main thread, while nothing is processed.
    let bridge = unsafe { &mut *plugin.cast_mut().cast::<Bridge>() };
    bridge.max_frames = usize::try_from(max).unwrap_or(0);
    bridge.memory = vec![0.0; bridge.max_frames.saturating_mul((INPUT_BUSES + OUTPUT_BUSES) * CHANNELS)];
    // SAFETY: the same call, passed on.
    unsafe { (*bridge.inner).activate.is_some_and(|activate| activate(plugin, rate, min, max)) }
}

/// # Real-time
/// Constant time above the plugin's own.
unsafe extern "C" fn process(plugin: *const clap_plugin, given: *const clap_process) -> clap_process_status {
    // SAFETY: the host calls with the pointer that `bridge` gave it, on the audio thread, and on no other meanwhile.
    let bridge = unsafe { &mut *plugin.cast_mut().cast::<Bridge>() };
    // SAFETY: a host gives null or a valid process.
    let (Some(host), Some(inner)) = (unsafe { given.as_ref() }, unsafe { (*bridge.inner).process }) else {
        return CLAP_PROCESS_ERROR;
    };
    let count =
        |count: u32, list_is_null: bool| if list_is_null { 0 } else { usize::try_from(count).unwrap_or(0) };
    let inputs_given = count(host.audio_inputs_count, host.audio_inputs.is_null());
    let outputs_given = count(host.audio_outputs_count, host.audio_outputs.is_null());
    if inputs_given >= INPUT_BUSES && outputs_given >= OUTPUT_BUSES {
        // SAFETY: the same call, passed on.
        return unsafe { inner(plugin, given) };
    }
    if usize::try_from(host.frames_count).map_or(true, |frames| frames > bridge.max_frames) {
        return CLAP_PROCESS_ERROR;
    }
    bridge.memory.fill(0.0);
    let mut spare = bridge.memory.chunks_exact_mut(bridge.max_frames.max(1)).map(<[f32]>::as_mut_ptr);
    let mut channels: [[*mut f32; CHANNELS]; INPUT_BUSES + OUTPUT_BUSES] =
        std::array::from_fn(|_| std::array::from_fn(|_| spare.next().unwrap_or(std::ptr::null_mut())));
    let mut lent = channels.iter_mut().map(|channels| clap_audio_buffer {
        data32: channels.as_mut_ptr(),
        data64: std::ptr::null_mut(),
        channel_count: 2,
        latency: 0,
        constant_mask: 0,
    });
    let mut port = |given: *const clap_audio_buffer, index: usize, there: usize| {
        let lent = lent.next();
        // SAFETY: the host's list has `there` ports.
        if index < there { Some(unsafe { *given.add(index) }) } else { lent }
    };
    let inputs: [Option<clap_audio_buffer>; INPUT_BUSES] =
        std::array::from_fn(|index| port(host.audio_inputs, index, inputs_given));
    let outputs: [Option<clap_audio_buffer>; OUTPUT_BUSES] =
        std::array::from_fn(|index| port(host.audio_outputs, index, outputs_given));
    let (Some(inputs), Some(mut outputs)) = (all(inputs), all(outputs)) else { return CLAP_PROCESS_ERROR };
    let padded = clap_process {
        audio_inputs: inputs.as_ptr(),
        audio_outputs: outputs.as_mut_ptr(),
        audio_inputs_count: u32::try_from(INPUT_BUSES).unwrap_or(0),
        audio_outputs_count: u32::try_from(OUTPUT_BUSES).unwrap_or(0),
        ..*host
    };
    // SAFETY: as the host's call, with every port there and as long as the block.
    unsafe { inner(plugin, &raw const padded) }
}

fn all<const N: usize>(ports: [Option<clap_audio_buffer>; N]) -> Option<[clap_audio_buffer; N]> {
    let first = (*ports.first()?)?;
    let mut there = [first; N];
    for (to, from) in there.iter_mut().zip(ports) {
        *to = from?;
    }
    Some(there)
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: the host destroys a plugin once, and `bridge` made the box.
    let bridge = unsafe { Box::from_raw(plugin.cast_mut().cast::<Bridge>()) };
    // SAFETY: the same call, passed on; the table that the pointer leads to lives until the end of this function.
    unsafe {
        if let Some(destroy) = (*bridge.inner).destroy {
            destroy(&raw const bridge.table);
        }
    }
}
