//! `clap.timer-support`: periodic calls on the main thread.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clack_extensions::timer::{HostTimerImpl, PluginTimer, TimerId};
use clack_host::prelude::*;

use super::host::{HostState, MainThread};

/// The shortest period a plugin gets, in milliseconds; the standard lets the host choose.
const MIN_PERIOD_MS: u32 = 10;

/// The timers of an instance.
#[derive(Default)]
pub(super) struct Timers(Mutex<Registered>);

#[derive(Default)]
struct Registered {
    timers: Vec<Timer>,
    next_id: u32,
}

struct Timer {
    id: TimerId,
    period: Duration,
    due: Instant,
}

impl Timers {
    /// The timers that are due now; each is set to its next time. A late timer fires once, not often.
    fn take_due(&self, now: Instant) -> Vec<TimerId> {
        let mut registered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = registered.timers.iter_mut().filter(|timer| timer.due <= now);
        due.map(|timer| {
            timer.due = (timer.due + timer.period).max(now);
            timer.id
        })
        .collect()
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        let registered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        registered.timers.iter().map(|timer| timer.due).min()
    }

    fn is_registered(&self, id: TimerId) -> bool {
        let registered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        registered.timers.iter().any(|timer| timer.id == id)
    }
}

/// Calls the timers that are due. Main thread.
pub(super) fn run_due(plugin: &PluginMainThreadHandle<'_>, host: &HostState) {
    let due = host.timers.take_due(Instant::now());
    let Some(timer) = (if due.is_empty() { None } else { plugin.get_extension::<PluginTimer>() }) else {
        return;
    };
    for id in due {
        // A timer before this one may have ended it.
        if host.timers.is_registered(id) {
            timer.on_timer(plugin, id);
        }
    }
}

impl HostTimerImpl for MainThread {
    fn register_timer(&self, period_ms: u32) -> Result<TimerId, HostError> {
        if !self.0.check_main_thread("timer_support.register_timer") {
            return Err(HostError::Message("timers are registered on the main thread"));
        }
        let mut registered = self.0.timers.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = TimerId(registered.next_id);
        registered.next_id = registered.next_id.wrapping_add(1);
        let period = Duration::from_millis(period_ms.max(MIN_PERIOD_MS).into());
        registered.timers.push(Timer { id, period, due: Instant::now() + period });
        Ok(id)
    }

    fn unregister_timer(&self, id: TimerId) -> Result<(), HostError> {
        if !self.0.check_main_thread("timer_support.unregister_timer") {
            return Err(HostError::Message("timers are unregistered on the main thread"));
        }
        let mut registered = self.0.timers.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = registered.timers.len();
        registered.timers.retain(|timer| timer.id != id);
        if registered.timers.len() < before { Ok(()) } else { Err(HostError::Message("no such timer")) }
    }
}
