//! `IComponentHandler` and its kin: what a controller tells the host.
#![expect(unsafe_code, reason = "the interfaces are foreign")]

use std::ffi::c_char;
use std::sync::Arc;

use vst3::Steinberg::Vst::RestartFlags_ as restart;
use vst3::Steinberg::Vst::{
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait, IUnitHandler,
    IUnitHandler2, IUnitHandler2Trait, IUnitHandlerTrait, ParamID, ParamValue, ProgramListID, UnitID,
};
use vst3::Steinberg::{TBool, int32, kResultFalse, kResultOk, tresult};
use vst3::{Class, ComWrapper};

use super::edits::Edit;
use super::host::HostState;
use super::ints::has;
use crate::nested::requests::Request;

/// The handler of one controller.
pub(super) struct Handler(Arc<HostState>);

impl Class for Handler {
    type Interfaces = (IComponentHandler, IComponentHandler2, IUnitHandler, IUnitHandler2);
}

impl Handler {
    /// For a controller that may reach `state`.
    pub(super) fn new(state: &Arc<HostState>) -> ComWrapper<Self> {
        ComWrapper::new(Self(Arc::clone(state)))
    }

    /// The standard wants the main thread; on Linux many plugins serve their windows on one of their own, and what they say
    /// there is no less true. The audio thread has another way to say it, which older toolkits do not take: it is told, and not
    /// said back to the component.
    fn edit(&self, call: &'static str, edit: Edit) -> tresult {
        if self.0.is_showing() {
            // An echo of what we say, and no hand.
            return kResultOk;
        }
        let is_taken = if self.0.check_not_audio_thread(call) {
            self.0.edits.push(edit)
        } else {
            self.0.edits.push_at_once(match edit {
                Edit::Move(id, norm) => Edit::Own(id, norm),
                edit => edit,
            })
        };
        if !is_taken {
            return kResultFalse;
        }
        // An idle plugin is to hear of it, too.
        self.0.requests.raise(Request::Process);
        kResultOk
    }

    /// From any thread, as the next poll acts on it.
    fn raise(&self, request: Request) -> tresult {
        self.0.requests.raise(request);
        kResultOk
    }
}

/// Everything that a component only tells anew when it is activated, but for its latency, which may be no news.
const RESTART: int32 = restart::kReloadComponent
    | restart::kMidiCCAssignmentChanged
    | restart::kNoteExpressionChanged
    | restart::kRoutingInfoChanged;
/// Everything that is about what parameters are.
const PARAMS: int32 =
    restart::kReloadComponent | restart::kParamTitlesChanged | restart::kParamIDMappingChanged;
/// Everything that is about buses.
const PORTS: int32 = restart::kReloadComponent | restart::kIoChanged | restart::kIoTitlesChanged;

impl IComponentHandlerTrait for Handler {
    unsafe fn beginEdit(&self, id: ParamID) -> tresult {
        self.edit("beginEdit", Edit::Begin(id))
    }

    unsafe fn performEdit(&self, id: ParamID, value: ParamValue) -> tresult {
        if value.is_nan() {
            return kResultFalse;
        }
        self.edit("performEdit", Edit::Move(id, value.clamp(0.0, 1.0)))
    }

    unsafe fn endEdit(&self, id: ParamID) -> tresult {
        self.edit("endEdit", Edit::End(id))
    }

    /// Everything is acted on by the next poll, so this may come from any thread: some plugins call it from the audio
    /// thread although they must not, and what they say is still true.
    unsafe fn restartComponent(&self, flags: int32) -> tresult {
        let requests = &self.0.requests;
        if has(flags, restart::kLatencyChanged) {
            requests.raise(Request::LatencyChanged);
        }
        if has(flags, RESTART) {
            self.0.want_restart();
        }
        if has(flags, PORTS) {
            requests.raise(Request::PortsChanged);
        }
        if has(flags, PARAMS) {
            requests.raise(Request::ParamsChanged);
        }
        if has(flags, restart::kParamValuesChanged | restart::kReloadComponent) {
            requests.raise(Request::ValuesChanged);
            self.0.note_other_values();
        }
        kResultOk
    }
}

