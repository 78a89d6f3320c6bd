//! The spectrum of what is heard, in bands as a person hears them.

use std::sync::Arc;

use editor::MeasuredSpectrum;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Listens to stereo audio and says which parts of the audible range are how loud: Fourier transforms of overlapping,
/// windowed stretches. For any thread but the audio thread.
pub struct SpectrumMeter {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Box<[f32]>,
    /// The last [`SIZE`] frames heard, the oldest at `next`.
    heard: Box<[[f32; 2]]>,
    next: usize,
    /// Frames until the next transform.
    left: usize,
    bands: Box<[Band]>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Power of each band, the louder side, falling slowly.
    power: Box<[f32]>,
}

/// Frames that a transform looks at: at 48 kHz, bins of 12 Hz.
const SIZE: usize = 4_096;
/// Frames from one to the next.
const HOP: usize = SIZE / 4;
/// Bands in all: some nineteen to an octave.
const BANDS: usize = 192;
/// How much of its power a band keeps from one transform to the next.
const KEPT: f32 = 0.7;

/// The part of the transform that a band is.
#[derive(Clone, Copy, Debug)]
struct Band {
    /// From this bin to that one, as places between bins.
    from: f64,
    to: f64,
}

impl SpectrumMeter {
    /// One that has heard nothing, for audio of so many frames per second.
    #[must_use]
    pub fn new(rate_hz: f64) -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(SIZE);
        let window = (0..SIZE).map(|at| {
            let turn = real(at) / real(SIZE) * std::f64::consts::TAU;
            // Hann's, scaled so that a full-scale sine comes out as 1.
            narrow(0.5 * (1.0 - turn.cos()) * 4.0 / real(SIZE))
        });
        let (low, high) = (MeasuredSpectrum::LOW_HZ, MeasuredSpectrum::HIGH_HZ);
        let bin = |band: usize| low * (high / low).powf(real(band) / real(BANDS)) / rate_hz * real(SIZE);
        Self {
            window: window.collect(),
            heard: vec![[0.0; 2]; SIZE].into(),
            next: 0,
            left: HOP,
            bands: (0..BANDS).map(|band| Band { from: bin(band), to: bin(band + 1) }).collect(),
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; BANDS].into(),
            fft,
        }
    }

    /// Hears frames, left and right.
    pub fn add(&mut self, frames: &[[f32; 2]]) {
        for &frame in frames {
            self.heard[self.next] = frame;
            self.next = (self.next + 1) % SIZE;
            self.left -= 1;
            if self.left == 0 {
                self.left = HOP;
                self.transform();
            }
        }
    }

    fn transform(&mut self) {
        self.power.iter_mut().for_each(|power| *power *= KEPT);
        for side in 0..2 {
            let (late, early) = self.heard.split_at(self.next);
            let ordered = early.iter().chain(late).map(|frame| frame[side]);
            for ((input, sample), window) in self.input.iter_mut().zip(ordered).zip(&*self.window) {
                *input = sample * window;
            }
            let Self { input, output, scratch, .. } = self;
            // The buffers are the transform's own, so their lengths are right.
            if self.fft.process_with_scratch(input, output, scratch).is_err() {
                return;
            }
            for (band, power) in self.bands.iter().zip(&mut *self.power) {
                *power = power.max(band.power(&self.output));
            }
        }
    }

    /// The bands, in dB.
    #[must_use]
    pub fn bands_db(&self) -> Arc<[f32]> {
        let floor = MeasuredSpectrum::FLOOR_DB;
        self.power.iter().map(|&power| (10.0 * power.max(1e-12).log10()).max(floor)).collect()
    }
}

impl Band {
    /// The loudest bin of a wide band; of a narrow one, what lies between the bins beside it.
    fn power(self, bins: &[Complex<f32>]) -> f32 {
        let bin = |at: f64| bins.get(whole(at)).map_or(0.0, Complex::norm_sqr);
        let (first, last) = (self.from.ceil(), self.to.floor());
        if first <= last {
            let inside = bins.get(whole(first)..=whole(last).min(bins.len().saturating_sub(1)));
            return inside.unwrap_or_default().iter().map(Complex::norm_sqr).fold(0.0, f32::max);
        }
        let middle = f64::midpoint(self.from, self.to);
        let way = narrow(middle - middle.floor());
        bin(middle.floor()) * (1.0 - way) + bin(middle.ceil()) * way
    }
}

/// A count as a number.
fn real(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

/// A place among the bins, which is never negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn whole(at: f64) -> usize {
    at.max(0.0) as usize
}

#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn heard(frame: impl Fn(f64) -> [f64; 2]) -> Arc<[f32]> {
        let mut meter = SpectrumMeter::new(RATE);
        let frames: Vec<_> = (0..48_000).map(|at| frame(real(at) / RATE).map(narrow)).collect();
        frames.chunks(700).for_each(|some| meter.add(some));
        meter.bands_db()
    }

    fn band_of(hz: f64) -> usize {
        let (low, high) = (MeasuredSpectrum::LOW_HZ, MeasuredSpectrum::HIGH_HZ);
        whole((hz / low).ln() / (high / low).ln() * real(BANDS))
    }

    #[test]
    fn a_full_scale_sine_reads_zero_where_it_is_and_nothing_elsewhere() {
        for hz in [200.0, 1_000.0, 5_003.0, 15_000.0] {
            let bands = heard(|secs| [0.0, (secs * hz * std::f64::consts::TAU).sin()]);
            let at = band_of(hz);
            let loudest = bands[at - 2..=at + 2].iter().copied().fold(f32::MIN, f32::max);
            assert!((-1.5..0.1).contains(&loudest), "{hz} Hz reads {loudest} dB");
            for (band, level) in bands.iter().enumerate() {
                // Hann's window leaks some bins around, which is many bands at the bottom and few at the top. An octave from
                // 200 Hz is eight bins.
                if band_of(hz * 0.5) > band || band_of(hz * 2.0) < band {
                    assert!(*level < -60.0, "{hz} Hz leaks {level} dB into band {band}");
                }
            }
        }
    }

    #[test]
    fn silence_is_the_floor() {
        assert!(heard(|_| [0.0; 2]).iter().all(|&level| level == MeasuredSpectrum::FLOOR_DB));
    }
}
