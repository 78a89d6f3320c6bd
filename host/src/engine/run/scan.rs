//! One look at every sample that a foreign node puts out.

use crate::processor::StereoOut;

/// What is worth knowing about a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// No sample is infinite or not a number.
    pub finite: bool,
    /// Every sample is below 2^-64, some -385 dB: only what has died away completely counts.
    pub silent: bool,
}

/// Looks at every sample once, in one pass of integers: their bits may be merged in any order, so every compiler
/// vectorises it. What is added makes the magnitude of infinity, and of what is not a number, reach the sign bit;
/// the bits below it are merged along, and tell whether any magnitude reached a power of two.
pub(super) fn scan(outs: &[StereoOut<'_>]) -> Scan {
    const MAGNITUDE: u32 = 0x7FFF_FFFF;
    const NOT_FINITE: u32 = 0x7F80_0000;
    const SIGN: u32 = 0x8000_0000;
    const AUDIBLE: u32 = 0x2000_0000;
    let mut bits = 0;
    for out in outs {
        for side in [&*out.left, &*out.right] {
            for sample in side {
                bits |= (sample.to_bits() & MAGNITUDE).wrapping_add(SIGN - NOT_FINITE);
            }
        }
    }
    Scan { finite: bits < SIGN, silent: bits < AUDIBLE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_sees_every_sample_that_is_not_finite_and_any_that_is_loud() {
        let check = |sample: f32| {
            let (mut left, mut right) = ([0.0; 37], [0.0; 37]);
            right[31] = sample;
            let Scan { finite, silent } = scan(&[StereoOut { left: &mut left, right: &mut right }]);
            (finite, silent)
        };
        for sample in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(check(sample), (false, false), "{sample}");
        }
        for sample in [f32::MAX, f32::MIN, 1.0, -1e-19] {
            assert_eq!(check(sample), (true, false), "{sample}");
        }
        for sample in [0.0, -0.0, 1e-20, -f32::MIN_POSITIVE, 1e-40] {
            assert_eq!(check(sample), (true, true), "{sample}");
        }
    }
}
