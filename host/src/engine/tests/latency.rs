//! Whatever is late on whatever path, what belongs together arrives together.

use std::sync::Arc;

use proptest::prelude::*;
use protocol::latency::{LateNode, LatencyPolicy, LatencyWait};
use protocol::{Curve, Frames, NodeId, NodeRole, SampleRate, device};

use super::harness::*;
use crate::RenderMode;
use crate::engine::Threads;

fn sine(frame: u64) -> f32 {
    (crate::math::to_f32(crate::math::to_f64(i64::try_from(frame).unwrap())) * 0.05).sin()
}

/// A path from a node to the output: late plugins, sends, and at last its sign.
fn path(sketch: &mut Sketch, from: NodeId, number: u128, late: &[u16], sign: &str) -> NodeId {
    let mut row = vec![from];
    for (index, frames) in (1..).zip(late) {
        row.push(sketch.plugin(number * 100 + index, &format!("late:{frames}")));
        if frames % 3 == 0 {
            row.push(sketch.send(number * 100 + index));
        }
    }
    row.push(sketch.plugin(number * 100, sign));
    sketch.chain(&row);
    row[row.len() - 1]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_sine_and_its_inverse_cancel_through_unequal_paths(
        one in prop::collection::vec(1_u16..400, 0..4), other in prop::collection::vec(1_u16..400, 0..4),
        before in prop::collection::vec(1_u16..400, 0..2), after in prop::collection::vec(1_u16..400, 0..2),
        rate in prop::sample::select(vec![44_100.0, 48_000.0, 96_000.0, 192_000.0]),
        cut in prop::collection::vec(1..700_usize, 10..30), max_block in prop::sample::select(vec![16, 64, 512]),
    ) {
        let mut sketch = Sketch::new();
        let input = sketch.input(0);
        let source = path(&mut sketch, input, 1, &before, "gain:1");
        let (plus, minus) = (path(&mut sketch, source, 2, &one, "gain:1"), path(&mut sketch, source, 3, &other, "gain:-1"));
        // They meet on a bus that is late itself, beside a path that goes straight to the output.
        let bus = sketch.strip(4);
        sketch.chain(&[plus, bus]);
        sketch.chain(&[minus, bus]);
        let end = path(&mut sketch, bus, 5, &after, "gain:1");
        let output = sketch.output();
        sketch.chain(&[end, output]);
        let mut rig = Rig::with(&sketch.plan, Arc::default(), SampleRate(rate), max_block, RenderMode::Offline, 30.0);
        rig.input = sine;
        let [left, _] = rig.render(cut.iter().copied());
        prop_assert_eq!(peak(&left), 0.0);
        let sum = |path: &[u16]| path.iter().copied().map(i64::from).sum::<i64>();
        let longest = sum(&before) + sum(&one).max(sum(&other)) + sum(&after);
        prop_assert_eq!(rig.controller.latency(), Frames(longest));
        prop_assert_eq!(rig.controller.ledger().total, Frames(longest));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_sidechain_hears_what_its_device_hears_however_late_both_are(
        one in prop::collection::vec(1_u16..400, 0..4), other in prop::collection::vec(1_u16..400, 0..4),
        third in prop::collection::vec(1_u16..400, 0..3), rate in prop::sample::select(vec![44_100.0, 96_000.0]),
        cut in prop::collection::vec(1..700_usize, 10..30), max_block in prop::sample::select(vec![16, 64, 512]),
        threads in 1..4_usize,
    ) {
        // The difference of what comes in at its two inputs: of a source by two ways, and of two sources that meet before.
        let mut sketch = Sketch::new();
        let input = sketch.input(0);
        let (main, side) = (path(&mut sketch, input, 1, &one, "gain:1"), path(&mut sketch, input, 2, &other, "gain:1"));
        let more = path(&mut sketch, input, 3, &third, "gain:0.5");
        let (minus, bus) = (sketch.plugin(4, "minus"), sketch.strip(5));
        for (from, to) in [(main, minus), (more, minus), (side, bus), (more, bus), (minus, sketch.output())] {
            sketch.chain(&[from, to]);
        }
        sketch.sidechain(bus, minus);
        let threads = Threads::Exactly(std::num::NonZeroUsize::new(threads).unwrap());
        let mode = RenderMode::Offline;
        let mut rig = Rig::with_threads(&sketch.plan, Arc::default(), threads, SampleRate(rate), max_block, mode, 30.0);
        rig.input = sine;
        let [left, _] = rig.render(cut.iter().copied());
        // Sums in another order differ in their last bits.
        prop_assert!(peak(&left) < 1e-6, "{}", peak(&left));
    }
}

/// A path that is late by 100 frames beside one that is not.
fn two_paths(policy: LatencyPolicy) -> Sketch {
    let mut sketch = Sketch::new();
    let (input, late, strip) = (sketch.input(0), sketch.plugin(1, "late:100"), sketch.strip(2));
    sketch.chain(&[input, late, sketch.output()]);
    sketch.chain(&[input, strip, sketch.output()]);
    sketch.plan.latency = policy;
    sketch
}

/// Where an impulse at frame 0 comes out.
fn arrivals(rig: &mut Rig) -> Vec<usize> {
    rig.input = |frame| if frame == 0 { 1.0 } else { 0.0 };
    let [left, _] = rig.render(blocks(1_000, 64));
    left.iter().enumerate().filter(|(_, sample)| **sample != 0.0).map(|(frame, _)| frame).collect()
}

#[test]
fn the_policy_says_how_late_the_output_is() {
    let cases = [
        (LatencyPolicy::Auto, 100, vec![100]),
        (LatencyPolicy::Fixed { frames: 256 }, 256, vec![256]),
        (LatencyPolicy::Fixed { frames: 64 }, 100, vec![100]),
        (LatencyPolicy::Zero, 0, vec![0, 100]),
    ];
    for (policy, total, expected) in cases {
        let mut rig = Rig::new(&two_paths(policy).plan, Arc::default());
        assert_eq!(rig.controller.latency(), Frames(total), "{policy:?}");
        assert_eq!(arrivals(&mut rig), expected, "{policy:?}");
    }
}

#[test]
fn another_policy_takes_effect_while_it_runs() {
    let mut rig = Rig::new(&two_paths(LatencyPolicy::Auto).plan, Arc::default());
    rig.block(64);
    rig.apply(&two_paths(LatencyPolicy::Zero));
    rig.render(blocks(2_000, 64));
    rig.frame = 0;
    assert_eq!(arrivals(&mut rig), [0, 100]);
}

#[test]
fn the_ledger_says_who_adds_what_and_who_waits() {
    let mut rig = Rig::new(&two_paths(LatencyPolicy::Auto).plan, Arc::default());
    rig.block(64);
    let ledger = rig.controller.ledger();
    let (late, strip) = (id(1, NodeRole::Device), id(2, NodeRole::Strip));
    let (input, output) = (id(900, NodeRole::Input), id(0, NodeRole::Output));
    assert_eq!(ledger.total, Frames(100));
    assert_eq!(ledger.late, [LateNode { node: late, own: Frames(100), arrival: Frames(0) }]);
    assert_eq!(ledger.waits, [LatencyWait { from: strip, to: output, frames: Frames(100) }]);
    assert_eq!(ledger.longest, [input, late, output]);
}

#[test]
fn a_ramp_is_the_ramp_computed_directly() {
    let mut sketch = Sketch::new();
    let (input, strip) = (sketch.input(0), sketch.strip(1));
    sketch.chain(&[input, strip, sketch.output()]);
    // At 120 bpm a beat is 24,000 frames.
    sketch.automate(strip, device::strip::PAN, &[(0.0, 0.0, Curve::Linear), (1.0, 1.0, Curve::Hold)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.input = |_| 1.0;
    let [left, right] = rig.render(blocks(25_000, 113));
    for (frame, sample) in left.iter().enumerate() {
        let expected = (1.0 - crate::math::len_f64(frame) / 24_000.0).max(0.0);
        assert!((f64::from(*sample) - expected).abs() < 1e-6, "frame {frame}: {sample} for {expected}");
    }
    assert!(right.iter().all(|sample| *sample == 1.0));
}
