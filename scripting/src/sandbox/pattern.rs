//! Lua patterns with a meter: the matcher of the reference implementation (`lstrlib.c`), where every step is charged.
//!
//! The original runs in C, out of reach of the instruction hook, and backtracks without bound: a pattern of a few
//! bytes can hold a thread for years. This one ends when the budget does.

use crate::limits::{Budget, Tripped};

/// Most captures in a pattern.
pub(super) const MAX_CAPTURES: usize = 32;
const MAX_DEPTH: u32 = 200;
const ESCAPE: u8 = b'%';
/// Steps between two looks at the budget.
const STRIDE: u32 = 1_024;

/// Why matching ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum PatternError {
    #[error("malformed pattern ({0})")]
    Malformed(&'static str),
    #[error("pattern too complex")]
    TooComplex,
    #[error("too many captures")]
    TooManyCaptures,
    #[error("invalid capture index %{0}")]
    BadCapture(usize),
    #[error(transparent)]
    Tripped(#[from] Tripped),
}

type Outcome<T> = Result<T, PatternError>;

#[derive(Clone, Copy)]
enum Extent {
    Open,
    Position,
    Closed(usize),
}

/// A captured part of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capture {
    /// A range of bytes.
    Text(usize, usize),
    /// A position capture `()`, as a byte offset from zero.
    Position(usize),
}

/// Matches one pattern against one subject.
pub(super) struct Matcher<'a> {
    subject: &'a [u8],
    pattern: &'a [u8],
    budget: &'a Budget,
    steps: u32,
    depth: u32,
    level: usize,
    captures: [(usize, Extent); MAX_CAPTURES],
}

impl<'a> Matcher<'a> {
    /// `pattern` without its leading anchor.
    pub(super) fn new(subject: &'a [u8], pattern: &'a [u8], budget: &'a Budget) -> Self {
        let captures = [(0, Extent::Open); MAX_CAPTURES];
        Self { subject, pattern, budget, steps: 0, depth: 0, level: 0, captures }
    }

    /// Matches at `start` only. The end of the match, or `None`.
    pub(super) fn match_at(&mut self, start: usize) -> Outcome<Option<usize>> {
        self.level = 0;
        self.depth = 0;
        self.step()?;
        self.run(start, 0)
    }

    /// Pays for the steps since the last look at the budget.
    pub(super) fn settle(&mut self) -> Outcome<()> {
        let steps = std::mem::take(&mut self.steps);
        Ok(self.budget.charge(u64::from(steps))?)
    }

    /// How many captures the last match has.
    pub(super) fn captures(&self) -> usize {
        self.level
    }

    /// A capture of the last match, from zero.
    pub(super) fn capture(&self, index: usize) -> Outcome<Capture> {
        match self.captures.get(index).filter(|_| index < self.level) {
            Some(&(start, Extent::Closed(len))) => Ok(Capture::Text(start, start + len)),
            Some(&(start, Extent::Position)) => Ok(Capture::Position(start)),
            Some((_, Extent::Open)) => Err(PatternError::Malformed("unfinished capture")),
            None => Err(PatternError::BadCapture(index + 1)),
        }
    }

    fn step(&mut self) -> Outcome<()> {
        self.steps += 1;
        if self.steps >= STRIDE { self.settle() } else { Ok(()) }
    }

    fn run(&mut self, s: usize, p: usize) -> Outcome<Option<usize>> {
        if self.depth >= MAX_DEPTH {
            return Err(PatternError::TooComplex);
        }
        self.depth += 1;
        let result = self.run_here(s, p);
        self.depth -= 1;
        result
    }

