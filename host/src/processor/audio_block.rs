//! A block of audio and nothing else: what most nodes get, most of the time.
#![expect(unsafe_code, reason = "an input that nobody else reads is lent to be written to")]

use super::{BlockTransport, BusIn, BusOut, NodeBlock};
use crate::config::RenderMode;
use crate::event::{EventList, Events};

/// Everything a processor of one input and one output needs for a block of audio without events.
pub struct AudioBlock<'a> {
    input: BusIn<'a>,
    claim: Claim,
    output: BusOut<'a>,
    events_out: &'a mut EventList,
    /// Musical time.
    pub transport: &'a BlockTransport,
    /// Whether there is a deadline.
    pub mode: RenderMode,
}

/// What may become of the input of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is only to be read.
    Shared,
    /// Nobody else is going to read it.
    Free,
    /// The processor was given it to write to.
    Taken,
}

impl<'a> AudioBlock<'a> {
    /// A block.
    ///
    /// # Safety
    /// Input and output are of one length, which is not zero. If the input is [free](Claim::Free), its samples may be written
    /// through the pointer that the bus was made of, and nobody is going to read them afterwards who minds.
    #[inline]
    pub(crate) unsafe fn new(
        (input, claim): (BusIn<'a>, Claim),
        output: BusOut<'a>,
        events_out: &'a mut EventList,
        transport: &'a BlockTransport,
        mode: RenderMode,
    ) -> Self {
        Self { input, claim, output, events_out, transport, mode }
    }

    /// The input; never without frames.
    #[inline]
    #[must_use]
    pub const fn input(&self) -> BusIn<'_> {
        self.input
    }

    /// How many channels the input and the output have.
    #[inline]
    #[must_use]
    pub const fn channels(&self) -> (usize, usize) {
        (self.input.channels(), self.output.channels())
    }

    /// The output, as long as the input, and where events go that the processor puts out.
    #[inline]
    #[must_use]
    pub const fn outputs(&mut self) -> (BusOut<'_>, &mut EventList) {
        (self.output.reborrow(), self.events_out)
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
