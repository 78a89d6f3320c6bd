//! Component and controller of one plugin, from their making to their end.
#![expect(unsafe_code, reason = "plugins are called through raw pointers")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vst3::Steinberg::Vst::{
    IAudioProcessor, IAudioProcessorTrait as _, IComponent, IComponentTrait as _, IConnectionPoint,
    IEditController, IEditControllerTrait as _,
};
use vst3::Steinberg::{IPluginBaseTrait as _, TUID, kResultOk};
use vst3::{ComPtr, ComWrapper};

use super::connection::Connection;
use super::factory::{CreateError, Factory};
use super::handler::Handler;
use super::host::{HostState, unknown};
use super::ints::{FALSE, TRUE};
use super::stream::{self, Stream};
use crate::nested::offers::StatePurpose;

/// A plugin's objects. Both halves hold them, so that neither pulls them from under the other: the last one to go ends
/// them, on the control thread, where processors go back to.
///
/// The fields are in the order in which they go: interfaces of a component before the component, as some plugins count
/// each by itself, and the module that all are in last.
pub(super) struct Parts {
    connection: Option<Connection>,
    pub(super) controller: Option<ComPtr<IEditController>>,
    pub(super) processor: ComPtr<IAudioProcessor>,
    pub(super) component: ComPtr<IComponent>,
    ownership: Ownership,
    active: AtomicBool,
    processing: AtomicBool,
    handler: ComWrapper<Handler>,
    pub(super) factory: Factory,
}

static_assertions::assert_impl_all!(Parts: Send, Sync);

/// Whose object the controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ownership {
    /// The component's own.
    Single,
    /// One of its own, which is initialised and terminated by itself.
    Separate,
}

impl Parts {
    /// Makes and connects them. The calling thread is their main thread.
    pub(super) fn new(factory: Factory, class: &TUID) -> Result<Arc<Self>, CreateError> {
        let component: ComPtr<IComponent> = factory.create(class).ok_or(CreateError::NoComponent)?;
        // SAFETY: the context outlives the component, which is terminated before.
        if unsafe { component.initialize(unknown(factory.context())) } != kResultOk {
            return Err(CreateError::Refused);
        }
        let Some(processor) = component.cast::<IAudioProcessor>() else {
            // SAFETY: it is initialised.
            unsafe { component.terminate() };
            return Err(CreateError::NoProcessor);
        };
        let (controller, ownership) = match component.cast::<IEditController>() {
            Some(controller) => (Some(controller), Ownership::Single),
            None => (separate_controller(&factory, &component), Ownership::Separate),
        };
        let handler = Handler::new(&factory.host);
        let connection = match &controller {
            Some(controller) if ownership == Ownership::Separate => {
                let points = component.cast::<IConnectionPoint>().zip(controller.cast::<IConnectionPoint>());
                points.map(|(component, controller)| Connection::new(component, controller, &factory.host))
            }
            _ => None,
        };
        let parts = Self {
            component,
            processor,
            controller,
            connection,
            ownership,
            active: AtomicBool::new(false),
            processing: AtomicBool::new(false),
            handler,
            factory,
        };
        if let Some(controller) = &parts.controller
            && let Some(handler) = parts.handler.as_com_ref::<vst3::Steinberg::Vst::IComponentHandler>()
        {
            // SAFETY: the handler outlives the controller's use of it, which `drop` ends.
            unsafe { controller.setComponentHandler(handler.as_ptr()) };
        }
        parts.show_state_to_controller();
        Ok(Arc::new(parts))
    }

    /// Gives a separate controller the state that its component starts in. Main thread.
    fn show_state_to_controller(&self) {
        let Some(controller) = &self.controller else { return };
        let _showing = self.host().show();
        let state = Stream::new(Vec::new(), StatePurpose::Project);
        // SAFETY: streams outlive the calls; the component is initialised. A component that keeps no state has a
        // controller that needs none.
        unsafe {
            if self.component.getState(stream::pointer(&state)) == kResultOk {
                let state = Stream::new(state.take(), StatePurpose::Project);
                controller.setComponentState(stream::pointer(&state));
            }
        }
    }

    /// What the plugin may reach of us.
    pub(super) const fn host(&self) -> &Arc<HostState> {
        &self.factory.host
    }

    /// Passes on messages between component and controller that came from other threads. Main thread.
    pub(super) fn deliver_messages(&self) {
        if let Some(connection) = &self.connection {
            connection.deliver();
        }
    }

    /// Whether the component is active.
    pub(super) fn is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    /// Asks how long the component sounds on. Main thread.
    pub(super) fn read_tail(&self) {
        // SAFETY: it takes nothing.
        let tail = unsafe { self.processor.getTailSamples() };
        self.host().tail.store(tail, Ordering::Relaxed);
    }

    /// Asks how late the component's output is, in frames. Main thread.
    pub(super) fn latency(&self) -> u32 {
        // SAFETY: it takes nothing.
        unsafe { self.processor.getLatencySamples() }
    }

    /// Activates the component; `false` if it refuses. Main thread.
    pub(super) fn activate(&self) -> bool {
        // SAFETY: it is initialised, set up, and not active.
        let accepted = accepts(unsafe { self.component.setActive(TRUE) });
        self.active.store(accepted, Ordering::Relaxed);
        accepted
    }

    /// Stops and deactivates the component, if need be. Main thread, while no processor is out.
    pub(super) fn deactivate(&self) {
        self.stop();
        if self.active.swap(false, Ordering::Relaxed) {
            // SAFETY: it is active, and nobody is in it.
            unsafe { self.component.setActive(FALSE) };
        }
    }

    /// Starts processing, if need be. Audio thread, or the main thread while no processor is out.
    #[inline]
    pub(super) fn start(&self) {
        if !self.processing.load(Ordering::Relaxed) {
            self.processing.store(true, Ordering::Relaxed);
            // SAFETY: it is active. Many say that they have nothing to do here, so the answer does not matter.
            unsafe { self.processor.setProcessing(TRUE) };
        }
    }

    /// Stops processing, if need be; also what clears tails. As [`start`](Self::start).
    pub(super) fn stop(&self) {
        if self.processing.swap(false, Ordering::Relaxed) {
            // SAFETY: it is active.
            unsafe { self.processor.setProcessing(FALSE) };
        }
    }
}

/// Whether a function that a component may leave out was done, or left out.
pub(super) const fn accepts(result: vst3::Steinberg::tresult) -> bool {
    result == kResultOk || result == vst3::Steinberg::kNotImplemented
}

/// Makes the controller that a component names. A plugin without one has no parameters and no window.
fn separate_controller(factory: &Factory, component: &ComPtr<IComponent>) -> Option<ComPtr<IEditController>> {
    let mut class: TUID = [0; 16];
    // SAFETY: there is place for an identifier.
    if unsafe { component.getControllerClassId(&raw mut class) } != kResultOk || class == [0; 16] {
        return None;
    }
    let controller: ComPtr<IEditController> = factory.create(&class)?;
    // SAFETY: the context outlives the controller, which is terminated before.
    (unsafe { controller.initialize(unknown(factory.context())) } == kResultOk).then_some(controller)
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.deactivate();
        self.connection = None;
        // SAFETY: both are initialised, nobody else uses them, and every object of ours that they know is still alive.
        unsafe {
            if let Some(controller) = &self.controller {
                controller.setComponentHandler(std::ptr::null_mut());
                if self.ownership == Ownership::Separate {
                    controller.terminate();
                }
            }
            self.component.terminate();
        }
        // What is still registered holds on to the plugin.
        self.host().run_loop.close();
    }
}
