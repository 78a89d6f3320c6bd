//! What hands write plays back on the frames at which it was heard, alone and within a host.

use std::time::{Duration, Instant};

use editor::PluginParams;
use host::{AudioConfig, EngineProcessor, HostTransport, RenderMode};
use model::media::FloatWav;
use model::{ClipId, DeviceId, LaneId, LaneMode, TrackId, TrackKind, edit};
use protocol::control::TransportCommand;
use protocol::device::strip;
use protocol::{
    Beats, Command, Curve, NodeId, NodeRole, ParamId, PluginFormat, PluginRef, Point, SampleRate, StreamFrame,
};

use test_units::plugins::studio;

use super::super::*;
use super::id;
use super::plugins::test_plugins;

const RATE: f64 = 48_000.0;
const BLOCK: usize = 96;

/// Ones on a track, whose volume has a lane that can be written, and the audio half, driven by hand.
struct Desk {
    instance: Instance,
    engine: Option<EngineProcessor>,
    track: TrackId,
    lane: LaneId,
    /// The tempo of the host that is followed, if one is.
    host_bpm: Option<f64>,
    host_frame: u32,
    host_plays: bool,
    /// The left side of all that was heard since playback began.
    heard: Vec<f32>,
}

/// Four seconds, as a file.
fn ones() -> Vec<u8> {
    let (mut wav, second) = (FloatWav::new(48_000), [1.0; 48_000]);
    (0..4).for_each(|_| wav.push(&second, &second).expect("it is short"));
    wav.finish()
}

impl Desk {
    fn new(mode: LaneMode, host_bpm: Option<f64>) -> Self {
        let locator = test_plugins();
        let instance =
            Instance::new(InstanceOptions { starter: Starter::Empty, locator, ..Default::default() });
        let (track, clip, lane) = (TrackId(id()), ClipId(id()), LaneId(id()));
        let media = instance.published().blobs().put(ones());
        let edits = vec![
            edit::track::create(track, TrackKind::Audio, "Ones"),
            edit::clip::create_audio(clip, track, Beats::ZERO, Beats::whole(64), media),
            edit::lane::create(lane, track, "volume_db"),
            edit::lane::set_mode(lane, mode),
        ];
        instance.call(Command::Commit { name: "Arm".into(), edits }).expect("legal edits");
        let config = AudioConfig { rate: SampleRate(RATE), max_block: BLOCK, mode: RenderMode::Offline };
        let engine = Some(instance.activate(config).expect("nothing else runs"));
        let mut desk = Self {
            instance,
            engine,
            track,
            lane,
            host_bpm,
            host_frame: 0,
            host_plays: false,
            heard: Vec::new(),
        };
        desk.run(4);
        desk
    }

    fn node(&self) -> (NodeId, ParamId) {
        (NodeId { entity: self.track.0, role: NodeRole::Strip }, strip::VOLUME_DB)
    }

    fn points(&self) -> Vec<Point> {
        let project = self.instance.project();
        project.lane(self.lane).expect("there").points().into_iter().map(|(_, point)| point).collect()
    }

    fn run(&mut self, blocks: usize) {
        for _ in 0..blocks {
            let transport = self.host_bpm.map(|bpm| HostTransport {
                playing: self.host_plays,
                beats: Some(f64::from(self.host_frame) / RATE * bpm / 60.0),
                bpm: Some(bpm),
                ..HostTransport::default()
            });
            let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
            self.engine.as_mut().expect("it runs").process(&mut host::ProcessBlock {
                frames: BLOCK,
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                events_in: host::Events::EMPTY,
                events_out: &mut host::EventList::default(),
                transport,
            });
            if self.host_plays {
                self.host_frame += u32::try_from(BLOCK).expect("a block");
            }
            self.heard.extend(left);
        }
    }

