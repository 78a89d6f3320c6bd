//! What a shell hands the engine for one block.

use crate::event::{EventList, Events};
use crate::transport::HostTransport;

/// One block of the outer host, or of the hardware. Any length, zero included.
pub struct ProcessBlock<'a, 'io> {
    /// Length in frames. All channels have exactly this length; one that has not is missing.
    pub frames: usize,
    /// The channels of all inputs, in the order of the [`HostBuses`](crate::HostBuses) that the engine was activated
    /// with. Missing ones are silent.
    pub inputs: &'a [&'io [f32]],
    /// The channels of all outputs, likewise. All samples are written; what goes to missing ones is lost.
    pub outputs: &'a mut [&'io mut [f32]],
    /// Notes and controllers, sorted by frame. A [`Param`](crate::EventKind::Param) event moves the macro whose
    /// slot its id is, to a value of 0..=1.
    pub events_in: Events<'a>,
    /// Where the notes of the project go that are routed to the outside.
    pub events_out: &'a mut EventList,
    /// The outer host's transport; `None` runs on the engine's own.
    pub transport: Option<HostTransport>,
}
