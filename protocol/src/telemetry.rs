//! The telemetry plane: fixed-size frames from the audio thread. Latest wins; a full ring drops, and counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{NodeId, ParamId};
use crate::time::{Beats, Frames};

/// One message of the telemetry plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "telemetry", rename_all = "snake_case")]
pub enum TelemetryFrame {
    /// Levels of a strip since its last frame, linear, left and right.
    Meter {
        /// The strip.
        node: NodeId,
        /// Largest absolute sample.
        peak: [f32; 2],
        /// Root of the mean square.
        rms: [f32; 2],
    },
    /// Where the transport is at the end of a block.
    Playhead {
        /// Position on the timeline.
        frame: Frames,
        /// The same in quarter notes.
        beats: f64,
        /// Tempo there, quarter notes a minute.
        bpm: f64,
        /// Whether it runs.
        playing: bool,
    },
    /// How long blocks took since the last frame, as a fraction of their duration, and what was lost since activation.
    Load {
        /// The block that took longest; 1.0 is all the time there is.
        load: f32,
        /// All blocks together.
        mean: f32,
        /// Blocks that took longer than they last. Never counted offline, where nobody waits.
        late_blocks: u32,
        /// Times that the audio device ran dry, as it says itself; zero where it does not say.
        xruns: u32,
        /// Blocks in which streamed audio came too late.
        underruns: u32,
        /// Events dropped because a list was full.
        dropped_events: u32,
    },
    /// How long a node took since its last frame, as a fraction of the duration of the blocks. Only while nodes are timed.
    NodeLoad {
        /// Which.
        node: NodeId,
        /// All blocks that were timed together.
        load: f32,
        /// The block in which it took longest.
        peak: f32,
    },
    /// Events to or from a node were dropped because a list was full. They are part of the count in
    /// [`Load`](Self::Load).
    EventsDropped {
        /// Which.
        node: NodeId,
        /// How many since the node's last frame.
        count: u32,
    },
    /// A node misbehaved and was bypassed for the block.
    Fault {
        /// Which.
        node: NodeId,
        /// How.
        fault: Fault,
    },
    /// A nested plugin moved one of its own parameters.
    ParamMoved {
        /// The node.
        node: NodeId,
        /// The parameter.
        param: ParamId,
        /// Plain value.
        value: f64,
        /// Where in the user's gesture this is.
        gesture: Gesture,
        /// Where on the timeline, as for [`HandMoved`](Self::HandMoved).
        at: Option<Beats>,
    },
    /// What a hand did on the stream plane took effect.
    HandMoved {
        /// The node.
        node: NodeId,
        /// The parameter.
        param: ParamId,
        /// Plain value; of no meaning when the hand lets go.
        value: f64,
        /// Whether the control moves, or the hand lets go.
        gesture: Gesture,
        /// Where on the timeline: of the frame of the node's input that was the first to be touched by it, to the nearest
        /// tick. `None` while playback stands.
        at: Option<Beats>,
    },
    /// Playback went from one place to another, or stopped.
    Jumped {
        /// Where it would have gone on.
        left: Beats,
        /// Where it goes on; `None` if it stands.
        to: Option<Beats>,
    },
}

/// How a node misbehaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It put out not-a-number or infinity.
    NotFinite,
    /// It reported that processing failed.
    Failed,
}

/// The part of a gesture that a parameter change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gesture {
    /// The hand takes the control.
    Begin,
    /// The control moves.
    Change,
    /// The hand lets go.
    End,
}
