//! The buses as VST3 has them: what the host arranged, and what it hands over for a block.

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::BusDirections_::{kInput, kOutput};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::SpeakerArr::kStereo;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, BusDirection, ProcessData, SpeakerArrangement,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{int32, tresult};

use crate::shell::layout::{INPUT_BUSES, Layout, OUTPUT_BUSES};
use crate::shell::loan::{HostBus, Loan};

/// What the host arranged: a bit for each loudspeaker of each bus.
#[derive(Clone, Copy)]
pub struct Arrangements {
    inputs: [SpeakerArrangement; INPUT_BUSES],
    outputs: [SpeakerArrangement; OUTPUT_BUSES],
}

impl Arrangements {
    /// Stereo throughout, as it is until a host arranges otherwise.
    pub const STEREO: Self = Self { inputs: [kStereo; INPUT_BUSES], outputs: [kStereo; OUTPUT_BUSES] };

    /// The same with what a host wants for the first buses; `None` if we cannot be like that. Beside the main ones,
    /// buses may also be mono, or have no channels at all.
    #[must_use]
    pub fn with(mut self, inputs: &[SpeakerArrangement], outputs: &[SpeakerArrangement]) -> Option<Self> {
        self.inputs.get_mut(..inputs.len())?.copy_from_slice(inputs);
        self.outputs.get_mut(..outputs.len())?.copy_from_slice(outputs);
        let mut others = self.inputs[1..].iter().chain(&self.outputs[1..]);
        (self.layout().is_some() && others.all(|bus| bus.count_ones() <= 2)).then_some(self)
    }

    /// The layout that takes all of these channels. A main bus without channels is the narrowest.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        let channels = |bus: SpeakerArrangement| bus.count_ones().max(1);
        Layout::new(channels(self.inputs[0]), channels(self.outputs[0]))
    }

    /// That of a bus.
    #[must_use]
    pub fn get(&self, direction: BusDirection, index: int32) -> Option<SpeakerArrangement> {
        let index = usize::try_from(index).ok()?;
        match direction {
            direction if direction == INPUT => self.inputs.get(index).copied(),
            direction if direction == OUTPUT => self.outputs.get(index).copied(),
            _ => None,
        }
    }
}

#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the type differs between platforms")]
pub const INPUT: BusDirection = kInput as BusDirection;
#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the type differs between platforms")]
const OUTPUT: BusDirection = kOutput as BusDirection;

/// A layout as nice-plug 0.4.2 finds it in its list. Where there are no main buses it counts those that there are, but
/// looks at the arrangements from the second on: the first ones here are to be left out.
pub fn wanted(
    layout: Layout,
) -> ([SpeakerArrangement; INPUT_BUSES + 1], [SpeakerArrangement; OUTPUT_BUSES + 1]) {
    fn shifted<const N: usize>(channels: &[usize]) -> [SpeakerArrangement; N] {
        // So many bits: nothing else is looked at.
        let any =
            |&count: &usize| u32::try_from(count).ok().and_then(|count| u64::MAX.checked_shr(64 - count));
        std::array::from_fn(|index| {
            index.checked_sub(1).and_then(|bus| channels.get(bus)).and_then(any).unwrap_or(0)
        })
    }
    (shifted(&layout.inputs()), shifted(&layout.outputs()))
}

/// Whether a host has nothing to process, but wants to be rid of parameters and events.
pub fn is_flush(host: &ProcessData) -> bool {
    host.numSamples == 0 || (host.numSamples > 0 && (host.numOutputs <= 0 || host.outputs.is_null()))
}

/// Calls `process` with a copy of `host` in which every bus is present, as wide as the layout of the loan; not for a block
/// that is longer than announced, nor for any while the plugin is inactive.
///
/// # Safety
/// The bus pointers of `host` are null or valid, with as many buses, channels and samples as it says.
///
/// # Real-time
/// Real-time safe if `process` is.
pub unsafe fn lend(
    loan: &mut Loan,
    host: &mut ProcessData,
    process: impl FnOnce(&mut ProcessData) -> tresult,
) -> Option<tresult> {
    let frames = usize::try_from(host.numSamples).ok()?;
    let mut data = *host;
    let (inputs, outputs) = (host.inputs, host.outputs);
    let (input_count, output_count) = (host.numInputs, host.numOutputs);
    // SAFETY: by the caller's promise, here and below.
    unsafe {
        for bus in 0..usize::try_from(output_count).unwrap_or(0) {
            // Nobody says that what we write is silent.
            (*outputs.add(bus)).silenceFlags = 0;
        }
        let inputs = move |bus| given(inputs, input_count, bus);
        let outputs = move |bus| given(outputs, output_count, bus);
        loan.lend(frames, inputs, outputs, |lent| {
            let (mut inputs, mut outputs) = (lent.inputs.map(buffers), lent.outputs.map(buffers));
            (data.inputs, data.outputs) = (inputs.as_mut_ptr(), outputs.as_mut_ptr());
            (data.numInputs, data.numOutputs) = (count(inputs.len()), count(outputs.len()));
            process(&mut data)
        })
    }
}

/// # Safety
/// `buses` is null or points at `count` valid buses.
unsafe fn given(buses: *mut AudioBusBuffers, count: int32, index: usize) -> Option<HostBus> {
    let is_there = !buses.is_null() && index < usize::try_from(count).unwrap_or(0);
    // SAFETY: it is there. Both variants of the union are pointers; we only announce 32-bit samples.
    is_there.then(|| unsafe {
        let bus = &*buses.add(index);
        HostBus {
            channels: bus.__field0.channelBuffers32,
            count: usize::try_from(bus.numChannels).unwrap_or(0),
        }
    })
}

fn buffers(bus: HostBus) -> AudioBusBuffers {
    AudioBusBuffers {
        numChannels: count(bus.count),
        silenceFlags: 0,
        __field0: AudioBusBuffers__type0 { channelBuffers32: bus.channels },
    }
}

fn count(count: usize) -> int32 {
    int32::try_from(count).unwrap_or(int32::MAX)
}

#[cfg(test)]
mod tests {
    use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::SpeakerArr::{k51, kEmpty, kMono};

    use super::*;

    #[test]
    fn a_host_arranges_the_main_buses_and_may_leave_the_others_out() {
        let stereo = Arrangements::STEREO;
        let surround = stereo.with(&[k51, kMono], &[k51, kEmpty, kMono]).unwrap();
        assert_eq!(surround.layout(), Layout::new(6, 6));
        assert_eq!((surround.get(INPUT, 1), surround.get(OUTPUT, 2)), (Some(kMono), Some(kMono)));
        assert_eq!((surround.get(OUTPUT, 3), surround.get(OUTPUT, 9)), (Some(kStereo), None));
        assert_eq!(stereo.with(&[kMono], &[]).unwrap().layout(), Layout::new(1, 2));
        assert!(stereo.with(&[kStereo; 3], &[]).is_none(), "too many buses");
        assert!(stereo.with(&[kStereo, k51], &[]).is_none(), "a wide sidechain");
        assert!(stereo.with(&[(1 << 17) - 1], &[]).is_none(), "17 channels");
    }

    #[test]
    fn a_layout_is_what_the_wrapper_looks_for() {
        let (inputs, outputs) = wanted(Layout::new(64, 1).unwrap());
        assert_eq!(inputs.map(u64::count_ones), [0, 64, 2]);
        assert_eq!(outputs.map(u64::count_ones), [0, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    }
}
