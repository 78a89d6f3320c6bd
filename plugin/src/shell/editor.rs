//! The window inside an outer host.

use std::sync::Arc;

use editor::Status;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::{ResizeHint, SizeConstraints, dpi};

use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier, baseview,
    create_egui_editor,
};
use protocol::Command;
use protocol::control::TransportCommand;

use super::params::{HostParams, MacroParams, Sync};
use crate::instance::{Instance, MACRO_SLOTS};
use crate::window::{REPAINT_POLL, Surroundings, Window};

/// The size that the window opens with, in logical pixels.
const SIZE: (f64, f64) = (1_280.0, 800.0);
/// The smallest useful size.
const MIN_SIZE: (f32, f32) = (800.0, 500.0);

/// The largest that can be drawn everywhere.
const MAX_SIZE: (f32, f32) = (8_192.0, 8_192.0);

/// The editor of a plugin instance.
pub fn create(instance: &Arc<Instance>, params: &Arc<HostParams>) -> Option<EguiEditor<PluginWindow>> {
    let repaint = RepaintNotifier::new();
    let notifier = repaint.clone();
    instance.published().watch(Box::new(move || notifier.request_repaint()));
    let (width, height) = SIZE;
    let state = EguiEditorState::from_size(dpi::Size::Logical(dpi::LogicalSize { width, height }), 1.0);
    let size = |(width, height)| Some(dpi::LogicalSize { width, height });
    let (min_size, max_size) = (size(MIN_SIZE), size(MAX_SIZE));
    let settings = EguiNiceSettings::new()
        .with_tile("Loophole")
        .with_repaint_poll_interval(REPAINT_POLL)
        .with_resize_hint(ResizeHint {
            can_resize: true,
            can_resize_horizontally: true,
            can_resize_vertically: true,
            size_constraints: SizeConstraints::Logical { min_size, max_size },
            ..ResizeHint::default()
        });
    let window = PluginWindow::new(instance, params, repaint.clone());
    create_egui_editor(state, repaint, settings, window)
}

/// What nice-plug shows.
pub struct PluginWindow {
    window: Window,
    repaint: RepaintNotifier,
    host: HostSide,
}

impl PluginWindow {
    fn new(instance: &Arc<Instance>, params: &Arc<HostParams>, repaint: RepaintNotifier) -> Self {
        let host = HostSide { params: Arc::clone(params), gui: None, held: vec![Held::No; MACRO_SLOTS] };
        Self { window: Window::new(Arc::clone(instance)), repaint, host }
    }
}

impl NiceEguiApp for PluginWindow {
    fn build(
        &mut self,
        ctx: egui::Context,
        gui: GuiContext,
        _: &mut Frame,
    ) -> Result<(), baseview::HandlerError> {
        self.window.open(&ctx);
        self.host.gui = Some(gui);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        self.window.ui(ui, &mut self.host);
        // A gesture ends with the frames after it.
        if self.window.wants_repaint() || self.host.is_held() {
            self.repaint.request_repaint();
        }
    }

    fn editor_closed(&mut self) {
        self.host.gui = None;
    }
}

/// Whether a hand is on a slot, as far as the host has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    No,
    /// It moved in this frame.
    Moving,
    /// It did not move in this frame: the gesture is over.
    Resting,
}

/// The outer host, as the window sees it. Every move becomes a gesture, since hosts list a parameter, and write its
/// automation, only once it was touched.
struct HostSide {
    params: Arc<HostParams>,
    gui: Option<GuiContext>,
    held: Vec<Held>,
}

impl HostSide {
    fn macros(&self) -> Arc<MacroParams> {
        Arc::clone(&self.params.macros)
    }

    fn begin(&mut self, slot: usize) {
        let macros = self.macros();
        if let (Some(gui), Some(param), Held::No) = (&self.gui, macros.get(slot), self.held[slot]) {
            gui.param_setter().begin_set_parameter(param);
        }
        self.held[slot] = Held::Moving;
    }

    fn set(&self, slot: usize, value: f32) {
        let macros = self.macros();
        if let (Some(gui), Some(param)) = (&self.gui, macros.get(slot)) {
            gui.param_setter().set_parameter(param, value);
        }
    }

    fn is_held(&self) -> bool {
        self.held.iter().any(|held| *held != Held::No)
    }

    fn end_resting(&mut self) {
        let macros = self.macros();
        for slot in 0..MACRO_SLOTS {
            self.held[slot] = match self.held[slot] {
                Held::Moving => Held::Resting,
                Held::Resting => {
                    if let (Some(gui), Some(param)) = (&self.gui, macros.get(slot)) {
                        gui.param_setter().end_set_parameter(param);
                    }
                    Held::No
                }
                Held::No => Held::No,
            };
        }
    }

    /// Tells the host about macros that the project moved: undo, a script, another project.
    fn tell_moves(&mut self) {
        let macros = self.macros();
        for slot in macros.take_moved() {
            if let Some(param) = macros.get(slot) {
                self.begin(slot);
                self.set(slot, param.value());
            }
        }
    }

    fn set_play(&self, plays: bool) {
        if let Some(gui) = &self.gui {
            let setter = gui.param_setter();
            setter.begin_set_parameter(&self.params.play);
            setter.set_parameter(&self.params.play, plays);
            setter.end_set_parameter(&self.params.play);
        }
    }
}

impl Surroundings for HostSide {
    fn frame(&mut self) {
        self.end_resting();
        self.tell_moves();
    }

    fn describe(&self, status: &mut Status) {
        if let Some(gui) = &self.gui {
            status.device = format!("{} host", gui.plugin_api());
        }
        status.sync = match self.params.sync.value() {
            Sync::Host => editor::Sync::Host,
            Sync::Internal => editor::Sync::Internal,
        };
    }

    fn move_macro(&mut self, slot: u8, value: f64) -> bool {
        let slot = usize::from(slot);
        if slot >= MACRO_SLOTS || self.gui.is_none() {
            return false;
        }
        self.begin(slot);
        self.set(slot, crate::instance::narrow(value));
        true
    }

    fn command(&mut self, command: &Command) -> bool {
        let own = self.params.sync.value() == Sync::Internal && self.gui.is_some();
        match command {
            Command::Transport(TransportCommand::Play) if own => self.set_play(true),
            Command::Transport(TransportCommand::Stop) if own => self.set_play(false),
            _ => return false,
        }
        true
    }
}

/// So that a slot that is not there cannot be named.
const _: () = assert!(MACRO_SLOTS <= 256);
