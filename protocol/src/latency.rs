//! Latency: how it is dealt with, and who adds what on which path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::time::Frames;

/// What the engine does about nodes whose output is later than their input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "latency", rename_all = "snake_case")]
pub enum LatencyPolicy {
    /// Every path is as late as the longest, and that is what the outer host is told.
    #[default]
    Auto,
    /// The same, and no less than so much in all: the outer host need not be told anew with every device.
    Fixed {
        /// Frames; more where a path is longer.
        frames: u32,
    },
    /// Nothing is held back, and the outer host is told 0: for playing live. Late devices are heard late.
    Zero,
}

impl LatencyPolicy {
    /// Its word in projects and for scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fixed { .. } => "fixed",
            Self::Zero => "zero",
        }
    }
}

/// Who adds how much latency, and who waits for whom. Made by the compiler of schedules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LatencyLedger {
    /// How late the output is: what the outer host is told.
    pub total: Frames,
    /// Nodes whose output is later than their input, in the order of the plan.
    pub late: Vec<LateNode>,
    /// Connections on which a signal is held back to meet another, in the order of the plan.
    pub waits: Vec<LatencyWait>,
    /// One path whose latencies add up to the longest, from its source to the output; empty if nothing is late.
    pub longest: Vec<NodeId>,
}

/// A node with latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LateNode {
    /// Which.
    pub node: NodeId,
    /// How much later its output is than its input.
    pub own: Frames,
    /// How late its input is.
    pub arrival: Frames,
}

/// A signal held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LatencyWait {
    /// Whose.
    pub from: NodeId,
    /// Before whom.
    pub to: NodeId,
    /// By how much.
    pub frames: Frames,
}
