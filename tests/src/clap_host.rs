//! The smallest CLAP host that can also do what a host should not: for tests of what a host may legally do, and of
//! what it may do by mistake. Speaks the C interface directly, so that nothing of ours stands between.
#![allow(unsafe_code, reason = "a host of a C interface")]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::entry::clap_plugin_entry;
use clap_sys::events::{
    CLAP_EVENT_MIDI_SYSEX, clap_event_header, clap_event_midi_sysex, clap_event_transport, clap_input_events,
    clap_output_events,
};
use clap_sys::ext::audio_ports::{CLAP_EXT_AUDIO_PORTS, clap_audio_port_info, clap_plugin_audio_ports};
use clap_sys::ext::audio_ports_config::{
    CLAP_EXT_AUDIO_PORTS_CONFIG, clap_audio_ports_config, clap_plugin_audio_ports_config,
};
use clap_sys::ext::configurable_audio_ports::{
    CLAP_EXT_CONFIGURABLE_AUDIO_PORTS, clap_audio_port_configuration_request,
    clap_plugin_configurable_audio_ports,
};
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency, clap_plugin_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::ext::surround::{CLAP_EXT_SURROUND, clap_plugin_surround};
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::clap_process;
use clap_sys::stream::{clap_istream, clap_ostream};
use clap_sys::version::CLAP_VERSION;

/// Any event of the core space, by value; in words, so that it is aligned for any of them.
pub type Event = Box<[u64]>;

/// An event struct of `clap_sys`, as it lies in memory.
pub fn event<T: Copy>(event: T) -> Event {
    let mut words = vec![0_u64; size_of::<T>().div_ceil(8)].into_boxed_slice();
    // SAFETY: the words have room for the struct, and are aligned for it: no CLAP event asks for more than 8.
    unsafe { words.as_mut_ptr().cast::<T>().write(event) };
    words
}

/// The struct of `clap_sys` that an event is.
///
/// # Panics
/// If it is shorter.
#[must_use]
pub fn as_struct<T: Copy>(event: &Event) -> T {
    assert!(event.len() * 8 >= size_of::<T>(), "too short an event");
    // SAFETY: the words are the bytes of the event, long enough and aligned for it.
    unsafe { event.as_ptr().cast::<T>().read() }
}

/// A port as the host hands it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// With so many channels.
    Channels(u32),
    /// It says so many channels, and gives null.
    Null(u32),
    /// So many channels, the last of which is null.
    LastNull(u32),
}

/// What the host hands over for a block.
#[derive(Clone, Debug)]
pub struct Handed {
    /// The inputs: the main one and the sidechain, if it gives all.
    pub inputs: Vec<Port>,
    /// The outputs: the main one and the extra ones.
    pub outputs: Vec<Port>,
    /// Each channel of the inputs is louder by this than the one before.
    pub spread: f32,
    /// The main ports share memory, as far as both have channels.
    pub in_place: bool,
}

impl Handed {
    /// Main ports of so many channels, and all others in stereo.
    #[must_use]
    pub fn main(input: u32, output: u32) -> Self {
        let port = |main, count| [vec![Port::Channels(main)], vec![Port::Channels(2); count]].concat();
        Self { inputs: port(input, 1), outputs: port(output, 8), spread: 0.0, in_place: false }
    }
}

/// A plugin under test. Not tied to a thread: the tests choose the threads.
pub struct Plugin {
    plugin: *const clap_plugin,
    host: Box<clap_host>,
    asked: Box<Asked>,
    state: State,
    /// What the next blocks get.
    pub handed: Handed,
    /// What runs the plugin's part of a block.
    pub around: fn(&mut dyn FnMut()),
}

/// What the plugin has asked its host for, how often.
#[derive(Default)]
struct Asked {
    restarts: AtomicU32,
    latencies: AtomicU32,
}

// SAFETY: CLAP objects may be called from several threads under the rules of the standard; obeying or breaking them
// is what the tests are about, and each test hands the plugin over as a whole.
unsafe impl Send for Plugin {}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Active,
    Processing,
}

