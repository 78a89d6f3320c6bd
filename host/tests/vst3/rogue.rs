//! Plugins that break the rules, each in its own way: contained, or taken for what they mean.

use loophole_host::event::{Event, EventKind, Voice};
use loophole_host::nested::{self, ActivateError, PluginRequest, StateError};
use loophole_host::processor::{ProcessStatus, Tail};
use loophole_test_vst3::rogue::{GAIN, LATE, SEEN};
use protocol::telemetry::Gesture;
use protocol::{Frames, ParamId};

use crate::rig::{Bundle, CONFIG, Rig};

fn rig(way: &str) -> (Bundle, Rig) {
    let bundle = Bundle::new();
    let rig = Rig::new(bundle.load(way));
    (bundle, rig)
}

/// What the left output begins with after a block of ones.
fn heard(rig: &mut Rig) -> f32 {
    rig.feed(0, 1.0);
    rig.process(16, &[]);
    rig.outputs[0].channel(0)[0]
}

fn moved(gesture: Gesture, value: f64) -> PluginRequest {
    PluginRequest::ParamMoved { param: ParamId(GAIN), value, gesture }
}

#[test]
fn a_value_set_at_rest_wakes_the_plugin_and_is_in_its_state_before_that() {
    let (bundle, mut rig) = rig("Stale");
    rig.poll();
    rig.controller.set_param(ParamId(GAIN), 0.25);
    let state = rig.controller.save_state().unwrap().unwrap();
    assert_eq!(rig.poll(), [PluginRequest::Wake]);
    let again = nested::load(&bundle.plugin("Stale"), &bundle.locator, Some(&state)).unwrap();
    assert_eq!(heard(&mut Rig::new(again)), 0.25);
    // What the state brings with it is in the next one, too.
    assert_eq!(heard(&mut rig), 0.25);
}

#[test]
fn a_state_overrules_what_was_set_before_and_no_block_has_heard_of() {
    let (_bundle, mut rig) = rig("Quiet");
    let state = rig.controller.save_state().unwrap().unwrap();
    rig.controller.set_param(ParamId(GAIN), 0.25);
    rig.controller.load_state(&state).unwrap();
    assert_eq!(heard(&mut rig), 1.0);
    // And what a block has heard of, and the controller has not been shown.
    let set = EventKind::Param { param: ParamId(GAIN), voice: Voice::ALL, value: 0.5 };
    rig.process(16, &[Event::new(0, set)]);
    rig.controller.load_state(&state).unwrap();
    rig.poll();
    assert_eq!((rig.value(GAIN), heard(&mut rig)), (1.0, 1.0));
}

#[test]
fn a_hand_on_a_thread_of_the_plugins_own_is_heard() {
    let (_bundle, mut rig) = rig("Own Thread");
    rig.controller.set_param(ParamId(GAIN), 0.75);
    assert!(rig.poll().contains(&PluginRequest::StateDirty));
    rig.process(16, &[]);
    let kinds: Vec<_> = rig.events.iter().map(|event| event.kind).collect();
    let param = ParamId(GAIN);
    let there = EventKind::Param { param, voice: Voice::ALL, value: 0.25 };
    assert_eq!(kinds, [EventKind::GestureBegin { param }, there, EventKind::GestureEnd { param }]);
}

#[test]
fn an_echo_of_what_we_say_is_no_hand() {
    let (_bundle, mut rig) = rig("Echo");
    let set = EventKind::Param { param: ParamId(GAIN), voice: Voice::ALL, value: 0.5 };
    rig.process(16, &[Event::new(0, set)]);
    let state = rig.controller.save_state().unwrap().unwrap();
    rig.controller.load_state(&state).unwrap();
    assert_eq!(rig.poll(), [PluginRequest::ValuesChanged]);
    rig.process(16, &[]);
    assert!(rig.events.is_empty(), "{:?}", rig.events);
    assert_eq!(heard(&mut rig), 0.5);
}

