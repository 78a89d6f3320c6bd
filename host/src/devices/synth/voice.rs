//! One note: two oscillators and noise, a stereo filter, two envelopes, an LFO.

use super::envelope::Envelope;
use super::oscillator::Oscillator;
use super::patch::{LfoTarget, Patch};
use crate::devices::channel::Channel;
use crate::devices::chassis::GRID;
use crate::devices::expressions::Expressions;
use crate::devices::filter::Filter;
use crate::devices::math;
use crate::devices::ramp::Ramp;
use crate::devices::smooth::{Change, Smooth};
use crate::event::{self, Expression};
use crate::processor::StereoOut;

/// Loudness of a voice: four notes of the default patch peak at about -12 dB.
const LEVEL: f32 = 0.38;
/// How much of the highest octave the voice gives back that the oscillators' rounding takes: each side of a
/// three-point filter.
const BRIGHTEN: f32 = 1.0 / 6.0;
/// Octaves by which full velocity sensitivity darkens the softest note.
const VELOCITY_OCTAVES: f32 = 1.5;
/// Semitones of vibrato at full modulation wheel.
const WHEEL_SEMITONES: f32 = 0.5;

/// Whether a note is still played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// The key is down.
    Key,
    /// The pedal holds it.
    Pedal,
    /// Let go.
    None,
}

/// A sounding note.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    pub(super) id: event::Voice,
    pub(super) hold: Hold,
    /// How many notes had started before it.
    pub(super) serial: u64,
    /// Nothing of it has been heard yet.
    pub(super) is_fresh: bool,
    key: f32,
    /// Where among the sides the note stands, -1..=1.
    place: f32,
    velocity: f32,
    /// Semitones to go to the note's own pitch, and how far it goes in a second.
    glide: f32,
    glide_per_sec: f32,
    oscillators: [Oscillator; 2],
    noise: u32,
    /// Of both oscillators and noise.
    gains: [[Ramp; 2]; 3],
    /// The two frames before, of both sides, for [`BRIGHTEN`].
    before: [[f32; 2]; 2],
    filter: Filter<2>,
    amp: Envelope,
    sweep: Envelope,
    lfo_turn: f64,
    loudness: Ramp,
    /// Frames since the last control frame.
    since: usize,
    expressions: Expressions,
}

impl Voice {
    /// A note that starts, coming from `from` semitones away.
    pub(super) fn new(
        id: event::Voice,
        velocity: f64,
        serial: u64,
        from: f32,
        patch: &Patch,
        rate: f64,
    ) -> Self {
        // What looks random depends on the note alone.
        let seed = math::hash(u32::from(id.key.unsigned_abs()) << 8 | u32::from(id.channel.unsigned_abs()));
        let other = math::hash(seed);
        let glide_secs = math::single(patch.glide_secs);
        let mut oscillators = [Oscillator::default(); 2];
        oscillators[0].phase = seed;
        // Near the first, so that low notes start with weight.
        oscillators[1].phase = seed.wrapping_add(other >> 2);
        Self {
            id,
            hold: Hold::Key,
            serial,
            is_fresh: true,
            key: f32::from(id.key),
            place: math::single(f64::from(other) / 2_147_483_648.0 - 1.0),
            velocity: math::single(velocity.clamp(0.0, 1.0)),
            glide: if glide_secs > 0.0 { from } else { 0.0 },
            glide_per_sec: if glide_secs > 0.0 { from.abs() / glide_secs } else { 0.0 },
            oscillators,
            noise: other | 1,
            gains: [[Ramp::default(); 2]; 3],
            before: [[0.0; 2]; 2],
            filter: Filter::rest(),
            amp: Envelope::START,
            sweep: Envelope::START,
            lfo_turn: 0.0,
            loudness: Ramp::default(),
            since: 0,
            expressions: Expressions::new(rate / math::double(GRID)),
        }
    }

    pub(super) fn release(&mut self) {
        self.hold = Hold::None;
        self.amp.release();
        self.sweep.release();
    }

