//! The editor in a window, over a made-up song and a made-up engine, to look at and play with.
//!
//! `cargo run -p loophole-editor --example preview -- [WIDTH HEIGHT [ZOOM]]`

mod diagnostics;
mod review;
mod song;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use loophole_editor::{
    Diagnostics, Editor, EditorFrame, EditorOutput, LogLine, Meter, PeaksSource, ScriptEntry, ScriptOrigin,
    SessionEntry, ShownChange, Status, TelemetryView,
};
use model::media::{Peaks, peaks};
use model::{Blobs, HistoryEntry, StepList};
use nice_plug_egui::baseview::dpi::LogicalSize;
use nice_plug_egui::{App, EguiWindow, EguiWindowSettings, Frame};
use protocol::control::{LogLevel, TransportCommand};
use protocol::plugin::PluginInfo;
use protocol::{
    BlobHash, Command, CommitId, Edit, Hlc, NodeId, NodeRole, PluginFormat, PluginRef, Transaction,
};

struct Preview {
    editor: Editor,
    song: song::Song,
    waveforms: Waveforms,
    telemetry: TelemetryView,
    diagnostics: Diagnostics,
    status: Status,
    log: Vec<LogLine>,
    scripts: Vec<ScriptEntry>,
    plugins: Vec<PluginInfo>,
    sessions: Vec<SessionEntry>,
    waiting: Vec<review::Waiting>,
    change: Option<ShownChange>,
    /// Minutes ago that the steps of the song were made.
    made_ms: Vec<u64>,
    /// Who took steps back, the last one last.
    undone: Vec<String>,
    last: f64,
}

struct Waveforms(BTreeMap<BlobHash, Arc<Peaks>>);

impl PeaksSource for Waveforms {
    fn peaks(&self, media: BlobHash) -> Option<Arc<Peaks>> {
        self.0.get(&media).cloned()
    }
}

impl Waveforms {
    fn of(song: &song::Song, blobs: &Blobs) -> Self {
        let project = song.pulse.project();
        let media: BTreeSet<BlobHash> = project.clips().filter_map(|clip| clip.media()).collect();
        let known = media.into_iter().filter_map(|hash| Some((hash, Arc::new(peaks(blobs, hash).ok()?))));
        Self(known.collect())
    }
}

impl App for Preview {
    fn build(
        &mut self,
        ctx: egui::Context,
        _: &mut Frame,
    ) -> Result<(), nice_plug_egui::baseview::HandlerError> {
        self.editor.open(&ctx);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        self.advance(ui.input(|input| input.time));
        let project = self.song.pulse.project();
        let history = self.steps();
        self.status.undo = history.iter().rfind(|step| !step.undone).map(|step| step.name.to_string());
        self.status.redo = history.iter().find(|step| step.undone).map(|step| step.name.to_string());
        let new_id = || self.song.pulse.new_id();
        let frame = EditorFrame {
            project: &project,
            telemetry: &self.telemetry,
            diagnostics: &self.diagnostics,
            plugins: &self.plugins,
            failures: &[],
            plugin_params: &(),
            history: &history,
            sessions: &self.sessions,
            change: self.change.as_ref(),
            log: &self.log,
            scripts: &self.scripts,
            peaks: &self.waveforms,
            status: &self.status,
            new_id: &new_id,
        };
        let mut out = EditorOutput::default();
        self.editor.ui(ui, &frame, &mut out);
        if self.editor.wants_repaint() {
            ui.ctx().request_repaint();
        }
        for command in out.commands {
            self.obey(command);
        }
    }
}