    fn run_here(&mut self, mut s: usize, mut p: usize) -> Outcome<Option<usize>> {
        loop {
            self.step()?;
            let Some(&head) = self.pattern.get(p) else { return Ok(Some(s)) };
            match head {
                b'(' => {
                    return match self.pattern.get(p + 1) {
                        Some(b')') => self.open(s, p + 2, Extent::Position),
                        _ => self.open(s, p + 1, Extent::Open),
                    };
                }
                b')' => return self.close(s, p + 1),
                b'$' if p + 1 == self.pattern.len() => {
                    return Ok((s == self.subject.len()).then_some(s));
                }
                ESCAPE => match self.pattern.get(p + 1) {
                    Some(b'b') => match self.balance(s, p + 2)? {
                        None => return Ok(None),
                        Some(end) => {
                            (s, p) = (end, p + 4);
                            continue;
                        }
                    },
                    Some(b'f') => {
                        p += 2;
                        if self.pattern.get(p) != Some(&b'[') {
                            return Err(PatternError::Malformed("missing '[' after '%f'"));
                        }
                        let end = self.class_end(p)?;
                        let before = if s == 0 { 0 } else { self.subject[s - 1] };
                        let here = self.subject.get(s).copied().unwrap_or(0);
                        if self.in_set(before, p, end - 1)? || !self.in_set(here, p, end - 1)? {
                            return Ok(None);
                        }
                        p = end;
                        continue;
                    }
                    Some(&digit) if digit.is_ascii_digit() => match self.back_reference(s, digit)? {
                        None => return Ok(None),
                        Some(end) => {
                            (s, p) = (end, p + 2);
                            continue;
                        }
                    },
                    _ => {}
                },
                _ => {}
            }
            let end = self.class_end(p)?;
            match self.pattern.get(end) {
                Some(b'?') => {
                    if self.single(s, p, end)?
                        && let Some(done) = self.run(s + 1, end + 1)?
                    {
                        return Ok(Some(done));
                    }
                    p = end + 1;
                }
                Some(b'+') => {
                    return if self.single(s, p, end)? { self.most(s + 1, p, end) } else { Ok(None) };
                }
                Some(b'*') => return self.most(s, p, end),
                Some(b'-') => return self.least(s, p, end),
                _ => {
                    if !self.single(s, p, end)? {
                        return Ok(None);
                    }
                    (s, p) = (s + 1, end);
                }
            }
        }
    }

    fn class_end(&self, mut p: usize) -> Outcome<usize> {
        let head = self.pattern[p];
        p += 1;
        match head {
            ESCAPE if p >= self.pattern.len() => Err(PatternError::Malformed("ends with '%'")),
            ESCAPE => Ok(p + 1),
            b'[' => {
                if self.pattern.get(p) == Some(&b'^') {
                    p += 1;
                }
                loop {
                    let Some(&c) = self.pattern.get(p) else {
                        return Err(PatternError::Malformed("missing ']'"));
                    };
                    p += if c == ESCAPE { 2 } else { 1 };
                    if self.pattern.get(p) == Some(&b']') {
                        return Ok(p + 1);
                    }
                }
            }
            _ => Ok(p),
        }
    }

    fn single(&mut self, s: usize, p: usize, end: usize) -> Outcome<bool> {
        self.step()?;
        let Some(&c) = self.subject.get(s) else { return Ok(false) };
        Ok(match self.pattern[p] {
            b'.' => true,
            ESCAPE => in_class(c, self.pattern[p + 1]),
            b'[' => self.in_set(c, p, end - 1)?,
            literal => literal == c,
        })
    }

    /// Whether `c` is in the set that opens at `p` and whose `]` is at `last`.
    fn in_set(&mut self, c: u8, mut p: usize, last: usize) -> Outcome<bool> {
        let mut found = true;
        if self.pattern.get(p + 1) == Some(&b'^') {
            found = false;
            p += 1;
        }
        p += 1;
        while p < last {
            self.step()?;
            if self.pattern[p] == ESCAPE {
                p += 1;
                if in_class(c, self.pattern[p]) {
                    return Ok(found);
                }
                p += 1;
            } else if self.pattern.get(p + 1) == Some(&b'-') && p + 2 < last {
                if (self.pattern[p]..=self.pattern[p + 2]).contains(&c) {
                    return Ok(found);
                }
                p += 3;
            } else {
                if self.pattern[p] == c {
                    return Ok(found);
                }
                p += 1;
            }
        }
        Ok(!found)
    }

