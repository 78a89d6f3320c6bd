//! Buses of the outer host, of any number of channels.

use std::sync::Arc;

use protocol::device::strip;
use protocol::*;

use super::harness::*;
use crate::engine::{EngineController, EngineOptions};
use crate::event::{EventList, Events};
use crate::{AudioConfig, Buses, HostBuses, ProcessBlock, RenderMode};

const FRAMES: usize = 40;

/// What each input channel holds: all of them different, in every frame.
fn signal(channel: usize, frame: usize) -> f32 {
    ((channel * 37 + frame * 11) % 64) as f32 / 64.0 - 0.5
}

/// Plays a plan on a host with these buses, in blocks of a length; gives all output channels.
fn play_blocks(plan: &EnginePlan, inputs: &[usize], outputs: &[usize], block: usize) -> Vec<Vec<f32>> {
    let options = EngineOptions::new(Arc::new(Blobs::default()), TestLoader(Arc::default()));
    let mut controller = EngineController::new(options);
    let warnings = controller.apply(plan.clone()).unwrap().warnings;
    assert!(warnings.is_empty(), "{warnings:?}");
    let config = AudioConfig { rate: RATE, max_block: 16, mode: RenderMode::Offline };
    let buses = |widths: &[usize]| Buses::new(widths.iter().copied());
    let host = HostBuses { inputs: buses(inputs), outputs: buses(outputs) };
    let mut processor = controller.activate_on(config, host).unwrap();
    let mut heard = vec![Vec::new(); outputs.iter().sum()];
    let mut events = EventList::default();
    for start in (0..FRAMES).step_by(block) {
        let frames = block.min(FRAMES - start);
        let given: Vec<Vec<f32>> = (0..inputs.iter().sum())
            .map(|channel| (start..start + frames).map(|frame| signal(channel, frame)).collect())
            .collect();
        let mut written = vec![vec![9.0; frames]; heard.len()];
        let given: Vec<&[f32]> = given.iter().map(Vec::as_slice).collect();
        let mut to: Vec<&mut [f32]> = written.iter_mut().map(Vec::as_mut_slice).collect();
        let mut block = ProcessBlock {
            frames,
            inputs: &given,
            outputs: &mut to,
            events_in: Events::EMPTY,
            events_out: &mut events,
            transport: None,
        };
        assert_no_alloc::assert_no_alloc(|| processor.process(&mut block));
        heard.iter_mut().zip(written).for_each(|(heard, written)| heard.extend(written));
    }
    controller.deactivate(processor);
    heard
}

/// As [`play_blocks`], after seeing that the length of blocks does not matter.
fn play(plan: &EnginePlan, inputs: &[usize], outputs: &[usize]) -> Vec<Vec<f32>> {
    let heard = play_blocks(plan, inputs, outputs, FRAMES);
    for block in [1, 7, 16] {
        assert_eq!(play_blocks(plan, inputs, outputs, block), heard, "in blocks of {block}");
    }
    heard
}

/// The samples of an input channel.
fn input(channel: usize) -> Vec<f32> {
    (0..FRAMES).map(|frame| signal(channel, frame)).collect()
}

/// A track with its strip, and the master's: what the main input brings goes to the main output.
fn through() -> Sketch {
    let mut sketch = Sketch::new();
    let (input, track, master) = (sketch.input(0), sketch.strip(1), sketch.strip(2));
    sketch.chain(&[input, track, master, sketch.output()]);
    sketch
}

#[test]
fn every_width_goes_through_tracks_as_it_came() {
    for width in 1..=64 {
        let heard = play(&through().plan, &[width], &[width]);
        // Mono becomes stereo on a track, and is the mean of two that are equal.
        let expected: Vec<Vec<f32>> = (0..width).map(input).collect();
        assert_eq!(heard, expected, "{width} channels");
    }
}

