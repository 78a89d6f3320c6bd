//! `Linux::IRunLoop`: timers and file descriptors that a plugin wants served on the main thread.
//!
//! Only plugins for X11 and Wayland use it; elsewhere the system has a run loop of its own, and this one stays empty.
#![expect(unsafe_code, reason = "handlers are raw pointers")]

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use vst3::Steinberg::Linux::{
    IEventHandler, IEventHandlerTrait as _, IRunLoopTrait, ITimerHandler, ITimerHandlerTrait as _,
};
use vst3::Steinberg::{kInvalidArgument, kResultFalse, kResultOk, tresult};
use vst3::{ComPtr, ComRef};

use super::frame::Frame;
use super::host::{Application, HostState};

/// The shortest period a timer gets.
const MIN_PERIOD: Duration = Duration::from_millis(10);
/// More handlers of one kind than this are a mistake of the plugin.
const MAX_HANDLERS: usize = 1_024;

/// What a plugin wants served.
#[derive(Default)]
pub(super) struct RunLoop(Mutex<Registered>);

#[derive(Default)]
struct Registered {
    fds: Vec<Watched>,
    timers: Vec<Timer>,
    /// Whether the plugin is being ended, and nothing is registered any more.
    closed: bool,
}

#[derive(Clone)]
struct Watched {
    fd: i32,
    handler: ComPtr<IEventHandler>,
}

struct Timer {
    handler: ComPtr<ITimerHandler>,
    period: Duration,
    due: Instant,
}

