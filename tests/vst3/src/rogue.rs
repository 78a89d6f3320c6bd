//! A component and controller in one that breaks the rules: one class for each way.
//!
//! Where its way does not say otherwise it passes its stereo input on, times `GAIN`, and has one event input and output.
//! `SEEN` tells what its way is about; `ASKED` counts blocks.
//!
//! This file is long because it is one object, and its three interfaces are long; a way is a few lines here and there.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "gains are small numbers")]

use std::ffi::c_char;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use vst3::Steinberg::Vst::{
    BusDirection, BusInfo, Event, Event_, Event__type0, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait, IComponentTrait,
    IEditController, IEditControllerTrait, IEventListTrait, IParamValueQueueTrait, IParameterChangesTrait,
    IoMode, MediaType, NoteOnEvent, ParamID, ParamValue, ParameterInfo, ParameterInfo_, ProcessData,
    ProcessSetup, RestartFlags_, RoutingInfo, SpeakerArr, SpeakerArrangement, String128, TChar,
};
use vst3::Steinberg::{
    FUnknown, IBStream, IBStreamTrait, IPlugView, IPluginBaseTrait, TBool, TUID, int32, kInternalError,
    kInvalidArgument, kNotImplemented, kResultFalse, kResultOk, tresult, uint32,
};
use vst3::{Class, ComPtr, ComRef};

use crate::text;
use crate::view::View;

/// The ways, in the order of their numbers. Each is a class of this name.
pub const WAYS: [&str; 35] = [
    "Quiet",
    "Nan",
    "Denormal",
    "Fails",
    "Nothing To Do",
    "Unwritten",
    "Flags",
    "Scribble",
    "Flood",
    "Wild Notes",
    "Wrong Thread",
    "Latency",
    "Latency Storm",
    "Ports",
    "Restart",
    "Params",
    "Resize",
    "Slow",
    "Refuses",
    "Bad State",
    "Stateless",
    "Echo",
    "Own Thread",
    "Huge Bus",
    "No Arrangement",
    "Nan Param",
    "New Param",
    "Tail",
    "Deaf",
    "Stale",
    "Side",
    "Mono",
    "Double",
    "Latency Echo",
    "Sequencer",
];

pub const GAIN: u32 = 1;
pub const SEEN: u32 = 2;
pub const ASKED: u32 = 3;
/// Only there in the way "New Param", once `GAIN` was 0.
pub const LATE: u32 = 4;

/// How often it asks at a time.
const TIMES: int32 = 100;

/// The identifier of a way.
pub const fn id(way: usize) -> TUID {
    vst3::uid(0x4C6F_6F70, 0x486F_6C65, 0x526F_6775, way as u32)
}

/// The way with an identifier.
pub fn way(class: &TUID) -> Option<&'static str> {
    (0..WAYS.len()).find(|way| id(*way) == *class).map(|way| WAYS[way])
}

pub struct Rogue {
    way: &'static str,
    gain: AtomicU32,
    seen: AtomicU32,
    asked: AtomicU32,
    latency: AtomicU32,
    is_late: AtomicBool,
    handler: Mutex<Option<ComPtr<IComponentHandler>>>,
}

impl Class for Rogue {
    type Interfaces = (IComponent, IAudioProcessor, IEditController);
}

impl Rogue {
    pub fn new(way: &'static str) -> Self {
        Self {
            way,
            gain: AtomicU32::new(1.0_f32.to_bits()),
            seen: AtomicU32::new(0),
            asked: AtomicU32::new(0),
            latency: AtomicU32::new(0),
            is_late: AtomicBool::new(false),
            handler: Mutex::default(),
        }
    }

    fn is(&self, way: &str) -> bool {
        assert!(WAYS.contains(&way), "{way}");
        self.way == way
    }

    fn handler(&self) -> Option<ComPtr<IComponentHandler>> {
        self.handler.lock().unwrap().clone()
    }

    fn gain(&self) -> f32 {
        f32::from_bits(self.gain.load(Ordering::Relaxed))
    }

