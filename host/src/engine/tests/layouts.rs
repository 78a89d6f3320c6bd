//! A plugin has the bus layout that its plan says, running or not, and keeps its own where it cannot have it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use protocol::plan::{NodeKind, Signal};
use protocol::plugin::LayoutRef;
use protocol::*;

use super::harness::*;
use crate::engine::ApplyWarning;
use crate::event::{EventList, Events};
use crate::nested::PluginRequest;
use crate::{AudioConfig, ProcessBlock, RenderMode};

/// The main output of a plugin with three, and its third on top.
struct Bench {
    rig: Rig,
    sketch: Sketch,
    plugin: NodeId,
}

/// What was heard at the end, and what was told meanwhile.
#[derive(Debug, PartialEq)]
struct Told {
    heard: f32,
    warnings: Vec<String>,
    ports_changed: usize,
}

impl Bench {
    fn new(layout: &str) -> Self {
        let mut sketch = Sketch::new();
        let input = sketch.input(0);
        let plugin = sketch.plugin(1, "org.loophole.test.multi-out");
        let (main, third) = (sketch.strip(1), sketch.strip(2));
        sketch.chain(&[input, plugin, main, sketch.output()]);
        sketch.connect(Signal::Audio, (plugin, 2), (third, 0));
        sketch.chain(&[third, sketch.output()]);
        // The third is the inverse of the first, which would leave nothing.
        sketch.set(third, device::strip::VOLUME_DB, -6.020_599_913_279_624);
        let mut rig = Rig::new(&Sketch::new().plan, Arc::default());
        rig.input = |_| 0.5;
        let mut bench = Self { rig, sketch, plugin };
        bench.plan(layout);
        bench
    }

    fn plan(&mut self, layout: &str) {
        let NodeKind::Plugin { layout: planned, .. } = &mut self.sketch.get(self.plugin).kind else {
            panic!()
        };
        *planned = LayoutRef::new(layout);
    }

    /// Applies the plan and plays on.
    fn told(&mut self) -> Told {
        let mut told = Told { heard: 0.0, warnings: Vec::new(), ports_changed: 0 };
        let report = self.rig.controller.apply(self.sketch.plan.clone()).unwrap();
        told.warnings.extend(report.warnings.iter().map(ToString::to_string));
        self.play(&mut told);
        told
    }

    fn play(&mut self, told: &mut Told) {
        let (input, mut events) = ([0.5; 100], EventList::default());
        for _ in 0..100 {
            let (mut left, mut right) = ([0.0; 100], [0.0; 100]);
            if let Some(processor) = &mut self.rig.processor {
                let mut block = ProcessBlock {
                    frames: 100,
                    inputs: &[&input, &input],
                    outputs: &mut [&mut left, &mut right],
                    events_in: Events::EMPTY,
                    events_out: &mut events,
                    transport: None,
                };
                assert_no_alloc::assert_no_alloc(|| processor.process(&mut block));
            }
            told.heard = (left[99] * 1_000.0).round() / 1_000.0;
            let polled = self.rig.controller.poll();
            told.warnings.extend(polled.warnings.iter().map(ToString::to_string));
            let changed = (self.plugin, PluginRequest::PortsChanged);
            told.ports_changed += polled.requests.iter().filter(|request| **request == changed).count();
        }
    }

    fn outputs(&mut self) -> usize {
        self.rig.controller.plugin(self.plugin).unwrap().buses().1.len()
    }
}

const LOST: &str = "there is no audio output 2: a cable there is silent";

/// Half, without the inverse that would be on top.
fn told(warnings: &[&str], ports_changed: usize) -> Told {
    let warnings: Vec<String> = warnings.iter().map(|line| (*line).to_owned()).collect();
    let heard = if warnings.iter().any(|line| line == LOST) { 0.5 } else { 0.25 };
    Told { heard, warnings, ports_changed }
}

#[test]
fn a_running_plugin_gets_the_layout_that_a_plan_says_and_its_own_back() {
    let mut bench = Bench::new("");
    assert_eq!((bench.told(), bench.outputs()), (told(&[], 0), 3));
    bench.plan("One output#10");
    assert_eq!((bench.told(), bench.outputs()), (told(&[LOST], 1), 1));
    bench.plan("Three outputs");
    assert_eq!((bench.told(), bench.outputs()), (told(&[], 1), 3));
    bench.plan("#10");
    assert_eq!((bench.told(), bench.outputs()), (told(&[LOST], 1), 1));
    bench.plan("");
    assert_eq!((bench.told(), bench.outputs()), (told(&[], 1), 3), "its own");
    assert_eq!(bench.rig.traces.loaded.load(Ordering::Relaxed), 1, "the plugin is the same all along");
}

#[test]
fn a_plugin_has_its_layout_before_it_is_first_activated() {
    let mut bench = Bench::new("One output");
    assert_eq!((bench.told(), bench.outputs()), (told(&[LOST], 1), 1));
}

#[test]
fn a_layout_that_the_plugin_does_not_have_or_refuses_leaves_it_its_own() {
    let mut bench = Bench::new("Quad#4");
    let missing = "the plugin has no bus layout \"Quad\"; it keeps its own";
    assert_eq!((bench.told(), bench.outputs()), (told(&[missing], 0), 3));
    bench.plan("One output");
    assert_eq!((bench.told(), bench.outputs()), (told(&[LOST], 1), 1));
    bench.plan("No output#40");
    let refused = "the plugin does not take its bus layout \"No output\"; it keeps its own";
    assert_eq!((bench.told(), bench.outputs()), (told(&[refused], 1), 3));
}

#[test]
fn a_layout_is_chosen_while_the_engine_rests() {
    let mut bench = Bench::new("");
    bench.told();
    let processor = bench.rig.processor.take().unwrap();
    bench.rig.controller.deactivate(processor);
    bench.plan("One output");
    assert_eq!((bench.told().ports_changed, bench.outputs()), (1, 1));
    let config = AudioConfig { rate: RATE, max_block: 512, mode: RenderMode::Offline };
    bench.rig.processor = Some(bench.rig.controller.activate(config).unwrap());
    assert_eq!(bench.told(), told(&[LOST], 0));
}

#[test]
fn a_missing_plugin_is_not_asked_for_its_layout() {
    let mut sketch = Sketch::new();
    let plugin = sketch.plugin(1, "org.loophole.test.gone");
    let NodeKind::Plugin { layout, .. } = &mut sketch.get(plugin).kind else { panic!() };
    *layout = LayoutRef::new("Quad");
    let mut rig = Rig::new(&Sketch::new().plan, Arc::default());
    let report = rig.controller.apply(sketch.plan.clone()).unwrap();
    assert!(matches!(report.warnings.as_slice(), [ApplyWarning::Plugin { .. }]), "{report:?}");
}
