//! The parts that a plugin's work in one block has: done by whoever is free, for the node that asks for it.
//!
//! They have a [gate](super::gate::Gate) of their own, so that it does not matter whether the node is run by the audio thread
//! or by a helper, nor whether a round is on. One node at a time has helpers; another that asks meanwhile does its parts
//! itself.
#![expect(unsafe_code, reason = "helpers work on what the node's thread lends them")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::gate::{Gate, Work};
use super::round::Finished;
use super::word::Word;
use crate::engine::cells::Cells;
use crate::math::{to_u32, to_usize};
use crate::processor::Parallel;

/// Numbered parts, all of which can begin at once.
pub(super) struct Parts<W> {
    count: W,
    next: W,
    left: W,
}

impl<W: Word> Parts<W> {
    pub fn new() -> Self {
        Self { count: W::new(0), next: W::new(0), left: W::new(0) }
    }

    /// How many there are from the next beginning on. Nobody may be at work.
    pub fn set_count(&self, count: u32) {
        self.count.set(count);
    }
}

impl<W: Word> Work for Parts<W> {
    fn begin(&self) {
        self.next.set(0);
        self.left.set(self.count.get());
    }

    fn take(&self) -> Option<usize> {
        let (mut next, count) = (self.next.get(), self.count.get());
        while next < count {
            match self.next.change(next, next + 1) {
                Ok(()) => return Some(to_usize(next)),
                Err(now) => next = now,
            }
        }
        None
    }

    fn finish(&self, _part: usize) -> Finished {
        Finished { ready: 0, is_last: self.left.add(u32::MAX) == 1 }
    }

    fn is_over(&self) -> bool {
        self.left.get() == 0
    }
}

/// What somebody lends to be done in parts.
type Part = dyn Fn(u32) + Sync;

/// The pointer to it, while it is lent.
#[derive(Clone, Copy)]
struct Lent(Option<*const Part>);

// SAFETY: what it points to may be shared, and is only used while it is lent.
unsafe impl Send for Lent {}

/// How helpers come to parts.
pub(crate) struct Pool {
    gate: Gate<AtomicU32>,
    parts: Parts<AtomicU32>,
    /// Written by who has `busy`, while the gate is closed.
    lent: Cells<Lent>,
    busy: AtomicBool,
    /// How many helpers are asked for.
    wanted: AtomicU32,
    /// How many helpers there are.
    helpers: AtomicU32,
    /// Where helpers sleep.
    home: Arc<Gate<AtomicU32>>,
}

/// Less than this is done before anybody has woken up.
const WORTHWHILE: Duration = Duration::from_micros(30);

impl Pool {
    /// One that nobody helps yet.
    pub fn new() -> Self {
        Self {
            gate: Gate::new(),
            parts: Parts::new(),
            lent: [Lent(None)].into_iter().collect(),
            busy: AtomicBool::new(false),
            wanted: AtomicU32::new(0),
            helpers: AtomicU32::new(0),
            home: Arc::new(Gate::new()),
        }
    }

    /// Where helpers sleep until something is to be done.
    pub fn home(&self) -> &Arc<Gate<AtomicU32>> {
        &self.home
    }

    /// So many helpers come when they are called.
    pub fn set_helpers(&self, helpers: usize) {
        self.helpers.store(to_u32(helpers), Ordering::Relaxed);
    }

    /// What a helper does when the bell has rung.
    pub fn help(&self, index: usize) {
        if index < to_usize(self.wanted.load(Ordering::Relaxed)) {
            self.gate.enter(|| {
                // SAFETY: inside the gate it is not written.
                let Lent(Some(part)) = *(unsafe { self.lent.look(0) }) else { return };
                // SAFETY: it is lent until the gate is empty.
                let part = unsafe { &*part };
                self.gate.assist(&self.parts, |index| part(to_u32(index)));
            });
        }
    }

    fn together(&self, count: u32, part: &(dyn Fn(u32) + Sync)) -> Duration {
        // SAFETY: only the lifetime is another: nobody is inside the gate any more when this returns.
        let lent = unsafe { std::mem::transmute::<*const (dyn Fn(u32) + Sync + '_), *const Part>(part) };
        // SAFETY: the gate is closed, and who has `busy` is here.
        unsafe { *self.lent.at(0) = Lent(Some(lent)) };
        self.parts.set_count(count);
        self.wanted.store((count - 1).min(self.helpers.load(Ordering::Relaxed)), Ordering::Relaxed);
        let (start, mut own, mut took) = (Instant::now(), 0, Duration::ZERO);
        self.gate.lead(
            &self.parts,
            || self.home.ring(),
            |index| {
                part(to_u32(index));
                own += 1;
                took = start.elapsed();
            },
        );
        // SAFETY: as above; who lent it has it back.
        unsafe { *self.lent.at(0) = Lent(None) };
        took / own.max(1)
    }
}

impl Parallel for Pool {
    fn run(&self, count: u32, expected: Duration, part: &(dyn Fn(u32) + Sync)) -> Duration {
        let has_helpers = self.helpers.load(Ordering::Relaxed) > 0;
        let pays = count > 1 && has_helpers && expected.saturating_mul(count) > WORTHWHILE;
        if pays && !self.busy.swap(true, Ordering::Acquire) {
            let took = self.together(count, part);
            self.busy.store(false, Ordering::Release);
            return took;
        }
        let start = Instant::now();
        (0..count).for_each(part);
        start.elapsed() / count.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::*;

    /// A pool with helpers, as a crew keeps them.
    fn with_helpers(helpers: usize, work: impl FnOnce(&Pool)) {
        let pool = Pool::new();
        pool.set_helpers(helpers);
        let home = pool.home().clone();
        let quit = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for index in 0..helpers {
                let (pool, home, quit) = (&pool, &home, &quit);
                scope.spawn(move || {
                    loop {
                        let heard = home.heard();
                        if quit.load(Ordering::SeqCst) {
                            return;
                        }
                        pool.help(index);
                        home.sleep(heard);
                    }
                });
            }
            work(&pool);
            quit.store(true, Ordering::SeqCst);
            home.ring();
        });
    }

    #[test]
    fn every_part_is_done_once_whoever_does_it() {
        with_helpers(3, |pool| {
            for count in [0, 1, 2, 3, 7, 64, 1_000] {
                let done: Vec<AtomicU32> = (0..count).map(|_| AtomicU32::new(0)).collect();
                pool.run(count, Duration::from_secs(1), &|part| {
                    done[to_usize(part)].fetch_add(1, Ordering::Relaxed);
                });
                assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1), "{count}");
            }
        });
    }

    #[test]
    fn parts_that_take_a_while_are_done_by_several() {
        with_helpers(2, |pool| {
            let threads = Mutex::new(BTreeSet::new());
            // They wait for each other, so one thread alone would never be done.
            let barrier = std::sync::Barrier::new(2);
            pool.run(2, Duration::from_secs(1), &|_| {
                barrier.wait();
                threads.lock().unwrap().insert(format!("{:?}", std::thread::current().id()));
            });
            assert_eq!(threads.into_inner().unwrap().len(), 2);
        });
    }

    #[test]
    fn small_parts_and_those_of_a_second_node_are_done_on_the_spot() {
        with_helpers(2, |pool| {
            let here = std::thread::current().id();
            let check = |_| assert_eq!(std::thread::current().id(), here);
            pool.run(8, Duration::from_micros(1), &check);
            pool.busy.store(true, Ordering::SeqCst);
            pool.run(8, Duration::from_secs(1), &check);
            pool.busy.store(false, Ordering::SeqCst);
        });
    }
}
