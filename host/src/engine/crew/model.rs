//! Every order in which two threads, or three, can go through a round, by a model checker.
#![expect(unsafe_code, reason = "the cells whose use is checked are unsafe to use")]

use std::sync::atomic::Ordering;

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Condvar, Mutex};

use super::gate::Gate;
use super::parts::Parts;
use super::round::Round;
use super::word::Word;

/// A word of the model: waiting is what a futex does.
struct Modelled {
    value: loom::sync::atomic::AtomicU32,
    sleepers: Mutex<()>,
    woken: Condvar,
}

impl Word for Modelled {
    const LOOKS: u32 = 0;

    fn new(value: u32) -> Self {
        let value = loom::sync::atomic::AtomicU32::new(value);
        Self { value, sleepers: Mutex::new(()), woken: Condvar::new() }
    }
    fn get(&self) -> u32 {
        self.value.load(Ordering::SeqCst)
    }
    fn set(&self, value: u32) {
        self.value.store(value, Ordering::SeqCst);
    }
    fn add(&self, value: u32) -> u32 {
        self.value.fetch_add(value, Ordering::SeqCst)
    }
    fn or(&self, bits: u32) -> u32 {
        self.value.fetch_or(bits, Ordering::SeqCst)
    }
    fn clear(&self, bits: u32) -> u32 {
        self.value.fetch_and(!bits, Ordering::SeqCst)
    }
    fn change(&self, from: u32, to: u32) -> Result<(), u32> {
        self.value.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).map(drop)
    }
    fn wait(&self, value: u32) {
        let sleepers = self.sleepers.lock().unwrap();
        if self.value.load(Ordering::SeqCst) == value {
            drop(self.woken.wait(sleepers).unwrap());
        }
    }
    fn wake(&self) {
        let _sleepers = self.sleepers.lock().unwrap();
        self.woken.notify_all();
    }
    fn pause() {
        loom::thread::yield_now();
    }
}

/// What tasks work on: the job of a round, which only exists while it is on, and a buffer for each task.
struct Shared {
    gate: Gate<Modelled>,
    round: Round<Modelled>,
    job: UnsafeCell<u32>,
    buffers: Vec<UnsafeCell<u32>>,
    quit: Modelled,
}

// SAFETY: the cells are checked by the model.
unsafe impl Sync for Shared {}

/// Each task adds up the buffers it waits for, and the number of the round.
fn task(shared: &Shared, after: &[Vec<usize>], task: usize) {
    // SAFETY: the model checks that nobody writes meanwhile.
    let job = shared.job.with(|job| unsafe { *job });
    // SAFETY: likewise.
    let sum: u32 =
        after[task].iter().map(|&before| shared.buffers[before].with(|buffer| unsafe { *buffer })).sum();
    // SAFETY: the model checks that nobody else uses it meanwhile.
    shared.buffers[task].with_mut(|buffer| unsafe { *buffer = sum + job });
}

fn check(after: &[&[usize]], expected: u32, rounds: u32) {
    check_with(1, 2, after, expected, rounds);
}

/// With so many helpers, each thread interrupted at most `preemptions` times where it need not be.
fn check_with(helpers: usize, preemptions: usize, after: &[&[usize]], expected: u32, rounds: u32) {
    let after: Vec<Vec<usize>> = after.iter().map(|after| after.to_vec()).collect();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(move || {
        let shared = Arc::new(Shared {
            gate: Gate::new(),
            round: Round::new(after.iter().map(Vec::as_slice)),
            job: UnsafeCell::new(0),
            buffers: after.iter().map(|_| UnsafeCell::new(0)).collect(),
            quit: Modelled::new(0),
        });
        let helper = || {
            let (shared, after) = (shared.clone(), after.clone());
            loom::thread::spawn(move || {
                loop {
                    let heard = shared.gate.heard();
                    if shared.quit.get() == 1 {
                        return;
                    }
                    shared
                        .gate
                        .enter(|| shared.gate.assist(&shared.round, |index| task(&shared, &after, index)));
                    shared.gate.sleep(heard);
                }
            })
        };
        let helpers: Vec<_> = (0..helpers).map(|_| helper()).collect();
        for number in 1..=rounds {
            // SAFETY: nobody is inside the gate; the model checks it.
            shared.job.with_mut(|job| unsafe { *job = number });
            shared.gate.lead(&shared.round, || shared.gate.ring(), |index| task(&shared, &after, index));
            // SAFETY: likewise.
            let last = shared.buffers.last().unwrap().with(|buffer| unsafe { *buffer });
            assert_eq!(last, expected * number);
            // SAFETY: likewise.
            shared.job.with_mut(|job| unsafe { *job = 0 });
        }
        shared.quit.set(1);
        shared.gate.ring();
        helpers.into_iter().for_each(|helper| helper.join().unwrap());
    });
}

#[test]
fn two_tasks_and_their_sum_run_in_order_in_every_interleaving() {
    check(&[&[], &[], &[0, 1]], 3, 1);
}

#[test]
fn what_one_task_sets_free_is_seen_by_who_sleeps() {
    check(&[&[], &[0], &[0], &[1, 2]], 5, 1);
}

#[test]
fn nobody_is_left_in_a_round_when_the_next_begins() {
    check(&[&[], &[]], 1, 2);
}

#[test]
fn two_helpers_and_who_leads_do_each_task_once() {
    check_with(2, 1, &[&[], &[]], 1, 1);
}

#[test]
fn what_is_set_free_reaches_two_helpers_in_order() {
    check_with(2, 1, &[&[], &[], &[0, 1]], 3, 1);
}

/// What parts work on: something lent, which only exists while they are done, and a place for each.
struct Lending {
    home: Gate<Modelled>,
    gate: Gate<Modelled>,
    parts: Parts<Modelled>,
    lent: UnsafeCell<u32>,
    places: Vec<UnsafeCell<u32>>,
    quit: Modelled,
}

// SAFETY: the cells are checked by the model.
unsafe impl Sync for Lending {}

fn do_part(lending: &Lending, part: usize) {
    // SAFETY: the model checks that nobody writes meanwhile.
    let lent = lending.lent.with(|lent| unsafe { *lent });
    // SAFETY: the model checks that nobody else uses it meanwhile.
    lending.places[part].with_mut(|place| unsafe { *place += lent });
}

#[test]
fn parts_are_done_once_and_what_is_lent_comes_back() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let lending = Arc::new(Lending {
            home: Gate::new(),
            gate: Gate::new(),
            parts: Parts::new(),
            lent: UnsafeCell::new(0),
            places: (0..2).map(|_| UnsafeCell::new(0)).collect(),
            quit: Modelled::new(0),
        });
        let helping = lending.clone();
        let helper = loom::thread::spawn(move || {
            loop {
                let heard = helping.home.heard();
                if helping.quit.get() == 1 {
                    return;
                }
                helping.gate.enter(|| helping.gate.assist(&helping.parts, |part| do_part(&helping, part)));
                helping.home.sleep(heard);
            }
        });
        // SAFETY: nobody is inside the gate; the model checks it.
        lending.lent.with_mut(|lent| unsafe { *lent = 7 });
        lending.parts.set_count(2);
        lending.gate.lead(&lending.parts, || lending.home.ring(), |part| do_part(&lending, part));
        // SAFETY: likewise.
        lending.lent.with_mut(|lent| unsafe { *lent = 0 });
        for place in &lending.places {
            // SAFETY: likewise.
            assert_eq!(place.with(|place| unsafe { *place }), 7);
        }
        lending.quit.set(1);
        lending.home.ring();
        helper.join().unwrap();
    });
}
