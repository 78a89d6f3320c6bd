//! The demo song, "Side Door": made here, from nothing but this code.
//!
//! 1. [`samples`] computes drums and keys; [`soundfont`] packs the keys; [`score`] holds the notes.
//! 2. [`arrange`] lays out tracks, clips, devices, sends, automation and macros as a project.
//! 3. [`shape`] runs two of the example scripts over it, as a user would.
//!
//! The result is byte for byte the same on every run. `make-demo` writes it to `demo/`.

pub mod arrange;
pub mod loops;
pub mod rack;
pub mod samples;
pub mod score;
pub mod shape;
pub mod soundfont;

/// The finished song.
#[must_use]
pub fn make() -> arrange::Song {
    let mut song = arrange::arrange();
    shape::shape(&mut song);
    song
}
