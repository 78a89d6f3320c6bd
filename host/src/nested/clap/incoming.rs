//! Parameter values on their way from the main thread to an active plugin.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use protocol::ParamId;

/// Values for the next block. The main thread may wait for the audio thread to copy them out; never the other way round.
#[derive(Default)]
pub(super) struct Incoming {
    waiting: AtomicBool,
    values: Mutex<Vec<(ParamId, f64)>>,
}

impl Incoming {
    /// Adds values. Main thread.
    pub(super) fn push(&self, values: &[(ParamId, f64)]) {
        let mut waiting = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(values);
        self.waiting.store(true, Ordering::Release);
    }

    /// Takes the values that no block took. Main thread.
    pub(super) fn take(&self) -> Vec<(ParamId, f64)> {
        let mut waiting = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.store(false, Ordering::Release);
        std::mem::take(&mut waiting)
    }

    /// Hands the values over in order; when the main thread is just adding some, the next block gets them.
    ///
    /// # Real-time
    /// Linear in the values, and nearly free when there are none. Frees nothing.
    #[inline]
    pub(super) fn drain(&self, mut each: impl FnMut(ParamId, f64)) {
        if !self.waiting.load(Ordering::Acquire) {
            return;
        }
        let mut waiting = match self.values.try_lock() {
            Ok(waiting) => waiting,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        self.waiting.store(false, Ordering::Release);
        for (param, value) in waiting.drain(..) {
            each(param, value);
        }
    }
}