    fn set_gain(&self, gain: f64) {
        self.gain.store((gain as f32).to_bits(), Ordering::Relaxed);
    }

    fn see(&self, what: f32) {
        self.seen.store(what.to_bits(), Ordering::Relaxed);
    }

    fn count_seen(&self) {
        self.see(f32::from_bits(self.seen.load(Ordering::Relaxed)) + 0.01);
    }

    /// Asks for the same thing over and over.
    fn ask(&self) {
        let Some(handler) = self.handler() else { return };
        let flags = match self.way {
            "Latency Storm" => RestartFlags_::kLatencyChanged,
            "Ports" => RestartFlags_::kIoChanged,
            "Restart" => RestartFlags_::kReloadComponent,
            "Params" => RestartFlags_::kParamTitlesChanged | RestartFlags_::kParamValuesChanged,
            _ => return,
        };
        for time in 0..TIMES {
            if self.is("Latency Storm") {
                self.latency.store(time.cast_unsigned() * 7 + 64, Ordering::Relaxed);
            }
            unsafe { handler.restartComponent(flags) };
        }
    }
}

impl IPluginBaseTrait for Rogue {
    unsafe fn initialize(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }

    unsafe fn terminate(&self) -> tresult {
        kResultOk
    }
}

impl IComponentTrait for Rogue {
    unsafe fn getControllerClassId(&self, _class: *mut TUID) -> tresult {
        kNotImplemented
    }

    unsafe fn setIoMode(&self, _mode: IoMode) -> tresult {
        kNotImplemented
    }

    unsafe fn getBusCount(&self, media: MediaType, direction: BusDirection) -> int32 {
        match (media, direction) {
            // Another number every time it was activated.
            (0, 1) if self.is("Ports") => 1 + (self.asked.load(Ordering::Relaxed) % 2).cast_signed(),
            (0, 0) if self.is("Side") => 2,
            (0, _) => 1,
            _ => int32::from(!self.is("Deaf")),
        }
    }

    unsafe fn getBusInfo(
        &self,
        media: MediaType,
        direction: BusDirection,
        _index: int32,
        info: *mut BusInfo,
    ) -> tresult {
        let info = unsafe { &mut *info };
        (info.mediaType, info.direction) = (media, direction);
        info.channelCount = match (media, self.way) {
            (0, "Huge Bus") => 2_000_000_000,
            (0, _) => 2,
            _ => 16,
        };
        text::write_wide("Bus", &mut info.name);
        kResultOk
    }

    unsafe fn getRoutingInfo(&self, _: *mut RoutingInfo, _: *mut RoutingInfo) -> tresult {
        kNotImplemented
    }

    unsafe fn activateBus(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        on: TBool,
    ) -> tresult {
        if self.is("Side") && (media, direction, index) == (0, 0, 1) {
            self.see(if on == 0 { 1.0 } else { 0.0 });
        }
        kResultOk
    }

    unsafe fn setActive(&self, state: TBool) -> tresult {
        if self.is("Refuses") && state != 0 {
            return kResultFalse;
        }
        if self.is("Latency Echo") && state != 0 {
            // It sets its latency to nothing, and then to what it was, and so it is news every time.
            self.count_seen();
            self.latency.store(64, Ordering::Relaxed);
            self.is_late.store(true, Ordering::Relaxed);
        }
        if self.is("Slow") && state != 0 {
            std::thread::sleep(Duration::from_millis(1_500));
        }
        kResultOk
    }

    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        if self.is("Bad State") {
            return kInternalError;
        }
        if self.is("Stateless") {
            return kNotImplemented;
        }
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let (mut bytes, mut read) = ([0_u8; 4], 0);
        unsafe { stream.read(bytes.as_mut_ptr().cast(), 4, &raw mut read) };
        if self.is("Echo")
            && let Some(handler) = self.handler()
        {
            unsafe { handler.performEdit(GAIN, 0.125) };
        }
        self.set_gain(f32::from_le_bytes(bytes).into());
        kResultOk
    }

    unsafe fn getState(&self, state: *mut IBStream) -> tresult {
        if self.is("Bad State") {
            return kInternalError;
        }
        if self.is("Stateless") {
            return kNotImplemented;
        }
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let mut bytes = self.gain().to_le_bytes();
        unsafe { stream.write(bytes.as_mut_ptr().cast(), 4, std::ptr::null_mut()) }
    }
}

