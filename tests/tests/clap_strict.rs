//! What validators, fuzzers and hosts in a hurry do to a CLAP plugin: odd arguments, odd values, odd times.
#![allow(unsafe_code, clippy::unwrap_used, reason = "tests of the CLAP interface")]

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI_SYSEX, CLAP_EVENT_NOTE_ON, CLAP_EVENT_PARAM_MOD,
    CLAP_EVENT_PARAM_VALUE, clap_event_header, clap_event_midi_sysex, clap_event_note, clap_event_param_mod,
    clap_event_param_value, clap_input_events,
};
use clap_sys::ext::gui::{
    CLAP_EXT_GUI, CLAP_WINDOW_API_X11, clap_gui_resize_hints, clap_plugin_gui, clap_window,
    clap_window_handle,
};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::ext::render::{CLAP_EXT_RENDER, CLAP_RENDER_OFFLINE, CLAP_RENDER_REALTIME, clap_plugin_render};
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use loophole::shell::preset;
use loophole_tests::clap_host::{Block, Event, Plugin, event};
use loophole_tests::projects;
use model::{IdSource, MacroId, edit};

fn loophole() -> Plugin {
    Plugin::new(&loophole::clap_entry, c"org.loophole.loophole")
}

fn header<T>(time: u32, type_: u16) -> clap_event_header {
    let size = u32::try_from(size_of::<T>()).unwrap();
    clap_event_header { size, time, space_id: CLAP_CORE_EVENT_SPACE_ID, type_, flags: 0 }
}

fn param(time: u32, param_id: u32, value: f64) -> Event {
    event(clap_event_param_value {
        header: header::<clap_event_param_value>(time, CLAP_EVENT_PARAM_VALUE),
        param_id,
        cookie: ptr::null_mut(),
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        value,
    })
}

fn modulation(time: u32, param_id: u32, amount: f64) -> Event {
    event(clap_event_param_mod {
        header: header::<clap_event_param_mod>(time, CLAP_EVENT_PARAM_MOD),
        param_id,
        cookie: ptr::null_mut(),
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        amount,
    })
}

fn note(time: u32) -> Event {
    event(clap_event_note {
        header: header::<clap_event_note>(time, CLAP_EVENT_NOTE_ON),
        note_id: 1,
        port_index: 0,
        channel: 0,
        key: 60,
        velocity: 0.8,
    })
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: `ctx` is what `flush` put there.
    u32::try_from(unsafe { &*(*list).ctx.cast::<&[Event]>() }.len()).unwrap()
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: as above.
    unsafe { &*(*list).ctx.cast::<&[Event]>() }.get(index as usize).map_or(ptr::null(), |e| e.as_ptr().cast())
}

fn params(plugin: &Plugin) -> &clap_plugin_params {
    plugin.extension(CLAP_EXT_PARAMS).unwrap()
}

fn flush(plugin: &Plugin, mut events: &[Event]) {
    let list = clap_input_events { ctx: ptr::from_mut(&mut events).cast(), size: Some(size), get: Some(get) };
    // SAFETY: the list lives as long as the call; null is no list of events out.
    unsafe { params(plugin).flush.unwrap()(plugin.raw(), &raw const list, ptr::null()) };
}

fn ids(plugin: &Plugin) -> Vec<u32> {
    plugin.params().iter().map(|info| info.id).collect()
}

#[test]
fn two_new_instances_have_the_same_state() {
    assert!(loophole().save().unwrap() == loophole().save().unwrap(), "states differ");
}

#[test]
fn parameters_make_the_same_state_whether_processed_or_flushed() {
    let (mut processed, flushed) = (loophole(), loophole());
    let ids = ids(&processed);
    let events: Vec<Event> =
        ids.iter().zip(0_u16..).map(|(&id, at)| param(0, id, f64::from(at % 2))).collect();
    processed.activate(44_100.0, 512);
    processed.start();
    processed.process(&Block { frames: 512, input: 0.0, events: &events, transport: None });
    processed.deactivate();
    flush(&flushed, &events);
    assert_eq!(flushed.param(ids[1]), Some(1.0));
    assert!(processed.save().unwrap() == flushed.save().unwrap(), "states differ");
}