    pub(super) fn cut(&mut self) {
        self.hold = Hold::None;
        self.amp.cut();
    }

    pub(super) fn is_cut(&self) -> bool {
        self.amp.is_cut()
    }

    pub(super) fn is_over(&self) -> bool {
        self.amp.is_over()
    }

    /// How loud the envelope is.
    pub(super) fn level(&self) -> f32 {
        self.amp.level()
    }

    pub(super) fn express(&mut self, expression: Expression, value: f64) {
        let change = if self.is_fresh { Change::Jump } else { Change::Glide };
        self.expressions.set(expression, value, change);
    }

    /// Works out where everything is to be in `frames` frames, at the next control frame.
    pub(super) fn tick(&mut self, patch: &Patch, channel: &Channel, frames: usize, rate: f64) {
        let is_first = std::mem::take(&mut self.is_fresh);
        self.since = 0;
        let (secs, per_frame) = (math::double(frames) / rate, 1.0 / math::float(frames));
        let e = &mut self.expressions;
        e.tick();
        let tuning = e.tuning.value() + channel.bend.value();
        let brightness = e.brightness.value() + channel.brightness.value();
        let pressure = (e.pressure.value() + channel.pressure.value()).min(1.0);
        let wheel = (e.vibrato.value() + channel.modulation.value()).min(1.0);
        let (gain, pan) = (e.gain(), e.pan.value() + channel.pan.value());

        self.lfo_turn = (self.lfo_turn + patch.lfo_hz * secs).fract();
        let turn = math::single(self.lfo_turn);
        // Sine, and how far a cosine has come down from its top.
        let wave = -math::sin_turn(turn - 0.5);
        let dip = 0.5 + 0.5 * math::sin_turn((turn + 0.75).fract() - 0.5);
        let depth = patch.lfo_depth.value();
        let (mut vibrato, mut wobble, mut tremolo) = (wheel * WHEEL_SEMITONES * wave, 0.0, 1.0);
        match patch.lfo_target {
            LfoTarget::Pitch => vibrato += 12.0 * depth * depth * wave,
            LfoTarget::Cutoff => wobble = 3.0 * depth * wave,
            LfoTarget::Level => tremolo = 1.0 - depth * dip,
        }

        // Pitch.
        let way = self.glide_per_sec * math::single(secs);
        self.glide = if self.glide > 0.0 { (self.glide - way).max(0.0) } else { (self.glide + way).min(0.0) };
        let semitones = self.key + self.glide + tuning + vibrato;
        let mut audible = [1.0; 2];
        for (index, oscillator) in self.oscillators.iter_mut().enumerate() {
            let above = if index == 0 { 0.0 } else { patch.interval.value() };
            let turns = 440.0 / rate * f64::from(math::exp2((semitones + above - 69.0) / 12.0));
            // What is near half the rate fades away.
            audible[index] = math::single(((0.48 - turns) / 0.04).clamp(0.0, 1.0));
            if is_first {
                oscillator.jump(turns.min(0.48));
            }
            oscillator.steer(turns.min(0.48), frames);
        }

        // Filter.
        let touch = patch.velocity.value();
        let sweep = self.sweep.next(&patch.sweep);
        let octave = patch.cutoff.value()
            + patch.filter_env.value() * sweep
            + patch.key_track.value() * (semitones - 60.0) / 12.0
            + wobble
            + 3.0 * brightness
            + 2.0 * pressure
            + touch * VELOCITY_OCTAVES * (self.velocity - 1.0);
        let corner = math::exp2(octave.clamp(4.0, 15.0)) / math::single(rate);
        let (corner, resonance) = (corner.min(0.45), patch.resonance.value());
        // Up to a quality of 12.5.
        let damping = 2.0 - 1.92 * resonance;
        if is_first {
            self.filter.jump(corner, damping);
        }
        self.filter.steer(corner, damping, per_frame);

        // Loudness. Resonance adds level, so some is taken back.
        let velocity = 1.0 - touch * (1.0 - self.velocity * self.velocity);
        let loudness = LEVEL
            * patch.level.value()
            * channel.level.value()
            * gain
            * tremolo
            * velocity
            * (1.0 - 0.4 * resonance);
        let [one, two, noise] = patch.levels.each_ref().map(Smooth::value);
        // The oscillators part as far as both are there; the note itself leans to a side of its own.
        let apart = one.min(two) / one.max(two).max(1e-9);
        let (lean, apart) = (patch.spread.value() * 0.4 * self.place, patch.spread.value() * apart);
        let panned = |level: f32, pan: f32| {
            let pan = pan.clamp(-1.0, 1.0);
            [level * (1.0 - pan).sqrt(), level * (1.0 + pan).sqrt()]
        };
        let goals = [
            panned(one * audible[0], pan + lean - apart),
            panned(two * audible[1], pan + lean + apart),
            panned(0.5 * noise, pan + lean),
        ];
        for (ramp, goal) in self.gains.as_flattened_mut().iter_mut().zip(goals.as_flattened()) {
            if is_first {
                ramp.jump(*goal);
            }
            ramp.steer(*goal, per_frame);
        }
        if is_first {
            self.loudness.jump(loudness);
        }
        self.loudness.steer(loudness, per_frame);
    }

