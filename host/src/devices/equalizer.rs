//! Low cut, low shelf, two bells, high shelf. Coefficients: the `biquad` crate (Audio EQ Cookbook, R. Bristow-Johnson).
//!
//! Frequencies, gains and qualities glide on the control grid; between its frames the coefficients move in straight
//! lines. The stable denominators of a second-order filter form a triangle, which is convex, so what lies between
//! two stable filters is stable.

use biquad::{Coefficients, Q_BUTTERWORTH_F64, Type};
use protocol::device::equalizer::{PARAMS, id};
use protocol::{ParamDescriptor, ParamId, SampleRate};

use super::chassis::{Core, EffectCore, GRID, tail};
use super::math;
use super::smooth::{Change, Smooth};
use crate::processor::{StereoIn, StereoOut, Tail};

/// How long the longest ringing takes to fall by 120 dB: 40 Hz at a quality of 18. In seconds.
const RING_SECS: f64 = 2.2;
/// Control frames after which a band that does nothing is left out.
const REST_TICKS: u32 = 2_000;

#[derive(Clone, Copy)]
enum Shape {
    LowCut,
    LowShelf,
    Bell,
    HighShelf,
}

/// b0, b1, b2, a1, a2.
type Taps = [f64; 5];

/// The filter that does nothing.
const IDENTITY: Taps = [1.0, 0.0, 0.0, 0.0, 0.0];

struct Band {
    shape: Shape,
    rate: f64,
    /// In octaves above 1 Hz.
    octave: Smooth,
    gain_db: Smooth,
    quality: Smooth,
    taps: Taps,
    goal: Taps,
    step: Taps,
    /// Of both channels.
    state: [[f64; 2]; 2],
    /// For how many control frames the band has done nothing.
    rest: u32,
}

impl Band {
    fn new(shape: Shape, rate: f64) -> Self {
        let glide = |value| Smooth::new(value, rate / math::double(GRID));
        let (octave, gain_db, quality) = (glide(10.0), glide(0.0), glide(math::single(Q_BUTTERWORTH_F64)));
        let taps = IDENTITY;
        let state = [[0.0; 2]; 2];
        Self { shape, rate, octave, gain_db, quality, taps, goal: taps, step: [0.0; 5], state, rest: 0 }
    }

    fn set_freq(&mut self, hz: f64, change: Change) {
        self.octave.set(math::single(hz.log2()), change);
    }

    fn design(&self) -> Taps {
        let octave = f64::from(self.octave.value());
        let (gain, q) = (f64::from(self.gain_db.value()), f64::from(self.quality.value()));
        let shape = match self.shape {
            Shape::LowCut => Type::HighPass,
            Shape::LowShelf => Type::LowShelf(gain),
            Shape::Bell => Type::PeakingEQ(gain),
            Shape::HighShelf => Type::HighShelf(gain),
        };
        // As a fraction of half the rate; at low rates the upper bands stop short of it.
        let freq = (2.0 * octave.exp2() / self.rate).min(0.98);
        Coefficients::from_normalized_params(shape, freq, q)
            .map_or(IDENTITY, |c| [c.b0, c.b1, c.b2, c.a1, c.a2])
    }

    fn reset(&mut self) {
        [&mut self.octave, &mut self.gain_db, &mut self.quality].into_iter().for_each(Smooth::settle);
        self.goal = self.design();
        self.taps = self.goal;
        self.step = [0.0; 5];
        self.state = [[0.0; 2]; 2];
        self.rest = if self.does_nothing() { REST_TICKS } else { 0 };
    }

    fn does_nothing(&self) -> bool {
        !matches!(self.shape, Shape::LowCut) && self.gain_db.value() == 0.0 && !self.gain_db.moves()
    }

    fn tick(&mut self) {
        self.taps = self.goal;
        self.step = [0.0; 5];
        let mut moved = false;
        for value in [&mut self.octave, &mut self.gain_db, &mut self.quality] {
            moved |= value.moves();
            value.next();
        }
        if moved {
            self.goal = self.design();
            let mut lines = self.step.iter_mut().zip(self.goal.iter().zip(&self.taps));
            lines.by_ref().for_each(|(step, (goal, tap))| *step = (goal - tap) / math::double(GRID));
        }
        for state in self.state.as_flattened_mut() {
            if state.abs() < 1e-30 {
                *state = 0.0;
            }
        }
        self.rest = if self.does_nothing() { (self.rest + 1).min(REST_TICKS) } else { 0 };
        if self.rests() {
            self.state = [[0.0; 2]; 2];
        }
    }

