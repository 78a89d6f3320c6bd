//! Nested plugins against the test plugins, through the interface that the engine uses.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "nested/rig.rs"]
mod rig;

#[path = "nested/audio.rs"]
mod audio;
#[path = "nested/events.rs"]
mod events;
#[path = "nested/fuzz.rs"]
mod fuzz;
#[path = "nested/lifecycle.rs"]
mod lifecycle;
#[path = "nested/main_thread.rs"]
mod main_thread;
#[path = "nested/misbehaviour.rs"]
mod misbehaviour;
#[path = "nested/offers.rs"]
mod offers;
#[path = "nested/state.rs"]
mod state;

/// Aborts on an allocation within `rig::Rig::process`.
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
