//! Aura: everything a person sees. The same window in a plugin and standalone.
//!
//! 1. Make an [`Editor`] per window, and call [`Editor::open`] with the window's egui context.
//! 2. Every frame, lend it an [`EditorFrame`] and call [`Editor::ui`].
//! 3. Send on what it put into [`EditorOutput`]: first the stream frames, then the commands, in order.
//! 4. While [`Editor::wants_repaint`] is true, and whenever the project or the status changed, draw again.
//!    Otherwise nothing moves, and drawing costs nothing.
//!
//! The editor holds view state only (selection, zoom, scroll, tabs). It never writes the project: every control is
//! a [`Command`](protocol::Command), so all of it can be undone, scripted and tested without a window.
//!
//! GUI thread only.
#![forbid(unsafe_code)]

// What goes in and out.
mod frame;
mod output;

// The window.
mod cx;
mod editor;
mod shortcuts;
mod view;

// Its parts, from the top.
mod arranger;
mod bottom;
mod browser;
mod devices;
mod diagnostics;
mod history;
mod macros;
mod mixer;
mod people;
mod project_menu;
mod review;
mod roll;
mod scripts;
mod status;
mod tracks;
mod transport;

// What they are built from.
mod edits;
mod hand;
mod icons;
mod ids;
pub mod latency;
mod math;
mod scale;
pub mod theme;
mod timeline;
mod times;
mod widgets;

#[cfg(test)]
mod tests;

pub use editor::{Editor, FrameStats};
pub use frame::{
    ClashEntry, ConflictEntry, Diagnostics, EditorFrame, LoadPoint, LogLine, Loss, LossKind,
    MeasuredLoudness, MeasuredSpectrum, Meter, NodeLoad, PeaksSource, PluginParams, PluginPorts,
    RenderStatus, ScriptEntry, ScriptOrigin, SessionEntry, ShownChange, Status, Sync, TelemetryView,
};
pub use output::EditorOutput;
