//! Signal: the real-time engine. It executes [`protocol::EnginePlan`]s and knows no project.
//!
//! Lifecycle:
//! 1. an [`EngineController`] is made on the control thread and given a plan;
//! 2. [`EngineController::activate`] gives an [`EngineProcessor`] for the audio thread, where it processes
//!    [`ProcessBlock`]s of audio and [`Event`]s;
//! 3. new plans are applied meanwhile: what changes in a graph is compiled aside ([`graph`]) and swapped in whole;
//! 4. [`EngineController::deactivate`] takes the processor back.
//!
//! Every device and plugin on the audio thread is a [`Processor`] that is given [`NodeBlock`]s.
//!
//! # Threads
//! `...Controller` types stay on the control thread, `...Processor` types are `Send` and run on the audio
//! thread. What runs there says so under `# Real-time`: no allocation, lock, I/O, logging or panic.
#![deny(unsafe_code)]

pub mod config;
pub mod event;
pub mod processor;
pub mod scan;

pub mod engine;
pub mod graph;
pub mod transport;

pub mod automation;
pub mod devices;
pub mod media;
pub mod nested;
mod nodes;
mod timeline;

mod denormals;
mod math;

pub use config::{AudioConfig, HostBuses, RenderMode};
pub use engine::{EngineController, EngineOptions, EngineProcessor, ProcessBlock};
pub use event::{Event, EventKind, EventList, Events};
pub use processor::{
    AudioBlock, BlockTransport, BusBuffer, BusIn, BusOut, Buses, NodeBlock, Ports, ProcessStatus, Processor,
    StereoIn, StereoOut, Tail,
};
pub use transport::HostTransport;

/// Aborts a test in which the audio thread allocates.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
