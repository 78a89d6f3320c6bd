//! Plugins that misbehave are contained; events reach those they are for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use protocol::plan::NodeKind;
use protocol::telemetry::Fault;
use protocol::*;

use super::harness::*;
use crate::ProcessBlock;
use crate::event::{Event, EventKind, EventList, Events, Expression, Voice};

fn faulty(what: &str) -> (Rig, NodeId) {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let plugin = sketch.plugin(1, what);
    let strip = sketch.strip(1);
    sketch.chain(&[input, plugin, strip, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 0.5;
    (rig, plugin)
}

#[test]
fn a_plugin_that_puts_out_nan_is_passed_by_and_reported_once() {
    let (mut rig, plugin) = faulty("nan");
    let [left, _] = rig.render(blocks(4_000, 100));
    assert_eq!(left, [0.5; 4_000]);
    let faults = rig.telemetry.iter().filter(|frame| matches!(frame, TelemetryFrame::Fault { .. })).count();
    assert_eq!(faults, 1);
    assert!(rig.telemetry.contains(&TelemetryFrame::Fault { node: plugin, fault: Fault::NotFinite }));
}

#[test]
fn a_plugin_that_fails_is_passed_by_and_reported() {
    let (mut rig, plugin) = faulty("fail");
    assert_eq!(rig.render(blocks(400, 100))[0], [0.5; 400]);
    assert!(rig.telemetry.contains(&TelemetryFrame::Fault { node: plugin, fault: Fault::Failed }));
}

#[test]
fn nan_from_the_outer_host_does_not_get_in() {
    let (mut rig, _) = faulty("gain:1");
    rig.input = |frame| if frame == 5 { f32::NAN } else { 0.5 };
    assert_eq!(rig.render([10, 10])[0], [[0.0; 10], [0.5; 10]].concat());
}

#[test]
fn notes_of_the_host_reach_a_plugin_with_ids_and_expressions_at_their_frames() {
    let mut sketch = Sketch::new();
    let host = sketch.node(5, NodeRole::Input, NodeKind::HostEvents);
    let log = sketch.plugin(1, "log");
    sketch.events(host, log);
    sketch.chain(&[log, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let voice = Voice { note_id: 42, port: 0, channel: 3, key: 64 };
    rig.events = vec![
        (700, EventKind::NoteOn { voice, velocity: 0.123_456_789 }),
        (1_023, EventKind::Expression { voice, expression: Expression::Tuning, value: 0.5 }),
        (1_024, EventKind::NoteOff { voice, velocity: 0.25 }),
    ];
    rig.render(blocks(3_000, 1_500));
    assert_eq!(*rig.traces.log.lock().unwrap(), rig.events);
}

#[test]
fn events_out_of_order_or_past_the_end_of_a_block_are_survived() {
    let mut sketch = Sketch::new();
    let host = sketch.node(5, NodeRole::Input, NodeKind::HostEvents);
    let out = sketch.node(6, NodeRole::Output, NodeKind::HostEventsOutput);
    sketch.events(host, out);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let midi = |frame| Event::new(frame, EventKind::Midi { port: 0, data: [0xB0, 1, 1] });
    let events = [midi(90), midi(3), midi(4_000_000_000), midi(7)];
    let mut heard = EventList::default();
    let (mut left, mut right) = ([0.0; 100], [0.0; 100]);
    rig.processor.as_mut().unwrap().process(&mut ProcessBlock {
        frames: 100,
        inputs: &[],
        outputs: &mut [&mut left, &mut right],
        events_in: Events::new(&events),
        events_out: &mut heard,
        transport: None,
    });
    assert!(heard.iter().all(|event| event.frame < 100));
    assert!(heard.is_sorted_by_key(|event| event.frame));
}

#[test]
fn live_notes_reach_the_track_they_are_played_on() {
    let mut sketch = Sketch::new();
    let player = sketch.notes(1, Vec::new());
    let log = sketch.plugin(1, "log");
    sketch.events(player, log);
    sketch.chain(&[log, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let mut stream = rig.controller.stream();
    stream.push(StreamFrame::NoteOn { node: Some(player), key: 64, velocity: 0.5 }).unwrap();
    rig.block(64);
    stream.push(StreamFrame::NoteOff { node: Some(player), key: 64 }).unwrap();
    rig.block(64);
    let log: Vec<u64> = rig.traces.log.lock().unwrap().iter().map(|(frame, _)| *frame).collect();
    assert_eq!(log, [0, 64]);
}

#[test]
fn streams_that_are_closed_make_room_for_others() {
    let mut sketch = Sketch::new();
    let player = sketch.notes(1, Vec::new());
    let log = sketch.plugin(1, "log");
    sketch.events(player, log);
    sketch.chain(&[log, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    for _ in 0..3 {
        let mut streams: Vec<_> = (0..16).map(|_| rig.controller.stream()).collect();
        for stream in &mut streams {
            stream.push(StreamFrame::NoteOn { node: Some(player), key: 64, velocity: 0.5 }).unwrap();
        }
        drop(streams);
        rig.render([64, 64]);
    }
    assert_eq!(rig.traces.log.lock().unwrap().len(), 48, "what was said before the end is heard");
}

#[test]
fn a_state_that_the_plugin_itself_saved_is_not_loaded_again() {
    let mut sketch = Sketch::new();
    let plugin = sketch.plugin(1, "gain:1");
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let saved = rig.controller.plugin_state(plugin).unwrap().unwrap();
    let (saved, other) = (rig.blobs.put(saved), rig.blobs.put(b"other".to_vec()));
    for (state, loads) in [(saved, 0), (other, 1), (saved, 2)] {
        let NodeKind::Plugin { state: planned, .. } = &mut sketch.get(plugin).kind else { panic!() };
        *planned = Some(state);
        rig.apply(&sketch);
        assert_eq!(rig.traces.states_loaded.load(Ordering::Relaxed), loads);
    }
    assert_eq!(rig.traces.loaded.load(Ordering::Relaxed), 1);
}
