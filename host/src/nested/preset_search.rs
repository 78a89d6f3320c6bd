//! Looking for the presets of a plugin, which may take as long as its folders are full: beside its main thread.

use std::sync::atomic::{AtomicBool, Ordering};

use protocol::plugin::PresetInfo;

use super::error::PresetError;

type Look = Box<dyn FnOnce(&Stop<'_>) -> Result<Vec<PresetInfo>, PresetError> + Send>;

/// A search that has not begun. What it needs of the plugin it has taken along: it may run on any thread, while the plugin
/// does something else or is gone.
pub struct PresetSearch(Look);

/// Whether nobody waits for what is found any more.
pub(super) struct Stop<'a>(&'a AtomicBool);

impl Stop<'_> {
    /// To be asked between two files.
    pub fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl PresetSearch {
    pub(super) fn new(
        look: impl FnOnce(&Stop<'_>) -> Result<Vec<PresetInfo>, PresetError> + Send + 'static,
    ) -> Self {
        Self(Box::new(look))
    }

    /// One that finds nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::new(|_| Ok(Vec::new()))
    }

    /// Looks. Reads folders and files, and may take seconds; runs code of the plugin's file, which says how to read them.
    /// Ends early, with what was found so far, some time after `stop` is set.
    ///
    /// # Errors
    /// If what lists them does not start.
    pub fn run(self, stop: &AtomicBool) -> Result<Vec<PresetInfo>, PresetError> {
        (self.0)(&Stop(stop))
    }
}

static_assertions::assert_impl_all!(PresetSearch: Send);
