//! Places on the timeline, as people type them.

use std::str::FromStr;

use protocol::plan::SignaturePoint;
use protocol::{Beats, TempoMap};

/// A place: a bar and beat, or seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Bar and beat, both counted from 1; the beat may have a fraction.
    Bar {
        /// The bar, at least 1.
        bar: u32,
        /// The beat in the bar, in notes of the signature's denominator, at least 1.
        beat: f64,
    },
    /// Seconds from the start.
    Seconds(f64),
}

/// Why a text is not a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a bar such as `5` or `5.3` (its third beat), or seconds such as `12.5s`, found {0:?}")]
pub struct ParsePlaceError(String);

impl FromStr for Place {
    type Err = ParsePlaceError;

    fn from_str(text: &str) -> Result<Self, ParsePlaceError> {
        let error = || ParsePlaceError(text.into());
        if let Some(secs) = text.strip_suffix('s') {
            let secs: f64 = secs.trim().parse().map_err(|_| error())?;
            return if secs.is_finite() && secs >= 0.0 { Ok(Self::Seconds(secs)) } else { Err(error()) };
        }
        let (bar, beat) = text.split_once('.').unwrap_or((text, "1"));
        let bar: u32 = bar.parse().map_err(|_| error())?;
        let beat: f64 = beat.parse().map_err(|_| error())?;
        if bar >= 1 && beat >= 1.0 { Ok(Self::Bar { bar, beat }) } else { Err(error()) }
    }
}

impl Place {
    /// The musical position of the place.
    #[must_use]
    pub fn resolve(self, tempo: &TempoMap, signatures: &[SignaturePoint]) -> Beats {
        match self {
            Self::Seconds(secs) => Beats::from_beats(tempo.ticks_at_secs(secs) / Beats::whole(1).to_ticks()),
            Self::Bar { bar, beat } => {
                let (start, length) = bar_at(bar, signatures);
                start + Beats::from_beats((beat - 1.0) * length)
            }
        }
    }
}

/// Ticks as a number.
trait ToTicks {
    fn to_ticks(self) -> f64;
}

impl ToTicks for Beats {
    fn to_ticks(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "one quarter note")]
        let ticks = self.0 as f64;
        ticks
    }
}

/// Where a bar starts, and how many quarter notes one of its beats has. A signature takes effect at its position;
/// a bar that it cuts short counts as a bar.
fn bar_at(bar: u32, signatures: &[SignaturePoint]) -> (Beats, f64) {
    let mut current = SignaturePoint { at: Beats::ZERO, numerator: 4, denominator: 4 };
    let mut bars_left = i64::from(bar) - 1;
    let mut signatures: Vec<_> = signatures.to_vec();
    signatures.sort_by_key(|signature| signature.at);
    for next in signatures {
        let length = bar_ticks(current).max(1);
        let bars_here = (next.at.0 - current.at.0 + length - 1) / length;
        if bars_left < bars_here {
            break;
        }
        bars_left -= bars_here.max(0);
        current = next;
    }
    let start = current.at + Beats(bars_left.saturating_mul(bar_ticks(current)));
    (start, 4.0 / f64::from(current.denominator.max(1)))
}

fn bar_ticks(signature: SignaturePoint) -> i64 {
    Beats::whole(4).0 * i64::from(signature.numerator) / i64::from(signature.denominator.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, signatures: &[(i64, u8, u8)], beats: f64) {
        let signatures: Vec<_> = signatures
            .iter()
            .map(|&(at, numerator, denominator)| SignaturePoint {
                at: Beats::whole(at),
                numerator,
                denominator,
            })
            .collect();
        let place: Place = text.parse().expect(text);
        assert_eq!(place.resolve(&TempoMap::constant(120.0), &signatures).to_beats(), beats, "{text}");
    }

    #[test]
    fn bars_and_beats_count_from_one() {
        check("1", &[], 0.0);
        check("3", &[], 8.0);
        check("3.2", &[], 9.0);
        check("1.5", &[], 4.0);
    }

    #[test]
    fn bars_follow_the_signature() {
        check("3", &[(0, 3, 4)], 6.0);
        check("2.2", &[(0, 6, 8)], 3.5);
        check("4", &[(8, 3, 4)], 11.0);
    }

    #[test]
    fn seconds_follow_the_tempo() {
        check("2s", &[], 4.0);
        check("0.25s", &[], 0.5);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "0", "x", "1.0", "-1", "-1s", "nans", "1.x"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
