//! What a node is on the audio thread: built-in devices and nested plugins alike.
//!
//! Life of a processor:
//! 1. it is made on the control thread for one [`AudioConfig`](crate::AudioConfig), in its initial state;
//! 2. [`set_param`](Processor::set_param) gives it the values of the plan;
//! 3. it moves to the audio thread: [`process`](Processor::process), [`set_param`](Processor::set_param) and
//!    [`reset`](Processor::reset) in any order;
//! 4. [`leave`](Processor::leave) on the audio thread, then it moves back to the control thread to be dropped.

mod audio_block;
mod bus;
mod bus_buffer;
mod ports;

pub use audio_block::AudioBlock;
pub(crate) use audio_block::Claim;
pub use bus::{BusIn, BusOut, StereoIn, StereoOut};
pub use bus_buffer::BusBuffer;
pub use ports::{Buses, Ports};

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use protocol::{Frames, ParamId};

use crate::config::RenderMode;
use crate::event::{EventList, Events};

/// The audio-thread half of a node.
///
/// # Real-time
/// Every method here runs on the audio thread: no allocation, lock, I/O, logging or panic.
///
/// # Block size
/// What comes out must not depend on how time is cut into blocks: control moves per sample, or at frames that
/// are multiples of a constant counted from the start of processing or on the timeline.
pub trait Processor: Send + Any {
    /// Its ports. Constant.
    fn ports(&self) -> Ports;

    /// Processes one block.
    ///
    /// Blocks have 1..=`max_block` frames. Every sample of every output bus must be written: on entry they hold
    /// garbage. Inputs and outputs never alias. There are exactly as many buses, of as many channels, as
    /// [`ports`](Self::ports) says; unconnected inputs are silent.
    ///
    /// It may be left out for a block that would change nothing: see [`ProcessStatus`].
    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus;

    /// Processes a block in which there is nothing but audio, of a processor of one input and one output: what most blocks
    /// are. Does what [`process`](Self::process) would do; for processors that have a shorter way to it.
    fn process_audio(&mut self, block: &mut AudioBlock<'_>) -> ProcessStatus {
        block.as_node(|block| self.process(block))
    }

    /// Back to exactly the initial state: tails, voices, phases, random seeds and smoothers, which then stand at
    /// their targets. Parameter values stay.
    fn reset(&mut self);

    /// Gives a parameter a plain value from the first frame of the next block on. Unknown ids are ignored; values
    /// are clamped.
    fn set_param(&mut self, param: ParamId, value: f64);

    /// How much later the output is than the input. May only change while the processor is on the control thread,
    /// or after it has been announced there (nested plugins).
    fn latency(&self) -> Frames {
        Frames::ZERO
    }

    /// How long it goes on sounding after its input has ended.
    fn tail(&self) -> Tail {
        Tail::Frames(Frames::ZERO)
    }

    /// Whether it is an instrument that tells with [`NoteEnd`](crate::EventKind::NoteEnd) when each note has died away.
    /// Constant.
    fn tells_note_ends(&self) -> bool {
        false
    }

    /// Whether it draws the lines of [`ParamLine`](crate::EventKind::ParamLine)s: it is told where each is at the last frame of a
    /// block, too. Constant.
    fn draws_lines(&self) -> bool {
        false
    }

    /// Lends it threads for work that comes in parts, before it goes to the audio thread.
    fn lend(&mut self, helpers: &Arc<dyn Parallel>) {
        let _ = helpers;
    }

    /// How many events it had no room for since this was last asked.
    fn take_dropped(&mut self) -> u32 {
        0
    }

    /// The last call on the audio thread before the processor goes back to the control thread.
    fn leave(&mut self) {}
}

static_assertions::assert_obj_safe!(Processor);

/// Threads that help with work that comes in parts.
pub trait Parallel: Send + Sync {
    /// Does parts 0 to `count` in any order, here and, if that pays, on other threads; returns when all are done. `expected`
    /// is how long a part takes; gives how long it took.
    ///
    /// # Real-time
    /// As long as the parts take: waits for those that others have begun, and for nothing else.
    fn run(&self, count: u32, expected: Duration, part: &(dyn Fn(u32) + Sync)) -> Duration;
}

static_assertions::assert_obj_safe!(Parallel);

/// Everything a processor needs for one block.
pub struct NodeBlock<'a> {
    /// Length in frames; never zero. All buses have exactly this length.
    pub frames: usize,
    /// Input buses.
    pub audio_in: &'a [BusIn<'a>],
    /// Output buses.
    pub audio_out: &'a mut [BusOut<'a>],
    /// Events for this node, sorted by frame, every frame below [`frames`](Self::frames). Param events address this
    /// node's parameters.
    pub events_in: Events<'a>,
    /// Where events go that it puts out.
    pub events_out: &'a mut EventList,
    /// Musical time.
    pub transport: &'a BlockTransport,
    /// Whether there is a deadline.
    pub mode: RenderMode,
}

impl NodeBlock<'_> {
    /// Whether anything comes in: audio that is not known to be silent, or an event.
    #[inline]
    #[must_use]
    pub fn is_fed(&self) -> bool {
        self.audio_in.iter().any(|bus| !bus.is_silent()) || !self.events_in.is_empty()
    }
}

/// Musical time during a block. A block never spans a jump or a loop wrap; the tempo is constant within it as far
/// as a reader needs to know (tempo changes inside a block show in the next).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockTransport {
    /// Whether time moves.
    pub playing: bool,
    /// Timeline frame of the first frame of the block; may be negative (pre-roll). Stands still when not playing.
    pub frame: Frames,
    /// The same in quarter notes.
    pub beats: f64,
    /// Quarter notes per minute at the start of the block.
    pub bpm: f64,
    /// Notes in a bar.
    pub numerator: u8,
    /// The kind of note: 1, 2, 4, 8, 16 or 32.
    pub denominator: u8,
    /// Start of the current bar, in quarter notes.
    pub bar_start_beats: f64,
    /// The number of the current bar, from 0.
    pub bar: i32,
    /// Loop start and end in quarter notes, if looping.
    pub loop_beats: Option<(f64, f64)>,
    /// Whether time did not come here by running: playback starts, or the position jumped, at this block.
    pub jumped: bool,
}

impl Default for BlockTransport {
    fn default() -> Self {
        Self {
            playing: false,
            frame: Frames::ZERO,
            beats: 0.0,
            bpm: 120.0,
            numerator: 4,
            denominator: 4,
            bar_start_beats: 0.0,
            bar: 0,
            loop_beats: None,
            jumped: false,
        }
    }
}

/// What a processor says after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessStatus {
    /// Go on, whatever comes in.
    Continue,
    /// The output ends [`tail`](Processor::tail) after the input: when both are silent for so long, blocks are left
    /// out until something comes in.
    Tail,
    /// The output is silent from the next block on, and blocks may be left out, until something comes in: audio that
    /// is not silent, or an event. So that it is the same with blocks left out, no state moves meanwhile.
    Quiet,
    /// Processing failed. The output is not used; the node is bypassed for this block and a fault is reported.
    Failed,
}

/// How long a processor goes on sounding after its input has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// At most so long.
    Frames(Frames),
    /// It may never end.
    Infinite,
}