#[test]
fn there_are_no_parameters_beyond_those_that_are_counted() {
    let plugin = loophole();
    let count = u32::try_from(plugin.params().len()).unwrap();
    for index in [count, count + 1, u32::MAX] {
        // SAFETY: the info is there for the call.
        let known = unsafe {
            let mut info: clap_param_info = std::mem::zeroed();
            params(&plugin).get_info.unwrap()(plugin.raw(), index, &raw mut info)
        };
        assert!(!known, "parameter {index}");
    }
}

#[test]
fn odd_values_and_texts_of_parameters_do_no_harm() {
    let plugin = loophole();
    let ids = ids(&plugin);
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 2.0, 1e300, -1e300, f64::MIN_POSITIVE];
    for id in [ids[0], ids[127], ids[128], ids[129], 12_345] {
        for value in odd {
            plugin.param_text(id, value);
        }
        for room in [0, 1, 2] {
            let mut text = [7_i8; 2];
            // SAFETY: there is as much room as we say.
            unsafe { params(&plugin).value_to_text.unwrap()(plugin.raw(), id, 0.5, text.as_mut_ptr(), room) };
            assert!(text[room as usize..].iter().all(|byte| *byte == 7), "room for {room}");
        }
        let texts = ["", " ", "nan", "inf", "-inf", "1e999", "-5", "Host", "On", "%", "é", "\u{1F4A9} 5 %"];
        for text in texts.map(|text| CString::new(text).unwrap()).iter().chain([&long()]) {
            let mut value = 0.25;
            // SAFETY: the pointers are valid for the call.
            let read = unsafe {
                params(&plugin).text_to_value.unwrap()(plugin.raw(), id, text.as_ptr(), &raw mut value)
            };
            assert!(!read || (0.0..=1.0).contains(&value), "{text:?} is {value}");
        }
    }
}

fn long() -> CString {
    CString::new("9".repeat(100_000)).unwrap()
}

#[test]
fn odd_values_set_or_modulated_leave_a_state_that_loads() {
    let mut plugin = loophole();
    let ids = ids(&plugin);
    plugin.activate(48_000.0, 64);
    plugin.start();
    for value in [f64::NAN, f64::INFINITY, 1e300, -1e300, 1e39, 5.0, -5.0] {
        let events: Vec<Event> =
            ids.iter().flat_map(|&id| [param(0, id, value), modulation(32, id, value)]).collect();
        plugin.process(&Block { frames: 64, input: 0.0, events: &events, transport: None });
        let state = plugin.save().unwrap();
        assert!(loophole().load(&state), "after {value}");
        for &id in &ids {
            let value = plugin.param(id).unwrap();
            assert!((0.0..=1.0).contains(&value), "{id} is {value}");
        }
    }
}

#[test]
fn a_modulated_parameter_keeps_the_value_that_the_host_gave_it() {
    let mut plugin = loophole();
    let ids = ids(&plugin);
    plugin.activate(48_000.0, 64);
    plugin.start();
    let mut process = |events: &[Event]| {
        plugin.process(&Block { frames: 64, input: 0.0, events, transport: None });
        (plugin.param(ids[0]).unwrap(), plugin.save().unwrap())
    };
    let plain = process(&[param(0, ids[0], 0.75)]);
    assert!(process(&[modulation(0, ids[0], 0.5)]) == plain, "while it is modulated");
    process(&[param(0, ids[0], 0.875)]);
    let (value, _) = process(&[param(0, ids[0], 0.625)]);
    assert!((value - 0.625).abs() < 1e-6, "{value}");
    let (value, _) = process(&[modulation(0, ids[0], 0.0)]);
    assert!((value - 0.625).abs() < 1e-6, "no longer modulated: {value}");
}

#[test]
fn a_note_in_a_block_of_no_frames_sounds() {
    let mut plugin = loophole();
    plugin.activate(48_000.0, 512);
    plugin.start();
    plugin.process(&Block { frames: 0, input: 0.0, events: &[note(0)], transport: None });
    let mut peak = 0.0_f32;
    for _ in 0..20 {
        let out = plugin.process(&Block::silent(512));
        peak = out.outputs.iter().flatten().fold(peak, |peak, sample| peak.max(sample.abs()));
    }
    assert!(peak > 0.01, "peak {peak}");
}

/// A state whose project has a macro in the first slot, at 0.25.
fn with_a_macro() -> Vec<u8> {
    let instance = projects::empty();
    let id = MacroId(IdSource::random().next_id());
    projects::commit(
        &instance,
        vec![edit::macros::create(id, 0, "Depth"), edit::macros::set_value(id, 0.25)],
    );
    preset::clap(&preset::plugin_state(&instance))
}

