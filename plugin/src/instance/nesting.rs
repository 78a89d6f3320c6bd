//! Loophole as a plugin of its own: a rack within a project, without any file.
#![allow(unsafe_code, reason = "the entry is a foreign static, even to ourselves")]

use std::ffi::c_void;
use std::ptr::NonNull;

use host::nested::StaticEntry;

/// The CLAP entry of this very library.
#[must_use]
pub fn own_entry() -> StaticEntry {
    let entry = NonNull::from(&crate::clap_entry).cast::<c_void>();
    // SAFETY: it is a valid entry, and lives as long as this code.
    unsafe { StaticEntry::new(entry, c"/loophole") }
}
