//! What a CLAP host may legally do, and some of what it may not, done to Loophole through the C interface.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::thread;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, CLAP_EVENT_NOTE_EXPRESSION, CLAP_EVENT_NOTE_OFF,
    CLAP_EVENT_NOTE_ON, CLAP_EVENT_PARAM_VALUE, CLAP_EVENT_TRANSPORT, CLAP_TRANSPORT_HAS_BEATS_TIMELINE,
    CLAP_TRANSPORT_HAS_TEMPO, CLAP_TRANSPORT_HAS_TIME_SIGNATURE, CLAP_TRANSPORT_IS_PLAYING,
    clap_event_header, clap_event_midi, clap_event_note, clap_event_note_expression, clap_event_param_value,
    clap_event_transport,
};
use loophole::shell::preset;
use loophole_tests::clap_host::{Block, Event, Plugin, event};
use loophole_tests::projects;
use loophole_tests::random::Random;
use model::edit;
use protocol::LatencyPolicy;

fn loophole() -> Plugin {
    Plugin::new(&loophole::clap_entry, c"org.loophole.loophole")
}

fn header<T>(time: u32, type_: u16) -> clap_event_header {
    let size = u32::try_from(size_of::<T>()).unwrap();
    clap_event_header { size, time, space_id: CLAP_CORE_EVENT_SPACE_ID, type_, flags: 0 }
}

fn note(time: u32, type_: u16, key: i16, note_id: i32) -> Event {
    let header = header::<clap_event_note>(time, type_);
    event(clap_event_note { header, note_id, port_index: 0, channel: 0, key, velocity: 0.8 })
}

fn param(time: u32, param_id: u32, value: f64) -> Event {
    let header = header::<clap_event_param_value>(time, CLAP_EVENT_PARAM_VALUE);
    let cookie = std::ptr::null_mut();
    event(clap_event_param_value {
        header,
        param_id,
        cookie,
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        value,
    })
}

fn is_finite(outputs: &[Vec<f32>]) -> bool {
    outputs.iter().flatten().all(|sample| sample.is_finite())
}

