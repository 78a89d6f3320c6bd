//! CLAP plugins that may rest, and have something to say later all the same.

use std::sync::Arc;

use protocol::telemetry::Gesture;
use protocol::*;
use test_units::plugins::resting;

use super::clap::clap;
use super::harness::*;

/// What comes of an impulse in a plugin that says nothing for a while after it, and then repeats it.
fn after_a_gap(params: &[(u32, f64)]) -> Vec<f32> {
    let mut sketch = Sketch::new();
    let (input, plugin) = (sketch.input(0), clap(&mut sketch, 1, "gap"));
    params.iter().for_each(|&(param, value)| sketch.set(plugin, ParamId(param), value));
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |frame| if frame == 100 { 1.0 } else { 0.0 };
    let [left, _] = rig.render(blocks(20_000, 64));
    rig.stop();
    left
}

#[test]
fn an_echo_after_silence_is_heard_of_a_plugin_that_may_rest_once_it_is_quiet() {
    assert_eq!(after_a_gap(&[])[4_900], 1.0);
}

#[test]
fn a_latency_is_waited_for_before_a_plugin_without_a_tail_rests() {
    assert_eq!(after_a_gap(&[(resting::IS_LATENT, 1.0)])[4_900], 1.0);
}

#[test]
fn a_sequencer_that_begins_later_than_playback_is_heard() {
    let mut sketch = Sketch::new();
    let keys = sketch.node(5, NodeRole::Input, plan::NodeKind::HostEvents);
    let plugin = clap(&mut sketch, 1, "sequencer");
    sketch.events(keys, plugin);
    sketch.chain(&[plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    // Long enough to fall asleep.
    rig.render(blocks(600_000, 1_024));
    let mut rig = rig.play();
    assert_eq!(peak(&rig.render(blocks(10_000, 64))[0]), 1.0);
    rig.stop();
}

#[test]
fn a_hand_on_a_plugin_at_rest_that_asks_for_a_flush_is_told() {
    let mut sketch = Sketch::new();
    let (input, plugin) = (sketch.input(0), clap(&mut sketch, 1, "hand"));
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.render(blocks(1_000, 64));
    let told = rig.telemetry.iter().filter_map(|frame| match *frame {
        TelemetryFrame::ParamMoved { node, value, gesture, .. } if node == plugin => Some((gesture, value)),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [(Gesture::Begin, 0.0), (Gesture::Change, 0.75), (Gesture::End, 0.0)]);
    rig.stop();
}
