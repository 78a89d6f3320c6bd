//! The smallest effect that every host takes: a gain, component and controller in one. What the engine costs is measured
//! beside it, in our benches and in other people's hosts.

use std::ffi::c_char;
use std::sync::atomic::{AtomicU64, Ordering};

use vst3::Steinberg::Vst::{
    BusDirection, BusInfo, IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentHandler,
    IComponentTrait, IEditController, IEditControllerTrait, IParamValueQueueTrait, IParameterChangesTrait,
    IoMode, MediaType, ParamID, ParamValue, ParameterInfo, ParameterInfo_, ProcessData, ProcessSetup,
    RoutingInfo, SpeakerArr, SpeakerArrangement, String128, TChar,
};
use vst3::Steinberg::{
    FUnknown, IBStream, IBStreamTrait, IPlugView, IPluginBaseTrait, TBool, TUID, int32, kInvalidArgument,
    kNotImplemented, kResultFalse, kResultOk, tresult, uint32,
};
use vst3::{Class, ComRef};

use crate::text;

pub const ID: TUID = vst3::uid(0x4C6F_6F70, 0x486F_6C65, 0x5465_7374, 0x4761_696E);

/// The only parameter: silence to twice as loud.
pub const GAIN: ParamID = 0;
const UNITY: f64 = 0.5;

pub struct Gain {
    /// The bits of the parameter, 0 to 1.
    position: AtomicU64,
}

impl Default for Gain {
    fn default() -> Self {
        Self { position: AtomicU64::new(UNITY.to_bits()) }
    }
}

impl Gain {
    fn position(&self) -> f64 {
        f64::from_bits(self.position.load(Ordering::Relaxed))
    }

    fn set(&self, position: f64) {
        self.position.store(position.to_bits(), Ordering::Relaxed);
    }
}

impl Class for Gain {
    type Interfaces = (IComponent, IAudioProcessor, IEditController);
}

impl IPluginBaseTrait for Gain {
    unsafe fn initialize(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }

    unsafe fn terminate(&self) -> tresult {
        kResultOk
    }
}

impl IComponentTrait for Gain {
    unsafe fn getControllerClassId(&self, _class: *mut TUID) -> tresult {
        kNotImplemented
    }

    unsafe fn setIoMode(&self, _mode: IoMode) -> tresult {
        kNotImplemented
    }

    unsafe fn getBusCount(&self, media: MediaType, _direction: BusDirection) -> int32 {
        int32::from(media == 0)
    }

    unsafe fn getBusInfo(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        info: *mut BusInfo,
    ) -> tresult {
        if (media, index) != (0, 0) {
            return kInvalidArgument;
        }
        let info = unsafe { &mut *info };
        (info.mediaType, info.direction, info.channelCount) = (media, direction, 2);
        (info.busType, info.flags) = (0, 1);
        text::write_wide(if direction == 0 { "Input" } else { "Output" }, &mut info.name);
        kResultOk
    }

    unsafe fn getRoutingInfo(&self, _: *mut RoutingInfo, _: *mut RoutingInfo) -> tresult {
        kNotImplemented
    }

    unsafe fn activateBus(&self, _: MediaType, _: BusDirection, _: int32, _: TBool) -> tresult {
        kResultOk
    }

    unsafe fn setActive(&self, _state: TBool) -> tresult {
        kResultOk
    }

    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let (mut bytes, mut read) = ([0_u8; 8], 0);
        unsafe { stream.read(bytes.as_mut_ptr().cast(), 8, &raw mut read) };
        let position = f64::from_le_bytes(bytes);
        if read != 8 || !(0.0..=1.0).contains(&position) {
            return kResultFalse;
        }
        self.set(position);
        kResultOk
    }

    unsafe fn getState(&self, state: *mut IBStream) -> tresult {
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let mut bytes = self.position().to_le_bytes();
        unsafe { stream.write(bytes.as_mut_ptr().cast(), 8, std::ptr::null_mut()) }
    }
}

