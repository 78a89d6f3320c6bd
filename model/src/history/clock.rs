//! The clock that stamps commits.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use protocol::Hlc;

/// Later than this (the year 10000) no honest clock reads; a peer that claims it must not drag ours along.
pub(crate) const LATEST_MS: u64 = 253_402_300_800_000;

/// A hybrid logical clock: each reading is later than the last one, and than everything that was [observed](Self::observe).
pub struct Clock {
    wall: Box<dyn Fn() -> u64 + Send + Sync>,
    last: Hlc,
}

impl Clock {
    /// A clock on the system's time.
    #[must_use]
    pub fn system() -> Self {
        Self::with(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(LATEST_MS)
        })
    }

    /// A clock on a time of one's choosing: milliseconds since 1970, which may stand still or go back.
    pub fn with(wall: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { wall: Box::new(wall), last: Hlc::default() }
    }

    /// The next reading.
    pub fn tick(&mut self) -> Hlc {
        let ms = (self.wall)().min(LATEST_MS);
        self.last = match self.last {
            last if ms > last.ms => Hlc { ms, count: 0 },
            Hlc { ms, count: u32::MAX } => Hlc { ms: ms + 1, count: 0 },
            Hlc { ms, count } => Hlc { ms, count: count + 1 },
        };
        self.last
    }

    /// Takes note of a reading of another clock: ours reads later from now on. Readings past the year 10000 are ignored.
    pub fn observe(&mut self, other: Hlc) {
        if other.ms <= LATEST_MS {
            self.last = self.last.max(other);
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("last", &self.last).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn readings_rise_even_when_the_wall_clock_goes_back() {
        let wall = Arc::new(AtomicU64::new(1_000));
        let mut clock = Clock::with({
            let wall = wall.clone();
            move || wall.load(Ordering::Relaxed)
        });
        let mut readings = vec![clock.tick(), clock.tick()];
        wall.store(10, Ordering::Relaxed);
        readings.extend([clock.tick(), clock.tick()]);
        wall.store(2_000, Ordering::Relaxed);
        readings.push(clock.tick());
        assert!(readings.is_sorted_by(|a, b| a < b), "{readings:?}");
        assert_eq!(readings.last(), Some(&Hlc { ms: 2_000, count: 0 }));
    }

    #[test]
    fn what_was_observed_is_earlier_than_what_comes() {
        let mut clock = Clock::with(|| 5);
        let theirs = Hlc { ms: 9, count: u32::MAX };
        clock.observe(theirs);
        assert_eq!(clock.tick(), Hlc { ms: 10, count: 0 });
        clock.observe(Hlc { ms: u64::MAX, count: 0 });
        assert_eq!(clock.tick(), Hlc { ms: 10, count: 1 });
    }
}
