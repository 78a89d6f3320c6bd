//! Plugins that break the rules, beside others in one engine: what the others play stays the same to the last bit, and what went
//! wrong is told.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::ffi::CString;
use std::sync::{Arc, Mutex};
use std::{collections::HashMap, io};

use loophole_host::engine::{EngineController, EngineOptions};
use loophole_host::media::{BlobSource, ReadSeek};
use loophole_host::nested::{PluginLocator, PluginRequest, StaticEntry};
use loophole_host::{
    AudioConfig, EngineProcessor, EventList, Events, ProcessBlock, RenderMode, StereoIn, StereoOut,
};
use protocol::plan::{Connection, NodeKind, NodePlan, PortRef, Signal};
use protocol::telemetry::Fault;
use protocol::{
    BlobHash, EnginePlan, EntityId, NodeId, NodeRole, ParamId, PluginFormat, PluginRef, SampleRate,
    TelemetryFrame,
};
use test_units::plugins::{flood, nan, restless};

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

fn plugin(key: &str, state: Option<BlobHash>) -> NodeKind {
    let plugin = PluginRef { format: PluginFormat::Clap, id: format!("org.loophole.test.{key}") };
    NodeKind::Plugin { plugin, state }
}

/// The host's input through a good plugin to the main output, and through the plugin in question to the second.
fn plan(key: &str, params: &[(u32, f64)], state: Option<BlobHash>) -> EnginePlan {
    let mut plan = EnginePlan::default();
    let part = plan.first_part_mut();
    let input = id(1, NodeRole::Input);
    let (good, bad) = (id(2, NodeRole::Device), id(MISBEHAVING, NodeRole::Device));
    let (main, second) = (id(4, NodeRole::Output), id(5, NodeRole::Output));
    part.nodes = vec![
        node(input, NodeKind::HostInput { bus: 0 }, &[]),
        node(good, plugin("gain", None), &[(1, -3.0)]),
        node(bad, plugin(key, state), params),
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
    /// Whether the second output ever was no number.
    second_is_finite: bool,
    faults: Vec<Fault>,
    dropped: u32,
    log: Vec<String>,
    warnings: Vec<String>,
    requests: usize,
    /// What of the main output came after the others were delayed to match, in frames.
    latency: i64,
}

fn run(key: &str, params: &[(u32, f64)]) -> Heard {
    run_with(plan(key, params, None), Arc::new(Blobs::default()))
}

fn run_with(plan: EnginePlan, blobs: Arc<Blobs>) -> Heard {
    // SAFETY: the test plugins guarantee their entry.
    #[expect(unsafe_code)]
    let entry = unsafe { StaticEntry::new(test_units::entry(), &CString::default()) };
    let mut locator = PluginLocator::new();
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
        for (node, request) in polled.requests {
            assert_eq!(node.entity, EntityId(MISBEHAVING), "{request:?}");
            heard.requests += 1;
            if let PluginRequest::Log { text, .. } = request {
                heard.log.push(text);
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
        inputs: &[StereoIn { left: &input, right: &input }],
        outputs: &mut [StereoOut { left, right }, StereoOut { left: second_left, right: second_right }],
        events_in: Events::EMPTY,
        events_out: &mut EventList::with_capacity(64),
        transport: None,
    });
    heard.main.extend(outputs[0].iter().map(|sample| sample.to_bits()));
    heard.second_is_finite &= outputs[2..].iter().flatten().all(|sample| sample.is_finite());
}

/// Runs a plugin, and sees to it that the others play what they play beside a plugin that behaves.
fn contained(key: &str, params: &[(u32, f64)]) -> Heard {
    let heard = run(key, params);
    assert!(heard.second_is_finite, "{key} {params:?} is heard");
    let expected = run("gain", &[]);
    assert!(heard.main == expected.main, "{key} {params:?} changes what the others play");
    assert!(expected.faults.is_empty() && expected.log.is_empty() && expected.dropped == 0);
    heard
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
    for mode in [restless::PARAMS, restless::RESIZE] {
        let heard = contained("restless", &[(restless::MODE, mode)]);
        // A few for each of some five hundred blocks, of a hundred times as many.
        assert!(heard.requests < 3_000, "mode {mode}: {}", heard.requests);
    }
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
        let told = heard.log.iter().filter(|line| line.contains("over and over")).count();
        assert_eq!(told, 1, "mode {mode}: {:?}", heard.log);
    }
}

#[test]
fn a_latency_that_cannot_be_is_not_waited_for_and_told() {
    let heard = contained("restless", &[(restless::MODE, restless::LATENCY)]);
    assert_eq!(heard.latency, 0);
    let told = heard.log.iter().filter(|line| line.contains("latency")).count();
    assert_eq!(told, 1, "{:?}", heard.log);
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
    let heard = run_with(plan("bad-state", &[], Some(hash)), blobs);
    assert!(heard.warnings.iter().any(|warning| warning.contains("State")), "{:?}", heard.warnings);
    assert!(heard.main == run("gain", &[]).main);
}
