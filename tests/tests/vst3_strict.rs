//! What validators, fuzzers and hosts in a hurry do to a VST3 plugin: odd arguments, odd streams, odd times.
#![allow(unsafe_code, clippy::unwrap_used, reason = "tests of the VST3 interface")]
#![allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "types differ between platforms")]
#![allow(non_snake_case, reason = "the names of VST3")]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use loophole::shell::{GetPluginFactory, VST3_ID, preset};
use loophole_tests::projects;
use loophole_tests::random::Random;
use model::edit;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, DataEvent, Event, Event_::EventTypes_, Event__type0,
    IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentHandler, IComponentHandlerTrait,
    IComponentTrait, IEditController, IEditControllerTrait, IEventList, IEventListTrait, IMidiMapping,
    IMidiMappingTrait, IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait,
    NoteOnEvent, ParamID, ParamValue, ParameterInfo, ProcessContext, ProcessData, ProcessModes_,
    ProcessSetup, SymbolicSampleSizes_,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    IBStream, IBStream_, IBStreamTrait, IPluginBaseTrait, IPluginFactory, IPluginFactoryTrait, int32, int64,
    kInvalidArgument, kResultFalse, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComWrapper, Interface};
use protocol::LatencyPolicy;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const FRAMES: usize = 64;
const SAMPLE_32: int32 = SymbolicSampleSizes_::kSample32 as int32;

/// A stream that takes and gives a few bytes at a time, as streams may.
#[derive(Default)]
struct Stream {
    bytes: RefCell<Vec<u8>>,
    at: Cell<usize>,
    /// How many bytes at a time; all if zero.
    step: usize,
    /// Whether it can say where it is, and go elsewhere.
    is_pipe: bool,
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl Stream {
    fn count(&self, wanted: int32) -> usize {
        let wanted = usize::try_from(wanted).unwrap();
        if self.step == 0 { wanted } else { wanted.min(self.step) }
    }
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, to: *mut c_void, count: int32, read: *mut int32) -> tresult {
        let bytes = self.bytes.borrow();
        let rest = &bytes[self.at.get()..];
        let count = self.count(count).min(rest.len());
        // SAFETY: the caller has room for as many as it asks for, and `read` is null or valid.
        unsafe {
            ptr::copy_nonoverlapping(rest.as_ptr(), to.cast::<u8>(), count);
            if let Some(read) = read.as_mut() {
                *read = int32::try_from(count).unwrap();
            }
        }
        self.at.set(self.at.get() + count);
        kResultOk
    }

    unsafe fn write(&self, from: *mut c_void, count: int32, written: *mut int32) -> tresult {
        let count = self.count(count);
        // SAFETY: the caller has as many as it says, and `written` is null or valid.
        unsafe {
            self.bytes.borrow_mut().extend_from_slice(std::slice::from_raw_parts(from.cast::<u8>(), count));
            if let Some(written) = written.as_mut() {
                *written = int32::try_from(count).unwrap();
            }
        }
        kResultOk
    }

    unsafe fn seek(&self, to: int64, mode: int32, at: *mut int64) -> tresult {
        if self.is_pipe {
            return kResultFalse;
        }
        let length = self.bytes.borrow().len();
        let base = match mode {
            mode if mode == IBStream_::IStreamSeekMode_::kIBSeekSet as int32 => 0,
            mode if mode == IBStream_::IStreamSeekMode_::kIBSeekCur as int32 => self.at.get(),
            _ => length,
        };
        let place = i64::try_from(base).unwrap() + to;
        self.at.set(usize::try_from(place).unwrap().min(length));
        // SAFETY: null or valid.
        if let Some(at) = unsafe { at.as_mut() } {
            *at = place;
        }
        kResultOk
    }

    unsafe fn tell(&self, at: *mut int64) -> tresult {
        // SAFETY: valid.
        unsafe { *at = i64::try_from(self.at.get()).unwrap() };
        if self.is_pipe { kResultFalse } else { kResultOk }
    }
}