impl Preview {
    /// Plays without sound: the playhead moves, and meters follow the notes under it.
    fn advance(&mut self, now: f64) {
        let elapsed = (now - self.last).clamp(0.0, 0.1);
        self.last = now;
        let project = self.song.pulse.project();
        let root = project.root();
        let at = &mut self.telemetry.playhead_beats;
        if self.telemetry.playing {
            *at += elapsed * project.tempo_map().bpm_at(protocol::Beats::from_beats(*at)) / 60.0;
            if root.loop_on() && *at >= root.loop_end().to_beats() {
                *at -= (root.loop_end() - root.loop_start()).to_beats();
            }
        }
        let at = *at;
        self.telemetry.load = if self.telemetry.playing { 0.18 } else { 0.02 };
        self.telemetry.mean_load = self.telemetry.load * 0.7;
        for (nth, track) in project.tracks().chain([project.master()]).enumerate() {
            let node = NodeId { entity: track.id().into(), role: NodeRole::Strip };
            let on = self.telemetry.playing && !track.mute();
            let beat = (1.0 - (at * [1.0, 2.0, 0.25, 0.5][nth % 4]).fract()).powi(2);
            let level = if on { 0.15 + 0.55 * beat * 10f64.powf(track.volume_db() / 40.0) } else { 0.0 };
            #[expect(clippy::cast_possible_truncation, reason = "a level")]
            let level = level as f32;
            self.telemetry.meters.insert(node, Meter { peak: [level, level * 0.9], rms: [level * 0.6; 2] });
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Commit { name, edits } => self.commit(name, "You", edits),
            Command::Undo => self.undo(),
            Command::Redo => {
                if let Some(author) = self.undone.pop() {
                    drop(self.song.pulse.redo(&author));
                }
            }
            Command::AcceptSession { session } => {
                let place = self.waiting.iter().position(|waiting| waiting.entry.id == session);
                if let Some(done) = place.map(|place| self.waiting.remove(place)) {
                    self.commit(done.entry.name.clone(), &done.entry.author, done.accepted());
                }
            }
            Command::RejectSession { session } => {
                self.waiting.retain(|waiting| waiting.entry.id != session);
            }
            Command::ResolveConflict { session, conflict, take } => {
                for waiting in self.waiting.iter_mut().filter(|waiting| waiting.entry.id == session) {
                    waiting.resolve(Some(conflict), take);
                }
            }
            Command::ResolveConflicts { session, take } => {
                for waiting in self.waiting.iter_mut().filter(|waiting| waiting.entry.id == session) {
                    waiting.resolve(None, take);
                }
            }
            Command::ShowChange { commit } => self.change = commit.and_then(|commit| self.changed_by(commit)),
            Command::Transport(TransportCommand::Play) => self.telemetry.playing = true,
            Command::Transport(TransportCommand::Stop) => self.telemetry.playing = false,
            Command::Transport(TransportCommand::Locate { to }) => {
                self.telemetry.playhead_beats = to.to_beats();
            }
            Command::Learn { slot } => self.status.learn = slot,
            Command::RunScript { name, .. } => self.say(LogLevel::Info, &format!("would run {name}")),
            _ => {}
        }
        self.sessions = self.waiting.iter().map(|waiting| waiting.entry.clone()).collect();
    }

    fn commit(&mut self, name: String, author: &str, edits: Vec<Edit>) {
        let transaction = Transaction { name, author: author.into(), edits };
        let kept = self.song.pulse.history().filter(|step| !step.undone).count();
        match self.song.pulse.commit(transaction) {
            Ok(_) => {
                self.undone.clear();
                self.made_ms.truncate(kept);
                self.made_ms.push(review::minutes_ago(0));
                self.song.states.truncate(kept + 1);
                self.song.states.push(self.song.pulse.project());
            }
            Err(error) => self.say(LogLevel::Error, &error.to_string()),
        }
        self.status.dirty = true;
    }

    fn undo(&mut self) {
        let last = self.song.pulse.history().rfind(|step| !step.undone);
        if let Some(author) = last.map(|step| step.author.to_string()) {
            drop(self.song.pulse.undo(&author));
            self.undone.push(author);
        }
    }

    fn steps(&self) -> StepList {
        let steps = self.song.pulse.history().zip(0u32..).zip(&self.made_ms);
        let steps = steps.map(|((step, counter), ms)| HistoryEntry {
            id: CommitId { peer: 1, counter },
            at: Hlc { ms: *ms, count: 0 },
            ..step
        });
        steps.collect()
    }

    fn changed_by(&self, commit: CommitId) -> Option<ShownChange> {
        let index = usize::try_from(commit.counter).ok()?;
        let (before, after) = (self.song.states.get(index)?, self.song.states.get(index + 1)?);
        Some(ShownChange { commit, lines: model::diff::lines(before, after).into() })
    }

    fn say(&mut self, level: LogLevel, text: &str) {
        self.log.push(LogLine { level, source: "preview".into(), text: text.into() });
    }
}

