//! What a VST3 host may do with the buses, through the interfaces of the format.
#![allow(unsafe_code, clippy::unwrap_used, reason = "tests of the VST3 interface")]
#![allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "types differ between platforms")]
#![allow(non_snake_case, reason = "the names of VST3")]

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use loophole::shell::{GetPluginFactory, VST3_ID, preset};
use loophole_tests::projects;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::SpeakerArr::{
    k50, k51, k71Cine, k71Music, kEmpty, kMono, kStereo,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, BusDirections_, BusInfo, BusTypes_, IAudioProcessor,
    IAudioProcessorTrait, IComponent, IComponentTrait, MediaTypes_, ProcessData, ProcessModes_, ProcessSetup,
    SpeakerArrangement, SymbolicSampleSizes_,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    IBStream, IBStream_, IBStreamTrait, IPluginBaseTrait, IPluginFactory, IPluginFactoryTrait, int32, int64,
    kResultFalse, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComWrapper, Interface};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const FRAMES: usize = 64;
const INPUT: int32 = BusDirections_::kInput as int32;
const OUTPUT: int32 = BusDirections_::kOutput as int32;
const SAMPLE_32: int32 = SymbolicSampleSizes_::kSample32 as int32;
const SAMPLE_64: int32 = SymbolicSampleSizes_::kSample64 as int32;

/// Bytes that can only be read.
struct Bytes(Vec<u8>, Cell<usize>);

impl Class for Bytes {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Bytes {
    unsafe fn read(&self, to: *mut c_void, count: int32, read: *mut int32) -> tresult {
        let rest = &self.0[self.1.get()..];
        let count = usize::try_from(count).unwrap().min(rest.len());
        // SAFETY: the caller has room for as many as it asks for, and `read` is null or valid.
        unsafe {
            ptr::copy_nonoverlapping(rest.as_ptr(), to.cast::<u8>(), count);
            if let Some(read) = read.as_mut() {
                *read = int32::try_from(count).unwrap();
            }
        }
        self.1.set(self.1.get() + count);
        kResultOk
    }

    unsafe fn write(&self, _: *mut c_void, _: int32, _: *mut int32) -> tresult {
        kResultFalse
    }

    unsafe fn seek(&self, to: int64, mode: int32, at: *mut int64) -> tresult {
        let base = match mode {
            mode if mode == IBStream_::IStreamSeekMode_::kIBSeekSet as int32 => 0,
            mode if mode == IBStream_::IStreamSeekMode_::kIBSeekCur as int32 => self.1.get(),
            _ => self.0.len(),
        };
        let place = i64::try_from(base).unwrap() + to;
        self.1.set(usize::try_from(place).unwrap().min(self.0.len()));
        // SAFETY: null or valid.
        if let Some(at) = unsafe { at.as_mut() } {
            *at = place;
        }
        kResultOk
    }

    unsafe fn tell(&self, at: *mut int64) -> tresult {
        // SAFETY: valid.
        unsafe { *at = i64::try_from(self.1.get()).unwrap() };
        kResultOk
    }
}

/// The state of a project that passes on what it hears, as a VST3 host keeps it.
fn through() -> Vec<u8> {
    serde_json::to_vec(&preset::plugin_state(&projects::through())).unwrap()
}

struct Host {
    component: ComPtr<IComponent>,
    processor: ComPtr<IAudioProcessor>,
}

impl Host {
    fn new() -> Self {
        let mut object = ptr::null_mut();
        // SAFETY: the calls are those that the format prescribes, in its order, with valid pointers, here and below.
        unsafe {
            let factory = ComPtr::<IPluginFactory>::from_raw(GetPluginFactory().cast()).unwrap();
            let made = factory.createInstance(
                VST3_ID.as_ptr().cast(),
                IComponent::IID.as_ptr().cast(),
                &raw mut object,
            );
            assert_eq!(made, kResultOk);
            let component = ComPtr::<IComponent>::from_raw(object.cast()).unwrap();
            let processor = component.cast::<IAudioProcessor>().unwrap();
            assert_eq!(component.initialize(ptr::null_mut()), kResultOk);
            let state = ComWrapper::new(Bytes(through(), Cell::new(0)));
            assert_eq!(component.setState(state.to_com_ptr::<IBStream>().unwrap().as_ptr()), kResultOk);
            Self { component, processor }
        }
    }

