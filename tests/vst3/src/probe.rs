//! A component that shows what it is given.
//!
//! Main output = main input x gain + sidechain; second output = the number of held notes. Every event comes out again as it
//! went in; [`LINES`] draws lines between the points of its gain, as the standard has it. The parameter `LEVEL` tells the last sample of each block, `PROGRAM` sets the gain to a third of its number.

#![allow(clippy::cast_possible_truncation, reason = "gains are small numbers")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use vst3::Steinberg::Vst::{
    BusDirection, BusInfo, Event, Event_, IAttributeListTrait, IAudioProcessor, IAudioProcessorTrait,
    IComponent, IComponentTrait, IConnectionPoint, IConnectionPointTrait, IEventListTrait, IHostApplication,
    IHostApplicationTrait, IMessage, IMessage_iid, IMessageTrait, IParamValueQueueTrait,
    IParameterChangesTrait, IoMode, MediaType, ProcessData, ProcessSetup, RoutingInfo, SpeakerArr,
    SpeakerArrangement,
};
use vst3::Steinberg::{
    FUnknown, IBStream, IBStreamTrait, IPluginBaseTrait, TBool, TUID, int32, kInvalidArgument, kResultFalse,
    kResultOk, tresult, uint32,
};
use vst3::{Class, ComPtr, ComRef};

use crate::{controller, text};

pub const ID: TUID = vst3::uid(0x4C6F_6F70, 0x486F_6C65, 0x5465_7374, 0x5072_6F62);

/// The same, but that it draws lines.
pub const LINES: TUID = vst3::uid(0x4C6F_6F70, 0x486F_6C65, 0x5465_7374, 0x4C69_6E65);

/// Parameters.
pub const GAIN: u32 = 7;
pub const LATENCY: u32 = 8;
pub const LEVEL: u32 = 9;
pub const PROGRAM: u32 = 10;
pub const BEND: u32 = 11;
pub const MESSAGES: u32 = 12;
/// The frames of latency for each step of `LATENCY`.
pub const LATENCY_FRAMES: u32 = 64;
/// What a state begins with; anything else is refused.
pub const MAGIC: [u8; 4] = *b"prb1";

#[derive(Default)]
pub struct Probe {
    inner: Mutex<Inner>,
    latency: AtomicU32,
    peer: Mutex<Option<ComPtr<IConnectionPoint>>>,
    host: Mutex<Option<ComPtr<IHostApplication>>>,
    /// What the main buses are.
    main: Mutex<SpeakerArrangement>,
    sidechain: Mutex<SpeakerArrangement>,
    lines: bool,
}

struct Inner {
    gain: f32,
    latency_step: f64,
    held: u32,
    active: bool,
    sidechain_on: bool,
}

impl Default for Inner {
    fn default() -> Self {
        Self { gain: 1.0, latency_step: 0.0, held: 0, active: false, sidechain_on: true }
    }
}

impl Probe {
    /// The one that draws lines.
    pub fn with_lines() -> Self {
        Self { lines: true, ..Self::default() }
    }
}

impl Class for Probe {
    type Interfaces = (IComponent, IAudioProcessor, IConnectionPoint);
}

impl IPluginBaseTrait for Probe {
    unsafe fn initialize(&self, context: *mut FUnknown) -> tresult {
        let context = unsafe { ComRef::from_raw(context) };
        *self.host.lock().unwrap() = context.and_then(|context| context.cast());
        *self.main.lock().unwrap() = SpeakerArr::kStereo;
        *self.sidechain.lock().unwrap() = SpeakerArr::kMono;
        kResultOk
    }

    unsafe fn terminate(&self) -> tresult {
        *self.host.lock().unwrap() = None;
        kResultOk
    }
}

impl Probe {
    /// Tells the controller something, in words that the host makes.
    fn tell(&self, what: i64) {
        let (host, peer) = (self.host.lock().unwrap().clone(), self.peer.lock().unwrap().clone());
        let (Some(host), Some(peer)) = (host, peer) else { return };
        let (mut class, mut interface, mut object) = (IMessage_iid, IMessage_iid, std::ptr::null_mut());
        unsafe {
            if host.createInstance(&raw mut class, &raw mut interface, &raw mut object) != kResultOk {
                return;
            }
            let Some(message) = ComPtr::from_raw(object.cast::<IMessage>()) else { return };
            message.setMessageID(c"told".as_ptr());
            if let Some(values) = ComRef::from_raw(message.getAttributes()) {
                values.setInt(c"what".as_ptr(), what);
            }
            peer.notify(message.as_ptr());
        }
    }
}

impl IConnectionPointTrait for Probe {
    unsafe fn connect(&self, other: *mut IConnectionPoint) -> tresult {
        *self.peer.lock().unwrap() = unsafe { ComRef::from_raw(other) }.map(|other| other.to_com_ptr());
        kResultOk
    }

