//! One zone of a sounding note.

use super::envelope::{Curve, Envelope};
use super::font::{Font, Lfo, Zone};
use crate::devices::channel::Channel;
use crate::devices::chassis::GRID;
use crate::devices::expressions::Expressions;
use crate::devices::filter::{Filter, Response};
use crate::devices::math;
use crate::devices::ramp::Ramp;
use crate::devices::smooth::Change;
use crate::event::{self, Expression};
use crate::processor::StereoOut;

/// Loudness of a voice in the middle, at full velocity.
const LEVEL: f32 = 0.5;
/// Corners above this let everything through, in octaves above 1 Hz (18.8 kHz).
const OPEN: f32 = 14.2;
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

/// A zone that sounds. Positions are in samples of 2^-32.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) id: event::Voice,
    pub(super) hold: Hold,
    /// The note it belongs to: how many notes had started before it.
    pub(super) serial: u64,
    /// Nothing of it has been heard yet.
    pub(super) is_fresh: bool,
    /// The frame of the segment in which it ended.
    pub(super) end: usize,
    zone: Zone,
    key: f32,
    velocity_gain: f32,
    position: u64,
    step: u64,
    step_bend: u64,
    repeats: bool,
    gains: [Ramp; 2],
    /// Frames since the last control frame.
    since: usize,
    filter: Filter<1>,
    is_filtered: bool,
    amp: Envelope,
    sweep: Envelope,
    /// Seconds since the start.
    age: f64,
    expressions: Expressions,
}

impl Voice {
    /// A zone that starts. `key` is the one that sounds, transposition included.
    pub(super) fn new(
        id: event::Voice,
        key: i32,
        velocity: f64,
        serial: u64,
        zone: &Zone,
        rate: f64,
    ) -> Self {
        let ticks_per_sec = rate / math::double(GRID);
        let key = math::single(f64::from(key));
        let velocity = math::single(velocity);
        Self {
            id,
            hold: Hold::Key,
            serial,
            is_fresh: true,
            end: 0,
            key,
            velocity_gain: velocity * velocity,
            position: (zone.sample.start as u64) << 32,
            step: 0,
            step_bend: 0,
            repeats: zone.sample.repeat.is_some(),
            gains: [Ramp::default(); 2],
            since: 0,
            filter: Filter::rest(),
            is_filtered: false,
            amp: Envelope::new(&zone.amp, key, Curve::Decibels, rate),
            sweep: Envelope::new(&zone.sweep, key, Curve::Even, ticks_per_sec),
            age: 0.0,
            expressions: Expressions::new(ticks_per_sec),
            zone: zone.clone(),
        }
    }

