//! Plugins that break the rules, beside others in one engine: what the others play stays the same to the last bit, and what went
//! wrong is told.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "vst3/rig.rs"]
#[allow(dead_code, reason = "other programs use the rest")]
mod rig;

use std::ffi::CString;
use std::sync::{Arc, Mutex};
use std::{collections::HashMap, io};

use loophole_host::engine::{EngineController, EngineOptions};
use loophole_host::media::{BlobSource, ReadSeek};
use loophole_host::nested::{PluginLocator, PluginRequest, StaticEntry};
use loophole_host::{AudioConfig, EngineProcessor, EventList, Events, ProcessBlock, RenderMode};
use protocol::plan::{Connection, NodeKind, NodePlan, PortRef, Signal};
use protocol::telemetry::Fault;
use protocol::{
    BlobHash, EnginePlan, EntityId, NodeId, NodeRole, ParamId, PluginFormat, PluginRef, SampleRate,
    TelemetryFrame,
};
use test_units::plugins::{flood, nan, restless};

use rig::Bundle;

const FRAMES: usize = 60_000;

/// States of plugins, by the numbers that name them.
#[derive(Default)]
struct Blobs(Mutex<HashMap<BlobHash, Vec<u8>>>);

impl BlobSource for Blobs {
    fn open(&self, hash: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        let bytes = self.0.lock().unwrap().get(hash).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(io::Cursor::new(bytes)))
    }
}

fn id(number: u128, role: NodeRole) -> NodeId {
    NodeId { entity: EntityId(number), role }
}

const MISBEHAVING: u128 = 3;

fn node(id: NodeId, kind: NodeKind, params: &[(u32, f64)]) -> NodePlan {
    NodePlan {
        id,
        name: "Test".into(),
        kind,
        bypassed: false,
        params: params.iter().map(|&(param, value)| (ParamId(param), value)).collect(),
        automation: Vec::new(),
    }
}

fn clap(key: &str, state: Option<BlobHash>) -> NodeKind {
    let plugin = PluginRef { format: PluginFormat::Clap, id: format!("org.loophole.test.{key}") };
    NodeKind::Plugin { plugin, state, layout: None }
}

/// The host's input through a good plugin to the main output, and through the plugin in question to the second.
fn plan(bad_kind: NodeKind, params: &[(u32, f64)]) -> EnginePlan {
    let mut plan = EnginePlan::default();
    let part = plan.first_part_mut();
    let input = id(1, NodeRole::Input);
    let (good, bad) = (id(2, NodeRole::Device), id(MISBEHAVING, NodeRole::Device));
    let (main, second) = (id(4, NodeRole::Output), id(5, NodeRole::Output));
    part.nodes = vec![
        node(input, NodeKind::HostInput { bus: 0, channel: None }, &[]),
        node(good, clap("gain", None), &[(1, -3.0)]),
        node(bad, bad_kind, params),
        node(main, NodeKind::HostOutput { bus: 0 }, &[]),
        node(second, NodeKind::HostOutput { bus: 1 }, &[]),
    ];
    let cable = |from, to| Connection {
        signal: Signal::Audio,
        from: PortRef { node: from, port: 0 },
        to: PortRef { node: to, port: 0 },
    };
    part.connections = vec![cable(input, good), cable(good, main), cable(input, bad), cable(bad, second)];
    plan
}

/// What a run gave.
#[derive(Default)]
struct Heard {
    /// Left of the main output, as bits.
    main: Vec<u32>,
    /// Left of the second output, as bits.
    second: Vec<u32>,
    /// Whether the second output ever was no number.
    second_is_finite: bool,
    faults: Vec<Fault>,
    dropped: u32,
    log: Vec<String>,
    warnings: Vec<String>,
    /// What it asked for between two blocks, at most.
    requests: usize,
    /// What it asked for in all, but for words for the log.
    asked: Vec<PluginRequest>,
    /// What of the main output came after the others were delayed to match, in frames.
    latency: i64,
}

fn run(key: &str, params: &[(u32, f64)]) -> Heard {
    run_with(plan(clap(key, None), params), Arc::default(), PluginLocator::new())
}

/// Runs the VST3 plugin that breaks the rules in some way.
fn run_vst3(way: &str, state: Option<BlobHash>, blobs: Arc<Blobs>) -> Heard {
    let bundle = Bundle::new();
    let kind = NodeKind::Plugin { plugin: bundle.plugin(way), state, layout: None };
    run_with(plan(kind, &[]), blobs, bundle.locator)
}