fn plugin(id: &str, name: &str, vendor: &str, feature: &str) -> PluginInfo {
    PluginInfo {
        plugin: PluginRef { format: PluginFormat::Clap, id: id.into() },
        name: name.into(),
        vendor: vendor.into(),
        version: "1.0".into(),
        features: vec![feature.into()],
        path: PathBuf::new(),
    }
}

fn script(name: &str, about: &str, origin: ScriptOrigin) -> ScriptEntry {
    let source = format!(
        "-- {about}\nlocal amount = args.amount or 0.3\n\nloophole.edit(\"{name}\", function()\n  for _, clip in \
         ipairs(loophole.project.clips) do\n    for _, note in ipairs(clip.notes) do\n      note.velocity = \
         note.velocity + (math.random() - 0.5) * amount\n    end\n  end\nend)\n\nlog.info(\"done\")\n"
    );
    ScriptEntry { name: name.into(), about: about.into(), source, origin }
}

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|arg| arg.parse::<f32>().ok());
    let (width, height) = (args.next().unwrap_or(1280.0), args.next().unwrap_or(800.0));
    let zoom = args.next().unwrap_or(1.0);
    let song = song::song();
    let waveforms = Waveforms::of(&song, &song.blobs);
    let waiting = review::waiting(&song.pulse.project());
    let line = |level, source: &str, text: &str| LogLine { level, source: source.into(), text: text.into() };
    let shape = song::shape_time(&song);
    let mut preview = Preview {
        editor: Editor::new(),
        waveforms,
        telemetry: TelemetryView {
            playhead_beats: 22.75,
            bpm: 104.0,
            xruns: 2,
            dropped_events: 37,
            faults: diagnostics::faults(&song.pulse.project()),
            ..TelemetryView::default()
        },
        status: Status {
            file: Some(PathBuf::from("/home/you/Night Drive.loophole")),
            dirty: true,
            device: "JACK, 2 in / 2 out".into(),
            sample_rate: 48_000.0,
            latency_frames: 256,
            latency: diagnostics::ledger(&song.pulse.project()).into(),
            ..Status::default()
        },
        log: vec![
            line(LogLevel::Info, "humanise", "moved 148 notes by up to 12 ticks"),
            line(LogLevel::Warning, "scan", "broken.clap: no entry point"),
            line(LogLevel::Info, "project", "opened Night Drive, 8 tracks"),
        ],
        scripts: vec![
            script(
                "Tighten drums",
                "Pulls drum notes to the grid",
                ScriptOrigin::Project(protocol::EntityId(9)),
            ),
            script("Humanise notes", "Moves timing and velocity a little", ScriptOrigin::Example),
            script("Euclidean drums", "Spreads hits evenly over steps", ScriptOrigin::Example),
            script("Rename and colour", "Names and colours tracks by pattern", ScriptOrigin::Example),
            script("Gain-stage", "Brings every track to a target loudness", ScriptOrigin::Example),
            script("Randomise device", "New sounds within bounds, one undo step", ScriptOrigin::Example),
        ],
        plugins: vec![
            plugin("org.surge", "Surge XT", "Surge Synth Team", "instrument"),
            plugin("com.u-he.diva", "Vital", "Matt Tytel", "instrument"),
            plugin("org.airwindows", "Airwindows Consolidated", "Airwindows", "audio-effect"),
            plugin("org.dragonfly", "Dragonfly Hall Reverb", "Michael Willis", "audio-effect"),
        ],
        sessions: waiting.iter().map(|waiting| waiting.entry.clone()).collect(),
        waiting,
        change: None,
        diagnostics: diagnostics::measured(&song.pulse.project()),
        made_ms: [1_560, 190, 170, 64, 31, 12].map(review::minutes_ago).to_vec(),
        undone: Vec::new(),
        song,
        last: 0.0,
    };
    preview.commit("Shape tempo and time".into(), "Mira", shape);
    let settings = EguiWindowSettings::new()
        .with_title("Loophole editor preview")
        .with_size(LogicalSize { width, height })
        .with_zoom_factor(zoom);
    let window = EguiWindow::create(settings, preview).expect("a window");
    window.run_until_closed().expect("the window's loop");
}
