//! Feed-forward compressor: level in decibels, soft knee, decoupled peak ballistics, linked channels.
//!
//! Source: Giannoulis, Massberg, Reiss, "Digital Dynamic Range Compressor Design", JAES 60 (2012), sections 2 and 3.

use protocol::device::compressor::{PARAMS, id};
use protocol::{Frames, ParamDescriptor, ParamId, SampleRate};

use super::chassis::{Core, EffectCore, GRID};
use super::math;
use super::smooth::{Change, Smooth};
use crate::processor::{Ports, StereoIn, StereoOut, Tail};

/// Decibels in a factor of two.
const DB_PER_OCTAVE: f32 = 6.020_6;

/// The compressor's signal processing.
pub(crate) struct Compressor {
    rate: f64,
    threshold: Smooth,
    /// 1 - 1 / ratio: decibels of reduction for each decibel over the threshold.
    slope: Smooth,
    knee: Smooth,
    makeup: Smooth,
    mix: Smooth,
    attack_secs: f64,
    release_secs: f64,
    attack: f32,
    release: f32,
    has_sidechain: bool,
    /// Reduction in decibels after the release stage.
    held: f32,
    /// Reduction in decibels after both stages.
    reduction: f32,
}

impl Compressor {
    /// At the default parameters.
    pub(crate) fn new(rate: SampleRate) -> Self {
        let glide = |value| Smooth::new(value, rate.0);
        Self {
            rate: rate.0,
            threshold: glide(0.0),
            slope: glide(0.0),
            knee: glide(0.0),
            makeup: glide(1.0),
            mix: glide(1.0),
            attack_secs: 0.01,
            release_secs: 0.1,
            attack: 0.0,
            release: 0.0,
            has_sidechain: false,
            held: 0.0,
            reduction: 0.0,
        }
    }

    /// What a one-pole smoother keeps each frame when it takes `secs` to go 63 % of the way.
    fn keep(&self, secs: f64) -> f32 {
        math::single((-1.0 / (secs * self.rate)).exp())
    }

    /// Reduction in decibels, at rest, for a level `over` decibels above the threshold.
    #[inline]
    fn curve(over: f32, slope: f32, knee: f32) -> f32 {
        let into = over + 0.5 * knee;
        if into <= 0.0 {
            0.0
        } else if into < knee {
            slope * into * into / (2.0 * knee)
        } else {
            slope * over
        }
    }
}

impl Core for Compressor {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;

    fn set(&mut self, param: ParamId, value: f64, change: Change) {
        let plain = math::single(value);
        match param {
            id::THRESHOLD_DB => self.threshold.set(plain, change),
            id::RATIO => self.slope.set(1.0 - plain.recip(), change),
            id::KNEE_DB => self.knee.set(plain, change),
            id::ATTACK => {
                self.attack_secs = value;
                self.attack = self.keep(value);
            }
            id::RELEASE => {
                self.release_secs = value;
                self.release = self.keep(value);
            }
            id::MAKEUP_DB => self.makeup.set(math::gain(value, f64::NEG_INFINITY), change),
            id::MIX => self.mix.set(plain, change),
            id::SIDECHAIN => self.has_sidechain = math::is_on(value),
            _ => {}
        }
    }

    fn reset(&mut self) {
        for value in [&mut self.threshold, &mut self.slope, &mut self.knee, &mut self.makeup, &mut self.mix] {
            value.settle();
        }
        (self.held, self.reduction) = (0.0, 0.0);
    }

    fn tail(&self) -> Tail {
        Tail::Frames(Frames::ZERO)
    }
}

impl EffectCore for Compressor {
    const PORTS: Ports = Ports::SIDECHAINED;

    fn memory(&self) -> u64 {
        math::whole((self.attack_secs + self.release_secs) * 12.0 * self.rate) as u64
    }

    fn tick(&mut self, _bpm: f64) {
        math::flush(&mut self.held);
        math::flush(&mut self.reduction);
    }