    /// Runs until the control thread has come so far.
    fn run_until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_so(self) {
            assert!(Instant::now() < deadline, "it never comes");
            self.run(1);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn play(&mut self) {
        self.transport(TransportCommand::Locate { to: Beats::ZERO });
        (self.host_frame, self.host_plays) = (0, true);
        self.transport(TransportCommand::Play);
        self.heard.clear();
        self.run(1);
        // The first of the fade from what stood before.
        self.run_until(|desk| desk.instance.published().telemetry().playing);
    }

    fn stop(&mut self) {
        self.transport(TransportCommand::Stop);
        self.host_plays = false;
        self.run_until(|desk| !desk.instance.published().telemetry().playing);
    }

    /// The outer host moves its own.
    fn transport(&self, command: TransportCommand) {
        if self.host_bpm.is_none() {
            self.instance.call(Command::Transport(command)).expect("always");
        }
    }

    fn touch(&self) {
        let (node, param) = self.node();
        self.instance.call(Command::GestureBegin { node, param }).expect("a hand");
    }

    fn hand(&self, value: f64) {
        let (node, param) = self.node();
        self.instance.stream(StreamFrame::Param { node, param, value });
        // What is sent after it has an answer: then it is there, too.
        self.instance.call(Command::Learn { slot: None }).expect("always");
    }

    fn let_go(&self) {
        let (node, param) = self.node();
        self.instance.call(Command::GestureEnd { node, param }).expect("it lets go");
    }

    /// Where the level first leaves another, from a frame on.
    fn leaves(&self, level: f32, from: usize) -> usize {
        let left = |sample: &f32| (sample - level).abs() > 1e-4;
        from + self.heard[from..].iter().position(left).expect("it is moved")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            self.instance.deactivate(engine);
        }
    }
}

