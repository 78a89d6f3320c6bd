//! Gain, balance, width and polarity: a smoothed 2x2 matrix.

use protocol::device::utility::{PARAMS, id};
use protocol::{Frames, ParamDescriptor, ParamId, SampleRate};

use super::chassis::{Core, EffectCore};
use super::math;
use super::smooth::{Change, Smooth};
use crate::processor::{StereoIn, StereoOut, Tail};

/// The utility's signal processing.
pub(crate) struct Utility {
    gain: f32,
    balance: f32,
    width: f32,
    signs: [f32; 2],
    is_mono: bool,
    /// Left from left, left from right, right from left, right from right.
    matrix: [Smooth; 4],
}

impl Utility {
    /// At the default parameters: nothing changes.
    pub(crate) fn new(rate: SampleRate) -> Self {
        let matrix = [1.0, 0.0, 0.0, 1.0].map(|gain| Smooth::new(gain, rate.0));
        Self { gain: 1.0, balance: 0.0, width: 1.0, signs: [1.0; 2], is_mono: false, matrix }
    }

    fn targets(&self) -> [f32; 4] {
        let width = if self.is_mono { 0.0 } else { self.width };
        let (same, other) = (0.5 + 0.5 * width, 0.5 - 0.5 * width);
        let left = self.gain * (1.0 - self.balance).min(1.0);
        let right = self.gain * (1.0 + self.balance).min(1.0);
        let [l, r] = self.signs;
        [left * same * l, left * other * r, right * other * l, right * same * r]
    }
}

impl Core for Utility {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;

    fn set(&mut self, param: ParamId, value: f64, change: Change) {
        let sign = |value| if math::is_on(value) { -1.0 } else { 1.0 };
        match param {
            id::GAIN_DB => self.gain = math::gain(value, -90.0),
            id::BALANCE => self.balance = math::single(value),
            id::WIDTH => self.width = math::single(value),
            id::INVERT_LEFT => self.signs[0] = sign(value),
            id::INVERT_RIGHT => self.signs[1] = sign(value),
            id::MONO => self.is_mono = math::is_on(value),
            _ => return,
        }
        let targets = self.targets();
        for (gain, target) in self.matrix.iter_mut().zip(targets) {
            gain.set(target, change);
        }
    }

    fn reset(&mut self) {
        self.matrix.iter_mut().for_each(Smooth::settle);
    }

    fn tail(&self) -> Tail {
        Tail::Frames(Frames::ZERO)
    }
}

impl EffectCore for Utility {
    fn memory(&self) -> u64 {
        0
    }

    fn tick(&mut self, _bpm: f64) {}

    fn render(&mut self, input: StereoIn<'_>, _side: Option<StereoIn<'_>>, output: StereoOut<'_>) {
        let inputs = input.left.iter().zip(input.right);
        for ((l, r), (out_l, out_r)) in inputs.zip(output.left.iter_mut().zip(output.right)) {
            let [a, b, c, d] = self.matrix.each_mut().map(Smooth::next);
            *out_l = a * l + b * r;
            *out_r = c * l + d * r;
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::DeviceKind;
    use protocol::device::utility::id;

    use crate::devices::tests::Rig;

    #[test]
    fn by_default_it_changes_no_bit() {
        let mut rig = Rig::new(DeviceKind::Utility, 48_000.0);
        let noise = rig.noise(0.5, 1_000);
        assert_eq!(rig.play(&noise), noise);
    }

    #[test]
    fn each_parameter_does_what_it_says() {
        for (settings, expected) in [
            (vec![(id::GAIN_DB, -6.0206)], [0.5, 0.25]),
            (vec![(id::GAIN_DB, -90.0)], [0.0, 0.0]),
            (vec![(id::BALANCE, 1.0)], [0.0, 0.5]),
            (vec![(id::BALANCE, -0.5)], [1.0, 0.25]),
            (vec![(id::WIDTH, 2.0)], [1.25, 0.25]),
            (vec![(id::MONO, 1.0)], [0.75, 0.75]),
            (vec![(id::MONO, 1.0), (id::INVERT_RIGHT, 1.0)], [0.25, 0.25]),
            (vec![(id::INVERT_LEFT, 1.0)], [-1.0, 0.5]),
        ] {
            let mut rig = Rig::with(DeviceKind::Utility, 48_000.0, &settings);
            let [left, right] = rig.play(&[vec![1.0; 8], vec![0.5; 8]]);
            for frame in 0..8 {
                assert!((left[frame] - expected[0]).abs() < 1e-5, "{settings:?}: left {}", left[frame]);
                assert!((right[frame] - expected[1]).abs() < 1e-5, "{settings:?}: right {}", right[frame]);
            }
        }
    }
}
