//! Signal: the real-time engine. It executes [`protocol::EnginePlan`]s and knows no project.
//!
//! Lifecycle:
//! 1. make processors for the nodes of a plan, [`Processor`] being what every node is on the audio thread;
//! 2. feed them blocks ([`NodeBlock`]) of audio and [`Event`](event::Event)s.
//!
//! # Threads
//! `...Controller` types stay on the control thread, `...Processor` types are `Send` and run on the audio
//! thread. What runs there says so under `# Real-time`: no allocation, lock, I/O, logging or panic.
#![deny(unsafe_code)]

pub mod automation;
pub mod config;
pub mod devices;
mod denormals;
pub mod engine;
pub mod event;
pub mod nested;
pub mod graph;
mod math;
pub mod media;
mod nodes;
pub mod processor;
mod timeline;
pub mod transport;

pub use config::{AudioConfig, RenderMode};
pub use event::{Event, EventKind, EventList, Events};
pub use processor::{BlockTransport, NodeBlock, Ports, ProcessStatus, Processor, StereoIn, StereoOut, Tail};

/// Aborts a test in which the audio thread allocates.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
