//! The probe's controller.

use std::ffi::c_char;
use std::sync::Mutex;

use vst3::Steinberg::Vst::ChannelContext::{IInfoListener, IInfoListenerTrait};
use vst3::Steinberg::Vst::{
    BusDirection, CString, CtrlNumber, IAttributeList, IAttributeListTrait, IComponentHandler,
    IComponentHandlerTrait, IConnectionPoint, IConnectionPointTrait, IEditController, IEditControllerTrait,
    IMessage, IMessageTrait, IMidiMapping, IMidiMappingTrait, INoteExpressionController,
    INoteExpressionControllerTrait, INoteExpressionPhysicalUIMapping, INoteExpressionPhysicalUIMappingTrait,
    IUnitInfo, IUnitInfoTrait, MediaType, NoteExpressionTypeID, NoteExpressionTypeInfo, NoteExpressionValue,
    ParamID, ParamValue, ParameterInfo, ParameterInfo_, PhysicalUIMapList, ProgramListID, ProgramListInfo,
    RestartFlags_, String128, TChar, UnitID, UnitInfo,
};
use vst3::Steinberg::{
    FUnknown, IBStream, IBStreamTrait, IPlugView, IPluginBaseTrait, TUID, int16, int32, kInvalidArgument,
    kNotImplemented, kResultFalse, kResultOk, tresult,
};
use vst3::{Class, ComPtr, ComRef, ComWrapper};

use crate::probe::{BEND, GAIN, LATENCY, LEVEL, MAGIC, MESSAGES, PROGRAM};
use crate::text;
use crate::view::View;

pub const ID: TUID = vst3::uid(0x4C6F_6F70, 0x486F_6C65, 0x5465_7374, 0x4374_726C);

/// Identifier, name, steps, initial value, unit and flags.
const PARAMS: [(ParamID, &str, int32, f64, UnitID, int32); 6] = [
    (GAIN, "Gain", 0, 1.0, 0, ParameterInfo_::ParameterFlags_::kCanAutomate),
    (LATENCY, "Latency", 4, 0.0, 0, 0),
    (LEVEL, "Level", 0, 0.0, 1, ParameterInfo_::ParameterFlags_::kIsReadOnly),
    (PROGRAM, "Program", 2, 0.0, 1, ParameterInfo_::ParameterFlags_::kIsProgramChange),
    (BEND, "Bend", 0, 0.5, 2, ParameterInfo_::ParameterFlags_::kIsHidden),
    (MESSAGES, "Messages", 0, 0.0, 0, ParameterInfo_::ParameterFlags_::kIsReadOnly),
];
/// The plugin's own expression, which pressure of fingers goes to.
pub const SQUEEZE: NoteExpressionTypeID = 100_001;

#[derive(Default)]
pub struct Controller {
    values: Mutex<[f64; 6]>,
    handler: Mutex<Option<ComPtr<IComponentHandler>>>,
    /// A state of its own: how often it was told a track, and the last name.
    own: Mutex<Vec<u8>>,
}

impl Class for Controller {
    type Interfaces = (
        IEditController,
        IConnectionPoint,
        IMidiMapping,
        INoteExpressionController,
        INoteExpressionPhysicalUIMapping,
        IUnitInfo,
        IInfoListener,
    );
}

fn place(id: ParamID) -> Option<usize> {
    PARAMS.iter().position(|param| param.0 == id)
}

impl Controller {
    fn set(&self, id: ParamID, value: f64) {
        if let Some(place) = place(id) {
            self.values.lock().unwrap()[place] = value;
        }
    }

    fn handler(&self) -> Option<ComPtr<IComponentHandler>> {
        self.handler.lock().unwrap().clone()
    }
}

impl IPluginBaseTrait for Controller {
    unsafe fn initialize(&self, _context: *mut FUnknown) -> tresult {
        *self.values.lock().unwrap() = PARAMS.map(|param| param.3);
        kResultOk
    }

    unsafe fn terminate(&self) -> tresult {
        kResultOk
    }
}

impl IConnectionPointTrait for Controller {
    unsafe fn connect(&self, _other: *mut IConnectionPoint) -> tresult {
        kResultOk
    }

    unsafe fn disconnect(&self, _other: *mut IConnectionPoint) -> tresult {
        kResultOk
    }

    unsafe fn notify(&self, message: *mut IMessage) -> tresult {
        let Some(message) = (unsafe { ComRef::from_raw(message) }) else { return kInvalidArgument };
        let mut what = 0;
        unsafe {
            let Some(values) = ComRef::from_raw(message.getAttributes()) else { return kResultFalse };
            values.getInt(c"what".as_ptr(), &raw mut what);
        }
        let count = self.values.lock().unwrap()[5];
        self.set(MESSAGES, count + what as f64 / 10.0);
        kResultOk
    }
}

