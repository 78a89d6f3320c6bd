//! What a plugin has to be restarted for, and may then be what it was: only then may some tell, but others say so over and over.

use std::time::{Duration, Instant};

/// What is said so soon after an activation, or after the same was said, is no news.
const ECHO: Duration = Duration::from_secs(2);

/// What came of restarts for something about a plugin, as its latency.
pub(super) struct News<T> {
    /// What it was when the plugin was restarted for it.
    before: Option<T>,
    /// When the plugin was activated last, if that was for what turned out to be what it was, or when it said so since.
    in_vain: Option<Instant>,
}

impl<T> Default for News<T> {
    fn default() -> Self {
        Self { before: None, in_vain: None }
    }
}

impl<T: PartialEq> News<T> {
    /// The plugin was activated, and has this.
    pub(super) fn is_read(&mut self, now: &T) {
        self.in_vain = (self.before.take().as_ref() == Some(now)).then(Instant::now);
    }

    /// Whether to restart a plugin that says it has something else than what is known, and already tells this.
    pub(super) fn is_worth_it(&mut self, known: T, now: &T) -> bool {
        if known == *now && self.in_vain.is_some_and(|then| then.elapsed() < ECHO) {
            self.in_vain = Some(Instant::now());
            return false;
        }
        self.before = Some(known);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_restart_in_vain_is_enough() {
        let mut news = News::default();
        news.is_read(&64);
        assert!(news.is_worth_it(64, &64), "it may only tell when it is activated");
        news.is_read(&64);
        assert!(!news.is_worth_it(64, &64));
        assert!(news.is_worth_it(64, &65));
        news.is_read(&65);
        assert!(news.is_worth_it(65, &65));
        news.is_read(&66);
        assert!(news.is_worth_it(66, &66));
    }
}
