//! Events of an outer CLAP host, into Loophole and a Loophole within it, and back out.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, CLAP_EVENT_MIDI_SYSEX, CLAP_EVENT_NOTE_END,
    CLAP_EVENT_NOTE_EXPRESSION, CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON, clap_event_header, clap_event_midi,
    clap_event_midi_sysex, clap_event_note, clap_event_note_expression,
};
use loophole::instance::{Instance, InstanceOptions, Starter};
use loophole::shell::{CLAP_ID, preset};
use loophole_tests::clap_host::{Block, Event, Plugin, Processed, as_struct, event};
use model::{DeviceId, IdSource, NoteOutput, TrackId, TrackKind, edit};
use protocol::device::DeviceKind;
use protocol::{Command, PluginFormat, PluginRef};

const BLOCK: u32 = 256;

fn header<T>(time: u32, type_: u16) -> clap_event_header {
    let size = u32::try_from(size_of::<T>()).unwrap();
    clap_event_header { size, time, space_id: CLAP_CORE_EVENT_SPACE_ID, type_, flags: 0 }
}

fn note(time: u32, type_: u16, key: i16, note_id: i32) -> Event {
    let header = header::<clap_event_note>(time, type_);
    event(clap_event_note { header, note_id, port_index: 0, channel: 3, key, velocity: 0.123_456_789 })
}

/// A project as the plugin's state.
fn state(instance: &Instance) -> Vec<u8> {
    preset::clap(&preset::plugin_state(instance))
}

fn commit(instance: &Instance, edits: Vec<protocol::Edit>) {
    instance.call(Command::Commit { name: "Test".into(), edits }).expect("legal edits");
}

/// A project with a synth on one track.
fn synth() -> Instance {
    let instance = Instance::new(InstanceOptions::default());
    let ids = IdSource::random();
    let (track, device) = (TrackId(ids.next_id()), DeviceId(ids.next_id()));
    commit(
        &instance,
        vec![
            edit::track::create(track, TrackKind::Instrument, "Synth"),
            edit::track::set_armed(track, true),
            edit::device::create_builtin(device, track, DeviceKind::Synth, 0.0),
        ],
    );
    instance
}

/// A project with Loophole on a track, and a track whose notes go out again.
fn around(inner: &[u8]) -> Instance {
    let instance = Instance::new(InstanceOptions { starter: Starter::Empty, ..Default::default() });
    let ids = IdSource::random();
    let (track, device, out) = (TrackId(ids.next_id()), DeviceId(ids.next_id()), TrackId(ids.next_id()));
    let plugin = PluginRef { format: PluginFormat::Clap, id: CLAP_ID.into() };
    let blob = instance.published().blobs().put(inner.to_vec());
    commit(
        &instance,
        vec![
            edit::track::create(track, TrackKind::Instrument, "Inner"),
            edit::track::set_armed(track, true),
            edit::device::create_plugin(device, track, &plugin, "Loophole", 0.0),
            edit::device::set_blob(device, Some(blob)),
            edit::track::create(out, TrackKind::Instrument, "Out"),
            edit::track::set_armed(out, true),
        ],
    );
    assert!(instance.published().status().missing.is_empty(), "{:?}", instance.published().log_lines());
    instance
}

/// A project whose track of live notes has so many Loopholes after each other, each of which puts its notes out again, as
/// the track does with what comes out of the last.
fn through(loopholes: u8) -> Instance {
    let ids = IdSource::random();
    let echo = Instance::new(InstanceOptions { starter: Starter::Empty, ..Default::default() });
    let track = TrackId(ids.next_id());
    let live = [
        edit::track::create(track, TrackKind::Instrument, "Notes"),
        edit::track::set_armed(track, true),
        edit::track::set_note_output(track, NoteOutput::Host),
    ];
    commit(&echo, live.to_vec());
    let instance = Instance::new(InstanceOptions { starter: Starter::Empty, ..Default::default() });
    let blob = instance.published().blobs().put(state(&echo));
    let mut edits = live.to_vec();
    let plugin = PluginRef { format: PluginFormat::Clap, id: CLAP_ID.into() };
    for number in 0..loopholes {
        let device = DeviceId(ids.next_id());
        edits.push(edit::device::create_plugin(device, track, &plugin, "Loophole", number.into()));
        edits.push(edit::device::set_blob(device, Some(blob)));
    }
    commit(&instance, edits);
    assert!(instance.published().status().missing.is_empty(), "{:?}", instance.published().log_lines());
    instance
}

