//! The control thread: one queue of requests in, snapshots out.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, RwLock, Weak};
use std::time::{Duration, Instant};

use editor::Status;
use host::EngineController;
use host::nested::PluginLocator;
use host::scan::Rescan;
use model::import::Target;
use model::{DeviceId, Pulse, StepList, TrackId};
use protocol::control::{LogLevel, TransportCommand};
use protocol::telemetry::Gesture;
use protocol::{Command, Edit, EntityId, PluginInfo, SessionId, Transaction};

use super::error::CommandError;
use super::freeze::RenderJob;
use super::keeper::Keeper;
use super::macros::MacroSink;
use super::published::Published;
use super::request::{Reply, ReplyTo, Request};
use super::scan::ScanJob;
use super::scripts::ScriptJob;
use super::{InstanceOptions, engine};

/// How often plugins and telemetry are looked after while audio runs.
const BUSY: Duration = Duration::from_millis(12);
/// The same while nothing runs.
const IDLE: Duration = Duration::from_millis(100);

/// Who makes the edits that a person makes.
pub(super) const USER: &str = "user";

/// All that the control thread owns.
pub(super) struct Control {
    pub pulse: Pulse,
    pub engine: EngineController,
    /// Keeps what of the plan did not change.
    pub deriver: model::plan::Deriver,
    /// Hands in windows of plugins.
    pub hands: super::hands::Hands,
    /// Automation that hands write.
    pub recorder: super::record::Recorder,
    pub held: super::held::Held,
    pub published: Arc<Published>,
    pub requests: Sender<Request>,
    pub sink: Arc<RwLock<Option<Weak<dyn MacroSink>>>>,
    pub locator: Rc<RefCell<PluginLocator>>,
    pub scan_cache: Option<PathBuf>,
    pub scanner: Option<PathBuf>,
    pub scan_folders: Vec<PathBuf>,
    pub preset_folder: Option<PathBuf>,
    /// Plugins that are part of Loophole: itself.
    pub own_plugins: Vec<PluginInfo>,
    pub undone_authors: Vec<String>,
    /// Whether the history that is shown is that of the project: one that is being unpacked is shown once it is there.
    pub is_history_shown: bool,
    /// How many conflicts of open sessions were decided.
    pub decided: BTreeMap<SessionId, usize>,
    /// What the engine has complained about so far.
    pub reported: BTreeSet<String>,
    pub stream: Option<rtrb::Producer<protocol::StreamFrame>>,
    pub file: Option<PathBuf>,
    /// The revision that is on disk as the user's file; `None` if none is.
    pub saved_revision: Option<u64>,
    pub keeper: Keeper,
    pub status: Status,
    pub measured: super::diagnostics::Measured,
    pub script: Option<ScriptJob>,
    pub script_runs: u64,
    pub scan: Option<ScanJob>,
    pub preset_jobs: Vec<super::presets::PresetJob>,
    pub render: Option<RenderJob>,
    pub renders: u64,
    /// Workers that were told to stop, and may not have yet.
    pub stopped_renders: Vec<std::thread::JoinHandle<()>>,
    /// Knows which frozen tracks are out of date.
    pub frozen: model::plan::Frozen,
    pub is_active: bool,
}

impl Control {
    pub fn new(
        options: InstanceOptions,
        requests: Sender<Request>,
        published: Arc<Published>,
        sink: Arc<RwLock<Option<Weak<dyn MacroSink>>>>,
    ) -> Self {
        let locator = Rc::new(RefCell::new(options.locator));
        let engine = engine::controller(&published, &locator);
        let pulse = options.starter.pulse();
        let mut control = Self {
            saved_revision: Some(pulse.project().revision()),
            keeper: Keeper::new(options.state_folder),
            pulse,
            engine,
            deriver: model::plan::Deriver::new(),
            hands: super::hands::Hands::default(),
            recorder: super::record::Recorder::default(),
            held: super::held::Held::new(),
            published,
            requests,
            sink,
            locator,
            scan_cache: options.scan_cache,
            scanner: options.scanner,
            scan_folders: options.scan_folders,
            preset_folder: options.preset_folder.or_else(super::kept::default_folder),
            own_plugins: Vec::new(),
            undone_authors: Vec::new(),
            is_history_shown: true,
            decided: BTreeMap::new(),
            reported: BTreeSet::new(),
            stream: None,
            file: None,
            status: Status::default(),
            measured: super::diagnostics::Measured::default(),
            script: None,
            script_runs: 0,
            scan: None,
            preset_jobs: Vec::new(),
            render: None,
            renders: 0,
            stopped_renders: Vec::new(),
            frozen: model::plan::Frozen::new(),
            is_active: false,
        };
        control.add_ourselves();
        control.load_scan_cache();
        control.list_scripts();
        control.project_changed();
        control.tell_leftovers();
        control
    }