impl IEditControllerTrait for Controller {
    unsafe fn setComponentState(&self, state: *mut IBStream) -> tresult {
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let (mut bytes, mut read) = ([0_u8; 16], 0);
        unsafe { stream.read(bytes.as_mut_ptr().cast(), 16, &raw mut read) };
        if read != 16 || bytes[..4] != MAGIC {
            return kResultFalse;
        }
        self.set(GAIN, f32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]).into());
        self.set(LATENCY, f64::from_le_bytes(bytes[8..].try_into().unwrap()));
        kResultOk
    }

    unsafe fn setState(&self, state: *mut IBStream) -> tresult {
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let (mut bytes, mut read) = ([0_u8; 64], 0);
        unsafe { stream.read(bytes.as_mut_ptr().cast(), 64, &raw mut read) };
        *self.own.lock().unwrap() = bytes[..usize::try_from(read).unwrap_or(0)].to_vec();
        kResultOk
    }

    unsafe fn getState(&self, state: *mut IBStream) -> tresult {
        let Some(stream) = (unsafe { ComRef::from_raw(state) }) else { return kInvalidArgument };
        let mut own = self.own.lock().unwrap().clone();
        let length = int32::try_from(own.len()).unwrap();
        unsafe { stream.write(own.as_mut_ptr().cast(), length, std::ptr::null_mut()) }
    }

    unsafe fn getParameterCount(&self) -> int32 {
        6
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        let param = usize::try_from(index).ok().and_then(|index| PARAMS.get(index));
        let Some((id, name, steps, initial, unit, flags)) = param else { return kInvalidArgument };
        let info = unsafe { &mut *info };
        (info.id, info.stepCount, info.defaultNormalizedValue) = (*id, *steps, *initial);
        (info.unitId, info.flags) = (*unit, *flags);
        text::write_wide(name, &mut info.title);
        kResultOk
    }

    unsafe fn getParamStringByValue(
        &self,
        id: ParamID,
        value: ParamValue,
        string: *mut String128,
    ) -> tresult {
        if place(id).is_none() {
            return kInvalidArgument;
        }
        text::write_wide(&format!("{:.1} %", 100.0 * value), unsafe { &mut *string });
        kResultOk
    }

    unsafe fn getParamValueByString(
        &self,
        _id: ParamID,
        string: *mut TChar,
        value: *mut ParamValue,
    ) -> tresult {
        let typed = unsafe { text::read_wide(string) };
        let Ok(percent) = typed.trim_end_matches([' ', '%']).parse::<f64>() else { return kResultFalse };
        unsafe { *value = percent / 100.0 };
        kResultOk
    }

    unsafe fn normalizedParamToPlain(&self, _id: ParamID, value: ParamValue) -> ParamValue {
        value
    }

    unsafe fn plainParamToNormalized(&self, _id: ParamID, value: ParamValue) -> ParamValue {
        value
    }

    unsafe fn getParamNormalized(&self, id: ParamID) -> ParamValue {
        place(id).map_or(0.0, |place| self.values.lock().unwrap()[place])
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        self.set(id, value);
        if id == LATENCY
            && let Some(handler) = self.handler()
        {
            let flag = RestartFlags_::kLatencyChanged;
            unsafe { handler.restartComponent(flag) };
        }
        kResultOk
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        *self.handler.lock().unwrap() =
            unsafe { ComRef::from_raw(handler) }.map(|handler| handler.to_com_ptr());
        kResultOk
    }

    unsafe fn createView(&self, _name: *const c_char) -> *mut IPlugView {
        let view = ComWrapper::new(View::new(self.handler()));
        view.to_com_ptr::<IPlugView>().map_or(std::ptr::null_mut(), ComPtr::into_raw)
    }
}

impl IMidiMappingTrait for Controller {
    unsafe fn getMidiControllerAssignment(
        &self,
        bus: int32,
        channel: int16,
        number: CtrlNumber,
        id: *mut ParamID,
    ) -> tresult {
        let found = match (bus, channel, number) {
            (0, 0, 74) => GAIN,
            (0, _, 129) => BEND,
            _ => return kResultFalse,
        };
        unsafe { *id = found };
        kResultOk
    }
}

impl INoteExpressionControllerTrait for Controller {
    unsafe fn getNoteExpressionCount(&self, _bus: int32, _channel: int16) -> int32 {
        2
    }

