//! What hands do in the windows of plugins, step by step, without the thread that does it otherwise.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, RwLock};

use host::{AudioConfig, EngineProcessor, Events, HostBuses, ProcessBlock, RenderMode};
use model::{DeviceId, TrackId, TrackKind, edit};
use protocol::telemetry::Gesture;
use protocol::{EntityId, ParamId, PluginFormat, PluginRef, SampleRate, StreamFrame};
use test_units::plugins::{gain, studio};

use super::super::control::{Control, USER};
use super::super::plugins::node_of;
use super::super::*;
use super::id;
use super::plugins::test_plugins;

/// A control thread's state with one of the test plugins on its only track.
struct Bench {
    control: Control,
    device: EntityId,
    _inbox: Receiver<Request>,
}

impl Bench {
    /// With values that the project has.
    fn new(plugin: &str, values: &[(u32, f64)]) -> Self {
        let options = InstanceOptions {
            starter: Starter::Empty,
            locator: test_plugins(),
            ..InstanceOptions::default()
        };
        let (requests, inbox) = channel();
        let published = Arc::new(Published::default());
        let control = Control::new(options, requests, published, Arc::new(RwLock::new(None)));
        let (track, device) = (TrackId(id()), id());
        let reference = PluginRef { format: PluginFormat::Clap, id: format!("org.loophole.test.{plugin}") };
        let mut bench = Self { control, device, _inbox: inbox };
        bench.commit(vec![
            edit::track::create(track, TrackKind::Bus, "Drums"),
            edit::device::create_plugin(DeviceId(device), track, &reference, "Plugin", 0.0),
        ]);
        values.iter().for_each(|&(param, value)| bench.set(param, value));
        bench
    }

    fn commit(&mut self, edits: Vec<protocol::Edit>) {
        self.control.commit("Test", USER, edits).expect("legal edits");
    }

    /// As our own controls do.
    fn set(&mut self, param: u32, value: f64) {
        self.commit(vec![edit::device::set_param(DeviceId(self.device), &param.to_string(), value)]);
    }

    fn says(&mut self, param: u32, value: f64, gesture: Gesture) {
        self.control.moved_by_plugin(node_of(self.device), ParamId(param), value, gesture);
    }

    /// The plugin moves a parameter by itself, as for a preset that is chosen in its window.
    fn moves(&mut self, param: u32, value: f64) {
        let plugin = self.control.engine.plugin(node_of(self.device)).expect("it is loaded");
        plugin.set_param(ParamId(param), value);
        self.says(param, value, Gesture::Change);
        self.control.show_values();
    }

    /// A hand moves it in the plugin's window, and lets go.
    fn turns(&mut self, param: u32, value: f64) {
        self.says(param, 0.0, Gesture::Begin);
        self.moves(param, value);
        self.says(param, 0.0, Gesture::End);
    }

    fn undo(&mut self) {
        self.control.undo().expect("there is a step");
    }

    fn has(&mut self, param: u32) -> Option<f64> {
        self.control.engine.plugin(node_of(self.device))?.param_value(ParamId(param))
    }

    fn shown(&self, param: u32) -> Option<f64> {
        editor::PluginParams::value(&*self.control.published.params(), self.device, ParamId(param))
    }

    fn kept(&self, param: u32) -> Option<f64> {
        let project = self.control.pulse.project();
        project.device(self.device.into()).and_then(|device| device.param(&param.to_string()))
    }

    fn steps(&self) -> usize {
        self.control.published.history().iter().filter(|step| !step.undone).count()
    }

    fn block(&mut self, processor: &mut EngineProcessor) {
        processor.process(&mut ProcessBlock {
            frames: 64,
            inputs: &[],
            outputs: &mut [],
            events_in: Events::EMPTY,
            events_out: &mut host::EventList::with_capacity(64),
            transport: None,
        });
    }
}

#[test]
fn a_hand_overrules_what_its_plugin_did_before() {
    let mut bench = Bench::new("studio", &[(studio::LEVEL, 0.25)]);
    bench.moves(studio::LEVEL, 0.75);
    bench.turns(studio::LEVEL, 1.0);
    bench.control.keep_released();
    assert_eq!(bench.kept(studio::LEVEL), Some(1.0));
    bench.control.gather();
    assert_eq!((bench.kept(studio::LEVEL), bench.has(studio::LEVEL)), (Some(1.0), Some(1.0)));
    bench.undo();
    assert_eq!(bench.shown(studio::LEVEL), Some(0.75), "where the hand began");
    assert_eq!((bench.kept(studio::LEVEL), bench.has(studio::LEVEL)), (Some(0.75), Some(0.75)));
}