fn peak(outputs: &[Vec<f32>]) -> f32 {
    outputs.iter().flatten().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn a_note_makes_sound_in_a_new_instance() {
    let mut plugin = loophole();
    plugin.activate(48_000.0, 512);
    plugin.start();
    let on = [note(10, CLAP_EVENT_NOTE_ON, 60, 1)];
    let mut loudest = 0.0_f32;
    for block in 0..40 {
        let events: &[Event] = if block == 0 { &on } else { &[] };
        let out = plugin.process(&Block { frames: 512, input: 0.0, events, transport: None });
        assert!(is_finite(&out.outputs));
        loudest = loudest.max(peak(&out.outputs[..2]));
    }
    assert!(loudest > 0.01, "peak {loudest}");
}

#[test]
fn every_block_size_up_to_8192_works() {
    let mut plugin = loophole();
    plugin.activate(48_000.0, 8_192);
    plugin.start();
    for frames in (0..=8_192).rev().step_by(1) {
        let on = [note(0, CLAP_EVENT_NOTE_ON, 60, 1), note(frames / 2, CLAP_EVENT_NOTE_OFF, 60, 1)];
        let events: &[Event] = if frames > 0 && frames % 64 == 0 { &on } else { &[] };
        let out = plugin.process(&Block { frames, input: 0.1, events, transport: None });
        assert_ne!(out.status, 0, "{frames} frames");
        assert!(is_finite(&out.outputs), "{frames} frames");
    }
}

#[test]
fn every_rate_from_8_to_192_khz_works() {
    let mut plugin = loophole();
    for rate in
        [8_000.0, 11_025.0, 22_050.0, 32_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0]
    {
        for max_frames in [1, 17, 64, 1_024] {
            plugin.activate(rate, max_frames);
            plugin.start();
            let on = [note(0, CLAP_EVENT_NOTE_ON, 60, 1)];
            for block in 0..32 {
                let events: &[Event] = if block == 0 { &on } else { &[] };
                let out = plugin.process(&Block { frames: max_frames, input: 0.0, events, transport: None });
                assert!(is_finite(&out.outputs), "{rate} Hz, {max_frames} frames");
            }
            plugin.deactivate();
        }
    }
}

#[test]
fn saving_twice_gives_the_same_bytes_and_so_does_saving_what_was_loaded() {
    let mut plugin = loophole();
    let first = plugin.save().expect("a new plugin saves");
    assert_eq!(first, plugin.save().unwrap(), "two saves in a row");
    let mut other = loophole();
    assert!(other.load(&first), "its own state loads");
    assert_eq!(first, other.save().unwrap(), "saved again by another instance");
    plugin.activate(44_100.0, 256);
    plugin.start();
    plugin.process(&Block::silent(256));
    assert_eq!(first, plugin.save().unwrap(), "saved while processing");
}

#[test]
fn macro_values_survive_in_the_state() {
    let mut plugin = loophole();
    let macros: Vec<u32> = plugin.params().iter().map(|info| info.id).take(128).collect();
    plugin.activate(48_000.0, 64);
    plugin.start();
    let events: Vec<Event> =
        macros.iter().zip(0_u8..).map(|(&id, i)| param(0, id, f64::from(i) / 127.0)).collect();
    plugin.process(&Block { frames: 64, input: 0.0, events: &events, transport: None });
    plugin.process(&Block::silent(64));
    let state = plugin.save().unwrap();
    let mut other = loophole();
    assert!(other.load(&state));
    for (&id, i) in macros.iter().zip(0_u8..) {
        let value = other.param(id).unwrap();
        assert!((value - f64::from(i) / 127.0).abs() < 1e-6, "macro {}: {value}", i + 1);
    }
}

#[test]
fn malformed_state_is_refused_and_what_was_there_stays() {
    let mut plugin = loophole();
    let good = plugin.save().unwrap();
    let mut random = Random(7);
    let mut refuse = |bytes: &[u8], what: &str| {
        assert!(!plugin.load(bytes), "{what} was taken for a state");
        assert_eq!(plugin.save().unwrap(), good, "{what} changed the project");
    };
    refuse(b"", "nothing");
    for part in 1..16 {
        refuse(&good[..good.len() * part / 16], "a part of a state");
    }
    for length in [1, 7, 64, 4_096, 100_000] {
        refuse(&random.bytes(length), "noise");
    }
    refuse(b"{}", "an empty object");
    refuse(
        b"{\"version\":\"9\",\"params\":{},\"fields\":{\"project\":\"!!!\"}}",
        "a state without a project",
    );
    assert!(plugin.load(&good), "a good state still loads");
}

#[test]
fn flipped_bytes_in_a_state_never_crash() {
    let mut plugin = loophole();
    let good = plugin.save().unwrap();
    let mut random = Random(11);
    plugin.activate(48_000.0, 256);
    plugin.start();
    for _ in 0..200 {
        let mut bad = good.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(u32::try_from(bad.len()).unwrap()) as usize;
            bad[at] = random.bytes(1)[0];
        }
        plugin.load(&bad);
        let out = plugin.process(&Block::silent(64));
        assert!(is_finite(&out.outputs));
    }
}

/// A random event that a host could send.
fn any_event(random: &mut Random, time: u32, params: &[u32]) -> Event {
    let key = i16::try_from(random.below(128)).unwrap();
    let id = i32::try_from(random.below(16)).unwrap() - 1;
    match random.below(6) {
        0 => note(time, CLAP_EVENT_NOTE_ON, key, id),
        1 => note(time, CLAP_EVENT_NOTE_OFF, key, id),
        2 => {
            let header = header::<clap_event_note_expression>(time, CLAP_EVENT_NOTE_EXPRESSION);
            let expression_id = i32::try_from(random.below(9)).unwrap();
            let value = random.unit() * 200.0 - 100.0;
            event(clap_event_note_expression {
                header,
                expression_id,
                note_id: id,
                port_index: 0,
                channel: 0,
                key,
                value,
            })
        }
        3 => {
            let header = header::<clap_event_midi>(time, CLAP_EVENT_MIDI);
            let bytes = random.bytes(3);
            event(clap_event_midi { header, port_index: 0, data: [bytes[0] | 0x80, bytes[1], bytes[2]] })
        }
        4 => param(time, *random.pick(params), random.unit()),
        _ => {
            let odd = [f64::NAN, f64::INFINITY, -1e300, 1e300, -0.0, 2.0];
            param(time, random.below(u32::MAX), *random.pick(&odd))
        }
    }
}

