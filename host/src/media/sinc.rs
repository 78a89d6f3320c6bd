//! Resampling as a pure function of position, so that seeking and chunking never change a sample.
//!
//! Windowed sinc (Kaiser, beta 9), 32 taps at least, its phases tabulated and interpolated linearly. Media of a
//! higher rate than the engine's are filtered at the engine's Nyquist frequency. Source: J. O. Smith, "Digital
//! Audio Resampling Home Page", CCRMA.

use std::f64::consts::PI;

use crate::math::{frames, len_f64, span, to_f32, to_f64, to_i64};

const BETA: f64 = 9.0;
const HALF_TAPS: usize = 16;

/// The table for one ratio of rates.
#[derive(Debug)]
pub(crate) struct Sinc {
    ratio: f64,
    half: usize,
    phases: usize,
    /// `phases + 1` rows of `2 * half` taps.
    table: Box<[f32]>,
}

impl Sinc {
    /// For media that runs at `ratio` times the engine's rate.
    pub fn new(ratio: f64) -> Self {
        let stretch = ratio.max(1.0);
        let half = span(to_i64((len_f64(HALF_TAPS) * stretch).ceil()));
        let phases = if stretch > 4.0 { 128 } else { 512 };
        let cutoff = if ratio > 1.0 { 0.97 / ratio } else { 0.97 };
        let mut table = Vec::with_capacity((phases + 1) * half * 2);
        for phase in 0..=phases {
            let row = table.len();
            for tap in 0..2 * half {
                let x = to_f64(frames(tap) - frames(half) + 1) - len_f64(phase) / len_f64(phases);
                let window = kaiser(x / len_f64(half));
                let angle = PI * x * cutoff;
                table.push(if x == 0.0 { cutoff } else { angle.sin() / (PI * x) } * window);
            }
            // Every phase passes direct current alike.
            let sum: f64 = table[row..].iter().sum();
            for tap in &mut table[row..] {
                *tap /= sum;
            }
        }
        Self { ratio, half, phases, table: table.into_iter().map(to_f32).collect() }
    }

    /// Media frames per engine frame.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// Whether media plays as it is.
    pub fn is_identity(&self) -> bool {
        self.ratio == 1.0
    }

    /// The first media frame that output frame `index` needs, when output frame 0 is at media position `origin`.
    pub fn first_needed(&self, origin: f64, index: i64) -> i64 {
        if self.is_identity() {
            return to_i64(origin.round()) + index;
        }
        to_i64((origin + to_f64(index) * self.ratio).floor()) - frames(self.half) + 1
    }

    /// How many media frames `count` output frames need at most.
    pub fn needed(&self, count: usize) -> usize {
        if self.is_identity() {
            return count;
        }
        span(to_i64((len_f64(count) * self.ratio).ceil())) + 2 * self.half + 1
    }

    /// Renders output frames `index..` into `out`. `media` begins at [`first_needed`](Self::first_needed).
    pub fn render(&self, origin: f64, index: i64, media: &[f32], out: &mut [f32]) {
        if self.is_identity() {
            let length = out.len();
            out.copy_from_slice(&media[..length]);
            return;
        }
        let first = self.first_needed(origin, index);
        let taps = 2 * self.half;
        for (offset, out) in out.iter_mut().enumerate() {
            let position = origin + to_f64(index + frames(offset)) * self.ratio;
            let whole = position.floor();
            let phase = (position - whole) * len_f64(self.phases);
            let row = span(to_i64(phase)).min(self.phases - 1);
            let blend = to_f32(phase - len_f64(row));
            let start = span(to_i64(whole) - frames(self.half) + 1 - first);
            let window = &media[start..start + taps];
            let low = &self.table[row * taps..(row + 1) * taps];
            let high = &self.table[(row + 1) * taps..(row + 2) * taps];
            *out = dot(window, low, high, blend);
        }
    }
}

fn dot(window: &[f32], low: &[f32], high: &[f32], blend: f32) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    let ((windows, window), (lows, low), (highs, high)) =
        (window.as_chunks::<LANES>(), low.as_chunks::<LANES>(), high.as_chunks::<LANES>());
    for ((window, low), high) in windows.iter().zip(lows).zip(highs) {
        for lane in 0..LANES {
            sums[lane] += window[lane] * (low[lane] + (high[lane] - low[lane]) * blend);
        }
    }
    for (lane, ((window, low), high)) in window.iter().zip(low).zip(high).enumerate() {
        sums[lane] += window * (low + (high - low) * blend);
    }
    sums.into_iter().sum()
}

/// The Kaiser window over -1..=1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel_i0(BETA * (1.0 - x * x).sqrt()) / bessel_i0(BETA) }
}

/// The modified Bessel function of the first kind, order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..64_u32 {
        let half = x / (2.0 * f64::from(k));
        term *= half * half;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders a sine of `hz` recorded at `from` Hz at `to` Hz, and gives the largest error in decibels.
    fn error_db(from: f64, to: f64, hz: f64) -> f64 {
        let sinc = Sinc::new(from / to);
        let origin = 1_000.25;
        let first = sinc.first_needed(origin, 0);
        let media: Vec<f32> = (0..sinc.needed(512))
            .map(|frame| to_f32((2.0 * PI * hz * to_f64(first + frames(frame)) / from).sin()))
            .collect();
        let mut out = vec![0.0; 512];
        sinc.render(origin, 0, &media, &mut out);
        let expected = |index: usize| (2.0 * PI * hz * (origin / from + len_f64(index) / to)).sin();
        let worst = out.iter().enumerate().map(|(index, &out)| (f64::from(out) - expected(index)).abs());
        20.0 * worst.fold(1e-12, f64::max).log10()
    }

    #[test]
    fn a_sine_stays_a_sine_at_the_rates_in_use() {
        for (from, to) in
            [(44_100.0, 48_000.0), (48_000.0, 44_100.0), (96_000.0, 44_100.0), (44_100.0, 192_000.0)]
        {
            for hz in [100.0, 1_000.0, 10_000.0] {
                let error = error_db(from, to, hz);
                assert!(error < -80.0, "{from} -> {to}, {hz} Hz: {error} dB");
            }
        }
    }

    #[test]
    fn chunks_give_the_same_samples_as_one_run() {
        let sinc = Sinc::new(44_100.0 / 48_000.0);
        let media: Vec<f32> = (0..2_000_u16).map(|n| (f32::from(n) * 0.37).sin()).collect();
        let run = |index: i64, out: &mut [f32]| {
            let first = span(sinc.first_needed(100.0, index));
            sinc.render(100.0, index, &media[first..], out);
        };
        let (mut whole, mut parts) = (vec![0.0; 500], vec![0.0; 500]);
        run(0, &mut whole);
        let mut at = 0;
        for chunk in [1, 17, 200, 3, 279] {
            run(frames(at), &mut parts[at..at + chunk]);
            at += chunk;
        }
        assert_eq!(parts, whole);
    }
}
