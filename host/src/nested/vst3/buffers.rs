//! The engine's buses as a component's buses.
#![expect(unsafe_code, reason = "a component takes raw pointers to samples")]

use vst3::Steinberg::Vst::{AudioBusBuffers, AudioBusBuffers__type0};
use vst3::Steinberg::int32;

use crate::nested::channels::Channels;
use crate::nested::plugin::BusInfo;
use crate::processor::{BusIn, BusOut};

/// The buses of one direction.
pub(super) struct Buffers {
    channels: Channels,
    /// What the component sees; each points into `channels`.
    ports: Vec<AudioBusBuffers>,
    /// How many there are.
    count: int32,
}

// SAFETY: the pointers are into the lists of `channels`, which is owned and keeps them in place.
unsafe impl Send for Buffers {}

/// Buses as a function takes them: where they are, and how many. Null if there are none.
type Raw = (*mut AudioBusBuffers, int32);

impl Buffers {
    /// For inputs, at blocks of up to `max_block` frames. The standard lets a component write into them, so it gets copies.
    pub(super) fn inputs(ports: &[BusInfo], max_block: usize) -> Self {
        Self::new(ports, Channels::with_copies(ports, max_block))
    }

    /// For outputs, at blocks of up to `max_block` frames.
    pub(super) fn outputs(ports: &[BusInfo], max_block: usize) -> Self {
        Self::new(ports, Channels::new(ports, max_block))
    }

    fn new(ports: &[BusInfo], mut channels: Channels) -> Self {
        let describe = |(port, list): (&BusInfo, _)| AudioBusBuffers {
            numChannels: int32::try_from(port.channels).unwrap_or(0),
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 { channelBuffers32: list },
        };
        let ports: Vec<_> = ports.iter().zip(channels.lists()).map(describe).collect();
        Self { channels, count: int32::try_from(ports.len()).unwrap_or(0), ports }
    }

    /// The component's inputs for a block, valid as long as the block; `None` if it does not fit them.
    ///
    /// # Real-time
    /// Linear in the samples.
    #[inline]
    pub(super) fn read(&mut self, block: &[BusIn<'_>], frames: usize) -> Option<Raw> {
        if !self.channels.copy_inputs(block, frames) {
            return None;
        }
        for (port, audio) in self.ports.iter_mut().zip(block) {
            port.silenceFlags = audio.silence_mask();
        }
        Some(self.raw())
    }

    /// The component's outputs for a block, valid as long as the block; `None` if it does not fit them. They begin silent:
    /// many components write nothing when they have nothing to say.
    ///
    /// # Real-time
    /// Linear in the samples.
    #[inline]
    pub(super) fn write(&mut self, block: &mut [BusOut<'_>], frames: usize) -> Option<Raw> {
        let fits = self.channels.aim_at_outputs(block, frames, |samples| samples.fill(0.0));
        fits.then(|| self.raw())
    }

    /// Silences the outputs that the component has flagged as silent, whatever it has left in them. The flags are gone then.
    ///
    /// # Real-time
    /// Constant; linear in the samples that are flagged.
    #[inline]
    pub(super) fn obey_flags(&mut self, block: &mut [BusOut<'_>]) {
        for (place, port) in self.ports.iter_mut().enumerate() {
            if port.silenceFlags != 0 {
                let flags = std::mem::take(&mut port.silenceFlags);
                block.get_mut(place).into_iter().for_each(|bus| silence(bus, flags));
            }
        }
    }

    fn raw(&mut self) -> Raw {
        if self.count > 0 { (self.ports.as_mut_ptr(), self.count) } else { (std::ptr::null_mut(), 0) }
    }
}

/// Silences the channels that have a flag.
#[cold]
fn silence(bus: &mut BusOut<'_>, flags: u64) {
    for (index, channel) in bus.channels_mut().enumerate().take(64) {
        if flags >> index & 1 == 1 {
            channel.fill(0.0);
        }
    }
}
