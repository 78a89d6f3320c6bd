//! Modulators: what moves parameters by itself, on top of their values and automation.
//!
//! A wave's value is a pure function of the place on the timeline, so a render repeats, whatever the blocks; while the
//! transport stands, so does the wave. A macro goes with the hand, and a follower with what it hears, playing or not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{NodeId, ParamId};
use crate::time::{Beats, to_f64};
use crate::words::words;

words!(
    /// The form of a wave, within -1..=1.
    LfoShape {
        /// Starts at the middle, and rises.
        Sine = "sine",
        /// The same in straight lines.
        Triangle = "triangle",
        /// From the bottom to the top, and back at once.
        SawUp = "saw_up",
        /// From the top to the bottom, and back at once.
        SawDown = "saw_down",
        /// At the top for the first half, at the bottom for the second.
        Square = "square",
        /// Somewhere else in every wave; the same at each place of the timeline.
        Steps = "steps",
        /// The same, with smooth ways between.
        Drift = "drift",
    }
);
words!(
    /// Which way a modulation goes.
    Polarity {
        /// Both ways from the parameter's value.
        Bipolar = "bipolar",
        /// From the parameter's value to one side.
        Unipolar = "unipolar",
    }
);

/// A parameter that a modulator moves. Several add up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModulationPlan {
    /// The node.
    pub node: NodeId,
    /// Its parameter.
    pub param: ParamId,
    /// What moves it.
    pub modulator: ModulatorPlan,
    /// How far at the most, in the parameter's unit.
    pub amount: f64,
    /// Which way.
    pub polarity: Polarity,
}

/// What a modulator does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "modulator", rename_all = "snake_case")]
pub enum ModulatorPlan {
    /// Waves.
    Lfo {
        /// Their form.
        shape: LfoShape,
        /// How long they are.
        rate: LfoRate,
        /// Where in the wave the timeline starts, 0..=1.
        phase: f64,
        /// What random shapes are drawn from.
        seed: u64,
    },
    /// A macro: where hands and the outer host put it.
    Macro {
        /// Its slot, 0..=127.
        slot: u8,
        /// Where it is to begin with, 0..=1.
        value: f64,
    },
    /// How loud something is: what a follower of the plan puts out, when it arrives at the modulated node.
    Follower {
        /// The follower. A connection of [`Signal::Control`](crate::plan::Signal::Control) leads from it to the node.
        node: NodeId,
    },
}

/// How long a wave is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LfoRate {
    /// So many ticks.
    Period(Beats),
    /// So many waves in a second, in Hz.
    Hz(f64),
}

impl ModulationPlan {
    /// What it adds to the parameter at a place of the timeline; `position` says where a macro is, if it was moved. A
    /// follower adds nothing here: [`follow`](Self::follow). Real-time safe.
    #[must_use]
    pub fn offset(&self, ticks: f64, secs: f64, position: impl Fn(u8) -> Option<f64>) -> f64 {
        match self.modulator {
            ModulatorPlan::Lfo { shape, rate, phase, seed } => {
                let waves = match rate {
                    LfoRate::Period(period) => ticks / to_f64(period.0.max(1)),
                    LfoRate::Hz(hz) => secs * hz,
                };
                let value = shape.at(waves + phase, seed);
                self.amount
                    * match self.polarity {
                        Polarity::Bipolar => value,
                        Polarity::Unipolar => (value + 1.0) / 2.0,
                    }
            }
            ModulatorPlan::Macro { slot, value } => self.follow(position(slot).unwrap_or(value)),
            ModulatorPlan::Follower { .. } => 0.0,
        }
    }

    /// What it adds to the parameter when what it goes with is at a position of 0..=1. Real-time safe.
    #[must_use]
    pub fn follow(&self, position: f64) -> f64 {
        let value = position.clamp(0.0, 1.0);
        self.amount
            * match self.polarity {
                Polarity::Bipolar => 2.0 * value - 1.0,
                Polarity::Unipolar => value,
            }
    }
}

impl LfoShape {
    /// The value after so many waves, -1..=1. Real-time safe.
    #[must_use]
    pub fn at(self, waves: f64, seed: u64) -> f64 {
        let number = waves.floor();
        let x = waves - number;
        match self {
            Self::Sine => (x * std::f64::consts::TAU).sin(),
            Self::Triangle => 1.0 - 4.0 * ((x + 0.25).fract() - 0.5).abs(),
            Self::SawUp => 2.0 * x - 1.0,
            Self::SawDown => 1.0 - 2.0 * x,
            Self::Square => {
                if x < 0.5 {
                    1.0
                } else {
                    -1.0
                }
            }
            Self::Steps => random(number, seed),
            Self::Drift => {
                let (from, to) = (random(number, seed), random(number + 1.0, seed));
                from + (to - from) * x * x * (3.0 - 2.0 * x)
            }
        }
    }
}

/// A number of -1..=1 that is the same for the same wave. Source: SplitMix64 (Steele, Lea, Flood 2014).
fn random(number: f64, seed: u64) -> f64 {
    let mut x = seed ^ number.to_bits();
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let fraction = (x >> 11) as f64 / (1_u64 << 53) as f64;
    2.0 * fraction - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_start_where_they_say() {
        let places = |shape: LfoShape| [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| shape.at(at, 1));
        assert_eq!(places(LfoShape::Triangle), [0.0, 1.0, 0.0, -1.0, 0.0]);
        assert_eq!(places(LfoShape::SawUp), [-1.0, -0.5, 0.0, 0.5, -1.0]);
        assert_eq!(places(LfoShape::Square), [1.0, 1.0, -1.0, -1.0, 1.0]);
        assert!(
            places(LfoShape::Sine).iter().zip(places(LfoShape::Triangle)).all(|(a, b)| (a - b).abs() < 1e-12)
        );
    }

    #[test]
    fn random_waves_repeat_and_stay_in_range() {
        for shape in [LfoShape::Steps, LfoShape::Drift] {
            let values: Vec<f64> = (-500..500).map(|at| shape.at(f64::from(at) / 7.0, 5)).collect();
            assert!(values.iter().all(|value| (-1.0..=1.0).contains(value)));
            assert!(values.iter().any(|value| *value > 0.8) && values.iter().any(|value| *value < -0.8));
            assert!((-500..500).zip(&values).all(|(at, value)| shape.at(f64::from(at) / 7.0, 5) == *value));
        }
    }
}
