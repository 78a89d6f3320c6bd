//! The engine's stereo buses as a plugin's ports of any number of channels.
//!
//! Everything is laid out at activation; a block only writes addresses. A mono input gets the mean of both sides, a
//! mono output goes to both sides; of wider ports the first two channels are connected.
#![expect(unsafe_code, reason = "a plugin takes raw pointers to samples")]

use clack_host::process::audio_buffers::{InputAudioBuffers, OutputAudioBuffers};
use clap_sys::audio_buffer::clap_audio_buffer;

use crate::math::{to_u32, to_usize};
use crate::nested::plugin::BusInfo;
use crate::processor::{Ports, StereoIn, StereoOut};

/// The ports of one direction.
pub(super) struct Buffers {
    /// What the plugin sees; each `data32` points into `channels`.
    ports: Vec<clap_audio_buffer>,
    /// The addresses of the channels of all ports, one port after the other.
    channels: Vec<*mut f32>,
    /// Where the channels of each connected port begin in `channels`, and how they meet the bus.
    buses: Vec<Bus>,
    /// One buffer for each mono input, and one for all channels that nobody listens to.
    scratch: Vec<f32>,
    max_block: usize,
}

// SAFETY: the pointers are into vectors that are owned and never grow, or are written anew for every block.
unsafe impl Send for Buffers {}

#[derive(Clone, Copy)]
struct Bus {
    first: usize,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// No channels at all.
    Nothing,
    /// One channel; for an input, the index of its scratch buffer.
    Mono(usize),
    /// Two channels or more.
    Wide,
}

impl Buffers {
    /// For ports of one direction, at blocks of up to `max_block` frames.
    pub(super) fn new(ports: &[BusInfo], max_block: usize) -> Self {
        let channel_count: usize = ports.iter().map(|port| to_usize(port.channels)).sum();
        // Buffer 0 is for what nobody listens to; the silence of unconnected inputs is in it, too.
        let mut scratch = vec![0.0; max_block * (1 + ports.len())];
        let nowhere = scratch.as_mut_ptr();
        let mut channels = vec![nowhere; channel_count.max(1)];
        let base = channels.as_mut_ptr();
        let (mut descriptors, mut buses, mut first) = (Vec::new(), Vec::new(), 0);
        for (index, port) in ports.iter().enumerate() {
            let count = to_usize(port.channels);
            descriptors.push(clap_audio_buffer {
                // `first` is at most the number of channels, so this stays within or one past the vector.
                data32: base.wrapping_add(first),
                data64: std::ptr::null_mut(),
                channel_count: port.channels,
                latency: 0,
                constant_mask: 0,
            });
            let shape = match count {
                0 => Shape::Nothing,
                1 => Shape::Mono(index + 1),
                _ => Shape::Wide,
            };
            if index < usize::from(Ports::MAX_BUSES) {
                buses.push(Bus { first, shape });
            }
            first += count;
        }
        Self { ports: descriptors, channels, buses, scratch, max_block }
    }

    /// The plugin's inputs for a block; `None` if a bus is missing or shorter than `frames`.
    ///
    /// # Real-time
    /// Constant per bus, and linear in the frames for a mono input.
    #[inline]
    pub(super) fn inputs<'a>(
        &'a mut self,
        block: &'a [StereoIn<'_>],
        frames: usize,
    ) -> Option<InputAudioBuffers<'a>> {
        if block.len() < self.buses.len() || frames > self.max_block {
            return None;
        }
        for (bus, audio) in self.buses.iter().zip(block) {
            let (left, right) = (audio.left.get(..frames)?, audio.right.get(..frames)?);
            match bus.shape {
                Shape::Nothing => {}
                Shape::Mono(buffer) => {
                    let mono = &mut self.scratch[buffer * self.max_block..][..frames];
                    for ((mono, left), right) in mono.iter_mut().zip(left).zip(right) {
                        *mono = 0.5 * (left + right);
                    }
                    self.channels[bus.first] = mono.as_mut_ptr();
                }
                Shape::Wide => {
                    self.channels[bus.first] = left.as_ptr().cast_mut();
                    self.channels[bus.first + 1] = right.as_ptr().cast_mut();
                }
            }
        }
        // SAFETY: every address points to at least `frames` samples: to a slice just checked, to a scratch buffer of
        // `max_block`, or to the silent one. A plugin only reads its inputs (CLAP `process.h`).
        Some(unsafe { InputAudioBuffers::from_raw_buffers(&self.ports, to_u32(frames)) })
    }

    /// The plugin's outputs for a block; `None` if a bus is missing or shorter than `frames`.
    ///
    /// # Real-time
    /// Constant per bus.
    #[inline]
    pub(super) fn outputs<'a>(
        &'a mut self,
        block: &'a mut [StereoOut<'_>],
        frames: usize,
    ) -> Option<OutputAudioBuffers<'a>> {
        if block.len() < self.buses.len() || frames > self.max_block {
            return None;
        }
        for (bus, audio) in self.buses.iter().zip(block) {
            let (left, right) = (audio.left.get_mut(..frames)?, audio.right.get_mut(..frames)?);
            match bus.shape {
                Shape::Nothing => {}
                Shape::Mono(_) => self.channels[bus.first] = left.as_mut_ptr(),
                Shape::Wide => {
                    self.channels[bus.first] = left.as_mut_ptr();
                    self.channels[bus.first + 1] = right.as_mut_ptr();
                }
            }
        }
        for port in &mut self.ports {
            port.constant_mask = 0;
        }
        // SAFETY: every address points to at least `frames` samples that nobody else reads or writes during the block:
        // to a slice just checked and borrowed for as long as the result, or to the buffer nobody listens to.
        Some(unsafe { OutputAudioBuffers::from_raw_buffers(&mut self.ports, to_u32(frames)) })
    }

    /// Completes the output buses after the plugin has written its ports.
    #[inline]
    pub(super) fn finish(&self, block: &mut [StereoOut<'_>]) {
        for (bus, audio) in self.buses.iter().zip(block) {
            match bus.shape {
                Shape::Nothing => audio.silence(),
                Shape::Mono(_) => audio.right.copy_from_slice(audio.left),
                Shape::Wide => {}
            }
        }
    }
}