#[test]
fn a_reset_lets_go_of_notes_that_the_plugin_would_hold_for_ever() {
    let (_bundle, mut rig) = rig("Quiet");
    let voice = Voice { note_id: 3, port: 0, channel: 0, key: 60 };
    rig.process(16, &[Event::new(0, EventKind::NoteOn { voice, velocity: 1.0 })]);
    rig.processor.reset();
    rig.process(16, &[]);
    assert!((rig.value(SEEN) - 0.01).abs() < 1e-6, "it got a note-off");
    rig.process(16, &[]);
    assert!((rig.value(SEEN) - 0.01).abs() < 1e-6, "once");
}

#[test]
fn a_parameter_that_comes_later_comes_with_a_restart() {
    let (_bundle, mut rig) = rig("New Param");
    rig.controller.set_param(ParamId(GAIN), 0.0);
    assert!(rig.poll().contains(&PluginRequest::Restart));
    assert_eq!(rig.controller.params().len(), 4);
    let mut rig = Rig::new(rig.deactivate());
    let set = EventKind::Param { param: ParamId(LATE), voice: Voice::ALL, value: 0.5 };
    rig.process(16, &[Event::new(0, set)]);
    assert_eq!(rig.value(SEEN), 0.5);
}

#[test]
fn a_plugin_without_a_state_keeps_its_parameters() {
    let bundle = Bundle::new();
    let mut first = bundle.load("Stateless");
    first.set_param(ParamId(GAIN), 0.25);
    let state = first.save_state().unwrap().unwrap();
    let second = nested::load(&bundle.plugin("Stateless"), &bundle.locator, Some(&state)).unwrap();
    assert_eq!(heard(&mut Rig::new(second)), 0.25);
}

#[test]
fn a_state_that_cannot_be_written_or_read_is_an_error() {
    let bundle = Bundle::new();
    let mut plugin = bundle.load("Bad State");
    assert_eq!(plugin.save_state(), Err(StateError::SaveFailed));
    let state = bundle.load("Quiet").save_state().unwrap().unwrap();
    assert_eq!(plugin.load_state(&state), Err(StateError::Refused), "it is another plugin's");
}

#[test]
fn a_gesture_that_a_restart_interrupts_is_ended() {
    let (_bundle, mut rig) = rig("Own Thread");
    rig.controller.set_param(ParamId(GAIN), 0.75);
    let mut controller = rig.deactivate();
    let mut requests = Vec::new();
    controller.poll(&mut requests);
    let hand: Vec<_> =
        requests.into_iter().filter(|request| matches!(request, PluginRequest::ParamMoved { .. })).collect();
    assert_eq!(hand, [moved(Gesture::Begin, 0.0), moved(Gesture::Change, 0.25), moved(Gesture::End, 0.0)]);
    // What was set after it counts.
    assert_eq!(heard(&mut Rig::new(controller)), 0.75);
}

#[test]
fn inputs_that_a_plugin_writes_into_are_its_own() {
    let (_bundle, mut rig) = rig("Scribble");
    rig.feed(0, 1.0);
    for _ in 0..3 {
        rig.process(16, &[]);
        assert_eq!(rig.outputs[0].channel(1)[..16], [1.0; 16]);
        assert!(rig.inputs[0].channel(0).iter().all(|sample| *sample == 1.0));
    }
}

#[test]
fn what_a_plugin_does_not_write_or_flags_as_silent_is_silence() {
    for way in ["Unwritten", "Flags"] {
        let (_bundle, mut rig) = rig(way);
        rig.feed(0, 1.0);
        assert_eq!(rig.process(16, &[]), ProcessStatus::Continue);
        assert_eq!(rig.outputs[0].channel(0)[..16], [0.0; 16], "{way}");
    }
}

#[test]
fn only_errors_are_failures() {
    for (way, status) in [("Fails", ProcessStatus::Failed), ("Nothing To Do", ProcessStatus::Continue)] {
        let (_bundle, mut rig) = rig(way);
        rig.feed(0, 1.0);
        assert_eq!(rig.process(16, &[]), status, "{way}");
    }
}

#[test]
fn a_tail_follows_what_makes_it() {
    let (_bundle, mut rig) = rig("Tail");
    assert_eq!(rig.processor.tail(), Tail::Frames(Frames(48_000)));
    let set = EventKind::Param { param: ParamId(GAIN), voice: Voice::ALL, value: 0.5 };
    rig.process(16, &[Event::new(0, set)]);
    rig.poll();
    assert_eq!(rig.processor.tail(), Tail::Frames(Frames(24_000)));
}

