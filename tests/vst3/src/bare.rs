//! A component without a controller, state, events, latency, tail, or names: it halves what it hears.

use vst3::Class;
use vst3::Steinberg::Vst::{
    BusDirection, BusInfo, IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentTrait, IoMode,
    MediaType, ProcessData, ProcessSetup, RoutingInfo, SpeakerArrangement,
};
use vst3::Steinberg::{
    FUnknown, IBStream, IPluginBaseTrait, TBool, TUID, int32, kNotImplemented, kResultOk, tresult, uint32,
};

pub const ID: TUID = vst3::uid(0x4C6F_6F70, 0x486F_6C65, 0x5465_7374, 0x4261_7265);

/// The same, but that it leaves nothing in its inputs, which are its to write to, and says of what begins with a 1 that it
/// is silent, which it never takes back.
pub const SCRIBBLER: TUID = vst3::uid(0x4C6F_6F70, 0x486F_6C65, 0x5465_7374, 0x5363_7269);

#[derive(Clone, Copy, Default)]
pub struct Bare {
    pub scribbles: bool,
}

impl Class for Bare {
    type Interfaces = (IComponent, IAudioProcessor);
}

impl IPluginBaseTrait for Bare {
    unsafe fn initialize(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }

    unsafe fn terminate(&self) -> tresult {
        kResultOk
    }
}

impl IComponentTrait for Bare {
    unsafe fn getControllerClassId(&self, _class: *mut TUID) -> tresult {
        kNotImplemented
    }

    unsafe fn setIoMode(&self, _mode: IoMode) -> tresult {
        kNotImplemented
    }

    unsafe fn getBusCount(&self, media: MediaType, _direction: BusDirection) -> int32 {
        int32::from(media == 0)
    }

    /// The buses are there, but it does not say what they are.
    unsafe fn getBusInfo(&self, _: MediaType, _: BusDirection, _: int32, _: *mut BusInfo) -> tresult {
        kNotImplemented
    }

    unsafe fn getRoutingInfo(&self, _: *mut RoutingInfo, _: *mut RoutingInfo) -> tresult {
        kNotImplemented
    }

    unsafe fn activateBus(&self, _: MediaType, _: BusDirection, _: int32, _: TBool) -> tresult {
        kNotImplemented
    }

    unsafe fn setActive(&self, _state: TBool) -> tresult {
        kNotImplemented
    }

    unsafe fn setState(&self, _state: *mut IBStream) -> tresult {
        kNotImplemented
    }

    unsafe fn getState(&self, _state: *mut IBStream) -> tresult {
        kNotImplemented
    }
}

impl IAudioProcessorTrait for Bare {
    unsafe fn setBusArrangements(
        &self,
        _: *mut SpeakerArrangement,
        _: int32,
        _: *mut SpeakerArrangement,
        _: int32,
    ) -> tresult {
        kNotImplemented
    }

    unsafe fn getBusArrangement(&self, _: BusDirection, _: int32, _: *mut SpeakerArrangement) -> tresult {
        kNotImplemented
    }

    unsafe fn canProcessSampleSize(&self, _size: int32) -> tresult {
        kNotImplemented
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        0
    }

    unsafe fn setupProcessing(&self, _setup: *mut ProcessSetup) -> tresult {
        kResultOk
    }

    unsafe fn setProcessing(&self, _state: TBool) -> tresult {
        kNotImplemented
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        unsafe {
            let (data, input, output) = (&*data, &*(*data).inputs, &mut *(*data).outputs);
            if self.scribbles && **input.__field0.channelBuffers32 == 1.0 {
                output.silenceFlags = 3;
            }
            for channel in 0..usize::try_from(output.numChannels).unwrap_or(0) {
                let from = *input.__field0.channelBuffers32.add(channel);
                let to = *output.__field0.channelBuffers32.add(channel);
                let frames = usize::try_from(data.numSamples).unwrap_or(0);
                for frame in 0..frames {
                    *to.add(frame) = 0.5 * *from.add(frame);
                }
                if self.scribbles {
                    (0..frames).for_each(|frame| *from.add(frame) = f32::NAN);
                    *input.__field0.channelBuffers32.add(channel) = std::ptr::null_mut();
                    *output.__field0.channelBuffers32.add(channel) = std::ptr::null_mut();
                }
            }
        }
        kResultOk
    }

    unsafe fn getTailSamples(&self) -> uint32 {
        0
    }
}
