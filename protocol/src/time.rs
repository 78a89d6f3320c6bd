//! Musical and sample time. Musical time is integral, so nothing drifts; seconds appear at the edges only.

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ticks in a quarter note. Divisible by the resolutions in common use (96, 120, 192, 384, 480, 960), by 3 and by 5.
pub const TICKS_PER_BEAT: i64 = 15_360;

macro_rules! integer_time {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The origin.
            pub const ZERO: Self = Self(0);
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
    };
}

integer_time!(
    /// A musical position or length, in ticks of 1/[`TICKS_PER_BEAT`] quarter note.
    Beats
);
integer_time!(
    /// A position or length in frames: one sample of every channel, at the rate in force.
    Frames
);

impl Beats {
    /// The ticks nearest to `beats` quarter notes. Not-a-number gives zero; values out of range saturate.
    #[must_use]
    pub fn from_beats(beats: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate, as documented")]
        Self((beats * ticks_per_beat()).round() as i64)
    }

    /// In quarter notes. Exact up to 2^53 ticks (twelve years at 120 bpm).
    #[must_use]
    pub fn to_beats(self) -> f64 {
        to_f64(self.0) / ticks_per_beat()
    }

    /// A whole number of quarter notes.
    #[must_use]
    pub const fn whole(beats: i64) -> Self {
        Self(beats.saturating_mul(TICKS_PER_BEAT))
    }
}

/// Frames per second, in Hz. Legal values are 8 000 to 384 000.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SampleRate(pub f64);

impl SampleRate {
    /// The lowest rate the engine runs at, in Hz.
    pub const MIN: Self = Self(8_000.0);
    /// The highest rate the engine runs at, in Hz.
    pub const MAX: Self = Self(384_000.0);

    /// Whether the engine runs at this rate.
    #[must_use]
    pub fn is_legal(self) -> bool {
        self >= Self::MIN && self <= Self::MAX
    }
}

fn ticks_per_beat() -> f64 {
    to_f64(TICKS_PER_BEAT)
}

/// The nearest `f64`; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "documented: positions stay far below 2^53")]
pub(crate) fn to_f64(integer: i64) -> f64 {
    integer as f64
}
