//! Real CLAP plugins in the graph.

use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::device::utility;
use protocol::plan::{MacroPlan, MacroTarget};
use protocol::telemetry::Gesture;
use protocol::*;
use test_units::plugins::{delay, gain, latency, layout, sine, studio};

use super::harness::*;
use crate::engine::Threads;
use crate::event::{EventKind, Expression, Voice};

pub(super) fn clap(sketch: &mut Sketch, number: u128, key: &str) -> NodeId {
    sketch.plugin(number, &format!("org.loophole.test.{key}"))
}

/// Input through a plugin, and the input inverted beside it.
fn against_inverted(key: &str) -> (Sketch, NodeId) {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let plugin = clap(&mut sketch, 1, key);
    let invert = sketch.device(2, DeviceKind::Utility);
    sketch.set(invert, utility::id::INVERT_LEFT, 1.0);
    sketch.chain(&[input, plugin, sketch.output()]);
    sketch.chain(&[input, invert, sketch.output()]);
    (sketch, plugin)
}

#[test]
fn a_latency_that_depends_on_a_parameter_is_compensated_from_the_start() {
    let (mut sketch, plugin) = against_inverted("delay");
    sketch.set(plugin, ParamId(delay::FRAMES), 300.0);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    assert_eq!(rig.controller.latency(), Frames(300));
    rig.input = |frame| (frame as f32 * 0.1).sin();
    let [left, right] = rig.render(blocks(4_000, 100));
    assert_eq!(peak(&left), 0.0);
    assert!(peak(&right) > 1.9);
    rig.stop();
}

#[test]
fn a_latency_that_changes_under_way_is_compensated_again() {
    let (mut sketch, plugin) = against_inverted("delay");
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |frame| (frame as f32 * 0.1).sin();
    rig.render(blocks(1_000, 100));
    assert_eq!(rig.controller.latency(), Frames(64));
    sketch.set(plugin, ParamId(delay::FRAMES), 500.0);
    rig.apply(&sketch);
    rig.render(blocks(4_000, 100));
    assert_eq!(rig.controller.latency(), Frames(500));
    assert_eq!(peak(&rig.render(blocks(2_000, 100))[0]), 0.0);
    rig.stop();
}

#[test]
fn a_plugin_with_a_new_latency_in_every_block_does_not_stop_the_others() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let restless = clap(&mut sketch, 1, "latency");
    sketch.set(restless, ParamId(latency::RESTLESS), 1.0);
    sketch.chain(&[input, restless]);
    sketch.chain(&[input, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 0.5;
    let (begun, mut schedules) = (Instant::now(), 0);
    let mut ledger = rig.controller.ledger();
    for _ in 0..1_000 {
        assert_eq!(rig.block(64)[0], [0.5; 64]);
        let now = rig.controller.ledger();
        schedules += u64::from(!Arc::ptr_eq(&ledger, &now));
        ledger = now;
        std::thread::sleep(Duration::from_micros(300));
    }
    // Ten times a second at most, and not in every block.
    let most = u64::try_from(begun.elapsed().as_millis()).unwrap() / 100 + 2;
    assert!((1..=most).contains(&schedules), "{schedules} new schedules, for at most {most}");
    rig.stop();
}

#[test]
fn automation_takes_effect_on_its_exact_frame_and_the_blocks_do_not_matter() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let plugin = clap(&mut sketch, 1, "gain");
    sketch.chain(&[input, plugin, sketch.output()]);
    sketch.automate(
        plugin,
        ParamId(gain::GAIN),
        &[
            (0.0, 0.0, Curve::Hold),
            (0.5, -20.0, Curve::Linear),
            (0.75, 12.0, Curve::Smooth),
            (1.0, -60.0, Curve::Hold),
        ],
    );
    let mut expected: Option<Vec<f32>> = None;
    for (name, cut) in cuts(30_000) {
        let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
        rig.input = |_| 1.0;
        let [left, _] = rig.render(cut);
        assert_eq!((left[11_999], left[12_000] < 0.11), (1.0, true), "{name}");
        assert_eq!(left, *expected.get_or_insert_with(|| left.clone()), "{name}");
        rig.stop();
    }
}

#[test]
fn notes_keep_their_ids_through_a_plugin_and_out_again() {
    let mut sketch = Sketch::new();
    let host = sketch.node(5, NodeRole::Input, plan::NodeKind::HostEvents);
    let echo = clap(&mut sketch, 1, "echo");
    let out = sketch.node(6, NodeRole::Output, plan::NodeKind::HostEventsOutput);
    sketch.events(host, echo);
    sketch.events(echo, out);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let voice = Voice { note_id: 4_711, port: 0, channel: 2, key: 61 };
    rig.events = vec![
        (10, EventKind::NoteOn { voice, velocity: 0.987_654_321 }),
        (600, EventKind::Expression { voice, expression: Expression::Pressure, value: 0.25 }),
        (1_700, EventKind::NoteOff { voice, velocity: 0.5 }),
    ];
    rig.render(blocks(2_000, 700));
    let end = rig.heard.pop();
    assert_eq!(rig.heard, rig.events);
    // Nothing makes sound of it, so it has ended with its note off, or with the block after.
    assert!(matches!(end, Some((_, EventKind::NoteEnd { voice: ended })) if ended == voice));
    rig.stop();
}

