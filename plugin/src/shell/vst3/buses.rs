//! Memory for the buses that a host leaves inactive.

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{AudioBusBuffers, AudioBusBuffers__type0, ProcessData};
use nice_plug::wrapper::vst3::vst3::Steinberg::{int32, tresult};

use crate::shell::{INPUT_BUSES, OUTPUT_BUSES};

const CHANNELS: usize = 2;
const BUSES: usize = INPUT_BUSES + OUTPUT_BUSES;

/// One stretch of samples per channel of every bus. Silence on the way in, thrown away on the way out.
#[derive(Default)]
pub struct Loan {
    samples: Vec<f32>,
    frames: usize,
}

impl Loan {
    /// Makes room for blocks of up to `frames`.
    pub fn resize(&mut self, frames: int32) {
        self.frames = usize::try_from(frames).unwrap_or(0);
        self.samples = vec![0.0; self.frames * CHANNELS * BUSES];
    }

    /// Calls `process` with a copy of `host` in which every bus is present and stereo.
    ///
    /// # Safety
    /// The bus pointers of `host` are null or valid, with as many buses, channels and samples as it says.
    ///
    /// # Real-time
    /// Real-time safe if `process` is.
    pub unsafe fn lend(
        &mut self,
        host: &mut ProcessData,
        process: impl FnOnce(*mut ProcessData) -> tresult,
    ) -> tresult {
        let frames = usize::try_from(host.numSamples).unwrap_or(0);
        // A flush of parameters has no audio; a block beyond what was announced has no loan.
        if frames == 0 || frames > self.frames || host.numOutputs <= 0 || host.outputs.is_null() {
            return process(host);
        }
        let mut free = self.samples.chunks_exact_mut(self.frames);
        let mut pointers = [[std::ptr::null_mut::<f32>(); CHANNELS]; BUSES];
        for pointer in pointers.as_flattened_mut() {
            if let Some(chunk) = free.next() {
                chunk[..frames].fill(0.0);
                *pointer = chunk.as_mut_ptr();
            }
        }
        let (inputs, outputs) = pointers.split_at_mut(INPUT_BUSES);
        // SAFETY: by the caller's promise.
        let (mut inputs, mut outputs) = unsafe {
            (
                buses::<INPUT_BUSES>(host.inputs, host.numInputs, inputs),
                buses::<OUTPUT_BUSES>(host.outputs, host.numOutputs, outputs),
            )
        };
        let mut data = *host;
        data.inputs = inputs.as_mut_ptr();
        data.outputs = outputs.as_mut_ptr();
        (data.numInputs, data.numOutputs) = (count::<INPUT_BUSES>(), count::<OUTPUT_BUSES>());
        process(&raw mut data)
    }
}

const fn count<const N: usize>() -> int32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a handful of buses")]
    let count = N as int32;
    count
}

/// The host's buses where they are stereo, the lent ones elsewhere.
///
/// # Safety
/// `host` is null or points at `len` valid buses.
unsafe fn buses<const N: usize>(
    host: *mut AudioBusBuffers,
    len: int32,
    lent: &mut [[*mut f32; CHANNELS]],
) -> [AudioBusBuffers; N] {
    let len = if host.is_null() { 0 } else { usize::try_from(len).unwrap_or(0) };
    std::array::from_fn(|index| {
        // SAFETY: below `len`.
        let bus = (index < len).then(|| unsafe { *host.add(index) });
        // SAFETY: the host's promise.
        if let Some(bus) = bus.filter(|bus| unsafe { is_stereo(bus) }) {
            return bus;
        }
        AudioBusBuffers {
            numChannels: count::<CHANNELS>(),
            silenceFlags: 0b11,
            __field0: AudioBusBuffers__type0 { channelBuffers32: lent[index].as_mut_ptr() },
        }
    })
}

/// # Safety
/// The channel pointers are null or valid, as many as the bus says.
unsafe fn is_stereo(bus: &AudioBusBuffers) -> bool {
    // SAFETY: both variants of the union are pointers; we only announce 32-bit samples.
    let channels = unsafe { bus.__field0.channelBuffers32 };
    if bus.numChannels < count::<CHANNELS>() || channels.is_null() {
        return false;
    }
    // SAFETY: there are at least two.
    (0..CHANNELS).all(|channel| unsafe { !(*channels.add(channel)).is_null() })
}
