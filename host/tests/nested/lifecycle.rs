//! Making, activating, deactivating, missing.

use loophole_host::config::{AudioConfig, RenderMode};
use loophole_host::nested::{self, ActivateError, LoadError, PluginLocator, PluginRequest};
use loophole_host::processor::ProcessStatus;
use protocol::{Frames, ParamId, PluginFormat, PluginRef, SampleRate};
use test_units::plugins::{delay, probe, refuse};

use super::rig::{Active, CONFIG, Rig, load, locator, plugin};

#[test]
fn an_entry_point_lists_its_plugins() {
    let mut controller = load("sine");
    let info = controller.info();
    assert_eq!((info.name.as_str(), info.vendor.as_str()), ("Test Sine", "Loophole"));
    assert!(info.is_instrument());
    assert_eq!(info.path, std::path::Path::new(""));
    let voices = controller.voices().unwrap();
    assert!(voices.overlapping && voices.capacity == 32);
}

#[test]
fn any_legal_order_of_activation_works_many_times() {
    let mut rig = Rig::new("gain");
    for round in 0..5 {
        if round != 2 {
            assert_eq!(rig.process(64, &[]), ProcessStatus::Continue);
            rig.processor.reset();
            assert_eq!(rig.process(1, &[]), ProcessStatus::Continue);
        }
        assert_eq!(rig.controller.activate(&CONFIG).err(), Some(ActivateError::AlreadyActive));
        let Rig { active: Active { mut controller, mut processor }, .. } = rig;
        match round {
            0 => {
                processor.leave();
                assert!(controller.deactivate(processor).is_ok());
            }
            // Not left: the engine was torn down.
            1 | 2 => assert!(controller.deactivate(processor).is_ok()),
            // Only dropped.
            _ => drop(processor),
        }
        let max_block = [512, 64, 1, 4_096][round % 4].max(512);
        let config = AudioConfig { rate: SampleRate(8_000.0 * (round + 1) as f64), max_block, ..CONFIG };
        let processor = controller.activate(&config).unwrap();
        rig = Rig { active: Active { controller, processor }, ..rig };
    }
    rig.deactivate();
}

#[test]
fn a_processor_of_another_plugin_is_handed_back() {
    let (first, mut second) = (Rig::new("gain"), Rig::new("gain"));
    let foreign = second.controller.deactivate(first.active.processor);
    assert!(foreign.is_err());
}

#[test]
fn a_plugin_that_refuses_activation_says_so_and_can_be_asked_again() {
    let mut controller = load("refuse");
    assert_eq!(controller.activate(&CONFIG).err(), Some(ActivateError::Refused));
    controller.set_param(ParamId(refuse::ALLOW), 1.0);
    let processor = controller.activate(&CONFIG).unwrap();
    assert!(controller.deactivate(processor).is_ok());
}

#[test]
fn a_new_latency_takes_a_restart() {
    let mut rig = Rig::with_params("delay", &[(delay::FRAMES, 10.0)]);
    rig.processor.set_param(ParamId(delay::FRAMES), 20.0);
    rig.process(64, &[]);
    assert_eq!(rig.poll(), [PluginRequest::Restart]);
    assert_eq!(rig.controller.latency(), Frames(10));
    let mut controller = rig.deactivate();
    let _processor = controller.activate(&CONFIG).unwrap();
    assert_eq!(controller.latency(), Frames(20));
}

#[test]
fn the_render_mode_and_the_rate_reach_the_plugin() {
    let mut controller = load("probe");
    for (mode, told) in [(RenderMode::Offline, 1.0), (RenderMode::Realtime, 0.0)] {
        let config = AudioConfig { rate: SampleRate(96_000.0), mode, ..CONFIG };
        let processor = controller.activate(&config).unwrap();
        assert_eq!(controller.param_value(ParamId(probe::OFFLINE)), Some(told));
        assert_eq!(controller.param_value(ParamId(probe::RATE)), Some(96_000.0));
        assert!(controller.deactivate(processor).is_ok());
    }
}