/// What the first parameter is in another instance that gets the state of this one.
fn kept(plugin: &Plugin) -> f64 {
    let mut other = loophole();
    assert!(other.load(&plugin.save().unwrap()));
    other.param(ids(&other)[0]).unwrap()
}

#[test]
fn a_macro_of_the_project_that_the_host_moves_while_nothing_is_processed_is_kept() {
    let mut plugin = loophole();
    assert!(plugin.load(&with_a_macro()));
    assert!((kept(&plugin) - 0.25).abs() < 1e-6);
    flush(&plugin, &[param(0, ids(&plugin)[0], 0.75)]);
    assert!((kept(&plugin) - 0.75).abs() < 1e-6, "{}", kept(&plugin));
    plugin.activate(48_000.0, 64);
    plugin.start();
    plugin.process(&Block::silent(64));
    assert!((kept(&plugin) - 0.75).abs() < 1e-6, "{}", kept(&plugin));
}

#[test]
fn a_macro_of_the_project_is_kept_without_what_the_host_adds_to_it() {
    let mut plugin = loophole();
    assert!(plugin.load(&with_a_macro()));
    let id = ids(&plugin)[0];
    plugin.activate(48_000.0, 64);
    plugin.start();
    let mut process =
        |events: &[Event]| plugin.process(&Block { frames: 64, input: 0.0, events, transport: None });
    process(&[param(0, id, 0.5)]);
    process(&[modulation(10, id, 0.25)]);
    process(&[]);
    assert!((kept(&plugin) - 0.5).abs() < 1e-6, "{}", kept(&plugin));
}

/// A state in CLAP's form: its length, and then itself.
fn framed(state: &[u8]) -> Vec<u8> {
    [&(state.len() as u64).to_le_bytes(), state].concat()
}

#[test]
fn a_well_formed_state_with_a_damaged_project_is_refused() {
    let mut plugin = loophole();
    let good = plugin.save().unwrap();
    let text = std::str::from_utf8(&good[8..]).unwrap();
    let other = text.replacen("\"macro_1\":{\"f32\":0.0}", "\"macro_1\":{\"f32\":0.5}", 1);
    assert!(other != text);
    let project = other.find("\"project\":\"").unwrap() + 11;
    let cut = [&other[..project], &other[project + 400..]].concat();
    for (bad, what) in [
        (cut.as_str(), "a project without its beginning"),
        (
            "{\"version\":\"9\",\"params\":{},\"fields\":{\"project\":\"!!!\"}}",
            "a project that is no project",
        ),
        ("{\"version\":\"9\",\"params\":{\"macro_1\":{\"f32\":0.5}},\"fields\":{}}", "no project"),
    ] {
        assert!(!plugin.load(&framed(bad.as_bytes())), "{what} was taken");
        assert!(plugin.save().unwrap() == good, "{what} changed something");
    }
    assert!(plugin.load(&framed(other.as_bytes())), "another good one");
    assert!(plugin.load(&good));
}

#[test]
fn a_state_may_be_longer_than_a_quarter_of_a_gigabyte() {
    let mut plugin = loophole();
    let good = plugin.save().unwrap();
    let mut long = vec![b' '; (1 << 28) + 1];
    long.extend_from_slice(&good[8..]);
    assert!(plugin.load(&framed(&long)), "it loads");
    assert!(plugin.save().unwrap() == good);
}

#[test]
fn parameters_out_of_range_in_a_state_leave_a_state_that_loads() {
    let mut plugin = loophole();
    let good = plugin.save().unwrap();
    let text = std::str::from_utf8(&good[8..]).unwrap();
    let values = [
        "{\"f32\":1e39}",
        "{\"f32\":-1e39}",
        "{\"f32\":7.5}",
        "{\"f32\":-3}",
        "{\"i32\":99}",
        "{\"i32\":-1}",
    ];
    for value in values.into_iter().chain(["{\"string\":\"no\"}", "null", "{\"bool\":true}"]) {
        let old =
            [("macro_1", "{\"f32\":0.0}"), ("sync", "{\"string\":\"host\"}"), ("play", "{\"bool\":false}")];
        for (name, old) in old {
            let old = format!("\"{name}\":{old}");
            let bad = text.replacen(&old, &format!("\"{name}\":{value}"), 1);
            assert!(bad != text, "{old}");
            plugin.load(&framed(bad.as_bytes()));
            for id in ids(&plugin) {
                let is = plugin.param(id).unwrap();
                assert!((0.0..=1.0).contains(&is), "{name}: {value} gave {is}");
            }
            let again = plugin.save().unwrap();
            assert!(plugin.load(&again), "saved after {name}: {value}");
            assert!(plugin.load(&good));
        }
    }
}

