//! The schedule compiler: from nodes and cables to an order, buffers and delays. Pure; knows no processor.
//!
//! 1. [`Graph`] says what there is: ports, latencies, cables;
//! 2. [`compile`] orders the nodes, aligns every path (delays go where paths of unequal latency meet), converts where
//!    the channels of two ports differ, sums where several cables meet (each source as soon as it has run, so that its
//!    buffer is free again while it is warm), and assigns buffers, reusing each as soon as its last reader is done;
//! 3. [`verify`] replays the result symbolically and checks that every port gets exactly what its cables promise.
//!
//! A layout is divided into [tasks](Task): runs of steps that wait for other tasks. Whoever runs a task after those it
//! waits for, on any thread and at the same time as others, gets the same samples: a buffer is only reused by tasks
//! that wait for all its users before. The division depends on the graph alone, never on the number of threads.
//!
//! Buffer 0 is silence (or, for events, always empty): nothing ever writes it.

mod compile;
mod verify;

#[cfg(test)]
mod tests;

pub use compile::compile;
pub use verify::{Violation, verify};

use crate::processor::Ports;

/// What is to be scheduled. Nodes are named by their index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<GraphNode>,
    /// The cables. Audio is summed in the order in which its sources run, events in this order.
    pub cables: Vec<Cable>,
    /// How late the outlets are at least, in frames.
    pub least_latency: u32,
}

/// A node, as far as the order of things goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphNode {
    /// Its ports.
    pub ports: Ports,
    /// How much later its output is than its input, in frames.
    pub latency: u32,
    /// Whether it is an outlet, which has no outputs: all outlets are aligned with each other.
    pub outlet: bool,
    /// How many control inputs it has: audio inputs of one channel, numbered after those of its ports.
    pub controls: u8,
}

impl GraphNode {
    /// How many audio inputs it has, for control too.
    #[must_use]
    pub fn inputs(&self) -> u16 {
        u16::try_from(self.ports.audio_in.len()).unwrap_or(u16::MAX).saturating_add(u16::from(self.controls))
    }

    /// How many channels an audio input has; 0 if there is no such input.
    #[must_use]
    pub fn input_channels(&self, port: u16) -> u8 {
        if self.ports.audio_in.has(port) {
            u8::try_from(self.ports.audio_in.channels(usize::from(port))).unwrap_or(0)
        } else {
            u8::from(port < self.inputs())
        }
    }
}

/// What a cable carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Audio, of as many channels as the ports say.
    Audio,
    /// Events.
    Events,
}

/// One end of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// Index of the node.
    pub node: usize,
    /// Index of the port among the node's ports of that lane and direction.
    pub port: u16,
}

/// A cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cable {
    /// What it carries.
    pub lane: Lane,
    /// From an output port.
    pub from: End,
    /// To an input port.
    pub to: End,
}

/// A buffer of a lane.
pub type Slot = u32;

/// The buffer that is always silent, or empty.
pub const SILENCE: Slot = 0;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Runs a node.
    Node {
        /// Index of the node.
        node: usize,
        /// A buffer for each audio input.
        audio_in: Box<[Slot]>,
        /// A buffer for each audio output.
        audio_out: Box<[Slot]>,
        /// The buffer of the event input, [`SILENCE`] if it has none.
        events_in: Slot,
        /// The buffer of the event output, [`SILENCE`] if it has none.
        events_out: Slot,
    },
    /// Adds buffers up, in order; audio sums of more than two go on with [`Step::Add`].
    Sum {
        /// What lane they are of.
        lane: Lane,
        /// Two or more.
        from: Box<[Slot]>,
        /// Where the sum goes.
        to: Slot,
    },
    /// Adds an audio buffer to a sum that has begun.
    Add {
        /// What is added.
        from: Slot,
        /// The sum.
        to: Slot,
    },
    /// Makes audio for a port with other channels ([`BusOut::copy_from`](crate::BusOut::copy_from)).
    Convert {
        /// What is converted.
        from: Slot,
        /// Where it goes.
        to: Slot,
    },
    /// Delays a buffer.
    Delay {
        /// What lane it is of.
        lane: Lane,
        /// Which delay line of [`Layout::delays`].
        line: usize,
        /// What is delayed.
        from: Slot,
        /// Where it comes out.
        to: Slot,
    },
}