impl IAudioProcessorTrait for Gain {
    unsafe fn setBusArrangements(
        &self,
        inputs: *mut SpeakerArrangement,
        ins: int32,
        outputs: *mut SpeakerArrangement,
        outs: int32,
    ) -> tresult {
        let is_stereo = (ins, outs) == (1, 1)
            && unsafe { (*inputs, *outputs) } == (SpeakerArr::kStereo, SpeakerArr::kStereo);
        if is_stereo { kResultOk } else { kResultFalse }
    }

    unsafe fn getBusArrangement(
        &self,
        _direction: BusDirection,
        index: int32,
        arrangement: *mut SpeakerArrangement,
    ) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        unsafe { *arrangement = SpeakerArr::kStereo };
        kResultOk
    }

    unsafe fn canProcessSampleSize(&self, size: int32) -> tresult {
        if size == 0 { kResultOk } else { kResultFalse }
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        0
    }

    unsafe fn setupProcessing(&self, _setup: *mut ProcessSetup) -> tresult {
        kResultOk
    }

    unsafe fn setProcessing(&self, _state: TBool) -> tresult {
        kResultOk
    }

    /// The last point of a block counts for all of it.
    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        unsafe {
            let data = &*data;
            if let Some(changes) = ComRef::from_raw(data.inputParameterChanges)
                && changes.getParameterCount() > 0
                && let Some(queue) = ComRef::from_raw(changes.getParameterData(0))
            {
                let (mut at, mut position) = (0, 0.0);
                if queue.getPoint(queue.getPointCount() - 1, &raw mut at, &raw mut position) == kResultOk {
                    self.set(position);
                }
            }
            if data.numInputs == 0 || data.numOutputs == 0 {
                return kResultOk;
            }
            #[expect(clippy::cast_possible_truncation, reason = "0 to 2")]
            let factor = (self.position() / UNITY) as f32;
            let frames = usize::try_from(data.numSamples).unwrap_or(0);
            let (inputs, outputs) = (&*data.inputs, &mut *data.outputs);
            let channels = usize::try_from(inputs.numChannels.min(outputs.numChannels)).unwrap_or(0);
            for channel in 0..channels {
                let from = *inputs.__field0.channelBuffers32.add(channel);
                let to = *outputs.__field0.channelBuffers32.add(channel);
                for frame in 0..frames {
                    *to.add(frame) = factor * *from.add(frame);
                }
            }
            outputs.silenceFlags = inputs.silenceFlags;
        }
        kResultOk
    }

    unsafe fn getTailSamples(&self) -> uint32 {
        0
    }
}

impl IEditControllerTrait for Gain {
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
        1
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        let info = unsafe { &mut *info };
        (info.id, info.stepCount, info.defaultNormalizedValue) = (GAIN, 0, UNITY);
        (info.unitId, info.flags) = (0, ParameterInfo_::ParameterFlags_::kCanAutomate);
        text::write_wide("Gain", &mut info.title);
        kResultOk
    }

    unsafe fn getParamStringByValue(&self, id: ParamID, value: ParamValue, into: *mut String128) -> tresult {
        if id != GAIN {
            return kInvalidArgument;
        }
        text::write_wide(&format!("{:.2}", value / UNITY), unsafe { &mut *into });
        kResultOk
    }

    unsafe fn getParamValueByString(&self, _: ParamID, typed: *mut TChar, value: *mut ParamValue) -> tresult {
        let typed = unsafe { text::read_wide(typed) };
        let Ok(factor) = typed.trim().parse::<f64>() else { return kResultFalse };
        unsafe { *value = factor * UNITY };
        kResultOk
    }

    unsafe fn normalizedParamToPlain(&self, _id: ParamID, value: ParamValue) -> ParamValue {
        value
    }

    unsafe fn plainParamToNormalized(&self, _id: ParamID, value: ParamValue) -> ParamValue {
        value
    }

    unsafe fn getParamNormalized(&self, _id: ParamID) -> ParamValue {
        self.position()
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        if id != GAIN {
            return kInvalidArgument;
        }
        self.set(value);
        kResultOk
    }

    unsafe fn setComponentHandler(&self, _handler: *mut IComponentHandler) -> tresult {
        kResultOk
    }

    unsafe fn createView(&self, _name: *const c_char) -> *mut IPlugView {
        std::ptr::null_mut()
    }
}