/// The points of one parameter.
struct Queue(ParamID, Vec<(int32, ParamValue)>);

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.0
    }

    unsafe fn getPointCount(&self) -> int32 {
        int32::try_from(self.1.len()).unwrap()
    }

    unsafe fn getPoint(&self, index: int32, at: *mut int32, value: *mut ParamValue) -> tresult {
        let Some(point) = usize::try_from(index).ok().and_then(|index| self.1.get(index)) else {
            return kInvalidArgument;
        };
        // SAFETY: valid.
        unsafe { (*at, *value) = *point };
        kResultOk
    }

    unsafe fn addPoint(&self, _: int32, _: ParamValue, _: *mut int32) -> tresult {
        kResultFalse
    }
}

#[derive(Default)]
struct Changes(Vec<ComWrapper<Queue>>);

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> int32 {
        int32::try_from(self.0.len()).unwrap()
    }

    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let queue = usize::try_from(index).ok().and_then(|index| self.0.get(index));
        queue.map_or(ptr::null_mut(), |queue| queue.as_com_ref::<IParamValueQueue>().unwrap().as_ptr())
    }

    unsafe fn addParameterData(&self, _: *const ParamID, _: *mut int32) -> *mut IParamValueQueue {
        ptr::null_mut()
    }
}

fn changes(queues: impl IntoIterator<Item = (ParamID, Vec<(int32, ParamValue)>)>) -> Changes {
    Changes(queues.into_iter().map(|(id, points)| ComWrapper::new(Queue(id, points))).collect())
}

/// Events; an event that is not there cannot be had, though it was counted.
#[derive(Default)]
struct Events(Vec<Option<Event>>);

impl Class for Events {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for Events {
    unsafe fn getEventCount(&self) -> int32 {
        int32::try_from(self.0.len()).unwrap()
    }

    unsafe fn getEvent(&self, index: int32, to: *mut Event) -> tresult {
        let Some(Some(event)) = usize::try_from(index).ok().and_then(|index| self.0.get(index)) else {
            return kResultFalse;
        };
        // SAFETY: valid.
        unsafe { to.write(*event) };
        kResultOk
    }

    unsafe fn addEvent(&self, _: *mut Event) -> tresult {
        kResultFalse
    }
}

fn event(type_: u32, content: Event__type0) -> Event {
    Event {
        busIndex: 0,
        sampleOffset: 0,
        ppqPosition: 0.0,
        flags: 0,
        r#type: u16::try_from(type_).unwrap(),
        __field0: content,
    }
}

fn note() -> Event {
    let noteOn = NoteOnEvent { channel: 0, pitch: 60, tuning: 0.0, velocity: 0.8, length: 0, noteId: 7 };
    event(EventTypes_::kNoteOnEvent as u32, Event__type0 { noteOn })
}

/// Counts what the plugin asks for.
#[derive(Default)]
struct Handler(Arc<AtomicU32>);

impl Class for Handler {
    type Interfaces = (IComponentHandler,);
}

impl IComponentHandlerTrait for Handler {
    unsafe fn beginEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn performEdit(&self, _: ParamID, _: ParamValue) -> tresult {
        kResultOk
    }