#[test]
fn a_value_of_our_own_overrules_what_a_plugin_did_before() {
    let mut bench = Bench::new("studio", &[(studio::LEVEL, 0.25)]);
    bench.moves(studio::LEVEL, 0.75);
    // What the project has already, and the plugin has not.
    bench.set(studio::LEVEL, 0.25);
    bench.control.gather();
    assert_eq!((bench.kept(studio::LEVEL), bench.has(studio::LEVEL)), (Some(0.25), Some(0.25)));
    bench.undo();
    assert_eq!((bench.kept(studio::LEVEL), bench.shown(studio::LEVEL)), (Some(0.75), Some(0.75)));
}

#[test]
fn what_a_plugin_did_by_itself_outlives_other_edits() {
    let mut bench = Bench::new("studio", &[(studio::LEVEL, 0.25), (studio::TASKS, 1.0)]);
    bench.moves(studio::LEVEL, 0.75);
    let values = |bench: &mut Bench| (bench.shown(studio::LEVEL), bench.has(studio::LEVEL));
    bench.set(studio::TASKS, 2.0);
    assert_eq!(values(&mut bench), (Some(0.75), Some(0.75)));
    bench.undo();
    assert_eq!(values(&mut bench), (Some(0.75), Some(0.75)));
    assert_eq!(bench.has(studio::TASKS), Some(1.0));
    assert_eq!(bench.kept(studio::LEVEL), Some(0.25));
    bench.control.gather();
    assert_eq!(bench.kept(studio::LEVEL), Some(0.75), "what is saved is what plays");
}

#[test]
fn a_project_that_is_opened_again_is_as_it_was_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("song.loophole");
    let mut bench = Bench::new("studio", &[(studio::LEVEL, 0.25)]);
    bench.control.save(Some(file.clone())).expect("a folder to save in");
    bench.moves(studio::LEVEL, 0.75);
    bench.says(studio::TASKS, 0.0, Gesture::Begin);
    bench.control.open(&file).expect("it was saved");
    assert_eq!((bench.shown(studio::LEVEL), bench.has(studio::LEVEL)), (Some(0.25), Some(0.25)));
    bench.control.gather();
    assert_eq!(bench.kept(studio::LEVEL), Some(0.25));
}

#[test]
fn gestures_that_end_together_are_one_step() {
    let mut bench = Bench::new("studio", &[(studio::LEVEL, 0.25)]);
    let before = bench.steps();
    // A knob that makes a gesture of every notch of a wheel.
    bench.turns(studio::LEVEL, 0.5);
    bench.turns(studio::LEVEL, 0.75);
    bench.turns(studio::TASKS, 3.0);
    bench.control.keep_released();
    assert_eq!(bench.steps(), before + 1);
    assert_eq!(bench.control.published.status().undo.as_deref(), Some("Set 2 parameters"));
    assert_eq!((bench.kept(studio::LEVEL), bench.kept(studio::TASKS)), (Some(0.75), Some(3.0)));
    bench.undo();
    assert_eq!((bench.has(studio::LEVEL), bench.has(studio::TASKS)), (Some(0.25), Some(0.0)));
    // One that is held again is not let go of.
    bench.turns(studio::LEVEL, 0.5);
    bench.says(studio::LEVEL, 0.0, Gesture::Begin);
    bench.control.keep_released();
    assert_eq!(bench.kept(studio::LEVEL), Some(0.25));
    bench.says(studio::LEVEL, 0.0, Gesture::End);
    bench.control.keep_released();
    assert_eq!(bench.kept(studio::LEVEL), Some(0.5));
    assert_eq!(bench.control.published.status().undo.as_deref(), Some("Set Level"));
}

#[test]
fn a_plugin_is_not_told_what_it_said() {
    let mut bench = Bench::new("gain", &[(gain::GAIN, 0.0)]);
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 64, mode: RenderMode::Realtime };
    let mut processor = bench.control.activate(config, HostBuses::default()).expect("the engine starts");
    let node = node_of(bench.device);
    let mut stream = |bench: &mut Bench, param, value| {
        bench.control.stream(StreamFrame::Param { node, param: ParamId(param), value });
        bench.block(&mut processor);
    };
    // Its hidden hand moves the gain to -6 dB, and it is elsewhere before that is looked at.
    stream(&mut bench, gain::WIGGLE, 1.0);
    stream(&mut bench, gain::GAIN, -20.0);
    bench.control.poll();
    assert_eq!(bench.kept(gain::GAIN), Some(-6.0));
    stream(&mut bench, gain::WIGGLE, 0.0);
    assert_eq!(bench.has(gain::GAIN), Some(-20.0));
    bench.undo();
    stream(&mut bench, gain::WIGGLE, 0.0);
    assert_eq!(bench.has(gain::GAIN), Some(0.0), "what it did not say it is told");
    bench.control.deactivate(processor);
}
