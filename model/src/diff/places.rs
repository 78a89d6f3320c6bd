//! Positions and lengths as musicians write them.

use protocol::Beats;
use protocol::plan::SignaturePoint;

use crate::project::Project;

/// Turns positions into bars and beats.
#[derive(Debug)]
pub(super) struct Places {
    /// By position, each with the bar that starts there; the first is at or before zero.
    signatures: Vec<(SignaturePoint, i64)>,
}

impl Places {
    pub(super) fn of(project: &Project) -> Self {
        let common = SignaturePoint { at: Beats::ZERO, numerator: 4, denominator: 4 };
        let mut signatures = vec![(common, 1)];
        for next in project.signature_points() {
            let (last, bar) = signatures[signatures.len() - 1];
            // A bar that a signature cuts short counts as a bar.
            let bars = (next.at.0 - last.at.0 + bar_ticks(last) - 1) / bar_ticks(last);
            if next.at == last.at {
                signatures.pop();
            }
            signatures.push((next, bar + bars));
        }
        Self { signatures }
    }

    /// Bar and beat, both from one: `9.1`, `9.2.5` for halfway between its second and third beat.
    pub(super) fn at(&self, at: Beats) -> String {
        let index = self.signatures.partition_point(|(signature, _)| signature.at <= at).saturating_sub(1);
        let (signature, bar) = self.signatures[index];
        let since = at.0 - signature.at.0;
        let ticks = bar_ticks(signature);
        let beats = Beats(since.rem_euclid(ticks)).to_beats() * f64::from(signature.denominator.max(1)) / 4.0;
        format!("{}.{}", bar + since.div_euclid(ticks), number(beats + 1.0))
    }
}

fn bar_ticks(signature: SignaturePoint) -> i64 {
    let ticks = Beats::whole(4).0 * i64::from(signature.numerator) / i64::from(signature.denominator.max(1));
    ticks.max(1)
}

/// A length in quarter notes: `4 beats`, `0.5 beats`, `1 beat`.
pub(super) fn length(length: Beats) -> String {
    let text = number(length.to_beats());
    if text == "1" { "1 beat".into() } else { format!("{text} beats") }
}

/// A number with as many of three decimals as it needs.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.to_owned() }
}

/// `1 note`, `3 notes`.
pub(super) fn count(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {}", plural(what)),
    }
}

fn plural(what: &str) -> String {
    match what.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::timeline::create_signature;
    use crate::pulse::Pulse;
    use crate::view::SignatureId;

    fn check(signatures: &[(i64, u8, u8)], beats: f64, expected: &str) {
        let pulse = Pulse::new();
        let edits: Vec<_> = signatures
            .iter()
            .map(|&(at, numerator, denominator)| {
                create_signature(SignatureId(pulse.new_id()), Beats::whole(at), numerator, denominator)
            })
            .collect();
        let project = pulse.project().apply(&edits).expect("legal signatures");
        assert_eq!(Places::of(&project).at(Beats::from_beats(beats)), expected, "{signatures:?} {beats}");
    }

    #[test]
    fn bars_and_beats_count_from_one() {
        check(&[], 0.0, "1.1");
        check(&[], 9.0, "3.2");
        check(&[], 9.5, "3.2.5");
        check(&[], 32.0, "9.1");
    }

    #[test]
    fn bars_follow_the_signatures() {
        check(&[(0, 3, 4)], 6.0, "3.1");
        check(&[(0, 6, 8)], 3.5, "2.2");
        check(&[(8, 3, 4)], 11.0, "4.1");
        check(&[(6, 3, 4)], 6.0, "3.1");
        check(&[(0, 3, 4), (6, 7, 8)], 9.5, "4.1");
    }

    #[test]
    fn lengths_and_counts_have_the_right_plural() {
        assert_eq!(length(Beats::whole(1)), "1 beat");
        assert_eq!(length(Beats::from_beats(0.5)), "0.5 beats");
        assert_eq!(count(1, "note"), "1 note");
        assert_eq!(count(0, "note"), "0 notes");
        assert_eq!(count(2, "entry"), "2 entries");
        assert_eq!(count(2, "key"), "2 keys");
    }
}