    unsafe fn endEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn restartComponent(&self, _: int32) -> tresult {
        self.0.fetch_add(1, Ordering::Relaxed);
        kResultOk
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.0.store(u32::MAX, Ordering::Relaxed);
    }
}

struct Host {
    component: ComPtr<IComponent>,
    processor: ComPtr<IAudioProcessor>,
    controller: ComPtr<IEditController>,
    /// What the next blocks come with.
    context: Cell<Option<ProcessContext>>,
}

// SAFETY: VST3 objects may be called from several threads under the rules of the format; the tests hand them over whole.
unsafe impl Send for Host {}

impl Host {
    fn new() -> Self {
        let mut object = ptr::null_mut();
        // SAFETY: the calls are those that the format prescribes, in its order, with valid pointers, here and below.
        unsafe {
            let factory = ComPtr::<IPluginFactory>::from_raw(GetPluginFactory().cast()).unwrap();
            let iid = IComponent::IID.as_ptr().cast();
            assert_eq!(factory.createInstance(VST3_ID.as_ptr().cast(), iid, &raw mut object), kResultOk);
            let component = ComPtr::<IComponent>::from_raw(object.cast()).unwrap();
            let processor = component.cast::<IAudioProcessor>().unwrap();
            let controller = component.cast::<IEditController>().unwrap();
            assert_eq!(IPluginBaseTrait::initialize(&component, ptr::null_mut()), kResultOk);
            Self { component, processor, controller, context: Cell::new(None) }
        }
    }

