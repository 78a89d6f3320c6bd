//! A window of one colour: enough to see that it is there, and where.

use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, HostGui, PluginGuiImpl, Window};
use clack_plugin::plugin::PluginError;

use super::Unit;
use super::main_thread::MainThread;

/// The size of the window until somebody changes it, in pixels.
const SIZE: GuiSize = GuiSize { width: 320, height: 200 };
/// The colour, 0xRRGGBB.
const COLOR: u32 = 0x0030_C060;

/// The plugin's window, on the X11 connection of its own that toolkits would have.
pub(super) struct PluginWindow {
    size: GuiSize,
    #[cfg(target_os = "linux")]
    x11: Option<x11::ColorWindow>,
}

impl<U: Unit> PluginGuiImpl for MainThread<'_, U> {
    fn is_api_supported(&self, configuration: GuiConfiguration) -> bool {
        configuration.api_type == GuiApiType::X11 && !configuration.is_floating
    }

    fn get_preferred_api(&self) -> Option<GuiConfiguration<'_>> {
        Some(GuiConfiguration { api_type: GuiApiType::X11, is_floating: false })
    }

    fn create(&self, _configuration: GuiConfiguration) -> Result<(), PluginError> {
        *self.window.borrow_mut() = Some(PluginWindow {
            size: SIZE,
            #[cfg(target_os = "linux")]
            x11: None,
        });
        Ok(())
    }

    fn destroy(&self) {
        *self.window.borrow_mut() = None;
    }

    fn set_scale(&self, _scale: f64) -> Result<(), PluginError> {
        Ok(())
    }

    fn get_size(&self) -> Option<GuiSize> {
        self.window.borrow().as_ref().map(|window| window.size)
    }

    fn can_resize(&self) -> bool {
        true
    }

    fn adjust_size(&self, size: GuiSize) -> Option<GuiSize> {
        Some(GuiSize { width: size.width.max(100), height: size.height.max(100) })
    }

    fn set_size(&self, size: GuiSize) -> Result<(), PluginError> {
        if let Some(window) = &mut *self.window.borrow_mut() {
            window.size = size;
            #[cfg(target_os = "linux")]
            if let Some(x11) = &window.x11 {
                x11.resize(size)?;
            }
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn set_parent(&self, parent: Window) -> Result<(), PluginError> {
        let parent = parent.as_x11_handle().ok_or(PluginError::Message("not an X11 window"))?;
        if let Some(window) = &mut *self.window.borrow_mut() {
            window.x11 = Some(x11::ColorWindow::open(u32::try_from(parent)?, window.size, COLOR)?);
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn set_parent(&self, _parent: Window) -> Result<(), PluginError> {
        Err(PluginError::Message("no window system"))
    }

    fn set_transient(&self, _window: Window) -> Result<(), PluginError> {
        Ok(())
    }

    /// Asks for another size at once when parameter 1 is on.
    fn show(&self) -> Result<(), PluginError> {
        if self.shared.value(1) > 0.5
            && let Some(gui) = self.host.get_extension::<HostGui>()
        {
            gui.request_resize(&self.host.shared(), 400, 240)?;
        }
        Ok(())
    }

    fn hide(&self) -> Result<(), PluginError> {
        Ok(())
    }
}

#[cfg(target_os = "linux")]
mod x11 {
    use clack_extensions::gui::GuiSize;
    use clack_plugin::plugin::PluginError;
    use x11rb::COPY_FROM_PARENT;
    use x11rb::connection::Connection as _;
    use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, WindowClass};
    use x11rb::rust_connection::RustConnection;
    use x11rb::wrapper::ConnectionExt as _;

    pub(super) struct ColorWindow {
        connection: RustConnection,
        window: u32,
    }

    impl ColorWindow {
        pub(super) fn open(parent: u32, size: GuiSize, color: u32) -> Result<Self, PluginError> {
            let (connection, _) = RustConnection::connect(None)?;
            let window = connection.generate_id()?;
            let (width, height) = (u16::try_from(size.width)?, u16::try_from(size.height)?);
            let depth = u8::try_from(COPY_FROM_PARENT)?;
            let look = CreateWindowAux::new().background_pixel(color);
            let class = WindowClass::INPUT_OUTPUT;
            connection.create_window(
                depth,
                window,
                parent,
                0,
                0,
                width,
                height,
                0,
                class,
                COPY_FROM_PARENT,
                &look,
            )?;
            connection.map_window(window)?;
            connection.sync()?;
            Ok(Self { connection, window })
        }

        pub(super) fn resize(&self, size: GuiSize) -> Result<(), PluginError> {
            let size = ConfigureWindowAux::new().width(size.width).height(size.height);
            self.connection.configure_window(self.window, &size)?;
            self.connection.sync()?;
            Ok(())
        }
    }

    impl Drop for ColorWindow {
        fn drop(&mut self) {
            let _ = self.connection.destroy_window(self.window);
            let _ = self.connection.sync();
        }
    }
}