/// A transport with any combination of valid and absurd fields.
fn any_transport(random: &mut Random) -> clap_event_transport {
    // SAFETY: the struct is plain numbers; all zero is a value. Qtractor sends the header as zeroes, too.
    let mut transport: clap_event_transport = unsafe { std::mem::zeroed() };
    if random.below(4) > 0 {
        transport.header = header::<clap_event_transport>(0, CLAP_EVENT_TRANSPORT);
    }
    let all =
        CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_BEATS_TIMELINE | CLAP_TRANSPORT_HAS_TIME_SIGNATURE;
    transport.flags = if random.below(3) == 0 { random.below(256) } else { all | CLAP_TRANSPORT_IS_PLAYING };
    transport.tempo = *random.pick(&[120.0, 1.0, 999.0, 0.0, -5.0, f64::NAN, 1e9]);
    let beat = 1_i64 << 31;
    transport.song_pos_beats = *random.pick(&[0, beat, 17 * beat + 5, -beat, i64::MAX, i64::MIN]);
    transport.loop_start_beats = i64::from(random.below(16)) * beat;
    transport.loop_end_beats = i64::from(random.below(16)) * beat;
    transport.tsig_num = *random.pick(&[4, 0, 7, u16::MAX]);
    transport.tsig_denom = *random.pick(&[4, 0, 3, u16::MAX]);
    transport
}

#[test]
fn events_and_transports_at_random_never_crash_or_sound_infinite() {
    let mut random = Random(2_026);
    let mut plugin = loophole();
    let params: Vec<u32> = plugin.params().iter().map(|info| info.id).collect();
    plugin.activate(48_000.0, 512);
    plugin.start();
    for _ in 0..3_000 {
        let frames = 1 + random.below(512);
        let mut times: Vec<u32> = (0..random.below(40)).map(|_| random.below(frames)).collect();
        times.sort_unstable();
        let events: Vec<Event> = times.iter().map(|&time| any_event(&mut random, time, &params)).collect();
        let transport = any_transport(&mut random);
        let transport = (random.below(4) > 0).then_some(&transport);
        let out = plugin.process(&Block { frames, input: 0.2, events: &events, transport });
        assert!(is_finite(&out.outputs));
    }
}

#[test]
fn any_legal_order_of_lifecycle_calls_works() {
    let mut random = Random(5);
    let mut plugin = loophole();
    let (mut active, mut processing) = (false, false);
    for _ in 0..600 {
        match random.below(8) {
            0 if !active => {
                plugin.activate(*random.pick(&[44_100.0, 48_000.0, 96_000.0]), 256);
                active = true;
            }
            1 if active => {
                plugin.deactivate();
                (active, processing) = (false, false);
            }
            2 if active && !processing => {
                plugin.start();
                processing = true;
            }
            3 if processing => {
                plugin.stop();
                processing = false;
            }
            4 if active => plugin.reset(),
            5 => {
                let state = plugin.save().expect("saves in any state");
                assert!(plugin.load(&state), "loads in any state");
            }
            6 => plugin.on_main_thread(),
            _ if processing => drop(plugin.process(&Block::silent(1 + random.below(256)))),
            _ => {}
        }
    }
}

