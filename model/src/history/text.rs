//! Texts that merge letter by letter.

use loro::LoroText;
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

    /// The same piece after a change of the text around it. `None` if the change was to the piece.
    pub(super) fn moved(&self, change: &[loro::TextDelta]) -> Option<Self> {
        let (start, end) = (self.at, self.at + self.cut.chars().count());
        let (mut before, mut at) = (0, self.at);
        for part in change {
            match part {
                loro::TextDelta::Retain { retain, .. } => before += retain,
                loro::TextDelta::Insert { insert, .. } if before <= start => at += insert.chars().count(),
                loro::TextDelta::Insert { .. } if before < end => return None,
                loro::TextDelta::Insert { .. } => {}
                loro::TextDelta::Delete { delete } => {
                    let after = before + delete;
                    if before < end && start < after {
                        return None;
                    }
                    // Of what was before the piece; a place may itself be gone, which leaves where it was.
                    at -= after.min(start).saturating_sub(before);
                    before = after;
                }
            }
        }
        Some(Self { at, ..self.clone() })
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

        #[test]
        fn a_piece_is_found_again_when_the_text_around_it_changed(
            head in "[ab]{0,4}", tail in "[ab]{0,4}", new_head in "[cd]{0,4}", new_tail in "[cd]{0,4}",
        ) {
            let piece = Splice { at: head.len(), cut: "xyz".into(), put: "q".into() };
            let insert = |text: &str| loro::TextDelta::Insert { insert: text.into(), attributes: None };
            let delta = [
                loro::TextDelta::Delete { delete: head.len() },
                insert(&new_head),
                loro::TextDelta::Retain { retain: 3, attributes: None },
                insert(&new_tail),
                loro::TextDelta::Delete { delete: tail.len() },
            ];
            let moved = piece.moved(&delta).expect("nobody touched it");
            prop_assert_eq!(moved.apply(&format!("{new_head}xyz{new_tail}")), Some(format!("{new_head}q{new_tail}")));
            let cut = [loro::TextDelta::Delete { delete: head.len() + 1 }];
            prop_assert_eq!(piece.moved(&cut), None);
        }
    }
}