fn run_with(plan: EnginePlan, blobs: Arc<Blobs>, mut locator: PluginLocator) -> Heard {
    // SAFETY: the test plugins guarantee their entry.
    #[expect(unsafe_code)]
    let entry = unsafe { StaticEntry::new(test_units::entry(), &CString::default()) };
    locator.add_static(&entry).unwrap();
    let mut controller = EngineController::new(EngineOptions::new(blobs, locator));
    let mut heard = Heard { second_is_finite: true, ..Heard::default() };
    let report = controller.apply(plan).unwrap();
    heard.warnings.extend(report.warnings.iter().map(|warning| format!("{warning:?}")));
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 256, mode: RenderMode::Offline };
    let mut processor = controller.activate(config).unwrap();
    let mut at = 0;
    while at < FRAMES {
        let frames = (1 + at * 7_919 % 256).min(FRAMES - at);
        block(&mut processor, at, frames, &mut heard);
        at += frames;
        let polled = controller.poll();
        heard.warnings.extend(polled.warnings.iter().map(|warning| format!("{warning:?}")));
        for frame in polled.telemetry {
            match frame {
                TelemetryFrame::Fault { node, fault } => {
                    assert_eq!(node.entity, EntityId(MISBEHAVING));
                    heard.faults.push(fault);
                }
                TelemetryFrame::Load { dropped_events, .. } => heard.dropped = dropped_events,
                _ => {}
            }
        }
        heard.requests = heard.requests.max(polled.requests.len());
        for (node, request) in polled.requests {
            assert_eq!(node.entity, EntityId(MISBEHAVING), "{request:?}");
            match request {
                PluginRequest::Log { text, .. } => heard.log.push(text),
                request => heard.asked.push(request),
            }
        }
    }
    heard.latency = controller.latency().0;
    controller.deactivate(processor);
    heard
}

fn block(processor: &mut EngineProcessor, at: usize, frames: usize, heard: &mut Heard) {
    let sample = |frame: usize| ((at + frame) as f32 * 0.05).sin() * 0.5;
    let input: Vec<f32> = (0..frames).map(sample).collect();
    let mut outputs = [const { Vec::new() }; 4];
    outputs.iter_mut().for_each(|channel| *channel = vec![0.0; frames]);
    let [left, right, second_left, second_right] = &mut outputs;
    processor.process(&mut ProcessBlock {
        frames,
        inputs: &[&input, &input],
        outputs: &mut [left, right, second_left, second_right],
        events_in: Events::EMPTY,
        events_out: &mut EventList::with_capacity(64),
        transport: None,
    });
    heard.main.extend(outputs[0].iter().map(|sample| sample.to_bits()));
    heard.second.extend(outputs[2].iter().map(|sample| sample.to_bits()));
    heard.second_is_finite &= outputs[2..].iter().flatten().all(|sample| sample.is_finite());
}

/// Sees to it that the others played what they play beside a plugin that behaves.
fn check(heard: Heard, what: &str) -> Heard {
    assert!(heard.second_is_finite, "{what} is heard");
    let expected = run("gain", &[]);
    assert!(heard.main == expected.main, "{what} changes what the others play");
    assert!(expected.faults.is_empty() && expected.log.is_empty() && expected.dropped == 0);
    heard
}

/// Runs a CLAP plugin that breaks the rules.
fn contained(key: &str, params: &[(u32, f64)]) -> Heard {
    check(run(key, params), &format!("{key} {params:?}"))
}

/// Runs a VST3 plugin that breaks the rules.
fn contained_vst3(way: &str) -> Heard {
    check(run_vst3(way, None, Arc::default()), way)
}

impl Heard {
    /// How often the log says something.
    fn told(&self, words: &str) -> usize {
        self.log.iter().filter(|line| line.contains(words)).count()
    }
}

#[test]
fn samples_that_are_none_and_blocks_that_fail_are_faults() {
    for (mode, fault) in [(1.0, Fault::NotFinite), (2.0, Fault::NotFinite), (4.0, Fault::Failed)] {
        let heard = contained("nan", &[(nan::MODE, mode)]);
        // Once, not for every block.
        assert_eq!(heard.faults, [fault], "mode {mode}");
    }
    // Denormals are no fault; what is not written is not known to us.
    for mode in [3.0, 5.0] {
        assert_eq!(contained("nan", &[(nan::MODE, mode)]).faults, [], "mode {mode}");
    }
}