    /// Adds a segment; gives the frame after which the voice is over, if it ends.
    pub(super) fn render(&mut self, patch: &Patch, output: StereoOut<'_>) -> Option<usize> {
        let len = output.left.len();
        let mut times = [0.0; GRID];
        times.iter_mut().zip(self.since..).for_each(|(time, since)| *time = math::float(since));
        let times = &times[..len];
        self.since += len;

        // Two frames of before in front.
        let mut sides = [[0.0; GRID + 2]; 2];
        let mut mono = [0.0; GRID];
        let mono = &mut mono[..len];
        for (source, gains) in self.gains.iter().enumerate() {
            let is_heard = !gains.iter().all(Ramp::is_zero);
            match self.oscillators.get_mut(source) {
                Some(oscillator) if is_heard => oscillator.fill(patch.waves[source], mono),
                Some(oscillator) => oscillator.skip(len),
                None if is_heard => mono.iter_mut().for_each(|x| *x = white(&mut self.noise)),
                None => {}
            }
            if is_heard {
                for (side, gain) in sides.iter_mut().zip(gains) {
                    let frames = side[2..].iter_mut().zip(mono.iter().zip(times));
                    frames.for_each(|(y, (x, time))| *y += gain.at(*time) * x);
                }
            }
        }

        let mut frames = [[0.0; 2]; GRID];
        let frames = &mut frames[..len];
        for (side, (signal, before)) in sides.iter_mut().zip(&mut self.before).enumerate() {
            signal[..2].copy_from_slice(before);
            before.copy_from_slice(&signal[len..len + 2]);
            for (frame, x) in frames.iter_mut().zip(signal.windows(3)) {
                frame[side] = x[1] + BRIGHTEN * (x[1] + x[1] - (x[0] + x[2]));
            }
        }
        self.filter.run(patch.response, frames, times);

        let mut levels = [0.0; GRID];
        let levels = &mut levels[..len];
        let end = self.amp.fill(&patch.amp, levels);
        levels.iter_mut().zip(times).for_each(|(level, time)| *level *= self.loudness.at(*time));
        let sides = output.left.iter_mut().zip(output.right);
        for ((left, right), (frame, level)) in sides.zip(frames.iter().zip(levels)) {
            *left += *level * frame[0];
            *right += *level * frame[1];
        }
        end
    }
}

/// White noise, -1..1. Source: Marsaglia, "Xorshift RNGs" (2003).
#[inline]
#[expect(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "the sign is meant; 24 bits suffice"
)]
fn white(state: &mut u32) -> f32 {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    (*state as i32) as f32 * (1.0 / 2_147_483_648.0)
}
