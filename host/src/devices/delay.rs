//! Stereo delay with feedback, damping and low cut in the loop, in seconds or in beats.
//!
//! Times are whole frames. A new time fades in over [`FADE_SECS`] rather than gliding, so tempo changes and steps on
//! the knob do not bend the pitch of what is on its way.

use protocol::device::delay::{PARAMS, id};
use protocol::{ParamDescriptor, ParamId, SampleRate};

use super::chassis::{Core, EffectCore, tail};
use super::math;
use super::smooth::{Change, Smooth};
use crate::processor::{StereoIn, StereoOut, Tail};

/// The longest delay: four beats at 30 bpm. Slower tempos are cut to it. In seconds.
const LONGEST_SECS: f64 = 8.0;
/// How long a new time takes to fade in, in seconds.
const FADE_SECS: f64 = 0.04;

/// A first-order low-pass.
#[derive(Clone, Copy, Default)]
pub(super) struct OnePole(f32);

impl OnePole {
    /// The coefficient of a corner in Hz.
    pub(super) fn coefficient(hz: f64, rate: f64) -> f32 {
        math::single(1.0 - (-std::f64::consts::TAU * hz / rate).exp())
    }

    #[inline]
    pub(super) fn low(&mut self, x: f32, coefficient: f32) -> f32 {
        self.0 += coefficient * (x - self.0);
        self.0
    }

    #[inline]
    pub(super) fn high(&mut self, x: f32, coefficient: f32) -> f32 {
        x - self.low(x, coefficient)
    }

    #[inline]
    pub(super) fn flush(&mut self) {
        math::flush(&mut self.0);
    }
}

/// The delay's signal processing.
pub(crate) struct Delay {
    rate: f64,
    is_synced: bool,
    beats: f64,
    secs: f64,
    feedback: Smooth,
    damping: Smooth,
    low_cut: Smooth,
    /// 0 stereo, 1 ping-pong.
    crossing: Smooth,
    dry: Smooth,
    wet: Smooth,
    /// Frames on their way; the length is a power of two.
    line: Box<[[f32; 2]]>,
    /// Where the next frame goes.
    write: usize,
    /// How many frames of the line are of this life, so that a reset need not clear it.
    written: usize,
    /// The delay in force and the one that fades in, in frames.
    now: usize,
    next: usize,
    fade: Smooth,
    low: [OnePole; 2],
    high: [OnePole; 2],
}

impl Delay {
    /// At the default parameters.
    pub(crate) fn new(rate: SampleRate) -> Self {
        let glide = |value| Smooth::new(value, rate.0);
        let longest = math::whole(LONGEST_SECS * rate.0);
        Self {
            rate: rate.0,
            is_synced: true,
            beats: 1.0,
            secs: 1.0,
            feedback: glide(0.0),
            damping: glide(1.0),
            low_cut: glide(0.0),
            crossing: glide(0.0),
            dry: glide(1.0),
            wet: glide(0.0),
            line: vec![[0.0; 2]; (longest + 1).next_power_of_two()].into(),
            write: 0,
            written: 0,
            now: 0,
            next: 0,
            fade: Smooth::over(0.0, FADE_SECS * rate.0),
            low: [OnePole::default(); 2],
            high: [OnePole::default(); 2],
        }
    }

    fn wanted(&self, bpm: f64) -> usize {
        let secs = if self.is_synced { self.beats * 60.0 / bpm.max(1.0) } else { self.secs };
        math::whole(secs.min(LONGEST_SECS) * self.rate).max(1)
    }

    #[inline]
    fn tap(&self, delay: usize) -> [f32; 2] {
        if delay > self.written {
            return [0.0; 2];
        }
        self.line[self.write.wrapping_sub(delay) & (self.line.len() - 1)]
    }
}

/// Levels of the dry and the wet signal: both are full in the middle.
pub(super) fn balance(mix: f64) -> [f32; 2] {
    [math::single((2.0 - 2.0 * mix).min(1.0)), math::single((2.0 * mix).min(1.0))]
}

impl Core for Delay {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;

    fn set(&mut self, param: ParamId, value: f64, change: Change) {
        let plain = math::single(value);
        match param {
            id::SYNC => self.is_synced = math::is_on(value),
            id::BEATS => self.beats = value,
            id::TIME => self.secs = value,
            id::FEEDBACK => self.feedback.set(plain, change),
            id::DAMPING => self.damping.set(OnePole::coefficient(value, self.rate), change),
            id::LOW_CUT => self.low_cut.set(OnePole::coefficient(value, self.rate), change),
            id::MODE => self.crossing.set(plain, change),
            id::MIX => {
                let [dry, wet] = balance(value);
                self.dry.set(dry, change);
                self.wet.set(wet, change);
            }
            _ => {}
        }
    }

    fn reset(&mut self) {
        for value in [&mut self.feedback, &mut self.damping, &mut self.low_cut, &mut self.crossing] {
            value.settle();
        }
        self.dry.settle();
        self.wet.settle();
        self.fade.set(0.0, Change::Jump);
        (self.write, self.written, self.now, self.next) = (0, 0, 0, 0);
        self.low = [OnePole::default(); 2];
        self.high = [OnePole::default(); 2];
    }

