//! A thread that brings what was written to the disk, so that who writes need not wait for it.

use std::fs::File;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::SYNC_WITHIN;

#[derive(Default)]
struct State {
    /// How many times something was written.
    written: u64,
    /// How much of that is on the disk, or will never be because syncing failed.
    done: u64,
    wanted: Wanted,
    failure: Option<io::Error>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Wanted {
    /// As soon as [`SYNC_WITHIN`] is over.
    #[default]
    Soon,
    /// Somebody waits.
    Now,
    /// The journal is closed.
    End,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// Syncs a file in batches. Dropping it syncs once more and waits.
pub(super) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let builder = std::thread::Builder::new().name("journal sync".to_owned());
        let thread = builder.spawn(move || run(&theirs, &file))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Something was written.
    pub(super) fn written(&self) {
        self.shared.lock().written += 1;
        self.shared.changed.notify_all();
    }

    /// Waits until all that was written is on the disk.
    pub(super) fn wait(&self) {
        let mut state = self.shared.lock();
        let target = state.written;
        while state.done < target {
            state.wanted = Wanted::Now;
            self.shared.changed.notify_all();
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What went wrong since it was last asked.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.shared.lock().failure.take()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.shared.lock().wanted = Wanted::End;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It does not panic; and if it did, there is nobody to tell.
            let _ended = thread.join();
        }
    }
}

fn run(shared: &Shared, file: &File) {
    let mut state = shared.lock();
    loop {
        while state.written == state.done && state.wanted != Wanted::End {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let is_idle = |state: &mut State| state.wanted == Wanted::Soon;
        let waited = shared.changed.wait_timeout_while(state, SYNC_WITHIN / 2, is_idle);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let is_last = state.wanted == Wanted::End;
        let target = state.written;
        let is_due = target > state.done;
        if !is_last {
            state.wanted = Wanted::Soon;
        }
        drop(state);
        let result = if is_due { file.sync_data() } else { Ok(()) };
        state = shared.lock();
        state.done = target;
        if let Err(error) = result {
            state.failure = Some(error);
        }
        shared.changed.notify_all();
        if is_last {
            return;
        }
    }
}
