//! A table of our own before nice-plug's: the same functions, but for those where something stands between.
//!
//! - CLAP hosts are to give every port of a plugin. Some (Qtractor 0.9) give only the main ones, and nice-plug 0.4.2 then
//!   reads one port past the end of the host's list: so the others are lent memory.
//! - Events are [packed](super::events), so that they come through nice-plug as they are.
//! - The note ports also take MPE, which comes through like any MIDI.

use std::ffi::{CStr, c_char, c_void};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::ext::note_ports::{
    CLAP_EXT_NOTE_PORTS, CLAP_NOTE_DIALECT_MIDI_MPE, clap_note_port_info, clap_plugin_note_ports,
};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};

use super::events::{Inbox, Outbox};
use crate::instance::MACRO_SLOTS;
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
    inbox: Inbox,
    outbox: Outbox,
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
    table.get_extension = Some(get_extension);
    let (inbox, outbox) = (Inbox::new(Vec::new()), Outbox::new());
    Box::into_raw(Box::new(Bridge { table, inner, memory: Vec::new(), max_frames: 0, inbox, outbox })).cast()
}

unsafe extern "C" fn activate(plugin: *const clap_plugin, rate: f64, min: u32, max: u32) -> bool {
    // SAFETY: the host calls with the pointer that `bridge` gave it, on the main thread, while nothing is processed.
    let bridge = unsafe { &mut *plugin.cast_mut().cast::<Bridge>() };
    bridge.max_frames = usize::try_from(max).unwrap_or(0);
    // SAFETY: the main thread may ask for parameters.
    bridge.inbox = Inbox::new(unsafe { slots(bridge.inner) });
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
    // SAFETY: a host gives lists of events for the call.
    unsafe { bridge.inbox.fill(host.in_events, host.frames_count) };
    let (in_events, out_events) = (bridge.inbox.list(), bridge.outbox.list());
    let carried =
        clap_process { in_events: &raw const in_events, out_events: &raw const out_events, ..*host };
    // SAFETY: as the host's call, with events that are in order, and lists that live as long as the call.
    let status = unsafe { with_all_ports(bridge, plugin, inner, &carried) };
    // SAFETY: as for the events that came in.
    let lost = unsafe { bridge.outbox.deliver(host.out_events) };
    bridge.inbox.lose(lost);
    status
}

type Process = unsafe extern "C" fn(*const clap_plugin, *const clap_process) -> clap_process_status;

/// Processes with memory for the ports that the host leaves out.
///
/// # Safety
/// The pointers are those of a call of `process`.
unsafe fn with_all_ports(
    bridge: &mut Bridge,
    plugin: *const clap_plugin,
    inner: Process,
    host: &clap_process,
) -> clap_process_status {
    let count =
        |count: u32, list_is_null: bool| if list_is_null { 0 } else { usize::try_from(count).unwrap_or(0) };
    let inputs_given = count(host.audio_inputs_count, host.audio_inputs.is_null());
    let outputs_given = count(host.audio_outputs_count, host.audio_outputs.is_null());
    if inputs_given >= INPUT_BUSES && outputs_given >= OUTPUT_BUSES {
        // SAFETY: the same call, passed on.
        return unsafe { inner(plugin, std::ptr::from_ref(host)) };
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

/// The slots of the macros by the ids that nice-plug gave them.
///
/// # Safety
/// `inner` is a plugin of nice-plug's, on its main thread.
unsafe fn slots(inner: *const clap_plugin) -> Vec<(u32, u32)> {
    // SAFETY: the caller's promise; the table of an extension has the type that its name says.
    unsafe {
        let Some(get_extension) = (*inner).get_extension else { return Vec::new() };
        let table = get_extension(inner, CLAP_EXT_PARAMS.as_ptr()).cast::<clap_plugin_params>();
        let Some(get_info) = table.as_ref().and_then(|table| table.get_info) else { return Vec::new() };
        let slots = u32::try_from(MACRO_SLOTS).unwrap_or(0);
        let id = |slot| {
            let mut info: clap_param_info = std::mem::zeroed();
            get_info(inner, slot, &raw mut info).then_some((info.id, slot))
        };
        (0..slots).filter_map(id).collect()
    }
}

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    // SAFETY: the host calls with the pointer that `bridge` gave it.
    let bridge = unsafe { &*plugin.cast::<Bridge>() };
    // SAFETY: a host gives a C string.
    if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_EXT_NOTE_PORTS {
        return (&raw const NOTE_PORTS).cast();
    }
    // SAFETY: the same call, passed on.
    unsafe { (*bridge.inner).get_extension }
        .map_or(std::ptr::null(), |get_extension| unsafe { get_extension(plugin, id) })
}

static NOTE_PORTS: clap_plugin_note_ports =
    clap_plugin_note_ports { count: Some(note_port_count), get: Some(note_port) };

/// nice-plug's note ports.
///
/// # Safety
/// `plugin` is a pointer that [`bridge`] gave.
unsafe fn inner_note_ports(plugin: *const clap_plugin) -> Option<&'static clap_plugin_note_ports> {
    // SAFETY: the caller's promise; nice-plug's tables are constants.
    unsafe {
        let inner = (*plugin.cast::<Bridge>()).inner;
        let table = (*inner).get_extension?(inner, CLAP_EXT_NOTE_PORTS.as_ptr());
        table.cast::<clap_plugin_note_ports>().as_ref()
    }
}

unsafe extern "C" fn note_port_count(plugin: *const clap_plugin, is_input: bool) -> u32 {
    // SAFETY: the host calls with the pointer that `bridge` gave it.
    unsafe {
        inner_note_ports(plugin).and_then(|ports| ports.count).map_or(0, |count| count(plugin, is_input))
    }
}

unsafe extern "C" fn note_port(
    plugin: *const clap_plugin,
    index: u32,
    is_input: bool,
    info: *mut clap_note_port_info,
) -> bool {
    // SAFETY: as above; the host gives room for the answer.
    unsafe {
        let Some(get) = inner_note_ports(plugin).and_then(|ports| ports.get) else { return false };
        if info.is_null() || !get(plugin, index, is_input, info) {
            return false;
        }
        (*info).supported_dialects |= CLAP_NOTE_DIALECT_MIDI_MPE;
        true
    }
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
