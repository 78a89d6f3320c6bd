//! Band-limited oscillators.
//!
//! Steps and corners are rounded by the polynomial residuals of a cubic B-spline, over two frames on each side. The
//! spline also dulls the highest octave; the voice makes up for that ([`super::voice`]).
//!
//! Source: Esqueda, Välimäki, Bilbao, "Rounding corners with BLAMP", DAFx-16, table 1.

use crate::devices::chassis::GRID;
use crate::devices::math;

/// Waves, in the order of [`protocol::device::synth::WAVES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wave {
    Sine,
    Triangle,
    Saw,
    Square,
}

impl Wave {
    pub(super) const ALL: [Self; 4] = [Self::Sine, Self::Triangle, Self::Saw, Self::Square];
}

/// Phase, and how fast it turns. Integers, so that nothing drifts and wrapping is free.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Oscillator {
    /// In turns of 2^-32.
    pub(super) phase: u32,
    /// What the phase gains from frame to frame.
    increment: u32,
    /// What the increment gains from frame to frame, wrapping.
    bend: u32,
    /// Increment for the rounding, in turns.
    turn: f32,
}

/// 2^32.
const TURN: f64 = 4_294_967_296.0;

impl Oscillator {
    /// Goes from its frequency to `turns_per_frame` (below 0.5) within `frames`.
    pub(super) fn steer(&mut self, turns_per_frame: f64, frames: usize) {
        let (goal, frames) = (increment(turns_per_frame), u32::try_from(frames).unwrap_or(1));
        let now = self.increment;
        self.bend =
            if goal >= now { (goal - now) / frames } else { 0_u32.wrapping_sub((now - goal) / frames) };
        self.turn = math::single(f64::from(now.max(1 << 12)) / TURN);
    }

    /// Has the frequency at once.
    pub(super) fn jump(&mut self, turns_per_frame: f64) {
        self.increment = increment(turns_per_frame);
    }

    /// Lets time pass unheard.
    pub(super) fn skip(&mut self, frames: usize) {
        for _ in 0..frames {
            self.advance();
        }
    }

    #[inline]
    fn advance(&mut self) -> u32 {
        let phase = self.phase;
        self.phase = phase.wrapping_add(self.increment);
        self.increment = self.increment.wrapping_add(self.bend);
        phase
    }

