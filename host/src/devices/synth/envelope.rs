//! Attack, decay, sustain, release, with the curves of a capacitor.

use crate::devices::math;

/// Below this a voice is silent: -90 dB.
const SILENCE: f32 = 3e-5;
/// Time constants in a decay or release time: 43 dB of fall.
const CONSTANTS: f64 = 5.0;
/// Where an attack aims, so that it arrives at 1.
const AIM: f32 = 1.25;
/// How long a cut takes, in seconds.
const CUT_SECS: f64 = 0.004;

/// Times as an envelope uses them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    steps_per_sec: f64,
    attack: f32,
    decay: f32,
    sustain: f32,
    release: f32,
    cut: f32,
}

impl Shape {
    /// For an envelope that takes `steps_per_sec` steps.
    pub(super) fn new(steps_per_sec: f64) -> Self {
        let cut = math::single(1.0 / (CUT_SECS * steps_per_sec).max(1.0));
        Self { steps_per_sec, attack: 1.0, decay: 1.0, sustain: 1.0, release: 1.0, cut }
    }

    /// What is left to do after one step of an exponential that takes `secs`, but no less than a click takes.
    fn pace(&self, secs: f64, constants: f64, least_secs: f64) -> f32 {
        let steps = (secs.max(least_secs) * self.steps_per_sec).max(1.0);
        math::single(1.0 - (-constants / steps).exp())
    }

    pub(super) fn set_attack(&mut self, secs: f64) {
        // From 0 to 1 of the way to 1.25.
        self.attack = self.pace(secs, 5.0_f64.ln(), 0.000_5);
    }

    pub(super) fn set_decay(&mut self, secs: f64) {
        self.decay = self.pace(secs, CONSTANTS, 0.001);
    }

    pub(super) fn set_sustain(&mut self, level: f64) {
        self.sustain = math::single(level);
    }

    pub(super) fn set_release(&mut self, secs: f64) {
        self.release = self.pace(secs, CONSTANTS, 0.004);
    }

    /// How long it takes a release of some seconds to reach silence.
    pub(super) fn release_secs(secs: f64) -> f64 {
        secs.max(0.004) * -f64::from(SILENCE).ln() / CONSTANTS
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Attack,
    Decay,
    Release,
    Cut,
    Over,
}

/// An envelope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    stage: Stage,
    level: f32,
}

impl Envelope {
    /// About to start.
    pub(super) const START: Self = Self { stage: Stage::Attack, level: 0.0 };

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

    pub(super) fn level(&self) -> f32 {
        self.level
    }

    /// Takes a step and gives the new level.
    #[inline]
    pub(super) fn next(&mut self, shape: &Shape) -> f32 {
        match self.stage {
            Stage::Attack => {
                self.level += (AIM - self.level) * shape.attack;
                if self.level >= 1.0 {
                    self.level = 1.0;
                    self.stage = Stage::Decay;
                }
            }
            Stage::Decay => {
                self.level += (shape.sustain - self.level) * shape.decay;
                self.end_if(self.level < SILENCE && shape.sustain < SILENCE);
            }
            Stage::Release => {
                self.level -= self.level * shape.release;
                self.end_if(self.level < SILENCE);
            }
            Stage::Cut => {
                self.level -= shape.cut;
                self.end_if(self.level < SILENCE);
            }
            Stage::Over => {}
        }
        self.level
    }

    #[inline]
    fn end_if(&mut self, is_silent: bool) {
        if is_silent {
            self.level = 0.0;
            self.stage = Stage::Over;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_takes_the_time_it_is_given() {
        let mut shape = Shape::new(1_000.0);
        shape.set_attack(0.2);
        shape.set_decay(0.1);
        shape.set_sustain(0.5);
        shape.set_release(0.1);
        let mut envelope = Envelope::START;
        let levels: Vec<f32> = (0..600).map(|_| envelope.next(&shape)).collect();
        assert!(levels[190] < 1.0 && (levels[200] - 1.0).abs() < 0.03, "{} {}", levels[190], levels[200]);
        assert!((levels[300] - 0.5).abs() < 0.01 && (levels[599] - 0.5).abs() < 1e-4);
        envelope.release();
        let levels: Vec<f32> = (0..300).map(|_| envelope.next(&shape)).collect();
        assert!((levels[99] / 0.5 - (-5.0_f32).exp()).abs() < 1e-3);
        assert!(envelope.is_over() && levels[299] == 0.0);
    }

    #[test]
    fn a_cut_is_short_and_a_silent_sustain_ends_by_itself() {
        let mut shape = Shape::new(48_000.0);
        shape.set_sustain(1.0);
        let mut envelope = Envelope::START;
        (0..1_000).for_each(|_| _ = envelope.next(&shape));
        envelope.cut();
        (0..193).for_each(|_| _ = envelope.next(&shape));
        assert!(envelope.is_over());

        shape.set_sustain(0.0);
        shape.set_decay(0.01);
        let mut envelope = Envelope::START;
        (0..2_000).for_each(|_| _ = envelope.next(&shape));
        assert!(envelope.is_over());
    }
}
