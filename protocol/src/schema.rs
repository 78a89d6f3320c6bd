//! JSON Schemas of the contracts. `docs/specs/` holds them; a test fails when those are stale.

use schemars::{Schema, schema_for};

use crate::control::{Command, Envelope, Event};
use crate::edit::Transaction;
use crate::plan::EnginePlan;
use crate::stream::StreamFrame;
use crate::telemetry::TelemetryFrame;

/// Every contract by file name (without extension).
#[must_use]
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("command", schema_for!(Envelope<Command>)),
        ("event", schema_for!(Envelope<Event>)),
        ("transaction", schema_for!(Transaction)),
        ("engine-plan", schema_for!(EnginePlan)),
        ("stream-frame", schema_for!(StreamFrame)),
        ("telemetry-frame", schema_for!(TelemetryFrame)),
    ]
}