#[test]
fn stereo_into_surround_is_the_front_and_into_mono_the_mean() {
    let heard = play(&through().plan, &[2], &[6]);
    assert_eq!(heard[..2], [input(0), input(1)]);
    assert!(heard[2..].iter().flatten().all(|sample| *sample == 0.0));
    let mean: Vec<f32> = input(0).iter().zip(input(1)).map(|(left, right)| 0.5 * (left + right)).collect();
    assert_eq!(play(&through().plan, &[2], &[1]), [mean]);
}

#[test]
fn mono_is_the_same_on_both_sides_and_surround_in_stereo_is_the_front() {
    assert_eq!(play(&through().plan, &[1], &[2]), [input(0), input(0)]);
    assert_eq!(play(&through().plan, &[6], &[2]), [input(0), input(1)]);
}

#[test]
fn buses_lie_one_after_the_other_and_those_that_are_not_there_are_silent() {
    let mut sketch = Sketch::new();
    let out = |sketch: &mut Sketch, bus: u16| {
        sketch.node(500 + u128::from(bus), NodeRole::Output, protocol::plan::NodeKind::HostOutput { bus })
    };
    let (main, side, none) = (sketch.input(0), sketch.input(1), sketch.input(2));
    let (second, third, beyond) = (out(&mut sketch, 1), out(&mut sketch, 2), out(&mut sketch, 3));
    sketch.chain(&[main, third]);
    sketch.chain(&[side, sketch.output()]);
    sketch.chain(&[none, second]);
    sketch.chain(&[main, beyond]);
    let heard = play(&sketch.plan, &[3, 2], &[2, 1, 3]);
    let silence = vec![0.0; FRAMES];
    assert_eq!(heard, [input(3), input(4), silence, input(0), input(1), input(2)]);
}

#[test]
fn one_channel_of_a_bus_is_mono() {
    for (channel, expected) in [(1, Some(3)), (2, None)] {
        let mut sketch = Sketch::new();
        let kind = protocol::plan::NodeKind::HostInput { bus: 1, channel: Some(channel) };
        let one = sketch.node(7, NodeRole::Input, kind);
        let track = sketch.strip(1);
        sketch.chain(&[one, track, sketch.output()]);
        let expected = expected.map_or(vec![0.0; FRAMES], input);
        assert_eq!(play(&sketch.plan, &[2, 2], &[2]), [expected.clone(), expected]);
    }
}

#[test]
fn a_strip_turns_all_channels_down_and_pans_the_first_two() {
    let mut sketch = Sketch::new();
    let (from, track) = (sketch.input(0), sketch.strip(1));
    sketch.chain(&[from, track, sketch.output()]);
    sketch.set(track, strip::PAN, 0.5);
    let heard = play(&sketch.plan, &[4], &[4]);
    let half: Vec<f32> = input(0).iter().map(|sample| 0.5 * sample).collect();
    assert_eq!(heard, [half, input(1), input(2), input(3)]);
    sketch.set(track, strip::MUTE, 1.0);
    assert!(play(&sketch.plan, &[4], &[4]).iter().flatten().all(|sample| *sample == 0.0));
}

#[test]
fn a_host_that_gives_fewer_channels_than_it_said_gives_silence() {
    let options = EngineOptions::new(Arc::new(Blobs::default()), TestLoader(Arc::default()));
    let mut controller = EngineController::new(options);
    controller.apply(through().plan).unwrap();
    let config = AudioConfig { rate: RATE, max_block: 64, mode: RenderMode::Offline };
    let host = HostBuses { inputs: Buses::new([6]), outputs: Buses::new([6]) };
    let mut processor = controller.activate_on(config, host).unwrap();
    let (ones, short) = ([1.0; 8], [1.0; 3]);
    let (mut left, mut cut) = ([9.0; 8], [9.0; 3]);
    let mut block = ProcessBlock {
        frames: 8,
        inputs: &[&ones, &short],
        outputs: &mut [&mut left, &mut cut],
        events_in: Events::EMPTY,
        events_out: &mut EventList::default(),
        transport: None,
    };
    processor.process(&mut block);
    assert_eq!((left, cut), ([1.0; 8], [0.0; 3]));
    controller.deactivate(processor);
}

