//! Time signatures: bars and beats from musical positions and back, and positions as people write them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{Beats, TICKS_PER_BEAT};

#[cfg(test)]
mod tests;

/// From `at` on, a bar has `numerator` notes of 1/`denominator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignaturePoint {
    /// Where it starts.
    pub at: Beats,
    /// Notes in a bar.
    pub numerator: u8,
    /// The kind of note: 1, 2, 4, 8, 16 or 32.
    pub denominator: u8,
}

impl SignaturePoint {
    /// The length of a bar.
    #[must_use]
    pub fn bar(self) -> Beats {
        Beats(self.beat().0 * i64::from(self.numerator.max(1)))
    }

    /// The length of a beat: a note of 1/`denominator`.
    #[must_use]
    pub fn beat(self) -> Beats {
        Beats((4 * TICKS_PER_BEAT / i64::from(self.denominator.max(1))).max(1))
    }
}

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Counted from 1; the pick-up is bar 0.
    pub number: i64,
    /// Where it starts.
    pub start: Beats,
    /// Where the next one starts: earlier than its signature says where the next signature cuts it short.
    pub end: Beats,
    /// The signature in force.
    pub signature: SignaturePoint,
}

/// A place among the bars, as people say it. Displayed as `17.1.240`, or `17.1` on a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BarPosition {
    /// Counted from 1; bar 0 is the pick-up.
    pub bar: i64,
    /// Counted from 1, in notes of the signature's denominator.
    pub beat: i64,
    /// From the beat on, in ticks of [`Beats`].
    pub ticks: i64,
}

/// Why a text is not a position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a bar, beat and ticks such as `17`, `17.1` or `17.1.240`, found {0:?}")]
pub struct ParseBarPositionError(String);

/// Bars over the timeline. Cloning costs a reference count; every conversion is real-time safe and logarithmic in the
/// number of signatures.
///
/// Where no signature is at the start, 4/4 is. A signature within a bar cuts it short and begins a new one. With a
/// pick-up, bar 1 starts after it; the music before is bar 0, which ends with a full bar's last beats. Bars go on before
/// the start of the timeline, with the first signature.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureMap {
    runs: Arc<[Run]>,
}

/// From a place on, bars of one signature.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    /// Where it takes effect.
    from: Beats,
    /// Where a bar of it starts, and that bar's number.
    anchor: Beats,
    number: i64,
    signature: SignaturePoint,
}

impl Run {
    fn bar_at(&self, at: Beats, end: Option<Beats>) -> Bar {
        let length = self.signature.bar().0;
        let bars = (at.0.saturating_sub(self.anchor.0)).div_euclid(length);
        let start = Beats(self.anchor.0.saturating_add(bars.saturating_mul(length)));
        let whole = start + Beats(length);
        let end = end.map_or(whole, |end| end.min(whole));
        Bar { number: self.number.saturating_add(bars), start, end, signature: self.signature }
    }
}

impl SignatureMap {
    /// The ticks that people write: so many to a quarter note.
    pub const WRITTEN_TICKS: i64 = 960;

    /// Bars of these signatures, in any order; of several at one place the last wins. `pickup` is where bar 1 starts.
    #[must_use]
    pub fn new(points: &[SignaturePoint], pickup: Beats) -> Self {
        let mut points = points.to_vec();
        points.retain(|point| point.numerator > 0 && point.denominator > 0 && point.at >= Beats::ZERO);
        points.sort_by_key(|point| point.at);
        let common = SignaturePoint { at: Beats::ZERO, numerator: 4, denominator: 4 };
        let first = points.iter().rfind(|point| point.at == Beats::ZERO).copied().unwrap_or(common);
        let mut runs = vec![Run { from: Beats::ZERO, anchor: pickup, number: 1, signature: first }];
        for point in points.into_iter().filter(|point| point.at > Beats::ZERO) {
            let last = runs[runs.len() - 1];
            let before = last.bar_at(point.at, None);
            let number = before.number + i64::from(before.start != point.at);
            let run = Run { from: point.at, anchor: point.at, number, signature: point };
            if last.from == point.at {
                let place = runs.len() - 1;
                runs[place] = Run { number: last.number, ..run };
            } else {
                runs.push(run);
            }
        }
        Self { runs: runs.into() }
    }