/// One call of `process`.
pub struct Block<'a> {
    /// Frames.
    pub frames: u32,
    /// What every input channel holds.
    pub input: f32,
    /// Events, by time.
    pub events: &'a [Event],
    /// Transport, if the host has one.
    pub transport: Option<&'a clap_event_transport>,
}

impl Block<'_> {
    /// A block of silence without events.
    pub fn silent(frames: u32) -> Self {
        Self { frames, input: 0.0, events: &[], transport: None }
    }
}

/// What a call of `process` gave.
pub struct Processed {
    /// The status, as CLAP numbers it.
    pub status: i32,
    /// Every output channel in order of ports.
    pub outputs: Vec<Vec<f32>>,
    /// For each output port, a bit for each channel that is said to hold one value throughout.
    pub constant: Vec<u64>,
    /// The events that came out, in the order in which they came, with the bytes of system exclusive messages.
    pub events_out: Vec<(Event, Vec<u8>)>,
}

static HOST_LATENCY: clap_host_latency = clap_host_latency { changed: Some(latency_changed) };

unsafe extern "C" fn host_extension(_: *const clap_host, id: *const c_char) -> *const c_void {
    // SAFETY: a plugin asks with a string.
    let id = unsafe { CStr::from_ptr(id) };
    if id == CLAP_EXT_LATENCY {
        (&raw const HOST_LATENCY).cast()
    } else if id == CLAP_EXT_GUI {
        (&raw const HOST_GUI).cast()
    } else {
        ptr::null()
    }
}

unsafe extern "C" fn no_extension(_: *const clap_host, _: *const c_char) -> *const c_void {
    ptr::null()
}

static HOST_GUI: clap_host_gui = clap_host_gui {
    resize_hints_changed: Some(ignore),
    request_resize: Some(refuse_size),
    request_show: Some(refuse),
    request_hide: Some(refuse),
    closed: Some(ignore_closed),
};

unsafe extern "C" fn refuse(_: *const clap_host) -> bool {
    false
}

unsafe extern "C" fn refuse_size(_: *const clap_host, _: u32, _: u32) -> bool {
    false
}

unsafe extern "C" fn ignore_closed(_: *const clap_host, _: bool) {}