    fn tail(&self) -> Tail {
        tail(math::double(usize::try_from(self.memory()).unwrap_or(usize::MAX)) / self.rate, self.rate)
    }
}

impl EffectCore for Delay {
    fn memory(&self) -> u64 {
        // Echoes until they are 120 dB down, and the low cut's ringing.
        let feedback = f64::from(self.feedback.value()).max(1e-3);
        let echoes = (1e-6_f64.ln() / feedback.ln()).ceil() + 1.0;
        let longest = self.now.max(self.next).max(math::whole(self.secs * self.rate));
        math::whole(echoes * math::double(longest) + 0.2 * self.rate) as u64
    }

    fn tick(&mut self, bpm: f64) {
        self.low.iter_mut().chain(&mut self.high).for_each(OnePole::flush);
        if self.fade.moves() {
            return;
        }
        let wanted = self.wanted(bpm);
        if self.now == 0 {
            (self.now, self.next) = (wanted, wanted);
        }
        // The last fade has arrived.
        self.now = self.next;
        self.fade.set(0.0, Change::Jump);
        if wanted != self.now {
            self.next = wanted;
            self.fade.set(1.0, Change::Glide);
        }
    }

    fn render(&mut self, input: StereoIn<'_>, _side: Option<StereoIn<'_>>, output: StereoOut<'_>) {
        let inputs = input.left.iter().zip(input.right);
        for ((&l, &r), (out_l, out_r)) in inputs.zip(output.left.iter_mut().zip(output.right)) {
            let mut wet = self.tap(self.now);
            if self.next != self.now {
                let (way, other) = (self.fade.next(), self.tap(self.next));
                let way = way * way * (3.0 - 2.0 * way);
                wet = [wet[0] + way * (other[0] - wet[0]), wet[1] + way * (other[1] - wet[1])];
            }
            let (damping, low_cut) = (self.damping.next(), self.low_cut.next());
            for (side, x) in wet.iter_mut().enumerate() {
                *x = self.high[side].high(self.low[side].low(*x, damping), low_cut);
            }
            let (feedback, crossing) = (self.feedback.next(), self.crossing.next());
            let [back_l, back_r] = [feedback * wet[0], feedback * wet[1]];
            let straight = [l + back_l, r + back_r];
            // Ping-pong: both channels go in on the left, and each side feeds the other.
            let crossed = [0.5 * (l + r) + back_r, back_l];
            self.line[self.write] = [
                straight[0] + crossing * (crossed[0] - straight[0]),
                straight[1] + crossing * (crossed[1] - straight[1]),
            ];
            self.write = (self.write + 1) & (self.line.len() - 1);
            self.written = (self.written + 1).min(self.line.len());
            let (dry, level) = (self.dry.next(), self.wet.next());
            *out_l = dry * l + level * wet[0];
            *out_r = dry * r + level * wet[1];
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::device::delay::id;
    use protocol::{DeviceKind, ParamId};

    use crate::devices::tests::Rig;

    /// Where the loudest samples of an impulse's echoes lie on each side, as (frame, side).
    fn check(rate: f64, bpm: f64, settings: &[(ParamId, f64)], expected: &[(usize, usize)]) {
        let wet = [(id::MIX, 1.0), (id::FEEDBACK, 0.5), (id::DAMPING, 20_000.0), (id::LOW_CUT, 20.0)];
        let mut rig = Rig::with(DeviceKind::Delay, rate, &[&wet, settings].concat());
        rig.bpm = bpm;
        let mut input = [vec![0.0; 100_000], vec![0.0; 100_000]];
        input[0][0] = 1.0;
        let heard = rig.play(&input);
        for (echo, &(frame, side)) in expected.iter().enumerate() {
            let around = &heard[side][frame - 20..frame + 20];
            let loudest = around.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
            assert_eq!(loudest.map(|(at, _)| at), Some(20), "{settings:?}, echo {echo}");
            assert!(
                heard[side][frame] > 0.2 * 0.5_f32.powi(i32::try_from(echo).unwrap()),
                "{settings:?}, echo {echo}"
            );
        }
    }

    #[test]
    fn echoes_come_at_their_exact_frames() {
        let free = [(id::SYNC, 0.0), (id::TIME, 0.25)];
        check(48_000.0, 120.0, &free, &[(12_000, 0), (24_000, 0), (36_000, 0)]);
        check(44_100.0, 120.0, &[(id::SYNC, 0.0), (id::TIME, 0.1)], &[(4_410, 0), (8_820, 0)]);
    }

    #[test]
    fn synchronised_echoes_follow_the_tempo() {
        check(48_000.0, 120.0, &[(id::BEATS, 0.5)], &[(12_000, 0), (24_000, 0)]);
        check(48_000.0, 90.0, &[(id::BEATS, 0.75)], &[(24_000, 0), (48_000, 0)]);
    }

    #[test]
    fn ping_pong_crosses_over_at_every_echo() {
        let settings = [(id::SYNC, 0.0), (id::TIME, 0.25), (id::MODE, 1.0)];
        check(48_000.0, 120.0, &settings, &[(12_000, 0), (24_000, 1), (36_000, 0)]);
    }
}
