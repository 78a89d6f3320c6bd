//! Parameter values on their way from the main thread to the audio thread: set by us, or moved by hand in the plugin's
//! window.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use vst3::Steinberg::Vst::ParamID;

/// How many edits fit before the list grows, on the main thread.
const ROOM: usize = 64;

/// Something that happened to a parameter. Values are normalized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Edit {
    /// We set it.
    Set(ParamID, f64),
    /// A hand took it.
    Begin(ParamID),
    /// A hand moved it.
    Move(ParamID, f64),
    /// The hand let go.
    End(ParamID),
}

/// What the next block is to hear of. The main thread may wait for the audio thread to copy it out; never the other way
/// round.
pub(super) struct Edits {
    waiting: AtomicBool,
    list: Mutex<Vec<Edit>>,
}

impl Default for Edits {
    fn default() -> Self {
        Self { waiting: AtomicBool::new(false), list: Mutex::new(Vec::with_capacity(ROOM)) }
    }
}

impl Edits {
    /// Adds an edit. Of moves that follow each other the last counts, so that a hand on a control fills no list while
    /// nothing is processed. Main thread.
    pub(super) fn push(&self, edit: Edit) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        match (list.last_mut(), edit) {
            (Some(Edit::Move(last, value)), Edit::Move(param, new))
            | (Some(Edit::Set(last, value)), Edit::Set(param, new))
                if *last == param =>
            {
                *value = new;
            }
            _ => list.push(edit),
        }
        self.waiting.store(true, Ordering::Release);
    }

    /// Takes what no block took. Main thread.
    pub(super) fn take(&self) -> Vec<Edit> {
        if !self.waiting.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.store(false, Ordering::Release);
        std::mem::replace(&mut list, Vec::with_capacity(ROOM))
    }

    /// Hands the edits over in order; when the main thread is just adding some, the next block gets them.
    ///
    /// # Real-time
    /// Linear in the edits, and nearly free when there are none. Frees nothing.
    #[inline]
    pub(super) fn drain(&self, mut each: impl FnMut(Edit)) {
        if !self.waiting.load(Ordering::Acquire) {
            return;
        }
        let mut list = match self.list.try_lock() {
            Ok(list) => list,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        self.waiting.store(false, Ordering::Release);
        for edit in list.drain(..) {
            each(edit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_come_in_order_and_a_long_move_is_its_last_place() {
        let edits = Edits::default();
        let given = [Edit::Begin(1), Edit::Move(1, 0.1), Edit::Move(1, 0.2), Edit::Set(2, 0.3), Edit::End(1)];
        given.into_iter().for_each(|edit| edits.push(edit));
        let mut seen = Vec::new();
        edits.drain(|edit| seen.push(edit));
        assert_eq!(seen, [Edit::Begin(1), Edit::Move(1, 0.2), Edit::Set(2, 0.3), Edit::End(1)]);
        assert!(edits.take().is_empty());
    }
}
