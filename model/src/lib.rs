//! Pulse: the authoritative project.
#![forbid(unsafe_code)]

pub mod blobs;
pub mod media;

pub use blobs::Blobs;
