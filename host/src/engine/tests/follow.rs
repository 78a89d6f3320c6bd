//! Followers: what is loud here moves something there, on its exact frame.

use std::num::NonZeroUsize;
use std::sync::Arc;

use protocol::device::{follower, strip};
use protocol::{BlobHash, NodeId};

use super::harness::*;
use crate::RenderMode;
use crate::engine::{ApplyError, Threads};

const TOTAL: usize = 9_000;

/// Sines of different loudness, and rests.
fn burst(frame: u64) -> f32 {
    let at = u16::try_from(frame % 6_000).unwrap();
    if (500..2_500).contains(&at) { (f32::from(at) * 0.05).sin() * 0.8 } else { 0.0 }
}

/// The loudness of the burst, as the definition has it.
fn levels(attack: f64, release: f64, gain: f32) -> Vec<f32> {
    let speed = |secs: f64| crate::math::to_f32(1.0 - (-1.0 / (secs * RATE.0)).exp());
    let mut level = 0.0_f32;
    let follow = |frame: u64| {
        let way = burst(frame).abs() * gain - level;
        level += way * speed(if way > 0.0 { attack } else { release });
        if level < 1e-9 {
            level = 0.0;
        }
        level.min(1.0)
    };
    (0..TOTAL as u64).map(follow).collect()
}

/// What becomes of ones on a strip whose pan goes with the levels: each is headed for from one step to the next.
fn panned(levels: &[f32]) -> Vec<f32> {
    let grid = usize::from(protocol::plan::ControlFrames::default().frames());
    let gain = |frame: usize| 1.0 - levels[frame];
    let at = |frame: usize| {
        let to = frame / grid * grid;
        let from = to.saturating_sub(grid);
        let way = crate::math::to_f32(crate::math::len_f64(frame - to) / crate::math::len_f64(grid));
        gain(from) + (gain(to) - gain(from)) * way
    };
    (0..levels.len()).map(at).collect()
}

/// Ones on a strip, moved by the input: with plugins that are so late before the strip and before the follower.
fn sketch(ones: BlobHash, late: (&str, &str)) -> Sketch {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let clip = sketch.audio(1, vec![audio_clip(0.0, 64.0, ones)]);
    let path = |sketch: &mut Sketch, from: NodeId, number: u128, what: &str| {
        let plugin = sketch.plugin(number, what);
        sketch.chain(&[from, plugin]);
        plugin
    };
    let (clip, heard) = (path(&mut sketch, clip, 2, late.0), path(&mut sketch, input, 3, late.1));
    let strip = sketch.strip(4);
    sketch.chain(&[clip, strip, sketch.output()]);
    let follower = sketch.follow(5, heard, strip, strip::PAN, 1.0);
    sketch.set(follower, follower::ATTACK_SECS, 0.002);
    sketch.set(follower, follower::RELEASE_SECS, 0.01);
    sketch.set(follower, follower::GAIN_DB, 20.0 * 1.2_f64.log10());
    sketch
}

#[test]
fn a_burst_moves_a_parameter_as_computed_directly() {
    let blobs = Arc::new(Blobs::default());
    let ones = blobs.wav(48_000, 48_000, |_, _| 1.0);
    let expected = panned(&levels(0.002, 0.01, 1.2));
    assert!(expected.iter().any(|gain| *gain < 0.3), "the burst is heard");
    for (late, frames) in
        [(("gain:1", "gain:1"), 0), (("late:100", "gain:1"), 100), (("gain:1", "late:70"), 70)]
    {
        let plan = sketch(ones, late).plan;
        for (name, cut) in cuts(TOTAL) {
            for (max_block, threads) in [(64, 1), (1_024, 1), (64, 3)] {
                let threads = Threads::Exactly(NonZeroUsize::new(threads).unwrap());
                let mode = RenderMode::Offline;
                let blobs = blobs.clone();
                let mut rig = Rig::with_threads(&plan, blobs, threads, RATE, max_block, mode, 30.0).play();
                rig.input = burst;
                let [left, right] = rig.render(cut.iter().copied());
                for (frame, sample) in left.iter().enumerate().skip(frames) {
                    let expected = expected[frame - frames];
                    assert!(
                        (sample - expected).abs() < 1e-4,
                        "{late:?}, {name}, {frame}: {sample} for {expected}"
                    );
                }
                assert!(right[frames..].iter().all(|sample| *sample == 1.0), "{late:?}, {name}");
            }
        }
    }
}