    unsafe fn disconnect(&self, _other: *mut IConnectionPoint) -> tresult {
        *self.peer.lock().unwrap() = None;
        kResultOk
    }

    unsafe fn notify(&self, _message: *mut IMessage) -> tresult {
        kResultFalse
    }
}

impl IComponentTrait for Probe {
    unsafe fn getControllerClassId(&self, class: *mut TUID) -> tresult {
        unsafe { *class = controller::ID };
        kResultOk
    }

    unsafe fn setIoMode(&self, _mode: IoMode) -> tresult {
        kResultOk
    }

    unsafe fn getBusCount(&self, media: MediaType, _direction: BusDirection) -> int32 {
        if media == 0 { 2 } else { 1 }
    }

    unsafe fn getBusInfo(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        info: *mut BusInfo,
    ) -> tresult {
        let (name, channels) = match (media, direction, index) {
            (0, 0, 0) => ("Input", 2),
            (0, 0, 1) => ("Sidechain", 1),
            (0, 1, 0) => ("Output", 2),
            (0, 1, 1) => ("Notes", 2),
            (1, _, 0) => ("Events", 16),
            _ => return kInvalidArgument,
        };
        let info = unsafe { &mut *info };
        (info.mediaType, info.direction, info.channelCount) = (media, direction, channels);
        (info.busType, info.flags) = (index, u32::from(index == 0));
        text::write_wide(name, &mut info.name);
        kResultOk
    }

    unsafe fn getRoutingInfo(&self, _: *mut RoutingInfo, _: *mut RoutingInfo) -> tresult {
        kResultFalse
    }

    unsafe fn activateBus(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        on: TBool,
    ) -> tresult {
        if (media, direction, index) == (0, 0, 1) {
            self.inner.lock().unwrap().sidechain_on = on != 0;
        }
        kResultOk
    }

    unsafe fn setActive(&self, state: TBool) -> tresult {
        {
            let mut inner = self.inner.lock().unwrap();
            inner.active = state != 0;
            inner.held = 0;
        }
        if state != 0 {
            self.tell(1);
        }
        kResultOk
    }

    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let (mut bytes, mut read) = ([0_u8; 16], 0);
        unsafe { stream.read(bytes.as_mut_ptr().cast(), 16, &raw mut read) };
        if read != 16 || bytes[..4] != MAGIC {
            return kResultFalse;
        }
        let mut inner = self.inner.lock().unwrap();
        inner.gain = f32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        inner.latency_step = f64::from_le_bytes(bytes[8..].try_into().unwrap());
        kResultOk
    }

    unsafe fn getState(&self, state: *mut IBStream) -> tresult {
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let inner = self.inner.lock().unwrap();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(inner.gain.to_le_bytes());
        bytes.extend(inner.latency_step.to_le_bytes());
        unsafe { stream.write(bytes.as_mut_ptr().cast(), 16, std::ptr::null_mut()) }
    }
}

impl IAudioProcessorTrait for Probe {
    /// The main buses are both mono or both stereo; the sidechain is either.
    unsafe fn setBusArrangements(
        &self,
        inputs: *mut SpeakerArrangement,
        ins: int32,
        outputs: *mut SpeakerArrangement,
        outs: int32,
    ) -> tresult {
        if (ins, outs) != (2, 2) || self.inner.lock().unwrap().active {
            return kResultFalse;
        }
        let stereo = SpeakerArr::kStereo;
        let (main, sidechain) = unsafe { (*inputs, *inputs.add(1)) };
        let are_known = [main, sidechain].iter().all(|some| [SpeakerArr::kMono, stereo].contains(some));
        if !are_known || unsafe { (*outputs, *outputs.add(1)) } != (main, stereo) {
            return kResultFalse;
        }
        *self.main.lock().unwrap() = main;
        *self.sidechain.lock().unwrap() = sidechain;
        kResultOk
    }

    unsafe fn getBusArrangement(
        &self,
        direction: BusDirection,
        index: int32,
        arrangement: *mut SpeakerArrangement,
    ) -> tresult {
        let found = match (direction, index) {
            (_, 0) => *self.main.lock().unwrap(),
            (0, _) => *self.sidechain.lock().unwrap(),
            _ => SpeakerArr::kStereo,
        };
        unsafe { *arrangement = found };
        kResultOk
    }

    unsafe fn canProcessSampleSize(&self, size: int32) -> tresult {
        if size == 0 { kResultOk } else { kResultFalse }
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        self.latency.load(Ordering::Relaxed)
    }

    /// A latency is taken up where the standard wants it: while inactive.
    unsafe fn setupProcessing(&self, _setup: *mut ProcessSetup) -> tresult {
        let step = self.inner.lock().unwrap().latency_step;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 4")]
        self.latency.store((step * 4.0).round() as u32 * LATENCY_FRAMES, Ordering::Relaxed);
        kResultOk
    }