/// A delay line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DelayLine {
    /// What it delays.
    pub source: End,
    /// What lane it is of.
    pub lane: Lane,
    /// By how many frames; never zero.
    pub frames: u32,
    /// How many channels it has; 0 for events.
    pub channels: u8,
}

/// A run of steps on one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Which steps.
    pub steps: std::ops::Range<usize>,
    /// The tasks that must be done before it begins, by index; all come before it.
    pub after: Vec<usize>,
}

/// A compiled graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// What to do, in an order in which one thread can do it.
    pub steps: Vec<Step>,
    /// How the steps are divided; together, all of them in order.
    pub tasks: Vec<Task>,
    /// The channels of each audio buffer; silence, the first, has none of its own.
    pub audio_slots: Vec<u8>,
    /// How many event buffers there are, the empty one included.
    pub event_slots: u32,
    /// The delay lines.
    pub delays: Vec<DelayLine>,
    /// For each node, how late its inputs are, in frames.
    pub arrival: Vec<u32>,
    /// How late the outlets are, in frames.
    pub latency: u32,
    /// Nodes from a source to an outlet whose latencies add up to the most; empty if nothing is late.
    pub longest: Vec<usize>,
}

impl Layout {
    /// For each step, whether it is the only one to read each of its audio inputs before that is written anew: then it may
    /// do with them as it likes.
    #[must_use]
    pub fn sole_reads(&self) -> Vec<bool> {
        let mut sole = vec![true; self.steps.len()];
        // Who has read what is in each buffer.
        let mut readers: Vec<Option<usize>> = vec![None; self.audio_slots.len()];
        for (index, step) in self.steps.iter().enumerate() {
            for &slot in step.audio_reads() {
                if slot == SILENCE {
                    sole[index] = false;
                } else if let Some(other) = readers[crate::math::to_usize(slot)].replace(index) {
                    (sole[other], sole[index]) = (false, false);
                }
            }
            for &slot in step.audio_writes() {
                readers[crate::math::to_usize(slot)] = None;
            }
        }
        sole
    }
}

impl Step {
    /// The audio buffers it reads. A sum that goes on is not read by what adds to it.
    fn audio_reads(&self) -> &[Slot] {
        match self {
            Self::Node { audio_in, .. } => audio_in,
            Self::Sum { lane: Lane::Audio, from, .. } => from,
            Self::Add { from, .. }
            | Self::Convert { from, .. }
            | Self::Delay { lane: Lane::Audio, from, .. } => std::slice::from_ref(from),
            Self::Sum { lane: Lane::Events, .. } | Self::Delay { lane: Lane::Events, .. } => &[],
        }
    }

    /// The audio buffers whose contents it replaces.
    fn audio_writes(&self) -> &[Slot] {
        match self {
            Self::Node { audio_out, .. } => audio_out,
            Self::Sum { lane: Lane::Audio, to, .. }
            | Self::Convert { to, .. }
            | Self::Delay { lane: Lane::Audio, to, .. } => std::slice::from_ref(to),
            Self::Add { .. }
            | Self::Sum { lane: Lane::Events, .. }
            | Self::Delay { lane: Lane::Events, .. } => &[],
        }
    }
}

/// Why a graph cannot be scheduled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Nodes feed each other in a circle.
    #[error("{} nodes feed each other in a circle", .0.len())]
    Cycle(
        /// The nodes of one circle, each feeding the next, the last the first.
        Vec<usize>,
    ),
    /// A cable ends at a node or port that does not exist.
    #[error("cable {0} ends at a port that does not exist")]
    NoSuchPort(
        /// Index of the cable.
        usize,
    ),
    /// Latencies add up to more than a frame count can hold.
    #[error("latencies add up to more than {} frames", u32::MAX)]
    LatencyOverflow,
}
