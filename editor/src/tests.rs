//! The editor without a window: synthetic input in, commands out.

mod arranging;
mod automation;
mod bench;
mod diagnosing;
mod fuzz;
mod guides;
mod menus;
mod mixing;
mod notes;
mod reviewing;
mod typing;

#[expect(dead_code, reason = "the preview shows more than the tests look at")]
#[path = "../examples/preview/song.rs"]
mod song;
