//! A window that is not there: frames with synthetic input over a real project store.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, Event, Id, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use model::{HistoryEntry, Project, Pulse, StepList};
use protocol::plugin::{
    ControlPage, MenuItem, NoteName, PageTurn, PluginParam, PresetInfo, ScanFailure, Voices,
};
use protocol::{Command, CommitId, Edit, EntityId, Hlc, ParamId, StreamFrame, Transaction};

use crate::{
    Diagnostics, Editor, EditorFrame, EditorOutput, PluginParams, PluginPorts, ScriptEntry, SessionEntry,
    ShownChange, Status, TelemetryView,
};

/// The editor, what it looks at, and what it asked for.
pub(super) struct Bench {
    pub ctx: Context,
    pub editor: Editor,
    pub pulse: Pulse,
    pub telemetry: TelemetryView,
    pub diagnostics: Diagnostics,
    pub plugins: Plugins,
    pub failures: Vec<ScanFailure>,
    pub status: Status,
    pub scripts: Vec<ScriptEntry>,
    pub sessions: Vec<SessionEntry>,
    pub change: Option<ShownChange>,
    pub size: Pos2,
    pub commands: Vec<Command>,
    pub stream: Vec<StreamFrame>,
    pub modifiers: Modifiers,
    time: f64,
}

/// Nested plugins that are not there.
#[derive(Default)]
pub(super) struct Plugins {
    pub ports: BTreeMap<EntityId, PluginPorts>,
    pub presets: BTreeMap<EntityId, Arc<[PresetInfo]>>,
    pub params: BTreeMap<EntityId, Arc<[PluginParam]>>,
    pub menus: BTreeMap<(EntityId, Option<ParamId>), Arc<[MenuItem]>>,
    pub pages: BTreeMap<EntityId, Arc<[ControlPage]>>,
    pub suggested: BTreeMap<EntityId, PageTurn>,
    pub voices: BTreeMap<EntityId, Voices>,
}

impl PluginParams for Plugins {
    fn params(&self, device: EntityId) -> Option<Arc<[PluginParam]>> {
        self.params.get(&device).cloned()
    }
    fn ports(&self, device: EntityId) -> Option<PluginPorts> {
        self.ports.get(&device).cloned()
    }
    fn value(&self, _: EntityId, _: ParamId) -> Option<f64> {
        None
    }
    fn text(&self, _: EntityId, _: ParamId, _: f64) -> Option<String> {
        None
    }
    fn presets(&self, device: EntityId) -> Option<Arc<[PresetInfo]>> {
        self.presets.get(&device).cloned()
    }
    fn menu(&self, device: EntityId, param: Option<ParamId>) -> Option<Arc<[MenuItem]>> {
        self.menus.get(&(device, param)).cloned()
    }
    fn pages(&self, device: EntityId) -> Arc<[ControlPage]> {
        self.pages.get(&device).cloned().unwrap_or_default()
    }
    fn suggested_page(&self, device: EntityId) -> Option<PageTurn> {
        self.suggested.get(&device).copied()
    }
    fn voices(&self, device: EntityId) -> Option<Voices> {
        self.voices.get(&device).copied()
    }
    fn note_names(&self, _: EntityId) -> Arc<[NoteName]> {
        Arc::default()
    }
}

/// The history, numbered by step.
fn steps(pulse: &Pulse) -> StepList {
    let steps = pulse.history().zip(0u32..).map(|(step, counter)| HistoryEntry {
        id: CommitId { peer: 1, counter },
        at: Hlc::default(),
        ..step
    });
    steps.collect()
}

impl Bench {
    pub fn new(pulse: Pulse) -> Self {
        let mut bench = Self::unopened(pulse);
        bench.idle(3);
        bench
    }

    /// One that has drawn nothing yet.
    pub fn unopened(pulse: Pulse) -> Self {
        let ctx = Context::default();
        let editor = Editor::new();
        editor.open(&ctx);
        Self {
            ctx,
            editor,
            pulse,
            telemetry: TelemetryView::default(),
            diagnostics: Diagnostics::default(),
            plugins: Plugins::default(),
            failures: Vec::new(),
            status: Status::default(),
            scripts: Vec::new(),
            sessions: Vec::new(),
            change: None,
            size: pos2(1280.0, 800.0),
            commands: Vec::new(),
            stream: Vec::new(),
            modifiers: Modifiers::NONE,
            time: 0.0,
        }
    }

    pub fn song() -> Self {
        Self::new(super::song::song().pulse)
    }

    pub fn project(&self) -> Project {
        self.pulse.project()
    }

    /// A frame with input. Commits are applied, as Pulse would.
    pub fn frame(&mut self, events: Vec<Event>) {
        self.run(events).drop_without_applying_deltas();
    }

