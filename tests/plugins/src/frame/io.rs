//! The samples of a block, all ports at once.
#![expect(unsafe_code, reason = "clack lends inputs and outputs only in pairs")]

use clack_plugin::process::Audio;
use clap_sys::audio_buffer::clap_audio_buffer;

/// As many channels as any of the plugins has in one direction.
const CHANNELS: usize = 8;

/// The channels of a block, the ports one after the other. What does not exist is empty.
pub struct Io<'a> {
    /// Input channels.
    pub inputs: [&'a [f32]; CHANNELS],
    /// Output channels.
    pub outputs: [&'a mut [f32]; CHANNELS],
}

impl<'a> Io<'a> {
    pub(crate) fn new(audio: &'a mut Audio<'_>) -> Self {
        let frames = usize::try_from(audio.frames_count()).unwrap_or(0);
        let (in_ports, out_ports) = audio.raw_buffers();
        let mut io =
            Self { inputs: [&[]; CHANNELS], outputs: std::array::from_fn(|_| <&mut [f32]>::default()) };
        for (input, pointer) in io.inputs.iter_mut().zip(channels(in_ports)) {
            // SAFETY: the host guarantees `frames` samples behind every channel of 32 bits, for the block.
            *input = unsafe { std::slice::from_raw_parts(pointer, frames) };
        }
        for (output, pointer) in io.outputs.iter_mut().zip(channels(out_ports)) {
            // SAFETY: as above; and no output shares memory with another channel, since no port offers to be
            // processed in place.
            *output = unsafe { std::slice::from_raw_parts_mut(pointer, frames) };
        }
        io
    }

    /// Copies every input channel to the output channel of its number, where there is one.
    pub fn pass(&mut self, range: std::ops::Range<usize>) {
        for (input, output) in self.inputs.iter().zip(&mut self.outputs) {
            if let (Some(input), Some(output)) = (input.get(range.clone()), output.get_mut(range.clone())) {
                output.copy_from_slice(input);
            }
        }
    }

    /// The first input port's and the first output port's samples of one side, both stereo.
    pub fn stereo(
        &mut self,
        side: usize,
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (f32, &mut f32)> {
        self.inputs[side][range.clone()].iter().copied().zip(&mut self.outputs[side][range])
    }
}

fn channels(ports: &[clap_audio_buffer]) -> impl Iterator<Item = *mut f32> + '_ {
    ports.iter().filter(|port| !port.data32.is_null()).flat_map(|port| {
        // SAFETY: the host guarantees `channel_count` addresses behind `data32`.
        (0..usize::try_from(port.channel_count).unwrap_or(0)).map(|index| unsafe { *port.data32.add(index) })
    })
}
