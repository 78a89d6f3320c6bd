//! A table of our own before nice-plug's: the same functions, but for those where something stands between.
//!
//! - CLAP hosts are to give every port of a plugin. Some (Qtractor 0.9) give only the main ones, and nice-plug 0.4.2 then
//!   reads one port past the end of the host's list: so the others are lent memory, and so are channels.
//! - The audio ports are [ours](super::ports), and so is what a host can choose of them.
//! - Events are [packed](super::events), so that they come through nice-plug as they are.
//! - The note ports also take MPE, which comes through like any MIDI.
//! - [Parameters](super::params) that are not there are not asked for, and [states](super::state) that cannot be read are
//!   refused.

use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_plugin_gui};
use clap_sys::ext::note_ports::{
    CLAP_EXT_NOTE_PORTS, CLAP_NOTE_DIALECT_MIDI_MPE, clap_note_port_info, clap_plugin_note_ports,
};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::ext::state::CLAP_EXT_STATE;
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};

use super::events::{Inbox, Outbox};
use super::params::PARAMS;
use super::ports::{self, Choice};
use super::state::STATE;
use super::windows;
use crate::instance::MACRO_SLOTS;
use crate::shell::loan::{HostBus, Lent, Loan, MAX_FRAMES};
use crate::shell::params::HostParams;

/// Starts with the table that the host sees, so that a pointer to the one is a pointer to the other.
#[repr(C)]
pub(super) struct Bridge {
    table: clap_plugin,
    pub inner: *const clap_plugin,
    /// Those of the plugin, to take a state over without nice-plug.
    pub params: Arc<HostParams>,
    pub choice: Choice,
    pub audio: Mutex<Audio>,
    pub host: *const clap_host,
    /// What the host gets for windows, once it was asked whether it has what they need.
    windows: OnceLock<Option<clap_plugin_gui>>,
}

impl Bridge {
    /// Never from the audio thread.
    fn set_audio(&self, loan: Loan, inbox: Inbox) {
        let mut audio = self.audio.lock().unwrap_or_else(PoisonError::into_inner);
        (audio.loan, audio.inbox) = (loan, inbox);
    }
}

/// # Safety
/// `plugin` is a pointer that [`bridge`] gave, not destroyed yet.
pub(super) unsafe fn of<'a>(plugin: *const clap_plugin) -> &'a Bridge {
    // SAFETY: by the caller's promise; nobody ever has it to himself before it is destroyed.
    unsafe { &*plugin.cast::<Bridge>() }
}

/// The audio thread's part; the main thread's while nothing is processed.
pub(super) struct Audio {
    loan: Loan,
    pub inbox: Inbox,
    outbox: Outbox,
}

/// Stands before a plugin.
///
/// # Safety
/// `inner` is a plugin that nobody else calls or destroys; `host` lives as long as it.
pub(super) unsafe fn bridge(
    inner: *const clap_plugin,
    host: *const clap_host,
    params: Arc<HostParams>,
) -> *const clap_plugin {
    // SAFETY: the caller's promise; nice-plug finds itself by `plugin_data`, which the copy has as well.
    let mut table = unsafe { *inner };
    table.init = Some(init);
    table.activate = Some(activate);
    table.deactivate = Some(deactivate);
    table.process = Some(process);
    table.destroy = Some(destroy);
    table.get_extension = Some(get_extension);
    let audio = Audio { loan: Loan::new(), inbox: Inbox::new(Vec::new()), outbox: Outbox::new() };
    let (choice, audio) = (Choice::stereo(), Mutex::new(audio));
    let bridge = Bridge { table, inner, params, choice, audio, host, windows: OnceLock::new() };
    Box::into_raw(Box::new(bridge)).cast()
}

unsafe extern "C" fn init(plugin: *const clap_plugin) -> bool {
    // SAFETY: the host calls with the pointer that `bridge` gave it, on the main thread.
    let bridge = unsafe { of(plugin) };
    // SAFETY: the same call, passed on.
    if !unsafe { (*bridge.inner).init.is_some_and(|init| init(plugin)) } {
        return false;
    }
    bridge.windows.get_or_init(|| {
        // SAFETY: the host lives as long as the plugin, and may be asked from here on.
        let get_extension = unsafe { (*bridge.host).get_extension }?;
        // SAFETY: as above.
        let theirs = unsafe { get_extension(bridge.host, CLAP_EXT_GUI.as_ptr()) };
        // SAFETY: the plugin lives.
        if theirs.is_null() { None } else { unsafe { windows::table(bridge) } }
    });
    true
}

unsafe extern "C" fn activate(plugin: *const clap_plugin, rate: f64, min: u32, max: u32) -> bool {
    let Some(frames) = usize::try_from(max).ok().filter(|frames| (1..=MAX_FRAMES).contains(frames)) else {
        return false;
    };
    // SAFETY: the host calls with the pointer that `bridge` gave it, on the main thread.
    let bridge = unsafe { of(plugin) };
    bridge.choice.set_active(true);
    // Nothing is processed meanwhile, even if the host tries. The plugin may call the host, so no lock is held.
    bridge.set_audio(Loan::new(), Inbox::new(Vec::new()));
    // SAFETY: the same call, passed on.
    let activated =
        unsafe { (*bridge.inner).activate.is_some_and(|activate| activate(plugin, rate, min, max)) };
    bridge.choice.set_active(activated);
    if activated {
        let mut loan = Loan::new();
        loan.resize(frames, bridge.choice.layout());
        // SAFETY: the main thread may ask for parameters.
        bridge.set_audio(loan, Inbox::new(unsafe { slots(bridge.inner) }));
    }
    activated
}

