//! The parameters as the voices read them, gliding on the control grid.

use protocol::ParamId;
use protocol::device::synth::id;

use super::envelope::Shape;
use super::oscillator::Wave;
use crate::devices::chassis::GRID;
use crate::devices::filter::Response;
use crate::devices::math;
use crate::devices::smooth::{Change, Smooth};

/// What the LFO moves, in the order of [`protocol::device::synth::LFO_TARGETS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LfoTarget {
    Pitch,
    Cutoff,
    Level,
}

const LFO_TARGETS: [LfoTarget; 3] = [LfoTarget::Pitch, LfoTarget::Cutoff, LfoTarget::Level];

/// All that the voices share.
pub(super) struct Patch {
    pub(super) waves: [Wave; 2],
    /// Of oscillator 1, oscillator 2 and noise.
    pub(super) levels: [Smooth; 3],
    semitones: f64,
    cents: f64,
    /// Of oscillator 2 over oscillator 1, in semitones.
    pub(super) interval: Smooth,
    pub(super) response: Response,
    /// In octaves above 1 Hz.
    pub(super) cutoff: Smooth,
    pub(super) resonance: Smooth,
    /// In octaves.
    pub(super) filter_env: Smooth,
    pub(super) key_track: Smooth,
    /// Steps frame by frame.
    pub(super) amp: Shape,
    /// Steps with the control grid.
    pub(super) sweep: Shape,
    pub(super) lfo_target: LfoTarget,
    pub(super) lfo_hz: f64,
    pub(super) lfo_depth: Smooth,
    pub(super) glide_secs: f64,
    pub(super) velocity: Smooth,
    pub(super) spread: Smooth,
    pub(super) level: Smooth,
    pub(super) release_secs: f64,
}

impl Patch {
    pub(super) fn new(rate: f64) -> Self {
        let ticks_per_sec = rate / math::double(GRID);
        let glide = |value| Smooth::new(value, ticks_per_sec);
        Self {
            waves: [Wave::Sine; 2],
            levels: [0.0; 3].map(glide),
            semitones: 0.0,
            cents: 0.0,
            interval: glide(0.0),
            response: Response::LowPass,
            cutoff: glide(10.0),
            resonance: glide(0.0),
            filter_env: glide(0.0),
            key_track: glide(0.0),
            amp: Shape::new(rate),
            sweep: Shape::new(ticks_per_sec),
            lfo_target: LfoTarget::Pitch,
            lfo_hz: 1.0,
            lfo_depth: glide(0.0),
            glide_secs: 0.0,
            velocity: glide(0.0),
            spread: glide(0.0),
            level: glide(0.0),
            release_secs: 0.0,
        }
    }

    pub(super) fn set(&mut self, param: ParamId, value: f64, change: Change) {
        let plain = math::single(value);
        match param {
            id::OSC1_WAVE => self.waves[0] = choose(&Wave::ALL, value),
            id::OSC1_LEVEL => self.levels[0].set(plain, change),
            id::OSC2_WAVE => self.waves[1] = choose(&Wave::ALL, value),
            id::OSC2_LEVEL => self.levels[1].set(plain, change),
            id::OSC2_SEMITONES | id::OSC2_DETUNE => {
                *(if param == id::OSC2_DETUNE { &mut self.cents } else { &mut self.semitones }) = value;
                self.interval.set(math::single(self.semitones + self.cents / 100.0), change);
            }
            id::NOISE_LEVEL => self.levels[2].set(plain, change),
            id::FILTER => self.response = choose(&Response::ALL, value),
            id::CUTOFF => self.cutoff.set(math::single(value.log2()), change),
            id::RESONANCE => self.resonance.set(plain, change),
            id::FILTER_ENV => self.filter_env.set(plain / 12.0, change),
            id::KEY_TRACK => self.key_track.set(plain, change),
            id::AMP_ATTACK => self.amp.set_attack(value),
            id::AMP_DECAY => self.amp.set_decay(value),
            id::AMP_SUSTAIN => self.amp.set_sustain(value),
            id::AMP_RELEASE => {
                self.release_secs = value;
                self.amp.set_release(value);
            }
            id::FILTER_ATTACK => self.sweep.set_attack(value),
            id::FILTER_DECAY => self.sweep.set_decay(value),
            id::FILTER_SUSTAIN => self.sweep.set_sustain(value),
            id::FILTER_RELEASE => self.sweep.set_release(value),
            id::LFO_TARGET => self.lfo_target = choose(&LFO_TARGETS, value),
            id::LFO_RATE => self.lfo_hz = value,
            id::LFO_DEPTH => self.lfo_depth.set(plain, change),
            id::GLIDE => self.glide_secs = value,
            id::VELOCITY => self.velocity.set(plain, change),
            id::SPREAD => self.spread.set(plain, change),
            id::LEVEL_DB => self.level.set(math::gain(value, f64::NEG_INFINITY), change),
            _ => {}
        }
    }

    fn glides(&mut self) -> impl Iterator<Item = &mut Smooth> {
        let others = [
            &mut self.interval,
            &mut self.cutoff,
            &mut self.resonance,
            &mut self.filter_env,
            &mut self.key_track,
            &mut self.lfo_depth,
            &mut self.velocity,
            &mut self.spread,
            &mut self.level,
        ];
        self.levels.iter_mut().chain(others)
    }

    pub(super) fn tick(&mut self) {
        self.glides().for_each(|value| _ = value.next());
    }

    pub(super) fn settle(&mut self) {
        self.glides().for_each(Smooth::settle);
    }
}

/// The choice that a value stands for.
fn choose<T: Copy>(choices: &[T], value: f64) -> T {
    choices[math::index(value).min(choices.len() - 1)]
}