    fn render(&mut self, input: StereoIn<'_>, side: Option<StereoIn<'_>>, output: StereoOut<'_>) {
        let len = input.left.len();
        let key = side.filter(|_| self.has_sidechain).unwrap_or(input);
        let mut gains = [0.0; GRID];
        let gains = &mut gains[..len];
        for (gain, (l, r)) in gains.iter_mut().zip(key.left.iter().zip(key.right)) {
            *gain = DB_PER_OCTAVE * math::log2(l.abs().max(r.abs()));
        }
        for gain in &mut *gains {
            let over = *gain - self.threshold.next();
            let wanted = Self::curve(over, self.slope.next(), self.knee.next());
            self.held = wanted.max(wanted + self.release * (self.held - wanted));
            self.reduction = self.held + self.attack * (self.reduction - self.held);
            *gain = self.reduction;
        }
        for gain in &mut *gains {
            *gain = math::exp2(*gain * (-1.0 / DB_PER_OCTAVE));
        }
        for (frame, gain) in gains.iter().enumerate() {
            let mix = self.mix.next();
            let gain = 1.0 - mix + mix * gain * self.makeup.next();
            output.left[frame] = input.left[frame] * gain;
            output.right[frame] = input.right[frame] * gain;
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::device::compressor::id;
    use protocol::{DeviceKind, ParamId};

    use crate::devices::math;
    use crate::devices::tests::{Rig, db};

    /// Settings, level in and level out in decibels, at rest.
    fn check(settings: &[(ParamId, f64)], in_db: f64, expected_db: f64) {
        let mut rig = Rig::with(DeviceKind::Compressor, 48_000.0, settings);
        let level = math::gain(in_db, -200.0);
        let [left, right] = rig.play(&[vec![level; 48_000], vec![-0.5 * level; 48_000]]);
        let found = db(left[47_999].abs());
        assert!((found - expected_db).abs() < 0.05, "{settings:?}: {in_db} dB in, {found:.2} dB out");
        assert!((right[47_999] + 0.5 * left[47_999]).abs() < 1e-6, "the channels are not linked");
    }

    const HARD: [(ParamId, f64); 3] = [(id::THRESHOLD_DB, -20.0), (id::RATIO, 4.0), (id::KNEE_DB, 0.0)];

    #[test]
    fn at_rest_levels_follow_the_curve() {
        for (in_db, out_db) in [(-40.0, -40.0), (-20.0, -20.0), (-12.0, -18.0), (0.0, -15.0)] {
            check(&HARD, in_db, out_db);
        }
        let soft = [(id::THRESHOLD_DB, -20.0), (id::RATIO, 4.0), (id::KNEE_DB, 12.0)];
        // In the middle of the knee: slope * (knee / 2)^2 / (2 * knee) = 0.75 * 36 / 24.
        for (in_db, out_db) in [(-27.0, -27.0), (-20.0, -21.125), (-8.0, -17.0)] {
            check(&soft, in_db, out_db);
        }
    }

    #[test]
    fn make_up_and_mix_act_after_the_curve() {
        check(&[HARD[0], HARD[1], HARD[2], (id::MAKEUP_DB, 6.0)], 0.0, -9.0);
        check(&[HARD[0], HARD[1], HARD[2], (id::MIX, 0.0)], 0.0, 0.0);
    }

    #[test]
    fn a_sidechain_ducks_what_passes_through() {
        let settings = [HARD[0], HARD[1], HARD[2], (id::SIDECHAIN, 1.0)];
        let mut rig = Rig::with(DeviceKind::Compressor, 48_000.0, &settings);
        let quiet = [vec![0.01; 48_000], vec![0.01; 48_000]];
        rig.side = Some([vec![1.0; 48_000], vec![1.0; 48_000]]);
        let found = db(rig.play(&quiet)[0][47_999]);
        assert!((found + 55.0).abs() < 0.05, "{found:.2} dB");
    }
}
