//! What the control thread does for a plugin: timers, descriptors, call backs, track, log, parameters.

use std::time::{Duration, Instant};

use loophole_host::nested::{PluginRequest, TrackContext, TrackPurpose};
use protocol::control::LogLevel;
use protocol::telemetry::Gesture;
use protocol::{Frames, ParamId};
use test_units::plugins::{gain, latency, probe, resting};

use super::rig::{Rig, load};

#[test]
fn timers_and_descriptors_are_served_until_they_end() {
    let mut controller = load("probe");
    let mut requests = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(5);
    // The first call back asks for a second, which registers both; the timer ends itself after three calls.
    while controller.param_value(ParamId(probe::TIMER_CALLS)) != Some(3.0) {
        assert!(Instant::now() < deadline, "the timer was not served");
        controller.poll(&mut requests);
        if let Some(next) = controller.next_timer() {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(15));
        controller.poll(&mut requests);
    }
    assert_eq!(controller.param_value(ParamId(probe::TIMER_CALLS)), Some(3.0));
    assert_eq!(controller.param_value(ParamId(probe::FD_CALLS)), Some(1.0));
    assert_eq!(controller.next_timer(), None);
    assert!(requests.contains(&PluginRequest::StateDirty));
}

#[test]
fn the_host_knows_its_threads() {
    let mut rig = Rig::new("probe");
    rig.poll();
    rig.process(16, &[]);
    assert_eq!((rig.value(probe::MAIN_IS_MAIN), rig.value(probe::AUDIO_IS_AUDIO)), (1.0, 1.0));
    // The real thing: the audio thread is another one.
    let processor = &mut rig.active.processor;
    std::thread::scope(|scope| {
        scope.spawn(|| processor.reset());
    });
    assert_eq!(rig.value(probe::AUDIO_IS_AUDIO), 1.0);
}

#[test]
fn a_plugin_may_log_from_the_audio_thread() {
    let mut rig = Rig::new("probe");
    rig.poll();
    rig.process(16, &[]);
    let logged = PluginRequest::Log { level: LogLevel::Info, text: "a block".into() };
    assert!(rig.poll().contains(&logged));
}

#[test]
fn the_track_reaches_the_plugin() {
    let mut controller = load("probe");
    controller.set_track(TrackContext {
        name: "Bässe".into(),
        color: 0x0012_ABFE,
        purpose: TrackPurpose::Bus,
    });
    assert_eq!(controller.param_value(ParamId(probe::TRACK_GREEN)), Some(f64::from(0xAB)));
    assert_eq!(controller.param_value(ParamId(probe::TRACK_LETTERS)), Some(6.0));
}

#[test]
fn the_transport_reaches_the_plugin() {
    let mut rig = Rig::new("probe");
    rig.transport.playing = true;
    rig.transport.beats = -1.5;
    rig.transport.bpm = 97.5;
    rig.transport.frame = Frames(-24_000);
    rig.process(64, &[]);
    let told =
        [probe::BEATS, probe::TEMPO, probe::PLAYING, probe::STEADY, probe::SECONDS].map(|id| rig.value(id));
    assert_eq!(told, [-1.5, 97.5, 1.0, 0.0, -0.5]);
    rig.transport.playing = false;
    rig.process(64, &[]);
    assert_eq!((rig.value(probe::PLAYING), rig.value(probe::STEADY)), (0.0, 64.0));
}

#[test]
fn parameters_have_ranges_texts_and_values() {
    let mut controller = load("gain");
    let params = controller.params();
    let gain = &params[0];
    assert_eq!((gain.id, gain.name.as_str(), gain.min, gain.max), (ParamId(gain::GAIN), "Gain", -60.0, 12.0));
    assert!(gain.automatable && !gain.stepped && !gain.hidden);
    assert!(params[1].stepped);
    assert_eq!(controller.param_text(gain.id, -6.0).as_deref(), Some("-6.0 dB"));
    assert_eq!(controller.parse_param(gain.id, "-7.5 dB"), Some(-7.5));
    assert_eq!(controller.parse_param(gain.id, "nonsense"), None);
    assert_eq!(controller.parse_param(gain.id, "zero\0byte"), None);
    assert_eq!(controller.param_value(ParamId(99)), None);
    assert_eq!(controller.param_text(ParamId(u32::MAX), 0.0), None);
    controller.set_param(gain.id, -3.0);
    assert_eq!(controller.param_value(gain.id), Some(-3.0));
}

#[test]
fn read_only_parameters_are_not_for_automation() {
    let params = load("probe").params();
    let told = params.iter().find(|param| param.id == ParamId(probe::TIMER_CALLS)).unwrap();
    assert!(!told.automatable);
}

#[test]
fn a_latency_that_changes_while_running_is_reported_once() {
    let mut rig = Rig::new("latency");
    rig.processor.set_param(ParamId(latency::FRAMES), 123.0);
    rig.process(64, &[]);
    // The call back of this poll declares it.
    assert_eq!(rig.poll(), [PluginRequest::LatencyChanged]);
    assert_eq!((rig.controller.latency(), rig.processor.latency()), (Frames(123), Frames(123)));
    assert_eq!(rig.poll(), []);
}

#[test]
fn loading_a_state_tells_that_values_changed() {
    let mut controller = load("gain");
    let state = controller.save_state().unwrap().unwrap();
    controller.load_state(&state).unwrap();
    let mut requests = Vec::new();
    controller.poll(&mut requests);
    assert_eq!(requests, [PluginRequest::ValuesChanged]);
}

#[test]
fn an_inactive_plugin_that_asks_for_a_flush_gets_one() {
    let mut controller = load("flusher");
    let mut requests = Vec::new();
    controller.poll(&mut requests);
    let param = ParamId(1);
    assert_eq!(
        requests,
        [
            PluginRequest::ParamMoved { param, value: 0.0, gesture: Gesture::Begin },
            PluginRequest::ParamMoved { param, value: 0.75, gesture: Gesture::Change },
            PluginRequest::ParamMoved { param, value: 0.0, gesture: Gesture::End },
        ]
    );
}

#[test]
fn a_value_set_while_it_runs_wakes_it() {
    let mut rig = Rig::new("gain");
    rig.poll();
    rig.controller.set_param(ParamId(1), -3.0);
    assert_eq!(rig.poll(), [PluginRequest::Wake]);
}

#[test]
fn what_a_hand_did_comes_out_of_a_flush_for_something_else() {
    let mut rig = Rig::new("hand");
    rig.process(64, &[]);
    // The call back of this poll moves it.
    rig.poll();
    let mut controller = rig.deactivate();
    controller.set_param(ParamId(resting::OTHER), 0.5);
    let mut requests = Vec::new();
    controller.poll(&mut requests);
    let moved = |value, gesture| PluginRequest::ParamMoved { param: ParamId(resting::VALUE), value, gesture };
    let hand = [moved(0.0, Gesture::Begin), moved(0.75, Gesture::Change), moved(0.0, Gesture::End)];
    assert_eq!(requests, hand);
}