    fn arrange(&self, inputs: &[SpeakerArrangement], outputs: &[SpeakerArrangement]) -> bool {
        let (mut inputs, mut outputs) = (inputs.to_vec(), outputs.to_vec());
        let count = |list: &[SpeakerArrangement]| int32::try_from(list.len()).unwrap();
        let (ins, outs) = (count(&inputs), count(&outputs));
        // SAFETY: see above.
        let result = unsafe {
            self.processor.setBusArrangements(inputs.as_mut_ptr(), ins, outputs.as_mut_ptr(), outs)
        };
        result == kResultOk
    }

    /// Arrangement, channels and whether it is a main bus.
    fn bus(&self, direction: int32, index: int32) -> (SpeakerArrangement, i32, bool) {
        let mut arrangement = 0;
        // SAFETY: see above.
        let info = unsafe {
            assert_eq!(self.processor.getBusArrangement(direction, index, &raw mut arrangement), kResultOk);
            let mut info: BusInfo = std::mem::zeroed();
            let audio = MediaTypes_::kAudio as int32;
            assert_eq!(self.component.getBusInfo(audio, direction, index, &raw mut info), kResultOk);
            info
        };
        (arrangement, info.channelCount, info.busType == BusTypes_::kMain as int32)
    }

    fn set_up(&self, sample_size: int32, frames: int32) -> bool {
        let mut setup = ProcessSetup {
            processMode: ProcessModes_::kRealtime as int32,
            symbolicSampleSize: sample_size,
            maxSamplesPerBlock: frames,
            sampleRate: 48_000.0,
        };
        // SAFETY: see above.
        unsafe { self.processor.setupProcessing(&raw mut setup) == kResultOk }
    }

    /// A block without buses, events, parameters and context.
    fn process_nothing(&self, sample_size: int32, frames: int32) -> tresult {
        // SAFETY: a zeroed one is such a block; and see above.
        unsafe {
            let mut data: ProcessData = std::mem::zeroed();
            (data.symbolicSampleSize, data.numSamples) = (sample_size, frames);
            self.processor.process(&raw mut data)
        }
    }

    fn activate(&self) {
        assert!(self.set_up(SAMPLE_32, int32::try_from(FRAMES).unwrap()));
        // SAFETY: see above.
        unsafe {
            assert_eq!(self.component.setActive(1), kResultOk);
            self.processor.setProcessing(1);
        }
    }

    fn deactivate(&self) {
        // SAFETY: see above.
        unsafe {
            self.processor.setProcessing(0);
            assert_eq!(self.component.setActive(0), kResultOk);
        }
    }

