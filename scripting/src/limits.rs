//! What a script may use, and the meter that holds it to that.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What one run of a script may use. The defaults suit a macro that a person waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lua virtual machine instructions. Library functions that work in bulk are charged for the bulk.
    pub instructions: u64,
    /// Time on the wall, without what the host spends on the script's behalf (rendering to measure, say).
    pub time: Duration,
    /// Bytes the Lua state may hold; also bounds the edits a script collects.
    pub memory: usize,
    /// Lines of log that are kept; later ones are counted and dropped.
    pub log_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { instructions: 400_000_000, time: Duration::from_secs(10), memory: 64 << 20, log_lines: 2_000 }
    }
}

/// Why a script was ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// It executed more than [`Limits::instructions`].
    Instructions(u64),
    /// It ran longer than [`Limits::time`].
    Time(Duration),
    /// It wanted more than [`Limits::memory`] bytes.
    Memory(usize),
    /// Somebody stopped it.
    Cancelled,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instructions(budget) => write!(f, "used up its budget of {budget} instructions"),
            Self::Time(time) => write!(f, "ran longer than {} s", time.as_secs_f64()),
            Self::Memory(bytes) => write!(f, "wanted more than {} MiB of memory", bytes >> 20),
            Self::Cancelled => write!(f, "was stopped"),
        }
    }
}

/// Ends a script from another thread, within a few hundred instructions.
#[derive(Clone, Debug, Default)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// Asks the script to end. What it did is discarded.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The error that unwinds a script whose limit is reached: which limit, and where the script was.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{place}the script {limit}")]
pub(crate) struct Tripped {
    pub(crate) limit: Limit,
    /// `script:line: `, or empty.
    pub(crate) place: String,
}

/// Counts what one script uses. Once a limit is reached it stays reached: nothing in the script resets it.
pub(crate) struct Budget {
    limits: Limits,
    cancel: CancelHandle,
    spent: Cell<u64>,
    deadline: Cell<Instant>,
    tripped: RefCell<Option<Tripped>>,
}

impl Budget {
    pub(crate) fn new(limits: Limits, cancel: CancelHandle) -> Self {
        let deadline = Cell::new(Instant::now() + limits.time);
        Self { limits, cancel, spent: Cell::new(0), deadline, tripped: RefCell::new(None) }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn spent(&self) -> u64 {
        self.spent.get()
    }

    pub(crate) fn cancel_handle(&self) -> &CancelHandle {
        &self.cancel
    }

    /// The limit that was reached, if any.
    pub(crate) fn tripped(&self) -> Option<Tripped> {
        self.tripped.borrow().clone()
    }

    /// Accounts for `instructions` and checks every limit but memory, which the allocator checks.
    pub(crate) fn charge(&self, instructions: u64) -> Result<(), Tripped> {
        if let Some(tripped) = self.tripped() {
            return Err(tripped);
        }
        let spent = self.spent.get().saturating_add(instructions);
        self.spent.set(spent);
        if self.cancel.is_cancelled() {
            Err(self.trip(Limit::Cancelled))
        } else if spent > self.limits.instructions {
            Err(self.trip(Limit::Instructions(self.limits.instructions)))
        } else if Instant::now() > self.deadline.get() {
            Err(self.trip(Limit::Time(self.limits.time)))
        } else {
            Ok(())
        }
    }

    /// Marks a limit as reached; the first one counts.
    pub(crate) fn trip(&self, limit: Limit) -> Tripped {
        self.tripped.borrow_mut().get_or_insert(Tripped { limit, place: String::new() }).clone()
    }

    /// Says where the script was when it tripped, once.
    pub(crate) fn place(&self, place: String) {
        if let Some(tripped) = self.tripped.borrow_mut().as_mut().filter(|t| t.place.is_empty()) {
            tripped.place = place;
        }
    }

    /// Runs `work` of the host with the script's clock stopped.
    pub(crate) fn off_the_clock<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.deadline.set(self.deadline.get() + start.elapsed());
        result
    }
}