unsafe extern "C" fn latency_changed(host: *const clap_host) {
    // SAFETY: `host_data` is what `new` put there.
    unsafe { &*(*host).host_data.cast::<Asked>() }.latencies.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn restart(host: *const clap_host) {
    // SAFETY: `host_data` is what `new` put there.
    unsafe { &*(*host).host_data.cast::<Asked>() }.restarts.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn ignore(_: *const clap_host) {}

impl Plugin {
    /// Creates and initialises the plugin with an id.
    pub fn new(entry: &clap_plugin_entry, id: &CStr) -> Self {
        Self::on(host_extension, entry, id)
    }

    /// The same on a host without any extension.
    pub fn on_a_bare_host(entry: &clap_plugin_entry, id: &CStr) -> Self {
        Self::on(no_extension, entry, id)
    }

    fn on(
        extension: unsafe extern "C" fn(*const clap_host, *const c_char) -> *const c_void,
        entry: &clap_plugin_entry,
        id: &CStr,
    ) -> Self {
        let asked = Box::<Asked>::default();
        let host = Box::new(clap_host {
            clap_version: CLAP_VERSION,
            host_data: (&raw const *asked).cast_mut().cast(),
            name: c"Loophole tests".as_ptr(),
            vendor: c"Loophole".as_ptr(),
            url: c"".as_ptr(),
            version: c"1".as_ptr(),
            get_extension: Some(extension),
            request_restart: Some(restart),
            request_process: Some(ignore),
            request_callback: Some(ignore),
        });
        // SAFETY: the entry is the plugin's own; the calls are those that the standard prescribes, in its order.
        let plugin = unsafe {
            assert!(entry.init.expect("init")(c"/nowhere/Loophole.clap".as_ptr()), "the entry initialises");
            let factory = entry.get_factory.expect("get_factory")(CLAP_PLUGIN_FACTORY_ID.as_ptr());
            let factory = factory.cast::<clap_plugin_factory>().as_ref().expect("a plugin factory");
            let plugin = factory.create_plugin.expect("create_plugin")(factory, &*host, id.as_ptr());
            let table = plugin.as_ref().expect("a plugin with this id");
            assert!(table.init.expect("init")(plugin), "the plugin initialises");
            plugin
        };
        let (handed, state) = (Handed::main(2, 2), State::Idle);
        Self { plugin, host, asked, state, handed, around: |call| call() }
    }

    /// The plugin itself, for calls that have no form here.
    #[must_use]
    pub fn raw(&self) -> *const clap_plugin {
        self.plugin
    }

    /// The host that it is on.
    #[must_use]
    pub fn host(&self) -> &clap_host {
        &self.host
    }

    fn table(&self) -> &clap_plugin {
        // SAFETY: the plugin lives until `drop`.
        unsafe { &*self.plugin }
    }

    /// The table of an extension, whose type is `T`; `None` if the plugin has none.
    pub fn extension<T>(&self, id: &CStr) -> Option<&T> {
        // SAFETY: an extension's table lives as long as the plugin and has the type that its id says.
        unsafe { self.table().get_extension?(self.plugin, id.as_ptr()).cast::<T>().as_ref() }
    }

    /// Activates; panics if the plugin refuses.
    pub fn activate(&mut self, rate: f64, max_frames: u32) {
        assert!(
            self.try_activate(rate, max_frames),
            "activation at {rate} Hz with up to {max_frames} frames"
        );
    }

    /// Activates; whether the plugin let it.
    pub fn try_activate(&mut self, rate: f64, max_frames: u32) -> bool {
        assert!(self.state == State::Idle, "already active");
        // SAFETY: the plugin is initialised and not active.
        let ok = unsafe { self.table().activate.expect("activate")(self.plugin, rate, 1, max_frames) };
        if ok {
            self.state = State::Active;
        }
        ok
    }

    /// Goes back to idle from anywhere.
    pub fn deactivate(&mut self) {
        self.stop();
        if self.state == State::Active {
            // SAFETY: the plugin is active and not processing.
            unsafe { self.table().deactivate.expect("deactivate")(self.plugin) };
            self.state = State::Idle;
        }
    }

    /// Starts processing.
    pub fn start(&mut self) {
        assert!(self.state == State::Active, "not active");
        // SAFETY: the plugin is active.
        assert!(unsafe { self.table().start_processing.expect("start")(self.plugin) }, "processing starts");
        self.state = State::Processing;
    }

    /// Stops processing, if it was.
    pub fn stop(&mut self) {
        if self.state == State::Processing {
            // SAFETY: the plugin is processing.
            unsafe { self.table().stop_processing.expect("stop")(self.plugin) };
            self.state = State::Active;
        }
    }

    /// What it says its latency is, in frames.
    ///
    /// # Panics
    /// If it does not say.
    #[must_use]
    pub fn latency(&self) -> u32 {
        let latency: &clap_plugin_latency = self.extension(CLAP_EXT_LATENCY).expect("a latency");
        // SAFETY: the plugin is initialised.
        unsafe { latency.get.expect("get")(self.plugin) }
    }

    /// How often it has asked to be restarted, and how often it has told that its latency is another.
    #[must_use]
    pub fn asked(&self) -> (u32, u32) {
        (self.asked.restarts.load(Ordering::Relaxed), self.asked.latencies.load(Ordering::Relaxed))
    }

    /// Resets, as a host may whenever the plugin is active.
    pub fn reset(&mut self) {
        assert!(self.state != State::Idle, "not active");
        // SAFETY: the plugin is active.
        unsafe { self.table().reset.expect("reset")(self.plugin) };
    }

    /// Processes one block.
    pub fn process(&mut self, block: &Block<'_>) -> Processed {
        assert!(self.state == State::Processing, "not processing");
        self.process_anyway(block)
    }

    /// Processes one block even where a host must not.
    pub fn process_anyway(&mut self, block: &Block<'_>) -> Processed {
        let frames = block.frames as usize;
        let Handed { inputs, outputs, spread, in_place } = self.handed.clone();
        let mut given = Vec::new();
        let mut level = block.input;
        for _ in 0..channel_count(&inputs) {
            given.push(vec![level; frames]);
            level += spread;
        }
        let mut written: Vec<Vec<f32>> = vec![vec![NOT_WRITTEN; frames]; channel_count(&outputs)];
        let mut input_channels: Vec<*mut f32> = given.iter_mut().map(|c| c.as_mut_ptr()).collect();
        if in_place {
            let shared = channel_count(&inputs[..1]).min(channel_count(&outputs[..1]));
            for (written, (given, pointer)) in
                written.iter_mut().zip(given.iter().zip(&mut input_channels)).take(shared)
            {
                written.copy_from_slice(given);
                *pointer = written.as_mut_ptr();
            }
        }
        let mut output_channels: Vec<*mut f32> = written.iter_mut().map(|c| c.as_mut_ptr()).collect();
        let input_ports = ports(&inputs, &mut input_channels);
        let mut output_ports = ports(&outputs, &mut output_channels);
        // Left from what came before, by a host that does not clear it.
        output_ports.iter_mut().for_each(|port| port.constant_mask = u64::MAX);
        let mut events_out: Vec<(Event, Vec<u8>)> = Vec::new();
        let mut list = block.events;
        let in_events = clap_input_events {
            ctx: ptr::from_mut(&mut list).cast(),
            size: Some(events_size),
            get: Some(events_get),
        };
        let out_events =
            clap_output_events { ctx: ptr::from_mut(&mut events_out).cast(), try_push: Some(events_push) };
        let process = clap_process {
            steady_time: -1,
            frames_count: block.frames,
            transport: block.transport.map_or(ptr::null(), ptr::from_ref),
            audio_inputs: input_ports.as_ptr(),
            audio_outputs: output_ports.as_mut_ptr(),
            audio_inputs_count: u32::try_from(input_ports.len()).expect("a few ports"),
            audio_outputs_count: u32::try_from(output_ports.len()).expect("a few ports"),
            in_events: &raw const in_events,
            out_events: &raw const out_events,
        };
        // SAFETY: all pointers are valid for the call.
        let call = || unsafe { self.table().process.expect("process")(self.plugin, &raw const process) };
        let mut status = 0;
        (self.around)(&mut || status = call());
        let constant = output_ports.iter().map(|port| port.constant_mask).collect();
        Processed { status, outputs: written, constant, events_out }
    }

    /// The parameters, in the plugin's order.
    pub fn params(&self) -> Vec<clap_param_info> {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS).expect("parameters");
        // SAFETY: called on the thread that the test calls the main thread; the info is fully written on success.
        unsafe {
            (0..params.count.expect("count")(self.plugin))
                .map(|index| {
                    let mut info: clap_param_info = std::mem::zeroed();
                    assert!(params.get_info.expect("get_info")(self.plugin, index, &raw mut info));
                    info
                })
                .collect()
        }
    }

    /// The ports of a direction.
    pub fn ports(&self, is_input: bool) -> Vec<clap_audio_port_info> {
        let ports: &clap_plugin_audio_ports = self.extension(CLAP_EXT_AUDIO_PORTS).expect("audio ports");
        // SAFETY: as for `params`.
        unsafe {
            let count = ports.count.expect("count")(self.plugin, is_input);
            let port = |index| {
                let mut info: clap_audio_port_info = std::mem::zeroed();
                assert!(ports.get.expect("get")(self.plugin, index, is_input, &raw mut info));
                info
            };
            (0..count).map(port).collect()
        }
    }

    /// The sets of ports to choose from.
    pub fn configs(&self) -> Vec<clap_audio_ports_config> {
        let configs: &clap_plugin_audio_ports_config =
            self.extension(CLAP_EXT_AUDIO_PORTS_CONFIG).expect("sets of ports");
        // SAFETY: as for `params`.
        unsafe {
            let config = |index| {
                let mut config: clap_audio_ports_config = std::mem::zeroed();
                assert!(configs.get.expect("get")(self.plugin, index, &raw mut config));
                config
            };
            (0..configs.count.expect("count")(self.plugin)).map(config).collect()
        }
    }

    /// Chooses a set of ports; whether the plugin took it.
    pub fn select(&self, id: u32) -> bool {
        let configs: &clap_plugin_audio_ports_config =
            self.extension(CLAP_EXT_AUDIO_PORTS_CONFIG).expect("sets of ports");
        // SAFETY: as for `params`.
        unsafe { configs.select.expect("select")(self.plugin, id) }
    }

    /// Asks for channels of ports, as direction, index, channels and type; whether the plugin can be like that, and then is.
    pub fn configure(&self, wanted: &[(bool, u32, u32, Option<&CStr>)]) -> bool {
        let ports: &clap_plugin_configurable_audio_ports =
            self.extension(CLAP_EXT_CONFIGURABLE_AUDIO_PORTS).expect("ports to configure");
        let request = |&(is_input, port_index, channel_count, kind): &(bool, u32, u32, Option<&CStr>)| {
            let port_type = kind.map_or(ptr::null(), CStr::as_ptr);
            let port_details = ptr::null();
            clap_audio_port_configuration_request {
                is_input,
                port_index,
                channel_count,
                port_type,
                port_details,
            }
        };
        let requests: Vec<_> = wanted.iter().map(request).collect();
        let count = u32::try_from(requests.len()).expect("a few requests");
        // SAFETY: as for `params`; there are as many requests as we say.
        unsafe {
            let can = ports.can_apply_configuration.expect("can")(self.plugin, requests.as_ptr(), count);
            let did = ports.apply_configuration.expect("apply")(self.plugin, requests.as_ptr(), count);
            assert_eq!(can, did, "it can, so it does");
            did
        }
    }

    /// The loudspeakers of a port, as CLAP numbers them.
    pub fn speakers(&self, is_input: bool, index: u32) -> Vec<u8> {
        let surround: &clap_plugin_surround = self.extension(CLAP_EXT_SURROUND).expect("surround");
        let mut map = vec![0; 64];
        // SAFETY: as for `params`; there is room for as many as we say.
        let count = unsafe {
            surround.get_channel_map.expect("map")(self.plugin, is_input, index, map.as_mut_ptr(), 64)
        };
        map.truncate(count as usize);
        map
    }

    /// The value of a parameter.
    pub fn param(&self, id: u32) -> Option<f64> {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS)?;
        let mut value = 0.0;
        // SAFETY: the pointer is valid for the call.
        unsafe { params.get_value?(self.plugin, id, &raw mut value) }.then_some(value)
    }

    /// The text of a value.
    pub fn param_text(&self, id: u32, value: f64) -> Option<String> {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS)?;
        let mut text = [0; 256];
        // SAFETY: the buffer is as long as it says, and the plugin ends its text with a zero.
        unsafe {
            params.value_to_text?(self.plugin, id, value, text.as_mut_ptr(), 256)
                .then(|| CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned())
        }
    }

    /// The state, or `None` if the plugin fails to save. Written through a stream that takes a few bytes at a time.
    pub fn save(&self) -> Option<Vec<u8>> {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE)?;
        let mut bytes: Vec<u8> = Vec::new();
        let stream = clap_ostream { ctx: ptr::from_mut(&mut bytes).cast(), write: Some(stream_write) };
        // SAFETY: the stream is valid for the call.
        unsafe { state.save?(self.plugin, &raw const stream) }.then_some(bytes)
    }

    /// Loads a state; whether the plugin took it. Read through a stream that gives a few bytes at a time.
    pub fn load(&mut self, bytes: &[u8]) -> bool {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE).expect("state");
        let mut rest = bytes;
        let stream = clap_istream { ctx: ptr::from_mut(&mut rest).cast(), read: Some(stream_read) };
        // SAFETY: the stream is valid for the call.
        unsafe { state.load.expect("load")(self.plugin, &raw const stream) }
    }

    /// Runs what the plugin asked to have run on the main thread.
    pub fn on_main_thread(&self) {
        // SAFETY: the plugin is initialised.
        unsafe { self.table().on_main_thread.expect("on_main_thread")(self.plugin) };
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.deactivate();
        // SAFETY: the plugin is idle and never used again.
        unsafe { self.table().destroy.expect("destroy")(self.plugin) };
    }
}

