//! nice-plug's VST3 object, with what it lacks put right in passing.
//!
//! This file is long because one object has all methods of eight interfaces, most of which only hand the call on.
#![allow(non_snake_case, reason = "the names of VST3")]

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::vst3::Wrapper;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ChannelContext::{IInfoListener, IInfoListenerTrait};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ViewType::kEditor;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, BusInfo, BusType, BusTypes_, CString, CtrlNumber, IAttributeList, IAudioProcessor,
    IAudioProcessorTrait, IComponent, IComponentHandler, IComponentTrait, IEditController,
    IEditControllerTrait, IMidiMapping, IMidiMappingTrait, INoteExpressionController,
    INoteExpressionControllerTrait, IProcessContextRequirements, IProcessContextRequirementsTrait, IUnitInfo,
    IUnitInfoTrait, IoMode, MediaType, MediaTypes_, NoteExpressionTypeID, NoteExpressionTypeInfo,
    NoteExpressionValue, ParamID, ParamValue, ParameterInfo, ProcessData, ProcessSetup, ProgramListID,
    ProgramListInfo, RoutingInfo, SpeakerArrangement, String128, SymbolicSampleSizes_, TChar, UnitID,
    UnitInfo,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IBStream, IPlugView, IPluginBaseTrait, TBool, TUID, int16, int32, kInvalidArgument,
    kResultFalse, kResultOk, tresult, uint32,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComRef};

use super::buses::{self, Arrangements};
use super::controllers;
use super::inbox::{Inbox, ParamIds};
use super::latency::Latency;
use super::stream::{self, Kept};
use crate::shell::loan::{Loan, MAX_FRAMES};
use crate::shell::params::HostParams;
use crate::shell::{MADE, state};

/// The object that a host holds: component, processor and controller in one.
pub struct Bridge<P: Vst3Plugin> {
    inner: Wrapper<P>,
    params: Arc<HostParams>,
    ids: ParamIds,
    latency: Arc<Latency>,
    audio: Mutex<Audio>,
    /// While it is, the host moves parameters with the blocks.
    is_processing: AtomicBool,
    /// Whether processing was ever set up: until then the wrapper must not process, not even no frames.
    is_set_up: AtomicBool,
    ports: Mutex<Ports>,
}

/// The audio thread's part; the main thread's while nothing is processed.
struct Audio {
    loan: Loan,
    inbox: Inbox,
}

/// What the main thread knows of the buses.
struct Ports {
    arrangements: Arrangements,
    /// The longest block that was announced.
    max_frames: usize,
    is_active: bool,
}

#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the type differs between platforms")]
const AUDIO: MediaType = MediaTypes_::kAudio as MediaType;
#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the type differs between platforms")]
const MAIN: BusType = BusTypes_::kMain as BusType;
#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the type differs between platforms")]
const SAMPLE_32: int32 = SymbolicSampleSizes_::kSample32 as int32;

impl<P: Vst3Plugin> Bridge<P> {
    /// A new plugin instance; `None` if there is none to be had.
    pub fn new() -> Option<Self> {
        let ports = Ports { arrangements: Arrangements::STEREO, max_frames: 0, is_active: false };
        let inner = Wrapper::new();
        let (instance, params) = MADE.take();
        let (instance, params) = (instance.upgrade()?, params.upgrade()?);
        let ids = ParamIds::new(param_ids(&inner));
        let inbox = Inbox::new(ids.clone());
        Some(Self {
            inner,
            params,
            ids,
            latency: Latency::of(instance.published()),
            audio: Mutex::new(Audio { loan: Loan::new(), inbox }),
            is_processing: AtomicBool::new(false),
            is_set_up: AtomicBool::new(false),
            ports: Mutex::new(ports),
        })
    }

    /// Never from the audio thread.
    fn ports(&self) -> MutexGuard<'_, Ports> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never from the audio thread.
    fn audio(&self) -> MutexGuard<'_, Audio> {
        self.audio.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many parameters there are besides those that stand for MIDI controllers.
    fn own_params(&self) -> int32 {
        own_params(&self.inner)
    }
}

