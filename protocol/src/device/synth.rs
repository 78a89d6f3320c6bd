//! Polyphonic subtractive synthesiser: two oscillators, noise, a resonant filter, two envelopes, an LFO.

use crate::param::{ParamDescriptor as P, Unit};

/// Oscillator waves.
pub const WAVES: &[&str] = &["Sine", "Triangle", "Saw", "Square"];
/// Filter responses: 12 dB per octave, and a low-pass of 24.
pub const FILTERS: &[&str] = &["Low-pass", "Band-pass", "High-pass", "Low-pass 24"];
/// What the LFO moves.
pub const LFO_TARGETS: &[&str] = &["Pitch", "Cutoff", "Level"];

/// The synth's parameters.
pub const PARAMS: &[P] = &[
    P::choice(0, "osc1_wave", "Osc 1 wave", WAVES).starting_at(2.0),
    P::new(1, "osc1_level", "Osc 1 level", Unit::Percent, (0.0, 1.0), 0.8),
    P::choice(2, "osc2_wave", "Osc 2 wave", WAVES).starting_at(2.0),
    P::new(3, "osc2_level", "Osc 2 level", Unit::Percent, (0.0, 1.0), 0.5),
    P::new(4, "osc2_semitones", "Osc 2 pitch", Unit::Semitones, (-24.0, 24.0), 0.0),
    P::new(5, "osc2_detune", "Osc 2 detune", Unit::Cents, (-100.0, 100.0), 7.0),
    P::new(6, "noise_level", "Noise", Unit::Percent, (0.0, 1.0), 0.0),
    P::choice(7, "filter", "Filter", FILTERS),
    P::new(8, "cutoff", "Cutoff", Unit::Hertz, (20.0, 20_000.0), 3_500.0),
    P::new(9, "resonance", "Resonance", Unit::Percent, (0.0, 1.0), 0.1),
    P::new(10, "filter_env", "Filter env", Unit::Semitones, (-60.0, 60.0), 12.0),
    P::new(11, "key_track", "Key track", Unit::Percent, (0.0, 1.0), 0.3),
    P::new(12, "amp_attack", "Amp attack", Unit::Seconds, (0.0, 10.0), 0.002),
    P::new(13, "amp_decay", "Amp decay", Unit::Seconds, (0.0, 10.0), 0.25),
    P::new(14, "amp_sustain", "Amp sustain", Unit::Percent, (0.0, 1.0), 0.7),
    P::new(15, "amp_release", "Amp release", Unit::Seconds, (0.0, 10.0), 0.15),
    P::new(16, "filter_attack", "Filter attack", Unit::Seconds, (0.0, 10.0), 0.002),
    P::new(17, "filter_decay", "Filter decay", Unit::Seconds, (0.0, 10.0), 0.3),
    P::new(18, "filter_sustain", "Filter sustain", Unit::Percent, (0.0, 1.0), 0.0),
    P::new(19, "filter_release", "Filter release", Unit::Seconds, (0.0, 10.0), 0.2),
    P::choice(20, "lfo_target", "LFO target", LFO_TARGETS),
    P::new(21, "lfo_rate", "LFO rate", Unit::Hertz, (0.01, 30.0), 5.0),
    P::new(22, "lfo_depth", "LFO depth", Unit::Percent, (0.0, 1.0), 0.0),
    P::new(23, "glide", "Glide", Unit::Seconds, (0.0, 2.0), 0.0),
    P::new(24, "velocity", "Velocity", Unit::Percent, (0.0, 1.0), 0.6),
    P::new(25, "spread", "Spread", Unit::Percent, (0.0, 1.0), 0.4),
    P::new(26, "level_db", "Level", Unit::Decibels, (-60.0, 12.0), -9.0),
];

/// The ids of [`PARAMS`], under their keys.
#[expect(missing_docs, reason = "each is described in the table")]
pub mod id {
    use crate::ids::ParamId;

    pub const OSC1_WAVE: ParamId = ParamId(0);
    pub const OSC1_LEVEL: ParamId = ParamId(1);
    pub const OSC2_WAVE: ParamId = ParamId(2);
    pub const OSC2_LEVEL: ParamId = ParamId(3);
    pub const OSC2_SEMITONES: ParamId = ParamId(4);
    pub const OSC2_DETUNE: ParamId = ParamId(5);
    pub const NOISE_LEVEL: ParamId = ParamId(6);
    pub const FILTER: ParamId = ParamId(7);
    pub const CUTOFF: ParamId = ParamId(8);
    pub const RESONANCE: ParamId = ParamId(9);
    pub const FILTER_ENV: ParamId = ParamId(10);
    pub const KEY_TRACK: ParamId = ParamId(11);
    pub const AMP_ATTACK: ParamId = ParamId(12);
    pub const AMP_DECAY: ParamId = ParamId(13);
    pub const AMP_SUSTAIN: ParamId = ParamId(14);
    pub const AMP_RELEASE: ParamId = ParamId(15);
    pub const FILTER_ATTACK: ParamId = ParamId(16);
    pub const FILTER_DECAY: ParamId = ParamId(17);
    pub const FILTER_SUSTAIN: ParamId = ParamId(18);
    pub const FILTER_RELEASE: ParamId = ParamId(19);
    pub const LFO_TARGET: ParamId = ParamId(20);
    pub const LFO_RATE: ParamId = ParamId(21);
    pub const LFO_DEPTH: ParamId = ParamId(22);
    pub const GLIDE: ParamId = ParamId(23);
    pub const VELOCITY: ParamId = ParamId(24);
    pub const SPREAD: ParamId = ParamId(25);
    pub const LEVEL_DB: ParamId = ParamId(26);
}
