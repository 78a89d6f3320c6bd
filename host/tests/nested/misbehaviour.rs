//! Plugins that break the rules: each is contained and reported.

use loophole_host::event::EventKind;
use loophole_host::nested::PluginRequest;
use loophole_host::processor::ProcessStatus;
use protocol::ParamId;
use test_units::plugins::{latency, nan};

use super::rig::{Bus, Rig};

fn log_lines(requests: Vec<PluginRequest>) -> Vec<String> {
    let text = |request| match request {
        PluginRequest::Log { text, .. } => text,
        other => panic!("{other:?} had an effect"),
    };
    requests.into_iter().map(text).collect()
}

#[test]
fn a_failing_process_is_reported_as_failed_and_may_recover() {
    let mut rig = Rig::new("nan");
    // The plugin formats a message for its log when it fails.
    rig.trap = false;
    rig.inputs[0] = Bus::of(1.0, 1.0);
    rig.processor.set_param(ParamId(nan::MODE), 4.0);
    assert_eq!(rig.process(64, &[]), ProcessStatus::Failed);
    assert_eq!(rig.process(64, &[]), ProcessStatus::Failed);
    rig.processor.set_param(ParamId(nan::MODE), 0.0);
    // The value arrives at frame 0 of a block that succeeds.
    assert_eq!(rig.process(64, &[]), ProcessStatus::Continue);
    assert_eq!(rig.outputs[0].left[63], 1.0);
}

#[test]
fn main_thread_calls_from_the_audio_thread_have_no_effect_but_a_line_in_the_log() {
    let mut rig = Rig::new("wrong-thread");
    assert_eq!(rig.process(64, &[]), ProcessStatus::Continue);
    let lines = log_lines(rig.poll());
    for call in ["latency.changed", "params.rescan", "state.mark_dirty", "timer_support.register_timer"] {
        assert!(lines.iter().any(|line| line.contains(call)), "{call} is missing in {lines:?}");
    }
    assert_eq!(rig.controller.next_timer(), None);
}

#[test]
fn a_flood_of_events_is_bounded_sorted_into_the_block_and_counted() {
    let mut rig = Rig::new("flood");
    assert_eq!(rig.process(64, &[]), ProcessStatus::Continue);
    assert_eq!(rig.events.len(), rig.events.capacity());
    assert!(rig.events.take_dropped() >= 18_000);
    assert!(rig.events.iter().all(|event| event.frame < 64));
    assert!(rig.events.iter().any(|event| matches!(event.kind, EventKind::NoteOn { .. })));
}

#[test]
fn a_latency_that_changes_all_the_time_is_followed_without_piling_up() {
    let mut rig = Rig::new("latency");
    rig.processor.set_param(ParamId(latency::RESTLESS), 1.0);
    for _ in 0..100 {
        rig.process(64, &[]);
        rig.process(64, &[]);
        assert_eq!(rig.poll(), [PluginRequest::LatencyChanged]);
    }
}

#[test]
fn a_block_longer_than_agreed_fails_instead_of_overrunning() {
    use loophole_host::event::{EventList, Events};
    use loophole_host::processor::{BlockTransport, BusBuffer, NodeBlock};

    let mut rig = Rig::new("mono");
    let (input, mut output) = (BusBuffer::new(1, 513), BusBuffer::new(1, 513));
    let status = rig.processor.process(&mut NodeBlock {
        frames: 513,
        audio_in: &[input.input()],
        audio_out: &mut [output.output()],
        events_in: Events::EMPTY,
        events_out: &mut EventList::with_capacity(1),
        transport: &BlockTransport::default(),
        mode: loophole_host::config::RenderMode::Realtime,
    });
    assert_eq!(status, ProcessStatus::Failed);
}

#[test]
fn dropping_a_controller_under_a_running_processor_leaks_instead_of_crashing() {
    let mut rig = Rig::new("gain");
    rig.inputs[0] = Bus::of(1.0, 1.0);
    rig.process(64, &[]);
    // The old controller goes.
    rig.controller = super::rig::load("gain");
    assert_eq!(rig.process(64, &[]), ProcessStatus::Continue);
    assert_eq!(rig.outputs[0].left[63], 1.0);
}
