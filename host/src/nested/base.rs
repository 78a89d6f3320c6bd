//! What our side of a plugin instance is in every format.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use protocol::control::LogLevel;

use super::log_queue::LogQueue;
use super::requests::{Request, Requests};
use super::threads::Threads;

/// An activation that takes longer is told to the user.
const SLOW: Duration = Duration::from_secs(1);

/// The part of what a plugin may reach of us, from any thread, that is the same in all formats.
#[derive(Default)]
pub(in crate::nested) struct HostBase {
    pub(in crate::nested) threads: Threads,
    pub(in crate::nested) requests: Requests,
    pub(in crate::nested) log: LogQueue,
    /// Frames; written on the main thread.
    pub(in crate::nested) latency: AtomicI64,
    /// The window size it asked for last, width in the low half.
    pub(in crate::nested) window_size: AtomicU64,
    /// Whether the main thread is just activating it.
    activating: AtomicBool,
    /// Whether its window is open. Somebody may play or listen there, which not all formats have a word for.
    pub(in crate::nested) window_open: AtomicBool,
    /// The calls from wrong threads that were told, by where their names are.
    told: [AtomicUsize; MOST_TOLD],
}

/// More calls than this are told every time.
const MOST_TOLD: usize = 32;

impl HostBase {
    /// Whether the caller is allowed to make a main-thread call; tells the user if not.
    pub(in crate::nested) fn check_main_thread(&self, call: &'static str) -> bool {
        self.check(self.threads.is_main(), call)
    }

    /// As [`check_main_thread`](Self::check_main_thread), for calls that only the audio thread must not make.
    pub(in crate::nested) fn check_not_audio_thread(&self, call: &'static str) -> bool {
        self.check(!self.threads.is_audio(), call)
    }

    fn check(&self, allowed: bool, call: &'static str) -> bool {
        // Some call in every block.
        if !allowed && !self.was_told(call) {
            self.log
                .push_parts(LogLevel::Warning, &["the plugin called ", call, " from a thread that must not"]);
        }
        allowed
    }

    /// It wants to be restarted. What it asks for from within its activation is done by that; what another thread of it asks for
    /// meanwhile is not. Wait-free.
    pub(in crate::nested) fn want_restart(&self) {
        if !(self.activating.load(Ordering::Relaxed) && self.threads.is_main()) {
            self.requests.raise(Request::Restart);
        }
    }

    /// Activates it, which is what it may have asked for before. Main thread.
    pub(in crate::nested) fn activate<T>(&self, activate: impl FnOnce() -> T) -> T {
        self.requests.take(Request::Restart);
        self.activating.store(true, Ordering::Relaxed);
        let result = activate();
        self.activating.store(false, Ordering::Relaxed);
        result
    }

    /// Whether a call was told before; it is now. Wait-free.
    fn was_told(&self, call: &'static str) -> bool {
        let name = call.as_ptr().addr();
        for told in &self.told {
            match told.compare_exchange(0, name, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return false,
                Err(known) if known == name => return true,
                Err(_) => {}
            }
        }
        false
    }

    /// Tells the user of an activation that took long: everything waits for it. Main thread.
    pub(in crate::nested) fn tell_activated(&self, took: Duration) {
        if took > SLOW {
            let took = format!("{:.1}", took.as_secs_f64());
            self.log.push_parts(LogLevel::Warning, &["it took ", &took, " s to be activated"]);
        }
    }

    pub(in crate::nested) fn latency_frames(&self) -> i64 {
        self.latency.load(Ordering::Relaxed)
    }
}
