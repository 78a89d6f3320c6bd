//! Our side of a plugin instance: what it may reach of us, and who we say we are.
#![expect(unsafe_code, reason = "a plugin asks for objects through raw pointers")]

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use protocol::control::LogLevel;
use vst3::Steinberg::Linux::IRunLoop;
use vst3::Steinberg::Vst::{
    IAttributeList, IComponentHandler, IComponentHandler2, IConnectionPoint, IEventList, IHostApplication,
    IHostApplicationTrait, IMessage, IParamValueQueue, IParameterChanges, IPlugInterfaceSupport,
    IPlugInterfaceSupportTrait, IStreamAttributes, IUnitHandler, String128,
};
use vst3::Steinberg::{
    FUnknown, IPlugFrame, TUID, kInvalidArgument, kNoInterface, kResultFalse, kResultOk, tresult,
};
use vst3::{Class, ComPtr, ComWrapper, Interface};

use super::attributes::Attributes;
use super::edits::Edits;
use super::message::Message;
use super::run_loop::RunLoop;
use super::text;
use crate::nested::log_queue::LogQueue;
use crate::nested::requests::Requests;
use crate::nested::threads::Threads;

/// What a plugin may reach of us, from any thread.
#[derive(Default)]
pub(super) struct HostState {
    pub(super) threads: Threads,
    pub(super) requests: Requests,
    pub(super) log: LogQueue,
    pub(super) edits: Edits,
    pub(super) run_loop: RunLoop,
    /// Frames; written on the main thread.
    pub(super) latency: AtomicI64,
    /// The window size it asked for last, width in the low half.
    pub(super) window_size: AtomicU64,
}

impl HostState {
    /// Whether the caller is allowed to make a main-thread call; tells the user if not.
    pub(super) fn check_main_thread(&self, call: &str) -> bool {
        let allowed = self.threads.is_main();
        if !allowed {
            self.log
                .push_parts(LogLevel::Warning, &["the plugin called ", call, " from a thread that must not"]);
        }
        allowed
    }

    pub(super) fn latency_frames(&self) -> i64 {
        self.latency.load(Ordering::Relaxed)
    }
}

/// The host as plugins and their factories see it.
pub(super) struct Application(Arc<HostState>);

impl Application {
    /// For a plugin instance, or a factory, that may reach `state`.
    pub(super) fn new(state: &Arc<HostState>) -> ComWrapper<Self> {
        ComWrapper::new(Self(Arc::clone(state)))
    }

    pub(super) const fn state(&self) -> &Arc<HostState> {
        &self.0
    }
}

/// An object of ours as the least that every object is.
pub(super) fn unknown<C: Class>(object: &ComWrapper<C>) -> *mut FUnknown {
    object.as_com_ref().map_or(std::ptr::null_mut(), |unknown| unknown.as_ptr())
}

impl Class for Application {
    type Interfaces = (IHostApplication, IPlugInterfaceSupport, IRunLoop);
}

impl IHostApplicationTrait for Application {
    unsafe fn getName(&self, name: *mut String128) -> tresult {
        // SAFETY: VST3 demands a place for 128 characters.
        let Some(name) = (unsafe { name.as_mut() }) else { return kInvalidArgument };
        text::write_wide("Loophole", name);
        kResultOk
    }

    /// Makes messages and attribute lists. From any thread: a plugin that calls this on the audio thread allocates there,
    /// which is its own doing.
    unsafe fn createInstance(
        &self,
        class: *mut TUID,
        interface: *mut TUID,
        object: *mut *mut c_void,
    ) -> tresult {
        // SAFETY: VST3 demands pointers to two identifiers and to a place for the object.
        let (Some(class), Some(interface), Some(object)) =
            (unsafe { (class.as_ref(), interface.as_ref(), object.as_mut()) })
        else {
            return kInvalidArgument;
        };
        let wanted = |iid: &TUID| class == iid && interface == iid;
        let made = if wanted(&vst3::Steinberg::Vst::IMessage_iid) {
            made::<_, IMessage>(&ComWrapper::new(Message::default()))
        } else if wanted(&vst3::Steinberg::Vst::IAttributeList_iid) {
            made::<_, IAttributeList>(&ComWrapper::new(Attributes::default()))
        } else {
            None
        };
        *object = made.unwrap_or(std::ptr::null_mut());
        if object.is_null() { kNoInterface } else { kResultOk }
    }
}

/// An interface of a new object, with the one reference that its maker hands over.
fn made<C: Class, I: Interface>(object: &ComWrapper<C>) -> Option<*mut c_void> {
    Some(object.to_com_ptr::<I>().map(ComPtr::into_raw)?.cast())
}

impl IPlugInterfaceSupportTrait for Application {
    unsafe fn isPlugInterfaceSupported(&self, interface: *const TUID) -> tresult {
        // SAFETY: VST3 demands an identifier.
        let Some(interface) = (unsafe { interface.as_ref() }) else { return kInvalidArgument };
        let interface = interface.map(std::ffi::c_char::cast_unsigned);
        if USED.contains(&&interface) { kResultOk } else { kResultFalse }
    }
}

/// The interfaces of plugins that this host makes use of.
const USED: [&vst3::com_scrape_types::Guid; 20] = {
    use vst3::Steinberg::IPlugViewContentScaleSupport;
    use vst3::Steinberg::Vst::ChannelContext::IInfoListener;
    use vst3::Steinberg::Vst::{
        IAudioProcessor, IComponent, IEditController, IMidiMapping, INoteExpressionController,
        INoteExpressionPhysicalUIMapping, IProgramListData, IUnitData, IUnitInfo,
    };
    [
        &IComponent::IID,
        &IAudioProcessor::IID,
        &IEditController::IID,
        &IConnectionPoint::IID,
        &IMidiMapping::IID,
        &INoteExpressionController::IID,
        &INoteExpressionPhysicalUIMapping::IID,
        &IUnitInfo::IID,
        &IUnitData::IID,
        &IProgramListData::IID,
        &IInfoListener::IID,
        &IPlugViewContentScaleSupport::IID,
        &IParameterChanges::IID,
        &IParamValueQueue::IID,
        &IEventList::IID,
        &IStreamAttributes::IID,
        &IComponentHandler::IID,
        &IComponentHandler2::IID,
        &IUnitHandler::IID,
        &IPlugFrame::IID,
    ]
};

static_assertions::assert_impl_all!(HostState: Send, Sync);
