//! The feedback delay network.

use crate::devices::chassis::GRID;
use crate::devices::math;
use crate::devices::ramp::Ramp;
use crate::devices::smooth::{Change, Smooth};

/// How many delay lines.
const LINES: usize = 16;
/// Their lengths in milliseconds at the scale 1: spread evenly in pitch, in an order in which neighbours differ.
const LENGTHS_MS: [f64; LINES] = [
    31.71, 52.13, 22.37, 73.31, 37.79, 61.57, 26.61, 79.97, 34.39, 56.81, 24.53, 67.43, 41.23, 47.93, 29.07,
    44.59,
];
/// The scale of the lengths at size 0 and at size 1.
const SCALES: [f64; 2] = [0.4, 1.5];
/// Every fourth line is read at a moving place.
const MOVING: usize = 4;
/// How far the moving places go to each side, in seconds.
const SWING_SECS: f64 = 0.000_25;
/// How fast they go, in Hz.
const SWING_HZ: [f64; LINES / MOVING] = [0.61, 0.83, 0.47, 1.07];
/// How long a new size takes to fade in, in seconds.
const FADE_SECS: f64 = 0.06;
/// Brings the wet level near the dry one for music at the usual settings.
const LEVEL: f32 = 0.19;

/// Signs with which each line is heard on the left and on the right. Both are bent sequences, as far from every row of
/// the matrix as can be, so that no line repeats what is heard; and they are orthogonal, so that the sides differ.
const HEARD: [[f32; 2]; LINES] = [
    [1.0, 1.0],
    [1.0, -1.0],
    [1.0, 1.0],
    [-1.0, 1.0],
    [1.0, -1.0],
    [1.0, 1.0],
    [1.0, -1.0],
    [-1.0, -1.0],
    [1.0, 1.0],
    [1.0, -1.0],
    [1.0, 1.0],
    [-1.0, 1.0],
    [-1.0, 1.0],
    [-1.0, -1.0],
    [-1.0, 1.0],
    [1.0, 1.0],
];
/// Frames between lines, so that they do not compete for the same places in the processor's cache.
const GAP: usize = 80;

/// Sixteen delay lines, fed back through a Hadamard matrix.
pub(super) struct Network {
    rate: f64,
    /// The lines one after another, each [`room`](Self::room) frames long, a power of two, and [`GAP`] apart.
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
    swing: [Ramp; LINES / MOVING],
    /// Frames since the last control frame.
    since: usize,
    swing_frames: f64,
    /// Control frames since the start.
    ticks: usize,
}

