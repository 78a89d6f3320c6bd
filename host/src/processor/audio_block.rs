//! A block of audio and nothing else: what most nodes get, most of the time.
#![expect(unsafe_code, reason = "an input that nobody else reads is lent to be written to")]

use super::{BlockTransport, BusIn, BusOut, NodeBlock};
use crate::config::RenderMode;
use crate::event::{EventList, Events};

/// Everything a processor of one input and one output needs for a block of audio without events.
pub struct AudioBlock<'a> {
    input: BusIn<'a>,
    claim: Claim,
    /// The output, as long as the input.
    pub output: BusOut<'a>,
    /// Where events go that it puts out.
    pub events_out: &'a mut EventList,
    /// Musical time.
    pub transport: &'a BlockTransport,
    /// Whether there is a deadline.
    pub mode: RenderMode,
}

/// What may become of the input of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// It is only to be read.
    Shared,
    /// Nobody else is going to read it.
    Free,
    /// The processor was given it to write to.
    Taken,
}

impl<'a> AudioBlock<'a> {
    /// A block whose input is only to be read.
    #[inline]
    pub fn new(
        input: BusIn<'a>,
        output: BusOut<'a>,
        events_out: &'a mut EventList,
        transport: &'a BlockTransport,
        mode: RenderMode,
    ) -> Self {
        Self { input, claim: Claim::Shared, output, events_out, transport, mode }
    }

    /// The same, with an input that the processor may write to.
    ///
    /// # Safety
    /// The samples of the input may be written through the pointer that the bus was made of, and nobody is going to read
    /// them afterwards who minds.
    #[inline]
    pub(crate) unsafe fn lend(self) -> Self {
        Self { claim: Claim::Free, ..self }
    }

    /// The input; never without frames.
    #[inline]
    #[must_use]
    pub const fn input(&self) -> BusIn<'_> {
        self.input
    }

    /// Where the channels of the input are, as [`BusIn::raw`] has them, if the processor may write to them.
    #[inline]
    pub(crate) fn take_input(&mut self) -> Option<(*mut f32, usize)> {
        if self.claim != Claim::Free {
            return None;
        }
        self.claim = Claim::Taken;
        let (start, stride) = self.input.raw();
        Some((start.cast_mut(), stride))
    }

    /// The input, if the processor has left it as it was.
    #[inline]
    pub(crate) fn unspoilt(&self) -> Option<BusIn<'a>> {
        (self.claim != Claim::Taken).then_some(self.input)
    }

    /// The same block as any processor takes it.
    #[inline]
    pub fn as_node<R>(&mut self, process: impl FnOnce(&mut NodeBlock<'_>) -> R) -> R {
        process(&mut NodeBlock {
            frames: self.input.frames(),
            audio_in: &[self.input],
            audio_out: &mut [self.output.reborrow()],
            events_in: Events::EMPTY,
            events_out: self.events_out,
            transport: self.transport,
            mode: self.mode,
        })
    }
}
