//! The synthetic test signals of EBU Tech 3341 (loudness, true peak) and Tech 3342 (loudness range), with their
//! tolerances.

#![allow(clippy::cast_possible_truncation, reason = "samples")]

use super::*;

const RATE: u32 = 48_000;

/// A sine of `hz` in both channels, through segments of (peak level in dBFS, seconds).
fn sine(hz: f64, segments: &[(f64, f64)]) -> Vec<f32> {
    let mut samples = Vec::new();
    for &(level_db, secs) in segments {
        let gain = 10.0_f64.powf(level_db / 20.0);
        for _ in 0..frames_of(secs, SampleRate(f64::from(RATE))) {
            let at = samples.len() as f64 / f64::from(RATE);
            samples.push((gain * (at * hz * std::f64::consts::TAU).sin()) as f32);
        }
    }
    samples
}

fn hear(samples: &[f32]) -> Loudness {
    let mut meter = LoudnessMeter::new(RATE).expect("a usual rate");
    // The blocks do not matter.
    for block in samples.chunks(777) {
        meter.add(block, block).expect("two channels");
    }
    meter.loudness().expect("all modes are on")
}

#[track_caller]
fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance, "{found} is not {wanted} +- {tolerance}");
}

#[test]
fn a_steady_sine_has_its_level() {
    for (level, lufs) in [(-23.0, -23.0), (-33.0, -33.0)] {
        let found = hear(&sine(1_000.0, &[(level, 20.0)]));
        near(found.integrated_lufs, lufs, 0.1);
        near(found.momentary_max_lufs, lufs, 0.1);
        near(found.short_term_max_lufs, lufs, 0.1);
        near(found.range_lu, 0.0, 0.1);
    }
}

#[test]
fn quiet_parts_are_gated() {
    let found = hear(&sine(1_000.0, &[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)]));
    near(found.integrated_lufs, -23.0, 0.1);
    let parts = [(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)];
    near(hear(&sine(1_000.0, &parts)).integrated_lufs, -23.0, 0.1);
    let parts = [(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)];
    near(hear(&sine(1_000.0, &parts)).integrated_lufs, -23.0, 0.1);
}

#[test]
fn bursts_as_long_as_the_windows_have_the_same_greatest_loudness_wherever_they_begin() {
    for step in [0.0, 3.0, 11.0, 19.0] {
        let short = sine(1_000.0, &[(-120.0, 0.5 + step * 0.02), (-23.0, 0.4), (-120.0, 1.0)]);
        near(hear(&short).momentary_max_lufs, -23.0, 0.1);
        let long = sine(1_000.0, &[(-120.0, 1.0 + step * 0.15), (-23.0, 3.0), (-120.0, 1.0)]);
        near(hear(&long).short_term_max_lufs, -23.0, 0.1);
    }
}

#[test]
fn the_range_lies_between_soft_and_loud() {
    for (parts, range) in [
        (vec![(-20.0, 20.0), (-30.0, 20.0)], 10.0),
        (vec![(-20.0, 20.0), (-15.0, 20.0)], 5.0),
        (vec![(-40.0, 20.0), (-20.0, 20.0)], 20.0),
        (vec![(-50.0, 20.0), (-35.0, 20.0), (-20.0, 20.0), (-35.0, 20.0), (-50.0, 20.0)], 15.0),
    ] {
        near(hear(&sine(1_000.0, &parts)).range_lu, range, 1.0);
    }
}

/// A quarter of the sampling rate, starting at 45 degrees: no sample ever meets a peak.
#[test]
fn peaks_between_the_samples_are_found() {
    let samples: Vec<f32> = (0..RATE)
        .map(|frame| {
            let turns = f64::from(frame) / 4.0 + 0.125;
            (0.5 * (turns * std::f64::consts::TAU).sin()) as f32
        })
        .collect();
    let sample_peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    near(20.0 * f64::from(sample_peak).log10(), -9.03, 0.01);
    let found = hear(&samples).true_peak_db;
    assert!((-6.4..=-5.8).contains(&found), "{found} is not -6 +0.2 -0.4 dBTP");
}

#[test]
fn silence_and_nothing_have_no_loudness() {
    for samples in [vec![], vec![0.0; 48_000 * 4]] {
        let found = hear(&samples);
        assert_eq!(found.integrated_lufs, f64::NEG_INFINITY);
        assert_eq!(found.momentary_max_lufs, f64::NEG_INFINITY);
        let json = serde_json::to_value(found).expect("plain data");
        assert!(json["integrated_lufs"].is_null());
    }
}