/// What the channels of outputs hold before the plugin writes them.
pub const NOT_WRITTEN: f32 = 9.0;

fn channel_count(ports: &[Port]) -> usize {
    let count = |port: &Port| match *port {
        Port::Channels(count) | Port::Null(count) | Port::LastNull(count) => count as usize,
    };
    ports.iter().map(count).sum()
}

fn ports(given: &[Port], channels: &mut [*mut f32]) -> Vec<clap_audio_buffer> {
    let mut rest = channels;
    let mut ports = Vec::new();
    for &given in given {
        let (port, others) = rest.split_at_mut(channel_count(&[given]));
        rest = others;
        if let (Port::LastNull(_), Some(last)) = (given, port.last_mut()) {
            *last = ptr::null_mut();
        }
        ports.push(clap_audio_buffer {
            data32: if matches!(given, Port::Null(_)) { ptr::null_mut() } else { port.as_mut_ptr() },
            data64: ptr::null_mut(),
            channel_count: u32::try_from(port.len()).expect("a few channels"),
            latency: 0,
            constant_mask: 0,
        });
    }
    ports
}

unsafe extern "C" fn events_size(list: *const clap_input_events) -> u32 {
    // SAFETY: `ctx` is the slice that `process` put there.
    let events = unsafe { &*(*list).ctx.cast::<&[Event]>() };
    u32::try_from(events.len()).unwrap_or(u32::MAX)
}

