//! `IPlugFrame`: what a plugin's window asks of what is around it.
#![expect(unsafe_code, reason = "a view is called through raw pointers")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vst3::Steinberg::Linux::IRunLoop;
use vst3::Steinberg::{
    IPlugFrame, IPlugFrameTrait, IPlugView, IPlugViewTrait as _, ViewRect, kInvalidArgument, kResultFalse,
    kResultOk, tresult,
};
use vst3::{Class, ComRef, ComWrapper};

use super::host::HostState;
use crate::nested::requests::Request;

/// The frame of one window.
pub(super) struct Frame {
    host: Arc<HostState>,
    /// Whether the view is just being told its size, and may ask for another from within.
    resizing: AtomicBool,
}

impl Class for Frame {
    type Interfaces = (IPlugFrame, IRunLoop);
}

impl Frame {
    pub(super) fn new(host: &Arc<HostState>) -> ComWrapper<Self> {
        ComWrapper::new(Self { host: Arc::clone(host), resizing: AtomicBool::new(false) })
    }

    pub(super) const fn state(&self) -> &Arc<HostState> {
        &self.host
    }
}

/// A width and a height in one number, and back.
pub(super) const fn pack((width, height): (u32, u32)) -> u64 {
    (height as u64) << 32 | width as u64
}

pub(super) fn unpack(size: u64) -> (u32, u32) {
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    (half(size), half(size >> 32))
}

/// The size of a rectangle, in pixels; `None` if it has none.
pub(super) fn size_of(rect: &ViewRect) -> Option<(u32, u32)> {
    let width = u32::try_from(rect.right.checked_sub(rect.left)?).ok()?;
    let height = u32::try_from(rect.bottom.checked_sub(rect.top)?).ok()?;
    (width > 0 && height > 0).then_some((width, height))
}

impl IPlugFrameTrait for Frame {
    /// The view hears at once that it has the size, as the standard wants; the window follows with the next poll.
    unsafe fn resizeView(&self, view: *mut IPlugView, size: *mut ViewRect) -> tresult {
        // SAFETY: VST3 demands the view and a rectangle.
        let (Some(view), Some(rect)) = (unsafe { (ComRef::from_raw(view), size.as_ref()) }) else {
            return kInvalidArgument;
        };
        let Some(size) = size_of(rect) else { return kInvalidArgument };
        if !self.host.check_main_thread("resizeView") {
            return kResultFalse;
        }
        self.host.window_size.store(pack(size), Ordering::Release);
        self.host.requests.raise(Request::WindowResize);
        if !self.resizing.swap(true, Ordering::Relaxed) {
            let mut rect = *rect;
            // SAFETY: as above; the rectangle outlives the call.
            unsafe { view.onSize(&raw mut rect) };
            self.resizing.store(false, Ordering::Relaxed);
        }
        kResultOk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_packed_and_rectangles_without_one_refused() {
        assert_eq!(unpack(pack((640, 480))), (640, 480));
        let rect = |right, bottom| ViewRect { left: 10, top: 0, right, bottom };
        assert_eq!(size_of(&rect(110, 50)), Some((100, 50)));
        assert_eq!(size_of(&rect(10, 50)), None);
        assert_eq!(size_of(&rect(i32::MIN, 50)), None);
    }
}
