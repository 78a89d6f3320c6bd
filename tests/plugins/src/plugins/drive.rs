//! `drive`: a waveshaper one would use. Asymmetric `tanh` with first-order antiderivative
//! anti-aliasing (Parker, Zavalishin, Le Bivic, DAFx-16), DC blocker, tilting tone, dry/wet, output level.

use std::ops::Range;

use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit, percent};

/// How hard the curve is hit, 0..=36 dB.
pub const DRIVE: u32 = 1;
/// The corner of the low-pass behind the curve, in Hz.
pub const TONE: u32 = 2;
/// How much of the result is the driven sound, 0..=1.
pub const MIX: u32 = 3;
/// Level of the result, in decibels.
pub const OUTPUT: u32 = 4;

/// How far off centre the curve is: what makes even harmonics.
const BIAS: f64 = 0.18;
/// The corner of the DC blocker, in Hz.
const DC_HZ: f64 = 8.0;
/// How long a control takes to get most of the way to a new value, in seconds.
const SMOOTH_SECS: f64 = 0.005;

/// The plugin.
#[derive(Default)]
pub struct Drive {
    rate: f64,
    /// `None` until the first sample: controls start where they are set.
    now: Option<Controls>,
    sides: [Side; 2],
}

/// The controls as the sound needs them.
#[derive(Clone, Copy, PartialEq)]
struct Controls {
    /// Factor before the curve.
    drive: f64,
    /// Coefficient of the low-pass.
    tone: f64,
    /// Share of the driven sound.
    mix: f64,
    /// Factor behind everything.
    output: f64,
}

#[derive(Clone, Copy, Default)]
struct Side {
    /// The input of the curve one sample ago.
    shaped: f64,
    low: f64,
    dc_in: f64,
    dc_out: f64,
}

impl Controls {
    fn read(shared: &Shared<'_>, rate: f64) -> Self {
        let gain = |decibels: f64| 10.0_f64.powf(decibels / 20.0);
        Self {
            drive: gain(shared.value(DRIVE)),
            tone: 1.0 - (-std::f64::consts::TAU * shared.value(TONE) / rate).exp(),
            mix: shared.value(MIX),
            output: gain(shared.value(OUTPUT)),
        }
    }

    /// One sample on the way to `target`.
    fn approach(&mut self, target: &Self, step: f64) {
        self.drive += (target.drive - self.drive) * step;
        self.tone += (target.tone - self.tone) * step;
        self.mix += (target.mix - self.mix) * step;
        self.output += (target.output - self.output) * step;
    }
}

/// The antiderivative of the curve `tanh`, exact for large arguments, too.
fn ln_cosh(x: f64) -> f64 {
    let x = x.abs();
    x + (-2.0 * x).exp().ln_1p() - std::f64::consts::LN_2
}

impl Side {
    fn process(&mut self, input: f64, controls: &Controls, dc: f64) -> f64 {
        let x = input * controls.drive + BIAS;
        let step = x - self.shaped;
        // The mean of the curve between two samples; where they are too close for the quotient, its middle.
        let curved = if step.abs() < 1e-4 {
            (0.5 * (x + self.shaped)).tanh()
        } else {
            (ln_cosh(x) - ln_cosh(self.shaped)) / step
        };
        self.shaped = x;
        self.low += (curved - self.low) * controls.tone;
        self.dc_out = self.low - self.dc_in + dc * self.dc_out;
        self.dc_in = self.low;
        // Hard driving is loud: take back as much as a half-scale signal gains.
        let makeup = 0.5 / (0.5 * controls.drive).tanh().max(1e-3);
        let wet = self.dc_out * makeup.min(1.0);
        (input + (wet - input) * controls.mix) * controls.output
    }
}

impl Unit for Drive {
    const SPEC: Spec = Spec {
        features: &[c"audio-effect", c"distortion", c"stereo"],
        ..Spec::effect(
            "drive",
            "Drive",
            &[
                Param::new(DRIVE, "Drive", (0.0, 36.0), 12.0, |value| format!("{value:.1} dB")),
                Param::new(TONE, "Tone", (200.0, 20_000.0), 9_000.0, |value| format!("{value:.0} Hz")),
                Param::new(MIX, "Mix", (0.0, 1.0), 1.0, percent),
                Param::new(OUTPUT, "Output", (-24.0, 12.0), 0.0, |value| format!("{value:.1} dB")),
            ],
        )
    };

    fn activate(_shared: &Shared<'_>, config: &PluginAudioConfiguration) -> Option<Self> {
        let rate = config.sample_rate;
        let mut drive = Self { rate, now: None, sides: [Side::default(); 2] };
        drive.reset();
        Some(drive)
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let target = Controls::read(shared, self.rate);
        let step = 1.0 - (-1.0 / (SMOOTH_SECS * self.rate)).exp();
        let dc = (-std::f64::consts::TAU * DC_HZ / self.rate).exp();
        let now = self.now.get_or_insert(target);
        for frame in range {
            now.approach(&target, step);
            for (side, state) in self.sides.iter_mut().enumerate() {
                let output = state.process(f64::from(io.inputs[side][frame]), now, dc);
                #[expect(clippy::cast_possible_truncation, reason = "samples are f32")]
                let sample = output as f32;
                io.outputs[side][frame] = sample;
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.now = None;
        // At rest the curve stands at its bias, and the DC blocker has taken that away.
        let rest = BIAS.tanh();
        self.sides = [Side { shaped: BIAS, low: rest, dc_in: rest, dc_out: 0.0 }; 2];
    }
}
