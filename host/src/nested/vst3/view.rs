//! `IPlugView`: a plugin's window, in one of ours or in somebody else's.
#![expect(unsafe_code, reason = "a view is called through raw pointers")]

use std::ffi::c_void;
use std::sync::atomic::Ordering;

use vst3::Steinberg::Vst::IEditControllerTrait as _;
use vst3::Steinberg::{
    IPlugFrame, IPlugView, IPlugViewContentScaleSupport, IPlugViewContentScaleSupportTrait as _,
    IPlugViewTrait as _, TBool, ViewRect, kResultOk, kResultTrue,
};
use vst3::{ComPtr, ComWrapper};

use super::frame::{Frame, size_of, unpack};
use super::host::HostState;
use super::parts::Parts;
use crate::nested::error::WindowError;
use crate::nested::plugin::{PluginRequest, WindowOptions, WindowParent};
use crate::nested::requests::Request;
use crate::nested::window::{Container, ContainerEvent, Resizing};

/// The size of a window whose plugin does not say, in pixels.
const DEFAULT_SIZE: (u32, u32) = (640, 480);

/// A plugin's window while it is open. It goes before the plugin does.
pub(super) struct OpenWindow {
    // Before what is around it.
    view: Attached,
    around: Around,
    /// The size that the window went back from last. A window manager that insists on it gets it.
    refused: Option<(u32, u32)>,
}

/// A view and the frame it may talk to until it goes.
struct Attached {
    view: ComPtr<IPlugView>,
    is_attached: bool,
    // After the view.
    frame: ComWrapper<Frame>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        // SAFETY: the view's parent and its frame are still there.
        unsafe {
            if self.is_attached {
                self.view.removed();
            }
            self.view.setFrame(std::ptr::null_mut());
        }
    }
}

/// What is around the plugin's window.
enum Around {
    /// A window of ours.
    Container(Box<Container>),
    /// A window of the caller's.
    Parent,
}

impl OpenWindow {
    /// Whether windows can be shown on this system.
    pub(super) const fn is_possible() -> bool {
        Container::AVAILABLE
    }

    /// Opens it. Main thread.
    pub(super) fn open(parts: &Parts, options: &WindowOptions) -> Result<Self, WindowError> {
        let host = parts.host();
        // What an earlier window asked for is none of this one's business.
        for request in [Request::WindowResize, Request::WindowShow] {
            host.requests.take(request);
        }
        let controller = parts.controller.as_ref().ok_or(WindowError::Unsupported)?;
        // SAFETY: the name is a string; what is returned is null or a view with one reference for us.
        let view = unsafe { ComPtr::from_raw(controller.createView(c"editor".as_ptr())) };
        let view = view.ok_or(WindowError::Unsupported)?;
        // SAFETY: the name is a string.
        if unsafe { view.isPlatformTypeSupported(PLATFORM.as_ptr()) } != kResultTrue {
            return Err(WindowError::Unsupported);
        }
        let mut attached = Attached { view, is_attached: false, frame: Frame::new(host) };
        let Attached { view, frame, .. } = &attached;
        if let Some(frame) = frame.as_com_ref::<IPlugFrame>() {
            // SAFETY: the frame outlives the view (`Attached`).
            unsafe { view.setFrame(frame.as_ptr()) };
        }
        if let Some(scaled) = view.cast::<IPlugViewContentScaleSupport>() {
            // SAFETY: it takes no pointers. A view that ignores the scale asks the system for it.
            unsafe { scaled.setContentScaleFactor(scale(options.scale)) };
        }
        let (around, id) = match options.parent {
            WindowParent::Embedded(parent) => (Around::Parent, parent),
            WindowParent::Desktop => {
                let size = size(view).unwrap_or(DEFAULT_SIZE);
                // SAFETY: it takes nothing.
                let resizable = unsafe { view.canResize() } == kResultTrue;
                let resizing = if resizable { Resizing::Free } else { Resizing::Fixed };
                let container = Container::open(&options.title, size, resizing)?;
                let id = container.id().into();
                (Around::Container(Box::new(container)), id)
            }
        };
        let parent = usize::try_from(id).map_err(|_| WindowError::Unsupported)?;
        // SAFETY: where a system numbers its windows, the number takes the place of the pointer, and nobody reads what is
        // there. A container outlives the view; a caller's parent is the caller's promise, and an X11 window that is gone
        // is an error of the X server, not of memory.
        let result =
            unsafe { view.attached(std::ptr::without_provenance_mut::<c_void>(parent), PLATFORM.as_ptr()) };
        if result != kResultOk {
            return Err(WindowError::Plugin { step: "attached" });
        }
        attached.is_attached = true;
        let mut window = Self { view: attached, around, refused: None };
        // Some views only know their size once they are there.
        window.fit();
        Ok(window)
    }