#[test]
fn calls_from_a_wrong_thread_are_logged() {
    let heard = contained("wrong-thread", &[]);
    assert!(heard.log.iter().any(|line| line.contains("latency.changed")), "{:?}", heard.log);
}

#[test]
fn floods_of_events_out_of_order_and_beyond_the_block_are_counted() {
    let heard = contained("flood", &[(flood::EVENTS, 5_000.0)]);
    assert!(heard.dropped > 1_000, "{} dropped", heard.dropped);
}

#[test]
fn storms_of_requests_come_to_one_each() {
    let heard = contained("restless", &[(restless::MODE, restless::PARAMS)]);
    // It asks a hundred times between two blocks.
    let told = |request| heard.asked.iter().filter(|asked| **asked == request).count();
    assert!(told(PluginRequest::ParamsChanged) > 100, "{}", heard.asked.len());
    assert!(heard.requests <= 2, "{}", heard.requests);
    // There is no window that could have another size.
    let heard = contained("restless", &[(restless::MODE, restless::RESIZE)]);
    assert_eq!((heard.requests, heard.asked), (0, Vec::new()));
}

#[test]
fn a_flood_of_log_lines_is_cut_and_said_to_be() {
    let heard = contained("restless", &[(restless::MODE, restless::LOG)]);
    assert!(heard.log.iter().any(|line| line.contains("were dropped")), "{:?}", &heard.log[..2]);
}

#[test]
fn a_plugin_that_wants_to_be_restarted_all_the_time_leaves_the_others_alone() {
    for mode in [restless::RESTART, restless::PORTS] {
        let heard = contained("restless", &[(restless::MODE, mode)]);
        assert!(heard.faults.is_empty(), "mode {mode}: {:?}", heard.faults);
        assert_eq!(heard.told("over and over"), 1, "mode {mode}: {:?}", heard.log);
    }
}

#[test]
fn a_latency_that_cannot_be_is_not_waited_for_and_told() {
    let heard = contained("restless", &[(restless::MODE, restless::LATENCY)]);
    assert_eq!(heard.latency, 0);
    assert_eq!(heard.told("latency"), 1, "{:?}", heard.log);
}

#[test]
fn slow_activation_is_told() {
    let heard = contained("slow", &[]);
    assert!(heard.log.iter().any(|line| line.contains("activated")), "{:?}", heard.log);
}

#[test]
fn a_plugin_that_refuses_to_be_activated_is_passed_by() {
    let heard = contained("refuse", &[]);
    assert!(heard.warnings.iter().any(|warning| warning.contains("PluginStart")), "{:?}", heard.warnings);
}

#[test]
fn a_state_that_cannot_be_loaded_is_told_and_the_plugin_plays_without() {
    let blobs = Arc::new(Blobs::default());
    let hash = BlobHash([7; 32]);
    blobs.0.lock().unwrap().insert(hash, b"anything".to_vec());
    let heard = run_with(plan(clap("bad-state", Some(hash)), &[]), blobs, PluginLocator::new());
    assert!(heard.warnings.iter().any(|warning| warning.contains("State")), "{:?}", heard.warnings);
    assert!(heard.main == run("gain", &[]).main);
}

#[test]
fn vst3_samples_that_are_none_and_blocks_that_fail_are_faults() {
    for (way, fault) in [("Nan", Fault::NotFinite), ("Fails", Fault::Failed)] {
        assert_eq!(contained_vst3(way).faults, [fault], "{way}");
    }
    // It writes into its inputs, which others read, too.
    for way in ["Denormal", "Unwritten", "Flags", "Nothing To Do", "Scribble"] {
        assert_eq!(contained_vst3(way).faults, [], "{way}");
    }
}

