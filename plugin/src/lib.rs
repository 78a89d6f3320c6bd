//! Loophole's shells: the CLAP and VST3 plugin, the standalone program, the command line.
//!
//! Everything is an adapter around one [`Instance`](instance::Instance), which wires project, engine, scripts and
//! nested plugins together:
//! - [`shell`]: the plugin, as nice-plug sees it, and the symbols that hosts look for;
//! - [`standalone`]: audio devices, MIDI inputs, a window of its own;
//! - [`cli`]: the command line, of which the standalone program is one command;
//! - [`offline`]: rendering, for the command line and for tests;
//! - [`window`]: the editor around an instance, the same everywhere.
//!
//! **Architecture invariant:** no shell touches the project or the engine's controlling half; it sends commands and
//! reads snapshots. Nothing here is global: as many instances as fit live side by side, and within each other.
#![deny(unsafe_code)]

pub mod instance;
mod text;

pub mod loudness;
pub mod offline;
mod spectrum;
pub mod window;

pub mod cli;
pub mod shell;
pub mod standalone;

pub use shell::clap_entry;