    fn most(&mut self, s: usize, p: usize, end: usize) -> Outcome<Option<usize>> {
        let mut count = 0;
        while self.single(s + count, p, end)? {
            count += 1;
        }
        loop {
            if let Some(done) = self.run(s + count, end + 1)? {
                return Ok(Some(done));
            }
            if count == 0 {
                return Ok(None);
            }
            count -= 1;
        }
    }

    fn least(&mut self, mut s: usize, p: usize, end: usize) -> Outcome<Option<usize>> {
        loop {
            if let Some(done) = self.run(s, end + 1)? {
                return Ok(Some(done));
            }
            if !self.single(s, p, end)? {
                return Ok(None);
            }
            s += 1;
        }
    }

    fn open(&mut self, s: usize, p: usize, extent: Extent) -> Outcome<Option<usize>> {
        if self.level >= MAX_CAPTURES {
            return Err(PatternError::TooManyCaptures);
        }
        self.captures[self.level] = (s, extent);
        self.level += 1;
        let result = self.run(s, p)?;
        if result.is_none() {
            self.level -= 1;
        }
        Ok(result)
    }

    fn close(&mut self, s: usize, p: usize) -> Outcome<Option<usize>> {
        let open = (0..self.level).rev().find(|&l| matches!(self.captures[l].1, Extent::Open));
        let Some(level) = open else { return Err(PatternError::Malformed("invalid pattern capture")) };
        self.captures[level].1 = Extent::Closed(s - self.captures[level].0);
        let result = self.run(s, p)?;
        if result.is_none() {
            self.captures[level].1 = Extent::Open;
        }
        Ok(result)
    }

    fn balance(&mut self, s: usize, p: usize) -> Outcome<Option<usize>> {
        let (Some(&open), Some(&close)) = (self.pattern.get(p), self.pattern.get(p + 1)) else {
            return Err(PatternError::Malformed("missing arguments to '%b'"));
        };
        if self.subject.get(s) != Some(&open) {
            return Ok(None);
        }
        let mut nested = 1_usize;
        for at in s + 1..self.subject.len() {
            self.step()?;
            let c = self.subject[at];
            if c == close {
                nested -= 1;
                if nested == 0 {
                    return Ok(Some(at + 1));
                }
            } else if c == open {
                nested += 1;
            }
        }
        Ok(None)
    }

    fn back_reference(&mut self, s: usize, digit: u8) -> Outcome<Option<usize>> {
        let number = usize::from(digit - b'0');
        let Some(index) = number.checked_sub(1).filter(|&i| i < self.level) else {
            return Err(PatternError::BadCapture(number));
        };
        let (start, Extent::Closed(len)) = self.captures[index] else {
            return Err(PatternError::BadCapture(number));
        };
        let cost = u32::try_from(len / 16).unwrap_or(u32::MAX);
        self.steps = self.steps.saturating_add(cost);
        self.step()?;
        let wanted = &self.subject[start..start + len];
        Ok(self.subject[s..].starts_with(wanted).then_some(s + len))
    }
}

/// Whether `c` is in the class of a letter after `%`; an upper-case letter is the complement.
fn in_class(c: u8, class: u8) -> bool {
    let found = match class.to_ascii_lowercase() {
        b'a' => c.is_ascii_alphabetic(),
        b'c' => c.is_ascii_control(),
        b'd' => c.is_ascii_digit(),
        b'g' => c.is_ascii_graphic(),
        b'l' => c.is_ascii_lowercase(),
        b'p' => c.is_ascii_punctuation(),
        b's' => c.is_ascii_whitespace() || c == 0x0b,
        b'u' => c.is_ascii_uppercase(),
        b'w' => c.is_ascii_alphanumeric(),
        b'x' => c.is_ascii_hexdigit(),
        _ => return class == c,
    };
    found != class.is_ascii_uppercase()
}
