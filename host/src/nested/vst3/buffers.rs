//! The engine's buses as a component's buses.
//!
//! Everything is laid out at activation; a block only writes addresses. The engine gives every bus the channels it has;
//! what is beyond its limits hears silence, and is heard by nobody.
#![expect(unsafe_code, reason = "a component takes raw pointers to samples")]

use vst3::Steinberg::Vst::{AudioBusBuffers, AudioBusBuffers__type0};
use vst3::Steinberg::int32;

use crate::math::to_usize;
use crate::nested::plugin::BusInfo;
use crate::processor::{BusIn, BusOut, Buses};

/// The buses of one direction.
pub(super) struct Buffers {
    /// What the component sees; each points into `channels`.
    ports: Vec<AudioBusBuffers>,
    /// The addresses of the channels of all buses, one bus after the other.
    channels: Vec<*mut f32>,
    /// Where the channels of each bus of the engine begin in `channels`, and how many it gives.
    buses: Vec<Bus>,
    /// For all channels that nobody listens to, and the silence of those that nobody feeds.
    nowhere: Vec<f32>,
}

// SAFETY: the pointers are into vectors that are owned and never grow, or are written anew for every block.
unsafe impl Send for Buffers {}

#[derive(Clone, Copy)]
struct Bus {
    first: usize,
    count: usize,
}

/// Buses as a function takes them: where they are, and how many. Null if there are none.
type Raw = (*mut AudioBusBuffers, int32);

impl Buffers {
    /// For buses of one direction, at blocks of up to `max_block` frames.
    pub(super) fn new(ports: &[BusInfo], max_block: usize) -> Self {
        let channel_count: usize = ports.iter().map(|port| to_usize(port.channels)).sum();
        let mut nowhere = vec![0.0; max_block];
        let mut channels = vec![nowhere.as_mut_ptr(); channel_count.max(1)];
        let base = channels.as_mut_ptr();
        let (mut descriptors, mut buses, mut first) = (Vec::new(), Vec::new(), 0);
        for port in ports {
            let count = to_usize(port.channels);
            descriptors.push(AudioBusBuffers {
                numChannels: int32::try_from(count).unwrap_or(0),
                silenceFlags: 0,
                // `first` is at most the number of channels, so this stays within or one past the vector.
                __field0: AudioBusBuffers__type0 { channelBuffers32: base.wrapping_add(first) },
            });
            if buses.len() < Buses::MAX {
                buses.push(Bus { first, count: count.min(Buses::MAX_CHANNELS) });
            }
            first += count;
        }
        Self { ports: descriptors, channels, buses, nowhere }
    }

    /// The component's inputs for a block, valid as long as the block; `None` if it does not fit them.
    ///
    /// # Real-time
    /// Constant per channel.
    #[inline]
    pub(super) fn inputs(&mut self, block: &[BusIn<'_>], frames: usize) -> Option<Raw> {
        if block.len() < self.buses.len() || frames > self.nowhere.len() {
            return None;
        }
        for ((bus, audio), port) in self.buses.iter().zip(block).zip(&mut self.ports) {
            if audio.channels() < bus.count || audio.frames() < frames {
                return None;
            }
            for (channel, address) in self.channels[bus.first..][..bus.count].iter_mut().enumerate() {
                // A component only reads its inputs, whatever the type says.
                *address = audio.channel(channel).as_ptr().cast_mut();
            }
            port.silenceFlags = audio.silence_mask();
        }
        Some(self.raw())
    }

    /// The component's outputs for a block, valid as long as the block; `None` if it does not fit them.
    ///
    /// # Real-time
    /// Constant per channel.
    #[inline]
    pub(super) fn outputs(&mut self, block: &mut [BusOut<'_>], frames: usize) -> Option<Raw> {
        if block.len() < self.buses.len() || frames > self.nowhere.len() {
            return None;
        }
        for (bus, audio) in self.buses.iter().zip(block) {
            if audio.channels() < bus.count || audio.frames() < frames {
                return None;
            }
            for (channel, address) in self.channels[bus.first..][..bus.count].iter_mut().enumerate() {
                *address = audio.channel_mut(channel).as_mut_ptr();
            }
        }
        for port in &mut self.ports {
            port.silenceFlags = 0;
        }
        Some(self.raw())
    }

    fn raw(&mut self) -> Raw {
        match int32::try_from(self.ports.len()) {
            Ok(count @ 1..) => (self.ports.as_mut_ptr(), count),
            _ => (std::ptr::null_mut(), 0),
        }
    }
}