    /// The bar that a position is in.
    #[must_use]
    pub fn bar_at(&self, at: Beats) -> Bar {
        let index = self.runs.partition_point(|run| run.from <= at).saturating_sub(1);
        self.runs[index].bar_at(at, self.runs.get(index + 1).map(|next| next.from))
    }

    /// The bar with a number.
    #[must_use]
    pub fn bar(&self, number: i64) -> Bar {
        // A run may begin within what would be bar 0 of a pick-up; the first run is taken for all that is before.
        let index = self.runs.partition_point(|run| run.number <= number).saturating_sub(1);
        let run = &self.runs[index];
        let length = run.signature.bar().0;
        let start = run.anchor.0.saturating_add(number.saturating_sub(run.number).saturating_mul(length));
        run.bar_at(Beats(start), self.runs.get(index + 1).map(|next| next.from))
    }

    /// A position as people say it.
    #[must_use]
    pub fn position(&self, at: Beats) -> BarPosition {
        let bar = self.bar_at(at);
        let (within, beat) = ((at - bar.start).0, bar.signature.beat().0);
        BarPosition { bar: bar.number, beat: 1 + within / beat, ticks: within % beat }
    }

    /// The position that somebody means. Beats and ticks may be more than the bar has: they lead on from its start.
    #[must_use]
    pub fn beats(&self, position: BarPosition) -> Beats {
        let bar = self.bar(position.bar);
        let beats = position.beat.saturating_sub(1).saturating_mul(bar.signature.beat().0);
        bar.start + Beats(beats) + Beats(position.ticks)
    }
}

impl Default for SignatureMap {
    fn default() -> Self {
        Self::new(&[], Beats::ZERO)
    }
}

/// How many of our ticks a written one has.
const TICKS_PER_WRITTEN: i64 = TICKS_PER_BEAT / SignatureMap::WRITTEN_TICKS;

impl fmt::Display for BarPosition {
    /// `bar.beat`, and ticks of 1/960 quarter note if there are any, with the fraction if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.bar, self.beat)?;
        if self.ticks == 0 {
            return Ok(());
        }
        let (whole, part) =
            (self.ticks.div_euclid(TICKS_PER_WRITTEN), self.ticks.rem_euclid(TICKS_PER_WRITTEN));
        write!(f, ".{whole:03}")?;
        if part != 0 {
            // Sixteenths end after four decimals.
            let digits = format!("{:04}", part * 10_000 / TICKS_PER_WRITTEN);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl FromStr for BarPosition {
    type Err = ParseBarPositionError;

    /// Reads `17`, `17.1` and `17.1.240`, and what is displayed: a fourth number is a decimal fraction of a tick.
    fn from_str(text: &str) -> Result<Self, ParseBarPositionError> {
        let error = || ParseBarPositionError(text.to_owned());
        let mut parts = text.trim().split('.');
        let number = |part: Option<&str>, missing: i64| {
            let Some(part) = part else { return Some(missing) };
            part.bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
                .then(|| part.parse().ok())
                .flatten()
        };
        let bar: i64 = number(Some(parts.next().unwrap_or_default()), 1).ok_or_else(error)?;
        let beat: i64 = number(parts.next(), 1).filter(|beat| *beat >= 1).ok_or_else(error)?;
        let whole: i64 = number(parts.next(), 0).filter(|ticks| *ticks >= 0).ok_or_else(error)?;
        let mut ticks = whole.checked_mul(TICKS_PER_WRITTEN).ok_or_else(error)?;
        if let Some(fraction) = parts.next() {
            let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
            let fraction: f64 =
                is_number.then(|| format!("0.{fraction}").parse().ok()).flatten().ok_or_else(error)?;
            #[expect(clippy::cast_possible_truncation, reason = "below sixteen")]
            let part = (fraction * 16.0).round() as i64;
            ticks += part;
        }
        if parts.next().is_some() { Err(error()) } else { Ok(Self { bar, beat, ticks }) }
    }
}
