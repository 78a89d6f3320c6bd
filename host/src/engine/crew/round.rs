//! The tasks of a schedule in one run: which can begin, which are taken, how many are left.

use super::gate::Work;
use super::word::Word;
use crate::math::{to_u32, to_usize};

/// Tasks that threads take and finish. Every task is taken once in a round, after all that it waits for are finished.
pub(crate) struct Round<W> {
    /// How many tasks each waits for.
    waits: Box<[u32]>,
    /// The tasks that wait for each.
    next: Box<[Box<[u32]>]>,
    /// How many tasks each still waits for, or [`TAKEN`].
    states: Box<[W]>,
    /// All before this one are taken.
    first: W,
    left: W,
}

/// What comes of the end of a task.
pub(crate) struct Finished {
    /// How many tasks can begin because of it.
    pub ready: usize,
    /// Whether no task is left.
    pub is_last: bool,
}

const TAKEN: u32 = u32::MAX;

impl<W: Word> Round<W> {
    /// A round over tasks, each given by those that it waits for, which come before it.
    pub fn new<'a>(tasks: impl IntoIterator<Item = &'a [usize]>) -> Self {
        let (mut waits, mut next) = (Vec::new(), Vec::<Vec<u32>>::new());
        for (task, after) in tasks.into_iter().enumerate() {
            waits.push(to_u32(after.len()));
            next.push(Vec::new());
            after.iter().for_each(|&before| next[before].push(to_u32(task)));
        }
        Self {
            states: waits.iter().map(|_| W::new(TAKEN)).collect(),
            waits: waits.into(),
            next: next.into_iter().map(Vec::into_boxed_slice).collect(),
            first: W::new(0),
            left: W::new(0),
        }
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// The tasks that wait for one.
    pub fn next_of(&self, task: usize) -> &[u32] {
        &self.next[task]
    }
}

impl<W: Word> Work for Round<W> {
    fn begin(&self) {
        self.states.iter().zip(&self.waits).for_each(|(state, &waits)| state.set(waits));
        self.first.set(0);
        self.left.set(to_u32(self.len()));
    }

    /// The first of those that can begin.
    fn take(&self) -> Option<usize> {
        let first = self.first.get();
        let mut taken_up_to = first;
        let mut found = None;
        for (task, state) in (first..).zip(&self.states[to_usize(first)..]) {
            match state.get() {
                0 if state.change(0, TAKEN).is_ok() => found = Some(task),
                TAKEN => {}
                _ => continue,
            }
            if taken_up_to == task {
                taken_up_to += 1;
            }
            if found.is_some() {
                break;
            }
        }
        if taken_up_to != first {
            // Somebody else may have got further; then that is right as well.
            let _ = self.first.change(first, taken_up_to);
        }
        found.map(to_usize)
    }

    fn finish(&self, task: usize) -> Finished {
        let ready = |&&next: &&u32| self.states[to_usize(next)].add(u32::MAX) == 1;
        let ready = self.next[task].iter().filter(ready).count();
        Finished { ready, is_last: self.left.add(u32::MAX) == 1 }
    }

    fn is_over(&self) -> bool {
        self.left.get() == 0
    }
}
