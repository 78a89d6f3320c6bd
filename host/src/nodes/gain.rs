//! A stereo gain that moves in straight lines, the same whatever the blocks.

use crate::math::{len_f64, to_f32, to_u32, to_usize};
use crate::processor::{BusOut, StereoIn, StereoOut};

/// Left and right gain on their way from one value to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fader {
    from: [f32; 2],
    to: [f32; 2],
    /// Frames of the way already done.
    done: u32,
    /// Frames of the whole way; 0 when standing.
    length: u32,
}

impl Fader {
    pub const fn standing(gain: [f32; 2]) -> Self {
        Self { from: gain, to: gain, done: 0, length: 0 }
    }

    pub fn snap(&mut self, gain: [f32; 2]) {
        *self = Self::standing(gain);
    }

    /// Heads for a gain, from where it is now.
    pub fn head_for(&mut self, gain: [f32; 2], frames: u32) {
        let now = self.now();
        if frames == 0 || now == gain {
            self.snap(gain);
        } else {
            *self = Self { from: now, to: gain, done: 0, length: frames };
        }
    }

    /// The gain of the next frame.
    pub fn now(&self) -> [f32; 2] {
        if self.length == 0 {
            return self.to;
        }
        let way = to_f32(f64::from(self.done) / f64::from(self.length));
        [0, 1].map(|side| self.from[side] + (self.to[side] - self.from[side]) * way)
    }

    /// What is missing to one, all the way.
    pub fn complement(&self) -> Self {
        Self { from: self.from.map(|gain| 1.0 - gain), to: self.to.map(|gain| 1.0 - gain), ..*self }
    }

    pub fn target(&self) -> [f32; 2] {
        self.to
    }

    /// Whether it changes nothing.
    pub fn is_open(&self) -> bool {
        self.length == 0 && self.to.map(f32::to_bits) == [1.0_f32; 2].map(f32::to_bits)
    }

    pub fn is_standing(&self) -> bool {
        self.length == 0
    }

    /// Multiplies frames `range` of the input into the output.
    pub fn process(&mut self, input: StereoIn<'_>, out: &mut StereoOut<'_>, range: std::ops::Range<usize>) {
        let mut at = range.start;
        if self.length > 0 {
            let frames = to_usize(self.length - self.done).min(range.len());
            let ramp = at..at + frames;
            let sides = [(input.left, &mut *out.left), (input.right, &mut *out.right)];
            for (side, (source, sink)) in sides.into_iter().enumerate() {
                let (from, span) = (self.from[side], self.to[side] - self.from[side]);
                let (first, length) = (f64::from(self.done), f64::from(self.length));
                for (index, (sink, source)) in
                    sink[ramp.clone()].iter_mut().zip(&source[ramp.clone()]).enumerate()
                {
                    let way = to_f32((first + len_f64(index)) / length);
                    *sink = source * (from + span * way);
                }
            }
            self.done += to_u32(frames);
            if self.done >= self.length {
                self.snap(self.to);
            }
            at += frames;
        }
        let rest = at..range.end;
        let [left, right] = self.to;
        scale(&mut out.left[rest.clone()], &input.left[rest.clone()], left);
        scale(&mut out.right[rest.clone()], &input.right[rest], right);
    }

    /// Multiplies a bus in place; channels beyond the first as the right one.
    pub fn process_in_place(&mut self, out: &mut BusOut<'_>) {
        for (channel, samples) in out.channels_mut().enumerate() {
            self.process_channel(channel, samples);
        }
        self.advance(out.frames());
    }

    /// Multiplies a channel in place, without moving on.
    pub fn process_channel(mut self, channel: usize, samples: &mut [f32]) {
        let side = channel.min(1);
        for sample in samples {
            *sample *= self.now()[side];
            self.advance(1);
        }
    }

    /// Moves on by so many frames.
    pub fn advance(&mut self, frames: usize) {
        if self.length > 0 {
            self.done = self.done.saturating_add(to_u32(frames));
            if self.done >= self.length {
                self.snap(self.to);
            }
        }
    }
}

fn scale(out: &mut [f32], input: &[f32], gain: f32) {
    if gain == 0.0 {
        out.fill(0.0);
    } else {
        for (out, input) in out.iter_mut().zip(input) {
            *out = input * gain;
        }
    }
}