/// Loophole with a project, processing.
fn loophole(state: &[u8]) -> Plugin {
    let mut plugin = Plugin::new(&loophole::clap_entry, c"org.loophole.loophole");
    assert!(plugin.load(state), "the state loads");
    plugin.activate(48_000.0, BLOCK);
    plugin.start();
    plugin
}

fn process(plugin: &mut Plugin, events: &[Event]) -> Processed {
    plugin.process(&Block { frames: BLOCK, input: 0.0, events, transport: None })
}

fn header_of(event: &Event) -> clap_event_header {
    as_struct(event)
}

/// Starts two notes on one key and ends them; gives the frames, counted from the first block, at which the plugin said
/// that each has ended, and for how long it sounded on after the note off.
fn note_ends(plugin: &mut Plugin) -> BTreeMap<i32, u32> {
    let on = [note(5, CLAP_EVENT_NOTE_ON, 60, 4_711), note(6, CLAP_EVENT_NOTE_ON, 60, 815)];
    let mut ends = BTreeMap::new();
    let mut loudest = 0.0_f32;
    for block in 0..600 {
        let off = [note(7, CLAP_EVENT_NOTE_OFF, 60, if block == 20 { 4_711 } else { 815 })];
        let events: &[Event] = match block {
            0 => &on,
            20 | 60 => &off,
            _ => &[],
        };
        let out = process(plugin, events);
        loudest = out.outputs[0].iter().fold(loudest, |peak, sample| peak.max(sample.abs()));
        for (event, _) in &out.events_out {
            let header = header_of(event);
            assert!(header.time < BLOCK);
            if header.type_ == CLAP_EVENT_NOTE_END {
                let end: clap_event_note = as_struct(event);
                assert_eq!((end.channel, end.key), (3, 60));
                let told_before = ends.insert(end.note_id, block * BLOCK + header.time);
                assert_eq!(told_before, None, "told twice");
            }
        }
    }
    assert!(loudest > 0.01, "silence");
    ends
}

#[test]
fn the_host_is_told_when_each_note_has_ended() {
    let mut plugin = loophole(&state(&synth()));
    let ends = note_ends(&mut plugin);
    assert_eq!(ends.keys().copied().collect::<Vec<_>>(), [815, 4_711]);
    assert!(ends[&4_711] > 20 * BLOCK && ends[&815] > 60 * BLOCK, "{ends:?}");
    assert!(ends[&4_711] < ends[&815], "{ends:?}");
}

#[test]
fn the_host_is_told_through_a_loophole_within_loophole() {
    let plain = note_ends(&mut loophole(&state(&synth())));
    let mut plugin = loophole(&state(&around(&state(&synth()))));
    assert_eq!(note_ends(&mut plugin), plain);
}

#[test]
fn a_project_that_makes_nothing_of_notes_ends_them_with_their_note_offs() {
    let instance = Instance::new(InstanceOptions { starter: Starter::Empty, ..Default::default() });
    let mut plugin = loophole(&state(&instance));
    assert!(process(&mut plugin, &[note(5, CLAP_EVENT_NOTE_ON, 60, 7)]).events_out.is_empty());
    let out = process(&mut plugin, &[note(5, CLAP_EVENT_NOTE_OFF, 60, 7)]);
    assert_eq!(out.events_out.len(), 1);
    let end: clap_event_note = as_struct(&out.events_out[0].0);
    assert_eq!((end.header.type_, end.note_id), (CLAP_EVENT_NOTE_END, 7));
}

/// An event with all its fields, so that what is between them does not count.
fn shown(event: &Event) -> String {
    match header_of(event).type_ {
        CLAP_EVENT_NOTE_EXPRESSION => format!("{:?}", as_struct::<clap_event_note_expression>(event)),
        CLAP_EVENT_MIDI => format!("{:?}", as_struct::<clap_event_midi>(event)),
        _ => format!("{:?}", as_struct::<clap_event_note>(event)),
    }
}

/// What comes out of a track without devices, note ends aside.
fn echoed(plugin: &mut Plugin, events: &[Event]) -> Vec<(Event, Vec<u8>)> {
    let out = process(plugin, events);
    let times: Vec<u32> = out.events_out.iter().map(|(event, _)| header_of(event).time).collect();
    assert!(times.is_sorted(), "{times:?}");
    out.events_out.into_iter().filter(|(event, _)| header_of(event).type_ != CLAP_EVENT_NOTE_END).collect()
}

#[test]
fn notes_expressions_and_midi_come_out_as_they_went_in_to_the_last_bit() {
    assert_comes_out(&mut loophole(&state(&around(&state(&synth())))));
}