    unsafe fn getNoteExpressionInfo(
        &self,
        _bus: int32,
        _channel: int16,
        index: int32,
        info: *mut NoteExpressionTypeInfo,
    ) -> tresult {
        // Tuning, and its own.
        unsafe { (*info).typeId = if index == 0 { 2 } else { SQUEEZE } };
        kResultOk
    }

    unsafe fn getNoteExpressionStringByValue(
        &self,
        _bus: int32,
        _channel: int16,
        _id: NoteExpressionTypeID,
        _value: NoteExpressionValue,
        _string: *mut String128,
    ) -> tresult {
        kNotImplemented
    }

    unsafe fn getNoteExpressionValueByString(
        &self,
        _bus: int32,
        _channel: int16,
        _id: NoteExpressionTypeID,
        _string: *const TChar,
        _value: *mut NoteExpressionValue,
    ) -> tresult {
        kNotImplemented
    }
}

impl INoteExpressionPhysicalUIMappingTrait for Controller {
    unsafe fn getPhysicalUIMapping(
        &self,
        _bus: int32,
        _channel: int16,
        list: *mut PhysicalUIMapList,
    ) -> tresult {
        let list = unsafe { &mut *list };
        for index in 0..usize::try_from(list.count).unwrap_or(0) {
            let map = unsafe { &mut *list.map.add(index) };
            // Pressure.
            map.noteExpressionTypeID =
                if map.physicalUITypeID == 2 { SQUEEZE } else { NoteExpressionTypeID::MAX };
        }
        kResultOk
    }
}

impl IUnitInfoTrait for Controller {
    unsafe fn getUnitCount(&self) -> int32 {
        3
    }

    unsafe fn getUnitInfo(&self, index: int32, info: *mut UnitInfo) -> tresult {
        let (name, parent, list) = match index {
            0 => ("Root", -1, -1),
            1 => ("Sound", 0, 5),
            2 => ("Wheel", 1, -1),
            _ => return kInvalidArgument,
        };
        let info = unsafe { &mut *info };
        (info.id, info.parentUnitId, info.programListId) = (index, parent, list);
        text::write_wide(name, &mut info.name);
        kResultOk
    }

    unsafe fn getProgramListCount(&self) -> int32 {
        1
    }

    unsafe fn getProgramListInfo(&self, index: int32, info: *mut ProgramListInfo) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        let info = unsafe { &mut *info };
        (info.id, info.programCount) = (5, 3);
        text::write_wide("Factory", &mut info.name);
        kResultOk
    }

    unsafe fn getProgramName(&self, _list: ProgramListID, program: int32, name: *mut String128) -> tresult {
        text::write_wide(["Off", "Soft", "Loud"][usize::try_from(program).unwrap()], unsafe { &mut *name });
        kResultOk
    }

    unsafe fn getProgramInfo(&self, _: ProgramListID, _: int32, _: CString, _: *mut String128) -> tresult {
        kNotImplemented
    }

    unsafe fn hasProgramPitchNames(&self, list: ProgramListID, _program: int32) -> tresult {
        if list == 5 { kResultOk } else { kResultFalse }
    }

    unsafe fn getProgramPitchName(
        &self,
        _list: ProgramListID,
        _program: int32,
        pitch: int16,
        name: *mut String128,
    ) -> tresult {
        if pitch != 36 {
            return kResultFalse;
        }
        text::write_wide("Kick", unsafe { &mut *name });
        kResultOk
    }

    unsafe fn getSelectedUnit(&self) -> UnitID {
        0
    }

    unsafe fn selectUnit(&self, _unit: UnitID) -> tresult {
        kResultOk
    }

    /// Every channel plays the one sound.
    unsafe fn getUnitByBus(
        &self,
        _media: MediaType,
        _direction: BusDirection,
        _bus: int32,
        _channel: int32,
        unit: *mut UnitID,
    ) -> tresult {
        unsafe { *unit = 1 };
        kResultOk
    }

    unsafe fn setUnitProgramData(&self, _: int32, _: int32, _: *mut IBStream) -> tresult {
        kNotImplemented
    }
}

impl IInfoListenerTrait for Controller {
    unsafe fn setChannelContextInfos(&self, list: *mut IAttributeList) -> tresult {
        let Some(list) = (unsafe { ComRef::from_raw(list) }) else { return kInvalidArgument };
        let (mut name, mut color) = ([0; 64], 0);
        unsafe {
            list.getString(c"channel name".as_ptr(), name.as_mut_ptr(), 128);
            list.getInt(c"channel color".as_ptr(), &raw mut color);
            *self.own.lock().unwrap() = format!("{} {color:x}", text::read_wide(name.as_ptr())).into_bytes();
        }
        kResultOk
    }
}