fn gain(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

/// A tick is some frames long, and a fader's line begins with its next frame.
const NEAR: usize = 3;

#[track_caller]
fn assert_near(a: usize, b: usize) {
    assert!(a.abs_diff(b) <= NEAR, "{a} and {b} are too far apart");
}

/// A place is that of a frame at 120 bpm, to two ticks.
#[track_caller]
fn assert_at(at: Beats, frame: usize) {
    #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
    let expected = Beats::from_beats(frame as f64 / RATE * 2.0);
    assert!((at.0 - expected.0).abs() <= 2, "{at:?} for {expected:?}");
}

fn hand_is_repeated(host_bpm: Option<f64>) {
    let mut desk = Desk::new(LaneMode::Touch, host_bpm);
    let start = Point { at: Beats::ZERO, value: 0.0, curve: Curve::Hold };
    let edits = vec![edit::lane::set_point(desk.lane, 1, start)];
    desk.instance.call(Command::Commit { name: "Start".into(), edits }).expect("legal edits");
    desk.play();
    desk.run(41);
    desk.touch();
    desk.run(97);
    desk.hand(-12.0);
    desk.run(153);
    desk.hand(-30.0);
    desk.run(60);
    desk.let_go();
    desk.run_until(|desk| desk.points().len() > 1);
    desk.run(50);
    desk.stop();
    let (first, second) = (desk.leaves(1.0, 0), 0);
    let second = second.max(desk.leaves(gain(-12.0), first + 1_000));
    desk.play();
    desk.run(500);
    desk.stop();
    assert_near(desk.leaves(1.0, 0), first);
    assert_near(desk.leaves(gain(-12.0), first + 1_000), second);
    let back = desk.leaves(gain(-30.0), second + 1_000);
    assert_near(back, second / BLOCK * BLOCK + 60 * BLOCK);
}

#[test]
fn a_touched_lane_plays_back_on_the_frames_at_which_the_hand_was_heard() {
    hand_is_repeated(None);
}

#[test]
fn so_it_does_within_a_host_whose_tempo_is_another() {
    hand_is_repeated(Some(93.0));
}

#[test]
fn a_latched_lane_is_written_to_the_frame_at_which_playback_stops() {
    let mut desk = Desk::new(LaneMode::Latch, None);
    desk.play();
    desk.run(30);
    desk.touch();
    desk.hand(-12.0);
    desk.run(10);
    desk.let_go();
    desk.run(300);
    desk.transport(TransportCommand::Stop);
    desk.transport(TransportCommand::Locate { to: Beats::whole(20) });
    let stopped = desk.heard.len();
    desk.run_until(|desk| !desk.points().is_empty());
    assert_at(desk.points().last().expect("written").at, stopped);
}

#[test]
fn a_latched_lane_is_written_to_where_the_engine_is_stopped() {
    let mut desk = Desk::new(LaneMode::Latch, None);
    desk.play();
    desk.run(30);
    desk.touch();
    desk.hand(-12.0);
    desk.run(300);
    let engine = desk.engine.take().expect("it runs");
    desk.instance.deactivate(engine);
    // What is sent after it has an answer: then it is stopped.
    desk.instance.call(Command::Learn { slot: None }).expect("always");
    assert_at(desk.points().last().expect("written").at, desk.heard.len());
}

#[test]
fn a_hand_that_is_back_before_it_was_told_that_it_had_let_go_goes_on_writing() {
    let mut desk = Desk::new(LaneMode::Touch, None);
    desk.play();
    desk.run(30);
    desk.touch();
    desk.hand(-12.0);
    desk.run(50);
    desk.let_go();
    desk.touch();
    desk.hand(-30.0);
    desk.run(200);
    // Longer than it is waited for a hand that let go.
    std::thread::sleep(Duration::from_millis(50));
    desk.run(50);
    assert_eq!(desk.points(), [], "it is still written");
    desk.let_go();
    desk.run_until(|desk| !desk.points().is_empty());
    let points = desk.points();
    assert!(points.iter().any(|point| (point.value + 30.0).abs() < 0.1), "{points:?}");
}

#[test]
fn a_written_lane_is_written_from_the_start_to_the_stop() {
    let mut desk = Desk::new(LaneMode::Write, None);
    desk.play();
    desk.run(40);
    desk.hand(-12.0);
    desk.run(300);
    desk.stop();
    let first = desk.leaves(1.0, 0);
    desk.run_until(|desk| !desk.points().is_empty());
    assert_eq!(desk.points().first().map(|point| point.at), Some(Beats::ZERO));
    let edits = vec![edit::lane::set_mode(desk.lane, LaneMode::Read)];
    desk.instance.call(Command::Commit { name: "Disarm".into(), edits }).expect("legal");
    desk.play();
    desk.run(400);
    assert_near(desk.leaves(1.0, 0), first);
}

#[test]
fn a_loop_begins_another_pass_at_its_exact_ends() {
    let mut desk = Desk::new(LaneMode::Latch, None);
    let root = desk.instance.project().root().id();
    let edits = vec![
        edit::root::set_loop_start(root, Beats::whole(1)),
        edit::root::set_loop_end(root, Beats::whole(2)),
        edit::root::set_loop_on(root, true),
    ];
    desk.instance.call(Command::Commit { name: "Loop".into(), edits }).expect("legal");
    desk.play();
    // Half a beat into the loop.
    desk.run(375 - desk.heard.len() / BLOCK);
    desk.touch();
    desk.hand(-12.0);
    desk.run(200);
    desk.stop();
    desk.run_until(|desk| !desk.points().is_empty());
    let points = desk.points();
    let is_at = |at: Beats| points.iter().any(|point| point.at == at);
    assert!(is_at(Beats::whole(1)) && is_at(Beats::whole(2)), "{points:?}");
    // What came before the pass holds up to it.
    let within = Beats::whole(1) - Beats(1)..=Beats::whole(2);
    assert!(points.iter().all(|point| within.contains(&point.at)), "{points:?}");
    assert!(points.iter().all(|point| point.value == -12.0), "{points:?}");
}

#[test]
fn a_plugin_shows_that_a_lane_is_written_and_that_a_hand_holds_against_it() {
    let mut desk = Desk::new(LaneMode::Touch, None);
    let (device, lane) = (DeviceId(id()), LaneId(id()));
    let plugin = PluginRef { format: PluginFormat::Clap, id: "org.loophole.test.studio".into() };
    let key = studio::LEVEL.to_string();
    let point = |beat, value| Point { at: Beats::whole(beat), value, curve: Curve::Hold };
    let edits = vec![
        edit::device::create_plugin(device, desk.track, &plugin, "Studio", 0.0),
        edit::lane::create(lane, device, &key),
        edit::lane::set_mode(lane, LaneMode::Read),
        edit::lane::set_point(lane, 1, point(0, 0.25)),
    ];
    desk.instance.call(Command::Commit { name: "Plugin".into(), edits }).expect("legal edits");
    let (node, param) = (NodeId { entity: device.0, role: NodeRole::Device }, ParamId(studio::LEVEL));
    let shows = |state| {
        move |desk: &Desk| {
            let known = desk.instance.published().params();
            known.value(device.0, ParamId(studio::AUTOMATION)) == Some(state)
        }
    };
    let gesture = |desk: &Desk, command| desk.instance.call(command).expect("a hand");
    desk.run_until(shows(2.0));
    gesture(&desk, Command::GestureBegin { node, param });
    desk.run(100);
    assert!(shows(2.0)(&desk), "while playback stands a hand is in nobody's way");
    desk.play();
    desk.run_until(shows(4.0));
    gesture(&desk, Command::GestureEnd { node, param });
    desk.run_until(shows(2.0));
    let edits = vec![edit::lane::set_mode(lane, LaneMode::Latch)];
    desk.instance.call(Command::Commit { name: "Arm".into(), edits }).expect("legal edits");
    gesture(&desk, Command::GestureBegin { node, param });
    desk.instance.stream(StreamFrame::Param { node, param, value: 0.75 });
    desk.run_until(shows(3.0));
    gesture(&desk, Command::GestureEnd { node, param });
    desk.run(100);
    assert!(shows(3.0)(&desk), "a latched lane is written until playback stops");
    desk.stop();
    desk.run_until(shows(2.0));
}

/// The desk with a plugin on the track, whose own hand moves its gain to -6 dB once its second parameter is set; its gain has
/// a lane instead of the volume.
fn with_plugin() -> (Desk, DeviceId) {
    let mut desk = Desk::new(LaneMode::Touch, None);
    let (device, lane) = (DeviceId(id()), LaneId(id()));
    let plugin = PluginRef { format: PluginFormat::Clap, id: "org.loophole.test.gain".into() };
    let start = Point { at: Beats::ZERO, value: 0.0, curve: Curve::Hold };
    let edits = vec![
        edit::device::create_plugin(device, desk.track, &plugin, "Gain", 0.0),
        edit::lane::create(lane, device, "1"),
        edit::lane::set_mode(lane, LaneMode::Touch),
        edit::lane::set_point(lane, 1, start),
    ];
    desk.instance.call(Command::Commit { name: "Plugin".into(), edits }).expect("legal edits");
    assert!(desk.instance.published().status().missing.is_empty(), "the test plugin is there");
    desk.lane = lane;
    desk.run(20);
    (desk, device)
}

#[test]
fn a_hand_in_the_window_of_a_plugin_writes_on_the_frame_at_which_it_was_heard() {
    let (mut desk, device) = with_plugin();
    desk.play();
    desk.run(100);
    let edits = vec![edit::device::set_param(device, "2", 1.0)];
    desk.instance.call(Command::Commit { name: "Wiggle".into(), edits }).expect("legal edits");
    desk.run_until(|desk| desk.points().len() > 1);
    desk.stop();
    let moved = desk.leaves(1.0, 0);
    let written = desk.points().into_iter().find(|point| point.value == -6.0).expect("it is written");
    assert_at(written.at, moved);
}
