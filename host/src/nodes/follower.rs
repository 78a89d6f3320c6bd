//! How loud something is, as a position to modulate by.

use protocol::ParamId;
use protocol::device::follower;

use crate::math::{db_to_gain, to_f32};
use crate::processor::StereoIn;

/// Follows the louder side, frame by frame.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    rate: f64,
    /// How much of the way it goes in a frame, up and down.
    rise: f32,
    fall: f32,
    gain: f32,
    /// 0..=1 where the gain leaves it; what is put out never exceeds 1.
    level: f32,
}

/// -180 dB: what is below is taken for silence, so that it ends.
const FLOOR: f32 = 1e-9;

impl Follower {
    /// With the values of [`follower::PARAMS`]; `rate` in frames a second.
    pub fn new(rate: f64) -> Self {
        let mut new = Self { rate, rise: 1.0, fall: 1.0, gain: 1.0, level: 0.0 };
        follower::PARAMS.iter().for_each(|param| new.set_param(param.id, param.default));
        new
    }

    pub fn set_param(&mut self, param: ParamId, value: f64) {
        let Some(known) = follower::PARAMS.iter().find(|known| known.id == param) else { return };
        let value = known.clamp(value);
        let speed =
            |secs: f64| if secs > 0.0 { to_f32(1.0 - (-1.0 / (secs * self.rate)).exp()) } else { 1.0 };
        match param {
            follower::ATTACK_SECS => self.rise = speed(value),
            follower::RELEASE_SECS => self.fall = speed(value),
            _ => self.gain = to_f32(db_to_gain(value)),
        }
    }

    pub fn reset(&mut self) {
        self.level = 0.0;
    }

    /// Whether silence comes of silence, and changes nothing.
    pub fn is_still(&self) -> bool {
        self.level == 0.0
    }

    /// Follows a block.
    pub fn process(&mut self, input: StereoIn<'_>, out: &mut [f32]) {
        let Self { rise, fall, gain, .. } = *self;
        let mut level = self.level;
        for (out, (left, right)) in out.iter_mut().zip(input.left.iter().zip(input.right)) {
            let heard = left.abs().max(right.abs()) * gain;
            let way = heard - level;
            level += way * if way > 0.0 { rise } else { fall };
            if level < FLOOR {
                level = 0.0;
            }
            *out = level.min(1.0);
        }
        self.level = level;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(secs: (f64, f64), input: &[f32]) -> Vec<f32> {
        let mut follower = Follower::new(1_000.0);
        follower.set_param(follower::ATTACK_SECS, secs.0);
        follower.set_param(follower::RELEASE_SECS, secs.1);
        let mut out = vec![9.0; input.len()];
        follower.process(StereoIn { left: input, right: &vec![0.0; input.len()] }, &mut out);
        out
    }

    #[test]
    fn without_times_it_is_the_size_of_each_sample() {
        assert_eq!(followed((0.0, 0.0), &[0.5, -0.25, 0.0, -3.0]), [0.5, 0.25, 0.0, 1.0]);
    }

    #[test]
    fn it_gets_to_63_percent_in_its_times_and_ends_in_silence() {
        let mut input = vec![1.0; 1_000];
        input.resize(40_000, 0.0);
        let out = followed((0.1, 0.2), &input);
        assert!((out[99] - 0.632).abs() < 1e-3, "{}", out[99]);
        assert!((out[1_199] / out[999] - 0.368).abs() < 1e-3, "{}", out[1_199]);
        assert_eq!(out[39_999], 0.0);
    }
}
