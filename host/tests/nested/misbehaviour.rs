//! Plugins that break the rules: each is contained and reported.

use loophole_host::event::{Event, EventKind, Voice};
use loophole_host::nested::PluginRequest;
use loophole_host::processor::ProcessStatus;
use protocol::ParamId;
use test_units::plugins::{latency, many, nan, refuse};

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

#[test]
fn a_plugin_that_does_not_start_is_tried_again_and_says_so_once() {
    let mut rig = Rig::new("halted");
    // The plugin formats a message for its log when it fails.
    rig.trap = false;
    for _ in 0..100 {
        assert_eq!(rig.process(64, &[]), ProcessStatus::Failed);
        // As the engine does after a fault.
        rig.processor.reset();
    }
    let lines = log_lines(rig.poll());
    let told = lines.iter().filter(|line| line.contains("refuses to start processing")).count();
    assert_eq!(told, 1, "{lines:?}");
    let mut controller = rig.deactivate();
    controller.set_param(ParamId(refuse::ALLOW), 1.0);
    let mut processor = controller.activate(&super::rig::CONFIG).unwrap();
    processor.leave();
    assert!(controller.deactivate(processor).is_ok());
}

#[test]
fn a_call_from_a_wrong_thread_in_every_block_is_one_line_in_the_log() {
    let mut rig = Rig::new("wrong-thread");
    for _ in 0..100 {
        rig.process(64, &[]);
    }
    let lines = log_lines(rig.poll());
    assert_eq!(lines.iter().filter(|line| line.contains("latency.changed")).count(), 1, "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("dropped")), "{lines:?}");
}

#[test]
fn parameters_that_are_others_while_a_plugin_runs_take_a_restart() {
    let mut rig = Rig::new("many");
    let set = |value| {
        let kind = EventKind::Param { param: ParamId(many::RESCAN), voice: Voice::ALL, value };
        Event::new(0, kind)
    };
    rig.process(64, &[set(1.0)]);
    assert!(rig.poll().contains(&PluginRequest::Restart), "it may have others when it is inactive");
    let mut controller = rig.deactivate();
    let processor = controller.activate(&super::rig::CONFIG).unwrap();
    let mut rig = Rig { active: super::rig::Active { controller, processor }, ..Rig::new("many") };
    rig.process(64, &[set(1.0)]);
    let requests = rig.poll();
    assert!(!requests.contains(&PluginRequest::Restart), "once is enough: {requests:?}");
    rig.process(64, &[set(2.0)]);
    let requests = rig.poll();
    assert!(requests.contains(&PluginRequest::ParamsChanged), "{requests:?}");
    assert!(requests.contains(&PluginRequest::Restart), "{requests:?}");
    let mut controller = rig.deactivate();
    let processor = controller.activate(&super::rig::CONFIG).unwrap();
    let mut requests = Vec::new();
    controller.poll(&mut requests);
    assert!(!requests.contains(&PluginRequest::Restart), "{requests:?}");
    // They may have become others when it was inactive.
    assert!(requests.contains(&PluginRequest::ParamsChanged), "{requests:?}");
    assert!(controller.deactivate(processor).is_ok());
}

#[test]
fn a_value_that_is_no_number_is_not_told() {
    let mut rig = Rig::with_params("nan", &[(nan::MODE, 6.0)]);
    rig.process(64, &[]);
    assert!(rig.events.is_empty(), "{:?}", rig.events);
}
