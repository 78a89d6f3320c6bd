//! What the tasks of a schedule cost, and how many threads pay because of that.
#![expect(unsafe_code, reason = "each task's cost is noted by who runs it")]

use std::time::Duration;

use super::round::Round;
use super::word::Word;
use crate::engine::cells::Cells;
use crate::engine::schedule::Task;
use crate::math::{len_f64, to_usize};

/// What tasks cost, in nanoseconds.
pub(crate) struct Balance {
    /// As measured in the last stretch that was.
    measured: Cells<f64>,
    /// Per frame, smoothed.
    costs: Box<[f64]>,
    /// When each could be done at the earliest.
    done: Box<[f64]>,
    is_known: bool,
}

/// What it costs to wake others and to wait for the last of them.
const TOGETHER: f64 = 8_000.0;
/// How much must be won for that to be worth it.
const WORTHWHILE: f64 = 1.2;
/// How much of a new measurement counts.
const NEW: f64 = 0.25;

impl Balance {
    pub fn new(tasks: &[Task]) -> Self {
        let inner = tasks.iter().filter(|task| !task.outlets).count();
        Self {
            measured: (0..inner).map(|_| 0.0).collect(),
            costs: vec![0.0; inner].into(),
            done: vec![0.0; inner].into(),
            is_known: false,
        }
    }

    /// Whether anything was measured.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// A task took so long.
    ///
    /// # Safety
    /// The caller runs that task.
    pub unsafe fn note(&self, task: usize, took: Duration) {
        // SAFETY: only who runs a task notes its cost.
        unsafe { *self.measured.at(task) = took.as_secs_f64() * 1e9 };
    }

    /// Takes in what was noted during a stretch of so many frames.
    pub fn learn(&mut self, frames: usize) {
        let share = if self.is_known { NEW } else { 1.0 };
        for (cost, measured) in self.costs.iter_mut().zip(self.measured.all()) {
            *cost += (*measured / len_f64(frames) - *cost) * share;
        }
        self.is_known = true;
    }

    /// How many of at most `most` threads are best for a stretch of so many frames.
    pub fn threads<W: Word>(&mut self, round: &Round<W>, frames: usize, most: usize) -> usize {
        let total = self.costs.iter().sum::<f64>();
        self.done.fill(0.0);
        let mut longest: f64 = 0.0;
        for task in 0..self.costs.len() {
            self.done[task] += self.costs[task];
            longest = longest.max(self.done[task]);
            for &next in round.next_of(task) {
                let next = to_usize(next);
                self.done[next] = self.done[next].max(self.done[task]);
            }
        }
        let (total, longest) = (total * len_f64(frames), longest * len_f64(frames));
        let together = |threads: usize| longest.max(total / len_f64(threads)) + TOGETHER;
        // No more threads than win anything over one less.
        let best = (2..=most).take_while(|&threads| together(threads) < together(threads - 1) * 0.97).last();
        best.filter(|&threads| together(threads) * WORTHWHILE < total).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    /// How many of eight threads pay for tasks of such costs, in nanoseconds, each given by those it waits for.
    fn threads(tasks: &[(f64, &[usize])]) -> usize {
        let round = Round::<AtomicU32>::new(tasks.iter().map(|(_, after)| *after));
        let inner = Task { ops: 0..0, outlets: false };
        let mut balance = Balance::new(&vec![inner; tasks.len()]);
        for (measured, (cost, _)) in balance.measured.all().iter_mut().zip(tasks) {
            *measured = *cost;
        }
        balance.learn(64);
        balance.threads(&round, 64, 8)
    }

    #[test]
    fn one_thread_where_there_is_little_to_do() {
        assert_eq!(threads(&[(5_000.0, &[]), (5_000.0, &[])]), 1);
    }

    #[test]
    fn one_thread_where_all_waits_for_all() {
        assert_eq!(threads(&[(1e6, &[]), (1e6, &[0]), (1e6, &[1])]), 1);
    }

    #[test]
    fn as_many_threads_as_there_is_work_abreast() {
        assert_eq!(threads(&[(1e6, &[]), (1e6, &[])]), 2);
        assert_eq!(threads(&[(1e6, &[]), (1e6, &[]), (1e6, &[]), (1e6, &[])]), 4);
        assert_eq!(threads(&[(1e6, &[]), (3e6, &[]), (1e6, &[]), (1e6, &[2])]), 2);
    }
}
