//! The feedback delay network.

use crate::devices::chassis::GRID;
use crate::devices::math;
use crate::devices::smooth::{Change, Smooth};

/// How many delay lines.
const LINES: usize = 16;
/// Their lengths in milliseconds at the scale 1: spread evenly in pitch, in an order in which neighbours differ.
const LENGTHS_MS: [f64; LINES] = [
    31.71, 52.13, 22.37, 73.31, 37.79, 61.57, 26.61, 79.97, 34.39, 56.81, 24.53, 67.43, 41.23, 47.93, 29.07,
    44.59,
];
/// The scale of the lengths at size 0 and at size 1.
const SCALES: [f64; 2] = [0.3, 1.5];
/// Every fourth line is read at a moving place.
const MOVING: usize = 4;
/// How far the moving places go to each side, in seconds.
const SWING_SECS: f64 = 0.000_25;
/// How fast they go, in Hz.
const SWING_HZ: [f64; LINES / MOVING] = [0.61, 0.83, 0.47, 1.07];
/// How long a new size takes to fade in, in seconds.
const FADE_SECS: f64 = 0.06;
/// Brings the wet level near the dry one for music at the usual settings.
const LEVEL: f32 = 0.42;

/// Sixteen delay lines, fed back through a Hadamard matrix.
pub(super) struct Network {
    rate: f64,
    /// The lines one after another, each [`room`](Self::room) frames long, a power of two.
    memory: Box<[f32]>,
    room: usize,
    write: usize,
    written: usize,
    size: f64,
    /// In octaves of seconds, and of Hz, so that they glide evenly.
    decay: Smooth,
    damping: Smooth,
    /// Lengths in force, and those that fade in, in frames.
    now: [usize; LINES],
    next: [usize; LINES],
    /// The size that `next` stands for.
    next_size: f64,
    fade: Smooth,
    /// Gain and low-pass coefficient in the loop.
    gain: [f32; LINES],
    pole: [f32; LINES],
    low: [f32; LINES],
    level: Smooth,
    swing: [Swing; LINES / MOVING],
    swing_frames: f64,
    /// Control frames since the start.
    ticks: usize,
}

/// The moving place of a line: offset and its change from frame to frame.
#[derive(Clone, Copy, Default)]
struct Swing {
    offset: f32,
    step: f32,
}

impl Network {
    pub(super) fn new(rate: f64) -> Self {
        let swing_frames = SWING_SECS * rate;
        let longest = LENGTHS_MS.iter().copied().fold(0.0, f64::max) * SCALES[1] / 1_000.0 * rate;
        let room = (math::whole(longest + swing_frames) + 4).next_power_of_two();
        let ticks_per_sec = rate / math::double(GRID);
        Self {
            rate,
            memory: vec![0.0; room * LINES].into(),
            room,
            write: 0,
            written: 0,
            size: 0.5,
            decay: Smooth::new(0.0, ticks_per_sec),
            damping: Smooth::new(12.0, ticks_per_sec),
            now: [1; LINES],
            next: [1; LINES],
            next_size: 0.5,
            fade: Smooth::over(0.0, FADE_SECS * rate),
            gain: [0.0; LINES],
            pole: [0.0; LINES],
            low: [0.0; LINES],
            level: Smooth::new(0.0, rate),
            swing: [Swing::default(); LINES / MOVING],
            swing_frames,
            ticks: 0,
        }
    }

    pub(super) fn set_size(&mut self, size: f64) {
        self.size = size;
    }

    pub(super) fn set_decay(&mut self, secs: f64, change: Change) {
        self.decay.set(math::single(secs.log2()), change);
    }

    pub(super) fn set_damping(&mut self, hz: f64, change: Change) {
        self.damping.set(math::single(hz.log2()), change);
    }

    pub(super) fn reset(&mut self) {
        self.decay.settle();
        self.damping.settle();
        (self.write, self.written, self.ticks) = (0, 0, 0);
        self.low = [0.0; LINES];
        self.swing = [Swing::default(); LINES / MOVING];
        self.fade.set(0.0, Change::Jump);
    }

    fn lengths(&self, size: f64) -> [usize; LINES] {
        let scale = SCALES[0] + (SCALES[1] - SCALES[0]) * size;
        // Odd lengths share fewer divisors, hence fewer resonances.
        LENGTHS_MS.map(|ms| math::whole(ms / 1_000.0 * scale * self.rate) | 1)
    }

    /// Control frame.
    pub(super) fn tick(&mut self) {
        let starts = self.ticks == 0;
        let mut changed = starts;
        if starts {
            self.next_size = self.size;
            self.next = self.lengths(self.size);
            self.now = self.next;
        } else if self.fade.moves() {
            changed = true;
        } else if self.next != self.now || self.size != self.next_size {
            self.now = self.next;
            self.fade.set(0.0, Change::Jump);
            if self.size != self.next_size {
                self.next_size = self.size;
                self.next = self.lengths(self.size);
                self.fade.set(1.0, Change::Glide);
            }
            changed = true;
        }
        for value in [&mut self.decay, &mut self.damping] {
            changed |= value.moves();
            value.next();
        }
        if changed {
            self.design();
        }
        self.low.iter_mut().for_each(math::flush);
        self.ticks = self.ticks.wrapping_add(1);
        // From where the last line ended to where the sine will be at the next control frame.
        let secs = math::double(self.ticks * GRID) / self.rate;
        for (swing, hz) in self.swing.iter_mut().zip(SWING_HZ) {
            let turn = (secs * hz).fract();
            let goal = math::single(self.swing_frames * (turn * std::f64::consts::TAU).sin());
            swing.step = (goal - swing.offset) / math::float(GRID);
        }
    }