impl IAudioProcessorTrait for Rogue {
    unsafe fn setBusArrangements(
        &self,
        inputs: *mut SpeakerArrangement,
        _: int32,
        outputs: *mut SpeakerArrangement,
        _: int32,
    ) -> tresult {
        let stereo = SpeakerArr::kStereo;
        if !self.is("Mono") || unsafe { (*inputs, *outputs) } != (stereo, stereo) {
            return kResultFalse;
        }
        self.see(1.0);
        kResultOk
    }

    unsafe fn getBusArrangement(&self, _: BusDirection, _: int32, to: *mut SpeakerArrangement) -> tresult {
        match self.way {
            "Huge Bus" => kNotImplemented,
            // It says that it did, and did not.
            "No Arrangement" => kResultOk,
            "Mono" if self.seen.load(Ordering::Relaxed) == 0 => {
                unsafe { *to = SpeakerArr::kMono };
                kResultOk
            }
            _ => {
                unsafe { *to = SpeakerArr::kStereo };
                kResultOk
            }
        }
    }

    unsafe fn canProcessSampleSize(&self, size: int32) -> tresult {
        if size == int32::from(self.is("Double")) { kResultOk } else { kResultFalse }
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        match self.way {
            "Latency" => uint32::MAX,
            "Sequencer" => 0,
            _ => self.latency.load(Ordering::Relaxed),
        }
    }

    unsafe fn setupProcessing(&self, _setup: *mut ProcessSetup) -> tresult {
        kResultOk
    }

    unsafe fn setProcessing(&self, _state: TBool) -> tresult {
        kNotImplemented
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        unsafe { self.run(&mut *data) }
    }

    /// As long as the gain is large.
    unsafe fn getTailSamples(&self) -> uint32 {
        if self.is("Tail") { (self.gain() * 48_000.0) as uint32 } else { 480 }
    }
}

impl Rogue {
    unsafe fn run(&self, data: &mut ProcessData) -> tresult {
        let blocks = self.asked.fetch_add(1, Ordering::Relaxed);
        unsafe {
            self.hear(data);
            if self.is("Wrong Thread") {
                self.call_from_a_wrong_thread();
            }
            if self.is("Latency Echo")
                && self.is_late.swap(false, Ordering::Relaxed)
                && let Some(handler) = self.handler()
            {
                handler.restartComponent(RestartFlags_::kLatencyChanged);
            }
            if !self.is("Params") || blocks.is_multiple_of(16) {
                self.ask();
            }
            if data.numOutputs < 1 || data.numInputs < 1 {
                return kResultOk;
            }
            let (input, output) = (&mut *data.inputs, &mut *data.outputs);
            let frames = usize::try_from(data.numSamples).unwrap_or(0);
            if self.is("Fails") {
                return kInternalError;
            }
            if self.is("Unwritten") {
                return kResultOk;
            }
            let is_beat = self.is("Sequencer") && self.is_beat(data);
            for channel in 0..2 {
                let from =
                    std::slice::from_raw_parts_mut(*input.__field0.channelBuffers32.add(channel), frames);
                let to =
                    std::slice::from_raw_parts_mut(*output.__field0.channelBuffers32.add(channel), frames);
                for (to, from) in to.iter_mut().zip(from) {
                    *to = match self.way {
                        "Nan" => f32::NAN,
                        "Denormal" => 1e-40,
                        "Flags" => 0.75,
                        "Sequencer" if is_beat => 0.5,
                        _ => *from * self.gain(),
                    };
                    if self.is("Scribble") {
                        *from = 0.9;
                    }
                }
            }
            if self.is("Flags") {
                output.silenceFlags = 3;
            }
            if self.is("Scribble") {
                // The lists, too.
                *input.__field0.channelBuffers32 = std::ptr::null_mut();
                *output.__field0.channelBuffers32 = std::ptr::null_mut();
            }
            self.speak(data);
        }
        if self.is("Nothing To Do") { kResultFalse } else { kResultOk }
    }

