//! Attack, decay, sustain, release, with the curves of a capacitor.

use crate::devices::math;

/// Below this a voice is silent: -90 dB.
const SILENCE: f64 = 3e-5;
/// Time constants in a decay or release time: 43 dB of fall.
const CONSTANTS: f64 = 5.0;
/// Where an attack aims, so that it arrives at 1.
const AIM: f64 = 1.25;
/// How long a cut takes, in seconds.
const CUT_SECS: f64 = 0.004;

/// Times as an envelope uses them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    steps_per_sec: f64,
    attack: f64,
    decay: f64,
    sustain: f64,
    release: f64,
    cut: f64,
}

impl Shape {
    /// For an envelope that takes `steps_per_sec` steps.
    pub(super) fn new(steps_per_sec: f64) -> Self {
        let cut = 1.0 / (CUT_SECS * steps_per_sec).max(1.0);
        Self { steps_per_sec, attack: 1.0, decay: 1.0, sustain: 1.0, release: 1.0, cut }
    }

    /// What is left to do after one step of an exponential that takes `secs`, but no less than a click takes.
    fn pace(&self, secs: f64, constants: f64, least_secs: f64) -> f64 {
        let steps = (secs.max(least_secs) * self.steps_per_sec).max(1.0);
        1.0 - (-constants / steps).exp()
    }

    pub(super) fn set_attack(&mut self, secs: f64) {
        // From 0 to 1 of the way to 1.25.
        self.attack = self.pace(secs, 5.0_f64.ln(), 0.000_5);
    }

    pub(super) fn set_decay(&mut self, secs: f64) {
        self.decay = self.pace(secs, CONSTANTS, 0.001);
    }

    pub(super) fn set_sustain(&mut self, level: f64) {
        self.sustain = level;
    }

    pub(super) fn set_release(&mut self, secs: f64) {
        self.release = self.pace(secs, CONSTANTS, 0.004);
    }

    /// How long it takes a release of some seconds to reach silence.
    pub(super) fn release_secs(secs: f64) -> f64 {
        secs.max(0.004) * -SILENCE.ln() / CONSTANTS
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
    level: f64,
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
        math::single(self.level)
    }

    /// Takes a step and gives the new level.
    #[inline]
    pub(super) fn next(&mut self, shape: &Shape) -> f32 {
        let mut level = [0.0];
        self.fill(shape, &mut level);
        level[0]
    }

    /// Takes a step for each level; gives the index at which it ends, if it does. What follows is 0.
    #[inline]
    pub(super) fn fill(&mut self, shape: &Shape, levels: &mut [f32]) -> Option<usize> {
        let mut at = 0;
        while at < levels.len() {
            let stage = self.stage;
            let (keep, add) = match stage {
                Stage::Attack => (1.0 - shape.attack, AIM * shape.attack),
                Stage::Decay => (1.0 - shape.decay, shape.sustain * shape.decay),
                Stage::Release => (1.0 - shape.release, 0.0),
                Stage::Cut => (1.0, -shape.cut),
                Stage::Over => {
                    levels[at..].fill(0.0);
                    return Some(at.saturating_sub(1));
                }
            };
            let dies = stage >= Stage::Release || stage == Stage::Decay && shape.sustain < SILENCE;
            for level in &mut levels[at..] {
                self.level = self.level * keep + add;
                at += 1;
                if stage == Stage::Attack && self.level >= 1.0 {
                    (self.level, self.stage) = (1.0, Stage::Decay);
                } else if dies && self.level < SILENCE {
                    (self.level, self.stage) = (0.0, Stage::Over);
                }
                *level = math::single(self.level);
                if self.stage != stage {
                    break;
                }
            }
        }
        self.is_over().then(|| levels.len() - 1)
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