#[test]
fn numbers_that_are_none_are_taken_for_zero() {
    let (_bundle, mut rig) = rig("Nan Param");
    assert!(rig.controller.params().iter().all(|param| param.default == 0.0));
    assert_eq!(rig.value(GAIN), 0.0);
    rig.process(16, &[]);
    assert!(rig.events.is_empty(), "{:?}", rig.events);
}

#[test]
fn notes_that_would_be_patterns_or_are_none_do_not_come_out() {
    let (_bundle, mut rig) = rig("Wild Notes");
    rig.process(16, &[]);
    assert!(rig.events.is_empty(), "{:?}", rig.events);
}

#[test]
fn a_flood_is_bounded_and_ends_in_the_last_value() {
    let (_bundle, mut rig) = rig("Flood");
    rig.process(16, &[]);
    assert!(rig.events.len() <= rig.events.capacity());
    assert!(rig.events.iter().all(|event| event.frame < 16));
    let told = rig.poll();
    let lost = |request: &PluginRequest| matches!(request, PluginRequest::Log { text, .. } if text.contains("dropped"));
    assert!(told.iter().any(lost), "{told:?}");
}

#[test]
fn buses_that_cannot_be_are_refused_or_read_elsewhere() {
    let bundle = Bundle::new();
    let mut huge = bundle.load("Huge Bus");
    assert_eq!(huge.activate(&CONFIG).err(), Some(ActivateError::Refused));
    let mut double = bundle.load("Double");
    assert_eq!(double.activate(&CONFIG).err(), Some(ActivateError::DoubleOnly));
    let plugin = bundle.load("No Arrangement");
    assert_eq!(plugin.ports().audio_out.channels(0), 2);
    assert_eq!(heard(&mut Rig::new(plugin)), 1.0);
}

#[test]
fn a_plugin_without_event_inputs_takes_no_notes_and_no_midi() {
    let (_bundle, mut rig) = rig("Deaf");
    let midi = |data| Event::new(0, EventKind::Midi { port: 0, data });
    let voice = Voice { note_id: -1, port: 0, channel: 0, key: 60 };
    let on = Event::new(0, EventKind::NoteOn { voice, velocity: 1.0 });
    rig.process(16, &[on, midi([0xA0, 60, 1]), midi([0xB0, 200, 1]), midi([0xD0, 9, 0]), midi([0xE0, 0, 0])]);
    assert!(rig.events.is_empty());
}

#[test]
fn calls_on_the_audio_thread_have_no_effect_but_a_line_in_the_log() {
    let (_bundle, mut rig) = rig("Wrong Thread");
    rig.process(16, &[]);
    let told = rig.poll();
    let log = |call: &str| {
        told.iter().any(|request| matches!(request, PluginRequest::Log { text, .. } if text.contains(call)))
    };
    assert!(log("beginEdit") && log("performEdit") && log("endEdit"), "{told:?}");
    assert_eq!(heard(&mut rig), 1.0);
}

#[test]
fn a_processor_outlives_its_controller_and_may_go_on_another_thread() {
    let (_bundle, rig) = rig("Quiet");
    let Rig { active, .. } = rig;
    drop(active.controller);
    let processor = active.processor;
    std::thread::spawn(move || drop(processor)).join().unwrap();
}

#[test]
fn what_a_plugin_moves_on_the_audio_thread_is_told_and_not_said_back() {
    let (_bundle, mut rig) = rig("Wrong Thread");
    assert_eq!(heard(&mut rig), 1.0);
    assert_eq!(heard(&mut rig), 1.0);
    let param = ParamId(GAIN);
    let there = EventKind::Param { param, voice: Voice::ALL, value: 0.0 };
    let kinds: Vec<_> = rig.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::GestureBegin { param }, there, EventKind::GestureEnd { param }]);
    // What it said last is told when it does not run any more; its state has it.
    let mut controller = rig.deactivate();
    let mut requests = Vec::new();
    controller.poll(&mut requests);
    assert!(requests.contains(&moved(Gesture::Change, 0.0)), "{requests:?}");
    assert_eq!(heard(&mut Rig::new(controller)), 1.0);
}
