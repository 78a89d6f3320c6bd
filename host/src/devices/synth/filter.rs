//! The voice's filter: a state-variable filter in trapezoidal form, stereo.
//!
//! Source: Simper, "Solving the continuous SVF equations using trapezoidal integration" (2013); Zavalishin, "The Art
//! of VA Filter Design".

use crate::devices::math;

/// Responses, in the order of [`protocol::device::synth::FILTERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response {
    LowPass,
    BandPass,
    HighPass,
    LowPass24,
}

impl Response {
    pub(super) const ALL: [Self; 4] = [Self::LowPass, Self::BandPass, Self::HighPass, Self::LowPass24];
}

/// Damping of the first of the two sections of a 24 dB filter.
const FLAT: f32 = 1.85;

/// Two integrators for each channel.
#[derive(Clone, Copy, Debug, Default)]
struct Section {
    first: [f32; 2],
    second: [f32; 2],
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

impl Section {
    /// Low, band (not normalised) for both channels.
    #[inline]
    fn run(&mut self, x: [f32; 2], taps: Taps) -> ([f32; 2], [f32; 2]) {
        let (mut low, mut band) = ([0.0; 2], [0.0; 2]);
        for side in 0..2 {
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
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filter {
    sections: [Section; 2],
    g: f32,
    g_step: f32,
    k: f32,
    k_step: f32,
}

impl Filter {
    /// The corner and damping to be reached within `frames`.
    pub(super) fn steer(&mut self, turns_per_frame: f32, resonance: f32, frames: usize) {
        let (g, k) = Self::design(turns_per_frame, resonance);
        let frames = math::float(frames);
        (self.g_step, self.k_step) = ((g - self.g) / frames, (k - self.k) / frames);
        self.sections.iter_mut().for_each(Section::flush);
    }

    /// Has the corner and damping at once.
    pub(super) fn jump(&mut self, turns_per_frame: f32, resonance: f32) {
        (self.g, self.k) = Self::design(turns_per_frame, resonance);
    }

    fn design(turns_per_frame: f32, resonance: f32) -> (f32, f32) {
        // Up to a quality of 12.5.
        ((std::f32::consts::PI * turns_per_frame).tan(), 2.0 - 1.92 * resonance)
    }

    /// Filters frames in place.
    #[inline]
    pub(super) fn run(&mut self, response: Response, frames: &mut [[f32; 2]]) {
        match response {
            Response::LowPass => self.each(frames, |section, _, x, taps| section.run(x, taps).0),
            Response::BandPass => {
                self.each(frames, |section, _, x, taps| section.run(x, taps).1.map(|band| taps.k * band));
            }
            Response::HighPass => self.each(frames, |section, _, x, taps| {
                let (low, band) = section.run(x, taps);
                [x[0] - taps.k * band[0] - low[0], x[1] - taps.k * band[1] - low[1]]
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
        frames: &mut [[f32; 2]],
        run: impl Fn(&mut Section, &mut Section, [f32; 2], Taps) -> [f32; 2],
    ) {
        let [section, other] = &mut self.sections;
        for frame in frames {
            *frame = run(section, other, *frame, Taps::new(self.g, self.k));
            self.g += self.g_step;
            self.k += self.k_step;
        }
    }
}
