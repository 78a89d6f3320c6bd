//! Values of parameters of CLAP plugins: those of the plan, and those that plugins give them by themselves.

use std::sync::Arc;

use protocol::*;
use test_units::plugins::{gain, many};

use super::clap::clap;
use super::harness::*;

#[test]
fn the_values_that_a_plugin_starts_with_are_told_at_once() {
    let mut sketch = Sketch::new();
    let (input, plugin) = (sketch.input(0), clap(&mut sketch, 1, "many"));
    (1..=many::MOVED).for_each(|param| sketch.set(plugin, ParamId(param), 0.5));
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let nested = rig.controller.plugin(plugin).unwrap();
    assert_eq!(nested.param_value(ParamId(many::MOVED)), Some(0.5));
    assert_eq!(nested.param_value(ParamId(many::FLUSHES)), Some(1.0));
    rig.stop();
}

#[test]
fn what_a_plugin_moved_by_itself_outlasts_an_activation_until_the_plan_says_otherwise() {
    let mut sketch = Sketch::new();
    let (input, plugin) = (sketch.input(0), clap(&mut sketch, 1, "gain"));
    sketch.set(plugin, ParamId(gain::GAIN), 0.0);
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.render([64]);
    sketch.set(plugin, ParamId(gain::WIGGLE), 1.0);
    rig.apply(&sketch);
    rig.render([64]);
    let again = |rig: Rig| {
        let mut rig = rig.stop();
        let config = crate::AudioConfig { rate: RATE, max_block: 64, mode: crate::RenderMode::Offline };
        rig.processor = Some(rig.controller.activate(config).unwrap());
        let value = rig.controller.plugin(plugin).unwrap().param_value(ParamId(gain::GAIN));
        (rig, value)
    };
    let (mut rig, value) = again(rig);
    assert_eq!(value, Some(-6.0));
    sketch.set(plugin, ParamId(gain::GAIN), -3.0);
    rig.apply(&sketch);
    let (rig, value) = again(rig);
    assert_eq!(value, Some(-3.0));
    rig.stop();
}

#[test]
fn a_preset_of_a_thousand_parameters_is_told_whole() {
    let mut sketch = Sketch::new();
    let (input, plugin) = (sketch.input(0), clap(&mut sketch, 1, "many"));
    sketch.set(plugin, ParamId(many::PRESET), 1_000.0);
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.render(blocks(640, 64));
    let moved =
        |frame: &&TelemetryFrame| matches!(frame, TelemetryFrame::ParamMoved { node, .. } if *node == plugin);
    assert_eq!(rig.telemetry.iter().filter(moved).count(), 3_000);
    rig.stop();
}