impl Network {
    pub(super) fn new(rate: f64) -> Self {
        let swing_frames = SWING_SECS * rate;
        let longest = LENGTHS_MS.iter().copied().fold(0.0, f64::max) * SCALES[1] / 1_000.0 * rate;
        let room = (math::whole(longest + swing_frames) + 4 + GRID).next_power_of_two();
        let ticks_per_sec = rate / math::double(GRID);
        Self {
            rate,
            memory: vec![0.0; (room + GAP) * LINES].into(),
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
            swing: [Ramp::default(); LINES / MOVING],
            since: 0,
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
        self.swing = [Ramp::default(); LINES / MOVING];
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
        self.since = 0;
        // From where the last line ended to where the sine will be at the next control frame.
        let secs = math::double(self.ticks * GRID) / self.rate;
        for (swing, hz) in self.swing.iter_mut().zip(SWING_HZ) {
            let turn = (secs * hz).fract();
            let goal = math::single(self.swing_frames * (turn * std::f64::consts::TAU).sin());
            swing.steer(goal, 1.0 / math::float(GRID));
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

    /// Gives the room's answer to each frame of a segment. The lines are longer than a segment, so all of what comes
    /// out of them is there before any of it goes back in.
    pub(super) fn run(&mut self, input: &[[f32; 2]], output: &mut [[f32; 2]]) {
        let len = input.len();
        let mut taps = [[0.0; LINES]; GRID];
        let taps = &mut taps[..len];
        self.read(&self.now, taps);
        if self.next != self.now {
            let mut others = [[0.0; LINES]; GRID];
            self.read(&self.next, &mut others[..len]);
            for (taps, others) in taps.iter_mut().zip(others) {
                let way = self.fade.next();
                taps.iter_mut().zip(others).for_each(|(tap, other)| *tap += way * (other - *tap));
            }
        }
        for ((taps, x), y) in taps.iter_mut().zip(input).zip(output) {
            *y = self.step(*x, taps);
        }
        self.write(taps);
        self.since += len;
    }

    /// Reads a segment from every line.
    fn read(&self, delays: &[usize; LINES], taps: &mut [[f32; LINES]]) {
        let mask = self.room - 1;
        for (line, memory) in self.memory.chunks_exact(self.room + GAP).enumerate() {
            let (memory, delay) = (&memory[..self.room], delays[line]);
            if line % MOVING == 0 {
                let swing = &self.swing[line / MOVING];
                for (at, taps) in taps.iter_mut().enumerate() {
                    taps[line] = self.moving(memory, at, delay, swing.at(math::float(self.since + at)));
                }
            } else if self.written >= delay {
                let start = self.write.wrapping_sub(delay);
                for (at, taps) in taps.iter_mut().enumerate() {
                    taps[line] = memory[start.wrapping_add(at) & mask];
                }
            } else {
                // Not all of it has been written yet in this life.
                for (at, taps) in taps.iter_mut().enumerate() {
                    taps[line] = self.tap(memory, at, delay);
                }
            }
        }
    }

    /// What came in `delay` frames before frame `at` of the segment.
    #[inline]
    fn tap(&self, memory: &[f32], at: usize, delay: usize) -> f32 {
        if delay > self.written + at {
            return 0.0;
        }
        memory[self.write.wrapping_add(at).wrapping_sub(delay) & (memory.len() - 1)]
    }

    /// The same between frames, by a cubic through four of them (Catmull-Rom).
    #[inline]
    fn moving(&self, memory: &[f32], at: usize, delay: usize, offset: f32) -> f32 {
        let (whole, x) = math::split(offset);
        let delay = delay.wrapping_add_signed(-(whole as isize));
        let [a, b, c, d] = [delay + 1, delay, delay - 1, delay - 2].map(|delay| self.tap(memory, at, delay));
        b + 0.5 * x * (c - a + x * (2.0 * a - 5.0 * b + 4.0 * c - d + x * (3.0 * (b - c) + d - a)))
    }

    /// Makes what goes back into the lines from what came out of them; gives what is heard.
    #[inline]
    fn step(&mut self, x: [f32; 2], taps: &mut [f32; LINES]) -> [f32; 2] {
        let mut heard = [0.0; 2];
        for (tap, signs) in taps.iter().zip(&HEARD) {
            heard[0] += signs[0] * tap;
            heard[1] += signs[1] * tap;
        }
        let filters = self.low.iter_mut().zip(self.gain.iter().zip(&self.pole));
        for ((low, (gain, pole)), tap) in filters.zip(taps.iter()) {
            *low = gain * tap + pole * *low;
        }
        *taps = self.low;
        hadamard(taps);
        for (line, tap) in taps.iter_mut().enumerate() {
            // Left goes in at the even lines, right at the odd ones, with alternating signs.
            let sign = if line % 4 < 2 { 1.0 } else { -1.0 };
            *tap += sign * x[line % 2];
        }
        let level = self.level.next();
        heard.map(|x| level * x)
    }

    /// Writes a segment to every line.
    fn write(&mut self, taps: &[[f32; LINES]]) {
        let mask = self.room - 1;
        for (line, memory) in self.memory.chunks_exact_mut(self.room + GAP).enumerate() {
            let memory = &mut memory[..self.room];
            for (at, taps) in taps.iter().enumerate() {
                memory[(self.write + at) & mask] = taps[line];
            }
        }
        self.write = (self.write + taps.len()) & mask;
        self.written = (self.written + taps.len()).min(self.room);
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
