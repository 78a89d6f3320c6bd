//! What the engine tells plugins of the cables and the track around them, and automation of them.

use std::io;
use std::sync::Arc;

use loophole_host::engine::{EngineController, EngineOptions};
use loophole_host::media::{BlobSource, ReadSeek};
use loophole_host::{AudioConfig, EngineProcessor, EventList, Events, ProcessBlock, RenderMode};
use loophole_test_vst3::probe;
use loophole_test_vst3::rogue::{ASKED, GAIN, SEEN};
use protocol::control::TransportCommand;
use protocol::plan::{AutomationPlan, Connection, NodeKind, NodePlan, PortRef, Signal};
use protocol::{
    Beats, BlobHash, Curve, EnginePlan, EntityId, NodeId, NodeRole, ParamId, Point, SampleRate,
    TelemetryFrame, TempoMap,
};

use crate::rig::Bundle;

struct NoBlobs;

impl BlobSource for NoBlobs {
    fn open(&self, _: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

const fn id(number: u128, role: NodeRole) -> NodeId {
    NodeId { entity: EntityId(number), role }
}

const INPUT: NodeId = id(1, NodeRole::Input);
const PLUGIN: NodeId = id(2, NodeRole::Device);
const OUTPUT: NodeId = id(3, NodeRole::Output);

/// The host's input through a plugin to the output, and to another input of it.
fn plan(kind: NodeKind, side: Option<u16>) -> EnginePlan {
    let node = |id, kind| NodePlan {
        id,
        name: "Test".into(),
        kind,
        bypassed: false,
        params: std::collections::BTreeMap::new(),
        automation: Vec::new(),
    };
    let mut plan = EnginePlan::default();
    let part = plan.first_part_mut();
    part.nodes = vec![
        node(INPUT, NodeKind::HostInput { bus: 0, channel: None }),
        node(PLUGIN, kind),
        node(OUTPUT, NodeKind::HostOutput { bus: 0 }),
    ];
    let cable = |from, to, port| Connection {
        signal: Signal::Audio,
        from: PortRef { node: from, port: 0 },
        to: PortRef { node: to, port },
    };
    part.connections = vec![cable(INPUT, PLUGIN, 0), cable(PLUGIN, OUTPUT, 0)];
    part.connections.extend(side.map(|port| cable(INPUT, PLUGIN, port)));
    plan
}

/// Plays silence for half a second; gives what was told.
fn play(controller: &mut EngineController, processor: &mut EngineProcessor) -> Vec<TelemetryFrame> {
    let mut told = Vec::new();
    for _ in 0..100 {
        let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
        processor.process(&mut ProcessBlock {
            frames: 256,
            inputs: &[&[0.0; 256], &[0.0; 256]],
            outputs: &mut [&mut left, &mut right],
            events_in: Events::EMPTY,
            events_out: &mut EventList::with_capacity(64),
            transport: None,
        });
        told.append(&mut controller.poll().telemetry);
    }
    told
}

#[test]
fn a_plugin_hears_that_a_bus_has_no_cable_and_when_it_gets_one() {
    let bundle = Bundle::new();
    let kind = NodeKind::Plugin { plugin: bundle.plugin("Side"), state: None, layout: None };
    let mut controller = EngineController::new(EngineOptions::new(Arc::new(NoBlobs), bundle.locator));
    let is_off = |controller: &mut EngineController| {
        controller.plugin(PLUGIN).unwrap().param_value(ParamId(SEEN)).unwrap() == 1.0
    };
    controller.apply(plan(kind.clone(), None)).unwrap();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 256, mode: RenderMode::Offline };
    let mut processor = controller.activate(config).unwrap();
    play(&mut controller, &mut processor);
    assert!(is_off(&mut controller));
    controller.apply(plan(kind.clone(), Some(1))).unwrap();
    play(&mut controller, &mut processor);
    assert!(!is_off(&mut controller), "it is restarted for this");
    controller.apply(plan(kind, None)).unwrap();
    play(&mut controller, &mut processor);
    assert!(!is_off(&mut controller), "and not for this");
    controller.deactivate(processor);
    let processor = controller.activate(config).unwrap();
    assert!(is_off(&mut controller));
    controller.deactivate(processor);
}

#[test]
fn a_hand_on_a_plugin_at_rest_is_heard_and_told() {
    let bundle = Bundle::new();
    let kind = NodeKind::Plugin { plugin: bundle.plugin("Own Thread"), state: None, layout: None };
    let mut controller = EngineController::new(EngineOptions::new(Arc::new(NoBlobs), bundle.locator));
    controller.apply(plan(kind, None)).unwrap();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 256, mode: RenderMode::Realtime };
    let mut processor = controller.activate(config).unwrap();
    let blocks = |controller: &mut EngineController| {
        controller.plugin(PLUGIN).unwrap().param_value(ParamId(ASKED)).unwrap()
    };
    play(&mut controller, &mut processor);
    let before = blocks(&mut controller);
    play(&mut controller, &mut processor);
    assert_eq!(blocks(&mut controller), before, "it is asleep");
    controller.plugin(PLUGIN).unwrap().set_param(ParamId(GAIN), 0.75);
    let told = play(&mut controller, &mut processor);
    let moved = |frame: &TelemetryFrame| matches!(frame, TelemetryFrame::ParamMoved { node: PLUGIN, param: ParamId(GAIN), value, .. } if *value == 0.25);
    assert!(told.iter().any(moved), "{told:?}");
    controller.deactivate(processor);
}