    /// Writes the next frames, at most [`GRID`].
    #[inline]
    pub(super) fn fill(&mut self, wave: Wave, out: &mut [f32]) {
        // Phases first: then the frames do not wait for each other.
        let mut phases = [0; GRID];
        let phases = &mut phases[..out.len()];
        phases.iter_mut().for_each(|phase| *phase = self.advance());
        let (turn, per_turn) = (self.turn, self.turn.recip());
        let frames = out.iter_mut().zip(phases);
        match wave {
            Wave::Sine => frames.for_each(|(x, phase)| *x = 0.9 * math::sin_turn(centred(*phase))),
            Wave::Triangle => frames.for_each(|(x, phase)| *x = triangle(turn, per_turn, *phase)),
            Wave::Saw => frames.for_each(|(x, phase)| *x = 0.8 * saw(per_turn, *phase)),
            Wave::Square => frames.for_each(|(x, phase)| *x = 0.6 * square(per_turn, *phase)),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, as meant")]
fn increment(turns_per_frame: f64) -> u32 {
    (turns_per_frame * TURN) as u32
}

/// The phase as -0.5..0.5 turns.
#[inline]
#[expect(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "the sign is meant; 24 bits suffice"
)]
fn centred(phase: u32) -> f32 {
    const TURNS: f32 = 1.0 / 4_294_967_296.0;
    (phase as i32) as f32 * TURNS
}

/// Rises from -1 to 1, then falls.
#[inline]
fn saw(per_turn: f32, phase: u32) -> f32 {
    // Centred, the fall is at the ends; seen from the fall, the phase is half a turn on.
    let x = centred(phase);
    let from = centred(phase.wrapping_add(1 << 31));
    // The fall of 2 at the nearest end; the other end is out of reach below half the rate.
    2.0 * x - 2.0 * step(from * per_turn)
}

#[inline]
fn square(per_turn: f32, phase: u32) -> f32 {
    let x = centred(phase);
    let naive = if x < 0.0 { -1.0 } else { 1.0 };
    let from = centred(phase.wrapping_add(1 << 31));
    naive + 2.0 * step(x * per_turn) - 2.0 * step(from * per_turn)
}

#[inline]
fn triangle(turn: f32, per_turn: f32, phase: u32) -> f32 {
    let x = centred(phase);
    let from = centred(phase.wrapping_add(1 << 31));
    // Corners: the bottom where the phase is half a turn, the top at 0.
    let naive = 1.0 - 4.0 * x.abs();
    naive + 8.0 * turn * (corner(from * per_turn) - corner(x * per_turn))
}

/// What rounding adds to an upward step of 1, `u` frames after it.
#[inline]
fn step(u: f32) -> f32 {
    let a = u.abs().min(2.0);
    let near = -0.5 + a * (2.0 / 3.0 + a * a * (-1.0 / 3.0 + a * 0.125));
    let v = 2.0 - a;
    let far = v * v * v * v * (-1.0 / 24.0);
    let after = if a < 1.0 { near } else { far };
    if u < 0.0 { -after } else { after }
}

/// What rounding adds to a corner where the slope grows by 1 per frame, `u` frames from it.
#[inline]
fn corner(u: f32) -> f32 {
    let a = u.abs().min(2.0);
    let near = 7.0 / 30.0 + a * (-0.5 + a * (1.0 / 3.0 + a * a * (-1.0 / 12.0 + a * 0.025)));
    let v = 2.0 - a;
    let far = v * v * v * v * v * (1.0 / 120.0);
    if a < 1.0 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::tests::Rig;

    fn play(wave: Wave, hz: f64, rate: f64, frames: usize) -> Vec<f32> {
        let mut oscillator = Oscillator::default();
        oscillator.jump(hz / rate);
        oscillator.steer(hz / rate, 16);
        let mut out = vec![0.0; frames];
        out.chunks_mut(GRID).for_each(|frames| oscillator.fill(wave, frames));
        out
    }

    /// The strongest alias below `up_to_hz`, in decibels below the fundamental. Harmonics are left out.
    fn check(wave: Wave, hz: f64, up_to_hz: f64, bound_db: f64) {
        let rate = 48_000.0;
        let out = play(wave, hz, rate, 1 << 14);
        let fundamental = Rig::power(&out, rate, hz);
        let mut worst = (0.0, 0.0);
        for harmonic in 2..300 {
            let image = f64::from(harmonic) * hz;
            let folded = (image / rate - (image / rate).round()).abs() * rate;
            let near = (folded / hz - (folded / hz).round()).abs() * hz;
            if image > rate / 2.0 && near > 20.0 && folded > 20.0 && folded < up_to_hz {
                let power = Rig::power(&out, rate, folded);
                worst = if power > worst.0 { (power, folded) } else { worst };
            }
        }
        let found = 10.0 * (worst.0 / fundamental).log10();
        assert!(found < bound_db, "{wave:?} at {hz} Hz: alias of {found:.1} dB at {:.0} Hz", worst.1);
    }

    #[test]
    fn aliases_stay_far_below_the_note() {
        for hz in [261.63, 523.25, 1_046.5, 1_975.53] {
            check(Wave::Saw, hz, 10_000.0, -60.0);
            check(Wave::Square, hz, 10_000.0, -60.0);
            check(Wave::Triangle, hz, 10_000.0, -80.0);
            check(Wave::Sine, hz, 20_000.0, -95.0);
        }
        check(Wave::Saw, 3_951.07, 6_000.0, -50.0);
    }

    #[test]
    fn rounded_steps_and_corners_join_smoothly() {
        for at in [-2.0, -1.0, 1.0, 2.0_f32] {
            assert!((step(at - 1e-4) - step(at + 1e-4)).abs() < 1e-3);
            assert!((corner(at - 1e-4) - corner(at + 1e-4)).abs() < 1e-3);
        }
        assert!((step(-1e-6) - step(1e-6) - 1.0).abs() < 1e-5);
    }
}