unsafe extern "C" fn events_get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: `ctx` is the slice that `process` put there; an event's words are those of a CLAP event.
    let events = unsafe { &*(*list).ctx.cast::<&[Event]>() };
    events.get(index as usize).map_or(ptr::null(), |event| event.as_ptr().cast())
}

unsafe extern "C" fn events_push(list: *const clap_output_events, header: *const clap_event_header) -> bool {
    // SAFETY: `ctx` is the vector that `process` put there; an event is as long as its header says.
    unsafe {
        let events = &mut *(*list).ctx.cast::<Vec<(Event, Vec<u8>)>>();
        let size = usize::try_from((*header).size).unwrap_or(0);
        let mut words = vec![0_u64; size.div_ceil(8)].into_boxed_slice();
        ptr::copy_nonoverlapping(header.cast::<u8>(), words.as_mut_ptr().cast::<u8>(), size);
        let mut bytes = Vec::new();
        if (*header).type_ == CLAP_EVENT_MIDI_SYSEX {
            let sysex = &*header.cast::<clap_event_midi_sysex>();
            bytes.extend_from_slice(std::slice::from_raw_parts(sysex.buffer, sysex.size as usize));
        }
        events.push((words, bytes));
    }
    true
}

/// No stream needs to take or give all that it is asked for.
const STREAM_STEP: usize = 4_093;

unsafe extern "C" fn stream_write(stream: *const clap_ostream, data: *const c_void, size: u64) -> i64 {
    let taken = usize::try_from(size).unwrap_or(usize::MAX).min(STREAM_STEP);
    // SAFETY: `ctx` is the vector that `save` put there; `data` holds at least `size` bytes.
    unsafe {
        let bytes = &mut *(*stream).ctx.cast::<Vec<u8>>();
        bytes.extend_from_slice(std::slice::from_raw_parts(data.cast::<u8>(), taken));
    }
    i64::try_from(taken).unwrap_or(-1)
}

unsafe extern "C" fn stream_read(stream: *const clap_istream, data: *mut c_void, size: u64) -> i64 {
    // SAFETY: `ctx` is the slice that `load` put there; `data` has room for `size` bytes.
    unsafe {
        let rest = &mut *(*stream).ctx.cast::<&[u8]>();
        let given = usize::try_from(size).unwrap_or(usize::MAX).min(STREAM_STEP).min(rest.len());
        ptr::copy_nonoverlapping(rest.as_ptr(), data.cast::<u8>(), given);
        *rest = &rest[given..];
        i64::try_from(given).unwrap_or(-1)
    }
}
