//! The stream plane: fixed-size frames to the audio thread, while a gesture lasts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{NodeId, ParamId};

/// One message of the stream plane. `Copy`, so the audio thread never frees one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "stream", rename_all = "snake_case")]
pub enum StreamFrame {
    /// A parameter moves under somebody's hand.
    Param {
        /// The node.
        node: NodeId,
        /// Its parameter.
        param: ParamId,
        /// Plain value.
        value: f64,
    },
    /// A hand lets go of a parameter. Nothing changes, but it is [told](crate::TelemetryFrame::HandMoved) where that was.
    Release {
        /// The node.
        node: NodeId,
        /// Its parameter.
        param: ParamId,
    },
    /// A macro moves.
    Macro {
        /// 0..=127.
        slot: u8,
        /// 0..=1.
        value: f64,
    },
    /// A key goes down, on the on-screen keyboard or an input.
    NoteOn {
        /// The player node whose track hears it; `None` for every armed track.
        node: Option<NodeId>,
        /// 0..=127.
        key: u8,
        /// 0..=1.
        velocity: f32,
    },
    /// A key goes up.
    NoteOff {
        /// As for the note on.
        node: Option<NodeId>,
        /// 0..=127.
        key: u8,
    },
}