/// One after the other, each the only one that hears the one before; the first shares its input with a good one.
#[test]
fn vst3_effects_that_spoil_their_inputs_spoil_nobody_elses() {
    let bundle = Bundle::new();
    let kind = NodeKind::Plugin { plugin: bundle.plugin("Scribbler"), state: None, layout: None };
    let mut plan = plan(kind.clone(), &[]);
    let part = plan.first_part_mut();
    let (bad, last) = (id(MISBEHAVING, NodeRole::Device), id(MISBEHAVING, NodeRole::Strip));
    part.nodes.push(node(last, kind, &[]));
    let cable = |from, to, port| Connection {
        signal: Signal::Audio,
        from: PortRef { node: from, port: 0 },
        to: PortRef { node: to, port },
    };
    part.connections.pop();
    part.connections.extend([cable(bad, last, 0), cable(last, id(5, NodeRole::Output), 0)]);
    let heard = run_with(plan, Arc::default(), bundle.locator);
    assert_eq!(heard.faults, []);
    assert!(heard.second_is_finite);
    assert!(heard.main == run("gain", &[]).main);
    let sample = |at: usize| ((at as f32 * 0.05).sin() * 0.5) * 0.25;
    assert!((0..FRAMES).all(|at| heard.second[at] == sample(at).to_bits()));
}

#[test]
fn vst3_calls_from_a_wrong_thread_are_logged() {
    let heard = contained_vst3("Wrong Thread");
    assert!(heard.told("performEdit") > 0, "{:?}", heard.log);
}

#[test]
fn vst3_floods_and_events_that_cannot_be_are_counted_or_left_out() {
    let heard = contained_vst3("Flood");
    assert!(heard.told("dropped") > 0, "{:?}", heard.log);
    assert_eq!(contained_vst3("Wild Notes").dropped, 0);
}

#[test]
fn vst3_storms_of_requests_come_to_one_each() {
    let heard = contained_vst3("Params");
    let told = |request| heard.asked.iter().filter(|asked| **asked == request).count();
    assert!(told(PluginRequest::ParamsChanged) > 10, "{:?}", heard.asked.len());
    assert!(heard.requests <= 2, "{}", heard.requests);
}

#[test]
fn vst3_plugins_that_want_to_be_restarted_all_the_time_leave_the_others_alone() {
    for way in ["Restart", "Ports"] {
        let heard = contained_vst3(way);
        assert!(heard.faults.is_empty(), "{way}: {:?}", heard.faults);
        assert_eq!(heard.told("over and over"), 1, "{way}: {:?}", heard.log);
    }
}

#[test]
fn vst3_latencies_that_cannot_be_are_not_waited_for_and_others_are_in_the_end() {
    let heard = contained_vst3("Latency");
    assert_eq!((heard.latency, heard.told("latency")), (0, 1), "{:?}", heard.log);
    // Another one a hundred times a block, which is the same after each: that is no news after the first restart in vain.
    let heard = run_vst3("Latency Storm", None, Arc::default());
    assert_eq!(heard.told("over and over"), 0, "{:?}", heard.log);
    assert!(heard.latency > 0 && heard.second_is_finite);
    let (expected, late) = (run("gain", &[]), usize::try_from(heard.latency).unwrap());
    let end = FRAMES - 5_000;
    assert!(heard.main[end..] == expected.main[end - late..FRAMES - late]);
}

#[test]
fn vst3_slow_activation_is_told() {
    assert_eq!(contained_vst3("Slow").told("activated"), 1);
}

#[test]
fn vst3_plugins_that_cannot_be_activated_are_passed_by() {
    for (way, why) in [("Refuses", "Refused"), ("Huge Bus", "Refused"), ("Double", "DoubleOnly")] {
        let heard = contained_vst3(way);
        let told = |warning: &String| warning.contains("PluginStart") && warning.contains(why);
        assert!(heard.warnings.iter().any(told), "{way}: {:?}", heard.warnings);
    }
}

#[test]
fn a_vst3_state_that_cannot_be_loaded_is_told_and_the_plugin_plays_without() {
    // A preset of this class, as another version of it may have written it.
    let state = rig::Bundle::new().load("Quiet").save_state().unwrap().unwrap();
    let blobs = Arc::new(Blobs::default());
    for (number, bytes) in (0..).zip([b"anything".to_vec(), state]) {
        let hash = BlobHash([number; 32]);
        blobs.0.lock().unwrap().insert(hash, bytes);
        let heard = check(run_vst3("Bad State", Some(hash), blobs.clone()), "Bad State");
        assert!(heard.warnings.iter().any(|warning| warning.contains("State")), "{:?}", heard.warnings);
    }
}