#[test]
fn odd_rates_and_sizes_are_taken_or_refused() {
    for rate in [0.0, -48_000.0, f64::NAN, f64::INFINITY, 1.0, 1e-40, 1e12, 384_000.0, 768_000.0] {
        for frames in [0, 1, 64, 1 << 20, u32::MAX] {
            let mut plugin = loophole();
            if plugin.try_activate(rate, frames) {
                plugin.start();
                let frames = frames.min(64);
                let out = plugin.process(&Block { frames, input: 0.5, events: &[note(0)], transport: None });
                assert!(out.outputs.iter().flatten().all(|sample| sample.is_finite()), "{rate} {frames}");
            }
        }
    }
}

#[test]
fn a_window_without_anything_to_show_it_on_is_refused() {
    let plugin = loophole();
    let gui = plugin.extension::<clap_plugin_gui>(CLAP_EXT_GUI).unwrap();
    // SAFETY: the calls are those of a host that does not check much.
    unsafe {
        let raw = plugin.raw();
        assert!(!gui.is_api_supported.unwrap()(raw, ptr::null(), false));
        assert!(!gui.is_api_supported.unwrap()(raw, c"tty".as_ptr(), false));
        let (mut width, mut height) = (0, 0);
        assert!(!gui.show.unwrap()(raw) && !gui.hide.unwrap()(raw) && !gui.set_scale.unwrap()(raw, 2.0));
        assert!(!gui.set_size.unwrap()(raw, 100, 100));
        assert!(!gui.adjust_size.unwrap()(raw, &raw mut width, &raw mut height));
        gui.get_size.unwrap()(raw, &raw mut width, &raw mut height);
        gui.destroy.unwrap()(raw);
        let specific = clap_window_handle { x11: 0 };
        let nowhere = clap_window { api: CLAP_WINDOW_API_X11.as_ptr(), specific };
        for _ in 0..2 {
            gui.create.unwrap()(raw, CLAP_WINDOW_API_X11.as_ptr(), false);
            for scale in [f64::NAN, 0.0, -1.0, 1e9, f64::INFINITY] {
                assert!(!gui.set_scale.unwrap()(raw, scale), "scale {scale}");
            }
            for (width, height) in [(0, 0), (0, 600), (u32::MAX, 600)] {
                assert!(!gui.set_size.unwrap()(raw, width, height), "{width} x {height}");
            }
            assert!(!gui.set_parent.unwrap()(raw, &raw const nowhere));
            assert!(!gui.set_parent.unwrap()(raw, ptr::null()));
            gui.show.unwrap()(raw);
            gui.destroy.unwrap()(raw);
        }
        gui.create.unwrap()(raw, CLAP_WINDOW_API_X11.as_ptr(), false);
    }
}

#[test]
fn a_window_can_be_made_wider_and_higher() {
    let plugin = loophole();
    let gui = plugin.extension::<clap_plugin_gui>(CLAP_EXT_GUI).unwrap();
    // SAFETY: there is room for the answer; a zeroed one is one to be filled.
    let hints = unsafe {
        let mut hints: clap_gui_resize_hints = std::mem::zeroed();
        assert!(gui.can_resize.unwrap()(plugin.raw()));
        assert!(gui.get_resize_hints.unwrap()(plugin.raw(), &raw mut hints));
        hints
    };
    assert!(hints.can_resize_horizontally && hints.can_resize_vertically && !hints.preserve_aspect_ratio);
}

#[test]
fn a_host_without_windows_or_anything_else_is_a_host() {
    let mut plugin = Plugin::on_a_bare_host(&loophole::clap_entry, c"org.loophole.loophole");
    if let Some(gui) = plugin.extension::<clap_plugin_gui>(CLAP_EXT_GUI) {
        // SAFETY: a host may ask for a window whether it has what belongs to it or not.
        unsafe { gui.create.unwrap()(plugin.raw(), CLAP_WINDOW_API_X11.as_ptr(), false) };
    }
    plugin.activate(48_000.0, 64);
    plugin.start();
    plugin.process(&Block { frames: 64, input: 0.0, events: &[note(0)], transport: None });
    assert!(plugin.save().is_some());
}

