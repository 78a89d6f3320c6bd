//! The controller's view of a running processor: its rings, and what the schedule sent last looks like.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::Arc;

use protocol::{BlobHash, DeviceKind, EnginePlan, LatencyLedger, NodeId, PluginRef, TelemetryFrame};
use rtrb::{Consumer, Producer};

use super::body::Node;
use super::command::{Command, Retired};
use super::kept::Kept;
use super::schedule::Delay;
use crate::config::AudioConfig;
use crate::graph::{DelayLine, Lane};
use crate::processor::Ports;

/// What a running engine is, seen from the control thread.
pub(super) struct Session {
    pub config: AudioConfig,
    pub commands: Producer<Command>,
    /// Commands that wait for room.
    pub backlog: VecDeque<Command>,
    pub retired: Consumer<Retired>,
    pub telemetry: Consumer<TelemetryFrame>,
    pub built: Built,
    /// The plan that the commands sent so far lead to.
    pub sent: EnginePlan,
    /// Schedules sent whose predecessors have not come back yet.
    pub in_flight: usize,
    /// Whether there is a newer plan than the one sent.
    pub behind: bool,
}

/// What the schedule sent last consists of.
#[derive(Default)]
pub(super) struct Built {
    pub nodes: BTreeMap<NodeId, NodeInfo>,
    pub edges: BTreeSet<Edge>,
    pub delays: BTreeMap<Line, LineInfo>,
    pub latency: u32,
    pub ledger: Arc<LatencyLedger>,
}

/// A node of the schedule.
pub(super) struct NodeInfo {
    pub index: u32,
    /// The node itself, for the next schedule.
    pub node: Kept<Node>,
    pub identity: Identity,
    pub ports: Ports,
    pub latency: u32,
    pub arrival: u32,
}

/// A delay line of the schedule.
pub(super) struct LineInfo {
    pub index: u32,
    /// The line itself, for the next schedule.
    pub delay: Kept<Delay>,
}

/// What makes two nodes of one id the same, so that the processor of one serves the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    HostInput(u16, Option<u16>),
    HostOutput(u16),
    HostEvents,
    HostEventsOutput,
    NotePlayer,
    AudioPlayer,
    Strip,
    Send,
    Follower,
    Device(DeviceKind, Option<BlobHash>),
    /// With the number of its activation.
    Plugin(PluginRef, u32),
    /// Nothing can be there at the moment.
    Missing,
}

/// What makes two delay lines the same: what they delay, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    from: (NodeId, u16),
    lane: Lane,
    frames: u32,
    channels: u8,
}

impl Line {
    /// That of a layout, whose nodes have these ids.
    pub fn new(line: &DelayLine, ids: &[NodeId]) -> Self {
        let &DelayLine { source, lane, frames, channels } = line;
        Self { from: (ids[source.node], source.port), lane, frames, channels }
    }

    /// The node whose output it delays.
    pub fn source(&self) -> NodeId {
        self.from.0
    }

    /// By how many frames it delays.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// The same but for its channels, from none to the most there can be.
    pub fn of_any_width(self) -> RangeInclusive<Self> {
        Self { channels: 0, ..self }..=Self { channels: u8::MAX, ..self }
    }
}

/// A cable with the delay on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub lane: Lane,
    pub from: (NodeId, u16),
    pub to: (NodeId, u16),
    pub delay: u32,
    /// How many the delay line has; 0 if there is none, or for events.
    pub channels: u8,
}

impl Edge {
    /// The delay line that its reader reads; `None` if that is the source itself.
    pub fn line(&self) -> Option<Line> {
        let &Self { lane, from, delay: frames, channels, .. } = self;
        (frames > 0).then_some(Line { from, lane, frames, channels })
    }
}

impl Session {
    /// Schedules under way at most: a processor that nobody runs must not pile them up.
    const IN_FLIGHT: usize = 4;

    /// Whether a new plan has to wait.
    pub fn is_busy(&self) -> bool {
        self.in_flight >= Self::IN_FLIGHT
    }

    /// Sends a command, as soon as there is room.
    pub fn send(&mut self, command: Command) {
        self.in_flight += usize::from(matches!(command, Command::Swap(_)));
        self.backlog.push_back(command);
        self.flush();
    }

    /// Sends what waits.
    pub fn flush(&mut self) {
        while let Some(command) = self.backlog.pop_front() {
            if let Err(rtrb::PushError::Full(command)) = self.commands.push(command) {
                self.backlog.push_front(command);
                return;
            }
        }
    }
}
