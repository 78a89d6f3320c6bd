//! When a latency that is said to be another is worth a restart: only then may a component tell the new one, but some say so
//! whenever they are activated.

use std::time::{Duration, Instant};

use super::Vst3Plugin;
use crate::nested::requests::Request;

/// What is said so soon after an activation, or after the same was said, is no news.
const ECHO: Duration = Duration::from_secs(2);

/// What came of restarts for a latency.
#[derive(Default)]
pub(super) struct LatencyNews {
    /// What the latency was when the component was restarted for it.
    before: Option<u32>,
    /// When it was activated last, if that was for a latency that turned out to be what it was, or when it said so since.
    in_vain: Option<Instant>,
}

impl LatencyNews {
    /// The component was activated, and has this latency.
    pub(super) fn is_read(&mut self, latency: u32) {
        self.in_vain = (self.before.take() == Some(latency)).then(Instant::now);
    }

    /// Whether to restart a component that says it has another latency than it had, and already tells this one.
    fn is_worth_it(&mut self, known: u32, now: u32) -> bool {
        if known == now && self.in_vain.is_some_and(|then| then.elapsed() < ECHO) {
            self.in_vain = Some(Instant::now());
            return false;
        }
        self.before = Some(known);
        true
    }
}

impl Vst3Plugin {
    /// Whether the component is to be restarted because it said that its latency is another.
    pub(super) fn takes_restart_for_latency(&mut self) -> bool {
        if !self.parts.host().requests.take(Request::LatencyChanged) || !self.is_running() {
            return false;
        }
        let known = u32::try_from(self.parts.host().latency_frames()).unwrap_or(0);
        let now = self.parts.latency();
        self.latency_news.is_worth_it(known, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_restart_in_vain_is_enough() {
        let mut news = LatencyNews::default();
        news.is_read(64);
        assert!(news.is_worth_it(64, 64), "it may only tell when it is activated");
        news.is_read(64);
        assert!(!news.is_worth_it(64, 64));
        assert!(news.is_worth_it(64, 65));
        news.is_read(65);
        assert!(news.is_worth_it(65, 65));
        news.is_read(66);
        assert!(news.is_worth_it(66, 66));
    }
}
