//! What a project becomes for other programs.

pub mod midi;

pub use midi::{MidiExport, MidiExportError, save_midi, to_midi};
