//! `clap.gui`: a plugin's window, in one of ours, in somebody else's, or on its own.

use std::ffi::CString;
use std::sync::atomic::Ordering;

use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, HostGuiImpl, PluginGui, Window};
use clack_host::prelude::*;

use super::host::{HostState, Shared};
use crate::nested::error::WindowError;
use crate::nested::plugin::{PluginRequest, WindowOptions, WindowParent};
use crate::nested::requests::Request;
use crate::nested::window::{Container, ContainerEvent, Resizing};

/// The size of a window whose plugin does not say, in pixels.
const DEFAULT_SIZE: GuiSize = GuiSize { width: 640, height: 480 };

/// Everything that is about a window.
const WINDOW_REQUESTS: [Request; 5] = [
    Request::WindowResize,
    Request::WindowShow,
    Request::WindowHide,
    Request::WindowClosed,
    Request::WindowDestroyed,
];

/// A plugin's window while it is open.
pub(super) struct OpenWindow {
    gui: PluginGui,
    frame: Frame,
    /// Whether the plugin's window system has taken the window away already.
    destroyed: bool,
}

/// What is around the plugin's window.
enum Frame {
    /// A window of ours.
    Container(Box<Container>),
    /// A window of the caller's.
    Parent,
    /// Nothing: the plugin made its own.
    Floating,
}

impl OpenWindow {
    /// Opens it. Main thread.
    pub(super) fn open(
        plugin: &PluginMainThreadHandle<'_>,
        host: &HostState,
        options: &WindowOptions,
    ) -> Result<Self, WindowError> {
        // What an earlier window asked for is none of this one's business.
        for request in WINDOW_REQUESTS {
            host.requests.take(request);
        }
        let gui = plugin.get_extension::<PluginGui>().ok_or(WindowError::Unsupported)?;
        let api = GuiApiType::default_for_current_platform().ok_or(WindowError::Unsupported)?;
        let supports = |is_floating| {
            let configuration = GuiConfiguration { api_type: api, is_floating };
            gui.is_api_supported(plugin, configuration).then_some(configuration)
        };
        let embedded = if Container::AVAILABLE { supports(false) } else { None };
        match (options.parent, embedded) {
            (WindowParent::Embedded(parent), _) => {
                let configuration = supports(false).ok_or(WindowError::Unsupported)?;
                Self::create(plugin, gui, configuration, options)?;
                Self::attach(plugin, gui, parent, Frame::Parent)
            }
            (WindowParent::Desktop, Some(configuration)) => {
                Self::create(plugin, gui, configuration, options)?;
                let size = gui.get_size(plugin).unwrap_or(DEFAULT_SIZE);
                let resizing = if gui.can_resize(plugin) { Resizing::Free } else { Resizing::Fixed };
                match Container::open(&options.title, (size.width, size.height), resizing) {
                    Ok(container) => Self::attach(
                        plugin,
                        gui,
                        container.id().into(),
                        Frame::Container(Box::new(container)),
                    ),
                    Err(error) => {
                        gui.destroy(plugin);
                        Err(error)
                    }
                }
            }
            (WindowParent::Desktop, None) => {
                let configuration = supports(true).ok_or(WindowError::Unsupported)?;
                Self::create(plugin, gui, configuration, options)?;
                gui.suggest_title(plugin, &CString::new(options.title.as_str()).unwrap_or_default());
                Self { gui, frame: Frame::Floating, destroyed: false }.show(plugin)
            }
        }
    }

    fn create(
        plugin: &PluginMainThreadHandle<'_>,
        gui: PluginGui,
        configuration: GuiConfiguration<'_>,
        options: &WindowOptions,
    ) -> Result<(), WindowError> {
        gui.create(plugin, configuration).map_err(|_| WindowError::Plugin { step: "create" })?;
        // A plugin that ignores the scale asks the system for it.
        let _ = gui.set_scale(plugin, options.scale);
        Ok(())
    }

