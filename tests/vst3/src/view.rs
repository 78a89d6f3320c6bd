//! The probe's window: nothing to see, but it uses all that is around it. It grows to 320 by 200 on its first timer, and
//! moves the gain by hand on its second. A stormy one asks for a hundred sizes with every timer.

use std::ffi::{c_char, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use vst3::Steinberg::Linux::{IRunLoop, IRunLoopTrait, ITimerHandler, ITimerHandlerTrait};
use vst3::Steinberg::Vst::{IComponentHandler, IComponentHandlerTrait};
use vst3::Steinberg::{
    IPlugFrame, IPlugFrameTrait, IPlugView, IPlugViewTrait, TBool, ViewRect, char16, int16, kInvalidArgument,
    kResultFalse, kResultOk, tresult,
};
use vst3::{Class, ComPtr, ComRef, ComWrapper};

use crate::probe::{BEND, GAIN};

pub struct View {
    handler: Option<ComPtr<IComponentHandler>>,
    frame: Mutex<Option<ComPtr<IPlugFrame>>>,
    size: Mutex<ViewRect>,
    timer: Mutex<Option<ComWrapper<Timer>>>,
    is_stormy: bool,
}

impl View {
    pub fn new(handler: Option<ComPtr<IComponentHandler>>) -> Self {
        let size = ViewRect { left: 0, top: 0, right: 200, bottom: 100 };
        Self {
            handler,
            frame: Mutex::default(),
            size: Mutex::new(size),
            timer: Mutex::default(),
            is_stormy: false,
        }
    }

    /// One that cannot decide on a size.
    pub fn stormy() -> Self {
        Self { is_stormy: true, ..Self::new(None) }
    }

    fn run_loop(&self) -> Option<ComPtr<IRunLoop>> {
        self.frame.lock().unwrap().as_ref()?.cast()
    }
}

impl Class for View {
    type Interfaces = (IPlugView,);
}

/// What the run loop of the host calls.
struct Timer {
    view: ComPtr<IPlugView>,
    frame: ComPtr<IPlugFrame>,
    handler: Option<ComPtr<IComponentHandler>>,
    calls: AtomicU32,
    is_stormy: bool,
}

impl Class for Timer {
    type Interfaces = (ITimerHandler,);
}

impl ITimerHandlerTrait for Timer {
    unsafe fn onTimer(&self) {
        if self.is_stormy {
            for edge in 100..200 {
                let mut size = ViewRect { left: 0, top: 0, right: edge, bottom: 300 - edge };
                unsafe { self.frame.resizeView(self.view.as_ptr(), &raw mut size) };
            }
            return;
        }
        match (self.calls.fetch_add(1, Ordering::Relaxed), &self.handler) {
            (0, _) => {
                let mut size = ViewRect { left: 0, top: 0, right: 320, bottom: 200 };
                unsafe { self.frame.resizeView(self.view.as_ptr(), &raw mut size) };
            }
            (1, Some(handler)) => unsafe {
                handler.beginEdit(GAIN);
                handler.performEdit(GAIN, 0.25);
                handler.endEdit(GAIN);
            },
            _ => {}
        }
    }
}

impl IPlugViewTrait for View {
    unsafe fn isPlatformTypeSupported(&self, _kind: *const c_char) -> tresult {
        kResultOk
    }

    unsafe fn attached(&self, parent: *mut c_void, _kind: *const c_char) -> tresult {
        let (Some(run_loop), Some(frame)) = (self.run_loop(), self.frame.lock().unwrap().clone()) else {
            return kResultFalse;
        };
        if parent.is_null() {
            return kInvalidArgument;
        }
        // The host's functions take the view by its interface: one that is only borrowed here.
        let view = std::ptr::from_ref(self);
        let view = unsafe {
            <ComWrapper<Self> as vst3::com_scrape_types::Wrapper<Self>>::header_from_data(view.cast_mut())
        };
        let Some(view) = (unsafe { ComRef::from_raw(view.cast::<IPlugView>()) }) else { return kResultFalse };
        let handler = self.handler.clone();
        let timer = ComWrapper::new(Timer {
            view: view.to_com_ptr(),
            frame,
            handler,
            calls: AtomicU32::new(0),
            is_stormy: self.is_stormy,
        });
        let result = match timer.as_com_ref::<ITimerHandler>() {
            Some(handler) => unsafe { run_loop.registerTimer(handler.as_ptr(), 10) },
            None => kResultFalse,
        };
        *self.timer.lock().unwrap() = Some(timer);
        result
    }

    unsafe fn removed(&self) -> tresult {
        let timer = self.timer.lock().unwrap().take();
        if let (Some(run_loop), Some(timer)) = (self.run_loop(), timer)
            && let Some(handler) = timer.as_com_ref::<ITimerHandler>()
        {
            unsafe { run_loop.unregisterTimer(handler.as_ptr()) };
        }
        kResultOk
    }

    unsafe fn onWheel(&self, _distance: f32) -> tresult {
        kResultFalse
    }

    unsafe fn onKeyDown(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        kResultFalse
    }

    unsafe fn onKeyUp(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        kResultFalse
    }

    unsafe fn getSize(&self, size: *mut ViewRect) -> tresult {
        unsafe { *size = *self.size.lock().unwrap() };
        kResultOk
    }

    unsafe fn onSize(&self, size: *mut ViewRect) -> tresult {
        *self.size.lock().unwrap() = unsafe { *size };
        kResultOk
    }

    /// Bends as far as it has the keyboard.
    unsafe fn onFocus(&self, state: TBool) -> tresult {
        if let Some(handler) = &self.handler {
            unsafe { handler.performEdit(BEND, state.into()) };
        }
        kResultOk
    }

    unsafe fn setFrame(&self, frame: *mut IPlugFrame) -> tresult {
        *self.frame.lock().unwrap() = unsafe { ComRef::from_raw(frame) }.map(|frame| frame.to_com_ptr());
        kResultOk
    }

    unsafe fn canResize(&self) -> tresult {
        kResultOk
    }

    /// In steps of ten.
    unsafe fn checkSizeConstraint(&self, rect: *mut ViewRect) -> tresult {
        let rect = unsafe { &mut *rect };
        rect.right = rect.left + (rect.right - rect.left) / 10 * 10;
        rect.bottom = rect.top + (rect.bottom - rect.top) / 10 * 10;
        kResultOk
    }
}
