//! A top-level X11 window, on a connection of its own, served from the control thread.

use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection as _;
use x11rb::properties::WmSizeHints;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, FocusInEvent, NotifyDetail,
    NotifyMode, PropMode, StackMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::{ContainerEvent, Resizing};
use crate::nested::error::WindowError;

x11rb::atom_manager! {
    Atoms: AtomCookies { WM_PROTOCOLS, WM_DELETE_WINDOW, _NET_WM_NAME, UTF8_STRING, }
}

/// A window of ours; it goes when this is dropped.
pub(crate) struct Container {
    connection: RustConnection,
    window: u32,
    atoms: Atoms,
    size: (u32, u32),
    resizing: Resizing,
    is_focused: bool,
}

/// Resolution at which a logical pixel is a pixel, in dots per inch.
const PLAIN_DPI: f64 = 96.0;

/// Pixels per logical pixel on the display of the environment, as its resources say (`Xft.dpi`, which desktops set); 1 where
/// nobody says.
#[must_use]
pub fn display_scale() -> f64 {
    let connected = RustConnection::connect(None).ok();
    let resources =
        connected.and_then(|(connection, _)| x11rb::resource_manager::new_from_default(&connection).ok());
    let dpi = resources.and_then(|resources| resources.get_value::<f64>("Xft.dpi", "").ok().flatten());
    dpi.map(|dpi| dpi / PLAIN_DPI).filter(|scale| (0.5..=8.0).contains(scale)).unwrap_or(1.0)
}

/// Any failure of the X server or the connection.
fn failed(error: impl std::error::Error + Send + Sync + 'static) -> WindowError {
    WindowError::System { source: Box::new(error) }
}

fn pixels(size: u32) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX).max(1)
}

impl Container {
    /// Whether this system has containers.
    pub(crate) const AVAILABLE: bool = true;

    /// Opens a window of a size in pixels on the display of the environment.
    pub(crate) fn open(title: &str, size: (u32, u32), resizing: Resizing) -> Result<Self, WindowError> {
        let (connection, screen) = RustConnection::connect(None).map_err(failed)?;
        let atoms = Atoms::new(&connection).map_err(failed)?.reply().map_err(failed)?;
        let screen = &connection.setup().roots[screen];
        let window = connection.generate_id().map_err(failed)?;
        let look = CreateWindowAux::new()
            .background_pixel(screen.black_pixel)
            .event_mask(EventMask::STRUCTURE_NOTIFY | EventMask::FOCUS_CHANGE);
        connection
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                window,
                screen.root,
                0,
                0,
                pixels(size.0),
                pixels(size.1),
                0,
                WindowClass::INPUT_OUTPUT,
                screen.root_visual,
                &look,
            )
            .map_err(failed)?;
        let replace = PropMode::REPLACE;
        connection
            .change_property32(replace, window, atoms.WM_PROTOCOLS, AtomEnum::ATOM, &[atoms.WM_DELETE_WINDOW])
            .map_err(failed)?;
        connection
            .change_property8(replace, window, AtomEnum::WM_NAME, AtomEnum::STRING, title.as_bytes())
            .map_err(failed)?;
        connection
            .change_property8(replace, window, atoms._NET_WM_NAME, atoms.UTF8_STRING, title.as_bytes())
            .map_err(failed)?;
        let container = Self { connection, window, atoms, size, resizing, is_focused: false };
        container.send_hints().map_err(failed)?;
        container.connection.map_window(window).map_err(failed)?;
        // The plugin uses a connection of its own: the window must exist before it hears of it.
        container.connection.sync().map_err(failed)?;
        Ok(container)
    }

    /// The X11 window.
    pub(crate) const fn id(&self) -> u32 {
        self.window
    }

    /// Brings it to the front.
    pub(crate) fn raise(&mut self) {
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        // A connection that broke shows at the next poll.
        let _ = self.connection.map_window(self.window);
        let _ = self.connection.configure_window(self.window, &above);
        let _ = self.connection.flush();
    }

    /// Gives it a size in pixels.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        self.size = (width, height);
        let size =
            ConfigureWindowAux::new().width(u32::from(pixels(width))).height(u32::from(pixels(height)));
        let _ = self.send_hints();
        let _ = self.connection.configure_window(self.window, &size);
        let _ = self.connection.flush();
    }

    /// What happened since the last call. A broken connection is a closed window.
    pub(crate) fn poll(&mut self) -> Vec<ContainerEvent> {
        let mut happened = Vec::new();
        loop {
            match self.connection.poll_for_event() {
                Ok(Some(Event::ClientMessage(message)))
                    if message.window == self.window
                        && message.data.as_data32()[0] == self.atoms.WM_DELETE_WINDOW =>
                {
                    happened.push(ContainerEvent::Closed);
                }
                Ok(Some(Event::ConfigureNotify(configured))) if configured.window == self.window => {
                    let size = (u32::from(configured.width), u32::from(configured.height));
                    if size != self.size {
                        self.size = size;
                        happened.retain(|event| !matches!(event, ContainerEvent::Resized(..)));
                        happened.push(ContainerEvent::Resized(size.0, size.1));
                    }
                }
                Ok(Some(Event::DestroyNotify(destroyed))) if destroyed.window == self.window => {
                    happened.push(ContainerEvent::Closed);
                }
                Ok(Some(Event::FocusIn(focus))) if self.is_news(&focus, true) => {
                    self.is_focused = true;
                    happened.push(ContainerEvent::FocusIn);
                }
                Ok(Some(Event::FocusOut(focus))) if self.is_news(&focus, false) => {
                    self.is_focused = false;
                    happened.push(ContainerEvent::FocusOut);
                }
                Ok(Some(_)) => {}
                Ok(None) => return happened,
                Err(_) => {
                    happened.push(ContainerEvent::Closed);
                    return happened;
                }
            }
        }
    }

    /// Whether the keyboard comes or goes, and not only for as long as something grabs it, from one window within this one
    /// to another, or with a pointer that comes by while no window has it.
    fn is_news(&self, focus: &FocusInEvent, comes: bool) -> bool {
        let is_grab = matches!(focus.mode, NotifyMode::GRAB | NotifyMode::UNGRAB);
        let is_within = matches!(focus.detail, NotifyDetail::INFERIOR | NotifyDetail::POINTER);
        focus.event == self.window && comes != self.is_focused && !is_grab && !is_within
    }

    /// Tells the window manager whether the size is fixed.
    fn send_hints(&self) -> Result<(), x11rb::errors::ConnectionError> {
        let mut hints = WmSizeHints::new();
        if self.resizing == Resizing::Fixed {
            let size = (i32::from(pixels(self.size.0)), i32::from(pixels(self.size.1)));
            hints.min_size = Some(size);
            hints.max_size = Some(size);
        }
        hints.set_normal_hints(&self.connection, self.window)?;
        Ok(())
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = self.connection.destroy_window(self.window);
        let _ = self.connection.flush();
    }
}
