//! Audio through plugins with every shape of ports.

use loophole_host::event::{Event, EventKind, Voice};
use loophole_host::processor::{ProcessStatus, Tail};
use protocol::{Frames, ParamId};
use test_units::plugins::{delay, gain, layout, tail};

use super::rig::{Bus, Rig};

fn param(frame: u32, id: u32, value: f64) -> Event {
    Event::new(frame, EventKind::Param { param: ParamId(id), voice: Voice::ALL, value })
}

#[test]
fn a_parameter_event_takes_effect_on_its_frame() {
    let mut rig = Rig::new("gain");
    rig.inputs[0] = Bus::of(1.0, -1.0);
    let status = rig.process(64, &[param(10, gain::GAIN, -20.0), param(20, gain::GAIN, 0.0)]);
    assert_eq!(status, ProcessStatus::Continue);
    let level = |frame: usize| (10..20).contains(&frame);
    for frame in 0..64 {
        let expected = if level(frame) { 0.1 } else { 1.0 };
        assert!((rig.outputs[0].left[frame] - expected).abs() < 1e-6, "frame {frame}");
        assert!((rig.outputs[0].right[frame] + expected).abs() < 1e-6, "frame {frame}");
    }
    assert_eq!(rig.outputs[0].left[64], 777.0, "wrote past the block");
}

#[test]
fn a_value_set_between_blocks_holds_from_the_first_frame_of_the_next() {
    let mut rig = Rig::new("gain");
    rig.inputs[0] = Bus::of(1.0, 1.0);
    let processor = &mut rig.processor;
    assert_no_alloc::assert_no_alloc(|| {
        processor.set_param(ParamId(gain::GAIN), 3.0);
        processor.set_param(ParamId(gain::GAIN), -1_000.0);
        processor.set_param(ParamId(gain::GAIN), f64::NAN);
        processor.set_param(ParamId(12_345), 1.0);
    });
    rig.process(32, &[]);
    assert!((rig.outputs[0].left[0] - 0.001).abs() < 1e-7, "clamped to -60 dB: {}", rig.outputs[0].left[0]);
    assert_eq!(rig.value(gain::GAIN), -60.0);
}

#[test]
fn a_modulation_offsets_without_changing_the_value() {
    let mut rig = Rig::new("gain");
    rig.inputs[0] = Bus::of(1.0, 1.0);
    let param = ParamId(gain::GAIN);
    rig.process(8, &[Event::new(4, EventKind::ParamMod { param, voice: Voice::ALL, amount: -20.0 })]);
    assert_eq!(rig.outputs[0].left[3], 1.0);
    assert!((rig.outputs[0].left[4] - 0.1).abs() < 1e-6);
    assert_eq!(rig.value(gain::GAIN), 0.0);
}

#[test]
fn a_mono_plugin_hears_the_mean_and_is_heard_on_both_sides() {
    let mut rig = Rig::new("mono");
    assert_eq!((rig.inputs.len(), rig.outputs.len()), (1, 1));
    rig.inputs[0] = Bus::of(1.0, 0.5);
    rig.process(17, &[]);
    assert_eq!((rig.outputs[0].left[16], rig.outputs[0].right[16]), (0.375, 0.375));
}

#[test]
fn every_output_of_a_multi_output_plugin_is_a_bus() {
    let mut rig = Rig::new("multi-out");
    assert_eq!((rig.inputs.len(), rig.outputs.len()), (1, 3));
    let (_, names) = rig.controller.buses();
    assert_eq!(names.iter().map(|bus| bus.name.as_str()).collect::<Vec<_>>(), ["Main", "Half", "Inverse"]);
    rig.inputs[0] = Bus::of(0.5, 0.25);
    rig.process(64, &[]);
    let first = |bus: &Bus| (bus.left[0], bus.right[63]);
    assert_eq!(
        rig.outputs.iter().map(first).collect::<Vec<_>>(),
        [(0.5, 0.25), (0.25, 0.125), (-0.5, -0.25)]
    );
}

