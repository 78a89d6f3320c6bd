//! How urgent a thread is to the system. Helpers are as urgent as the audio thread, or do not help: it would wait for
//! somebody who waits for everybody else.
#![cfg_attr(
    all(target_os = "linux", not(miri)),
    expect(unsafe_code, reason = "the system's interface is in C")
)]

use std::sync::atomic::{AtomicU64, Ordering};

/// The scheduling policy and priority of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rank {
    policy: i32,
    priority: i32,
}

#[cfg(all(target_os = "linux", not(miri)))]
impl Rank {
    /// That of this thread; `None` where the system does not say.
    pub fn current() -> Option<Self> {
        let mut param = libc::sched_param { sched_priority: 0 };
        // SAFETY: 0 is the calling thread, and the parameter lives during the call.
        let (policy, failed) =
            unsafe { (libc::sched_getscheduler(0), libc::sched_getparam(0, &raw mut param)) };
        (policy >= 0 && failed == 0)
            .then_some(Self { policy: policy & !libc::SCHED_RESET_ON_FORK, priority: param.sched_priority })
    }

    /// Makes it that of this thread. Returns whether that is allowed.
    fn adopt(self) -> bool {
        let param = libc::sched_param { sched_priority: self.priority };
        // SAFETY: 0 is the calling thread, and the parameter lives during the call.
        unsafe { libc::sched_setscheduler(0, self.policy, &raw const param) == 0 }
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
impl Rank {
    /// That of this thread; `None` where the system does not say.
    pub fn current() -> Option<Self> {
        None
    }

    fn adopt(self) -> bool {
        let _ = self;
        false
    }
}

/// The rank of the audio thread, for its helpers.
#[derive(Default)]
pub(super) struct SharedRank(AtomicU64);

/// Set when there is a rank.
const KNOWN: u64 = 1 << 63;

impl SharedRank {
    /// Tells the rank of this thread. Returns whether it is news.
    pub fn publish(&self) -> bool {
        let Some(Rank { policy, priority }) = Rank::current() else { return false };
        let (policy, priority) = (policy.unsigned_abs() & 0xFFFF, priority.unsigned_abs());
        let bits = KNOWN | u64::from(policy) << 32 | u64::from(priority);
        self.0.swap(bits, Ordering::Relaxed) != bits
    }

    /// Takes the rank that was told, if it is another than this thread's. Returns whether it has it.
    pub fn follow(&self, own: &mut Option<Rank>) -> bool {
        let bits = self.0.load(Ordering::Relaxed);
        if bits & KNOWN == 0 {
            return true;
        }
        let part = |bits: u64| i32::try_from(bits).unwrap_or(0);
        let wanted = Rank { policy: part(bits >> 32 & 0xFFFF), priority: part(bits & 0xFFFF_FFFF) };
        if *own != Some(wanted) && wanted.adopt() {
            *own = Some(wanted);
        }
        *own == Some(wanted)
    }
}

#[cfg(all(test, target_os = "linux", not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn a_helper_has_the_rank_of_the_audio_thread() {
        let shared = SharedRank::default();
        assert!(shared.publish());
        assert!(!shared.publish(), "no news");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut own = None;
                assert!(shared.follow(&mut own), "the same as its own");
                assert_eq!(own, Rank::current());
            });
        });
    }
}
