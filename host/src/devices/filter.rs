//! The instruments' filter: a state-variable filter in trapezoidal form, for one channel or several.
//!
//! Source: Simper, "Solving the continuous SVF equations using trapezoidal integration" (2013); Zavalishin, "The Art
//! of VA Filter Design". The integrators are advanced as one linear step, which is shorter to wait for.

use super::chassis::GRID;
use super::math;
use super::ramp::Ramp;

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

/// A filter and the way its corner and damping move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter<const N: usize> {
    sections: [Section<N>; 2],
    /// Tangent of half the corner.
    corner: Ramp,
    damping: Ramp,
}

/// Two integrators for each channel.
#[derive(Clone, Copy, Debug)]
struct Section<const N: usize>([[f32; 2]; N]);

/// Coefficients for each frame of a segment.
struct Taps {
    /// From the first integrator to itself, and from the input or (negative) the second to the first.
    own: [f32; GRID],
    cross: [f32; GRID],
    /// From the input or (negative, beside itself) the second integrator to the second.
    through: [f32; GRID],
}

impl Taps {
    #[inline]
    fn new(corners: &[f32], dampings: &[f32]) -> Self {
        let mut taps = Self { own: [0.0; GRID], cross: [0.0; GRID], through: [0.0; GRID] };
        let Self { own, cross, through } = &mut taps;
        let outs = own.iter_mut().zip(cross).zip(through);
        for (((own, cross), through), (g, k)) in outs.zip(corners.iter().zip(dampings)) {
            let a = 2.0 / (1.0 + g * (g + k));
            *own = a - 1.0;
            *cross = g * a;
            *through = g * (g * a);
        }
        taps
    }
}

impl<const N: usize> Section<N> {
    /// Filters each channel; `pick` makes the output of the frame's number, input, low and band (not normalised).
    #[inline]
    fn run(&mut self, taps: &Taps, frames: &mut [[f32; N]], pick: impl Fn(usize, f32, f32, f32) -> f32) {
        let mut states = self.0;
        for (at, frame) in frames.iter_mut().enumerate() {
            let (own, cross, through) = (taps.own[at], taps.cross[at], taps.through[at]);
            for (x, [first, second]) in frame.iter_mut().zip(&mut states) {
                let band = (own * *first - cross * *second) + cross * *x;
                let low = (cross * *first + (*second - through * *second)) + through * *x;
                let y = pick(at, *x, 0.5 * (*second + low), 0.5 * (*first + band));
                (*first, *second) = (band, low);
                *x = y;
            }
        }
        self.0 = states;
    }
}

impl<const N: usize> Filter<N> {
    /// At rest; [`jump`](Self::jump) gives it its first corner.
    pub(crate) fn rest() -> Self {
        Self { sections: [Section([[0.0; 2]; N]); 2], corner: Ramp::default(), damping: Ramp::default() }
    }

    /// At a control frame: the corner (in turns per frame, below 0.5) and damping (the inverse of the quality) to be
    /// reached, `per_frame` of the way each frame.
    pub(crate) fn steer(&mut self, corner: f32, damping: f32, per_frame: f32) {
        self.corner.steer(math::tan_half_turn(corner), per_frame);
        self.damping.steer(damping, per_frame);
        let states = self.sections.iter_mut().flat_map(|section| section.0.as_flattened_mut());
        states.for_each(math::flush);
    }

    /// Has the corner and damping at once.
    pub(crate) fn jump(&mut self, corner: f32, damping: f32) {
        self.corner.jump(math::tan_half_turn(corner));
        self.damping.jump(damping);
    }

    /// Filters a segment in place; `times` are the frames since the control frame.
    #[inline]
    pub(crate) fn run(&mut self, response: Response, frames: &mut [[f32; N]], times: &[f32]) {
        let (mut corners, mut dampings) = ([0.0; GRID], [0.0; GRID]);
        for ((corner, damping), time) in corners.iter_mut().zip(&mut dampings).zip(times) {
            (*corner, *damping) = (self.corner.at(*time), self.damping.at(*time));
        }
        let taps = Taps::new(&corners, &dampings);
        let [section, other] = &mut self.sections;
        match response {
            Response::LowPass => section.run(&taps, frames, |_, _, low, _| low),
            Response::BandPass => section.run(&taps, frames, |at, _, _, band| dampings[at] * band),
            Response::HighPass => {
                section.run(&taps, frames, |at, x, low, band| x - dampings[at] * band - low);
            }
            Response::LowPass24 => {
                other.run(&Taps::new(&corners, &[FLAT; GRID]), frames, |_, _, low, _| low);
                section.run(&taps, frames, |_, _, low, _| low);
            }
        }
    }
}
