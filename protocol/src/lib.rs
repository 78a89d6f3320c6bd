//! The contracts between Loophole's systems, as plain data.
//!
//! Pulse (`model`) derives an [`EnginePlan`] that Signal (`host`) executes; Aura (`editor`), scripts and the
//! command line send [`Command`]s to Pulse; Signal sends [`TelemetryFrame`]s back. Nothing here acts: the only
//! behaviour is conversion that both sides must agree on to the last bit (musical time, parameter text).
//!
//! The three planes:
//! 1. **control** ([`control`]): versioned JSON envelopes, slow, carrying intent;
//! 2. **stream** ([`stream`]): fixed-size frames to the audio thread while a gesture lasts;
//! 3. **telemetry** ([`telemetry`]): fixed-size frames from the audio thread, latest wins.
#![forbid(unsafe_code)]

pub mod control;
pub mod device;
pub mod edit;
pub mod history;
pub mod ids;
pub mod latency;
pub mod launcher;
pub mod modulation;
pub mod param;
pub mod plan;
pub mod plugin;
pub mod schema;
pub mod session;
pub mod signature;
pub mod stream;
pub mod telemetry;
pub mod tempo;
pub mod time;
pub mod value;
mod words;

pub use control::{Command, Event};
pub use device::DeviceKind;
pub use edit::{Edit, Keep, ListChange, RowChange, TextChange, Transaction};
pub use history::{CommitId, Hlc};
pub use ids::{BlobHash, EntityId, NodeId, NodeRole, ParamId};
pub use latency::{LatencyLedger, LatencyPolicy};
pub use param::{ParamDescriptor, Unit};
pub use plan::EnginePlan;
pub use plugin::{PluginFormat, PluginInfo, PluginRef};
pub use session::{ConflictId, SessionId, Take};
pub use signature::{Bar, BarPosition, SignatureMap, SignaturePoint};
pub use stream::StreamFrame;
pub use telemetry::TelemetryFrame;
pub use tempo::{TempoMap, TempoPoint, Transition};
pub use time::{Beats, Frames, SampleRate, TICKS_PER_BEAT};
pub use value::{Curve, MidiEvent, MidiMessage, Note, Point, Row, Value};