    unsafe fn setProcessing(&self, _state: TBool) -> tresult {
        kResultOk
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        let data = unsafe { &mut *data };
        let mut inner = self.inner.lock().unwrap();
        unsafe { run(&mut inner, data, self.lines) }
    }

    unsafe fn getTailSamples(&self) -> uint32 {
        480
    }
}

/// The points of a parameter, one after the other.
struct Points<'a> {
    queue: Option<ComRef<'a, vst3::Steinberg::Vst::IParamValueQueue>>,
    next: int32,
}

impl Points<'_> {
    /// The value that is due at a frame.
    unsafe fn at(&mut self, frame: int32) -> Option<f64> {
        let queue = self.queue?;
        let (mut due, mut at, mut value) = (None, 0, 0.0);
        unsafe {
            while queue.getPoint(self.next, &raw mut at, &raw mut value) == kResultOk && at <= frame {
                due = Some(value);
                self.next += 1;
            }
        }
        due
    }

    /// The next point.
    unsafe fn next(&self) -> Option<(int32, f64)> {
        let (mut at, mut value) = (0, 0.0);
        let result = unsafe { self.queue?.getPoint(self.next, &raw mut at, &raw mut value) };
        (result == kResultOk).then_some((at, value))
    }
}

unsafe fn run(inner: &mut Inner, data: &mut ProcessData, lines: bool) -> tresult {
    unsafe {
        let mut gains = Points { queue: None, next: 0 };
        let mut start = (-1, f64::from(inner.gain));
        if let Some(changes) = ComRef::from_raw(data.inputParameterChanges) {
            for index in 0..changes.getParameterCount() {
                let Some(queue) = ComRef::from_raw(changes.getParameterData(index)) else { continue };
                let mut points = Points { queue: Some(queue), next: 0 };
                match queue.getParameterId() {
                    GAIN => gains = points,
                    LATENCY => inner.latency_step = points.at(int32::MAX).unwrap_or(0.0),
                    PROGRAM => inner.gain = points.at(int32::MAX).unwrap_or(0.0) as f32 * 2.0 / 3.0,
                    _ => {}
                }
            }
        }
        pass_events(inner, data);
        let channel = |bus: *mut vst3::Steinberg::Vst::AudioBusBuffers, index| {
            *(*bus).__field0.channelBuffers32.add(index)
        };
        let (inputs, outputs) = (data.inputs, data.outputs);
        let mut last = 0.0;
        for frame in 0..data.numSamples {
            if let Some(gain) = gains.at(frame) {
                inner.gain = gain as f32;
                start = (frame, gain);
            } else if lines && let Some((end, gain)) = gains.next() {
                let way = f64::from(frame - start.0) / f64::from(end - start.0);
                inner.gain = (start.1 + (gain - start.1) * way) as f32;
            }
            let at = usize::try_from(frame).unwrap_or(0);
            let side = if inner.sidechain_on { *channel(inputs.add(1), 0).add(at) } else { 0.0 };
            for index in 0..usize::try_from((*inputs).numChannels).unwrap_or(0) {
                last = *channel(inputs, index).add(at) * inner.gain + side;
                *channel(outputs, index).add(at) = last;
            }
            for index in 0..2 {
                *channel(outputs.add(1), index).add(at) = inner.held as f32;
            }
        }
        // A block of no frames at all is for parameters only.
        if let Some(gain) = gains.at(int32::MAX) {
            inner.gain = gain as f32;
        }
        if data.numSamples == 0 {
            return kResultOk;
        }
        let (id, mut index) = (LEVEL, 0);
        if let Some(changes) = ComRef::from_raw(data.outputParameterChanges)
            && let Some(queue) = ComRef::from_raw(changes.addParameterData(&id, &raw mut index))
        {
            queue.addPoint(data.numSamples - 1, f64::from(last.abs()), &raw mut index);
        }
    }
    kResultOk
}

unsafe fn pass_events(inner: &mut Inner, data: &mut ProcessData) {
    unsafe {
        let (Some(from), Some(to)) =
            (ComRef::from_raw(data.inputEvents), ComRef::from_raw(data.outputEvents))
        else {
            return;
        };
        for index in 0..from.getEventCount() {
            let mut event: Event = std::mem::zeroed();
            if from.getEvent(index, &raw mut event) != kResultOk {
                continue;
            }
            match u32::from(event.r#type) {
                Event_::EventTypes_::kNoteOnEvent => inner.held += 1,
                Event_::EventTypes_::kNoteOffEvent => inner.held = inner.held.saturating_sub(1),
                _ => {}
            }
            to.addEvent(&raw mut event);
        }
    }
}