#[test]
fn notes_go_past_an_effect_to_the_instrument_behind_it() {
    let mut sketch = Sketch::new();
    let notes = sketch.notes(1, vec![note_clip(0.0, 4.0, &[(0.0, 2.0, 60)])]);
    let effect = clap(&mut sketch, 1, "gain");
    let synth = sketch.device(2, DeviceKind::Synth);
    sketch.events(notes, effect);
    sketch.events(effect, synth);
    sketch.chain(&[synth, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    assert!(peak(&rig.render(blocks(4_000, 100))[0]) > 0.01);
    rig.stop();
}

#[test]
fn a_gesture_in_a_plugin_is_told() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let plugin = clap(&mut sketch, 1, "gain");
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.render([64]);
    let mut moved = sketch.clone();
    moved.set(plugin, ParamId(gain::WIGGLE), 1.0);
    rig.apply(&moved);
    rig.render([64]);
    let told: Vec<(Gesture, f64)> = rig
        .telemetry
        .iter()
        .filter_map(|frame| match *frame {
            TelemetryFrame::ParamMoved { node, param, value, gesture, .. } if node == plugin => {
                assert_eq!(param, ParamId(gain::GAIN));
                Some((gesture, value))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, [(Gesture::Begin, 0.0), (Gesture::Change, -6.0), (Gesture::End, 0.0)]);
    rig.stop();
}

#[test]
fn a_flood_of_events_is_bounded_and_leaves_the_others_alone() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let flood = clap(&mut sketch, 1, "flood");
    let echo = clap(&mut sketch, 2, "echo");
    sketch.chain(&[input, flood]);
    sketch.events(flood, echo);
    sketch.chain(&[input, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 0.5;
    assert_eq!(rig.render(blocks(4_000, 64))[0], [0.5; 4_000]);
    let dropped = rig.telemetry.iter().filter_map(|frame| match frame {
        TelemetryFrame::Load { dropped_events, .. } => Some(*dropped_events),
        _ => None,
    });
    let dropped = dropped.max();
    assert!(dropped > Some(10_000), "drops are counted");
    let of_flood = rig.telemetry.iter().map(|frame| match *frame {
        TelemetryFrame::EventsDropped { node, count } if node == flood => count,
        _ => 0,
    });
    assert!(of_flood.sum::<u32>() > 10_000, "it is told whose they were");
    rig.stop();
}

/// Host events into the test instrument and on to the output, and the instrument.
fn played() -> (Sketch, NodeId) {
    let mut sketch = Sketch::new();
    let host = sketch.node(5, NodeRole::Input, plan::NodeKind::HostEvents);
    let sine = clap(&mut sketch, 1, "sine");
    sketch.events(host, sine);
    sketch.chain(&[sine, sketch.output()]);
    (sketch, sine)
}

fn voice(note_id: i32) -> Voice {
    Voice { note_id, port: 0, channel: 2, key: 61 }
}

fn on(note_id: i32) -> EventKind {
    EventKind::NoteOn { voice: voice(note_id), velocity: 1.0 }
}

#[test]
fn the_host_is_told_at_which_frame_its_notes_have_ended_in_a_plugin() {
    let (sketch, _) = played();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let off = |id| EventKind::NoteOff { voice: Voice { key: -1, channel: -1, ..voice(id) }, velocity: 0.0 };
    rig.events = vec![(10, on(1)), (10, on(2)), (600, off(2)), (1_100, off(1))];
    rig.render(blocks(2_000, 700));
    // A voice dies away within 5 ms.
    let end = |id| EventKind::NoteEnd { voice: voice(id) };
    assert_eq!(rig.heard, [(839, end(2)), (1_339, end(1))]);
    rig.stop();
}

#[test]
fn a_macro_modulated_for_one_note_modulates_what_it_moves_for_that_note() {
    let (mut sketch, plugin) = played();
    let param = ParamId(sine::LEVEL);
    let target = MacroTarget { node: plugin, param, min: 0.0, max: 1.0, curve: Curve::Linear };
    sketch.plan.macros.push(MacroPlan { slot: 9, value: 0.25, targets: vec![target] });
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let silence = |id| EventKind::ParamMod { param: ParamId(9), voice: voice(id), amount: -1.0 };
    rig.events = vec![(0, on(1)), (0, on(2)), (1_000, silence(1)), (2_000, silence(2))];
    let [left, _] = rig.render(blocks(3_000, 64));
    let loudest = |range: std::ops::Range<usize>| peak(&left[range]);
    let (both, one, none) = (loudest(500..1_000), loudest(1_100..2_000), loudest(2_100..3_000));
    assert!((both / one - 2.0).abs() < 0.02 && none == 0.0, "{both} {one} {none}");
    rig.stop();
}

#[test]
fn a_plugin_is_told_what_moves_its_parameters_and_that_nothing_does_any_more() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let plugin = clap(&mut sketch, 1, "studio");
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let param = ParamId(studio::LEVEL);
    let mut moved = sketch.clone();
    let target = MacroTarget { node: plugin, param, min: 0.0, max: 1.0, curve: Curve::Linear };
    moved.plan.macros.push(MacroPlan { slot: 11, value: 0.5, targets: vec![target] });
    moved.automate(plugin, param, &[(0.0, 0.5, Curve::Hold)]);
    let told = |rig: &mut Rig| {
        let plugin = rig.controller.plugin(plugin).unwrap();
        [studio::MAPPED_LETTERS, studio::AUTOMATION].map(|id| plugin.param_value(ParamId(id)).unwrap())
    };
    rig.apply(&moved);
    // "Macro 12", and automation that plays.
    assert_eq!(told(&mut rig), [8.0, 2.0]);
    rig.apply(&sketch);
    assert_eq!(told(&mut rig), [0.0, 0.0]);
    rig.stop();
}

#[test]
fn a_new_cable_to_an_unused_bus_is_heard_without_a_restart() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let plugin = clap(&mut sketch, 1, "keyed");
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 0.25;
    let told = |rig: &mut Rig| {
        let plugin = rig.controller.plugin(plugin).unwrap();
        [studio::INACTIVE, layout::ACTIVATIONS].map(|id| plugin.param_value(ParamId(id)).unwrap())
    };
    assert_eq!(peak(&rig.render(blocks(1_000, 100))[0]), 0.25);
    assert_eq!(told(&mut rig), [1.0, 1.0]);
    sketch.sidechain(input, plugin);
    rig.apply(&sketch);
    let heard = rig.render(blocks(8_000, 100));
    assert_eq!(told(&mut rig), [0.0, 1.0]);
    assert_eq!(heard[0][7_999], 0.5);
    rig.stop();
}

#[test]
fn a_plugin_is_told_what_hands_do_to_its_automated_parameters() {
    use crate::nested::offers::AutomationState::{Overridden, Recording};
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let plugin = clap(&mut sketch, 1, "studio");
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let key = (plugin, ParamId(studio::LEVEL));
    let told = |rig: &mut Rig| {
        let plugin = rig.controller.plugin(plugin).unwrap();
        plugin.param_value(ParamId(studio::AUTOMATION)).unwrap()
    };
    rig.controller.show_hands([(key, Overridden)].into());
    assert_eq!(told(&mut rig), 0.0, "there is nothing to override");
    rig.controller.show_hands([(key, Recording)].into());
    assert_eq!(told(&mut rig), 3.0);
    let mut automated = sketch.clone();
    automated.automate(plugin, key.1, &[(0.0, 0.5, Curve::Hold)]);
    rig.apply(&automated);
    assert_eq!(told(&mut rig), 3.0, "it is written still");
    rig.controller.show_hands([(key, Overridden)].into());
    assert_eq!(told(&mut rig), 4.0);
    rig.controller.show_hands(Default::default());
    assert_eq!(told(&mut rig), 2.0);
    rig.stop();
}

/// Plays a plugin whose work has long parts with so many threads; gives how many parts were done, and how many of them by
/// other threads than the plugin's.
fn parts(threads: usize, beside: usize) -> (f64, f64) {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let studio = clap(&mut sketch, 1, "studio");
    sketch.set(studio, ParamId(studio::TASKS), 16.0);
    sketch.set(studio, ParamId(studio::TASKS_ARE_LONG), 1.0);
    sketch.chain(&[input, studio, sketch.output()]);
    // Others of the kind, at the same time on other threads.
    for number in 2..2 + beside as u128 {
        let other = clap(&mut sketch, number, "studio");
        sketch.set(other, ParamId(studio::TASKS), 16.0);
        sketch.set(other, ParamId(studio::TASKS_ARE_LONG), 1.0);
        sketch.chain(&[input, other, sketch.output()]);
    }
    let threads = Threads::Exactly(std::num::NonZeroUsize::new(threads).unwrap());
    let mode = crate::RenderMode::Offline;
    let mut rig = Rig::with_threads(&sketch.plan, Arc::default(), threads, RATE, 64, mode, 30.0).play();
    rig.input = |_| 1.0;
    rig.render(blocks(64 * 20, 64));
    let plugin = rig.controller.plugin(studio).unwrap();
    let told = [studio::TASKS_DONE, studio::TASKS_HELPED, studio::TASK_SUM]
        .map(|id| plugin.param_value(ParamId(id)));
    let [done, helped, sum] = told.map(Option::unwrap);
    assert_eq!(sum, done / 16.0 * 120.0, "each part once a block");
    rig.stop();
    (done, helped)
}

#[test]
fn parts_of_a_plugins_work_are_done_by_helpers_too() {
    assert_eq!(parts(1, 0), (320.0, 0.0));
    let (done, helped) = parts(3, 0);
    assert!(done == 320.0 && helped > 20.0, "{helped} of {done}");
}

#[test]
fn two_plugins_that_have_parts_at_the_same_time_do_not_wait_for_each_other() {
    assert_eq!(parts(3, 2).0, 320.0);
}
