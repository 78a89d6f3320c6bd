//! Sandboxed Lua over a project.
//!
//! 1. [`run()`] takes a script's source, a snapshot of the project and [`RunOptions`].
//! 2. The script runs on a thread and in a Lua state of its own, within [`Limits`], in a session of the model beside the
//!    project: it reads its own writes, nobody else does. What needs the living engine goes through [`ScriptHost`], on the caller's thread.
//! 3. What it did comes back as [`ScriptOutcome`]: its session, to be committed or looked at, and what to do with the
//!    transport. A script that fails leaves nothing but its log and a [`ScriptError`]; one that reaches a limit leaves what
//!    it did until then, for somebody to look at.
//!
//! Nothing here runs on an audio thread, and nothing waits for one. The API that scripts see is declared once, in
//! `api`; the stubs and the reference in `docs/lua` are generated from the same declarations ([`docs`]).
#![forbid(unsafe_code)]

mod api;
pub mod docs;
mod host;
mod limits;
mod run;
mod sandbox;
mod session;
mod steps;

pub use host::{NoHost, ScriptHost, ScriptHostError, TransportState};
pub use limits::{CancelHandle, Limit, Limits};
pub use run::{LogLine, RunOptions, ScriptError, ScriptOutcome, run};
