//! `clap.posix-fd-support`: calls on the main thread when a file descriptor is ready.

use std::sync::{Mutex, PoisonError};

#[cfg(unix)]
pub(super) use unix::run_ready;

/// The file descriptors of an instance.
#[derive(Default)]
pub(super) struct Fds(Mutex<Vec<Watched>>);

/// A descriptor, and what to wait for.
#[derive(Clone, Copy)]
struct Watched {
    fd: i32,
    /// As in `clap_posix_fd_flags`.
    flags: u32,
}

impl Fds {
    fn with<R>(&self, action: impl FnOnce(&mut Vec<Watched>) -> R) -> R {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(unix)]
mod unix {
    use std::os::fd::RawFd;

    use clack_extensions::posix_fd::{FdFlags, HostPosixFdImpl, PluginPosixFd};
    use clack_host::prelude::*;

    use super::super::host::{HostState, MainThread};
    use super::Watched;

    /// Calls the plugin for every descriptor that is ready, without waiting. Main thread.
    pub(in super::super) fn run_ready(plugin: &PluginMainThreadHandle<'_>, host: &HostState) {
        let mut polled: Vec<libc::pollfd> = host.fds.with(|fds| fds.iter().map(poll_entry).collect());
        if polled.is_empty() {
            return;
        }
        let Ok(count) = libc::nfds_t::try_from(polled.len()) else { return };
        // SAFETY: the pointer and the count describe `polled`, which outlives the call; a zero timeout never waits.
        #[expect(unsafe_code, reason = "poll(2) has no safe form in std")]
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), count, 0) };
        let Some(fds) = (if ready > 0 { plugin.get_extension::<PluginPosixFd>() } else { None }) else {
            return;
        };
        for entry in polled {
            let flags = flags_of(entry.revents);
            // A descriptor before this one may have ended it.
            let watched = host.fds.with(|fds| fds.iter().any(|watched| watched.fd == entry.fd));
            if !flags.is_empty() && watched {
                fds.on_fd(plugin, entry.fd, flags);
            }
        }
    }

    fn poll_entry(watched: &Watched) -> libc::pollfd {
        let flags = FdFlags::from_bits_truncate(watched.flags);
        let mut events = 0;
        if flags.contains(FdFlags::READ) {
            events |= libc::POLLIN;
        }
        if flags.contains(FdFlags::WRITE) {
            events |= libc::POLLOUT;
        }
        libc::pollfd { fd: watched.fd, events, revents: 0 }
    }

    fn flags_of(revents: i16) -> FdFlags {
        let mut flags = FdFlags::empty();
        flags.set(FdFlags::READ, revents & (libc::POLLIN | libc::POLLHUP) != 0);
        flags.set(FdFlags::WRITE, revents & libc::POLLOUT != 0);
        flags.set(FdFlags::ERROR, revents & (libc::POLLERR | libc::POLLNVAL) != 0);
        flags
    }

    impl MainThread {
        fn change_fds(
            &self,
            call: &'static str,
            change: impl FnOnce(&mut Vec<Watched>) -> bool,
        ) -> Result<(), HostError> {
            if !self.0.check_main_thread(call) {
                return Err(HostError::Message("file descriptors belong to the main thread"));
            }
            if self.0.fds.with(change) { Ok(()) } else { Err(HostError::Message("no such file descriptor")) }
        }
    }

    impl HostPosixFdImpl for MainThread {
        fn register_fd(&self, fd: RawFd, flags: FdFlags) -> Result<(), HostError> {
            self.change_fds("posix_fd_support.register_fd", |fds| {
                fds.retain(|watched| watched.fd != fd);
                fds.push(Watched { fd, flags: flags.bits() });
                true
            })
        }

        fn modify_fd(&self, fd: RawFd, flags: FdFlags) -> Result<(), HostError> {
            self.change_fds("posix_fd_support.modify_fd", |fds| {
                let watched = fds.iter_mut().find(|watched| watched.fd == fd);
                watched.map(|watched| watched.flags = flags.bits()).is_some()
            })
        }

        fn unregister_fd(&self, fd: RawFd) -> Result<(), HostError> {
            self.change_fds("posix_fd_support.unregister_fd", |fds| {
                let before = fds.len();
                fds.retain(|watched| watched.fd != fd);
                fds.len() < before
            })
        }
    }
}