    /// Works out the filters in the loop for the decay and the damping in force.
    fn design(&mut self) {
        let decay = f64::from(self.decay.value()).exp2();
        let damping = f64::from(self.damping.value()).exp2().min(0.49 * self.rate);
        let cosine = (std::f64::consts::TAU * damping / self.rate).cos();
        let mut mean = 0.0;
        for line in 0..LINES {
            let (now, next) = (math::double(self.now[line]), math::double(self.next[line]));
            let secs = (now + f64::from(self.fade.value()) * (next - now)) / self.rate;
            let gain = 10_f64.powf(-3.0 * secs / decay);
            // (1 - p) / |1 - p e^-jw| = gain at the damping frequency: its decay is half of the whole.
            let ratio = gain * gain;
            let (a, b) = (1.0 - ratio * cosine, 1.0 - ratio);
            let pole = if b > 1e-9 { (a - (a * a - b * b).max(0.0).sqrt()) / b } else { 0.0 };
            self.gain[line] = math::single(gain * (1.0 - pole)) * 0.25;
            self.pole[line] = math::single(pole);
            mean += gain * gain / math::double(LINES);
        }
        // Long decays pile up energy; half of it in decibels is taken back.
        let change = if self.ticks == 0 { Change::Jump } else { Change::Glide };
        self.level.set(LEVEL * math::single((1.0 - mean).max(1e-6).powf(0.25)), change);
    }

    /// Gives the room's answer to each frame.
    pub(super) fn run(&mut self, input: &[[f32; 2]], output: &mut [[f32; 2]]) {
        if self.next == self.now {
            for (x, y) in input.iter().zip(output) {
                let taps = self.taps(&self.now);
                *y = self.step(*x, taps);
            }
        } else {
            for (x, y) in input.iter().zip(output) {
                let (way, mut taps, others) = (self.fade.next(), self.taps(&self.now), self.taps(&self.next));
                taps.iter_mut().zip(others).for_each(|(tap, other)| *tap += way * (other - *tap));
                *y = self.step(*x, taps);
            }
        }
    }

    /// What comes out of the lines.
    #[inline]
    fn taps(&self, delays: &[usize; LINES]) -> [f32; LINES] {
        let mut taps = [0.0; LINES];
        let lines = self.memory.chunks_exact(self.room);
        for (line, ((tap, delay), memory)) in taps.iter_mut().zip(delays).zip(lines).enumerate() {
            *tap = if line % MOVING == 0 {
                self.moving_tap(memory, *delay, self.swing[line / MOVING].offset)
            } else {
                self.tap(memory, *delay)
            };
        }
        taps
    }

    #[inline]
    fn tap(&self, memory: &[f32], delay: usize) -> f32 {
        if delay > self.written { 0.0 } else { memory[self.write.wrapping_sub(delay) & (memory.len() - 1)] }
    }

    /// Between frames, by a cubic through four of them (Catmull-Rom).
    #[inline]
    fn moving_tap(&self, memory: &[f32], delay: usize, offset: f32) -> f32 {
        let (whole, x) = math::split(offset);
        // The sample before `x`, the one after it, and their neighbours.
        let delay = delay.wrapping_add_signed(-(whole as isize));
        let near = |extra: isize| self.tap(memory, delay.saturating_add_signed(-extra).max(1));
        let [a, b, c, d] = [near(-1), near(0), near(1), near(2)];
        b + 0.5 * x * (c - a + x * (2.0 * a - 5.0 * b + 4.0 * c - d + x * (3.0 * (b - c) + d - a)))
    }

    /// Filters, mixes and feeds back what came out of the lines.
    #[inline]
    fn step(&mut self, x: [f32; 2], taps: [f32; LINES]) -> [f32; 2] {
        let mut mixed = [0.0; LINES];
        for line in 0..LINES {
            self.low[line] = self.gain[line] * taps[line] + self.pole[line] * self.low[line];
            mixed[line] = self.low[line];
        }
        hadamard(&mut mixed);
        for (line, memory) in self.memory.chunks_exact_mut(self.room).enumerate() {
            // Left goes in at the even lines, right at the odd ones, with alternating signs.
            let sign = if line % 4 < 2 { 1.0 } else { -1.0 };
            memory[self.write] = mixed[line] + sign * x[line % 2];
        }
        self.write = (self.write + 1) & (self.room - 1);
        self.written = (self.written + 1).min(self.room);
        for swing in &mut self.swing {
            swing.offset += swing.step;
        }
        let mut heard = [0.0; 2];
        for (pair, taps) in taps.chunks_exact(2).enumerate() {
            let sign = if pair % 3 == 0 { 1.0 } else { -1.0 };
            heard[0] += sign * taps[0];
            heard[1] += sign * taps[1];
        }
        let level = self.level.next();
        heard.map(|x| level * x)
    }
}

/// The Walsh-Hadamard transform, not normalised.
#[inline]
fn hadamard(x: &mut [f32; LINES]) {
    let mut half = 1;
    while half < LINES {
        for block in x.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}