    fn rests(&self) -> bool {
        self.rest == REST_TICKS
    }

    /// Transposed direct form II.
    #[inline]
    fn run(&mut self, frames: &mut [[f64; 2]]) {
        let Self { taps, step, state, .. } = self;
        for frame in frames {
            let [b0, b1, b2, a1, a2] = *taps;
            for (x, [s1, s2]) in frame.iter_mut().zip(state.iter_mut()) {
                let y = b0 * *x + *s1;
                *s1 = b1 * *x - a1 * y + *s2;
                *s2 = b2 * *x - a2 * y;
                *x = y;
            }
            taps.iter_mut().zip(step.iter()).for_each(|(tap, step)| *tap += step);
        }
    }
}

/// The equaliser's signal processing.
pub(crate) struct Equalizer {
    rate: f64,
    low_cut: Band,
    /// How much of the low cut is heard, 0..=1.
    low_cut_mix: Smooth,
    /// Low shelf, bells, high shelf.
    bands: [Band; 4],
    output: Smooth,
}

impl Equalizer {
    /// Flat.
    pub(crate) fn new(rate: SampleRate) -> Self {
        let band = |shape| Band::new(shape, rate.0);
        Self {
            rate: rate.0,
            low_cut: band(Shape::LowCut),
            low_cut_mix: Smooth::new(0.0, rate.0),
            bands: [band(Shape::LowShelf), band(Shape::Bell), band(Shape::Bell), band(Shape::HighShelf)],
            output: Smooth::new(1.0, rate.0),
        }
    }

    /// The low cut, as far as it is heard.
    fn run_low_cut(&mut self, frames: &mut [[f64; 2]]) {
        // Where the glide ends does not depend on where blocks do, to the last bit.
        let gliding = self.low_cut_mix.steps_left().min(frames.len());
        let (gliding, rest) = frames.split_at_mut(gliding);
        let mut dry = [[0.0; 2]; GRID];
        let dry = &mut dry[..gliding.len()];
        dry.copy_from_slice(gliding);
        self.low_cut.run(gliding);
        for (frame, dry) in gliding.iter_mut().zip(dry) {
            let mix = f64::from(self.low_cut_mix.next());
            frame.iter_mut().zip(dry).for_each(|(wet, dry)| *wet = *dry + mix * (*wet - *dry));
        }
        if self.low_cut_mix.value() > 0.0 {
            self.low_cut.run(rest);
        } else if !rest.is_empty() {
            self.low_cut.state = [[0.0; 2]; 2];
        }
    }
}

impl Core for Equalizer {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;

    fn set(&mut self, param: ParamId, value: f64, change: Change) {
        let plain = math::single(value);
        let [low, mid1, mid2, high] = &mut self.bands;
        match param {
            id::LOW_CUT_ON => self.low_cut_mix.set(plain, change),
            id::LOW_CUT => self.low_cut.set_freq(value, change),
            id::LOW_FREQ => low.set_freq(value, change),
            id::LOW_GAIN_DB => low.gain_db.set(plain, change),
            id::MID1_FREQ => mid1.set_freq(value, change),
            id::MID1_GAIN_DB => mid1.gain_db.set(plain, change),
            id::MID1_Q => mid1.quality.set(plain, change),
            id::MID2_FREQ => mid2.set_freq(value, change),
            id::MID2_GAIN_DB => mid2.gain_db.set(plain, change),
            id::MID2_Q => mid2.quality.set(plain, change),
            id::HIGH_FREQ => high.set_freq(value, change),
            id::HIGH_GAIN_DB => high.gain_db.set(plain, change),
            id::OUTPUT_DB => self.output.set(math::gain(value, f64::NEG_INFINITY), change),
            _ => {}
        }
    }

    fn reset(&mut self) {
        self.low_cut.reset();
        self.bands.iter_mut().for_each(Band::reset);
        self.low_cut_mix.settle();
        self.output.settle();
    }

    fn tail(&self) -> Tail {
        tail(RING_SECS, self.rate)
    }
}

impl EffectCore for Equalizer {
    fn memory(&self) -> u64 {
        math::whole(RING_SECS * self.rate) as u64
    }