    fn activate(&self) {
        let mut setup = ProcessSetup {
            processMode: ProcessModes_::kRealtime as int32,
            symbolicSampleSize: SAMPLE_32,
            maxSamplesPerBlock: int32::try_from(FRAMES).unwrap(),
            sampleRate: 48_000.0,
        };
        // SAFETY: see above.
        unsafe {
            assert_eq!(self.processor.setupProcessing(&raw mut setup), kResultOk);
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

    /// A block on the main output, or on no bus at all; gives the loudest sample.
    fn process(&self, frames: usize, outputs: usize, changes: Changes, events: Events) -> f32 {
        let written = self.hear(frames, outputs, changes, events);
        written.iter().flatten().fold(0.0, |peak, sample| peak.max(sample.abs()))
    }

    /// The same, all samples of it.
    fn hear(&self, frames: usize, outputs: usize, changes: Changes, events: Events) -> [[f32; FRAMES]; 2] {
        let mut written = [[0.0_f32; FRAMES]; 2];
        let mut channels = written.each_mut().map(|channel| channel.as_mut_ptr());
        let mut bus = AudioBusBuffers {
            numChannels: 2,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
        };
        let (changes, events) = (ComWrapper::new(changes), ComWrapper::new(events));
        // SAFETY: a zeroed one is one without anything; and see above.
        unsafe {
            let mut data: ProcessData = std::mem::zeroed();
            data.symbolicSampleSize = SAMPLE_32;
            data.numSamples = int32::try_from(frames).unwrap();
            if outputs > 0 {
                (data.numOutputs, data.outputs) = (1, &raw mut bus);
            }
            data.inputParameterChanges = changes.as_com_ref::<IParameterChanges>().unwrap().as_ptr();
            let mut context = self.context.get();
            data.processContext = context.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
            data.inputEvents = events.as_com_ref::<IEventList>().unwrap().as_ptr();
            assert_no_alloc(|| assert_eq!(self.processor.process(&raw mut data), kResultOk));
        }
        written
    }

    /// The loudest of some blocks without anything.
    fn listen(&self) -> f32 {
        (0..80).map(|_| self.process(FRAMES, 1, changes([]), Events::default())).fold(0.0, f32::max)
    }

    fn params(&self) -> Vec<ParameterInfo> {
        // SAFETY: see above.
        unsafe {
            let info = |index| {
                let mut info: ParameterInfo = std::mem::zeroed();
                assert_eq!(self.controller.getParameterInfo(index, &raw mut info), kResultOk);
                info
            };
            (0..self.controller.getParameterCount()).map(info).collect()
        }
    }

    fn id(&self, index: usize) -> ParamID {
        self.params()[index].id
    }

    /// The parameter that stands for a controller.
    fn controller_id(&self, controller: i16) -> ParamID {
        let mut id = 0;
        let mapping = self.component.cast::<IMidiMapping>().unwrap();
        // SAFETY: see above.
        assert_eq!(unsafe { mapping.getMidiControllerAssignment(0, 0, controller, &raw mut id) }, kResultOk);
        id
    }

    fn save(&self, step: usize) -> Option<Vec<u8>> {
        let stream = ComWrapper::new(Stream { step, ..Stream::default() });
        let to = stream.as_com_ref::<IBStream>().unwrap().as_ptr();
        // SAFETY: see above.
        let result = unsafe { IComponentTrait::getState(&self.component, to) };
        (result == kResultOk).then(|| stream.bytes.borrow().clone())
    }

    fn load(&self, bytes: &[u8], step: usize, is_pipe: bool) -> bool {
        let bytes = RefCell::new(bytes.to_vec());
        let stream = ComWrapper::new(Stream { bytes, at: Cell::new(0), step, is_pipe });
        let from = stream.as_com_ref::<IBStream>().unwrap().as_ptr();
        // SAFETY: see above.
        unsafe { IComponentTrait::setState(&self.component, from) == kResultOk }
    }

    fn value(&self, id: ParamID) -> f64 {
        // SAFETY: see above.
        unsafe { self.controller.getParamNormalized(id) }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // SAFETY: see above.
        unsafe { IPluginBaseTrait::terminate(&self.component) };
    }
}

#[test]
fn streams_may_take_and_give_a_few_bytes_at_a_time() {
    let host = Host::new();
    let state = host.save(0).expect("a state");
    assert!(host.save(100).expect("saved in steps") == state, "saved in steps");
    let id = host.id(0);
    // SAFETY: as everywhere.
    unsafe { host.controller.setParamNormalized(id, 0.5) };
    for (step, is_pipe) in [(100, false), (70_000, false), (0, true), (100, true)] {
        let other = Host::new();
        // SAFETY: as everywhere.
        unsafe { other.controller.setParamNormalized(id, 0.25) };
        let moved = host.save(0).unwrap();
        assert!(other.load(&moved, step, is_pipe), "{step} at a time, a pipe: {is_pipe}");
        assert!((other.value(id) - 0.5).abs() < 1e-6);
    }
}

#[test]
fn there_are_no_parameters_beyond_those_that_are_counted() {
    let host = Host::new();
    let count = int32::try_from(host.params().len()).unwrap();
    for index in [-1, int32::MIN, count, count + 1, 100_000, int32::MAX] {
        // SAFETY: as everywhere.
        let result = unsafe {
            let mut info: ParameterInfo = std::mem::zeroed();
            host.controller.getParameterInfo(index, &raw mut info)
        };
        assert_ne!(result, kResultOk, "parameter {index} of {count}");
    }
}

#[test]
fn there_is_one_kind_of_view() {
    let host = Host::new();
    // SAFETY: as everywhere.
    unsafe {
        for name in [c"", c"Editor", c"editor2"] {
            assert!(host.controller.createView(name.as_ptr()).is_null(), "{name:?}");
        }
        assert!(host.controller.createView(ptr::null()).is_null());
    }
}

#[test]
fn events_in_a_block_of_no_frames_are_kept_for_the_next() {
    for (frames, outputs) in [(0, 1), (0, 0), (FRAMES, 0)] {
        let host = Host::new();
        host.activate();
        host.listen();
        host.process(frames, outputs, changes([]), Events(vec![Some(note())]));
        let peak = host.listen();
        assert!(peak > 0.01, "{frames} frames, {outputs} outputs: {peak}");
        host.deactivate();
    }
}

#[test]
fn a_pedal_in_a_block_of_no_frames_is_kept_for_the_next() {
    let host = Host::new();
    host.activate();
    host.listen();
    let off = |mut event: Event| {
        event.r#type = u16::try_from(EventTypes_::kNoteOffEvent as u32).unwrap();
        event
    };
    let sustain = host.controller_id(64);
    host.process(0, 0, changes([(sustain, vec![(0, 1.0)])]), Events::default());
    host.process(FRAMES, 1, changes([]), Events(vec![Some(note())]));
    host.listen();
    // The fields that a note off shares with a note on are at the same places up to the pitch and velocity.
    let mut release = off(note());
    release.__field0.noteOff = nice_plug::wrapper::vst3::vst3::Steinberg::Vst::NoteOffEvent {
        channel: 0,
        pitch: 60,
        velocity: 0.0,
        noteId: 7,
        tuning: 0.0,
    };
    host.process(FRAMES, 1, changes([]), Events(vec![Some(release)]));
    for _ in 0..20 {
        host.listen();
    }
    assert!(host.listen() > 0.001, "the pedal is down");
    host.deactivate();
}

#[test]
fn odd_events_do_no_harm() {
    let host = Host::new();
    host.activate();
    host.listen();
    let data = |size, bytes: *const u8| {
        let data = DataEvent { size, r#type: 0, bytes };
        Some(event(EventTypes_::kDataEvent as u32, Event__type0 { data }))
    };
    let long = [0x41_u8; 300];
    let events = vec![
        None,
        data(0, ptr::null()),
        data(5, ptr::null()),
        data(0, long.as_ptr()),
        data(300, long.as_ptr()),
        Some(event(9_999, note().__field0)),
        Some(Event { sampleOffset: -5, ..note() }),
        Some(Event { sampleOffset: int32::MAX, ..note() }),
    ];
    host.process(FRAMES, 1, changes([]), Events(events));
    assert!(host.listen() > 0.01);
    host.deactivate();
}

#[test]
fn any_number_of_points_neither_allocates_nor_gets_lost_at_the_end() {
    let host = Host::new();
    host.activate();
    host.listen();
    let ids: Vec<ParamID> = (0..130).map(|index| host.id(index)).collect();
    let points = |id: ParamID| {
        let end = [(int32::try_from(FRAMES).unwrap() - 1, 0.25)];
        let first = (0..200).map(|at| (at % 64, f64::from(at % 2)));
        (id, first.chain(end).collect::<Vec<_>>())
    };
    host.process(FRAMES, 1, changes(ids.iter().copied().take(128).map(points)), Events::default());
    host.listen();
    for &id in &ids[..128] {
        assert!((host.value(id) - 0.25).abs() < 1e-6, "{id} is {}", host.value(id));
    }
    let odd = [f64::NAN, f64::INFINITY, -1.0, 2.0, 1e300];
    let points = ids.iter().map(|&id| (id, odd.iter().map(|&value| (-3, value)).collect()));
    host.process(FRAMES, 1, changes(points), Events::default());
    for &id in &ids {
        assert!((0.0..=1.0).contains(&host.value(id)));
    }
    assert!(host.load(&host.save(0).unwrap(), 0, false));
    host.deactivate();
}

#[test]
fn a_component_that_is_terminated_lets_its_host_go() {
    let count = Arc::new(AtomicU32::new(0));
    let host = Host::new();
    {
        let handler = ComWrapper::new(Handler(Arc::clone(&count)));
        // SAFETY: as everywhere.
        unsafe {
            let handler = handler.as_com_ref::<IComponentHandler>().unwrap().as_ptr();
            assert_eq!(host.controller.setComponentHandler(handler), kResultOk);
        }
    }
    assert_ne!(count.load(Ordering::Relaxed), u32::MAX, "held until it is terminated");
    // SAFETY: as everywhere.
    unsafe { IPluginBaseTrait::terminate(&host.component) };
    assert_eq!(count.load(Ordering::Relaxed), u32::MAX, "let go");
}

#[test]
fn playback_starts_at_the_frame_that_the_host_says() {
    let state = serde_json::to_vec(&preset::plugin_state(&projects::demo())).unwrap();
    let play = |at: usize| {
        let host = Host::new();
        assert!(host.load(&state, 0, false));
        host.activate();
        let (sync, play) = (host.id(128), host.id(129));
        host.process(FRAMES, 1, changes([(sync, vec![(0, 1.0)])]), Events::default());
        let at = int32::try_from(at).unwrap();
        let mut heard =
            host.hear(FRAMES, 1, changes([(play, vec![(at, 1.0)])]), Events::default())[0].to_vec();
        for _ in 0..200 {
            heard.extend(host.hear(FRAMES, 1, changes([]), Events::default())[0]);
        }
        assert_eq!((host.value(sync), host.value(play)), (1.0, 1.0));
        host.deactivate();
        heard
    };
    let (start, later) = (play(0), play(40));
    assert!(start.iter().any(|sample| sample.abs() > 0.01), "it plays");
    assert!(later[40..] == start[..start.len() - 40], "40 frames later");
}

#[test]
fn the_host_is_told_that_the_latency_has_changed() {
    let count = Arc::new(AtomicU32::new(0));
    let handler = ComWrapper::new(Handler(Arc::clone(&count)));
    let host = Host::new();
    let late = projects::empty();
    let root = late.project().root().id();
    let fixed = LatencyPolicy::Fixed { frames: 100 };
    let edits = vec![edit::root::set_latency_policy(root, fixed), edit::root::set_latency_frames(root, 100)];
    projects::commit(&late, edits);
    let state = serde_json::to_vec(&preset::plugin_state(&late)).unwrap();
    // SAFETY: as everywhere.
    unsafe {
        let handler = handler.as_com_ref::<IComponentHandler>().unwrap().as_ptr();
        assert_eq!(host.controller.setComponentHandler(handler), kResultOk);
        host.activate();
        assert_eq!(host.processor.getLatencySamples(), 0);
        assert!(host.load(&state, 0, false));
        while count.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        assert_eq!(host.processor.getLatencySamples(), 100);
        host.deactivate();
    }
}

#[test]
fn instances_can_go_right_after_a_block_in_which_parameters_moved() {
    for round in 0..40 {
        let (first, second) = (Host::new(), Host::new());
        first.activate();
        let ids: Vec<ParamID> = (0..128).map(|index| first.id(index)).collect();
        let state = first.save(0).unwrap();
        let first = thread::spawn(move || {
            assert!(first.load(&state, 0, false));
            for at in 0..8 {
                let value = f64::from(at % 2) * 0.5 + f64::from(round % 7) * 0.01;
                let points = ids.iter().map(|&id| (id, vec![(0, value)]));
                first.process(FRAMES, 1, changes(points), Events::default());
            }
            first
        })
        .join()
        .unwrap();
        first.deactivate();
        drop(first);
        drop(second);
    }
}

/// A context with any combination of valid and absurd fields.
fn any_context(random: &mut Random) -> ProcessContext {
    // SAFETY: plain numbers; all zero is a value.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    context.state = if random.below(3) == 0 { random.below(u32::MAX) } else { 0xFFFF };
    context.sampleRate = *random.pick(&[48_000.0, 0.0, f64::NAN, -1.0]);
    context.projectTimeSamples = *random.pick(&[0, -1, 48_000, i64::MIN, i64::MAX, i64::MAX - 3]);
    context.tempo = *random.pick(&[120.0, 0.0, -5.0, f64::NAN, f64::INFINITY, 1e300, 1e-300]);
    let any = [0.0, -1.0, 1e300, f64::NAN, f64::NEG_INFINITY, 16.25, -1e18];
    context.projectTimeMusic = *random.pick(&any);
    context.barPositionMusic = *random.pick(&any);
    context.cycleStartMusic = *random.pick(&any);
    context.cycleEndMusic = *random.pick(&any);
    context.timeSigNumerator = *random.pick(&[4, 0, -3, i32::MAX, i32::MIN]);
    context.timeSigDenominator = *random.pick(&[4, 0, -3, i32::MAX, i32::MIN]);
    context
}

#[test]
fn contexts_states_and_lengths_at_random_never_crash_or_sound_infinite() {
    let mut random = Random(77);
    let host = Host::new();
    let state = serde_json::to_vec(&preset::plugin_state(&projects::demo())).unwrap();
    assert!(host.load(&state, 0, false));
    host.activate();
    let ids: Vec<ParamID> = host.params().iter().map(|info| info.id).collect();
    for round in 0..1_500 {
        let context = any_context(&mut random);
        host.context.set((random.below(4) > 0).then_some(context));
        let frames = *random.pick(&[0, 1, 2, 63, 64]);
        let queues = (0..random.below(6)).map(|_| {
            let id = if random.below(8) == 0 { random.below(u32::MAX) } else { *random.pick(&ids) };
            let points = (0..random.below(5)).map(|_| {
                let value = *random.pick(&[0.0, 0.3, 1.0, -7.0, f64::NAN, f64::INFINITY]);
                (i32::try_from(random.below(80)).unwrap() - 8, value)
            });
            (id, points.collect())
        });
        let queues: Vec<_> = queues.collect();
        let events = (0..random.below(6)).map(|_| {
            let mut event = note();
            event.r#type = u16::try_from(random.below(10)).unwrap();
            if u32::from(event.r#type) == EventTypes_::kDataEvent as u32 {
                event.__field0.data =
                    DataEvent { size: 3, r#type: random.below(2), bytes: [0xF0_u8, 1, 0xF7].as_ptr() };
            }
            event.sampleOffset = i32::try_from(random.below(100)).unwrap() - 20;
            Some(event)
        });
        let events = Events(events.collect());
        let heard = host.hear(frames, 1, changes(queues), events);
        assert!(heard.iter().flatten().all(|sample| sample.is_finite()), "round {round}");
        match random.below(40) {
            0 => assert!(host.load(&host.save(0).unwrap(), 0, false)),
            1 => {
                host.deactivate();
                host.activate();
            }
            2 => {
                // SAFETY: as everywhere.
                unsafe {
                    host.processor.setProcessing(0);
                    host.processor.setProcessing(1);
                }
            }
            3 => {
                // SAFETY: as everywhere; a second time is once too often.
                assert_eq!(unsafe { host.component.setActive(1) }, kResultOk);
            }
            _ => {}
        }
    }
    host.deactivate();
}

#[test]
fn a_component_may_be_used_in_any_order_and_be_forgotten() {
    let mut object = ptr::null_mut();
    // SAFETY: that nothing is initialised is what it is about; the pointers are valid.
    unsafe {
        let factory = ComPtr::<IPluginFactory>::from_raw(GetPluginFactory().cast()).unwrap();
        let unknown = [7_u8; 16];
        let iid = IComponent::IID.as_ptr().cast();
        assert_ne!(factory.createInstance(unknown.as_ptr().cast(), iid, &raw mut object), kResultOk);
        assert_ne!(
            factory.createInstance(VST3_ID.as_ptr().cast(), unknown.as_ptr().cast(), &raw mut object),
            kResultOk
        );
        assert!(object.is_null());
        for iid in [IAudioProcessor::IID, IEditController::IID, IMidiMapping::IID] {
            let made = factory.createInstance(VST3_ID.as_ptr().cast(), iid.as_ptr().cast(), &raw mut object);
            assert_eq!(made, kResultOk);
            let component =
                ComPtr::<IAudioProcessor>::from_raw(object.cast()).unwrap().cast::<IComponent>().unwrap();
            let controller = component.cast::<IEditController>().unwrap();
            assert_eq!(component.setActive(0), kResultOk);
            assert_eq!(controller.setComponentState(ptr::null_mut()), kResultOk);
            assert_ne!(IComponentTrait::setState(&component, ptr::null_mut()), kResultOk);
            assert_ne!(IComponentTrait::getState(&component, ptr::null_mut()), kResultOk);
            let view = controller.createView(c"editor".as_ptr());
            drop(ComPtr::from_raw(view));
            assert_eq!(IPluginBaseTrait::terminate(&component), kResultOk);
            assert_eq!(IPluginBaseTrait::terminate(&component), kResultOk);
            object = ptr::null_mut();
        }
    }
    let host = Host::new();
    host.activate();
    std::mem::drop(host.controller.clone());
}
