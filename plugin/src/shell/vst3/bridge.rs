//! nice-plug's VST3 object, with what it lacks put right in passing.
#![allow(non_snake_case, reason = "the names of VST3")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::vst3::Wrapper;
use nice_plug::wrapper::vst3::vst3::Class;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ChannelContext::{IInfoListener, IInfoListenerTrait};
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

use super::buses::{self, Arrangements};
use super::controllers;
use super::stream;
use crate::shell::loan::{Loan, MAX_FRAMES};
use crate::shell::state;

/// The object that a host holds: component, processor and controller in one.
pub struct Bridge<P: Vst3Plugin> {
    inner: Wrapper<P>,
    loan: Mutex<Loan>,
    /// Whether processing was ever set up: until then the wrapper must not process, not even no frames.
    is_set_up: AtomicBool,
    ports: Mutex<Ports>,
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
    /// A new plugin instance.
    pub fn new() -> Self {
        let ports = Ports { arrangements: Arrangements::STEREO, max_frames: 0, is_active: false };
        Self {
            inner: Wrapper::new(),
            loan: Mutex::new(Loan::new()),
            is_set_up: AtomicBool::new(false),
            ports: Mutex::new(ports),
        }
    }

    /// Never from the audio thread.
    fn ports(&self) -> MutexGuard<'_, Ports> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never from the audio thread.
    fn set_loan(&self, loan: Loan) {
        *self.loan.lock().unwrap_or_else(PoisonError::into_inner) = loan;
    }

    /// How many parameters there are besides those that stand for MIDI controllers.
    fn own_params(&self) -> int32 {
        // SAFETY: it takes no pointers.
        unsafe { IEditControllerTrait::getParameterCount(&self.inner) - controllers::INNER_COUNT }
    }
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
        fn terminate() -> tresult;
    }
}

impl<P: Vst3Plugin> IComponentTrait for Bridge<P> {
    forward! { IComponentTrait:
        fn getControllerClassId(class: *mut TUID) -> tresult;
        fn setIoMode(mode: IoMode) -> tresult;
        fn getBusCount(media: MediaType, direction: BusDirection) -> int32;
        fn activateBus(media: MediaType, direction: BusDirection, index: int32, state: TBool) -> tresult;
        fn getState(state: *mut IBStream) -> tresult;
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
        self.set_loan(Loan::new());
        // SAFETY: handed on unchanged.
        let result = unsafe { IComponentTrait::setActive(&self.inner, state) };
        let mut ports = self.ports();
        ports.is_active = state != 0 && result == kResultOk;
        if let (true, Some(layout)) = (ports.is_active, ports.arrangements.layout()) {
            let mut loan = Loan::new();
            loan.resize(ports.max_frames, layout);
            self.set_loan(loan);
        }
        result
    }

    /// The wrapper would take any well-formed state and then lose a damaged project silently.
    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        // SAFETY: hosts pass null or a live stream.
        let readable = unsafe { stream::peek(state) }.is_some_and(|bytes| state::is_readable(&bytes));
        // SAFETY: the stream is where it was.
        if readable { unsafe { IComponentTrait::setState(&self.inner, state) } } else { kResultFalse }
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
        fn setParamNormalized(id: ParamID, value: ParamValue) -> tresult;
        fn setComponentHandler(handler: *mut IComponentHandler) -> tresult;
        fn createView(name: FIDString) -> *mut IPlugView;
    }

    unsafe fn getParameterCount(&self) -> int32 {
        self.own_params() + controllers::COUNT
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let own = self.own_params();
        let inner = if index < own { index } else { own + controllers::inner_index(index - own) };
        // SAFETY: the pointer is handed on unchanged; the wrapper checks the index.
        unsafe { IEditControllerTrait::getParameterInfo(&self.inner, inner, info) }
    }
}

impl<P: Vst3Plugin> IAudioProcessorTrait for Bridge<P> {
    forward! { IAudioProcessorTrait:
        fn canProcessSampleSize(size: int32) -> tresult;
        fn getLatencySamples() -> uint32;
        fn setProcessing(state: TBool) -> tresult;
        fn getTailSamples() -> uint32;
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
        let (Some(host), Ok(mut loan)) = (unsafe { data.as_mut() }, self.loan.try_lock()) else {
            return kResultFalse;
        };
        if host.symbolicSampleSize != SAMPLE_32 || !self.is_set_up.load(Ordering::Acquire) {
            return kResultFalse;
        }
        // SAFETY: the buses of `host` are as VST3 says, for the time of this call.
        let result =
            unsafe { buses::lend(&mut loan, host, |data| IAudioProcessorTrait::process(&self.inner, data)) };
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