    /// Makes the window around the view as large as that is.
    fn fit(&mut self) {
        if let (Some((width, height)), Around::Container(container)) = (self.size(), &mut self.around) {
            container.resize(width, height);
        }
    }

    /// Brings it to the front.
    pub(super) fn raise(&mut self) {
        if let Around::Container(container) = &mut self.around {
            container.raise();
        }
    }

    /// Its size in pixels.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        size(&self.view.view)
    }

    /// Gives it the nearest size it can take; returns that.
    pub(super) fn resize(&mut self, width: u32, height: u32) -> Option<(u32, u32)> {
        let edge = |size: u32| i32::try_from(size).ok();
        let mut rect = ViewRect { left: 0, top: 0, right: edge(width)?, bottom: edge(height)? };
        let asked = rect;
        let view = &self.view.view;
        // SAFETY: the rectangle outlives the calls.
        unsafe {
            if view.canResize() != kResultTrue {
                return None;
            }
            // A view without constraints leaves the rectangle alone, or fails; one that mangles it is not believed.
            if view.checkSizeConstraint(&raw mut rect) != kResultTrue || size_of(&rect).is_none() {
                rect = asked;
            }
            if view.onSize(&raw mut rect) != kResultOk {
                return None;
            }
        }
        size_of(&rect)
    }

    /// Tells the view whether its window has the keyboard. Keys and wheels themselves reach its X11 window without us.
    fn tell_focus(&self, has_it: TBool) {
        // SAFETY: it takes no pointers. What the view answers does not matter.
        unsafe { self.view.view.onFocus(has_it) };
    }

    /// Serves the window; returns whether it is to be closed. Main thread.
    pub(super) fn poll(&mut self, host: &HostState, requests: &mut Vec<PluginRequest>) -> bool {
        if host.requests.take(Request::WindowShow) {
            self.raise();
        }
        if host.requests.take(Request::WindowResize) {
            let (width, height) = unpack(host.window_size.load(Ordering::Acquire));
            match &mut self.around {
                Around::Container(container) => container.resize(width, height),
                Around::Parent => requests.push(PluginRequest::WindowSize { width, height }),
            }
        }
        let events = match &mut self.around {
            Around::Container(container) => container.poll(),
            Around::Parent => Vec::new(),
        };
        let mut closed = false;
        for event in events {
            match event {
                ContainerEvent::Closed => closed = true,
                ContainerEvent::FocusIn => self.tell_focus(true.into()),
                ContainerEvent::FocusOut => self.tell_focus(false.into()),
                ContainerEvent::Resized(width, height) => {
                    let asked = (width, height);
                    // The view takes the nearest size it likes, or none: then the window goes back.
                    if self.size() != Some(asked)
                        && self.resize(width, height) != Some(asked)
                        && self.refused.replace(asked) != Some(asked)
                    {
                        self.fit();
                    }
                }
            }
        }
        closed
    }
}

/// What a window is given by.
const PLATFORM: &std::ffi::CStr = if cfg!(target_os = "windows") {
    c"HWND"
} else if cfg!(target_os = "macos") {
    c"NSView"
} else {
    c"X11EmbedWindowID"
};

fn size(view: &ComPtr<IPlugView>) -> Option<(u32, u32)> {
    let mut rect = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
    // SAFETY: the rectangle outlives the call.
    let result = unsafe { view.getSize(&raw mut rect) };
    if result == kResultOk { size_of(&rect) } else { None }
}

#[expect(clippy::cast_possible_truncation, reason = "a scale has no more precision than this")]
const fn scale(factor: f64) -> f32 {
    factor as f32
}
