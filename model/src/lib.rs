//! Pulse: the authoritative project.
//!
//! 1. The [`schema`] declares what there is.
//! 2. [`Pulse`] is the only writer: it checks and applies transactions of [`protocol::Edit`]s, and takes them back.
//! 3. After each commit it gives an immutable [`Project`], which everybody reads through typed [`view`]s.
//! 4. [`edit`] builds edits without spelling names; [`plan`] derives what the engine plays.
//! 5. [`query`] finds entities by condition.
//! 6. [`blobs`], [`media`] and the file modules bring audio and projects in and out.
//!
//! Nothing here knows audio hardware, windows or plugin formats.
#![forbid(unsafe_code)]

pub mod diff;
pub mod edit;
pub mod entity;
pub mod history;
pub mod merge;
pub mod plan;
pub mod project;
pub mod pulse;
pub mod query;
pub mod schema;
pub mod session;
pub mod view;

pub mod automation;
pub mod blobs;
pub mod bundle;
pub mod document;
pub mod export;
pub mod file;
pub mod import;
pub mod journal;
pub mod launcher;
pub mod media;

#[cfg(test)]
mod testing;

pub use blobs::Blobs;
pub use entity::{Cell, CellChange, CellValue, Entity, Name, Part};
pub use history::{CommitKind, HistoryEntry, StepList};
pub use project::{EditError, EditRule, Extra, Project, Record};
pub use pulse::{Committed, IdSource, Pulse, SessionCommit};
pub use view::{
    Clip, ClipId, ClipKind, DeclaredField, DeclaredFieldId, DeclaredTable, DeclaredTableId, Device, DeviceId,
    DeviceSource, Edge, EdgeId, Item, ItemId, Lane, LaneId, LaneMode, LfoRate, Macro, MacroId, MacroTarget,
    MacroTargetId, Marker, MarkerId, Modulation, ModulationId, Modulator, ModulatorId, ModulatorKind,
    NoteOutput, OpenConflict, OpenConflictId, Root, RootId, Scene, SceneId, Script, ScriptId, Send, SendId,
    Signature, SignatureId, Slot, SlotId, Tempo, TempoId, Track, TrackId, TrackInput, TrackKind,
};
