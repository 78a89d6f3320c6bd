//! The editor's window, around an instance. The same in a plugin and standalone.

use std::sync::Arc;
use std::time::Duration;

use editor::{Editor, EditorFrame, EditorOutput, Status};
use protocol::{Command, EntityId, StreamFrame};

use crate::instance::{Instance, PeaksOf};

/// How often to look whether a frame was asked for: often enough for each that a screen shows.
pub const REPAINT_POLL: Duration = Duration::from_millis(8);

/// What the surroundings want to do themselves: an outer host has its own idea of macros and transport.
pub trait Surroundings {
    /// A macro moves under a hand. `true` if that is taken care of.
    fn move_macro(&mut self, _slot: u8, _value: f64) -> bool {
        false
    }

    /// Looks at a command before it is sent on. `true` if that is taken care of.
    fn command(&mut self, _command: &Command) -> bool {
        false
    }

    /// Called once per frame, before anything is drawn.
    fn frame(&mut self) {}

    /// Adds what the instance cannot know to what is shown: what carries the sound, who leads the transport.
    fn describe(&self, _status: &mut Status) {}
}

/// Nothing around us.
impl Surroundings for () {}

/// The editor with what it shows.
pub struct Window {
    instance: Arc<Instance>,
    editor: Editor,
    output: EditorOutput,
}

impl Window {
    /// A window's content.
    #[must_use]
    pub fn new(instance: Arc<Instance>) -> Self {
        Self { instance, editor: Editor::new(), output: EditorOutput::default() }
    }

    /// Prepares the context of a window that was opened.
    pub fn open(&self, ctx: &egui::Context) {
        self.editor.open(ctx);
    }

    /// Whether it should be drawn again soon. To be asked for with a [notifier], not of egui: baseview 0.4.2 goes from one
    /// frame to the next without a look at anything else as long as frames are asked for at once and take longer than a
    /// screen shows them, as they do without a graphics card; and whoever closes the window waits for it.
    ///
    /// [notifier]: nice_plug_egui::RepaintNotifier
    #[must_use]
    pub fn wants_repaint(&self) -> bool {
        self.editor.wants_repaint()
    }

    /// Draws a frame, and sends on what was asked for.
    pub fn ui(&mut self, ui: &mut egui::Ui, around: &mut dyn Surroundings) {
        around.frame();
        let shown = self.instance.published();
        let (project, telemetry, plugins) = (shown.project(), shown.telemetry(), shown.plugins());
        let failures = shown.failures();
        let (params, history, log) = (shown.params(), shown.history(), shown.log_lines());
        let (scripts, mut status, blobs) = (shown.scripts(), Status::clone(&shown.status()), shown.blobs());
        let (sessions, change, diagnostics) = (shown.sessions(), shown.change(), shown.diagnostics());
        around.describe(&mut status);
        let peaks = PeaksOf { cache: shown.peaks(), blobs: &blobs };
        let new_id = || EntityId(shown.ids().next_id().0);
        let frame = EditorFrame {
            project: &project,
            telemetry: &telemetry,
            diagnostics: &diagnostics,
            plugins: &plugins,
            failures: &failures,
            plugin_params: &*params,
            history: &history,
            sessions: &sessions,
            change: change.as_ref().as_ref(),
            log: &log,
            scripts: &scripts,
            peaks: &peaks,
            status: &status,
            new_id: &new_id,
        };
        self.editor.ui(ui, &frame, &mut self.output);
        for frame in self.output.stream.drain(..) {
            match frame {
                StreamFrame::Macro { slot, value } if around.move_macro(slot, value) => {}
                frame => self.instance.stream(frame),
            }
        }
        for command in self.output.commands.drain(..) {
            if !around.command(&command) {
                self.instance.send(command);
            }
        }
    }
}
