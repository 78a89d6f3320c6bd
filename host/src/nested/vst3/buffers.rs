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

/// Buses as a function takes them: where they are, for as long as the [`Buffers`] live, and how many. Null if there are none.
pub(super) type Raw = (*mut AudioBusBuffers, int32);

/// A single stereo bus, which nearly every effect has.
#[derive(Clone, Copy)]
pub(super) struct Stereo {
    port: *mut AudioBusBuffers,
    addresses: *mut [*mut f32; 2],
}

impl Stereo {
    /// Lets the bus be these samples: where the left ones are, and how many further the right ones.
    ///
    /// # Safety
    /// The [`Buffers`] it is from live, and nobody else uses them meanwhile.
    #[inline]
    pub(super) unsafe fn aim(self, (left, stride): (*mut f32, usize)) {
        // SAFETY: by the caller's promise.
        unsafe { (*self.addresses, (*self.port).silenceFlags) = ([left, left.wrapping_add(stride)], 0) };
    }

    /// Which channels the component says are silent.
    ///
    /// # Safety
    /// As for [`aim`](Self::aim).
    #[inline]
    pub(super) unsafe fn flags(self) -> u64 {
        // SAFETY: by the caller's promise.
        unsafe { (*self.port).silenceFlags }
    }
}

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

    /// Lets the component's inputs be those of a block, as long as that lasts; `false` if they do not fit.
    ///
    /// # Real-time
    /// Linear in the samples.
    pub(super) fn read(&mut self, block: &[BusIn<'_>], frames: usize) -> bool {
        if !self.channels.copy_inputs(block, frames) {
            return false;
        }
        for (port, audio) in self.ports.iter_mut().zip(block) {
            port.silenceFlags = audio.silence_mask();
        }
        true
    }

    /// Lets the component's outputs be those of a block, as long as that lasts; `false` if they do not fit.
    ///
    /// # Real-time
    /// Constant per channel.
    pub(super) fn write(&mut self, block: &mut [BusOut<'_>], frames: usize) -> bool {
        if !self.channels.aim_at_outputs(block, frames) {
            return false;
        }
        // What it said of another block is not about this one.
        self.ports.iter_mut().for_each(|port| port.silenceFlags = 0);
        true
    }

    /// Silences the outputs that the component has flagged as silent, whatever it has left in them.
    ///
    /// # Real-time
    /// Constant; linear in the samples that are flagged.
    #[inline]
    pub(super) fn obey_flags(&self, block: &mut [BusOut<'_>]) {
        for (port, bus) in self.ports.iter().zip(block) {
            silence(bus, port.silenceFlags);
        }
    }

    /// The only bus and its two addresses, for as long as this lives, if it is stereo.
    pub(super) fn stereo(&mut self) -> Option<Stereo> {
        let addresses = self.channels.stereo()?;
        (self.ports.len() == 1).then_some(Stereo { port: self.ports.as_mut_ptr(), addresses })
    }

    /// The buses as the component takes them.
    pub(super) fn raw(&mut self) -> Raw {
        if self.count > 0 { (self.ports.as_mut_ptr(), self.count) } else { (std::ptr::null_mut(), 0) }
    }
}

/// Silences the channels that have a flag.
pub(super) fn silence(bus: &mut BusOut<'_>, flags: u64) {
    if flags == 0 {
        return;
    }
    for (index, channel) in bus.channels_mut().enumerate().take(64) {
        if flags >> index & 1 == 1 {
            channel.fill(0.0);
        }
    }
}
