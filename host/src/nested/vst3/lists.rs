//! Where everything is that a component is handed in a block.
#![expect(unsafe_code, reason = "a component takes raw pointers")]

use vst3::Steinberg::Vst::{IEventList, IParameterChanges};

use super::buffers::{Buffers, Raw, Stereo};
use super::changes_in::ChangesIn;
use super::changes_out::ChangesOut;
use super::event_list;

/// What the component is handed in every block, which stays where it is as long as the processor lives.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    pub(super) inputs: Raw,
    pub(super) outputs: Raw,
    /// Input and output of what has one stereo bus each way.
    pub(super) stereo: Option<[Stereo; 2]>,
    /// Frames.
    pub(super) max_block: usize,
    pub(super) changes_in: *mut IParameterChanges,
    pub(super) changes_out: *mut IParameterChanges,
    /// Null without event inputs, and without event outputs.
    pub(super) events: (*mut IEventList, *mut IEventList),
}

// SAFETY: what they point to is owned by the processor that has them.
unsafe impl Send for Lists {}

impl Lists {
    /// Of the parts of a processor for blocks of up to `max_block` frames.
    pub(super) fn new(
        (inputs, outputs): (&mut Buffers, &mut Buffers),
        (changes_in, changes_out): (&ChangesIn, &ChangesOut),
        events: (Option<&event_list::Incoming>, Option<&event_list::Outgoing>),
        max_block: usize,
    ) -> Self {
        let none = std::ptr::null_mut;
        Self {
            stereo: inputs.stereo().zip(outputs.stereo()).map(|(input, output)| [input, output]),
            max_block,
            inputs: inputs.raw(),
            outputs: outputs.raw(),
            changes_in: changes_in.pointer(),
            changes_out: changes_out.pointer(),
            events: (
                events.0.map_or_else(none, event_list::Incoming::pointer),
                events.1.map_or_else(none, event_list::Outgoing::pointer),
            ),
        }
    }
}
