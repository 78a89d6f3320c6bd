//! Sandboxed Lua over a project.
//!
//! 1. [`run()`] gives a script a snapshot, arguments and [`Limits`], on the caller's (worker) thread;
//! 2. the script works on an overlay of its own, which checks every write against the schema at once;
//! 3. what it did comes back as transactions in a [`ScriptOutcome`]; on an error, nothing does.
//!
//! Nothing a script does reaches outside: no files, no processes, no bytecode, no unbounded memory or time.
#![forbid(unsafe_code)]

mod api;
mod host;
mod limits;
mod run;
mod sandbox;
mod session;

pub use host::{NoHost, ScriptHost, ScriptHostError, TransportState};
pub use limits::{CancelHandle, Limit, Limits};
pub use run::{LogLine, RunOptions, ScriptError, ScriptOutcome, run};
