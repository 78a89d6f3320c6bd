//! Places on the timeline, as people type them.

use std::str::FromStr;

use protocol::{BarPosition, Beats, SignatureMap, TempoMap};

/// A place: a bar and beat, or seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Bar, beat and ticks; the bar is at least 1, or 0 for the pick-up.
    Bar(BarPosition),
    /// Seconds from the start.
    Seconds(f64),
}

/// Why a text is not a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a bar such as `5`, `5.3` (its third beat) or `5.3.480` (and 480 of 960 ticks), or seconds such as \
     `12.5s`, found {0:?}"
)]
pub struct ParsePlaceError(String);

impl FromStr for Place {
    type Err = ParsePlaceError;

    fn from_str(text: &str) -> Result<Self, ParsePlaceError> {
        let error = || ParsePlaceError(text.into());
        if let Some(secs) = text.strip_suffix('s') {
            let secs: f64 = secs.trim().parse().map_err(|_| error())?;
            return if secs.is_finite() && secs >= 0.0 { Ok(Self::Seconds(secs)) } else { Err(error()) };
        }
        let position: BarPosition = text.parse().map_err(|_| error())?;
        if position.bar >= 0 { Ok(Self::Bar(position)) } else { Err(error()) }
    }
}

impl Place {
    /// The musical position of the place, not before the start of the timeline.
    #[must_use]
    pub fn resolve(self, tempo: &TempoMap, bars: &SignatureMap) -> Beats {
        match self {
            Self::Seconds(secs) => tempo.beats_at_secs(secs),
            Self::Bar(position) => bars.beats(position).max(Beats::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::plan::SignaturePoint;

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
        assert_eq!(
            place
                .resolve(&TempoMap::constant(120.0), &SignatureMap::new(&signatures, Beats::ZERO))
                .to_beats(),
            beats,
            "{text}"
        );
    }

    #[test]
    fn bars_and_beats_count_from_one() {
        check("1", &[], 0.0);
        check("3", &[], 8.0);
        check("3.2", &[], 9.0);
        check("1.5", &[], 4.0);
        check("3.2.480", &[], 9.5);
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
        for text in ["", "x", "1.0", "-1", "-1s", "nans", "1.x"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
