//! Lists of events and of changes of parameters as nice-plug reads them, filled by the [inbox](super::inbox).
#![allow(non_snake_case, reason = "the names of VST3")]
#![allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "types differ between platforms")]

use std::cell::RefCell;

use nice_plug::prelude::SysExMessage;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::DataEvent_::DataTypes_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::Event_::EventTypes_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    DataEvent, Event, Event__type0, IEventList, IEventListTrait, IParamValueQueue, IParamValueQueueTrait,
    IParameterChanges, IParameterChangesTrait, ParamID, ParamValue,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{int32, kInvalidArgument, kResultFalse, kResultOk, tresult};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};

use crate::shell::wire::Carried;

const BYTES: usize = size_of::<<Carried as SysExMessage>::Buffer>();

/// One event.
#[derive(Clone, Copy)]
pub struct Entry {
    /// When.
    pub frame: u32,
    /// As they came.
    pub order: u32,
    /// It, packed.
    pub bytes: [u8; BYTES],
    /// How many of these bytes there are.
    pub length: int32,
}

/// All of them, in order.
pub struct Packed(pub RefCell<Vec<Entry>>);

impl Class for Packed {
    type Interfaces = (IEventList,);
}

/// Where nice-plug is to split the block.
pub struct Splits {
    /// At these frames.
    pub frames: RefCell<Vec<u32>>,
    /// The changes that make it do so.
    pub queue: ComWrapper<Queue>,
}

impl Class for Splits {
    type Interfaces = (IParameterChanges,);
}

/// The changes of a parameter that is not there.
pub struct Queue(pub RefCell<Vec<u32>>);

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IEventListTrait for Packed {
    unsafe fn getEventCount(&self) -> int32 {
        int32::try_from(self.0.borrow().len()).unwrap_or(0)
    }

    unsafe fn getEvent(&self, index: int32, to: *mut Event) -> tresult {
        let entries = self.0.borrow();
        let Some(entry) = usize::try_from(index).ok().and_then(|index| entries.get(index)) else {
            return kInvalidArgument;
        };
        let data = DataEvent {
            size: u32::try_from(entry.length).unwrap_or(0),
            r#type: DataTypes_::kMidiSysEx as u32,
            bytes: entry.bytes.as_ptr(),
        };
        let event = Event {
            busIndex: 0,
            sampleOffset: int32::try_from(entry.frame).unwrap_or(0),
            ppqPosition: 0.0,
            flags: 0,
            r#type: u16::try_from(EventTypes_::kDataEvent as u32).unwrap_or(0),
            __field0: Event__type0 { data },
        };
        // SAFETY: nice-plug has room for an event.
        unsafe { to.write(event) };
        kResultOk
    }

    unsafe fn addEvent(&self, _: *mut Event) -> tresult {
        kResultFalse
    }
}

impl IParameterChangesTrait for Splits {
    unsafe fn getParameterCount(&self) -> int32 {
        1
    }

    unsafe fn getParameterData(&self, _: int32) -> *mut IParamValueQueue {
        self.queue.as_com_ref::<IParamValueQueue>().map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    }

    unsafe fn addParameterData(&self, _: *const ParamID, _: *mut int32) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        ParamID::MAX
    }

    unsafe fn getPointCount(&self) -> int32 {
        int32::try_from(self.0.borrow().len()).unwrap_or(0)
    }

    unsafe fn getPoint(&self, index: int32, at: *mut int32, value: *mut ParamValue) -> tresult {
        let points = self.0.borrow();
        let Some(frame) = usize::try_from(index).ok().and_then(|index| points.get(index)) else {
            return kInvalidArgument;
        };
        // SAFETY: nice-plug has room for both.
        unsafe {
            at.write(int32::try_from(*frame).unwrap_or(0));
            value.write(0.0);
        }
        kResultOk
    }

    unsafe fn addPoint(&self, _: int32, _: ParamValue, _: *mut int32) -> tresult {
        kResultFalse
    }
}