#[test]
fn a_follower_follows_while_playback_stands() {
    let mut sketch = Sketch::new();
    let (input, strip) = (sketch.input(0), sketch.strip(1));
    sketch.chain(&[input, strip, sketch.output()]);
    sketch.follow(2, input, strip, strip::PAN, 1.0);
    let mut first: Option<Vec<f32>> = None;
    for (name, cut) in cuts(TOTAL) {
        let mut rig = Rig::new(&sketch.plan, Arc::default());
        rig.input = |_| 1.0;
        let [left, _] = rig.render(cut);
        assert!(left[64] > 0.9 && left[TOTAL - 1] < 1e-3, "{name}: {} {}", left[64], left[TOTAL - 1]);
        assert!(largest_step(&left) < 0.01, "{name}");
        assert_eq!(*first.get_or_insert_with(|| left.clone()), left, "{name}");
    }
}

#[test]
fn a_hand_moves_what_is_modulated_while_playback_stands() {
    let mut sketch = Sketch::new();
    let (input, strip) = (sketch.input(0), sketch.strip(1));
    sketch.chain(&[input, strip, sketch.output()]);
    let silent = sketch.strip(3);
    sketch.follow(2, silent, strip, strip::PAN, 1.0);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 1.0;
    rig.render(blocks(640, 64));
    sketch.set(strip, strip::PAN, 0.5);
    rig.apply(&sketch);
    let [left, _] = rig.render(blocks(640, 64));
    assert_eq!(left.last(), Some(&0.5));
}

#[test]
fn what_a_node_has_by_its_own_doing_is_sent_only_to_what_modulates_it() {
    for (is_modulated, gain) in [(false, 1.0), (true, 0.5)] {
        let mut sketch = Sketch::new();
        let (input, strip) = (sketch.input(0), sketch.strip(1));
        sketch.chain(&[input, strip, sketch.output()]);
        let silent = sketch.strip(3);
        if is_modulated {
            sketch.follow(2, silent, strip, strip::PAN, 1.0);
        }
        let mut rig = Rig::new(&sketch.plan, Arc::default());
        rig.input = |_| 1.0;
        rig.render(blocks(640, 64));
        rig.controller.moved_by_itself(strip, &[(strip::PAN, 0.5)].into());
        sketch.set(strip, strip::PAN, 0.5);
        rig.apply(&sketch);
        let [left, _] = rig.render(blocks(640, 64));
        assert_eq!(left.last(), Some(&gain), "it has nothing, and only modulation is told: {is_modulated}");
    }
}

#[test]
fn followers_come_and_go_while_it_plays() {
    let mut sketch = Sketch::new();
    let (input, strip) = (sketch.input(0), sketch.strip(1));
    sketch.chain(&[input, strip, sketch.output()]);
    let without = sketch.clone();
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.input = |_| 1.0;
    rig.render(blocks(640, 64));
    sketch.follow(2, input, strip, strip::PAN, 0.5);
    sketch.follow(3, input, strip, strip::PAN, 0.25);
    rig.apply(&sketch);
    let [left, _] = rig.render(blocks(48_000, 64));
    assert!((left.last().unwrap() - 0.25).abs() < 1e-3);
    rig.apply(&without);
    let [left, _] = rig.render(blocks(48_000, 64));
    assert_eq!(left.last(), Some(&1.0));
}

#[test]
fn a_follower_that_moves_what_it_hears_is_a_circle() {
    let mut sketch = Sketch::new();
    let (input, strip) = (sketch.input(0), sketch.strip(1));
    sketch.chain(&[input, strip, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let follower = sketch.follow(2, strip, strip, strip::PAN, 1.0);
    let Err(ApplyError::Cycle(nodes)) = rig.controller.apply(sketch.plan) else { panic!("a circle") };
    assert!(nodes.contains(&follower) && nodes.contains(&strip), "{nodes:?}");
}
