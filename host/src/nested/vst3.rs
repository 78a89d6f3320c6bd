//! The VST3 format, on the bindings of the crate `vst3`. One interface per file, all in one shape: what the plugin offers
//! us first, what we offer the plugin second.
//!
//! Life of a VST3 plugin: a `module` (a library, entered once per process) has a `factory`; the factory makes the
//! component and its controller, which may be one object (`parts`); `instance` is both on the main thread, and
//! `processor` the component on the audio thread.
//!
//! A plugin may call the host from any thread it likes, right or wrong. What it calls lands in a `HostState`, which is
//! thread-safe throughout; `poll` acts on it on the main thread. Edits are heard from every thread, as many plugins serve
//! their windows on one of their own, and some move parameters while they are processed; any other call from a wrong thread has no effect but a line in the
//! log. Every interface but the component, its processor and the controller is optional: a plugin without one is a
//! plugin that offers less.
//!
//! Pointers that a plugin hands us are trusted to be what their interface says for as long as the call lasts, and no
//! longer: that is the contract of VST3, and nothing in this process can check more.

mod attributes;
mod buffers;
mod bundle;
mod buses;
mod changes_in;
mod changes_out;
mod class_id;
mod connection;
mod context;
mod edits;
mod event_list;
mod events_in;
mod events_out;
mod expressions;
mod factory;
mod frame;
mod handler;
mod host;
mod instance;
mod ints;
mod lists;
mod message;
mod midi_map;
mod mirror;
mod module;
mod note_names;
mod param_table;
mod params;
mod parts;
mod preset;
mod presets;
mod processor;
mod run_loop;
mod speakers;
mod state;
mod stream;
mod text;
mod track;
mod units;
mod view;
mod voices;

pub(crate) use bundle::library;
pub use factory::Vst3Host;