impl RunLoop {
    fn with<R>(&self, action: impl FnOnce(&mut Registered) -> R) -> R {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets everything, for good. Main thread.
    pub(super) fn close(&self) {
        // Not within the lock: the last reference to a handler may end it, and that may call us.
        drop(self.with(|registered| {
            std::mem::replace(registered, Registered { closed: true, ..Registered::default() })
        }));
    }

    /// The handlers of the timers that are due; each is set to its next time. A late timer fires once, not often.
    fn take_due(&self, now: Instant) -> Vec<ComPtr<ITimerHandler>> {
        self.with(|registered| {
            let due = registered.timers.iter_mut().filter(|timer| timer.due <= now);
            due.map(|timer| {
                timer.due = (timer.due + timer.period).max(now);
                timer.handler.clone()
            })
            .collect()
        })
    }

    fn has_timer(&self, handler: &ComPtr<ITimerHandler>) -> bool {
        self.with(|registered| {
            registered.timers.iter().any(|timer| timer.handler.as_ptr() == handler.as_ptr())
        })
    }
}

/// When the next timer is due.
pub(super) fn next_timer(host: &HostState) -> Option<Instant> {
    host.run_loop.with(|registered| registered.timers.iter().map(|timer| timer.due).min())
}

/// Calls what is due and ready, without waiting. Main thread.
pub(super) fn run(host: &HostState) {
    for handler in host.run_loop.take_due(Instant::now()) {
        // A timer before this one may have ended it.
        if host.run_loop.has_timer(&handler) {
            // SAFETY: our reference keeps it alive; this is the main thread.
            unsafe { handler.onTimer() };
        }
    }
    #[cfg(unix)]
    run_ready(host);
}

/// Calls the handlers of the descriptors that are ready.
#[cfg(unix)]
fn run_ready(host: &HostState) {
    let watched = host.run_loop.with(|registered| registered.fds.clone());
    let Ok(count @ 1..) = libc::nfds_t::try_from(watched.len()) else { return };
    let mut polled: Vec<_> = watched
        .iter()
        .map(|watched| libc::pollfd { fd: watched.fd, events: libc::POLLIN, revents: 0 })
        .collect();
    // SAFETY: the pointer and the count describe `polled`, which outlives the call; a zero timeout never waits.
    if unsafe { libc::poll(polled.as_mut_ptr(), count, 0) } <= 0 {
        return;
    }
    for (entry, watched) in polled.iter().zip(&watched) {
        let is_there =
            |known: &Watched| known.fd == watched.fd && known.handler.as_ptr() == watched.handler.as_ptr();
        if entry.revents & libc::POLLNVAL != 0 {
            // It was closed and forgotten; its number may be somebody else's soon.
            let gone: Vec<_> = host
                .run_loop
                .with(|registered| registered.fds.extract_if(.., |known| is_there(known)).collect());
            drop(gone);
            continue;
        }
        // A handler before this one may have ended it.
        if entry.revents != 0 && host.run_loop.with(|registered| registered.fds.iter().any(is_there)) {
            // SAFETY: our reference keeps it alive; this is the main thread.
            unsafe { watched.handler.onFDIsSet(watched.fd) };
        }
    }
}

/// What both of our objects that offer the interface do.
///
/// # Safety
/// Handlers are null or live objects; those that are registered stay valid as long as we hold a reference.
unsafe fn register_fd(host: &HostState, handler: *mut IEventHandler, fd: i32) -> tresult {
    // SAFETY: by the caller's promise.
    let Some(handler) = (unsafe { ComRef::from_raw(handler) }) else { return kInvalidArgument };
    if !host.check_main_thread("registerEventHandler") {
        return kResultFalse;
    }
    let handler = handler.to_com_ptr();
    let added = host.run_loop.with(|registered| {
        let has_room = registered.fds.len() < MAX_HANDLERS && !registered.closed;
        if has_room {
            registered.fds.push(Watched { fd, handler });
        }
        has_room
    });
    if added { kResultOk } else { kResultFalse }
}

/// From any thread: whoever ends a handler does so whether we let go of it or not.
fn unregister_fd(host: &HostState, handler: *mut IEventHandler) -> tresult {
    let gone: Vec<_> = host.run_loop.with(|registered| {
        registered.fds.extract_if(.., |known| known.handler.as_ptr() == handler).collect()
    });
    if gone.is_empty() { kResultFalse } else { kResultOk }
}

/// As [`register_fd`].
///
/// # Safety
/// As there.
unsafe fn register_timer(host: &HostState, handler: *mut ITimerHandler, period_ms: u64) -> tresult {
    // SAFETY: by the caller's promise.
    let Some(handler) = (unsafe { ComRef::from_raw(handler) }) else { return kInvalidArgument };
    if !host.check_main_thread("registerTimer") {
        return kResultFalse;
    }
    let handler = handler.to_com_ptr();
    let period = Duration::from_millis(period_ms.min(u64::from(u32::MAX))).max(MIN_PERIOD);
    let added = host.run_loop.with(|registered| {
        let has_room = registered.timers.len() < MAX_HANDLERS && !registered.closed;
        if has_room {
            registered.timers.push(Timer { handler, period, due: Instant::now() + period });
        }
        has_room
    });
    if added { kResultOk } else { kResultFalse }
}

/// As [`unregister_fd`].
fn unregister_timer(host: &HostState, handler: *mut ITimerHandler) -> tresult {
    let gone: Vec<_> = host.run_loop.with(|registered| {
        registered.timers.extract_if(.., |known| known.handler.as_ptr() == handler).collect()
    });
    if gone.is_empty() { kResultFalse } else { kResultOk }
}

/// The interface on an object of ours that knows the host's state.
macro_rules! offer_run_loop {
    ($object:ty) => {
        impl IRunLoopTrait for $object {
            unsafe fn registerEventHandler(&self, handler: *mut IEventHandler, fd: i32) -> tresult {
                // SAFETY: VST3 demands null or a live handler.
                unsafe { register_fd(self.state(), handler, fd) }
            }

            unsafe fn unregisterEventHandler(&self, handler: *mut IEventHandler) -> tresult {
                unregister_fd(self.state(), handler)
            }

            unsafe fn registerTimer(&self, handler: *mut ITimerHandler, period_ms: u64) -> tresult {
                // SAFETY: VST3 demands null or a live handler.
                unsafe { register_timer(self.state(), handler, period_ms) }
            }

            unsafe fn unregisterTimer(&self, handler: *mut ITimerHandler) -> tresult {
                unregister_timer(self.state(), handler)
            }
        }
    };
}

offer_run_loop!(Application);
offer_run_loop!(Frame);

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicU32, Ordering};

    use vst3::{Class, ComWrapper};

    use super::*;

    #[derive(Default)]
    struct Watcher(AtomicU32);

    impl Class for Watcher {
        type Interfaces = (IEventHandler,);
    }

    impl vst3::Steinberg::Linux::IEventHandlerTrait for Watcher {
        unsafe fn onFDIsSet(&self, _fd: i32) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_descriptor_that_was_closed_without_a_word_is_forgotten() {
        let host = HostState::default();
        let watcher = ComWrapper::new(Watcher::default());
        let handler = watcher.to_com_ptr::<IEventHandler>().unwrap();
        let (mut near, far) = UnixStream::pair().unwrap();
        // SAFETY: the handler is alive.
        assert_eq!(unsafe { register_fd(&host, handler.as_ptr(), far.as_raw_fd()) }, kResultOk);
        near.write_all(b"x").unwrap();
        run(&host);
        assert_eq!(watcher.0.load(Ordering::Relaxed), 1);
        // A number that no open file has, as another test may take the one that is closed.
        host.run_loop.with(|registered| registered.fds[0].fd = i32::MAX);
        run(&host);
        assert_eq!(watcher.0.load(Ordering::Relaxed), 1);
        assert!(host.run_loop.with(|registered| registered.fds.is_empty()));
    }

    #[test]
    fn nothing_is_registered_once_the_plugin_ends_and_anybody_may_let_go() {
        let host = HostState::default();
        let watcher = ComWrapper::new(Watcher::default());
        let handler = watcher.to_com_ptr::<IEventHandler>().unwrap();
        // SAFETY: the handler is alive.
        assert_eq!(unsafe { register_fd(&host, handler.as_ptr(), 0) }, kResultOk);
        let address = handler.as_ptr().expose_provenance();
        std::thread::scope(|scope| {
            let let_go = || unregister_fd(&host, std::ptr::with_exposed_provenance_mut(address));
            assert_eq!(scope.spawn(let_go).join().unwrap(), kResultOk);
        });
        host.run_loop.close();
        // SAFETY: as above.
        assert_eq!(unsafe { register_fd(&host, handler.as_ptr(), 0) }, kResultFalse);
    }
}
