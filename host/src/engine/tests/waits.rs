//! New plans while cables wait for what is late on other paths: what is in their delay lines does not click.

use std::sync::Arc;

use proptest::prelude::*;
use protocol::device::strip;
use protocol::*;

use super::harness::*;

/// A slow sine: what steps much more than it does is a click.
fn sine(frame: u64) -> f32 {
    (frame as f32 * 0.005).sin() * 0.5
}

/// What a signal of full level steps, and what it steps more while it fades.
const STEP: f32 = 0.5 * 0.005 + 0.5 / 240.0;

/// A path late by 1000 frames that nobody hears; so whatever else goes from the input to the output waits.
fn waiting() -> (Sketch, NodeId, [NodeId; 2]) {
    let mut sketch = Sketch::new();
    let (input, late, silent) = (sketch.input(0), sketch.plugin(1, "late:1000"), sketch.strip(1));
    sketch.set(silent, strip::VOLUME_DB, -200.0);
    sketch.chain(&[input, late, silent, sketch.output()]);
    let strips = [2, 3].map(|number| sketch.strip(number));
    (sketch, input, strips)
}

/// As [`waiting`], with a strip that is heard.
fn one_track() -> (Sketch, NodeId, [NodeId; 2]) {
    let (mut sketch, input, strips) = waiting();
    sketch.chain(&[input, strips[0], sketch.output()]);
    (sketch, input, strips)
}

/// Applies one plan after another every 3000 frames; gives the output once the first is heard.
fn apply_each(plans: &[&Sketch], input: fn(u64) -> f32) -> Vec<f32> {
    let mut rig = Rig::new(&plans[0].plan, Arc::default());
    rig.input = input;
    let mut out = rig.render(blocks(3_000, 100))[0].split_off(1_500);
    for plan in &plans[1..] {
        rig.apply(plan);
        out.extend(&rig.render(blocks(3_000, 100))[0]);
    }
    rig.stop();
    out
}

/// The largest step while plans change, in those of one signal.
fn steps(plans: &[&Sketch]) -> f32 {
    largest_step(&apply_each(plans, sine)) / STEP
}

#[test]
fn a_track_that_waits_comes_and_goes_without_a_click() {
    let (one, input, [_, second]) = one_track();
    let mut two = one.clone();
    two.chain(&[input, second, two.output()]);
    let steps = steps(&[&one, &two, &one]);
    assert!(steps < 2.1, "{steps}");
}

#[test]
fn latency_that_goes_and_comes_does_not_click() {
    let (one, ..) = one_track();
    let (mut now, mut later) = (one.clone(), one.clone());
    now.plan.latency = LatencyPolicy::Zero;
    later.plan.latency = LatencyPolicy::Fixed { frames: 2_000 };
    let steps = steps(&[&one, &now, &one, &later, &one]);
    assert!(steps < 2.1, "{steps}");
}

#[test]
fn a_line_gets_and_loses_a_second_reader_without_a_click() {
    let (mut one, _, [first, bus]) = one_track();
    let gain = one.plugin(7, "gain:0");
    one.chain(&[id(1, NodeRole::Device), gain, bus, one.output()]);
    let mut two = one.clone();
    two.chain(&[first, bus]);
    let steps = steps(&[&one, &two, &one]);
    assert!(steps < 2.1, "{steps}");
}

#[test]
fn a_device_before_a_cable_that_waits_is_replaced_without_a_click() {
    let [one, other] = ["gain:0.9", "gain:-0.9"].map(|what| {
        let (mut sketch, input, [first, _]) = waiting();
        let gain = sketch.plugin(7, what);
        sketch.chain(&[input, gain, sketch.output()]);
        sketch.chain(&[gain, first]);
        sketch
    });
    let steps = steps(&[&one, &other, &one]);
    assert!(steps < 2.1, "{steps}");
}

#[test]
fn a_new_track_waits_for_one_of_its_inputs_without_a_click() {
    let (one, input, _) = waiting();
    let mut with = one.clone();
    // Silence that is late makes the input wait before the strip.
    let (silence, track) = (with.plugin(7, "gain:0"), with.strip(7));
    with.chain(&[id(1, NodeRole::Device), silence, track, with.output()]);
    with.chain(&[input, track]);
    let steps = steps(&[&one, &with, &one]);
    assert!(steps < 1.1, "{steps}");
}

#[test]
fn a_device_with_latency_comes_and_goes_without_a_click() {
    let (one, input, _) = waiting();
    for ways in [&["late:700"][..], &["late:300", "late:500"], &["late:1000", "late:1500"]] {
        let mut with = one.clone();
        // It meets in a new strip what is not late.
        let (beside, both) = (with.strip(7), with.strip(8));
        let mut chain = vec![input];
        chain.extend((10..).zip(ways).map(|(number, what)| with.plugin(number, what)));
        chain.extend([both, with.output()]);
        with.chain(&chain);
        with.chain(&[input, beside, both]);
        let steps = steps(&[&one, &with, &one]);
        assert!(steps < 2.1, "{ways:?}: {steps}");
    }
}

#[test]
fn a_device_whose_latency_is_another_when_it_is_replaced_does_not_click() {
    let [one, other] = ["late:700", "late:400"].map(|what| {
        let (mut sketch, input, _) = waiting();
        let late = sketch.plugin(7, what);
        sketch.chain(&[input, late, sketch.output()]);
        sketch
    });
    let steps = steps(&[&one, &other, &one]);
    assert!(steps < 2.1, "{steps}");
}

#[test]
fn what_stays_connected_does_not_fade() {
    let (mut without, input, [first, second]) = waiting();
    without.chain(&[input, first, second, without.output()]);
    let mut with = without.clone();
    with.chain(&[first, with.output()]);
    let heard = apply_each(&[&without, &with, &without], |_| 0.5);
    let least = heard.iter().copied().fold(f32::MAX, f32::min);
    assert_eq!((least, peak(&heard)), (0.5, 1.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn cables_come_and_go_at_any_time_without_a_click(
        edits in prop::collection::vec((any::<u16>(), 1..2_500_usize), 1..12), block in 16..300_usize,
    ) {
        let plans = edits.iter().map(|&(cables, frames)| {
            let (mut sketch, input, [first, second]) = waiting();
            let (late, output) = (id(1, NodeRole::Device), sketch.output());
            let ways = [
                (input, first), (input, second), (input, output), (first, second), (first, output), (second, output),
                (late, first), (late, second), (late, output),
            ];
            for (bit, (from, to)) in ways.into_iter().enumerate() {
                if cables >> bit & 1 == 1 {
                    sketch.chain(&[from, to]);
                }
            }
            if cables >> 11 & 1 == 1 {
                let device = sketch.plugin(7, &format!("late:{}", 300 + 100 * (cables >> 12)));
                sketch.chain(&[input, device, second]);
                sketch.chain(&[device, output]);
            }
            if cables >> 9 & 3 == 3 {
                sketch.plan.latency = LatencyPolicy::Zero;
            }
            (sketch, frames)
        });
        let mut rig = Rig::new(&waiting().0.plan, Arc::default());
        rig.input = sine;
        rig.render(blocks(3_000, block));
        let mut out = Vec::new();
        for (sketch, frames) in plans {
            rig.apply(&sketch);
            out.extend(rig.render(blocks(frames, block))[0].clone());
        }
        rig.stop();
        // Up to eight ways through, each with a few fades, of sources and lines.
        let most = 8.0 * (STEP + 4.0 * 0.5 / 240.0);
        prop_assert!(largest_step(&out) < most, "{} of {most}", largest_step(&out));
    }
}
