//! A number that threads agree by and can wait on. A trait, so that a model checker can put its own in the place of the
//! machine's.

use std::sync::atomic::{AtomicU32, Ordering};

/// An atomic number, all of whose operations are sequentially consistent: there are few, and none within a task.
pub(crate) trait Word: Send + Sync {
    /// How often somebody who waits looks before sleeping: some tens of microseconds, about what waking up costs.
    const LOOKS: u32;

    /// A word with a value.
    fn new(value: u32) -> Self;
    /// Its value.
    fn get(&self) -> u32;
    /// Gives it a value.
    fn set(&self, value: u32);
    /// Adds to it, wrapping; gives what it was.
    fn add(&self, value: u32) -> u32;
    /// Sets bits; gives what it was.
    fn or(&self, bits: u32) -> u32;
    /// Clears bits; gives what it was.
    fn clear(&self, bits: u32) -> u32;
    /// Gives it a value if it has another; otherwise says which it has.
    fn change(&self, from: u32, to: u32) -> Result<(), u32>;
    /// Sleeps while it has this value, until it is woken, or for no reason at all.
    fn wait(&self, value: u32);
    /// Wakes all who sleep.
    fn wake(&self);
    /// Passes some time.
    fn pause();
}

impl Word for AtomicU32 {
    // With a tenth of it, which is less than the last task of a round takes, short blocks lose a fifth of their time to
    // waking up (`cargo bench -p loophole-host --bench engine -- scale`).
    const LOOKS: u32 = 1_000;

    fn new(value: u32) -> Self {
        Self::new(value)
    }

    #[inline]
    fn get(&self) -> u32 {
        self.load(Ordering::SeqCst)
    }

    #[inline]
    fn set(&self, value: u32) {
        self.store(value, Ordering::SeqCst);
    }

    #[inline]
    fn add(&self, value: u32) -> u32 {
        self.fetch_add(value, Ordering::SeqCst)
    }

    #[inline]
    fn or(&self, bits: u32) -> u32 {
        self.fetch_or(bits, Ordering::SeqCst)
    }

    #[inline]
    fn clear(&self, bits: u32) -> u32 {
        self.fetch_and(!bits, Ordering::SeqCst)
    }

    #[inline]
    fn change(&self, from: u32, to: u32) -> Result<(), u32> {
        self.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).map(drop)
    }

    // A function of its own on the stack, by which RealtimeSanitizer knows the one call of the system that is
    // meant; what comes after that call keeps it there.
    #[inline(never)]
    fn wait(&self, value: u32) {
        atomic_wait::wait(self, value);
        std::hint::black_box(self);
    }

    #[inline(never)]
    fn wake(&self) {
        atomic_wait::wake_all(self);
        std::hint::black_box(self);
    }

    #[inline]
    fn pause() {
        std::hint::spin_loop();
    }
}