#[test]
fn a_message_without_bytes_is_none() {
    let mut plugin = loophole();
    plugin.activate(48_000.0, 64);
    plugin.start();
    for (size, is_there) in [(0, false), (5, false), (0, true)] {
        let bytes = [0xF0_u8, 0xF7];
        let sysex = event(clap_event_midi_sysex {
            header: header::<clap_event_midi_sysex>(0, CLAP_EVENT_MIDI_SYSEX),
            port_index: 0,
            buffer: if is_there { bytes.as_ptr() } else { ptr::null() },
            size,
        });
        plugin.process(&Block { frames: 64, input: 0.0, events: &[sysex], transport: None });
    }
}

#[test]
fn extensions_of_no_name_or_an_unknown_one_are_none() {
    let plugin = loophole();
    for id in [c"", c"clap.nothing", c"clap.params/2", c"com.example/\xff"] {
        assert!(plugin.extension::<u8>(id).is_none(), "{id:?}");
    }
    // SAFETY: what null gives is what this is about.
    unsafe { assert!((*plugin.raw()).get_extension.unwrap()(plugin.raw(), ptr::null()).is_null()) };
    let name = |id: &CStr| plugin.extension::<u8>(id).is_some();
    assert!(name(CLAP_EXT_PARAMS));
}

#[test]
fn a_plugin_may_go_uninitialised_and_be_initialised_again() {
    // SAFETY: what a host may do before and instead of `init` is what this is about.
    unsafe {
        let factory = loophole::clap_entry.get_factory.unwrap()(CLAP_PLUGIN_FACTORY_ID.as_ptr());
        let factory = &*factory.cast::<clap_plugin_factory>();
        let create =
            |host: *const clap_host, id: *const c_char| factory.create_plugin.unwrap()(factory, host, id);
        let alive = loophole();
        let host = &raw const *alive.host();
        assert!(create(ptr::null(), c"org.loophole.loophole".as_ptr()).is_null());
        assert!(create(host, ptr::null()).is_null());
        for id in [c"", c"org.loophole.loophole2", c"org.loophole.loopholf", c"ORG.LOOPHOLE.LOOPHOLE"] {
            assert!(create(host, id.as_ptr()).is_null(), "{id:?}");
        }
        assert!(factory.get_plugin_descriptor.unwrap()(factory, 1).is_null());
        assert!(loophole::clap_entry.get_factory.unwrap()(c"clap.other-factory".as_ptr()).is_null());
        let plugin = create(host, c"org.loophole.loophole".as_ptr());
        for id in [CLAP_EXT_PARAMS, CLAP_EXT_GUI, c"clap.state", c"clap.tail"] {
            (*plugin).get_extension.unwrap()(plugin, id.as_ptr());
        }
        ((*plugin).destroy.unwrap())(plugin);
        let plugin = create(host, c"org.loophole.loophole".as_ptr());
        for _ in 0..2 {
            assert!((*plugin).init.unwrap()(plugin));
        }
        // Stopped, reset and deactivated without ever being started; activated twice, and gone while active.
        (*plugin).stop_processing.unwrap()(plugin);
        (*plugin).reset.unwrap()(plugin);
        (*plugin).deactivate.unwrap()(plugin);
        (*plugin).on_main_thread.unwrap()(plugin);
        (*plugin).start_processing.unwrap()(plugin);
        for frames in [64, 128] {
            assert!((*plugin).activate.unwrap()(plugin, 48_000.0, 1, frames));
        }
        (*plugin).start_processing.unwrap()(plugin);
        ((*plugin).destroy.unwrap())(plugin);
    }
}

#[test]
fn the_kind_of_rendering_changes_at_any_time() {
    let mut plugin = loophole();
    let render: &clap_plugin_render = plugin.extension(CLAP_EXT_RENDER).unwrap();
    // SAFETY: the table lives as long as the plugin.
    let (set, raw) = (render.set.unwrap(), plugin.raw());
    for round in 0..6 {
        for mode in [CLAP_RENDER_OFFLINE, 77, -1, CLAP_RENDER_REALTIME, CLAP_RENDER_OFFLINE] {
            // SAFETY: any number may come.
            unsafe { set(raw, mode) };
        }
        match round % 3 {
            0 => plugin.activate(48_000.0, 64),
            1 => plugin.start(),
            _ => plugin.deactivate(),
        }
    }
}
