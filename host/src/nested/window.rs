//! A plain window of the system's to put a plugin's window into.

#[cfg(target_os = "linux")]
mod x11;

#[cfg(target_os = "linux")]
pub(crate) use x11::Container;
#[cfg(target_os = "linux")]
pub use x11::display_scale;

/// Pixels per logical pixel: elsewhere than on X11 plugins ask the system themselves.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn display_scale() -> f64 {
    1.0
}

/// Whether a person may change the size of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resizing {
    /// Yes.
    Free,
    /// Only the plugin may.
    Fixed,
}

/// What happened to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContainerEvent {
    /// Somebody wants to close it.
    Closed,
    /// It has this size, in pixels.
    Resized(u32, u32),
    /// It has the keyboard, or a window within it has.
    FocusIn,
    /// It has it no more.
    FocusOut,
}

/// On this system plugins have to float.
#[cfg(not(target_os = "linux"))]
pub(crate) enum Container {}

#[cfg(not(target_os = "linux"))]
impl Container {
    pub(crate) const AVAILABLE: bool = false;

    pub(crate) fn open(_: &str, _: (u32, u32), _: Resizing) -> Result<Self, super::error::WindowError> {
        Err(super::error::WindowError::Unsupported)
    }

    pub(crate) fn id(&self) -> u32 {
        match *self {}
    }

    pub(crate) fn raise(&mut self) {
        match *self {}
    }

    pub(crate) fn resize(&mut self, _: u32, _: u32) {
        match *self {}
    }

    pub(crate) fn poll(&mut self) -> Vec<ContainerEvent> {
        match *self {}
    }
}
