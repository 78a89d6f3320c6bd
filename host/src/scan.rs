//! What plugins are there: every file is opened in a process of its own, so that a plugin that crashes or hangs costs
//! only itself.
//!
//! 1. [`standard_folders`] are walked for plugin files;
//! 2. a file whose time and size are in the [`Cache`] is not opened again, whether it was fine or failed;
//! 3. the others go to children of the [`ScannerCommand`], some at a time, each with a timeout;
//! 4. the result is written to the cache, and given back as a [`ScanReport`].
//!
//! The child is this same code: the program's hidden subcommand calls [`run_child`]. Inside a foreign host, without a
//! program of ours at hand, there is no safe way to open a plugin: then the cache is all there is, and a warning says so.
//!
//! # Threads
//! Any one that may block; a scan takes seconds.

mod cache;
mod child;
mod folders;
mod process;
mod run;

pub use cache::{Cache, CacheError, default_cache_file};
pub use child::{run_child, scan_file};
pub use folders::{find_plugin_files, standard_folders};
pub use process::ScannerCommand;
pub use run::{Rescan, ScanOptions, ScanProgress, ScanReport, ScanWarning, scan};
