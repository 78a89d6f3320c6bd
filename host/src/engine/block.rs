//! What a shell hands the engine for one block.

use crate::event::{EventList, Events};
use crate::processor::{StereoIn, StereoOut};
use crate::transport::HostTransport;

/// One block of the outer host, or of the hardware. Any length, zero included.
pub struct ProcessBlock<'a> {
    /// Length in frames. All buses have exactly this length.
    pub frames: usize,
    /// 0 is the main input, 1 the sidechain. Missing buses are silent.
    pub inputs: &'a [StereoIn<'a>],
    /// 0 is the main output, 1..=8 the extra ones. All samples are written; what goes to missing buses is lost.
    pub outputs: &'a mut [StereoOut<'a>],
    /// Notes and controllers, sorted by frame. A [`Param`](crate::EventKind::Param) event moves the macro whose
    /// slot its id is, to a value of 0..=1.
    pub events_in: Events<'a>,
    /// Where the notes of the project go that are routed to the outside.
    pub events_out: &'a mut EventList,
    /// The outer host's transport; `None` runs on the engine's own.
    pub transport: Option<HostTransport>,
}