    /// Three blocks on buses of so many channels, those of the inputs holding 0.25, 0.375, and so on; gives the last
    /// sample of each output channel. A bus of no channels has a null list of them.
    fn play(&self, inputs: &[usize], outputs: &[usize]) -> Vec<f32> {
        self.activate();
        let mut level = 0.125;
        let mut given = Vec::new();
        for _ in 0..inputs.iter().sum() {
            level += 0.125;
            given.push([level; FRAMES]);
        }
        let mut written = vec![[9.0_f32; FRAMES]; outputs.iter().sum()];
        for block in 0..3 {
            let mut input_channels: Vec<*mut f32> =
                given.iter_mut().map(|channel| channel.as_mut_ptr()).collect();
            let mut output_channels: Vec<*mut f32> =
                written.iter_mut().map(|channel| channel.as_mut_ptr()).collect();
            let mut in_buses = buses(inputs, &mut input_channels);
            let mut out_buses = buses(outputs, &mut output_channels);
            // SAFETY: a zeroed one is one without events, parameters and context.
            let mut data: ProcessData = unsafe { std::mem::zeroed() };
            data.symbolicSampleSize = SAMPLE_32;
            data.numSamples = int32::try_from(FRAMES).unwrap();
            (data.numInputs, data.inputs) = (int32::try_from(in_buses.len()).unwrap(), in_buses.as_mut_ptr());
            (data.numOutputs, data.outputs) =
                (int32::try_from(out_buses.len()).unwrap(), out_buses.as_mut_ptr());
            // SAFETY: see above.
            let mut process = || assert_eq!(unsafe { self.processor.process(&raw mut data) }, kResultOk);
            // The first sets up what belongs to the thread, such as its identity.
            if block == 0 { process() } else { assert_no_alloc(process) }
        }
        self.deactivate();
        written.iter().map(|channel| channel[FRAMES - 1]).collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // SAFETY: see above.
        unsafe { self.component.terminate() };
    }
}

fn buses(widths: &[usize], channels: &mut [*mut f32]) -> Vec<AudioBusBuffers> {
    let mut rest = channels;
    let mut buses = Vec::new();
    for &width in widths {
        let (bus, others) = rest.split_at_mut(width);
        rest = others;
        let channelBuffers32 = if width == 0 { ptr::null_mut() } else { bus.as_mut_ptr() };
        buses.push(AudioBusBuffers {
            numChannels: int32::try_from(width).unwrap(),
            silenceFlags: u64::MAX,
            __field0: AudioBusBuffers__type0 { channelBuffers32 },
        });
    }
    buses
}

/// A main output, and eight others in stereo.
fn with_extra<T: Copy>(main: T, stereo: T) -> Vec<T> {
    [vec![main], vec![stereo; 8]].concat()
}

/// What an input channel holds.
fn held(channel: u16) -> f32 {
    0.25 + 0.125 * f32::from(channel)
}

fn main_only(count: usize) -> Vec<f32> {
    (0..u16::try_from(count).unwrap()).map(held).collect()
}

#[test]
fn a_host_arranges_mono_and_surround_and_gets_all_channels_through() {
    let host = Host::new();
    assert_eq!(host.bus(INPUT, 0), (kStereo, 2, true));
    assert_eq!((host.bus(INPUT, 1), host.bus(OUTPUT, 8)), ((kStereo, 2, false), (kStereo, 2, false)));
    for arrangement in [k51, kMono, k71Music, kStereo, k50, k71Cine, (1 << 16) - 1, u64::MAX] {
        assert!(host.arrange(&[arrangement, kStereo], &with_extra(arrangement, kStereo)), "{arrangement:b}");
        let width = arrangement.count_ones() as usize;
        let main = (arrangement, i32::try_from(width).unwrap(), true);
        assert_eq!((host.bus(INPUT, 0), host.bus(OUTPUT, 0)), (main, main));
        let out = host.play(&[width, 2], &with_extra(width, 2));
        assert_eq!(out[..width], main_only(width), "{width} channels");
        let side = u16::try_from(width).unwrap();
        assert_eq!(out[width..width + 2], [held(side), held(side + 1)], "the sidechain");
        assert!(out[width + 2..].iter().all(|sample| *sample == 0.0));
    }
}

#[test]
fn input_and_output_need_not_be_alike_and_other_buses_can_be_mono_or_empty() {
    let host = Host::new();
    assert!(host.arrange(&[kMono, kMono], &[kStereo, kMono, kEmpty]), "the rest stays stereo");
    assert_eq!((host.bus(INPUT, 1).1, host.bus(OUTPUT, 1).1, host.bus(OUTPUT, 2).1), (1, 1, 0));
    let out = host.play(&[1, 1], &[2, 1, 0, 2]);
    assert_eq!(out, [held(0), held(0), held(1), 0.0, 0.0]);
    assert!(host.arrange(&[k51, kStereo], &with_extra(kStereo, kStereo)));
    assert_eq!(host.play(&[6, 2], &with_extra(2, 2))[..2], main_only(2));
    assert!(host.arrange(&[kStereo, kStereo], &with_extra(k51, kStereo)));
    assert_eq!(host.play(&[2, 2], &with_extra(6, 2))[..6], [held(0), held(1), 0.0, 0.0, 0.0, 0.0]);
    assert!(host.arrange(&[kEmpty, kEmpty], &with_extra(kStereo, kEmpty)), "an instrument");
    assert_eq!(host.play(&[0, 0], &with_extra(2, 0)), [0.0, 0.0]);
}

#[test]
fn what_we_cannot_be_is_refused_and_all_stays_as_it_was() {
    let host = Host::new();
    assert!(host.arrange(&[k51, kStereo], &with_extra(k51, kStereo)));
    let seventeen = (1 << 17) - 1;
    assert!(!host.arrange(&[seventeen, kStereo], &with_extra(kStereo, kStereo)));
    assert!(!host.arrange(&[kStereo, k51], &with_extra(kStereo, kStereo)), "a sidechain in surround");
    assert!(!host.arrange(&[kStereo; 3], &with_extra(kStereo, kStereo)), "a third input");
    host.activate();
    assert!(!host.arrange(&[kStereo, kStereo], &with_extra(kStereo, kStereo)), "while it is active");
    host.deactivate();
    assert_eq!(host.bus(INPUT, 0).0, k51);
    assert_eq!(host.play(&[6, 2], &with_extra(6, 2))[..6], main_only(6));
}

#[test]
fn buses_and_channels_that_a_host_leaves_out_are_lent() {
    let host = Host::new();
    assert!(host.arrange(&[k51, kStereo], &with_extra(k51, kStereo)));
    assert_eq!(host.play(&[6], &[6]), main_only(6), "the main buses alone");
    assert_eq!(host.play(&[2], &[8]), [held(0), held(1), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(host.play(&[0, 2], &[0, 2]), main_only(2), "the others alone");
    assert_eq!(host.play(&[], &[1]), [0.0]);
}

#[test]
fn a_block_before_we_are_set_up_is_refused() {
    let host = Host::new();
    for frames in [0, 64] {
        assert_eq!(host.process_nothing(SAMPLE_32, frames), kResultFalse);
    }
    host.activate();
    assert_eq!(host.process_nothing(SAMPLE_32, 0), kResultOk, "parameters alone");
    assert_eq!(host.process_nothing(SAMPLE_32, -1), kResultFalse);
    host.deactivate();
    assert_eq!(host.process_nothing(SAMPLE_32, 0), kResultOk, "and so when inactive");
}

#[test]
fn an_activation_that_fails_is_none() {
    let host = Host::new();
    // SAFETY: as everywhere; that nothing is set up is what it is about.
    assert_ne!(unsafe { host.component.setActive(1) }, kResultOk);
    assert!(host.arrange(&[k51, kStereo], &with_extra(k51, kStereo)), "still inactive");
    assert_eq!(host.play(&[6, 2], &with_extra(6, 2))[..6], main_only(6));
}

#[test]
fn samples_of_64_bits_and_absurd_lengths_of_blocks_are_refused() {
    let host = Host::new();
    assert!(!host.set_up(SAMPLE_64, 64));
    for frames in [int32::MIN, -1, 0, (1 << 20) + 1, int32::MAX] {
        assert!(!host.set_up(SAMPLE_32, frames), "{frames}");
    }
    assert_eq!(host.process_nothing(SAMPLE_32, 0), kResultFalse, "what is refused sets nothing up");
    host.activate();
    assert_eq!(host.process_nothing(SAMPLE_64, 64), kResultFalse);
    host.deactivate();
}

#[test]
fn there_are_no_buses_beyond_those_that_are_counted() {
    let host = Host::new();
    for (direction, index) in [(INPUT, -1), (INPUT, 2), (OUTPUT, -1), (OUTPUT, 9)] {
        // SAFETY: as everywhere; a zeroed one is one to be filled.
        let result = unsafe {
            let mut info: BusInfo = std::mem::zeroed();
            host.component.getBusInfo(MediaTypes_::kAudio as int32, direction, index, &raw mut info)
        };
        assert_ne!(result, kResultOk, "{direction} {index}");
    }
}
