//! Delay, attack, hold, decay, sustain, release.

use super::font::Times;
use crate::devices::math;

/// Below this a voice is silent: -90 dB.
const SILENCE: f32 = 3e-5;
/// How far a decay or release falls in its time, in natural logarithms: 100 dB.
const FALL: f64 = 11.512_925;
/// The shortest release, in seconds; a shorter one clicks.
const LEAST_RELEASE_SECS: f32 = 0.01;
/// How long a cut takes, in seconds.
const CUT_SECS: f64 = 0.004;

/// How an envelope comes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    /// Evenly in decibels: for loudness.
    Decibels,
    /// Evenly: for pitch and filter.
    Even,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Delay,
    Attack,
    Hold,
    Decay,
    Release,
    Cut,
    Over,
}

/// A running envelope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    stage: Stage,
    curve: Curve,
    level: f32,
    /// Steps left of the stage, up to the decay.
    left: usize,
    attack: usize,
    hold: usize,
    sustain: f32,
    /// What a step takes, or leaves, in the decay and the release.
    decay: f32,
    release: f32,
    cut: f32,
}

impl Envelope {
    /// About to start, for a key.
    pub(super) fn new(times: &Times, key: f32, curve: Curve, steps_per_sec: f64) -> Self {
        let steps = |secs: f32| (f64::from(secs.clamp(0.0, 200.0)) * steps_per_sec).max(1.0);
        let longer = |secs: f32, per_key: f32| secs * math::exp2((60.0 - key) * per_key);
        let pace = |secs: f32| match curve {
            Curve::Decibels => math::single((-FALL / steps(secs)).exp()),
            Curve::Even => math::single(1.0 / steps(secs)),
        };
        let delay = math::whole(f64::from(times.delay.clamp(0.0, 20.0)) * steps_per_sec);
        Self {
            stage: Stage::Delay,
            curve,
            level: 0.0,
            // The default delay is a thousandth of a second, and means none.
            left: if times.delay < 0.002 { 0 } else { delay },
            attack: math::whole(steps(times.attack)),
            hold: math::whole(steps(longer(times.hold, times.hold_per_key))),
            sustain: times.sustain,
            decay: pace(longer(times.decay, times.decay_per_key)),
            release: pace(times.release.max(LEAST_RELEASE_SECS)),
            cut: math::single(1.0 / (CUT_SECS * steps_per_sec).max(1.0)),
        }
    }

    pub(super) fn release(&mut self) {
        if self.stage < Stage::Release {
            self.stage = Stage::Release;
        }
    }

    /// Ends it as fast as goes without a click.
    pub(super) fn cut(&mut self) {
        if self.stage < Stage::Cut {
            self.stage = Stage::Cut;
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.stage >= Stage::Cut
    }

    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    pub(super) fn end(&mut self) {
        (self.stage, self.level) = (Stage::Over, 0.0);
    }

    pub(super) fn level(&self) -> f32 {
        self.level
    }

    /// Takes a step and gives the new level.
    #[inline]
    pub(super) fn next(&mut self) -> f32 {
        match self.stage {
            Stage::Delay | Stage::Attack | Stage::Hold => self.rise(),
            Stage::Decay => {
                self.level = self.fall(self.decay).max(self.sustain);
                if self.level < SILENCE {
                    self.end();
                }
            }
            Stage::Release => {
                self.level = self.fall(self.release);
                if self.level < SILENCE {
                    self.end();
                }
            }
            Stage::Cut => {
                self.level -= self.cut;
                if self.level < SILENCE {
                    self.end();
                }
            }
            Stage::Over => {}
        }
        self.level
    }

    #[inline]
    fn fall(&self, pace: f32) -> f32 {
        match self.curve {
            Curve::Decibels => self.level * pace,
            Curve::Even => self.level - pace,
        }
    }

    #[inline]
    fn rise(&mut self) {
        if self.stage == Stage::Delay {
            if self.left > 0 {
                self.left -= 1;
                return;
            }
            (self.stage, self.left) = (Stage::Attack, self.attack);
        }
        self.left = self.left.saturating_sub(1);
        if self.stage == Stage::Attack {
            self.level = 1.0 - math::float(self.left) / math::float(self.attack);
            if self.left == 0 {
                (self.stage, self.left) = (Stage::Hold, self.hold);
            }
        } else if self.left == 0 {
            self.stage = Stage::Decay;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times = Times {
        delay: 0.1,
        attack: 0.2,
        hold: 0.1,
        decay: 1.0,
        sustain: 0.1,
        release: 0.5,
        hold_per_key: 0.0,
        decay_per_key: 1.0 / 12.0,
    };

    #[test]
    fn stages_take_their_times() {
        let mut envelope = Envelope::new(&TIMES, 60.0, Curve::Decibels, 1_000.0);
        let levels: Vec<f32> = (0..1_000).map(|_| envelope.next()).collect();
        assert_eq!(levels[99], 0.0);
        assert!((levels[199] - 0.5).abs() < 0.01, "{}", levels[199]);
        assert!(levels[299] == 1.0 && levels[398] == 1.0 && levels[410] < 1.0);
        // 20 dB at 100 dB in a second.
        assert!((levels[500] / 0.316 - 1.0).abs() < 0.02, "{}", levels[500]);
        assert_eq!(levels[999], 0.1);
        envelope.release();
        (0..500).for_each(|_| _ = envelope.next());
        assert!(envelope.is_over());
    }

    #[test]
    fn low_keys_decay_longer() {
        let at = |key: f32| {
            let mut envelope = Envelope::new(&TIMES, key, Curve::Decibels, 1_000.0);
            (0..500).fold(0.0, |_, _| envelope.next())
        };
        assert!(at(48.0) > at(60.0) && at(60.0) > at(72.0));
    }
}
