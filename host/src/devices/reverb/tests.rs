use protocol::device::reverb::id;
use protocol::{DeviceKind, ParamId};

use crate::devices::math;
use crate::devices::tests::{Rig, db};

const WET: [(ParamId, f64); 4] =
    [(id::MIX, 1.0), (id::DAMPING, 20_000.0), (id::LOW_CUT, 20.0), (id::PRE_DELAY, 0.0)];

/// Plays a burst of noise and gives the room's answer, a hundredth of a second at a time, in decibels.
fn decay(rig: &mut Rig, rate: f64, secs: f64) -> Vec<f64> {
    let frames = math::whole(rate * secs);
    let mut input = rig.noise(0.5, frames);
    let burst = frames / 20;
    input.iter_mut().for_each(|channel| channel[burst..].fill(0.0));
    let heard = rig.play(&input);
    let window = math::whole(rate / 100.0);
    let energy = |at: usize| -> f32 {
        heard.iter().map(|c| c[at..at + window].iter().map(|x| x * x).sum::<f32>()).sum()
    };
    (burst..frames - window).step_by(window).map(|at| 0.5 * db(energy(at))).collect()
}

/// Seconds for 60 dB, from a straight line through the decay between 5 and 45 dB below its start.
fn rt60(levels: &[f64]) -> f64 {
    let (top, bottom) = (levels[2] - 5.0, levels[2] - 45.0);
    let points: Vec<(f64, f64)> = (0..).map(|at| f64::from(at) / 100.0).zip(levels.iter().copied()).collect();
    let used: Vec<_> =
        points.into_iter().skip(2).filter(|(_, level)| (bottom..top).contains(level)).collect();
    let n = used.len() as f64;
    let (mx, my) = (used.iter().map(|p| p.0).sum::<f64>() / n, used.iter().map(|p| p.1).sum::<f64>() / n);
    let slope = used.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum::<f64>()
        / used.iter().map(|p| (p.0 - mx).powi(2)).sum::<f64>();
    -60.0 / slope
}

#[test]
fn the_decay_takes_as_long_as_it_says() {
    for (rate, size, secs) in [
        (48_000.0, 0.6, 2.2),
        (48_000.0, 0.0, 0.5),
        (48_000.0, 1.0, 6.0),
        (44_100.0, 0.3, 1.0),
        (96_000.0, 0.8, 3.0),
    ] {
        let mut rig =
            Rig::with(DeviceKind::Reverb, rate, &[&WET[..], &[(id::SIZE, size), (id::DECAY, secs)]].concat());
        let found = rt60(&decay(&mut rig, rate, secs * 1.2));
        assert!((found / secs - 1.0).abs() < 0.15, "size {size}, decay {secs} s: {found:.2} s");
    }
}

#[test]
fn damping_shortens_the_decay_of_highs_only() {
    let settings = [WET[0], WET[2], WET[3], (id::DECAY, 2.0), (id::DAMPING, 3_000.0)];
    for (hz, secs) in [(200.0, 2.0), (3_000.0, 1.0)] {
        let mut rig = Rig::with(DeviceKind::Reverb, 48_000.0, &settings);
        let mut input = rig.sine(hz, 0.5, 120_000);
        input.iter_mut().for_each(|channel| channel[24_000..].fill(0.0));
        let heard = rig.play(&input);
        let level =
            |at: usize| -> f64 { db(heard[0][at..at + 4_800].iter().map(|x| x * x).sum::<f32>()) * 0.5 };
        // Single tones beat, so the bound is wide.
        let found = 60.0 * 0.8 / (level(28_000) - level(28_000 + 38_400));
        assert!((found / secs - 1.0).abs() < 0.35, "{hz} Hz: {found:.2} s");
    }
}

#[test]
fn the_room_answers_after_the_pre_delay_and_both_sides_differ() {
    let mut rig = Rig::with(DeviceKind::Reverb, 48_000.0, &[WET[0], WET[1], WET[2], (id::PRE_DELAY, 0.1)]);
    let mut input = [vec![0.0; 48_000], vec![0.0; 48_000]];
    (input[0][0], input[1][0]) = (1.0, 1.0);
    let [left, right] = rig.play(&input);
    assert!(left[..4_800].iter().chain(&right[..4_800]).all(|x| *x == 0.0));
    assert!(left[4_800] != 0.0);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let correlation = dot(&left, &right) / (dot(&left, &left) * dot(&right, &right)).sqrt();
    assert!(correlation.abs() < 0.4, "correlation of the sides {correlation:.2}");
}

#[test]
fn no_mode_rings_alone() {
    // A metallic room has a few lines in its late spectrum; a good one has a noise-like spectrum, whose largest
    // value among some hundred is about ln(100) times the mean (exponentially distributed power).
    let mut rig = Rig::with(DeviceKind::Reverb, 48_000.0, &[&WET[..], &[(id::DECAY, 4.0)]].concat());
    let mut input = [vec![0.0; 96_000], vec![0.0; 96_000]];
    input[0][0] = 1.0;
    let heard = rig.play(&input);
    let late = &heard[0][48_000..80_000];
    let power: Vec<f64> =
        (0..400).map(|bin| Rig::power(late, 48_000.0, 300.0 + 7.3 * f64::from(bin))).collect();
    let mean = power.iter().sum::<f64>() / 400.0;
    let peak = power.iter().copied().fold(0.0, f64::max);
    assert!(peak < 14.0 * mean, "a mode sticks out by {:.1} dB", 10.0 * (peak / mean).log10());
}
