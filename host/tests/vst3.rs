//! VST3 plugins through the interface that the engine uses: those of other makers, and our own.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "vst3/rig.rs"]
mod rig;

#[path = "vst3/bare.rs"]
mod bare;
#[path = "vst3/engine.rs"]
mod engine;
#[path = "vst3/lines.rs"]
mod lines;
#[path = "vst3/main_thread.rs"]
mod main_thread;
#[path = "vst3/pedalboard.rs"]
mod pedalboard;
#[path = "vst3/probe.rs"]
mod probe;
#[path = "vst3/rogue.rs"]
mod rogue;
#[path = "vst3/state.rs"]
mod state;
#[path = "vst3/zam.rs"]
mod zam;

/// The Python that has what tests need; set where everything must be tested.
const PYTHON: &str = "LOOPHOLE_TEST_PYTHON";

/// Says what is missing; where everything must be tested that is a failure.
#[expect(clippy::print_stdout, reason = "what was not tested must be seen")]
fn skip(why: &str) {
    assert!(std::env::var_os(PYTHON).is_none(), "{why}");
    println!("SKIPPED: {why}");
}

/// Aborts on an allocation within `rig::Rig::process`.
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
