//! The parameters as the audio thread last knew them, for the controller: what automation and the component itself did is
//! to be seen in the plugin's window.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use atomic_float::AtomicF64;

/// A value for every parameter of a table, and which of them changed. Wait-free on both sides; of several changes
/// between two polls the last counts.
pub(super) struct Mirror {
    values: Box<[AtomicF64]>,
    changed: Box<[AtomicU64]>,
    any: AtomicBool,
}

impl Mirror {
    /// For a table of so many parameters.
    pub(super) fn new(params: usize) -> Self {
        Self {
            values: (0..params).map(|_| AtomicF64::new(0.0)).collect(),
            changed: (0..params.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            any: AtomicBool::new(false),
        }
    }

    /// Notes the value of a parameter, by its place in the table. Audio thread.
    ///
    /// # Real-time
    /// Constant time.
    pub(super) fn note(&self, index: usize, norm: f64) {
        if let (Some(value), Some(changed)) = (self.values.get(index), self.changed.get(index / 64)) {
            value.store(norm, Ordering::Relaxed);
            changed.fetch_or(1 << (index % 64), Ordering::Release);
            self.any.store(true, Ordering::Release);
        }
    }

    /// Hands over what changed since the last call. Main thread.
    pub(super) fn take(&self, mut each: impl FnMut(usize, f64)) {
        if !self.any.swap(false, Ordering::AcqRel) {
            return;
        }
        for (word, changed) in self.changed.iter().enumerate() {
            let mut bits = changed.swap(0, Ordering::AcqRel);
            while bits != 0 {
                let index = word * 64 + usize::try_from(bits.trailing_zeros()).unwrap_or(0);
                bits &= bits - 1;
                if let Some(value) = self.values.get(index) {
                    each(index, value.load(Ordering::Relaxed));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_each_changed_parameter_is_seen_once() {
        let mirror = Mirror::new(130);
        mirror.note(129, 0.25);
        mirror.note(0, 0.5);
        mirror.note(129, 0.75);
        mirror.note(500, 1.0);
        let take = || {
            let mut seen = Vec::new();
            mirror.take(|index, value| seen.push((index, value)));
            seen
        };
        assert_eq!(take(), [(0, 0.5), (129, 0.75)]);
        assert!(take().is_empty());
    }
}