#[test]
fn a_plugin_that_can_be_as_wide_as_its_track_is() {
    let bundle = Bundle::new();
    let plugin = bundle.load("Mono");
    assert_eq!((plugin.ports().audio_in.channels(0), plugin.ports().audio_out.channels(0)), (2, 2));
}

/// What a lane says at a frame: held, then a line.
fn line_at(frame: u32) -> f64 {
    match frame {
        ..12_000 => 1.0,
        12_000..18_000 => 0.5,
        18_000..24_000 => 0.25 + 0.75 * f64::from(frame - 18_000) / 6_000.0,
        _ => 1.0,
    }
}

/// Plays a plugin whose gain has that lane, and calls `check` with the length of the blocks, the frame in the song, whether it
/// is the last of its block, and the gain that is heard.
fn play_lane(name: &str, check: impl Fn(usize, u32, bool, f64)) {
    let bundle = Bundle::new();
    let mut plan = plan(NodeKind::Plugin { plugin: bundle.plugin(name), state: None, layout: None }, None);
    plan.tempo = TempoMap::constant(120.0);
    let point = |beat, value, curve| Point { at: Beats::from_beats(beat), value, curve };
    let points = vec![
        point(0.0, 1.0, Curve::Hold),
        point(0.5, 0.5, Curve::Hold),
        point(0.75, 0.25, Curve::Linear),
        point(1.0, 1.0, Curve::Hold),
    ];
    let part = plan.first_part_mut();
    part.nodes[1].automation.push(AutomationPlan { param: ParamId(probe::GAIN), points: points.into() });
    for block in [1_usize, 17, 64, 1_000] {
        let mut controller =
            EngineController::new(EngineOptions::new(Arc::new(NoBlobs), bundle.locator.clone()));
        controller.apply(plan.clone()).unwrap();
        controller.transport(TransportCommand::Play);
        let mode = RenderMode::Offline;
        let config = AudioConfig { rate: SampleRate(48_000.0), max_block: block, mode };
        let mut processor = controller.activate(config).unwrap();
        let ones = vec![1.0; block];
        let (mut left, mut right) = (vec![0.0; block], vec![0.0; block]);
        let mut at = 0_u32;
        while at < 25_000 {
            processor.process(&mut ProcessBlock {
                frames: block,
                inputs: &[&ones, &ones],
                outputs: &mut [&mut left, &mut right],
                events_in: Events::EMPTY,
                events_out: &mut EventList::with_capacity(64),
                transport: None,
            });
            for (index, sample) in left.iter().enumerate() {
                check(block, at, index + 1 == block, f64::from(*sample));
                at += 1;
            }
        }
        controller.deactivate(processor);
    }
}

#[test]
fn automation_is_heard_on_its_exact_frames_whatever_the_blocks() {
    play_lane("Probe", |block, at, is_last, heard| {
        // It draws no lines, and is told where they are every 32 frames, and where blocks end.
        let block_len = u32::try_from(block).unwrap();
        let told =
            if is_last { at } else { (at / 32 * 32).max((at / block_len * block_len).saturating_sub(1)) };
        let expected = if (18_000..24_000).contains(&at) { line_at(told.max(18_000)) } else { line_at(at) };
        assert!((heard - expected).abs() < 1e-6, "blocks of {block}, frame {at}: {heard}");
    });
}

#[test]
fn a_ramp_through_a_plugin_that_draws_lines_is_that_ramp_whatever_the_blocks() {
    play_lane("Lines", |block, at, _, heard| {
        assert!((heard - line_at(at)).abs() < 1e-6, "blocks of {block}, frame {at}: {heard}");
    });
}

#[test]
fn a_latency_that_is_no_news_takes_no_restart_after_the_first() {
    let bundle = Bundle::new();
    let kind = NodeKind::Plugin { plugin: bundle.plugin("Latency Echo"), state: None, layout: None };
    let mut controller = EngineController::new(EngineOptions::new(Arc::new(NoBlobs), bundle.locator));
    controller.apply(plan(kind, None)).unwrap();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 256, mode: RenderMode::Realtime };
    let mut processor = controller.activate(config).unwrap();
    for _ in 0..5 {
        play(&mut controller, &mut processor);
    }
    let activations = controller.plugin(PLUGIN).unwrap().param_value(ParamId(SEEN)).unwrap() * 100.0;
    assert!(activations < 2.5, "{activations}");
    controller.deactivate(processor);
}

#[test]
fn a_sequencer_that_begins_later_than_playback_is_heard() {
    let bundle = Bundle::new();
    let kind = NodeKind::Plugin { plugin: bundle.plugin("Sequencer"), state: None, layout: None };
    let mut controller = EngineController::new(EngineOptions::new(Arc::new(NoBlobs), bundle.locator));
    controller.apply(plan(kind, None)).unwrap();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 256, mode: RenderMode::Realtime };
    let mut processor = controller.activate(config).unwrap();
    play(&mut controller, &mut processor);
    controller.transport(TransportCommand::Play);
    let mut heard = 0.0_f32;
    for _ in 0..100 {
        let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
        processor.process(&mut ProcessBlock {
            frames: 256,
            inputs: &[&[0.0; 256], &[0.0; 256]],
            outputs: &mut [&mut left, &mut right],
            events_in: Events::EMPTY,
            events_out: &mut EventList::with_capacity(64),
            transport: None,
        });
        heard = left.iter().fold(heard, |heard, sample| heard.max(*sample));
    }
    assert_eq!(heard, 0.5);
    controller.deactivate(processor);
}