fn own_params<P: Vst3Plugin>(inner: &Wrapper<P>) -> int32 {
    // SAFETY: it takes no pointers.
    unsafe { IEditControllerTrait::getParameterCount(inner) - controllers::INNER_COUNT }
}

/// The ids of those, in their order.
fn param_ids<P: Vst3Plugin>(inner: &Wrapper<P>) -> impl Iterator<Item = ParamID> + '_ {
    (0..own_params(inner)).map(|index| {
        // SAFETY: plain numbers and characters; all zero is a value, and it is there for the call.
        unsafe {
            let mut info: ParameterInfo = std::mem::zeroed();
            IEditControllerTrait::getParameterInfo(inner, index, &raw mut info);
            info.id
        }
    })
}

impl<P: Vst3Plugin> Class for Bridge<P> {
    type Interfaces = (
        IComponent,
        IEditController,
        IAudioProcessor,
        IMidiMapping,
        INoteExpressionController,
        IProcessContextRequirements,
        IUnitInfo,
        IInfoListener,
    );
}

/// What a host lists; nothing if it gives null and says so.
///
/// # Safety
/// `first` is null or the first of `count`, which outlive the call.
unsafe fn list<'a>(first: *const SpeakerArrangement, count: int32) -> Option<&'a [SpeakerArrangement]> {
    let count = usize::try_from(count).ok()?;
    if count == 0 {
        return Some(&[]);
    }
    // SAFETY: by the caller's promise.
    (!first.is_null()).then(|| unsafe { std::slice::from_raw_parts(first, count) })
}

/// Methods that go to the wrapper as they are.
macro_rules! forward {
    ($interface:ident: $(fn $name:ident($($arg:ident: $type:ty),*) -> $ret:ty;)*) => {
        $(unsafe fn $name(&self, $($arg: $type),*) -> $ret {
            // SAFETY: the caller's promises are handed on unchanged.
            unsafe { $interface::$name(&self.inner, $($arg),*) }
        })*
    };
}

impl<P: Vst3Plugin> IPluginBaseTrait for Bridge<P> {
    forward! { IPluginBaseTrait:
        fn initialize(context: *mut FUnknown) -> tresult;
    }

    /// The wrapper would keep the host's objects until it is dropped.
    unsafe fn terminate(&self) -> tresult {
        // SAFETY: null is nobody.
        unsafe {
            IEditControllerTrait::setComponentHandler(self, std::ptr::null_mut());
            IPluginBaseTrait::terminate(&self.inner)
        }
    }
}

impl<P: Vst3Plugin> IComponentTrait for Bridge<P> {
    forward! { IComponentTrait:
        fn getControllerClassId(class: *mut TUID) -> tresult;
        fn setIoMode(mode: IoMode) -> tresult;
        fn getBusCount(media: MediaType, direction: BusDirection) -> int32;
        fn activateBus(media: MediaType, direction: BusDirection, index: int32, state: TBool) -> tresult;
    }

    /// The wrapper knows no main buses, nor what the host calls theirs.
    unsafe fn getBusInfo(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        info: *mut BusInfo,
    ) -> tresult {
        let arrangement = self.ports().arrangements.get(direction, index);
        if media == AUDIO && arrangement.is_none() {
            return kInvalidArgument;
        }
        // SAFETY: handed on unchanged.
        let result = unsafe { IComponentTrait::getBusInfo(&self.inner, media, direction, index, info) };
        // SAFETY: hosts pass null or a valid pointer.
        if let Some(info) = unsafe { info.as_mut() }.filter(|_| result == kResultOk && media == AUDIO) {
            if index == 0 {
                info.busType = MAIN;
            }
            let channels = arrangement.map(|arrangement| arrangement.count_ones());
            info.channelCount = channels.and_then(|count| int32::try_from(count).ok()).unwrap_or(0);
        }
        result
    }

