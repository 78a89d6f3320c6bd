//! Where hands take effect, and where playback jumps, is told to the tick.

use std::sync::Arc;

use protocol::control::TransportCommand;
use protocol::device::strip;
use protocol::telemetry::Gesture;
use protocol::*;
use test_units::plugins::gain;

use super::harness::*;

/// At 120 bpm and 48 kHz a beat is 24,000 frames.
fn tick_of(frame: i64) -> Beats {
    Beats::from_beats(crate::math::to_f64(frame) / 24_000.0)
}

/// Input, a plugin that is late by 100 frames, a strip.
fn late() -> (Sketch, NodeId) {
    let mut sketch = Sketch::new();
    let (input, late, strip) = (sketch.input(0), sketch.plugin(1, "late:100"), sketch.strip(1));
    sketch.chain(&[input, late, strip, sketch.output()]);
    (sketch, strip)
}

fn hands(rig: &mut Rig) -> Vec<(Gesture, f64, Option<Beats>)> {
    let told = std::mem::take(&mut rig.telemetry);
    let hand = |frame: TelemetryFrame| match frame {
        TelemetryFrame::HandMoved { value, gesture, at, .. } => Some((gesture, value, at)),
        _ => None,
    };
    told.into_iter().filter_map(hand).collect()
}

fn jumps(rig: &mut Rig) -> Vec<(Beats, Option<Beats>)> {
    let told = std::mem::take(&mut rig.telemetry);
    let jump = |frame: TelemetryFrame| match frame {
        TelemetryFrame::Jumped { left, to } => Some((left, to)),
        _ => None,
    };
    told.into_iter().filter_map(jump).collect()
}

#[test]
fn a_hand_is_told_at_the_place_that_its_node_hears() {
    let (sketch, node) = late();
    let param = strip::VOLUME_DB;
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let mut stream = rig.controller.stream();
    let mut say = |frame| stream.push(frame).unwrap();
    say(StreamFrame::Param { node, param, value: -1.0 });
    rig.block(64);
    assert_eq!(hands(&mut rig), [(Gesture::Change, -1.0, None)], "playback stands");
    rig.controller.transport(TransportCommand::Play);
    rig.block(50);
    say(StreamFrame::Param { node, param, value: -2.0 });
    rig.block(1_000);
    say(StreamFrame::Param { node, param, value: -3.0 });
    say(StreamFrame::Release { node, param });
    rig.block(64);
    let expected = [
        // What was heard before the beginning counts as the beginning.
        (Gesture::Change, -2.0, Some(tick_of(0))),
        (Gesture::Change, -3.0, Some(tick_of(1_050 - 100))),
        (Gesture::End, 0.0, Some(tick_of(1_050 - 100))),
    ];
    assert_eq!(hands(&mut rig), expected);
    rig.stop();
}

#[test]
fn a_hand_that_takes_a_parameter_is_told_with_what_was_applied_before() {
    let (mut sketch, node) = late();
    sketch.automate(node, strip::MUTE, &[(0.0, 1.0, Curve::Hold)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.input = |_| 1.0;
    assert_eq!(rig.render(blocks(1_000, 50))[0], [0.0; 1_000]);
    sketch.get(node).automation.clear();
    rig.apply(&sketch);
    rig.controller.take_hand(node, strip::MUTE, 0.0);
    let [left, _] = rig.render(blocks(1_000, 50));
    assert_eq!(
        left[1..].iter().position(|sample| *sample == 0.0),
        None,
        "it is heard from the first frame on"
    );
    assert_eq!(hands(&mut rig), [(Gesture::Change, 0.0, Some(tick_of(900)))]);
    rig.stop();
}

#[test]
fn a_move_in_a_plugin_is_told_at_its_frame() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let late = sketch.plugin(1, "late:100");
    let plugin = sketch.plugin(2, "org.loophole.test.gain");
    sketch.chain(&[input, late, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.render([1_000]);
    sketch.set(plugin, ParamId(gain::WIGGLE), 1.0);
    rig.apply(&sketch);
    rig.render([64]);
    let places: Vec<Option<Beats>> = rig
        .telemetry
        .iter()
        .filter_map(|frame| match frame {
            TelemetryFrame::ParamMoved { at, .. } => Some(*at),
            _ => None,
        })
        .collect();
    assert_eq!(places, [Some(tick_of(900)); 3]);
    rig.stop();
}

#[test]
fn jumps_wraps_and_stops_are_told_with_both_ends() {
    let (mut sketch, _) = late();
    sketch.plan.loop_range = Some((Beats::whole(1), Beats::whole(2)));
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.render(blocks(50_000, 441));
    assert_eq!(jumps(&mut rig), [(Beats::whole(2), Some(Beats::whole(1)))]);
    rig.controller.transport(TransportCommand::Locate { to: Beats::whole(8) });
    rig.render([100]);
    assert_eq!(jumps(&mut rig), [(tick_of(26_000), Some(Beats::whole(8)))]);
    // Somebody stops and goes elsewhere at once: where it stopped is what counts.
    rig.controller.transport(TransportCommand::Stop);
    rig.controller.transport(TransportCommand::Locate { to: Beats::ZERO });
    rig.render([100, 100]);
    assert_eq!(jumps(&mut rig), [(tick_of(8 * 24_000 + 100), None)]);
    rig.controller.transport(TransportCommand::Play);
    rig.render([100]);
    rig.controller.reset();
    sketch.plan.tempo = TempoMap::constant(90.0);
    rig.apply(&sketch);
    rig.render([100]);
    assert_eq!(jumps(&mut rig), [], "neither a reset nor another tempo goes anywhere");
    rig.stop();
}

#[test]
fn a_hand_in_the_block_that_playback_jumps_with_is_told_after_the_jump() {
    let (mut sketch, node) = late();
    sketch.plan.loop_range = Some((Beats::whole(1), Beats::whole(2)));
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    let mut stream = rig.controller.stream();
    // The wrap is on the edge of a block.
    rig.render(blocks(48_000, 480));
    rig.telemetry.clear();
    stream.push(StreamFrame::Param { node, param: strip::VOLUME_DB, value: -1.0 }).unwrap();
    rig.render([480]);
    let told = rig.telemetry.iter().filter_map(|frame| match frame {
        TelemetryFrame::HandMoved { at, .. } => Some(("hand", *at)),
        TelemetryFrame::Jumped { to, .. } => Some(("jump", *to)),
        _ => None,
    });
    let start = Some(Beats::whole(1));
    assert_eq!(told.collect::<Vec<_>>(), [("jump", start), ("hand", start)]);
    rig.stop();
}

#[test]
fn what_was_told_before_the_engine_stopped_is_heard_after() {
    let (sketch, node) = late();
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    let mut stream = rig.controller.stream();
    stream.push(StreamFrame::Param { node, param: strip::VOLUME_DB, value: -1.0 }).unwrap();
    let processor = rig.processor.as_mut().unwrap();
    processor.process(&mut crate::ProcessBlock {
        frames: 64,
        inputs: &[],
        outputs: &mut [],
        events_in: crate::Events::EMPTY,
        events_out: &mut crate::EventList::with_capacity(1),
        transport: None,
    });
    let processor = rig.processor.take().unwrap();
    rig.controller.deactivate(processor);
    let told = rig.controller.poll().telemetry;
    assert!(told.iter().any(|frame| matches!(frame, TelemetryFrame::HandMoved { .. })), "{told:?}");
}