    /// Serves requests until told to quit, or until nobody can send any.
    pub fn run(&mut self, inbox: &Receiver<Request>) {
        let mut polled = Instant::now();
        loop {
            let period = if self.is_active || !self.status.open_windows.is_empty() { BUSY } else { IDLE };
            let due = polled + period;
            match inbox.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(Request::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(request) => self.serve(request),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if Instant::now() >= due {
                self.poll();
                self.show_late_history();
                self.keep();
                polled = Instant::now();
            }
        }
        self.stop_script();
        self.stop_scan();
        self.join_renders();
        self.stop_presets();
        self.leave_document();
    }

    fn serve(&mut self, request: Request) {
        match request {
            Request::Command { command, reply } => self.command(command, reply),
            Request::Stream(frame) => self.stream(frame),
            Request::Activate { config, host, reply } => {
                let _gave_up = reply.send(self.activate(config, host));
            }
            Request::Deactivate { processor, reply } => {
                self.deactivate(*processor);
                let _gave_up = reply.send(());
            }
            Request::Collect { reply } => {
                let _gave_up = reply.send((self.collect(), self.published.blobs().clone()));
            }
            Request::Load { loaded, reply } => {
                self.take_over(*loaded, None);
                let _gave_up = reply.send(());
            }
            Request::Script(news) => self.script_news(*news),
            Request::Scan(news) => self.scan_news(news),
            Request::Render(news) => self.render_news(news),
            Request::Presets(news) => self.preset_news(news),
            Request::Imported(import) => self.finish_import(*import),
            Request::Quit => {}
        }
    }

    fn command(&mut self, command: Command, reply: ReplyTo) {
        let result = match command {
            // These end later, and answer then.
            Command::Import { path, track, at } => {
                let target = Target { track: track.map(TrackId), at, soundfont: None };
                return self.start_import(path, target, reply);
            }
            Command::RunScript { name, source, args, ending } => {
                return self.run_script(name, source, (args, ending), reply);
            }
            Command::Freeze { track } => return self.start_freeze(TrackId(track), reply),
            Command::ExportAudio { path, stems, bits } => {
                return self.start_export(path, stems, bits, reply);
            }
            Command::Bounce { track, clips, ending } => {
                return self.start_bounce(TrackId(track), clips, ending, reply);
            }
            Command::ListPresets { device } => return self.list_presets(device, reply),
            Command::Scan { rescan_all } => {
                let rescan = if rescan_all { Rescan::All } else { Rescan::Changed };
                return self.start_scan(rescan, reply);
            }
            Command::ScanAgain { path } => return self.start_scan(Rescan::These(vec![path]), reply),
            Command::Commit { name, edits } => self.commit(name, USER, edits),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::Transport(TransportCommand::Play) => {
                self.start_playback();
                Ok(Reply::Done)
            }
            Command::Transport(command) => {
                self.engine.transport(command);
                Ok(Reply::Done)
            }
            Command::GestureBegin { node, param } => {
                self.touched(node, param);
                self.grip(node, param, Gesture::Begin);
                self.begin_recording(node, param, super::record::ControlOf::Ours);
                Ok(Reply::Done)
            }
            Command::GestureEnd { node, param } => {
                self.grip(node, param, Gesture::End);
                self.end_recording(node, param);
                Ok(Reply::Done)
            }
            Command::ExportMidi { path } => self.export_midi(path),
            Command::Learn { slot } => self.learn(slot),
            Command::OpenPluginWindow { device } => self.open_window(device),
            Command::ClosePluginWindow { device } => self.close_window(device),
            Command::LoadPreset { device, preset } => self.load_preset(device, &preset),
            Command::ListMenu { device, param } => self.list_menu(device, param),
            Command::ChooseFromMenu { device, param, line } => self.choose_from_menu(device, param, line),
            Command::DuplicateDevice { device } => self.duplicate_device(device),
            Command::SavePreset { device, name } => self.save_preset(device, &name),
            Command::TypeParam { device, param, text } => self.type_param(device, param, &text),
            Command::Unfreeze { track } => self.unfreeze(TrackId(track)),
            Command::StopRender => {
                self.stop_render();
                Ok(Reply::Done)
            }
            Command::StopScript => {
                self.stop_script();
                Ok(Reply::Done)
            }
            Command::AcceptSession { session } => self.accept(session),
            Command::RejectSession { session } => self.reject(session),
            Command::ResolveConflict { session, conflict, take } => {
                self.resolve(session, Some(conflict), take)
            }
            Command::ResolveConflicts { session, take } => self.resolve(session, None, take),
            Command::ShowChange { commit } => self.show_change(commit),
            Command::Watch { track } => {
                self.watch(track);
                Ok(Reply::Done)
            }
            Command::ResetLoudness => {
                self.reset_loudness();
                Ok(Reply::Done)
            }
            Command::New => self.new_project(),
            Command::Open { path } => self.open(&path),
            Command::Save { path } => self.save(path),
        };
        self.answer(result, reply);
    }

    /// Gives a result to whoever waits for it, and puts what went wrong into the console.
    pub fn answer(&self, result: Result<Reply, CommandError>, reply: ReplyTo) {
        if let Err(error) = &result {
            self.published.log(LogLevel::Error, "loophole", &crate::text::chain(error));
            self.published.notify();
        }
        if let Some(reply) = reply {
            let _gave_up = reply.send(result);
        }
    }

    pub fn commit(
        &mut self,
        name: impl Into<String>,
        author: &str,
        edits: Vec<Edit>,
    ) -> Result<Reply, CommandError> {
        self.know_values_before(&edits);
        let transaction = Transaction { name: name.into(), author: author.into(), edits };
        let committed = self.pulse.commit(transaction)?;
        self.undone_authors.clear();
        self.entities_changed(&committed.touched);
        Ok(Reply::Committed { revision: committed.revision })
    }

    /// Takes back the last step, whoever made it: that is what a person who presses undo means.
    pub fn undo(&mut self) -> Result<Reply, CommandError> {
        let steps = self.pulse.steps();
        let Some(last) = steps.last_done().and_then(|last| steps.get(last)) else {
            return Ok(Reply::Stepped(None));
        };
        let name = self.pulse.undo(&last.author)?;
        self.undone_authors.push(last.author.to_string());
        self.project_changed();
        Ok(Reply::Stepped(name))
    }

    fn redo(&mut self) -> Result<Reply, CommandError> {
        let Some(author) = self.undone_authors.last().cloned() else { return Ok(Reply::Stepped(None)) };
        let name = self.pulse.redo(&author)?;
        self.undone_authors.pop();
        self.project_changed();
        Ok(Reply::Stepped(name))
    }

    /// Brings engine and snapshots up to the project, whatever changed.
    pub fn project_changed(&mut self) {
        let project = self.pulse.project();
        self.share_macros(&project);
        self.apply_plan(&project);
        self.tell_tracks(&project, project.devices().map(|device| device.id()));
        let devices: Vec<_> = project.devices().map(|device| device.id().0).collect();
        self.values_changed(&project, &devices);
        self.show_values();
        self.show(project);
    }

    /// The same after a commit, which says what it touched.
    pub fn entities_changed(&mut self, touched: &[EntityId]) {
        let project = self.pulse.project();
        self.share_macros(&project);
        let plan = self.deriver.update(&project, touched);
        self.play(&project, plan);
        self.tell_tracks(&project, devices_at(&project, touched));
        self.values_changed(&project, touched);
        self.show_values();
        self.show(project);
    }

    fn show(&mut self, project: model::Project) {
        self.show_history();
        self.status.dirty = Some(project.revision()) != self.saved_revision;
        self.status.stale = self.frozen.stale(&project).into_iter().map(EntityId::from).collect();
        self.journal();
        self.published.set_project(project);
        self.publish_status();
    }

    /// Shows the steps, unless they are being unpacked. Costs the steps that are taken back.
    fn show_history(&mut self) {
        self.is_history_shown = self.pulse.is_history_ready();
        let steps = if self.is_history_shown { self.pulse.steps() } else { StepList::default() };
        let last = steps.last_done();
        self.status.undo = last.and_then(|last| steps.get(last)).map(|step| step.name.to_string());
        let next = self.undone_authors.last();
        let next = next.filter(|_| self.is_history_shown);
        let redo = next.and_then(|author| self.pulse.next_redo(author));
        self.status.redo = redo.map(|step| step.name.to_string());
        self.published.set_history(steps);
    }

    /// Shows the history once it is unpacked.
    fn show_late_history(&mut self) {
        if !self.is_history_shown && self.pulse.is_history_ready() {
            self.show_history();
            self.publish_status();
        }
    }

    pub fn publish_status(&self) {
        self.published.set_status(self.status.clone());
        self.published.notify();
    }
}

/// The devices among what was touched, and those on the tracks among it.
fn devices_at<'a>(
    project: &'a model::Project,
    touched: &'a [EntityId],
) -> impl Iterator<Item = DeviceId> + 'a {
    touched.iter().flat_map(|&entity| {
        let device = project.device(entity.into()).map(|device| device.id());
        let on_track = project.track(entity.into()).map(|track| track.devices().map(|device| device.id()));
        device.into_iter().chain(on_track.into_iter().flatten())
    })
}
