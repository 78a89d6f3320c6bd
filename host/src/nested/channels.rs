//! The engine's buses as lists of channel addresses, which is how plugin standards take them.
//!
//! Everything is laid out at activation; a block only writes addresses. The engine gives every port the channels it has;
//! what is beyond its limits hears silence, and is heard by nobody. Behind those that a port says it has there are more of
//! this kind: some plugins go by another number than the one they tell.
#![expect(unsafe_code, reason = "plugins take raw pointers to samples")]

use super::plugin::BusInfo;
use crate::math::to_usize;
use crate::processor::{BusIn, BusOut, Buses};

/// The channels of the ports of one direction.
pub(in crate::nested) struct Channels {
    /// The addresses of the channels of all ports, one port after the other.
    addresses: Vec<*mut f32>,
    /// Where the channels of each port begin in `addresses`.
    starts: Vec<usize>,
    /// The ports that the engine has buses for.
    buses: Vec<Bus>,
    /// For all channels that nobody listens to, and the silence of those that nobody feeds. Never the engine's own: a plugin
    /// that writes where it may not only spoils this.
    nowhere: Vec<f32>,
    /// Copies of the inputs, one channel after the other; empty where the plugin reads the engine's.
    copies: Vec<f32>,
}

// SAFETY: the pointers are into vectors that are owned and never grow, or are written anew for every block.
unsafe impl Send for Channels {}

/// Where the addresses of a bus of the engine begin, and how many channels it gives.
#[derive(Clone, Copy)]
struct Bus {
    first: usize,
    count: usize,
    /// The place of its first channel among the copies.
    copy: usize,
}

impl Channels {
    /// For ports of one direction, at blocks of up to `max_block` frames.
    pub(in crate::nested) fn new(ports: &[BusInfo], max_block: usize) -> Self {
        let (mut starts, mut buses, mut first, mut copy) = (Vec::new(), Vec::new(), 0, 0);
        for port in ports {
            let count = to_usize(port.channels);
            starts.push(first);
            if buses.len() < Buses::MAX {
                let given = count.min(Buses::MAX_CHANNELS);
                buses.push(Bus { first, count: given, copy });
                copy += given;
            }
            first += count.max(Buses::MAX_CHANNELS);
        }
        let mut nowhere = vec![0.0; max_block];
        let addresses = vec![nowhere.as_mut_ptr(); first];
        Self { addresses, starts, buses, nowhere, copies: Vec::new() }
    }

    /// As [`new`](Self::new), for inputs of plugins that may write into them.
    pub(in crate::nested) fn with_copies(ports: &[BusInfo], max_block: usize) -> Self {
        let mut channels = Self::new(ports, max_block);
        let count: usize = channels.buses.iter().map(|bus| bus.count).sum();
        channels.copies = vec![0.0; count * max_block];
        channels
    }

    /// Where the list of the addresses of each port is, for as long as this lives.
    pub(in crate::nested) fn lists(&mut self) -> impl Iterator<Item = *mut *mut f32> + '_ {
        let base = self.addresses.as_mut_ptr();
        // A start is less than the number of addresses, so this stays within the vector.
        self.starts.iter().map(move |start| base.wrapping_add(*start))
    }

    /// Whether a block has the buses, each as wide and as long as it has to be.
    #[inline]
    fn fits<B>(&self, block: &[B], frames: usize, size: impl Fn(&B) -> (usize, usize)) -> bool {
        block.len() >= self.buses.len()
            && frames <= self.nowhere.len()
            && self.buses.iter().zip(block).all(|(bus, audio)| {
                let (channels, length) = size(audio);
                channels >= bus.count && length >= frames
            })
    }

    /// Where the two addresses of a plugin whose only bus is stereo are, for as long as this lives; `None` for others.
    pub(in crate::nested) fn stereo(&mut self) -> Option<*mut [*mut f32; 2]> {
        let is_stereo = matches!(*self.buses, [Bus { first: 0, count: 2, .. }]);
        is_stereo.then(|| self.addresses.as_mut_ptr().cast())
    }

    /// Points at the inputs of a block, for a plugin that only reads them; `false` if the block does not fit.
    ///
    /// # Real-time
    /// Constant per channel.
    #[inline]
    pub(in crate::nested) fn aim_at_inputs(&mut self, block: &[BusIn<'_>], frames: usize) -> bool {
        if !self.fits(block, frames, |audio| (audio.channels(), audio.frames())) {
            return false;
        }
        let silence = self.nowhere.as_mut_ptr();
        for (bus, audio) in self.buses.iter().zip(block) {
            let (start, stride) = audio.raw();
            let (start, stride) = if audio.is_silent() { (silence, 0) } else { (start.cast_mut(), stride) };
            aim(&mut self.addresses[bus.first..][..bus.count], start, stride);
        }
        true
    }

    /// Copies the inputs of a block, and points at the copies; `false` if the block does not fit. Only for
    /// [`with_copies`](Self::with_copies).
    ///
    /// # Real-time
    /// Linear in the samples.
    pub(in crate::nested) fn copy_inputs(&mut self, block: &[BusIn<'_>], frames: usize) -> bool {
        if !self.fits(block, frames, |audio| (audio.channels(), audio.frames())) {
            return false;
        }
        let length = self.nowhere.len();
        for (bus, audio) in self.buses.iter().zip(block) {
            let copies = &mut self.copies[bus.copy * length..][..bus.count * length];
            for (channel, copy) in copies.chunks_exact_mut(length).enumerate() {
                copy[..frames].copy_from_slice(&audio.channel(channel)[..frames]);
            }
            aim(&mut self.addresses[bus.first..][..bus.count], copies.as_mut_ptr(), length);
        }
        true
    }

    /// Points at the outputs of a block; `false` if it does not fit.
    ///
    /// # Real-time
    /// Constant per channel.
    #[inline]
    pub(in crate::nested) fn aim_at_outputs(&mut self, block: &mut [BusOut<'_>], frames: usize) -> bool {
        if !self.fits(block, frames, |audio| (audio.channels(), audio.frames())) {
            return false;
        }
        for (bus, audio) in self.buses.iter().zip(block) {
            let (start, stride) = audio.raw();
            aim(&mut self.addresses[bus.first..][..bus.count], start, stride);
        }
        true
    }
}

/// Writes the addresses of channels that follow each other.
fn aim(addresses: &mut [*mut f32], start: *mut f32, stride: usize) {
    for (channel, address) in addresses.iter_mut().enumerate() {
        *address = start.wrapping_add(channel * stride);
    }
}
