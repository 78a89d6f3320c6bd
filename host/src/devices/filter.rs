//! The instruments' filter: a state-variable filter in trapezoidal form, for one channel or several.
//!
//! Source: Simper, "Solving the continuous SVF equations using trapezoidal integration" (2013); Zavalishin, "The Art
//! of VA Filter Design".

use super::math;

/// Responses, in the order of [`protocol::device::synth::FILTERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Response {
    LowPass,
    BandPass,
    HighPass,
    LowPass24,
}

impl Response {
    pub(crate) const ALL: [Self; 4] = [Self::LowPass, Self::BandPass, Self::HighPass, Self::LowPass24];
}

/// Damping of the first of the two sections of a 24 dB filter.
const FLAT: f32 = 1.85;

/// Two integrators for each channel.
#[derive(Clone, Copy, Debug)]
struct Section<const N: usize> {
    first: [f32; N],
    second: [f32; N],
}

/// Coefficients of a section for one frame.
#[derive(Clone, Copy)]
struct Taps {
    g: f32,
    k: f32,
    a1: f32,
    a2: f32,
    a3: f32,
}

impl Taps {
    #[inline]
    fn new(g: f32, k: f32) -> Self {
        let a1 = 1.0 / (1.0 + g * (g + k));
        let a2 = g * a1;
        Self { g, k, a1, a2, a3: g * a2 }
    }
}

impl<const N: usize> Section<N> {
    const REST: Self = Self { first: [0.0; N], second: [0.0; N] };

    /// Low, band (not normalised) for each channel.
    #[inline]
    fn run(&mut self, x: [f32; N], taps: Taps) -> ([f32; N], [f32; N]) {
        let (mut low, mut band) = ([0.0; N], [0.0; N]);
        for side in 0..N {
            let (first, second) = (self.first[side], self.second[side]);
            let rest = x[side] - second;
            let v1 = taps.a1 * first + taps.a2 * rest;
            let v2 = second + taps.a2 * first + taps.a3 * rest;
            self.first[side] = 2.0 * v1 - first;
            self.second[side] = 2.0 * v2 - second;
            (low[side], band[side]) = (v2, v1);
        }
        (low, band)
    }

    fn flush(&mut self) {
        self.first.iter_mut().chain(&mut self.second).for_each(math::flush);
    }
}

/// A filter and the way its corner and damping move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter<const N: usize> {
    sections: [Section<N>; 2],
    g: f32,
    g_step: f32,
    k: f32,
    k_step: f32,
}

impl<const N: usize> Filter<N> {
    /// At rest; [`jump`](Self::jump) gives it its first corner.
    pub(crate) const REST: Self =
        Self { sections: [Section::REST; 2], g: 0.0, g_step: 0.0, k: 2.0, k_step: 0.0 };

    /// The corner (in turns per frame, below 0.5) and damping (the inverse of the quality) to be reached within
    /// `frames`.
    pub(crate) fn steer(&mut self, corner: f32, damping: f32, frames: usize) {
        let (g, frames) = (Self::warp(corner), math::float(frames));
        (self.g_step, self.k_step) = ((g - self.g) / frames, (damping - self.k) / frames);
        self.sections.iter_mut().for_each(Section::flush);
    }

    /// Has the corner and damping at once.
    pub(crate) fn jump(&mut self, corner: f32, damping: f32) {
        (self.g, self.k) = (Self::warp(corner), damping);
    }

    fn warp(corner: f32) -> f32 {
        (std::f32::consts::PI * corner).tan()
    }

    /// Filters frames in place.
    #[inline]
    pub(crate) fn run(&mut self, response: Response, frames: &mut [[f32; N]]) {
        match response {
            Response::LowPass => self.each(frames, |section, _, x, taps| section.run(x, taps).0),
            Response::BandPass => {
                self.each(frames, |section, _, x, taps| section.run(x, taps).1.map(|band| taps.k * band));
            }
            Response::HighPass => self.each(frames, |section, _, x, taps| {
                let (low, band) = section.run(x, taps);
                std::array::from_fn(|side| x[side] - taps.k * band[side] - low[side])
            }),
            Response::LowPass24 => self.each(frames, |section, other, x, taps| {
                let flat = Taps::new(taps.g, FLAT);
                section.run(other.run(x, flat).0, taps).0
            }),
        }
    }

    #[inline]
    fn each(
        &mut self,
        frames: &mut [[f32; N]],
        run: impl Fn(&mut Section<N>, &mut Section<N>, [f32; N], Taps) -> [f32; N],
    ) {
        let [section, other] = &mut self.sections;
        for frame in frames {
            *frame = run(section, other, *frame, Taps::new(self.g, self.k));
            self.g += self.g_step;
            self.k += self.k_step;
        }
    }
}