    /// Whether this is the fortieth block after playback began.
    unsafe fn is_beat(&self, data: &ProcessData) -> bool {
        use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::kPlaying;
        let is_playing = unsafe { (*data.processContext).state } & kPlaying != 0;
        let count = if is_playing { self.latency.load(Ordering::Relaxed) + 1 } else { 0 };
        self.latency.store(count, Ordering::Relaxed);
        count == 40
    }

    unsafe fn hear(&self, data: &ProcessData) {
        unsafe {
            if let Some(changes) = ComRef::from_raw(data.inputParameterChanges) {
                for index in 0..changes.getParameterCount() {
                    let Some(queue) = ComRef::from_raw(changes.getParameterData(index)) else { continue };
                    let (mut frame, mut value) = (0, 0.0);
                    let result = queue.getPoint(queue.getPointCount() - 1, &raw mut frame, &raw mut value);
                    if result == kResultOk && queue.getParameterId() == GAIN {
                        self.set_gain(value);
                    }
                    if result == kResultOk && queue.getParameterId() == LATE {
                        self.see(value as f32);
                    }
                }
            }
            if let Some(events) = ComRef::from_raw(data.inputEvents)
                && self.is("Quiet")
            {
                for index in 0..events.getEventCount() {
                    let mut event: Event = std::mem::zeroed();
                    if events.getEvent(index, &raw mut event) == kResultOk
                        && u32::from(event.r#type) == Event_::EventTypes_::kNoteOffEvent
                    {
                        self.count_seen();
                    }
                }
            }
        }
    }

    unsafe fn speak(&self, data: &ProcessData) {
        let note = |pitch, velocity, bus, frame| Event {
            busIndex: bus,
            sampleOffset: frame,
            ppqPosition: 0.0,
            flags: 0,
            r#type: 0,
            __field0: Event__type0 {
                noteOn: NoteOnEvent { channel: 0, pitch, tuning: 0.0, velocity, length: 0, noteId: -1 },
            },
        };
        unsafe {
            if let Some(events) = ComRef::from_raw(data.outputEvents) {
                if self.is("Flood") {
                    for time in 0..5_000 {
                        let mut event = note(60, 0.5, 0, -time);
                        events.addEvent(&raw mut event);
                    }
                }
                if self.is("Wild Notes") {
                    for mut event in [
                        note(-1, 0.5, 0, 0),
                        note(500, 0.5, 0, 0),
                        note(60, f32::NAN, 0, 0),
                        note(60, 0.5, 9, 0),
                    ] {
                        events.addEvent(&raw mut event);
                    }
                }
            }
            if let Some(changes) = ComRef::from_raw(data.outputParameterChanges)
                && (self.is("Flood") || self.is("Nan Param"))
                && let Some(queue) = ComRef::from_raw(changes.addParameterData(&GAIN, std::ptr::null_mut()))
            {
                for time in 0..if self.is("Flood") { 5_000 } else { 1 } {
                    let value = if self.is("Flood") { 1.0 } else { f64::NAN };
                    queue.addPoint(-time, value, std::ptr::null_mut());
                }
            }
        }
    }

    /// What only the main thread may call.
    unsafe fn call_from_a_wrong_thread(&self) {
        let Some(handler) = self.handler() else { return };
        unsafe {
            handler.beginEdit(GAIN);
            handler.performEdit(GAIN, 0.0);
            handler.endEdit(GAIN);
            if let Some(second) = handler.cast::<IComponentHandler2>() {
                second.setDirty(1);
            }
        }
    }
}

impl IEditControllerTrait for Rogue {
    unsafe fn setComponentState(&self, _state: *mut IBStream) -> tresult {
        kResultOk
    }