    fn tick(&mut self, _bpm: f64) {
        self.low_cut.tick();
        self.bands.iter_mut().for_each(Band::tick);
    }

    fn render(&mut self, input: StereoIn<'_>, _side: Option<StereoIn<'_>>, output: StereoOut<'_>) {
        let mut frames = [[0.0; 2]; GRID];
        let frames = &mut frames[..input.left.len()];
        for (frame, (l, r)) in frames.iter_mut().zip(input.left.iter().zip(input.right)) {
            *frame = [f64::from(*l), f64::from(*r)];
        }
        self.run_low_cut(frames);
        for band in self.bands.iter_mut().filter(|band| !band.rests()) {
            band.run(frames);
        }
        for (frame, (l, r)) in frames.iter().zip(output.left.iter_mut().zip(output.right)) {
            let gain = self.output.next();
            [*l, *r] = frame.map(|x| gain * math::single(x));
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::DeviceKind;
    use protocol::device::equalizer::id;

    use crate::devices::tests::Rig;
    use crate::event::{Event, EventKind, Voice};

    /// Checks the level of a sine at `hz` after the equaliser, in decibels.
    fn check(settings: &[(protocol::ParamId, f64)], hz: f64, expected_db: f64) {
        for rate in [44_100.0, 96_000.0] {
            let mut rig = Rig::with(DeviceKind::Equalizer, rate, settings);
            let found = rig.gain_db(hz);
            assert!((found - expected_db).abs() < 0.1, "{settings:?} at {hz} Hz, rate {rate}: {found:.2} dB");
        }
    }

    #[test]
    fn bells_have_their_gain_at_their_centre_and_none_far_off() {
        check(&[(id::MID1_FREQ, 1_000.0), (id::MID1_GAIN_DB, 12.0), (id::MID1_Q, 4.0)], 1_000.0, 12.0);
        check(&[(id::MID2_FREQ, 3_000.0), (id::MID2_GAIN_DB, -18.0), (id::MID2_Q, 1.0)], 3_000.0, -18.0);
        check(&[(id::MID1_FREQ, 1_000.0), (id::MID1_GAIN_DB, 12.0), (id::MID1_Q, 8.0)], 60.0, 0.0);
    }

    #[test]
    fn shelves_have_half_their_gain_at_their_corner_and_all_of_it_beyond() {
        check(&[(id::LOW_FREQ, 500.0), (id::LOW_GAIN_DB, 12.0)], 500.0, 6.0);
        check(&[(id::LOW_FREQ, 500.0), (id::LOW_GAIN_DB, 12.0)], 30.0, 12.0);
        check(&[(id::HIGH_FREQ, 2_000.0), (id::HIGH_GAIN_DB, -10.0)], 2_000.0, -5.0);
        check(&[(id::HIGH_FREQ, 2_000.0), (id::HIGH_GAIN_DB, -10.0)], 15_000.0, -10.0);
    }

    #[test]
    fn the_low_cut_takes_3_db_at_its_corner_and_12_db_per_octave_below() {
        check(&[(id::LOW_CUT_ON, 1.0), (id::LOW_CUT, 200.0)], 200.0, -3.01);
        check(&[(id::LOW_CUT_ON, 1.0), (id::LOW_CUT, 1_600.0)], 200.0, -36.1);
        check(&[(id::LOW_CUT_ON, 1.0), (id::LOW_CUT, 80.0)], 4_000.0, 0.0);
    }

    #[test]
    fn a_low_cut_comes_in_the_same_whatever_the_blocks() {
        let at = |frame, value| {
            Event::new(frame, EventKind::Param { param: id::LOW_CUT_ON, voice: Voice::ALL, value })
        };
        // It comes back 4 frames after it has gone.
        let events = [at(100, 1.0), at(1_000, 0.0), at(1_484, 1.0)];
        let [once, other] = [512, 1].map(|block| {
            let mut rig = Rig::with(DeviceKind::Equalizer, 48_000.0, &[(id::LOW_CUT, 300.0)]);
            rig.blocks = vec![block];
            let noise = rig.noise(0.5, 4_000);
            rig.render(&noise, &events).0
        });
        assert!(once == other);
    }

    #[test]
    fn flat_it_changes_no_bit() {
        let mut rig = Rig::new(DeviceKind::Equalizer, 48_000.0);
        let noise = rig.noise(0.5, 2_000);
        assert_eq!(rig.play(&noise), noise);
    }
}
