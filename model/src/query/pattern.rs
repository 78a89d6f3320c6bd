//! `LIKE` and `CONTAINS`: text that looks like another, whatever the case.
//!
//! Every part between two `%` is looked for once, from left to right, so a match takes time in proportion to the text.

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// What stands between the `%`: the first is at the beginning of the text, the last at its end.
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    /// Exactly this, in lower case.
    Text(String),
    /// Lower-case characters, `None` for any one; at most [`MAX_BLANKS`].
    Blanks(Vec<Option<char>>),
}

/// The longest part of a pattern that may hold a `_`, in characters: each place of a text is compared with all of it.
pub(super) const MAX_BLANKS: usize = 64;

/// A part with `_` is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Pattern {
    /// What contains a text.
    pub(super) fn containing(text: &str) -> Self {
        let nothing = || Part::Text(String::new());
        Self { parts: vec![nothing(), Part::Text(text.to_lowercase()), nothing()] }
    }

    /// What `LIKE` means: `%` is anything, `_` is any one character, `\` takes its meaning from the next.
    pub(super) fn like(pattern: &str) -> Result<Self, TooLong> {
        let mut parts = Vec::new();
        let mut part: Vec<Option<char>> = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            match c {
                '%' => parts.push(Part::new(std::mem::take(&mut part))?),
                '_' => part.push(None),
                '\\' => part.extend(chars.next().unwrap_or('\\').to_lowercase().map(Some)),
                c => part.extend(c.to_lowercase().map(Some)),
            }
        }
        parts.push(Part::new(part)?);
        Ok(Self { parts })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let Some(at) = first.at_start(&text) else { return false };
        let Some((last, middle)) = rest.split_last() else { return at == text.len() };
        let mut left = &text[at..];
        for part in middle {
            let Some(end) = part.find(left) else { return false };
            left = &left[end..];
        }
        last.at_end(left)
    }
}

impl Part {
    fn new(part: Vec<Option<char>>) -> Result<Self, TooLong> {
        match part.iter().copied().collect::<Option<String>>() {
            Some(text) => Ok(Self::Text(text)),
            None if part.len() > MAX_BLANKS => Err(TooLong),
            None => Ok(Self::Blanks(part)),
        }
    }

    /// Where it ends, if the text begins with it.
    fn at_start(&self, text: &str) -> Option<usize> {
        match self {
            Self::Text(part) => text.starts_with(part.as_str()).then_some(part.len()),
            Self::Blanks(part) => {
                let mut chars = text.chars();
                let fits = |&wanted: &Option<char>| {
                    chars.next().is_some_and(|c| wanted.is_none_or(|wanted| wanted == c))
                };
                part.iter().all(fits).then(|| text.len() - chars.as_str().len())
            }
        }
    }

    fn at_end(&self, text: &str) -> bool {
        match self {
            Self::Text(part) => text.ends_with(part.as_str()),
            Self::Blanks(part) => match text.char_indices().rev().nth(part.len() - 1) {
                Some((start, _)) => self.at_start(&text[start..]).is_some(),
                None => false,
            },
        }
    }

    /// Where its first occurrence ends.
    fn find(&self, text: &str) -> Option<usize> {
        match self {
            Self::Text(part) => text.find(part.as_str()).map(|at| at + part.len()),
            Self::Blanks(_) => {
                text.char_indices().find_map(|(at, _)| self.at_start(&text[at..]).map(|end| at + end))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, pattern: &str, expected: bool) {
        let pattern = Pattern::like(pattern).expect("short");
        assert_eq!(pattern.matches(text), expected, "{text} {pattern:?}");
    }

    #[test]
    fn patterns_are_anchored_and_blind_to_case() {
        check("Bass", "bass", true);
        check("Bass", "bas", false);
        check("Bass", "%AS%", true);
        check("Bass", "b_s_", true);
        check("Bass", "b_s", false);
        check("", "", true);
        check("", "%", true);
        check("", "_", false);
        check("ab", "ab%b", false);
        check("100 %", "100 \\%", true);
        check("100 x", "100 \\%", false);
        check("Ärger", "ä%", true);
        check("naïve", "na_ve", true);
        check("x", "%%x%%", true);
    }

    #[test]
    fn containing_takes_percent_signs_as_they_are() {
        assert!(Pattern::containing("0%").matches("50% wet"));
        assert!(!Pattern::containing("5%t").matches("50% wet"));
    }

    #[test]
    fn a_long_part_with_blanks_is_refused_and_a_long_part_without_is_not() {
        assert_eq!(Pattern::like(&"_".repeat(MAX_BLANKS + 1)).err(), Some(TooLong));
        assert!(Pattern::like(&"a".repeat(10_000)).is_ok_and(|pattern| pattern.matches(&"A".repeat(10_000))));
    }

    /// The textbook definition, exponential and obviously right.
    fn naive(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|skip| naive(&text[skip..], rest)),
            Some((wanted, rest)) => text
                .split_first()
                .is_some_and(|(c, left)| (*wanted == '_' || wanted == c) && naive(left, rest)),
        }
    }

    proptest! {
        #[test]
        fn like_is_what_its_definition_says(text in "[ab]{0,8}", pattern in "[ab_%]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let found = Pattern::like(&pattern).expect("short").matches(&text);
            prop_assert_eq!(found, naive(&chars(&text), &chars(&pattern)));
        }
    }
}
