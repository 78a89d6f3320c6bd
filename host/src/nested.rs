//! Plugins of other makers inside the engine, whatever standard they follow.
//!
//! Life of a nested plugin:
//! 1. a [`PluginLocator`] knows where a [`PluginRef`](protocol::PluginRef) lives; [`load`] makes the plugin and gives it its state;
//!    [`load_or_placeholder`] never fails: a missing plugin becomes a [`placeholder`] that keeps the state;
//! 2. [`NestedPlugin::activate`] gives the [`Processor`](crate::Processor) that the engine runs on the audio thread;
//! 3. the control thread calls [`NestedPlugin::poll`] regularly: timers, file descriptors, callbacks and windows
//!    of the plugin live from it, and what the plugin wants comes back as [`PluginRequest`]s;
//! 4. [`NestedPlugin::deactivate`] takes the processor back, or notices that it was dropped.
//!
//! **Architecture invariant:** nothing above this module knows which format a plugin has. A format is one
//! [`PluginFormatHost`] and one [`NestedPlugin`] type (`clap` and [`vst3`]); the child engine process is another.
//!
//! # Threads
//! The control thread that loads a plugin is that plugin's main thread: everything here but the processor stays on it.

pub mod base;
mod channels;
mod clap;
mod controller;
mod error;
mod in_vain;
mod locator;
mod log_queue;
pub mod offers;
pub mod placeholder;
mod plugin;
mod preset_search;
mod requests;
mod rest;
mod threads;
mod unwritten;
mod usual;
pub mod vst3;
mod window;

pub use controller::{load, load_or_placeholder};
pub use error::{
    ActivateError, DescribeError, LayoutError, LoadError, MenuError, PresetError, StateError, WindowError,
};
pub(crate) use locator::file_format;
pub use locator::{PluginLocator, PluginSource, StaticEntry};
pub use plugin::{
    BusInfo, NestedPlugin, PluginController, PluginFormatHost, PluginRequest, TrackContext, TrackPurpose,
    Voices, WindowOptions, WindowParent,
};
pub use preset_search::PresetSearch;
pub use window::display_scale;