    unsafe fn getRoutingInfo(&self, from: *mut RoutingInfo, to: *mut RoutingInfo) -> tresult {
        // SAFETY: hosts pass null or valid pointers.
        if let (Some(from), Some(to)) = unsafe { (from.as_ref(), to.as_mut()) }
            && (from.mediaType, from.busIndex) == (AUDIO, 0)
        {
            *to = *from;
            return kResultOk;
        }
        // SAFETY: handed on unchanged.
        unsafe { IComponentTrait::getRoutingInfo(&self.inner, from, to) }
    }

    unsafe fn setActive(&self, state: TBool) -> tresult {
        self.ports().is_active = state != 0;
        // Nothing is processed meanwhile, even if the host tries. The plugin may call the host, so no lock is held.
        {
            let mut audio = self.audio();
            audio.loan = Loan::new();
            if state == 0 {
                audio.inbox.clear();
            }
        }
        // SAFETY: handed on unchanged.
        let result = unsafe { IComponentTrait::setActive(&self.inner, state) };
        let mut ports = self.ports();
        ports.is_active = state != 0 && result == kResultOk;
        if let (true, Some(layout)) = (ports.is_active, ports.arrangements.layout()) {
            let mut loan = Loan::new();
            loan.resize(ports.max_frames, layout);
            self.audio().loan = loan;
        }
        result
    }

    /// The wrapper asks for all in one piece, and would take any well-formed state and then lose a damaged project silently.
    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        // SAFETY: hosts pass null or a live stream.
        let read = unsafe { stream::read(state) }.and_then(|bytes| state::read(&bytes));
        let Some(kept) = read else { return kResultFalse };
        self.params.restore(&kept);
        kResultOk
    }

    /// The wrapper does not look at how much was taken.
    unsafe fn getState(&self, state: *mut IBStream) -> tresult {
        if state.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: the stream is there for the call.
        let bytes = Kept::from(|to| unsafe { IComponentTrait::getState(&self.inner, to) });
        // SAFETY: hosts pass a live stream.
        let is_written = bytes.is_some_and(|bytes| unsafe { stream::write(state, &bytes) });
        if is_written { kResultOk } else { kResultFalse }
    }
}

impl<P: Vst3Plugin> IEditControllerTrait for Bridge<P> {
    forward! { IEditControllerTrait:
        fn setComponentState(state: *mut IBStream) -> tresult;
        fn setState(state: *mut IBStream) -> tresult;
        fn getState(state: *mut IBStream) -> tresult;
        fn getParamStringByValue(id: ParamID, value: ParamValue, text: *mut String128) -> tresult;
        fn getParamValueByString(id: ParamID, text: *mut TChar, value: *mut ParamValue) -> tresult;
        fn normalizedParamToPlain(id: ParamID, value: ParamValue) -> ParamValue;
        fn plainParamToNormalized(id: ParamID, value: ParamValue) -> ParamValue;
        fn getParamNormalized(id: ParamID) -> ParamValue;
    }

    /// While we process, the change comes with a block, too.
    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        let param = self.ids.param(id).filter(|_| value.is_finite());
        let Some(index) = param else { return kInvalidArgument };
        if !self.is_processing.load(Ordering::Relaxed) {
            self.params.set(index, value);
        }
        kResultOk
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        // SAFETY: hosts pass null or a live object.
        self.latency.set_handler(unsafe { ComRef::from_raw(handler) }.map(|handler| handler.to_com_ptr()));
        // SAFETY: handed on unchanged.
        unsafe { IEditControllerTrait::setComponentHandler(&self.inner, handler) }
    }

    /// There is one view, the editor.
    unsafe fn createView(&self, name: FIDString) -> *mut IPlugView {
        // SAFETY: hosts pass null or a C string.
        if name.is_null() || unsafe { CStr::from_ptr(name) != CStr::from_ptr(kEditor) } {
            return std::ptr::null_mut();
        }
        // SAFETY: handed on unchanged.
        unsafe { IEditControllerTrait::createView(&self.inner, name) }
    }

    unsafe fn getParameterCount(&self) -> int32 {
        self.own_params() + controllers::COUNT
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let own = self.own_params();
        if !(0..own + controllers::COUNT).contains(&index) {
            return kInvalidArgument;
        }
        let inner = if index < own { index } else { own + controllers::inner_index(index - own) };
        // SAFETY: the pointer is handed on unchanged; the wrapper checks the index.
        unsafe { IEditControllerTrait::getParameterInfo(&self.inner, inner, info) }
    }
}

