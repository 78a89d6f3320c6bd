//! `clap.thread-check`: a plugin asks which thread it is on.

use clack_extensions::thread_check::HostThreadCheckImpl;

use super::host::Shared;

impl HostThreadCheckImpl for Shared {
    fn is_main_thread(&self) -> bool {
        self.0.threads.is_main()
    }

    fn is_audio_thread(&self) -> bool {
        self.0.threads.is_audio()
    }
}