    unsafe fn setState(&self, _state: *mut IBStream) -> tresult {
        kNotImplemented
    }

    unsafe fn getState(&self, _state: *mut IBStream) -> tresult {
        kNotImplemented
    }

    unsafe fn getParameterCount(&self) -> int32 {
        3 + int32::from(self.is("New Param") && self.is_late.load(Ordering::Relaxed))
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let info = unsafe { &mut *info };
        let (id, name, flags) = match index {
            0 => (GAIN, "Gain", ParameterInfo_::ParameterFlags_::kCanAutomate),
            1 => (SEEN, "Seen", ParameterInfo_::ParameterFlags_::kIsReadOnly),
            2 => (ASKED, "Asked", ParameterInfo_::ParameterFlags_::kIsReadOnly),
            _ => (LATE, "Late", ParameterInfo_::ParameterFlags_::kCanAutomate),
        };
        (info.id, info.flags) = (id, flags);
        info.defaultNormalizedValue = if self.is("Nan Param") { f64::NAN } else { 1.0 };
        text::write_wide(name, &mut info.title);
        kResultOk
    }

    unsafe fn getParamStringByValue(&self, _: ParamID, _: ParamValue, _: *mut String128) -> tresult {
        kNotImplemented
    }

    unsafe fn getParamValueByString(&self, _: ParamID, _: *mut TChar, _: *mut ParamValue) -> tresult {
        kNotImplemented
    }

    unsafe fn normalizedParamToPlain(&self, _: ParamID, value: ParamValue) -> ParamValue {
        value
    }

    unsafe fn plainParamToNormalized(&self, _: ParamID, value: ParamValue) -> ParamValue {
        value
    }

    unsafe fn getParamNormalized(&self, id: ParamID) -> ParamValue {
        match id {
            _ if self.is("Nan Param") => f64::NAN,
            GAIN => self.gain().into(),
            SEEN => f32::from_bits(self.seen.load(Ordering::Relaxed)).into(),
            _ => f64::from(self.asked.load(Ordering::Relaxed)) / 1e6,
        }
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        if id != GAIN {
            return kResultOk;
        }
        // In the way "Stale" the processor only hears of it in a block, as where both are apart.
        if !self.is("Stale") {
            self.set_gain(value);
        }
        let Some(handler) = self.handler() else { return kResultOk };
        match self.way {
            "Echo" => unsafe {
                handler.beginEdit(GAIN);
                handler.performEdit(GAIN, value);
                handler.endEdit(GAIN);
            },
            "Own Thread" => {
                // A hand on a window that a thread of its own serves.
                let handler = Sent(handler);
                let hand = std::thread::spawn(move || unsafe {
                    let Sent(handler) = { handler };
                    handler.beginEdit(GAIN);
                    handler.performEdit(GAIN, 0.25);
                    handler.endEdit(GAIN);
                    if let Some(second) = handler.cast::<IComponentHandler2>() {
                        second.setDirty(1);
                    }
                });
                hand.join().unwrap();
            }
            "New Param" if value == 0.0 => {
                self.is_late.store(true, Ordering::Relaxed);
                unsafe { handler.restartComponent(RestartFlags_::kParamTitlesChanged) };
            }
            _ => {}
        }
        kResultOk
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        *self.handler.lock().unwrap() =
            unsafe { ComRef::from_raw(handler) }.map(|handler| handler.to_com_ptr());
        kResultOk
    }

    unsafe fn createView(&self, _name: *const c_char) -> *mut IPlugView {
        if !self.is("Resize") {
            return std::ptr::null_mut();
        }
        let view = vst3::ComWrapper::new(View::stormy());
        view.to_com_ptr::<IPlugView>().map_or(std::ptr::null_mut(), ComPtr::into_raw)
    }
}

/// On its way to another thread, as plugins do it.
struct Sent(ComPtr<IComponentHandler>);

unsafe impl Send for Sent {}