unsafe extern "C" fn deactivate(plugin: *const clap_plugin) {
    // SAFETY: as for `activate`.
    let bridge = unsafe { of(plugin) };
    bridge.choice.set_active(false);
    bridge.set_audio(Loan::new(), Inbox::new(Vec::new()));
    // SAFETY: the same call, passed on.
    unsafe {
        if let Some(deactivate) = (*bridge.inner).deactivate {
            deactivate(plugin);
        }
    }
}

/// # Real-time
/// Constant time above the plugin's own. The lock is only ever contended by a host that activates while it processes;
/// then the block is left alone.
unsafe extern "C" fn process(plugin: *const clap_plugin, given: *const clap_process) -> clap_process_status {
    // SAFETY: the host calls with the pointer that `bridge` gave it.
    let bridge = unsafe { of(plugin) };
    // SAFETY: a host gives null or a valid process; the table of the plugin lives as long as it.
    let (Some(host), Some(inner), Ok(mut audio)) =
        (unsafe { given.as_ref() }, unsafe { (*bridge.inner).process }, bridge.audio.try_lock())
    else {
        return CLAP_PROCESS_ERROR;
    };
    let audio = &mut *audio;
    let frames = usize::try_from(host.frames_count).unwrap_or(usize::MAX);
    if !audio.loan.has_room_for(frames) {
        return CLAP_PROCESS_ERROR;
    }
    // SAFETY: the host's ports are as it says.
    unsafe { clear_constant(host) };
    // SAFETY: a host gives lists of events for the call.
    unsafe { audio.inbox.fill(host.in_events, host.frames_count) };
    let (in_events, out_events) = (audio.inbox.list(), audio.outbox.list());
    let input = |bus| port(host.audio_inputs, host.audio_inputs_count, bus);
    let output = |bus| port(host.audio_outputs, host.audio_outputs_count, bus);
    let process = |lent: &Lent| {
        let (inputs, mut outputs) = (lent.inputs.map(buffer), lent.outputs.map(buffer));
        let padded = clap_process {
            audio_inputs: inputs.as_ptr(),
            audio_outputs: outputs.as_mut_ptr(),
            audio_inputs_count: u32::try_from(inputs.len()).unwrap_or(0),
            audio_outputs_count: u32::try_from(outputs.len()).unwrap_or(0),
            in_events: &raw const in_events,
            out_events: &raw const out_events,
            ..*host
        };
        // SAFETY: as the host's call, with events that are in order, every port there and as long as the block, and
        // lists that live as long as the call.
        unsafe { inner(plugin, &raw const padded) }
    };
    // SAFETY: the host's ports are as it says.
    let status = unsafe { audio.loan.lend(frames, input, output, process) };
    audio.inbox.finish(host.frames_count);
    // SAFETY: as for the events that came in.
    let lost = unsafe { audio.outbox.deliver(host.out_events) };
    audio.inbox.lose(lost);
    status.unwrap_or(CLAP_PROCESS_ERROR)
}

/// Nobody says that what we write is constant.
///
/// # Safety
/// The outputs of `host` are null or as many as it says.
unsafe fn clear_constant(host: &clap_process) {
    if host.audio_outputs.is_null() {
        return;
    }
    for port in 0..usize::try_from(host.audio_outputs_count).unwrap_or(0) {
        // SAFETY: by the caller's promise.
        unsafe { (*host.audio_outputs.add(port)).constant_mask = 0 };
    }
}

/// A port of the host.
fn port(ports: *const clap_audio_buffer, count: u32, index: usize) -> Option<HostBus> {
    let is_there = !ports.is_null() && usize::try_from(count).is_ok_and(|count| index < count);
    // SAFETY: a host gives as many ports as it says.
    is_there.then(|| unsafe {
        let port = &*ports.add(index);
        HostBus { channels: port.data32, count: usize::try_from(port.channel_count).unwrap_or(0) }
    })
}

fn buffer(bus: HostBus) -> clap_audio_buffer {
    clap_audio_buffer {
        data32: bus.channels,
        data64: std::ptr::null_mut(),
        channel_count: u32::try_from(bus.count).unwrap_or(0),
        latency: 0,
        constant_mask: 0,
    }
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
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: a host gives a C string.
    let name = unsafe { CStr::from_ptr(id) };
    if name == CLAP_EXT_NOTE_PORTS {
        return (&raw const NOTE_PORTS).cast();
    }
    if name == CLAP_EXT_PARAMS {
        return (&raw const PARAMS).cast();
    }
    if name == CLAP_EXT_STATE {
        return (&raw const STATE).cast();
    }
    if name == CLAP_EXT_GUI {
        // SAFETY: the host calls with the pointer that `bridge` gave it.
        let windows = unsafe { of(plugin) }.windows.get().and_then(Option::as_ref);
        return windows.map_or(std::ptr::null(), |table| std::ptr::from_ref(table).cast());
    }
    if let Some(table) = ports::extension(name) {
        return table;
    }
    // SAFETY: the host calls with the pointer that `bridge` gave it; the same call, passed on.
    unsafe { (*of(plugin).inner).get_extension }
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
        let inner = of(plugin).inner;
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