    /// The vertices of a frame without input.
    pub fn shapes(&mut self) -> usize {
        let mut output = self.run(Vec::new());
        let shapes = std::mem::take(&mut output.shapes);
        let pixels = output.pixels_per_point;
        output.drop_without_applying_deltas();
        let meshes = self.ctx.tessellate(shapes, pixels);
        let count = |primitive: &egui::epaint::Primitive| match primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
            egui::epaint::Primitive::Callback(_) => 0,
        };
        meshes.iter().map(|clipped| count(&clipped.primitive)).sum()
    }

    fn run(&mut self, events: Vec<Event>) -> egui::FullOutput {
        self.time += 1.0 / 60.0;
        let project = self.pulse.project();
        let history = steps(&self.pulse);
        let input = RawInput {
            screen_rect: Some(Rect::from_min_max(Pos2::ZERO, self.size)),
            time: Some(self.time),
            focused: true,
            events,
            ..RawInput::default()
        };
        let mut out = EditorOutput::default();
        let (editor, pulse) = (&mut self.editor, &self.pulse);
        let new_id = || pulse.new_id();
        let frame = EditorFrame {
            project: &project,
            telemetry: &self.telemetry,
            diagnostics: &self.diagnostics,
            plugins: &[],
            failures: &self.failures,
            plugin_params: &self.plugins,
            history: &history,
            sessions: &self.sessions,
            change: self.change.as_ref(),
            log: &[],
            scripts: &self.scripts,
            peaks: &(),
            status: &self.status,
            new_id: &new_id,
        };
        let output = self.ctx.run_ui(input, |ui| editor.ui(ui, &frame, &mut out));
        for command in &out.commands {
            if let Command::Commit { name, edits } = command {
                self.commit(name, edits.clone());
            }
        }
        self.commands.extend(out.commands);
        self.stream.extend(out.stream);
        output
    }

    pub fn commit(&mut self, name: &str, edits: Vec<Edit>) {
        let transaction = Transaction { name: name.into(), author: "You".into(), edits };
        self.pulse.commit(transaction).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Frames without input.
    pub fn idle(&mut self, frames: usize) {
        for _ in 0..frames {
            self.frame(Vec::new());
        }
    }

    /// Lets enough time pass that the next click is no double-click.
    pub fn pause(&mut self) {
        self.time += 1.0;
        self.idle(2);
    }

    /// Where a control is.
    pub fn rect(&self, id: Id) -> Rect {
        self.ctx.read_response(id).unwrap_or_else(|| panic!("no control {id:?} on the screen")).rect
    }

    /// Whether a control was there in the last frame.
    pub fn is_shown(&self, id: Id) -> bool {
        self.ctx.read_response(id).is_some()
    }

    pub fn moved(&mut self, at: Pos2) {
        self.frame(vec![Event::PointerMoved(at)]);
    }

    pub fn button(&mut self, at: Pos2, pressed: bool) {
        let modifiers = self.modifiers;
        self.frame(vec![Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers,
        }]);
    }

    pub fn click(&mut self, at: Pos2) {
        self.moved(at);
        self.button(at, true);
        self.button(at, false);
    }

    pub fn click_on(&mut self, id: Id) {
        self.click(self.rect(id).center());
    }

    /// Opens the menu of what is at a place, and clicks its lines, one after the other.
    pub fn choose(&mut self, at: Pos2, lines: &[&str]) {
        self.moved(at);
        for pressed in [true, false] {
            let (button, modifiers) = (PointerButton::Secondary, self.modifiers);
            self.frame(vec![Event::PointerButton { pos: at, button, pressed, modifiers }]);
        }
        self.pick(lines);
    }

    /// Chooses lines of a menu that is open, one within the other.
    pub fn pick(&mut self, lines: &[&str]) {
        for line in lines {
            self.pause();
            let line = self.line(line);
            self.click(line.center());
        }
        self.pause();
    }

    /// Where a line of a menu is, by its text.
    fn line(&mut self, text: &str) -> Rect {
        self.ctx.enable_accesskit();
        let mut output = self.run(Vec::new());
        let update = output.platform_output.accesskit_update.take().expect("accessibility is on");
        output.drop_without_applying_deltas();
        self.ctx.disable_accesskit();
        // The arrow of a submenu may be part of its name.
        let submenu = format!("{text} ");
        let find = |is_it: &dyn Fn(&str) -> bool| {
            let nodes = update.nodes.iter().map(|(_, node)| node);
            nodes.filter(|node| node.label().is_some_and(is_it)).find_map(|node| node.bounds())
        };
        let bounds = find(&|label| label == text).or_else(|| find(&|label| label.starts_with(&submenu)));
        let bounds = bounds.unwrap_or_else(|| panic!("no line {text:?} in a menu"));
        let min = pos2(crate::math::px(bounds.x0), crate::math::px(bounds.y0));
        Rect::from_min_max(min, pos2(crate::math::px(bounds.x1), crate::math::px(bounds.y1)))
    }

    pub fn double_click(&mut self, at: Pos2) {
        self.click(at);
        self.click(at);
    }

    /// Drags in ten steps.
    pub fn drag(&mut self, from: Pos2, by: (f32, f32)) {
        self.moved(from);
        self.button(from, true);
        for step in 1..=10u8 {
            self.moved(from + vec2(by.0, by.1) * (f32::from(step) / 10.0));
        }
        self.button(from + vec2(by.0, by.1), false);
    }

    pub fn key(&mut self, key: Key, modifiers: Modifiers) {
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.frame(vec![Event::ModifiersChanged(modifiers), event(true)]);
        self.frame(vec![event(false), Event::ModifiersChanged(Modifiers::NONE)]);
    }

    pub fn text(&mut self, text: &str) {
        self.frame(vec![Event::Text(text.into())]);
    }

    /// The commands so far, and forgets them.
    pub fn take(&mut self) -> Vec<Command> {
        self.stream.clear();
        std::mem::take(&mut self.commands)
    }

    /// Names of the commits so far, and forgets all commands.
    pub fn commits(&mut self) -> Vec<String> {
        self.take()
            .into_iter()
            .filter_map(|command| match command {
                Command::Commit { name, .. } => Some(name),
                _ => None,
            })
            .collect()
    }
}
