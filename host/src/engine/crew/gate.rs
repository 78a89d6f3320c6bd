//! How threads come to a round and go from it.

use super::round::Finished;
use super::word::Word;

/// Lets helpers in while a round is on. When the audio thread has closed it, nobody is inside, so that what they worked
/// on may go.
pub(crate) struct Gate<W> {
    /// Whether it is open, whether somebody waits for it to be empty, and how many helpers are inside.
    state: W,
    /// Counts the reasons to look again.
    bell: W,
    /// How many wait for the bell.
    asleep: W,
}

const OPEN: u32 = 1 << 31;
const AWAITED: u32 = 1 << 30;

/// Tasks that are done inside.
pub(crate) trait Work {
    /// Begins anew. Nobody may be at work.
    fn begin(&self);
    /// Takes a task that can begin; `None` if there is none for now.
    fn take(&self) -> Option<usize>;
    /// A task is done.
    fn finish(&self, task: usize) -> Finished;
    /// Whether all tasks are done.
    fn is_over(&self) -> bool;
}

impl<W: Word> Gate<W> {
    pub fn new() -> Self {
        Self { state: W::new(0), bell: W::new(0), asleep: W::new(0) }
    }

    /// Does something inside, if the gate is open.
    pub fn enter(&self, work: impl FnOnce()) {
        let mut state = self.state.get();
        while state & OPEN != 0 {
            match self.state.change(state, state + 1) {
                Ok(()) => {
                    work();
                    if self.state.add(u32::MAX) == AWAITED | 1 {
                        self.state.wake();
                    }
                    return;
                }
                Err(now) => state = now,
            }
        }
    }

    /// Helps with a round, from inside, as far as there is something to do; `run` does a task.
    pub fn assist(&self, round: &impl Work, run: impl FnMut(usize)) {
        if self.work(round, run) {
            // Whoever leads may wait for that.
            self.ring();
        }
    }

    /// Runs a round with the help of others, who are called; `run` does a task. Returns when all tasks are done and nobody is
    /// inside.
    pub fn lead(&self, round: &impl Work, call: impl FnOnce(), mut run: impl FnMut(usize)) {
        round.begin();
        self.state.set(OPEN);
        // Whatever happens, nobody is inside when what they work on goes.
        let _open = Open(self);
        call();
        loop {
            let heard = self.bell.get();
            self.work(round, &mut run);
            if round.is_over() {
                return;
            }
            self.sleep(heard);
        }
    }

    /// Does tasks as long as there is one that can begin. Returns whether it did the last of all.
    fn work(&self, round: &impl Work, mut run: impl FnMut(usize)) -> bool {
        let mut did_last = false;
        while let Some(task) = round.take() {
            run(task);
            let finished = round.finish(task);
            did_last |= finished.is_last;
            // One of those that can begin is for who goes on here.
            if finished.ready > 1 {
                self.ring();
            }
        }
        did_last
    }

    /// A reason to look again: tasks can begin, the last is done, or something else is new.
    pub fn ring(&self) {
        self.bell.add(1);
        // Added to, not only read: so either this sees who sleeps, or they see that it rang.
        if self.asleep.add(0) > 0 {
            self.bell.wake();
        }
    }

    /// How often the bell has rung so far. To be asked before looking for work.
    pub fn heard(&self) -> u32 {
        self.bell.get()
    }

    /// Waits for the bell to ring again.
    pub fn sleep(&self, heard: u32) {
        for _ in 0..W::LOOKS {
            if self.bell.get() != heard {
                return;
            }
            W::pause();
        }
        self.asleep.add(1);
        // It may have rung before it was known that somebody sleeps; then the value differs, and this returns.
        self.bell.wait(heard);
        self.asleep.add(u32::MAX);
    }

    fn close(&self) {
        self.state.clear(OPEN);
        for _ in 0..W::LOOKS {
            if self.state.get() == 0 {
                return;
            }
            W::pause();
        }
        let mut state = self.state.or(AWAITED) | AWAITED;
        while state != AWAITED {
            self.state.wait(state);
            state = self.state.get();
        }
        self.state.set(0);
    }
}

/// An open gate, closed when dropped.
struct Open<'a, W: Word>(&'a Gate<W>);

impl<W: Word> Drop for Open<'_, W> {
    fn drop(&mut self) {
        self.0.close();
    }
}
