//! State: byte for byte, or refused.

use loophole_host::nested::{self, LoadError, StateError};
use protocol::ParamId;

use test_units::plugins::{gain, stateless};

use super::rig::{Active, Bus, Rig, load, locator, plugin};

#[test]
fn a_heavy_state_comes_back_byte_for_byte_in_another_instance() {
    let mut first = load("state");
    first.set_param(ParamId(1), 0.1 + 0.2);
    let state = first.save_state().unwrap().unwrap();
    assert!(state.len() > 1 << 20);
    let mut second = nested::load(&plugin("state"), &locator(), Some(&state)).unwrap();
    assert_eq!(second.param_value(ParamId(1)), Some(0.1 + 0.2));
    assert_eq!(second.save_state().unwrap().unwrap(), state);
}

#[test]
fn malformed_states_are_refused_by_name() {
    let mut controller = load("state");
    let good = controller.save_state().unwrap().unwrap();
    let mut flipped = good.clone();
    flipped[100] ^= 1;
    let noise: Vec<u8> = (0..1_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for bad in [&b""[..], b"x", &good[..good.len() - 1], &flipped, &noise] {
        assert_eq!(controller.load_state(bad), Err(StateError::Refused), "{} bytes", bad.len());
    }
    controller.load_state(&good).unwrap();
    assert_eq!(controller.save_state().unwrap().unwrap(), good);
}

#[test]
fn a_plugin_that_refuses_its_state_becomes_a_placeholder_that_keeps_it() {
    let bad = b"from a version that does not exist yet".to_vec();
    let (mut controller, why) = nested::load_or_placeholder(&plugin("state"), &locator(), Some(&bad));
    assert!(matches!(why, Some(LoadError::State { source: StateError::Refused, .. })));
    assert_eq!(controller.save_state(), Ok(Some(bad)));
}

#[test]
fn state_is_saved_and_loaded_while_audio_runs() {
    let mut rig = Rig::new("state");
    let Active { controller, processor } = &mut rig.active;
    let inputs = [0.5_f32; 64];
    let stop = std::sync::atomic::AtomicBool::new(false);
    let saved = controller.save_state().unwrap().unwrap();
    std::thread::scope(|scope| {
        let audio = scope.spawn(|| {
            let mut blocks = 0;
            let input = loophole_host::BusBuffer::of(&[&inputs, &inputs]);
            let mut output = loophole_host::BusBuffer::new(2, 64);
            let mut events = loophole_host::event::EventList::default();
            while !stop.load(std::sync::atomic::Ordering::Relaxed) || blocks == 0 {
                let status = processor.process(&mut loophole_host::processor::NodeBlock {
                    frames: 64,
                    audio_in: &[input.input()],
                    audio_out: &mut [output.output()],
                    events_in: loophole_host::event::Events::EMPTY,
                    events_out: &mut events,
                    transport: &loophole_host::processor::BlockTransport::default(),
                    mode: loophole_host::config::RenderMode::Realtime,
                });
                assert_eq!(status, loophole_host::processor::ProcessStatus::Continue);
                assert_eq!(output.channel(0), inputs);
                blocks += 1;
            }
            blocks
        });
        for _ in 0..20 {
            controller.load_state(&saved).unwrap();
            assert_eq!(controller.save_state().unwrap().unwrap(), saved);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(audio.join().unwrap() > 0);
    });
}

#[test]
fn a_plugin_without_state_keeps_its_parameters() {
    let (level, other) = (ParamId(stateless::LEVEL), ParamId(stateless::OTHER));
    let mut first = load("stateless");
    first.set_param(level, 0.1 + 0.2);
    first.set_param(other, -1.234e-200);
    let state = first.save_state().unwrap().unwrap();
    let text = std::str::from_utf8(&state).unwrap();
    assert_eq!(text, "loophole-params-1\n{\"1\":0.30000000000000004,\"7\":-1.234e-200}");

    let mut second = nested::load(&plugin("stateless"), &locator(), Some(&state)).unwrap();
    assert_eq!(second.param_value(level), Some(0.1 + 0.2));
    assert_eq!(second.save_state().unwrap().unwrap(), state);
    for bad in [&b""[..], b"loophole-params-1\n{", b"loophole-params-1\n{\"x\":1}", b"noise"] {
        assert_eq!(second.load_state(bad), Err(StateError::Refused));
    }
    assert_eq!(second.save_state().unwrap().unwrap(), state);
}

#[test]
fn a_state_of_parameters_reaches_an_active_plugin_with_the_next_block() {
    let state = b"loophole-params-1\n{\"1\":0.5,\"99\":1.0}";
    let mut rig = Rig::new("stateless");
    rig.inputs[0] = Bus::of(1.0, 1.0);
    rig.controller.load_state(state).unwrap();
    rig.process(64, &[]);
    assert_eq!(rig.outputs[0].left[0], 0.5);
    // A value that no block took is not lost either.
    rig.controller.set_param(ParamId(stateless::LEVEL), 0.25);
    let mut controller = rig.deactivate();
    assert_eq!(controller.param_value(ParamId(stateless::LEVEL)), Some(0.25));
}

#[test]
fn a_plugins_meters_are_not_taken_for_moves_of_its_controls() {
    let mut rig = Rig::new("stateless");
    rig.inputs[0] = Bus::of(0.75, 0.0);
    rig.process(64, &[]);
    assert!(rig.events.is_empty(), "{:?}", &*rig.events);
    assert_eq!(rig.value(stateless::METER), 0.75);
}

#[test]
fn a_state_overrules_what_was_set_before_and_no_block_has_heard_of() {
    let mut rig = Rig::new("gain");
    let state = rig.controller.save_state().unwrap().unwrap();
    rig.controller.set_param(ParamId(gain::GAIN), -20.0);
    rig.controller.load_state(&state).unwrap();
    rig.process(64, &[]);
    assert_eq!(rig.value(gain::GAIN), 0.0);
}
