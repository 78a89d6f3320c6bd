//! The sounds of the demo song, computed: nothing is borrowed, and the same bytes come out on every machine.
//!
//! Everything is `f64` arithmetic in a fixed order at [`RATE`], with seeded noise, so that a rebuilt
//! song is identical to the committed one.

use std::f64::consts::TAU;

use crate::random::Random;

/// Frames per second of every sample.
pub const RATE: f64 = 44_100.0;

/// A mono sound, full scale at 1.
pub type Mono = Vec<f64>;

/// Frames in a time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "short positive times")]
pub fn frames(secs: f64) -> usize {
    (secs * RATE).round() as usize
}

#[expect(clippy::cast_precision_loss, reason = "short times")]
fn secs(frame: usize) -> f64 {
    frame as f64 / RATE
}

/// A sound of a length, sample by sample from the time in seconds.
fn sound(length_secs: f64, mut at: impl FnMut(f64) -> f64) -> Mono {
    (0..frames(length_secs)).map(|frame| at(secs(frame))).collect()
}

/// One-pole high-pass, in place.
fn high_pass(sound: &mut [f64], hertz: f64) {
    let pole = (-TAU * hertz / RATE).exp();
    let (mut low, gain) = (0.0, 1.0 - pole);
    for sample in sound {
        low += gain * (*sample - low);
        *sample -= low;
    }
}

/// One-pole low-pass, in place.
fn low_pass(sound: &mut [f64], hertz: f64) {
    let pole = (-TAU * hertz / RATE).exp();
    let (mut low, gain) = (0.0, 1.0 - pole);
    for sample in sound {
        low += gain * (*sample - low);
        *sample = low;
    }
}

/// Bass drum: a sine that falls from 160 Hz to 47 Hz, with a click.
pub fn kick() -> Mono {
    let mut phase = 0.0;
    let mut noise = Random(1);
    sound(0.42, |t| {
        let hertz = 47.0 + 115.0 * (-t / 0.028).exp();
        phase += hertz / RATE;
        let click = noise.bipolar() * (-t / 0.0025).exp() * 0.25;
        let body = (TAU * phase).sin() * (-t / 0.16).exp();
        ((body * 1.6 + click).tanh()) * 0.9
    })
}

/// Snare drum: two tones and bright noise.
pub fn snare() -> Mono {
    let mut noise = Random(2);
    let mut rattle = sound(0.28, |t| noise.bipolar() * (-t / 0.075).exp());
    high_pass(&mut rattle, 1_400.0);
    let tones = sound(0.28, |t| {
        ((TAU * 186.0 * t).sin() + 0.6 * (TAU * 331.0 * t).sin()) * (-t / 0.055).exp() * 0.45
    });
    rattle.iter().zip(&tones).map(|(rattle, tone)| (rattle * 0.55 + tone).tanh() * 0.8).collect()
}

/// A clap: four bursts and a tail.
pub fn clap() -> Mono {
    let mut noise = Random(3);
    let mut clap = sound(0.3, |t| {
        let bursts = [0.0, 0.011, 0.021, 0.033].iter().filter(|&&start| t >= start);
        let burst: f64 = bursts.map(|start| (-(t - start) / 0.004).exp()).sum();
        let tail = if t > 0.033 { (-(t - 0.033) / 0.07).exp() * 0.7 } else { 0.0 };
        noise.bipolar() * (burst + tail) * 0.42
    });
    high_pass(&mut clap, 900.0);
    low_pass(&mut clap, 7_500.0);
    clap
}

/// A hi-hat that rings for `decay_secs`.
pub fn hat(decay_secs: f64, seed: u64) -> Mono {
    let mut noise = Random(seed);
    let metal = [3_317.0, 4_271.0, 5_613.0, 6_911.0, 8_243.0];
    let mut hat = sound(decay_secs * 5.0, |t| {
        let tones: f64 = metal.iter().map(|hertz| (TAU * hertz * t).sin().signum()).sum();
        (noise.bipolar() * 0.7 + tones * 0.08) * (-t / decay_secs).exp()
    });
    high_pass(&mut hat, 6_500.0);
    hat.iter().map(|sample| sample * 0.5).collect()
}

/// Noise that rises over `length_secs` into the next section.
pub fn riser(length_secs: f64) -> Mono {
    let mut noise = Random(77);
    let mut low = 0.0;
    let mut riser = sound(length_secs, |t| {
        let way = t / length_secs;
        let hertz = 200.0 * (40.0_f64).powf(way);
        low += (1.0 - (-TAU * hertz / RATE).exp()) * (noise.bipolar() - low);
        low * way * way * 0.7
    });
    high_pass(&mut riser, 180.0);
    let fade = frames(0.01).min(riser.len());
    let end = riser.len();
    for (left, sample) in riser[end - fade..].iter_mut().rev().enumerate() {
        *sample *= secs(left) / 0.01;
    }
    riser
}

/// An electric-piano tone by frequency modulation: two pairs of sines, the bright one dying first.
pub fn keys(hertz: f64, length_secs: f64) -> Mono {
    sound(length_secs, |t| {
        let tine = (TAU * 14.0 * hertz * t).sin() * (-t / 0.09).exp() * 0.22;
        let body = (TAU * hertz * t).sin() * (0.9 * (-t / 0.7).exp() + 0.12);
        let reed = (TAU * hertz * t + body).sin();
        let attack = (t / 0.002).min(1.0);
        (reed * 0.62 + (TAU * hertz * t + tine).sin() * 0.3) * (-t / 1.4).exp() * attack
    })
}

/// A struck bar of wood or skin.
pub fn tap(hertz: f64, decay_secs: f64, grit: f64, seed: u64) -> Mono {
    let mut noise = Random(seed);
    sound(decay_secs * 6.0, |t| {
        let bend = 1.0 + 0.25 * (-t / 0.012).exp();
        let tone = (TAU * hertz * bend * t).sin() + 0.4 * (TAU * hertz * 2.71 * t).sin() * (-t / 0.02).exp();
        (tone * 0.6 + noise.bipolar() * grit * (-t / 0.006).exp()) * (-t / decay_secs).exp()
    })
}

/// A shaker's grain.
pub fn shaker() -> Mono {
    let mut noise = Random(9);
    let mut grain = sound(0.12, |t| noise.bipolar() * (t / 0.018).min(1.0) * (-t / 0.028).exp());
    high_pass(&mut grain, 5_000.0);
    grain
}

/// Adds `hit` to `loop_` at a frame, scaled; what passes the end wraps round to the start.
pub fn strike(loop_: &mut [f64], hit: &[f64], frame: usize, gain: f64) {
    let length = loop_.len();
    for (offset, sample) in hit.iter().enumerate().take(length) {
        loop_[(frame + offset) % length] += sample * gain;
    }
}

/// 16-bit samples with the loudest at `peak` of full scale.
#[expect(clippy::cast_possible_truncation, reason = "scaled to the range of i16")]
pub fn to_i16(sound: &[f64], peak: f64) -> Vec<i16> {
    let loudest = sound.iter().fold(1e-9_f64, |loudest, sample| loudest.max(sample.abs()));
    sound.iter().map(|sample| (sample / loudest * peak * 32_767.0).round() as i16).collect()
}