#[test]
fn a_missing_plugin_is_named_and_its_placeholder_keeps_everything() {
    let missing = plugin("does-not-exist");
    let error = nested::load(&missing, &locator(), None).err().unwrap();
    assert!(matches!(&error, LoadError::Missing { plugin } if *plugin == missing));
    assert_eq!(error.to_string(), "clap plugin org.loophole.test.does-not-exist is not installed");

    let state = vec![0, 255, 7, 0];
    let (mut controller, why) = nested::load_or_placeholder(&missing, &PluginLocator::new(), Some(&state));
    assert!(why.is_some());
    assert_eq!(controller.save_state(), Ok(Some(state)));
    assert_eq!(controller.info().plugin, missing);
    let processor = controller.activate(&CONFIG).unwrap();
    assert_eq!(processor.ports(), controller.ports());
    assert!(controller.deactivate(processor).is_ok());
}

#[test]
fn a_format_without_a_host_becomes_a_placeholder_too() {
    let vst3 = PluginRef { format: PluginFormat::Vst3, id: "whatever".into() };
    let (mut controller, why) = nested::load_or_placeholder(&vst3, &locator(), Some(b"chunk"));
    assert!(matches!(why, Some(LoadError::Missing { .. })));
    assert_eq!(controller.save_state(), Ok(Some(b"chunk".to_vec())));
}

#[test]
fn a_placeholder_lets_audio_and_notes_through() {
    use loophole_host::event::{Event, EventKind, EventList, Events, Voice};
    use loophole_host::processor::{BlockTransport, BusBuffer, NodeBlock};

    let (mut controller, _) = nested::load_or_placeholder(&plugin("gone"), &locator(), None);
    let mut processor = controller.activate(&CONFIG).unwrap();
    let input = BusBuffer::of(&[&[0.5; 8], &[0.25; 8]]);
    let mut output = BusBuffer::of(&[&[9.0; 8], &[9.0; 8]]);
    let note = Event::new(3, EventKind::NoteOn { voice: Voice::key(0, 60), velocity: 1.0 });
    let param = Event::new(3, EventKind::Param { param: ParamId(1), voice: Voice::ALL, value: 1.0 });
    let mut events = EventList::with_capacity(8);
    let status = processor.process(&mut NodeBlock {
        frames: 8,
        audio_in: &[input.input(), input.input()],
        audio_out: &mut [output.output()],
        events_in: Events::new(&[note, param]),
        events_out: &mut events,
        transport: &BlockTransport::default(),
        mode: RenderMode::Realtime,
    });
    assert_eq!(status, ProcessStatus::Continue);
    assert_eq!(output, input);
    assert_eq!(&*events, &[note]);
}

#[test]
fn fifty_instances_live_side_by_side() {
    let mut rigs: Vec<_> = (0..50).map(|index| Rig::with_params("gain", &[(1, -f64::from(index))])).collect();
    for (index, rig) in rigs.iter_mut().enumerate() {
        rig.inputs[0].left[0] = 1.0;
        rig.process(1, &[]);
        let expected = 10.0_f32.powf(-(index as f32) / 20.0);
        assert!((rig.outputs[0].left[0] - expected).abs() < 1e-6);
    }
}

#[test]
fn a_restart_that_another_thread_wants_during_activation_comes_after_it() {
    let mut controller = load("loader");
    let processor = controller.activate(&CONFIG).unwrap();
    let mut requests = Vec::new();
    controller.poll(&mut requests);
    assert_eq!(requests, [PluginRequest::Restart]);
    assert!(controller.deactivate(processor).is_ok());
    // Once it is loaded it asks on the main thread, as it goes.
    let processor = controller.activate(&CONFIG).unwrap();
    requests.clear();
    controller.poll(&mut requests);
    assert_eq!(requests, []);
    assert!(controller.deactivate(processor).is_ok());
}
