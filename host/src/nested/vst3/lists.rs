//! Where everything is that a component is handed in a block.
#![expect(unsafe_code, reason = "a component takes raw pointers")]

use vst3::Steinberg::Vst::ProcessData;
use vst3::Steinberg::Vst::ProcessModes_::kRealtime;
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;

use super::buffers::{Buffers, Stereo};
use super::changes_in::ChangesIn;
use super::changes_out::ChangesOut;
use super::event_list;
use super::ints::int;

/// What the component is handed in every block, which stays where it is as long as the processor lives.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    /// All of it, as the component takes it; what is of a single block is missing.
    pub(super) data: ProcessData,
    /// Input and output of what has one stereo bus each way.
    pub(super) stereo: Option<[Stereo; 2]>,
    /// Frames.
    pub(super) max_block: usize,
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
        let stereo = inputs.stereo().zip(outputs.stereo()).map(|(input, output)| [input, output]);
        let ((inputs, input_count), (outputs, output_count)) = (inputs.raw(), outputs.raw());
        let data = ProcessData {
            processMode: int(kRealtime),
            symbolicSampleSize: int(kSample32),
            numSamples: 0,
            numInputs: input_count,
            numOutputs: output_count,
            inputs,
            outputs,
            inputParameterChanges: changes_in.pointer(),
            outputParameterChanges: changes_out.pointer(),
            // Null without event inputs, and without event outputs.
            inputEvents: events.0.map_or_else(none, event_list::Incoming::pointer),
            outputEvents: events.1.map_or_else(none, event_list::Outgoing::pointer),
            processContext: std::ptr::null_mut(),
        };
        Self { data, stereo, max_block }
    }
}
