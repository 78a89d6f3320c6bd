//! Our side of a plugin instance: what it may reach of us, and who we say we are.
#![expect(unsafe_code, reason = "a plugin asks for objects through raw pointers")]

use std::ffi::c_void;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use protocol::Frames;
use vst3::Steinberg::Linux::IRunLoop;
use vst3::Steinberg::Vst::{
    IAttributeList, IComponentHandler, IComponentHandler2, IConnectionPoint, IEventList, IHostApplication,
    IHostApplicationTrait, IMessage, IParamValueQueue, IParameterChanges, IPlugInterfaceSupport,
    IPlugInterfaceSupportTrait, IStreamAttributes, IUnitHandler, String128, kInfiniteTail,
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
use crate::nested::base::HostBase;
use crate::processor::Tail;

/// What a plugin may reach of us, from any thread.
#[derive(Default)]
pub(super) struct HostState {
    base: HostBase,
    pub(super) edits: Edits,
    pub(super) run_loop: RunLoop,
    /// As the plugin said last, in its own form; written on the main thread.
    pub(super) tail: AtomicU32,
    /// Whether the main thread is just telling the plugin values or states.
    showing: AtomicBool,
    /// Whether the plugin's parameters may have other values than the audio thread takes them for.
    other_values: AtomicBool,
}

impl Deref for HostState {
    type Target = HostBase;

    fn deref(&self) -> &HostBase {
        &self.base
    }
}

impl HostState {
    /// Until what is returned goes, what the plugin says about its parameters on this thread is taken for the echo of what
    /// we say to it. Main thread.
    pub(super) fn show(&self) -> Showing<'_> {
        Showing { host: self, before: self.showing.swap(true, Ordering::Relaxed) }
    }

    /// A state was loaded, or the plugin says that its values are others. Any thread.
    pub(super) fn note_other_values(&self) {
        self.other_values.store(true, Ordering::Release);
    }

    /// Whether that was noted since the last call. Audio thread.
    #[inline]
    pub(super) fn take_other_values(&self) -> bool {
        self.other_values.load(Ordering::Relaxed) && self.other_values.swap(false, Ordering::Acquire)
    }

    /// How long the plugin sounds on, as it said last.
    pub(super) fn tail(&self) -> Tail {
        let frames = self.tail.load(Ordering::Relaxed);
        if frames == kInfiniteTail { Tail::Infinite } else { Tail::Frames(Frames(frames.into())) }
    }

    /// Whether the caller is called from within what we are just showing.
    pub(super) fn is_showing(&self) -> bool {
        self.showing.load(Ordering::Relaxed) && self.threads.is_main()
    }
}

/// While it lives, the main thread shows the plugin values or states.
pub(super) struct Showing<'a> {
    host: &'a HostState,
    before: bool,
}

impl Drop for Showing<'_> {
    fn drop(&mut self) {
        self.host.showing.store(self.before, Ordering::Relaxed);
    }
}

/// The host as plugins and their factories see it.
pub(super) struct Application(Arc<HostState>);

impl Application {
    /// For a plugin instance that may reach `state`.
    pub(super) fn new(state: &Arc<HostState>) -> ComWrapper<Self> {
        ComWrapper::new(Self(Arc::clone(state)))
    }

    /// For a factory, which is no instance's: nobody serves a run loop for it.
    pub(super) fn for_factory() -> ComWrapper<Self> {
        let state = HostState::default();
        state.run_loop.close();
        Self::new(&Arc::new(state))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_without_end_has_a_number_of_its_own() {
        let host = HostState::default();
        host.tail.store(kInfiniteTail, Ordering::Relaxed);
        assert_eq!(host.tail(), Tail::Infinite);
        host.tail.store(480, Ordering::Relaxed);
        assert_eq!(host.tail(), Tail::Frames(Frames(480)));
    }
}
