//! What travels between the controller and the processor.

use protocol::control::TransportCommand;
use protocol::{ParamId, StreamFrame};
use rtrb::Consumer;

use super::body::NodeAutomation;
use super::schedule::MacroTable;
use super::swap::Swap;
use crate::media::Pages;
use crate::nodes::{AudioProgram, NoteProgram, Tap};
use crate::timeline::Timeline;

/// From the controller. Indices are those of the schedule sent last before.
pub(crate) enum Command {
    Swap(Box<Swap>),
    Param {
        node: u32,
        param: ParamId,
        value: f64,
    },
    /// A hand takes a parameter, which has this value: its lane is silent by an earlier command.
    Hand {
        node: u32,
        param: ParamId,
        value: f64,
    },
    Bypass {
        node: u32,
        bypassed: bool,
    },
    Notes {
        node: u32,
        program: Box<NoteProgram>,
    },
    Audio {
        node: u32,
        program: Box<AudioProgram>,
        pages: Option<Box<Pages>>,
    },
    Automation {
        node: u32,
        automation: Option<Box<NodeAutomation>>,
    },
    Timeline(Box<Timeline>),
    Macros(Box<MacroTable>),
    Stream(Consumer<StreamFrame>),
    /// A strip's output goes here, too.
    Tap {
        node: u32,
        tap: Box<Tap>,
    },
    TimeNodes(NodeTiming),
    Transport(TransportCommand),
    /// A node that rests is run again.
    Wake {
        node: u32,
    },
    /// Everything back to its initial state.
    Reset,
}

/// Whether it is measured how long nodes take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeTiming {
    /// It is not; nodes cost nothing more.
    #[default]
    Off,
    /// In some of the blocks.
    On,
}

/// Back from the processor, to be dropped or put away.
#[expect(dead_code, reason = "most of it only travels to be dropped")]
pub(crate) enum Retired {
    Swap(Box<Swap>),
    Notes(Box<NoteProgram>),
    Audio(Box<AudioProgram>, Option<Box<Pages>>),
    Automation(Option<Box<NodeAutomation>>),
    Timeline(Box<Timeline>),
    Macros(Box<MacroTable>),
    Stream(Consumer<StreamFrame>),
    Tap(Box<Tap>),
}
