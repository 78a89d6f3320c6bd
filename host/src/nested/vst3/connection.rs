//! `IConnectionPoint`: what component and controller say to each other goes through us, on the main thread only.
#![expect(unsafe_code, reason = "connection points are raw pointers")]

use std::sync::{Arc, Mutex, PoisonError};

use protocol::control::LogLevel;
use vst3::Steinberg::Vst::{IConnectionPoint, IConnectionPointTrait, IMessage};
use vst3::Steinberg::{kInvalidArgument, kResultFalse, kResultOk, tresult};
use vst3::{Class, ComPtr, ComRef, ComWrapper};

use super::host::HostState;

/// How many messages from other threads fit between two polls.
const WAITING: usize = 128;

/// One direction: what one side takes for the other. Messages from the main thread pass at once, as a component may wait
/// for an answer; those from other threads wait for the next poll.
pub(super) struct Line {
    /// None once the connection is undone: a side that never lets go of its line is not to hold on to the other.
    to: Mutex<Option<ComPtr<IConnectionPoint>>>,
    host: Arc<HostState>,
    waiting: Mutex<Vec<ComPtr<IMessage>>>,
}

impl Class for Line {
    type Interfaces = (IConnectionPoint,);
}

impl Line {
    fn new(to: &ComPtr<IConnectionPoint>, host: &Arc<HostState>) -> ComWrapper<Self> {
        let waiting = Mutex::new(Vec::with_capacity(WAITING));
        ComWrapper::new(Self { to: Mutex::new(Some(to.clone())), host: Arc::clone(host), waiting })
    }

    /// The other side. Main thread.
    fn other(&self) -> Option<ComPtr<IConnectionPoint>> {
        self.to.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Passes on what came from other threads. Main thread.
    fn deliver(&self) {
        loop {
            // Not within the lock: whoever gets a message may send one.
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(message) = (!waiting.is_empty()).then(|| waiting.remove(0)) else { return };
            drop(waiting);
            if let Some(to) = self.other() {
                // SAFETY: both are alive; this is the main thread.
                unsafe { to.notify(message.as_ptr()) };
            }
        }
    }
}

impl IConnectionPointTrait for Line {
    unsafe fn connect(&self, _other: *mut IConnectionPoint) -> tresult {
        kResultFalse
    }

    unsafe fn disconnect(&self, _other: *mut IConnectionPoint) -> tresult {
        kResultFalse
    }

    unsafe fn notify(&self, message: *mut IMessage) -> tresult {
        // SAFETY: VST3 demands null or a message that lives through the call.
        let Some(message) = (unsafe { ComRef::from_raw(message) }) else { return kInvalidArgument };
        if self.host.threads.is_main() {
            let Some(to) = self.other() else { return kResultFalse };
            // SAFETY: as above; our reference keeps the other side alive.
            return unsafe { to.notify(message.as_ptr()) };
        }
        match self.waiting.try_lock() {
            Ok(mut waiting) if waiting.len() < WAITING => {
                waiting.push(message.to_com_ptr());
                kResultOk
            }
            _ => {
                self.host.log.push_parts(
                    LogLevel::Warning,
                    &["a message of the plugin to its own controller was lost"],
                );
                kResultFalse
            }
        }
    }
}

/// Component and controller, connected.
pub(super) struct Connection {
    component: ComPtr<IConnectionPoint>,
    controller: ComPtr<IConnectionPoint>,
    to_component: ComWrapper<Line>,
    to_controller: ComWrapper<Line>,
}

impl Connection {
    /// Connects both. Main thread.
    pub(super) fn new(
        component: ComPtr<IConnectionPoint>,
        controller: ComPtr<IConnectionPoint>,
        host: &Arc<HostState>,
    ) -> Self {
        let to_component = Line::new(&component, host);
        let to_controller = Line::new(&controller, host);
        // SAFETY: the lines outlive the connection, which is undone before they go. One side that refuses to be connected
        // hears nothing, which is its own choice.
        unsafe {
            component.connect(pointer(&to_controller));
            controller.connect(pointer(&to_component));
        }
        Self { component, controller, to_component, to_controller }
    }

    /// Passes on what came from other threads. Main thread.
    pub(super) fn deliver(&self) {
        self.to_controller.deliver();
        self.to_component.deliver();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: all of them are alive.
        unsafe {
            self.component.disconnect(pointer(&self.to_controller));
            self.controller.disconnect(pointer(&self.to_component));
        }
        // What has not been said by now is left unsaid.
        for line in [&self.to_component, &self.to_controller] {
            line.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
            // Not within the lock: it may be the last reference.
            let other = line.to.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(other);
        }
    }
}

fn pointer(line: &ComWrapper<Line>) -> *mut IConnectionPoint {
    line.as_com_ref().map_or(std::ptr::null_mut(), |line| line.as_ptr())
}
