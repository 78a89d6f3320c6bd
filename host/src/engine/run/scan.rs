//! One look at every sample that a foreign node puts out.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use crate::engine::buffers::Buffers;
use crate::graph::Slot;

/// What is worth knowing about samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// No sample is infinite or not a number.
    pub finite: bool,
    /// Every sample is below 2^-63, some -380 dB: only what has died away completely counts.
    pub silent: bool,
    /// Every sample is zero.
    pub zero: bool,
}

/// Samples that are looked at together.
const LANES: usize = 16;
const MAGNITUDE: u32 = 0x7FFF_FFFF;
const NOT_FINITE: u32 = 0x7F80_0000;
const SIGN: u32 = 0x8000_0000;
const AUDIBLE: u32 = 0x2000_0000;
/// Set in the magnitude of whatever is 2 or more.
const LOUD: u32 = 0x4000_0000;

/// Looks at every sample of buffers.
///
/// # Safety
/// As for [`Buffers::input`], for every slot.
#[inline(always)]
pub(super) unsafe fn scan_buffers(buffers: &Buffers, slots: &[Slot], frames: usize) -> Scan {
    let mut bits = 0;
    for &slot in slots {
        // SAFETY: passed on.
        bits |= unsafe { buffers.bits(slot, frames) };
    }
    let bits = bits & MAGNITUDE;
    let is_finite = |&slot: &Slot| {
        // SAFETY: passed on.
        let bus = unsafe { buffers.input(slot, 0, frames) };
        (0..bus.channels()).all(|channel| is_finite(bus.channel(channel)))
    };
    let finite = bits & LOUD == 0 || slots.iter().all(is_finite);
    Scan { finite, silent: bits < AUDIBLE, zero: bits == 0 }
}

/// As [`scan_buffers`], of one buffer; `None` if it has samples so loud that each would have to be looked at.
///
/// # Safety
/// As for [`Buffers::input`].
#[inline(always)]
pub(super) unsafe fn glance(buffers: &Buffers, slot: Slot, frames: usize) -> Option<Scan> {
    // SAFETY: passed on.
    let bits = unsafe { buffers.bits(slot, frames) } & MAGNITUDE;
    (bits & LOUD == 0).then_some(Scan { finite: true, silent: bits < AUDIBLE, zero: bits == 0 })
}

/// Looks at every sample once, as an integer: bits may be merged in any order, so every compiler vectorises it, to one
/// instruction for four samples. While no magnitude has the bit of 2, none can be infinite; the merged bits below it
/// tell whether any magnitude reached a power of two.
pub(super) fn scan_samples(samples: &[f32]) -> Scan {
    let bits = merged(samples) & MAGNITUDE;
    let finite = bits & LOUD == 0 || is_finite(samples);
    Scan { finite, silent: bits < AUDIBLE, zero: bits == 0 }
}

/// The bits of all samples.
fn merged(samples: &[f32]) -> u32 {
    let (chunks, rest) = samples.as_chunks::<LANES>();
    let mut lanes = [0; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, sample)| *lane |= sample.to_bits());
    }
    let rest = rest.iter().fold(0, |bits, sample| bits | sample.to_bits());
    lanes.into_iter().fold(rest, |bits, lane| bits | lane)
}

/// What is added makes the magnitude of infinity, and of what is not a number, reach the sign bit.
fn is_finite(samples: &[f32]) -> bool {
    let reach = |sample: &f32| (sample.to_bits() & MAGNITUDE).wrapping_add(SIGN - NOT_FINITE);
    samples.iter().fold(0, |bits, sample| bits | reach(sample)) < SIGN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_sees_every_sample_that_is_not_finite_and_any_that_is_loud() {
        let check = |sample: f32| {
            let mut samples = [0.0; 37];
            samples[31] = sample;
            let Scan { finite, silent, zero } = scan_samples(&samples);
            (finite, silent, zero)
        };
        for sample in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(check(sample), (false, false, false), "{sample}");
        }
        for sample in [f32::MAX, f32::MIN, 1.0, 1.5, 2.0, -1e-18] {
            assert_eq!(check(sample), (true, false, false), "{sample}");
        }
        for sample in [1e-20, -f32::MIN_POSITIVE, 1e-40] {
            assert_eq!(check(sample), (true, true, false), "{sample}");
        }
        for sample in [0.0, -0.0] {
            assert_eq!(check(sample), (true, true, true), "{sample}");
        }
    }

    #[test]
    fn loud_and_quiet_samples_together_are_finite() {
        // Their merged bits look like infinity.
        let samples = [f32::from_bits(0x4000_0000), f32::from_bits(0x3FFF_FFFF)];
        assert!(scan_samples(&samples).finite);
    }
}
