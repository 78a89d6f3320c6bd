//! When plugins that ask for it are restarted.

use std::time::{Duration, Instant};

/// When a plugin that asks for it is restarted: at once, unless it asks over and over.
#[derive(Default)]
pub(super) struct Restarts {
    pub wanted: bool,
    /// How often since the first of a row, and when that was.
    count: u32,
    since: Option<Instant>,
    last: Option<Instant>,
}

impl Restarts {
    /// So many in so long are too many.
    const MANY: u32 = 8;
    const WINDOW: Duration = Duration::from_secs(10);
    /// How far apart they are from then on.
    const PAUSE: Duration = Duration::from_secs(1);

    /// Whether one is due; `true` beside it when the plugin has just turned out to ask over and over.
    pub fn take_due(&mut self, now: Instant) -> (bool, bool) {
        if !self.wanted {
            return (false, false);
        }
        let since =
            |then: Option<Instant>| then.map_or(Duration::MAX, |then| now.saturating_duration_since(then));
        if since(self.since) > Self::WINDOW && since(self.last) > Self::PAUSE {
            (self.count, self.since) = (0, Some(now));
        }
        if self.count >= Self::MANY && since(self.last) < Self::PAUSE {
            return (false, false);
        }
        (self.wanted, self.last) = (false, Some(now));
        self.count += 1;
        (true, self.count == Self::MANY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_over_and_over_come_once_a_second() {
        let (mut restarts, start) = (Restarts::default(), Instant::now());
        let mut taken = Vec::new();
        let mut told = 0;
        for step in 0..500_u32 {
            restarts.wanted = true;
            let (is_due, over_and_over) = restarts.take_due(start + step * Duration::from_millis(10));
            if is_due {
                taken.push(step);
            }
            told += u32::from(over_and_over);
        }
        assert_eq!(taken, [0, 1, 2, 3, 4, 5, 6, 7, 107, 207, 307, 407]);
        assert_eq!(told, 1);
        // After a rest it is heeded at once again.
        restarts.wanted = true;
        assert_eq!(restarts.take_due(start + Duration::from_secs(60)), (true, false));
        assert_eq!(restarts.take_due(start + Duration::from_secs(60)), (false, false));
    }
}
