//! The engine's buses as a plugin's ports.
#![expect(unsafe_code, reason = "a plugin takes raw pointers to samples")]

use clack_host::process::audio_buffers::{InputAudioBuffers, OutputAudioBuffers};
use clap_sys::audio_buffer::clap_audio_buffer;

use crate::math::to_u32;
use crate::nested::channels::Channels;
use crate::nested::plugin::BusInfo;
use crate::processor::{BusIn, BusOut};

/// The ports of one direction.
pub(super) struct Buffers {
    channels: Channels,
    /// What the plugin sees; each `data32` points into `channels`.
    ports: Vec<clap_audio_buffer>,
}

// SAFETY: the pointers are into the lists of `channels`, which is owned and keeps them in place.
unsafe impl Send for Buffers {}

impl Buffers {
    /// For ports of one direction, at blocks of up to `max_block` frames.
    pub(super) fn new(ports: &[BusInfo], max_block: usize) -> Self {
        let mut channels = Channels::new(ports, max_block);
        let describe = |(port, list): (&BusInfo, _)| clap_audio_buffer {
            data32: list,
            data64: std::ptr::null_mut(),
            channel_count: port.channels,
            latency: 0,
            constant_mask: 0,
        };
        let ports = ports.iter().zip(channels.lists()).map(describe).collect();
        Self { channels, ports }
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
        if !self.channels.aim_at_inputs(block, frames) {
            return None;
        }
        for (port, audio) in self.ports.iter_mut().zip(block) {
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
        if !self.channels.aim_at_outputs(block, frames) {
            return None;
        }
        for port in &mut self.ports {
            port.constant_mask = 0;
        }
        // SAFETY: every address points to at least `frames` samples that nobody else reads or writes during the block: of
        // a bus just checked and borrowed for as long as the result, or of the buffer nobody listens to.
        Some(unsafe { OutputAudioBuffers::from_raw_buffers(&mut self.ports, to_u32(frames)) })
    }
}