#[test]
fn outputs_that_a_plugin_does_not_write_are_silent() {
    let mut rig = Rig::with_params("multi-out", &[(layout::WRITTEN, 1.0)]);
    rig.inputs[0] = Bus::of(0.5, 0.25);
    rig.process(64, &[]);
    let heard = |bus: &Bus| (bus.left[..64].to_vec(), bus.right[..64].to_vec());
    let expected = |left, right| (vec![left; 64], vec![right; 64]);
    assert_eq!(
        rig.outputs.iter().map(heard).collect::<Vec<_>>(),
        [expected(0.5, 0.25), expected(0.0, 0.0), expected(0.0, 0.0)]
    );
}

#[test]
fn a_sidechain_is_the_second_input() {
    let mut rig = Rig::new("ducker");
    assert_eq!(rig.inputs.len(), 2);
    rig.inputs[0] = Bus::of(1.0, 1.0);
    rig.inputs[1] = Bus::of(0.75, 0.0);
    rig.process(64, &[]);
    assert_eq!((rig.outputs[0].left[0], rig.outputs[0].right[0]), (0.25, 1.0));
}

#[test]
fn a_wider_port_has_its_first_two_channels_connected() {
    let mut rig = Rig::new("wide");
    rig.inputs[0] = Bus::of(0.25, 0.5);
    for _ in 0..3 {
        rig.process(64, &[]);
        assert_eq!((rig.outputs[0].left[63], rig.outputs[0].right[63]), (0.5, 0.25));
    }
}

#[test]
fn latency_is_what_the_plugin_declares_and_the_sound_agrees() {
    let mut rig = Rig::with_params("delay", &[(delay::FRAMES, 100.0)]);
    assert_eq!((rig.controller.latency(), rig.processor.latency()), (Frames(100), Frames(100)));
    rig.inputs[0].left[0] = 1.0;
    rig.process(128, &[]);
    assert_eq!(rig.outputs[0].left.iter().take(128).position(|sample| *sample == 1.0), Some(100));
}

#[test]
fn a_tail_and_its_changes_are_known() {
    let mut rig = Rig::new("tail");
    assert_eq!(rig.processor.tail(), Tail::Frames(Frames(1_000)));
    rig.inputs[0].left[0] = 1.0;
    rig.process(64, &[param(0, tail::FRAMES, 2_000.0)]);
    assert_eq!(rig.processor.tail(), Tail::Frames(Frames(2_000)));
    rig.process(64, &[param(0, tail::FRAMES, 100_000.0)]);
    assert_eq!(rig.processor.tail(), Tail::Infinite);
}

#[test]
fn a_plugin_that_sleeps_is_quiet_until_something_comes_in() {
    let mut rig = Rig::with_params("tail", &[(tail::FRAMES, 100.0)]);
    assert_eq!(rig.process(64, &[]), ProcessStatus::Quiet);
    rig.inputs[0].left[0] = 1.0;
    assert_eq!(rig.process(64, &[]), ProcessStatus::Tail);
    rig.inputs[0].left[0] = 0.0;
    assert_eq!(rig.process(64, &[]), ProcessStatus::Quiet);
}

#[test]
fn the_drive_sounds_the_same_at_every_block_size_and_after_a_reset() {
    let render = |rig: &mut Rig, blocks: &[usize]| {
        let (mut done, mut result) = (0_usize, Vec::new());
        for frames in blocks.iter().copied().cycle() {
            for frame in 0..frames {
                let sample = ((done + frame) as f32 * 0.05).sin() * 0.8;
                rig.inputs[0].left[frame] = sample;
                rig.inputs[0].right[frame] = -sample;
            }
            rig.process(frames, &[]);
            result.extend_from_slice(&rig.outputs[0].left[..frames]);
            done += frames;
            if done >= 2_000 {
                result.truncate(2_000);
                return result;
            }
        }
        unreachable!()
    };
    let mut rig = Rig::new("drive");
    let whole = render(&mut rig, &[512]);
    assert!(whole.iter().all(|sample| sample.is_finite() && sample.abs() < 2.0));
    assert!(whole.iter().any(|sample| sample.abs() > 0.3));
    rig.processor.reset();
    assert_eq!(render(&mut rig, &[1, 17, 64]), whole);
}
