//! The window of the standalone program.

use std::sync::Arc;

use editor::Status;
use nice_plug_egui::baseview::{self, dpi::LogicalSize};
use nice_plug_egui::{App, EguiWindow, EguiWindowSettings, Frame, RepaintNotifier};

use super::End;
use super::device::DeviceInfo;
use crate::instance::Instance;
use crate::window::{REPAINT_POLL, Surroundings, Window};

/// The size that the window opens with, in logical pixels.
pub const SIZE: (f64, f64) = (1_280.0, 800.0);
/// The smallest useful size.
pub const MIN_SIZE: (f64, f64) = (800.0, 500.0);

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[error("the window system refuses")]
pub struct WindowError(#[source] baseview::Error);

/// Whether there is a display that a window could open on.
pub fn has_display() -> bool {
    !cfg!(all(target_family = "unix", not(target_os = "macos"))) || std::env::var_os("DISPLAY").is_some()
}

struct Standalone {
    window: Window,
    repaint: RepaintNotifier,
    end: End,
    device: Device,
}

/// What carries the sound.
struct Device(String);

impl Surroundings for Device {
    fn describe(&self, status: &mut Status) {
        status.device.clone_from(&self.0);
    }
}

impl App for Standalone {
    fn build(&mut self, ctx: egui::Context, _: &mut Frame) -> Result<(), baseview::HandlerError> {
        self.window.open(&ctx);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        self.window.ui(ui, &mut self.device);
        if self.window.wants_repaint() {
            self.repaint.request_repaint();
        }
        if self.end.is_reached() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        // So that the end is noticed when nothing moves.
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(250));
    }
}

/// Shows the window until it is closed, or until `end`.
pub fn run(instance: &Arc<Instance>, info: &DeviceInfo, end: End) -> Result<(), WindowError> {
    let repaint = RepaintNotifier::new();
    let notifier = repaint.clone();
    instance.published().watch(Box::new(move || notifier.request_repaint()));
    let size = |(width, height)| LogicalSize { width, height };
    let settings = EguiWindowSettings::new()
        .with_title("Loophole")
        .with_size(size(SIZE))
        .with_min_size(Some(size(MIN_SIZE)))
        .with_repaint_poll_interval(REPAINT_POLL)
        .with_repaint_notifier(repaint.clone());
    let (window, device) = (Window::new(Arc::clone(instance)), Device(info.name.clone()));
    let app = Standalone { window, repaint, end, device };
    EguiWindow::create(settings, app).and_then(baseview::Window::run_until_closed).map_err(WindowError)
}
