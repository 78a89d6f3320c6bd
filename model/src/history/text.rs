//! Texts that merge letter by letter.

use loro::{ExportMode, LoroDoc, LoroText};
use serde::{Deserialize, Serialize};

/// A piece of a text replaced by another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Splice {
    /// Where, in characters from the start.
    pub(crate) at: usize,
    /// What was there.
    pub(crate) cut: String,
    /// What is there now.
    pub(crate) put: String,
}

impl Splice {
    /// The shortest one that makes `after` of `before`.
    pub(super) fn between(before: &str, after: &str) -> Self {
        let same = |(a, b): &(char, char)| a == b;
        let head = before.chars().zip(after.chars()).take_while(same);
        let (at, head) = head.fold((0, 0), |(count, bytes), (c, _)| (count + 1, bytes + c.len_utf8()));
        let (before, after) = (&before[head..], &after[head..]);
        let tail = before.chars().rev().zip(after.chars().rev()).take_while(same);
        let tail: usize = tail.map(|(c, _)| c.len_utf8()).sum();
        let cut = before[..before.len() - tail].to_owned();
        Self { at, cut, put: after[..after.len() - tail].to_owned() }
    }

    pub(crate) fn inverse(&self) -> Self {
        Self { at: self.at, cut: self.put.clone(), put: self.cut.clone() }
    }

    /// The text with the piece replaced; `None` if the piece is not there.
    pub(crate) fn apply(&self, text: &str) -> Option<String> {
        let at = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(self.at)?;
        let rest = text[at..].strip_prefix(self.cut.as_str())?;
        Some([&text[..at], &self.put, rest].concat())
    }

    /// Replaces the piece in a container.
    pub(super) fn write(&self, text: &LoroText) -> loro::LoroResult<()> {
        if !self.cut.is_empty() {
            text.delete(self.at, self.cut.chars().count())?;
        }
        if !self.put.is_empty() {
            text.insert(self.at, &self.put)?;
        }
        Ok(())
    }
}

/// Puts the text that the baseline has into a container. Every peer makes this very operation, down to the bits of its id,
/// so when two of them touch an old text at the same time the text is there once.
pub(super) fn begin(doc: &LoroDoc, container: &str, baseline: &str) -> loro::LoroResult<()> {
    if baseline.is_empty() {
        return Ok(());
    }
    let first = LoroDoc::new();
    first.set_peer_id(peer_of(container, baseline))?;
    first.get_text(container).insert(0, baseline)?;
    first.commit();
    let update = first.export(ExportMode::all_updates()).map_err(|_| loro::LoroError::DecodeError("text".into()))?;
    doc.import(&update).map(|_| ())
}

/// The peer that wrote a baseline's text: made up from what it wrote. No other peer has it, but by a chance of 1 in 2^63.
fn peer_of(container: &str, baseline: &str) -> u64 {
    let mut hash = blake3::Hasher::new();
    hash.update(container.as_bytes()).update(&[0]).update(baseline.as_bytes());
    let mut peer = [0; 8];
    hash.finalize_xof().fill(&mut peer);
    // The highest ids are reserved.
    u64::from_le_bytes(peer) >> 1
}

/// The text after a change as the log tells it, in characters.
pub(super) fn with_delta(text: &str, delta: &[loro::TextDelta]) -> String {
    let (mut from, mut out) = (text.chars(), String::new());
    for part in delta {
        match part {
            loro::TextDelta::Retain { retain, .. } => out.extend(from.by_ref().take(*retain)),
            loro::TextDelta::Insert { insert, .. } => out.push_str(insert),
            loro::TextDelta::Delete { delete } => _ = from.by_ref().take(*delete).count(),
        }
    }
    out.extend(from);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_splice_makes_one_text_of_another_and_back(a in "[aäb\u{1f600}]{0,8}", b in "[aäb\u{1f600}]{0,8}") {
            let splice = Splice::between(&a, &b);
            prop_assert_eq!(splice.apply(&a), Some(b.clone()));
            prop_assert_eq!(splice.inverse().apply(&b), Some(a));
        }
    }
}
