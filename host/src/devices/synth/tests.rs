use protocol::DeviceKind;
use protocol::device::synth::id;

use crate::devices::tests::{Rig, db, note_off, note_on, param};
use crate::event::{Event, EventKind, Expression, Voice};

/// A plain saw, wide open and steady.
const SAW: [(protocol::ParamId, f64); 7] = [
    (id::OSC2_LEVEL, 0.0),
    (id::CUTOFF, 20_000.0),
    (id::FILTER_ENV, 0.0),
    (id::AMP_SUSTAIN, 1.0),
    (id::VELOCITY, 0.0),
    (id::SPREAD, 0.0),
    (id::KEY_TRACK, 0.0),
];

/// The fundamental's frequency, by the phase it gains between two windows.
fn pitch(samples: &[f32], rate: f64, near: f64) -> f64 {
    let (window, hop) = (16_384, 4_096);
    let phase = |from: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for (at, x) in samples[from..from + window].iter().enumerate() {
            let w = std::f64::consts::TAU * at as f64 / window as f64;
            let hann = 0.5 - 0.5 * w.cos();
            let (sin, cos) = (std::f64::consts::TAU * near / rate * (from + at) as f64).sin_cos();
            re += f64::from(*x) * hann * cos;
            im -= f64::from(*x) * hann * sin;
        }
        im.atan2(re)
    };
    let gained = phase(hop) - phase(0);
    let gained = (gained + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
    near + gained * rate / (std::f64::consts::TAU * hop as f64)
}

/// Checks the pitch of key 69 after some events, in cents off 440 Hz.
fn check(rate: f64, settings: &[(protocol::ParamId, f64)], events: &[Event], expected_cents: f64) {
    let mut rig = Rig::with(DeviceKind::Synth, rate, &[&SAW, settings].concat());
    let audio = rig.notes(&[&[note_on(0, 69)], events].concat(), 60_000);
    let near = 440.0 * (expected_cents / 1_200.0).exp2();
    let cents = 1_200.0 * (pitch(&audio[0][36_000..], rate, near) / 440.0).log2();
    assert!((cents - expected_cents).abs() < 1.0, "rate {rate}: {cents:.2} cents, expected {expected_cents}");
}

#[test]
fn keys_have_their_pitch() {
    for rate in [8_000.0, 44_100.0, 48_000.0, 192_000.0] {
        check(rate, &[], &[], 0.0);
    }
    for wave in 0..4 {
        check(48_000.0, &[(id::OSC1_WAVE, f64::from(wave))], &[], 0.0);
    }
    check(48_000.0, &[(id::OSC1_LEVEL, 0.0), (id::OSC2_LEVEL, 1.0), (id::OSC2_DETUNE, 40.0)], &[], 40.0);
}

#[test]
fn bends_and_tuning_add_up() {
    let bend = Event::new(9, EventKind::Midi { port: 0, data: [0xE0, 0, 96] });
    check(48_000.0, &[], &[bend], 100.0);
    let voice = Voice::key(0, 69);
    let tuning = Event::new(9, EventKind::Expression { voice, expression: Expression::Tuning, value: -3.5 });
    check(48_000.0, &[], &[tuning], -350.0);
    check(48_000.0, &[], &[bend, tuning], -250.0);
}

#[test]
fn a_chord_of_the_first_patch_peaks_near_minus_12_db() {
    let mut rig = Rig::new(DeviceKind::Synth, 48_000.0);
    let audio = rig.notes(&[48, 55, 60, 64].map(|key| note_on(0, key)), 48_000);
    let peak = db(audio.iter().flatten().fold(0.0_f32, |peak, x| peak.max(x.abs())));
    assert!((-14.0..-10.0).contains(&peak), "peak {peak:.1} dB");
}

#[test]
fn every_note_ends_once() {
    let mut rig = Rig::new(DeviceKind::Synth, 48_000.0);
    let mut events: Vec<Event> =
        (0..60_u8).map(|at| note_on(u32::from(at) * 30, 30 + i16::from(at))).collect();
    events.extend((0..60_u8).map(|at| note_off(20_000 + u32::from(at), 30 + i16::from(at))));
    events.sort_by_key(|event| event.frame);
    let frames = 60_000;
    let (audio, ended) = rig.render(&[vec![0.0; frames], vec![0.0; frames]], &events);
    let mut keys: Vec<i16> = ended
        .iter()
        .map(|event| match event.kind {
            EventKind::NoteEnd { voice } => voice.key,
            other => panic!("{other:?}"),
        })
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, (30..90).collect::<Vec<_>>());
    assert_eq!(audio[0][frames - 1], 0.0);
}

#[test]
fn a_note_sounds_the_same_whenever_it_is_played() {
    let mut rig = Rig::with(DeviceKind::Synth, 48_000.0, &[(id::LFO_DEPTH, 0.5), (id::NOISE_LEVEL, 0.3)]);
    let first = rig.notes(&[note_on(0, 50), note_off(3_000, 50)], 40_000);
    let later = rig.notes(&[note_on(777, 50), note_off(3_777, 50)], 40_777);
    assert!(first[0][..] == later[0][777..]);
}

#[test]
fn the_pedal_holds_notes_until_it_is_let_go() {
    let pedal = |frame, value| Event::new(frame, EventKind::Midi { port: 0, data: [0xB0, 64, value] });
    let mut rig = Rig::with(DeviceKind::Synth, 48_000.0, &SAW);
    let events = [pedal(0, 127), note_on(10, 60), note_off(100, 60), pedal(24_000, 0)];
    let audio = rig.notes(&events, 60_000);
    let peak = |from: usize, to: usize| audio[0][from..to].iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    assert!(peak(20_000, 24_000) > 0.01 && peak(50_000, 60_000) == 0.0);
}

#[test]
fn the_filter_opens_with_its_parameter() {
    let bright = |cutoff: f64| {
        let mut rig = Rig::with(DeviceKind::Synth, 48_000.0, &[&SAW[..], &[(id::CUTOFF, cutoff)]].concat());
        let audio = rig.notes(&[note_on(0, 45)], 40_000);
        10.0 * Rig::power(&audio[0][8_000..], 48_000.0, 110.0 * 40.0).log10()
    };
    assert!(bright(10_000.0) - bright(1_100.0) > 20.0, "{} {}", bright(10_000.0), bright(1_100.0));
}

#[test]
fn automation_while_a_note_sounds_leaves_no_edge() {
    let settings = [&SAW[..], &[(id::OSC1_WAVE, 0.0)]].concat();
    for (target, value) in
        [(id::LEVEL_DB, -30.0), (id::OSC1_LEVEL, 0.1), (id::SPREAD, 1.0), (id::CUTOFF, 100.0)]
    {
        let mut rig = Rig::with(DeviceKind::Synth, 48_000.0, &settings);
        let audio = rig.notes(&[note_on(0, 33), param(20_003, target, value)], 30_000);
        let edge = |at: usize| (audio[0][at] - 2.0 * audio[0][at + 1] + audio[0][at + 2]).abs();
        let usual = (15_000..20_000).map(edge).fold(0.0, f32::max);
        let worst = (20_000..29_000).map(edge).fold(0.0, f32::max);
        assert!(worst < 4.0 * usual + 5e-4, "{target:?}: an edge of {worst}, usually {usual}");
    }
}