impl<P: Vst3Plugin> IAudioProcessorTrait for Bridge<P> {
    forward! { IAudioProcessorTrait:
        fn canProcessSampleSize(size: int32) -> tresult;
        fn getTailSamples() -> uint32;
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        self.latency.tell()
    }

    unsafe fn setProcessing(&self, state: TBool) -> tresult {
        self.is_processing.store(state != 0, Ordering::Relaxed);
        // SAFETY: handed on unchanged.
        unsafe { IAudioProcessorTrait::setProcessing(&self.inner, state) }
    }

    /// The wrapper compares the wrong buses: what it is asked for is what makes it find what we mean.
    unsafe fn setBusArrangements(
        &self,
        inputs: *mut SpeakerArrangement,
        input_count: int32,
        outputs: *mut SpeakerArrangement,
        output_count: int32,
    ) -> tresult {
        // SAFETY: hosts pass null or as many as they say.
        let (Some(inputs), Some(outputs)) =
            (unsafe { list(inputs, input_count) }, unsafe { list(outputs, output_count) })
        else {
            return kInvalidArgument;
        };
        let mut ports = self.ports();
        let Some(wanted) = ports.arrangements.with(inputs, outputs).filter(|_| !ports.is_active) else {
            return kResultFalse;
        };
        let Some((mut inputs, mut outputs)) = wanted.layout().map(buses::wanted) else { return kResultFalse };
        // One less than there are, as the first of each is skipped.
        let less = |count: usize| int32::try_from(count - 1).unwrap_or(0);
        let (input_count, output_count) = (less(inputs.len()), less(outputs.len()));
        let (inputs, outputs) = (inputs.as_mut_ptr(), outputs.as_mut_ptr());
        // SAFETY: there are one more arrangements than we say.
        let result = unsafe {
            IAudioProcessorTrait::setBusArrangements(&self.inner, inputs, input_count, outputs, output_count)
        };
        if result == kResultOk {
            ports.arrangements = wanted;
        }
        result
    }

    unsafe fn getBusArrangement(
        &self,
        direction: BusDirection,
        index: int32,
        to: *mut SpeakerArrangement,
    ) -> tresult {
        let arrangement = self.ports().arrangements.get(direction, index);
        // SAFETY: hosts pass null or a valid pointer.
        let (Some(arrangement), Some(to)) = (arrangement, unsafe { to.as_mut() }) else {
            return kInvalidArgument;
        };
        *to = arrangement;
        kResultOk
    }

    unsafe fn setupProcessing(&self, setup: *mut ProcessSetup) -> tresult {
        // SAFETY: hosts pass null or a valid pointer.
        let Some(given) = (unsafe { setup.as_ref() }) else { return kInvalidArgument };
        let frames = usize::try_from(given.maxSamplesPerBlock).unwrap_or(0);
        if given.symbolicSampleSize != SAMPLE_32 || !(1..=MAX_FRAMES).contains(&frames) {
            return kResultFalse;
        }
        self.ports().max_frames = frames;
        // The wrapper notes the processing mode after it has used the old one: once for the mode, once to use it.
        // SAFETY: handed on unchanged.
        let result = unsafe {
            IAudioProcessorTrait::setupProcessing(&self.inner, setup);
            IAudioProcessorTrait::setupProcessing(&self.inner, setup)
        };
        if result == kResultOk {
            self.is_set_up.store(true, Ordering::Release);
        }
        result
    }