#[test]
fn what_nested_plugins_put_out_goes_on_and_out_to_the_last_bit() {
    for loopholes in [1, 3] {
        let mut plugin = loophole(&state(&through(loopholes)));
        assert_comes_out(&mut plugin);
        // Only the host's own notes end, and once.
        let mut ended = Vec::new();
        for events in
            [&[note(0, CLAP_EVENT_NOTE_ON, 50, 9)][..], &[note(9, CLAP_EVENT_NOTE_OFF, 50, 9)], &[], &[]]
        {
            let out = process(&mut plugin, events);
            let ends =
                out.events_out.iter().filter(|(event, _)| header_of(event).type_ == CLAP_EVENT_NOTE_END);
            ended.extend(ends.map(|(event, _)| as_struct::<clap_event_note>(event).note_id));
        }
        assert_eq!(ended, [9], "{loopholes} after each other");
    }
}

fn assert_comes_out(plugin: &mut Plugin) {
    let mut events = vec![note(3, CLAP_EVENT_NOTE_ON, 61, i32::MAX)];
    for expression_id in 0..7 {
        let time = 10 + u32::try_from(expression_id).unwrap();
        events.push(event(clap_event_note_expression {
            header: header::<clap_event_note_expression>(time, CLAP_EVENT_NOTE_EXPRESSION),
            expression_id,
            note_id: i32::MAX,
            port_index: 0,
            channel: 3,
            key: 61,
            value: 0.123_456_789_012_345,
        }));
    }
    for (time, data) in [(30, [0xB3, 64, 127]), (31, [0xE3, 1, 65]), (32, [0xC3, 9, 0]), (33, [0xD3, 9, 0])] {
        let header = header::<clap_event_midi>(time, CLAP_EVENT_MIDI);
        events.push(event(clap_event_midi { header, port_index: 0, data }));
    }
    events.push(note(200, CLAP_EVENT_NOTE_OFF, 61, i32::MAX));
    let out = echoed(plugin, &events);
    let came: Vec<&Event> = out.iter().map(|(event, _)| event).collect();
    assert_eq!(came.len(), events.len());
    for (came, went) in came.iter().zip(&events) {
        let (came_header, went_header) = (header_of(came), header_of(went));
        assert_eq!((came_header.time, came_header.type_), (went_header.time, went_header.type_));
        assert_eq!(shown(came), shown(went));
    }
}

#[test]
fn system_exclusive_messages_of_any_length_come_through() {
    for mut plugin in [around(&state(&synth())), through(2)].map(|instance| loophole(&state(&instance))) {
        assert_messages_come_through(&mut plugin);
    }
}

fn assert_messages_come_through(plugin: &mut Plugin) {
    // The last is what a synthesizer of thirty-two voices dumps.
    for length in [3, 47, 48, 49, 4_104] {
        let mut bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 128).unwrap()).collect();
        (bytes[0], bytes[length - 1]) = (0xF0, 0xF7);
        let sysex = event(clap_event_midi_sysex {
            header: header::<clap_event_midi_sysex>(9, CLAP_EVENT_MIDI_SYSEX),
            port_index: 0,
            buffer: bytes.as_ptr(),
            size: u32::try_from(length).unwrap(),
        });
        let out = echoed(plugin, &[sysex]);
        assert_eq!(out.len(), 1, "{length} bytes");
        assert_eq!((header_of(&out[0].0).time, &out[0].1), (9, &bytes), "{length} bytes");
    }
}

#[test]
fn events_out_of_order_and_beyond_the_block_are_put_right() {
    let mut plugin = loophole(&state(&around(&state(&synth()))));
    let out = echoed(
        &mut plugin,
        &[
            note(200, CLAP_EVENT_NOTE_ON, 62, 2),
            note(100, CLAP_EVENT_NOTE_ON, 61, 1),
            note(90_000, CLAP_EVENT_NOTE_OFF, 61, 1),
        ],
    );
    let times: Vec<_> =
        out.iter().map(|(event, _)| (header_of(event).time, header_of(event).type_)).collect();
    assert_eq!(times, [(100, CLAP_EVENT_NOTE_ON), (200, CLAP_EVENT_NOTE_ON), (255, CLAP_EVENT_NOTE_OFF)]);
}

#[test]
fn a_flood_of_events_is_bounded() {
    let mut plugin = loophole(&state(&around(&state(&synth()))));
    let flood: Vec<Event> = (0..20_000).map(|id| note(id % BLOCK, CLAP_EVENT_NOTE_ON, 60, 1)).collect();
    let out = process(&mut plugin, &flood);
    assert!(out.events_out.len() <= 8_192, "{} events", out.events_out.len());
    assert!(out.outputs.iter().flatten().all(|sample| sample.is_finite()));
}
