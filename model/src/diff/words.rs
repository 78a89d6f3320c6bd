//! Lengths and counts as musicians write them.

use protocol::Beats;

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