    #[expect(unsafe_code, reason = "the plugin draws into a window given by number")]
    fn attach(
        plugin: &PluginMainThreadHandle<'_>,
        gui: PluginGui,
        parent: u64,
        frame: Frame,
    ) -> Result<Self, WindowError> {
        let parent = std::ffi::c_ulong::try_from(parent).map_err(|_| WindowError::Unsupported)?;
        // SAFETY: a container outlives the plugin's window (`close`); a caller's parent is the caller's promise, and an
        // X11 window that is gone is an error of the X server, not of memory.
        if unsafe { gui.set_parent(plugin, Window::from_x11_handle(parent)) }.is_err() {
            gui.destroy(plugin);
            return Err(WindowError::Plugin { step: "set_parent" });
        }
        Self { gui, frame, destroyed: false }.show(plugin)
    }

    fn show(self, plugin: &PluginMainThreadHandle<'_>) -> Result<Self, WindowError> {
        match self.gui.show(plugin) {
            Ok(()) => Ok(self),
            Err(_) => {
                self.close(plugin);
                Err(WindowError::Plugin { step: "show" })
            }
        }
    }

    /// Brings it to the front.
    pub(super) fn raise(&mut self, plugin: &PluginMainThreadHandle<'_>) {
        match &mut self.frame {
            Frame::Container(container) => container.raise(),
            Frame::Parent | Frame::Floating => {
                let _ = self.gui.show(plugin);
            }
        }
    }

    /// Its size in pixels.
    pub(super) fn size(&self, plugin: &PluginMainThreadHandle<'_>) -> Option<(u32, u32)> {
        self.gui.get_size(plugin).map(|size| (size.width, size.height))
    }

    /// Gives it the nearest size it can take; returns that.
    pub(super) fn resize(
        &mut self,
        plugin: &PluginMainThreadHandle<'_>,
        width: u32,
        height: u32,
    ) -> Option<(u32, u32)> {
        if !self.gui.can_resize(plugin) {
            return None;
        }
        let asked = GuiSize { width, height };
        let size = self.gui.adjust_size(plugin, asked).unwrap_or(asked);
        self.gui.set_size(plugin, size).ok()?;
        Some((size.width, size.height))
    }

    /// Serves the window; returns whether it is to be closed. Main thread.
    pub(super) fn poll(
        &mut self,
        plugin: &PluginMainThreadHandle<'_>,
        host: &HostState,
        requests: &mut Vec<PluginRequest>,
    ) -> bool {
        let mut closed = host.requests.take(Request::WindowClosed);
        if host.requests.take(Request::WindowDestroyed) {
            self.destroyed = true;
            closed = true;
        }
        if host.requests.take(Request::WindowHide) {
            closed = true;
        }
        if host.requests.take(Request::WindowShow) {
            self.raise(plugin);
        }
        let wanted = host.requests.take(Request::WindowResize).then(|| {
            let size = GuiSize::unpack_from_u64(host.window_size.load(Ordering::Acquire));
            (size.width, size.height)
        });
        match (&mut self.frame, wanted) {
            (Frame::Container(container), Some((width, height))) => container.resize(width, height),
            (Frame::Parent, Some((width, height))) => {
                requests.push(PluginRequest::WindowSize { width, height })
            }
            _ => {}
        }
        let events = match &mut self.frame {
            Frame::Container(container) => container.poll(),
            Frame::Parent | Frame::Floating => Vec::new(),
        };
        for event in events {
            match event {
                ContainerEvent::Closed => closed = true,
                // CLAP's windows hear of it from the system.
                ContainerEvent::FocusIn | ContainerEvent::FocusOut => {}
                ContainerEvent::Resized(width, height) => {
                    if self.size(plugin) != Some((width, height)) {
                        self.resize(plugin, width, height);
                    }
                }
            }
        }
        closed
    }

    /// Closes it, the plugin's window first.
    pub(super) fn close(self, plugin: &PluginMainThreadHandle<'_>) {
        if !self.destroyed {
            let _ = self.gui.hide(plugin);
        }
        self.gui.destroy(plugin);
    }
}

impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, size: GuiSize) -> Result<(), HostError> {
        self.0.window_size.store(size.pack_to_u64(), Ordering::Release);
        self.0.requests.raise(Request::WindowResize);
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        self.0.requests.raise(Request::WindowShow);
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        self.0.requests.raise(Request::WindowHide);
        Ok(())
    }

    fn closed(&self, was_destroyed: bool) {
        self.0.requests.raise(if was_destroyed { Request::WindowDestroyed } else { Request::WindowClosed });
    }
}
