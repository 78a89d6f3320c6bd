//! Parameter values on their way to the audio thread: set by us, or moved by hand in the plugin's window, which some plugins
//! serve on a thread of their own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use vst3::Steinberg::Vst::ParamID;

/// How many edits fit before the list grows, never on the audio thread.
const ROOM: usize = 64;
/// How much of what hands did a block tells: a preset that is loaded in a plugin's window may move thousands of parameters,
/// and a block's events have less room.
const TOLD: usize = 256;
/// More edits than this wait for no block: a plugin that invents parameters is not heard any more.
const MOST: usize = 16_384;

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
    /// The component moved it by itself.
    Own(ParamID, f64),
}

impl Edit {
    /// Whether both do the same to the same parameter.
    fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Set(a, _), Self::Set(b, _))
            | (Self::Begin(a), Self::Begin(b))
            | (Self::Move(a, _), Self::Move(b, _))
            | (Self::Own(a, _), Self::Own(b, _))
            | (Self::End(a), Self::End(b)) => a == b,
            _ => false,
        }
    }

    /// The parameter and its value, if this gives it one that the component does not have.
    pub(super) const fn value(self) -> Option<(ParamID, f64)> {
        match self {
            Self::Set(id, norm) | Self::Move(id, norm) => Some((id, norm)),
            Self::Begin(_) | Self::End(_) | Self::Own(..) => None,
        }
    }
}

/// What the next block is to hear of. Other threads may wait for the audio thread to copy it out; never the other way
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
    /// Adds an edit; `false` if there are too many. Of several of one kind for a parameter the last counts, so that a hand on
    /// a control fills no list while nothing is processed. Any thread but the audio thread.
    pub(super) fn push(&self, edit: Edit) -> bool {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = list.iter().rposition(|known| known.is_like(edit)) {
            list.remove(earlier);
        }
        let has_room = list.len() < MOST;
        if has_room {
            list.push(edit);
        }
        self.waiting.store(true, Ordering::Release);
        has_room
    }

    /// Adds an edit on the audio thread; `false` if there is no room, or another thread is just adding one.
    ///
    /// # Real-time
    /// Linear in the edits. Neither allocates nor waits.
    pub(super) fn push_at_once(&self, edit: Edit) -> bool {
        let mut list = match self.list.try_lock() {
            Ok(list) => list,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if let Some(earlier) = list.iter().rposition(|known| known.is_like(edit)) {
            list.remove(earlier);
        }
        let has_room = list.len() < list.capacity();
        if has_room {
            list.push(edit);
        }
        self.waiting.store(true, Ordering::Release);
        has_room
    }

    /// The values that no block has taken. Main thread.
    pub(super) fn values(&self) -> Vec<(ParamID, f64)> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().filter_map(|edit| edit.value()).collect()
    }

    /// Forgets the values that no block has taken; what hands began and ended stays. Main thread.
    pub(super) fn forget_values(&self) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|edit| matches!(edit, Edit::Begin(_) | Edit::End(_)));
    }

    /// Takes what no block took. Main thread.
    pub(super) fn take(&self) -> Vec<Edit> {
        if !self.has_any() {
            return Vec::new();
        }
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.store(false, Ordering::Release);
        std::mem::replace(&mut list, Vec::with_capacity(ROOM))
    }

    /// Whether there are any.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// Hands the edits over in order; when the main thread is just adding some, the next block gets them. All values are for
    /// this block; of what is to be told, some may be for the next ones.
    ///
    /// # Real-time
    /// Linear in the edits, and nearly free when there are none. Frees nothing.
    #[inline]
    pub(super) fn drain(&self, mut each: impl FnMut(Edit)) {
        if !self.has_any() {
            return;
        }
        let mut list = match self.list.try_lock() {
            Ok(list) => list,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let mut room = TOLD;
        list.retain_mut(|edit| {
            if matches!(edit, Edit::Set(..)) {
                each(*edit);
                return false;
            }
            if room > 0 {
                room -= 1;
                each(*edit);
                return false;
            }
            if let Edit::Move(id, norm) = *edit {
                each(Edit::Set(id, norm));
                *edit = Edit::Own(id, norm);
            }
            true
        });
        self.waiting.store(!list.is_empty(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_come_in_order_and_a_long_move_is_its_last_place() {
        let edits = Edits::default();
        let given = [Edit::Begin(1), Edit::Move(1, 0.1), Edit::Move(1, 0.2), Edit::Set(2, 0.3), Edit::End(1)];
        assert!(given.into_iter().all(|edit| edits.push(edit)));
        let mut seen = Vec::new();
        edits.drain(|edit| seen.push(edit));
        assert_eq!(seen, [Edit::Begin(1), Edit::Move(1, 0.2), Edit::Set(2, 0.3), Edit::End(1)]);
        assert!(edits.take().is_empty());
    }

    #[test]
    fn what_no_block_takes_does_not_pile_up() {
        let edits = Edits::default();
        for round in 0..1_000 {
            for id in [1, 2] {
                edits.push(Edit::Set(id, f64::from(round)));
                edits.push(Edit::Begin(id));
                edits.push(Edit::Move(id, 0.5));
                edits.push(Edit::End(id));
            }
        }
        assert_eq!(edits.values(), [(1, 999.0), (1, 0.5), (2, 999.0), (2, 0.5)]);
        edits.forget_values();
        assert_eq!(edits.take(), [Edit::Begin(1), Edit::End(1), Edit::Begin(2), Edit::End(2)]);
    }

    #[test]
    fn a_preset_of_thousands_is_heard_at_once_and_told_bit_by_bit() {
        let edits = Edits::default();
        assert!((0..3_000).all(|id| edits.push(Edit::Move(id, 0.5))));
        let (mut heard, mut told, mut blocks) = (Vec::new(), Vec::new(), 0);
        while edits.has_any() {
            let before = told.len();
            edits.drain(|edit| {
                if let Edit::Set(id, _) | Edit::Move(id, _) = edit {
                    heard.push((id, blocks));
                }
                if let Edit::Own(id, _) | Edit::Move(id, _) = edit {
                    told.push(id);
                }
            });
            assert!(told.len() - before <= TOLD);
            blocks += 1;
        }
        assert!(heard.into_iter().eq((0..3_000).map(|id| (id, 0))));
        assert!(told.into_iter().eq(0..3_000));
    }

    #[test]
    fn the_audio_thread_never_grows_the_list() {
        let edits = Edits::default();
        let heard = assert_no_alloc::assert_no_alloc(|| {
            (0..1_000).filter(|id| edits.push_at_once(Edit::Own(*id, 0.5))).count()
        });
        assert_eq!(heard, ROOM);
        assert!(edits.values().is_empty(), "the component has them");
        edits.forget_values();
        assert!(edits.take().is_empty());
    }

    #[test]
    fn a_plugin_that_invents_parameters_is_cut_off() {
        let edits = Edits::default();
        let heard = (0..20_000).filter(|id| edits.push(Edit::Begin(*id))).count();
        assert_eq!(heard, MOST);
    }
}
