//! Algorithmic reverb: low cut, pre-delay, diffusers, and a feedback delay network of sixteen lines.
//!
//! The lines are mixed by a Hadamard matrix; each has a filter that makes the whole decay by 60 dB in the decay time,
//! and in half of it at the damping frequency, whatever the line's length. Four lines are read at slowly moving places,
//! so that no mode rings alone. Sources: Jot and Chaigne, "Digital delay networks for designing artificial
//! reverberators", AES 90 (1991); the diffusers' lengths are those of Dattorro, "Effect design, part 1", JAES 45 (1997).

use protocol::device::reverb::{PARAMS, id};
use protocol::{ParamDescriptor, ParamId, SampleRate};

use super::chassis::{Core, EffectCore, GRID, tail};
use super::delay::{OnePole, balance};
use super::math;
use super::smooth::{Change, Smooth};
use crate::processor::{StereoIn, StereoOut, Tail};
use diffuser::Diffuser;
use network::Network;

mod diffuser;
mod network;

/// The longest pre-delay, in seconds.
const PRE_DELAY_SECS: f64 = 0.25;
/// How long a new pre-delay takes to fade in, in seconds.
const FADE_SECS: f64 = 0.03;
/// Level of the diffused sound that is heard before the network answers.
const EARLY: f32 = 0.2;

/// The reverb's signal processing.
pub(crate) struct Reverb {
    rate: f64,
    decay_secs: f64,
    low_cut: Smooth,
    width: Smooth,
    dry: Smooth,
    wet: Smooth,
    high: [OnePole; 2],
    pre_delay: PreDelay,
    diffusers: [Diffuser; 2],
    network: Network,
}

impl Reverb {
    /// At the default parameters.
    pub(crate) fn new(rate: SampleRate) -> Self {
        let glide = |value| Smooth::new(value, rate.0);
        Self {
            rate: rate.0,
            decay_secs: 1.0,
            low_cut: glide(0.0),
            width: glide(1.0),
            dry: glide(1.0),
            wet: glide(0.0),
            high: [OnePole::default(); 2],
            pre_delay: PreDelay::new(rate.0),
            diffusers: [
                Diffuser::new([4.77, 3.6, 12.73, 9.31], rate.0),
                Diffuser::new([5.11, 3.89, 11.87, 9.97], rate.0),
            ],
            network: Network::new(rate.0),
        }
    }
}

impl Core for Reverb {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;

    fn set(&mut self, param: ParamId, value: f64, change: Change) {
        match param {
            id::SIZE => self.network.set_size(value),
            id::DECAY => {
                self.decay_secs = value;
                self.network.set_decay(value, change);
            }
            id::DAMPING => self.network.set_damping(value, change),
            id::PRE_DELAY => self.pre_delay.wanted = math::whole(value * self.rate),
            id::LOW_CUT => self.low_cut.set(OnePole::coefficient(value, self.rate), change),
            id::WIDTH => self.width.set(math::single(value), change),
            id::MIX => {
                let [dry, wet] = balance(value);
                self.dry.set(dry, change);
                self.wet.set(wet, change);
            }
            _ => {}
        }
    }

    fn reset(&mut self) {
        for value in [&mut self.low_cut, &mut self.width, &mut self.dry, &mut self.wet] {
            value.settle();
        }
        self.high = [OnePole::default(); 2];
        self.pre_delay.reset();
        self.diffusers.iter_mut().for_each(Diffuser::reset);
        self.network.reset();
    }

    fn tail(&self) -> Tail {
        // Until it is 120 dB down; the diffusers and the pre-delay come on top.
        tail(2.0 * self.decay_secs + PRE_DELAY_SECS + 0.3, self.rate)
    }
}

impl EffectCore for Reverb {
    fn memory(&self) -> u64 {
        math::whole((2.0 * self.decay_secs + PRE_DELAY_SECS + 0.3) * self.rate) as u64
    }

    fn tick(&mut self, _bpm: f64) {
        self.high.iter_mut().for_each(OnePole::flush);
        self.pre_delay.tick();
        self.network.tick();
    }

    fn render(&mut self, input: StereoIn<'_>, _side: Option<StereoIn<'_>>, output: StereoOut<'_>) {
        let mut frames = [[0.0; 2]; GRID];
        let frames = &mut frames[..input.left.len()];
        for (frame, (l, r)) in frames.iter_mut().zip(input.left.iter().zip(input.right)) {
            let low_cut = self.low_cut.next();
            let cut = [self.high[0].high(*l, low_cut), self.high[1].high(*r, low_cut)];
            let late = self.pre_delay.run(cut);
            *frame = [self.diffusers[0].run(late[0]), self.diffusers[1].run(late[1])];
        }
        let mut rooms = [[0.0; 2]; GRID];
        let rooms = &mut rooms[..frames.len()];
        self.network.run(frames, rooms);
        for (at, (room, early)) in rooms.iter().zip(frames).enumerate() {
            let (dry, wet, width) = (self.dry.next(), self.wet.next(), self.width.next());
            let [l, r] = [room[0] + EARLY * early[0], room[1] + EARLY * early[1]];
            let (mid, side) = (0.5 * (l + r), 0.5 * width * (l - r));
            output.left[at] = dry * input.left[at] + wet * (mid + side);
            output.right[at] = dry * input.right[at] + wet * (mid - side);
        }
    }
}

/// A delay whose changes fade.
struct PreDelay {
    line: Box<[[f32; 2]]>,
    write: usize,
    written: usize,
    wanted: usize,
    now: usize,
    next: usize,
    fade: Smooth,
}

impl PreDelay {
    fn new(rate: f64) -> Self {
        let len = (math::whole(PRE_DELAY_SECS * rate) + 1).next_power_of_two();
        let fade = Smooth::over(0.0, FADE_SECS * rate);
        Self { line: vec![[0.0; 2]; len].into(), write: 0, written: 0, wanted: 0, now: 0, next: 0, fade }
    }

    fn reset(&mut self) {
        (self.write, self.written) = (0, 0);
        (self.now, self.next) = (self.wanted, self.wanted);
        self.fade.set(0.0, Change::Jump);
    }

    fn tick(&mut self) {
        if self.fade.moves() {
            return;
        }
        // Nothing is on its way yet: the first value holds at once.
        if self.written == 0 {
            self.next = self.wanted;
        }
        self.now = self.next;
        self.fade.set(0.0, Change::Jump);
        if self.wanted != self.now {
            self.next = self.wanted;
            self.fade.set(1.0, Change::Glide);
        }
    }

    #[inline]
    fn tap(&self, delay: usize) -> [f32; 2] {
        if delay >= self.written {
            return [0.0; 2];
        }
        self.line[(self.write.wrapping_sub(1).wrapping_sub(delay)) & (self.line.len() - 1)]
    }

    #[inline]
    fn run(&mut self, x: [f32; 2]) -> [f32; 2] {
        self.line[self.write] = x;
        self.write = (self.write + 1) & (self.line.len() - 1);
        self.written = (self.written + 1).min(self.line.len());
        let now = self.tap(self.now);
        if self.next == self.now {
            return now;
        }
        let (way, next) = (self.fade.next(), self.tap(self.next));
        [now[0] + way * (next[0] - now[0]), now[1] + way * (next[1] - now[1])]
    }
}

#[cfg(test)]
mod tests;