#[test]
fn fifty_instances_live_and_process_together() {
    let threads: Vec<_> = (0..5)
        .map(|_| {
            thread::spawn(|| {
                let mut plugins: Vec<Plugin> = (0..10).map(|_| loophole()).collect();
                for plugin in &mut plugins {
                    plugin.activate(48_000.0, 128);
                    plugin.start();
                }
                for _ in 0..20 {
                    for plugin in &mut plugins {
                        assert!(is_finite(&plugin.process(&Block::silent(128)).outputs));
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn audio_may_run_on_another_thread_than_the_main_one() {
    let mut plugin = loophole();
    for round in 0..4 {
        plugin.activate(48_000.0, 64);
        plugin = thread::spawn(move || {
            plugin.start();
            for _ in 0..50 {
                plugin.process(&Block::silent(64));
            }
            plugin.stop();
            plugin
        })
        .join()
        .unwrap();
        plugin.deactivate();
        assert!(plugin.save().is_some(), "round {round}");
    }
}

#[test]
fn parameters_have_names_ranges_and_texts() {
    let plugin = loophole();
    let params = plugin.params();
    assert!(params.len() >= 128, "{} parameters", params.len());
    let mut ids: Vec<u32> = params.iter().map(|info| info.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), params.len(), "ids are unique");
    for info in &params {
        assert!(info.min_value <= info.default_value && info.default_value <= info.max_value);
        let text = plugin.param_text(info.id, info.default_value).expect("a text");
        assert!(!text.is_empty());
        assert_eq!(plugin.param(info.id), Some(info.default_value));
    }
    assert_eq!(
        ids,
        {
            let mut again: Vec<u32> = loophole().params().iter().map(|info| info.id).collect();
            again.sort_unstable();
            again
        },
        "ids are stable"
    );
}

/// Plays with the transport of our own and gives the loudest sample of the main output.
fn play(plugin: &mut Plugin, blocks: u32) -> f32 {
    let id = |index: usize| plugin.params()[index].id;
    let events = [param(0, id(128), 1.0), param(0, id(129), 1.0)];
    let mut loudest = 0.0_f32;
    for block in 0..blocks {
        let events: &[Event] = if block == 0 { &events } else { &[] };
        let out = plugin.process(&Block { frames: 512, input: 0.0, events, transport: None });
        loudest = loudest.max(peak(&out.outputs[..2]));
    }
    loudest
}

#[test]
fn a_song_that_is_loaded_while_audio_runs_plays() {
    let song = loophole_tests::demo::make();
    let instance = loophole::instance::Instance::new(Default::default());
    instance.adopt(song.project(), song.blobs.clone()).unwrap();
    let state = loophole::shell::preset::clap(&loophole::shell::preset::plugin_state(&instance));
    let mut plugin = loophole();
    plugin.activate(48_000.0, 512);
    plugin.start();
    let on = [note(0, CLAP_EVENT_NOTE_ON, 60, 1)];
    plugin.process(&Block { frames: 512, input: 0.0, events: &on, transport: None });
    assert!(plugin.load(&state), "the song loads while active");
    assert!(play(&mut plugin, 1_000) > 0.05, "it plays");
}

/// A project whose latency is fixed, as the plugin's state.
fn late_by(frames: u32) -> Vec<u8> {
    let instance = projects::empty();
    let root = instance.project().root().id();
    let edits = vec![
        edit::root::set_latency_policy(root, LatencyPolicy::Fixed { frames }),
        edit::root::set_latency_frames(root, frames),
    ];
    projects::commit(&instance, edits);
    preset::clap(&preset::plugin_state(&instance))
}

#[test]
fn the_host_is_told_the_latency_and_that_it_has_changed() {
    let mut plugin = loophole();
    assert!(plugin.load(&late_by(1_024)));
    plugin.activate(48_000.0, 64);
    assert_eq!(plugin.latency(), 1_024);
    plugin.start();
    plugin.process(&Block::silent(64));
    let before = plugin.asked();
    // The project changes while audio runs, and its latency with it.
    assert!(plugin.load(&late_by(2_048)));
    for _ in 0..200 {
        plugin.process(&Block::silent(64));
        plugin.on_main_thread();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let asked = plugin.asked();
    assert_eq!(asked.0, before.0 + 1, "it asks to be restarted, once");
    plugin.deactivate();
    plugin.activate(48_000.0, 64);
    assert_eq!(plugin.latency(), 2_048);
    assert!(plugin.asked().1 > before.1, "it says that its latency is another");
}