#[test]
fn a_strip_gets_wider_and_narrower_while_it_plays() {
    let mut plan = Sketch::new();
    let (wide, narrow, track) = (plan.input(0), plan.input(1), plan.strip(1));
    plan.chain(&[track, plan.output()]);
    let (mut with_wide, mut with_narrow) = (plan.clone(), plan);
    with_wide.chain(&[wide, track]);
    with_narrow.chain(&[narrow, track]);
    let options = EngineOptions::new(Arc::new(Blobs::default()), TestLoader(Arc::default()));
    let mut controller = EngineController::new(options);
    controller.apply(with_narrow.plan.clone()).unwrap();
    let config = AudioConfig { rate: RATE, max_block: 512, mode: RenderMode::Offline };
    let host = HostBuses { inputs: Buses::new([4, 2]), outputs: Buses::new([4]) };
    let mut processor = controller.activate_on(config, host).unwrap();
    let ones = [1.0; 4_096];
    for (sketch, expected) in [(&with_wide, 1.0), (&with_narrow, 0.0), (&with_wide, 1.0)] {
        controller.apply(sketch.plan.clone()).unwrap();
        let mut outputs = [[0.0; 4_096]; 4];
        let [a, b, c, d] = &mut outputs;
        let mut block = ProcessBlock {
            frames: 4_096,
            inputs: &[&ones[..]; 6],
            outputs: &mut [a, b, c, d],
            events_in: Events::EMPTY,
            events_out: &mut EventList::default(),
            transport: None,
        };
        assert_no_alloc::assert_no_alloc(|| processor.process(&mut block));
        controller.poll();
        assert_eq!(outputs.map(|channel| channel[4_095]), [1.0, 1.0, expected, expected]);
    }
    controller.deactivate(processor);
}

#[test]
fn a_strip_that_waits_gets_wider_and_narrower_without_a_click_or_gap() {
    let mut plan = Sketch::new();
    let (wide, narrow, track, silent) = (plan.input(0), plan.input(1), plan.strip(1), plan.strip(2));
    let late = plan.plugin(5, "late:1000");
    plan.set(silent, strip::VOLUME_DB, -200.0);
    plan.chain(&[narrow, late, silent, plan.output()]);
    plan.chain(&[narrow, track, plan.output()]);
    let mut with_wide = plan.clone();
    with_wide.chain(&[wide, track]);
    let options = EngineOptions::new(Arc::new(Blobs::default()), TestLoader(Arc::default()));
    let mut controller = EngineController::new(options);
    controller.apply(plan.plan.clone()).unwrap();
    let config = AudioConfig { rate: RATE, max_block: 64, mode: RenderMode::Offline };
    let host = HostBuses { inputs: Buses::new([6, 2]), outputs: Buses::new([2]) };
    let mut processor = controller.activate_on(config, host).unwrap();
    // The wide input is silent.
    let inputs = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0].map(|level| [level; 64]);
    let inputs = inputs.each_ref().map(|channel| &channel[..]);
    let mut heard = Vec::new();
    for sketch in [&plan, &with_wide, &plan] {
        controller.apply(sketch.plan.clone()).unwrap();
        for _ in 0..40 {
            let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
            let mut block = ProcessBlock {
                frames: 64,
                inputs: &inputs,
                outputs: &mut [&mut left, &mut right],
                events_in: Events::EMPTY,
                events_out: &mut EventList::default(),
                transport: None,
            };
            assert_no_alloc::assert_no_alloc(|| processor.process(&mut block));
            heard.extend(left);
        }
        controller.poll();
    }
    controller.deactivate(processor);
    let heard = &heard[1_500..];
    let silent = heard.iter().filter(|sample| **sample == 0.0).count();
    assert!(
        largest_step(heard) < 0.01 && silent < 10,
        "a step of {}, silent for {silent}",
        largest_step(heard)
    );
}
