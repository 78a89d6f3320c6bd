//! Who is the main thread, and who the audio thread, of one plugin instance.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A thread of the system, while it lives. Zero is none.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Token(usize);

impl Token {
    const NONE: Self = Self(0);

    /// The calling thread. Neither allocates nor locks, unlike `std::thread::current`.
    #[cfg(unix)]
    #[expect(
        unsafe_code,
        clippy::cast_possible_truncation,
        reason = "pthread_self is the one real-time safe way; a pthread_t is pointer-sized"
    )]
    fn current() -> Self {
        // SAFETY: `pthread_self` has no preconditions and cannot fail.
        Self(unsafe { libc::pthread_self() } as usize)
    }

    /// The calling thread: the address of something every thread has one of.
    #[cfg(not(unix))]
    fn current() -> Self {
        thread_local! { static MARK: u8 = const { 0 } }
        Self(MARK.with(|mark| std::ptr::from_ref(mark).addr()))
    }
}

/// The threads of an instance. The roles are symbolic: within [`AudioScope`] the main thread is an audio thread.
pub(in crate::nested) struct Threads {
    main: Token,
    audio: AtomicUsize,
}

impl Default for Threads {
    /// The calling thread is the main thread.
    fn default() -> Self {
        Self { main: Token::current(), audio: AtomicUsize::new(Token::NONE.0) }
    }
}

impl Threads {
    /// Whether the caller is the main thread, and not in the role of the audio thread.
    pub(in crate::nested) fn is_main(&self) -> bool {
        let current = Token::current();
        current == self.main && self.audio.load(Ordering::Relaxed) != current.0
    }

    /// Whether the caller is the audio thread.
    pub(in crate::nested) fn is_audio(&self) -> bool {
        self.audio.load(Ordering::Relaxed) == Token::current().0
    }

    /// The caller is the audio thread until the scope ends. Wait-free.
    pub(in crate::nested) fn enter_audio(&self) -> AudioScope<'_> {
        self.audio.store(Token::current().0, Ordering::Relaxed);
        AudioScope(self)
    }
}

/// While it lives, the thread that made it is the audio thread.
pub(in crate::nested) struct AudioScope<'a>(&'a Threads);

impl Drop for AudioScope<'_> {
    fn drop(&mut self) {
        self.0.audio.store(Token::NONE.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_the_thread_and_the_scope() {
        let threads = Threads::default();
        assert!(threads.is_main() && !threads.is_audio());
        {
            let _scope = threads.enter_audio();
            assert!(!threads.is_main() && threads.is_audio());
            std::thread::scope(|scope| {
                scope.spawn(|| assert!(!threads.is_main() && !threads.is_audio()));
            });
        }
        assert!(threads.is_main() && !threads.is_audio());
    }
}