    pub(super) fn release(&mut self) {
        self.hold = Hold::None;
        self.repeats &= !self.zone.sample.repeats_while_held;
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

    pub(super) fn class(&self) -> i32 {
        self.zone.class
    }

    /// How loud it is, but for the sample.
    pub(super) fn level(&self) -> f32 {
        self.amp.level() * self.velocity_gain * self.zone.gain
    }

    pub(super) fn express(&mut self, expression: Expression, value: f64) {
        let change = if self.is_fresh { Change::Jump } else { Change::Glide };
        self.expressions.set(expression, value, change);
    }

    /// Works out where everything is to be in `frames` frames, at the next control frame.
    pub(super) fn tick(&mut self, level: f32, channel: &Channel, frames: usize, rate: f64) {
        let is_first = std::mem::take(&mut self.is_fresh);
        self.since = 0;
        let per_frame = 1.0 / math::float(frames);
        let (e, zone) = (&mut self.expressions, &self.zone);
        e.tick();
        self.age += math::double(frames) / rate;
        let (sweep, wobble) = (self.sweep.next(), triangle(zone.wobble, self.age));
        let wheel =
            (e.vibrato.value() + channel.modulation.value() + e.pressure.value() + channel.pressure.value())
                .min(1.0)
                * WHEEL_SEMITONES;

        let pitch = zone.scale * (self.key - zone.root)
            + zone.tune
            + channel.bend.value()
            + e.tuning.value()
            + zone.sweep_pitch * sweep
            + zone.wobble_pitch * wobble
            + (zone.vibrato_pitch + wheel) * triangle(zone.vibrato, self.age);
        let ratio = zone.sample.rate / rate * f64::from(math::exp2((pitch / 12.0).clamp(-20.0, 10.0)));
        let goal = fixed(ratio);
        if is_first {
            self.step = goal;
        }
        self.step_bend = goal
            .wrapping_sub(self.step)
            .cast_signed()
            .wrapping_div(i64::try_from(frames).unwrap_or(1))
            .cast_unsigned();

        let corner = zone.cutoff
            + zone.sweep_octaves * sweep
            + zone.wobble_octaves * wobble
            + 3.0 * (e.brightness.value() + channel.brightness.value());
        // Once it filters it goes on, for the sake of a smooth way back.
        self.is_filtered |= corner < OPEN || zone.damping < 1.0;
        if self.is_filtered {
            let turns = (math::exp2(corner.clamp(4.0, 15.0)) / math::single(rate)).min(0.45);
            if is_first {
                self.filter.jump(turns, zone.damping);
            }
            self.filter.steer(turns, zone.damping, per_frame);
        }

        let gain = LEVEL
            * level
            * channel.level.value()
            * e.gain()
            * self.velocity_gain
            * zone.gain
            * math::exp2(zone.wobble_level * wobble);
        let pan = (zone.pan + channel.pan.value() + e.pan.value()).clamp(-1.0, 1.0);
        // Equal power.
        let goals = [gain * (1.0 - pan).sqrt(), gain * (1.0 + pan).sqrt()];
        for (ramp, goal) in self.gains.iter_mut().zip(goals) {
            if is_first {
                ramp.jump(goal);
            }
            ramp.steer(goal, per_frame);
        }
    }

    /// Adds a segment; says whether the voice ends in it.
    pub(super) fn render(&mut self, font: &Font, output: StereoOut<'_>) -> bool {
        let len = output.left.len();
        let mut times = [0.0; GRID];
        times.iter_mut().zip(self.since..).for_each(|(time, since)| *time = math::float(since));
        let times = &times[..len];
        self.since += len;
        let mut frames = [[0.0_f32; 1]; GRID];
        let frames = &mut frames[..len];
        let data = font.data();
        let mut last = len;
        for (at, frame) in frames.iter_mut().enumerate() {
            let Some(x) = self.sample(data) else {
                last = at;
                break;
            };
            *frame = [x];
        }
        if self.is_filtered {
            self.filter.run(Response::LowPass, frames, times);
        }
        for (at, [x]) in frames.iter().enumerate() {
            if at == last {
                self.amp.end();
            }
            let x = x * self.amp.next();
            output.left[at] += x * self.gains[0].at(times[at]);
            output.right[at] += x * self.gains[1].at(times[at]);
            if self.amp.is_over() {
                self.end = at;
                return true;
            }
        }
        false
    }

    /// The next sample, by a cubic through its neighbours (Catmull-Rom); `None` behind the end.
    #[inline]
    fn sample(&mut self, data: &[i16]) -> Option<f32> {
        let sample = &self.zone.sample;
        let repeat = sample.repeat.as_ref().filter(|_| self.repeats);
        if let Some(repeat) = repeat {
            let end = (repeat.end as u64) << 32;
            if self.position >= end {
                let len = (repeat.len() as u64) << 32;
                self.position = end - len + (self.position - end) % len;
            }
        }
        let at = usize::try_from(self.position >> 32).ok()?;
        if at >= sample.end {
            return None;
        }
        let [a, b, c, d] = match data.get(at.wrapping_sub(1)..at.wrapping_add(3)) {
            Some(&[a, b, c, d]) if at > sample.start && at + 2 < repeat.map_or(sample.end, |r| r.end) => {
                [a, b, c, d]
            }
            _ => {
                let near = |offset: usize| {
                    let at = (at + offset).wrapping_sub(1).max(sample.start);
                    let at = match repeat {
                        Some(repeat) if at >= repeat.end => repeat.start + (at - repeat.end) % repeat.len(),
                        _ => at,
                    };
                    if at < sample.end { data.get(at).copied().unwrap_or(0) } else { 0 }
                };
                [near(0), near(1), near(2), near(3)]
            }
        };
        let x = part(self.position);
        self.position = self.position.wrapping_add(self.step);
        self.step = self.step.wrapping_add(self.step_bend);
        let [a, b, c, d] = [a, b, c, d].map(f32::from);
        let y = b + 0.5 * x * (c - a + x * (2.0 * a - 5.0 * b + 4.0 * c - d + x * (3.0 * (b - c) + d - a)));
        Some(y * (1.0 / 32_768.0))
    }
}

/// A step of some samples, as a position.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and saturates")]
fn fixed(samples: f64) -> u64 {
    (samples.min(65_536.0) * 4_294_967_296.0) as u64
}

/// The part of a position between samples.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "24 bits suffice")]
fn part(position: u64) -> f32 {
    ((position & 0xFFFF_FFFF) >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// A triangle that starts at 0 after its delay.
fn triangle(lfo: Lfo, age: f64) -> f32 {
    let since = age - f64::from(lfo.delay);
    if since <= 0.0 {
        return 0.0;
    }
    let turn = math::single((since * f64::from(lfo.hz)).fract());
    match turn {
        ..0.25 => 4.0 * turn,
        0.25..0.75 => 2.0 - 4.0 * turn,
        _ => 4.0 * turn - 4.0,
    }
}