impl IComponentHandler2Trait for Handler {
    unsafe fn setDirty(&self, state: TBool) -> tresult {
        if state == 0 { kResultOk } else { self.raise(Request::StateDirty) }
    }

    unsafe fn requestOpenEditor(&self, _name: *const c_char) -> tresult {
        self.raise(Request::WindowShow)
    }

    /// Gestures are told apart by their parameters, so there is nothing to group.
    unsafe fn startGroupEdit(&self) -> tresult {
        kResultOk
    }

    unsafe fn finishGroupEdit(&self) -> tresult {
        kResultOk
    }
}

impl IUnitHandlerTrait for Handler {
    /// We follow no selection.
    unsafe fn notifyUnitSelection(&self, _unit: UnitID) -> tresult {
        kResultOk
    }

    unsafe fn notifyProgramListChange(&self, _list: ProgramListID, _program: int32) -> tresult {
        for changed in [Request::ParamsChanged, Request::NoteNamesChanged, Request::ValuesChanged] {
            self.raise(changed);
        }
        self.0.note_other_values();
        kResultOk
    }
}

impl IUnitHandler2Trait for Handler {
    unsafe fn notifyUnitByBusChange(&self) -> tresult {
        self.0.want_restart();
        kResultOk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_programs_are_other_names_and_values() {
        let state = Arc::new(HostState::default());
        let handler = Handler::new(&state);
        // SAFETY: it takes no pointers.
        assert_eq!(unsafe { handler.notifyProgramListChange(0, 0) }, kResultOk);
        for request in [Request::ParamsChanged, Request::NoteNamesChanged, Request::ValuesChanged] {
            assert!(state.requests.take(request), "{request:?}");
        }
    }

    #[test]
    fn each_reason_to_restart_is_acted_on() {
        use Request::{LatencyChanged, ParamsChanged, PortsChanged, Restart, ValuesChanged};
        let state = Arc::new(HostState::default());
        let handler = Handler::new(&state);
        let reasons: [(_, &[Request]); 12] = [
            (restart::kReloadComponent, &[Restart, PortsChanged, ParamsChanged, ValuesChanged]),
            (restart::kIoChanged, &[PortsChanged]),
            (restart::kParamValuesChanged, &[ValuesChanged]),
            (restart::kLatencyChanged, &[LatencyChanged]),
            (restart::kParamTitlesChanged, &[ParamsChanged]),
            (restart::kMidiCCAssignmentChanged, &[Restart]),
            (restart::kNoteExpressionChanged, &[Restart]),
            (restart::kIoTitlesChanged, &[PortsChanged]),
            // We fetch nothing ahead, and have no names of keys to switch.
            (restart::kPrefetchableSupportChanged, &[]),
            (restart::kRoutingInfoChanged, &[Restart]),
            (restart::kKeyswitchChanged, &[]),
            (restart::kParamIDMappingChanged, &[ParamsChanged]),
        ];
        for (flag, expected) in reasons {
            // SAFETY: it takes no pointers.
            assert_eq!(unsafe { handler.restartComponent(flag) }, kResultOk);
            let all = [Restart, PortsChanged, ParamsChanged, ValuesChanged, LatencyChanged];
            for request in all {
                assert_eq!(state.requests.take(request), expected.contains(&request), "{flag}: {request:?}");
            }
        }
    }

    #[test]
    fn edits_are_heard_from_any_thread() {
        let state = Arc::new(HostState::default());
        let handler = Handler::new(&state);
        // SAFETY: it takes no pointers.
        let edit = |value| unsafe { handler.performEdit(1, value) };
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(edit(0.5), kResultOk));
        });
        assert_eq!(state.edits.take(), [Edit::Move(1, 0.5)]);
        assert!(state.requests.take(Request::Process));
        {
            let _audio = state.threads.enter_audio();
            assert_eq!(edit(0.75), kResultOk);
        }
        assert_eq!(state.edits.take(), [Edit::Own(1, 0.75)], "the component has it");
        {
            let _showing = state.show();
            assert_eq!(edit(0.25), kResultOk, "an echo");
        }
        assert!(state.edits.take().is_empty());
    }
}
