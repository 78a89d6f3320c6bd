//! The engine's buses as a plugin's ports.
//!
//! Everything is laid out at activation; a block only writes addresses. The engine gives every port the channels it
//! has; what is beyond its limits hears silence, and is heard by nobody.
#![expect(unsafe_code, reason = "a plugin takes raw pointers to samples")]

use clack_host::process::audio_buffers::{InputAudioBuffers, OutputAudioBuffers};
use clap_sys::audio_buffer::clap_audio_buffer;

use crate::math::{to_u32, to_usize};
use crate::nested::plugin::BusInfo;
use crate::processor::{BusIn, BusOut, Buses};

/// The ports of one direction.
pub(super) struct Buffers {
    /// What the plugin sees; each `data32` points into `channels`.
    ports: Vec<clap_audio_buffer>,
    /// The addresses of the channels of all ports, one port after the other.
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

impl Buffers {
    /// For ports of one direction, at blocks of up to `max_block` frames.
    pub(super) fn new(ports: &[BusInfo], max_block: usize) -> Self {
        let channel_count: usize = ports.iter().map(|port| to_usize(port.channels)).sum();
        let mut nowhere = vec![0.0; max_block];
        let mut channels = vec![nowhere.as_mut_ptr(); channel_count.max(1)];
        let base = channels.as_mut_ptr();
        let (mut descriptors, mut buses, mut first) = (Vec::new(), Vec::new(), 0);
        for port in ports {
            let count = to_usize(port.channels);
            descriptors.push(clap_audio_buffer {
                // `first` is at most the number of channels, so this stays within or one past the vector.
                data32: base.wrapping_add(first),
                data64: std::ptr::null_mut(),
                channel_count: port.channels,
                latency: 0,
                constant_mask: 0,
            });
            if buses.len() < Buses::MAX {
                buses.push(Bus { first, count: count.min(Buses::MAX_CHANNELS) });
            }
            first += count;
        }
        Self { ports: descriptors, channels, buses, nowhere }
    }

    /// The plugin's inputs for a block; `None` if it does not fit them.
    ///
    /// # Real-time
    /// Constant per channel.
    #[inline]
    pub(super) fn inputs<'a>(
        &'a mut self,
        block: &'a [BusIn<'_>],
        frames: usize,
    ) -> Option<InputAudioBuffers<'a>> {
        if block.len() < self.buses.len() || frames > self.nowhere.len() {
            return None;
        }
        for ((bus, audio), port) in self.buses.iter().zip(block).zip(&mut self.ports) {
            if audio.channels() < bus.count || audio.frames() < frames {
                return None;
            }
            for (channel, address) in self.channels[bus.first..bus.first + bus.count].iter_mut().enumerate() {
                *address = audio.channel(channel).as_ptr().cast_mut();
            }
            port.constant_mask = audio.silence_mask();
        }
        // SAFETY: every address points to at least `frames` samples: of a bus just checked, or of silence. A plugin only
        // reads its inputs (CLAP `process.h`).
        Some(unsafe { InputAudioBuffers::from_raw_buffers(&self.ports, to_u32(frames)) })
    }

    /// The plugin's outputs for a block; `None` if it does not fit them.
    ///
    /// # Real-time
    /// Constant per channel.
    #[inline]
    pub(super) fn outputs<'a>(
        &'a mut self,
        block: &'a mut [BusOut<'_>],
        frames: usize,
    ) -> Option<OutputAudioBuffers<'a>> {
        if block.len() < self.buses.len() || frames > self.nowhere.len() {
            return None;
        }
        for (bus, audio) in self.buses.iter().zip(block) {
            if audio.channels() < bus.count || audio.frames() < frames {
                return None;
            }
            for (channel, address) in self.channels[bus.first..bus.first + bus.count].iter_mut().enumerate() {
                *address = audio.channel_mut(channel).as_mut_ptr();
            }
        }
        for port in &mut self.ports {
            port.constant_mask = 0;
        }
        // SAFETY: every address points to at least `frames` samples that nobody else reads or writes during the block: of
        // a bus just checked and borrowed for as long as the result, or of the buffer nobody listens to.
        Some(unsafe { OutputAudioBuffers::from_raw_buffers(&mut self.ports, to_u32(frames)) })
    }
}