    /// # Real-time
    /// The lock is only ever contended by a host that sets up while it processes; then the block is left alone.
    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        // SAFETY: hosts pass null or a valid pointer.
        let (Some(host), Ok(mut audio)) = (unsafe { data.as_mut() }, self.audio.try_lock()) else {
            return kResultFalse;
        };
        let Audio { loan, inbox } = &mut *audio;
        let Ok(frames) = u32::try_from(host.numSamples) else { return kResultFalse };
        if host.symbolicSampleSize != SAMPLE_32 || !self.is_set_up.load(Ordering::Acquire) {
            return kResultFalse;
        }
        let is_flush = buses::is_flush(host);
        // SAFETY: the lists of `host` are as VST3 says, for the time of this call.
        unsafe { inbox.fill(host, if is_flush { 0 } else { frames }, &self.params) };
        if is_flush {
            inbox.wait();
            return kResultOk;
        }
        let process = |data: &mut ProcessData| {
            inbox.show(data);
            // SAFETY: every bus is there, and so are the lists, which are for this call.
            unsafe { IAudioProcessorTrait::process(&self.inner, data) }
        };
        // SAFETY: the buses of `host` are as VST3 says, for the time of this call.
        let result = unsafe { buses::lend(loan, host, process) };
        if result.is_some() {
            inbox.clear();
        } else {
            inbox.wait();
        }
        result.unwrap_or(kResultFalse)
    }
}

impl<P: Vst3Plugin> IMidiMappingTrait for Bridge<P> {
    unsafe fn getMidiControllerAssignment(
        &self,
        bus: int32,
        channel: int16,
        cc: CtrlNumber,
        id: *mut ParamID,
    ) -> tresult {
        if !controllers::is_listed(channel, cc) {
            return kResultFalse;
        }
        // SAFETY: handed on unchanged.
        unsafe { IMidiMappingTrait::getMidiControllerAssignment(&self.inner, bus, channel, cc, id) }
    }
}

impl<P: Vst3Plugin> INoteExpressionControllerTrait for Bridge<P> {
    forward! { INoteExpressionControllerTrait:
        fn getNoteExpressionCount(bus: int32, channel: int16) -> int32;
        fn getNoteExpressionInfo(
            bus: int32, channel: int16, index: int32, info: *mut NoteExpressionTypeInfo
        ) -> tresult;
        fn getNoteExpressionStringByValue(
            bus: int32, channel: int16, id: NoteExpressionTypeID, value: NoteExpressionValue, text: *mut String128
        ) -> tresult;
        fn getNoteExpressionValueByString(
            bus: int32, channel: int16, id: NoteExpressionTypeID, text: *const TChar, value: *mut NoteExpressionValue
        ) -> tresult;
    }
}

impl<P: Vst3Plugin> IProcessContextRequirementsTrait for Bridge<P> {
    forward! { IProcessContextRequirementsTrait:
        fn getProcessContextRequirements() -> uint32;
    }
}

impl<P: Vst3Plugin> IUnitInfoTrait for Bridge<P> {
    forward! { IUnitInfoTrait:
        fn getUnitCount() -> int32;
        fn getUnitInfo(index: int32, info: *mut UnitInfo) -> tresult;
        fn getProgramListCount() -> int32;
        fn getProgramListInfo(index: int32, info: *mut ProgramListInfo) -> tresult;
        fn getProgramName(list: ProgramListID, index: int32, name: *mut String128) -> tresult;
        fn getProgramInfo(
            list: ProgramListID, index: int32, attribute: CString, value: *mut String128
        ) -> tresult;
        fn hasProgramPitchNames(list: ProgramListID, index: int32) -> tresult;
        fn getProgramPitchName(list: ProgramListID, index: int32, pitch: int16, name: *mut String128) -> tresult;
        fn getSelectedUnit() -> UnitID;
        fn selectUnit(unit: UnitID) -> tresult;
        fn getUnitByBus(
            media: MediaType, direction: BusDirection, bus: int32, channel: int32, unit: *mut UnitID
        ) -> tresult;
        fn setUnitProgramData(list: int32, index: int32, data: *mut IBStream) -> tresult;
    }
}

impl<P: Vst3Plugin> IInfoListenerTrait for Bridge<P> {
    forward! { IInfoListenerTrait:
        fn setChannelContextInfos(list: *mut IAttributeList) -> tresult;
    }
}
