//! What an instance shows to everybody. Written by the control thread, read anywhere; nobody waits for anybody.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use editor::{
    Diagnostics, LogLine, PluginParams, PluginPorts, ScriptEntry, SessionEntry, ShownChange, Status,
    TelemetryView,
};
use model::{Blobs, IdSource, Project, Pulse, StepList};
use protocol::control::LogLevel;
use protocol::plugin::{
    ControlPage, MenuItem, NoteName, PageTurn, PluginParam, PresetInfo, ScanFailure, Voices,
};
use protocol::{EntityId, ParamId, PluginInfo};

use super::macros::{MacroBank, MacroTexts};
use super::peaks::PeaksCache;

/// Console lines that are kept.
const LOG_LINES: usize = 1_000;

/// Parameters of the nested plugins that are loaded, by device.
#[derive(Clone, Debug, Default)]
pub struct PluginCache(pub BTreeMap<EntityId, CachedPlugin>);

/// What is known of a nested plugin.
#[derive(Clone, Debug)]
pub struct CachedPlugin {
    /// Its audio ports.
    pub ports: PluginPorts,
    /// Its parameters.
    pub params: Arc<[PluginParam]>,
    /// Their values and texts.
    pub values: Arc<BTreeMap<ParamId, (f64, Option<String>)>>,
    /// Its knobs in pages of eight, as it groups them.
    pub pages: Arc<[ControlPage]>,
    /// The page that it wants to be seen.
    pub suggested: Option<PageTurn>,
    /// How many voices it plays; `None` if it does not say.
    pub voices: Option<Voices>,
    /// What it calls its keys.
    pub note_names: Arc<[NoteName]>,
    /// Its own menus, once somebody asked for them, by the parameter that each is about.
    pub menus: BTreeMap<Option<ParamId>, Arc<[MenuItem]>>,
    /// The presets it offers, once somebody asked for them.
    pub presets: Option<Arc<[PresetInfo]>>,
}

impl PluginParams for PluginCache {
    fn params(&self, device: EntityId) -> Option<Arc<[PluginParam]>> {
        self.0.get(&device).map(|plugin| Arc::clone(&plugin.params))
    }

    fn ports(&self, device: EntityId) -> Option<PluginPorts> {
        self.0.get(&device).map(|plugin| plugin.ports.clone())
    }

    fn value(&self, device: EntityId, param: ParamId) -> Option<f64> {
        self.0.get(&device)?.values.get(&param).map(|(value, _)| *value)
    }

    fn text(&self, device: EntityId, param: ParamId, value: f64) -> Option<String> {
        let (known, text) = self.0.get(&device)?.values.get(&param)?;
        (*known == value).then(|| text.clone()).flatten()
    }

    fn presets(&self, device: EntityId) -> Option<Arc<[PresetInfo]>> {
        self.0.get(&device)?.presets.clone()
    }

    fn menu(&self, device: EntityId, param: Option<ParamId>) -> Option<Arc<[MenuItem]>> {
        self.0.get(&device)?.menus.get(&param).cloned()
    }

    fn pages(&self, device: EntityId) -> Arc<[ControlPage]> {
        self.0.get(&device).map(|plugin| Arc::clone(&plugin.pages)).unwrap_or_default()
    }

    fn suggested_page(&self, device: EntityId) -> Option<PageTurn> {
        self.0.get(&device)?.suggested
    }

    fn voices(&self, device: EntityId) -> Option<Voices> {
        self.0.get(&device)?.voices
    }

    fn note_names(&self, device: EntityId) -> Arc<[NoteName]> {
        self.0.get(&device).map(|plugin| Arc::clone(&plugin.note_names)).unwrap_or_default()
    }
}

/// Called after something was published. From the control thread, so it must return at once.
pub type Watcher = Box<dyn Fn() + Send>;

/// The snapshots.
pub struct Published {
    project: ArcSwap<Project>,
    blobs: ArcSwap<Blobs>,
    ids: IdSource,
    telemetry: ArcSwap<TelemetryView>,
    diagnostics: ArcSwap<Diagnostics>,
    log: ArcSwap<Vec<LogLine>>,
    history: ArcSwap<StepList>,
    sessions: ArcSwap<Vec<SessionEntry>>,
    change: ArcSwap<Option<ShownChange>>,
    plugins: ArcSwap<Vec<PluginInfo>>,
    failures: ArcSwap<Vec<ScanFailure>>,
    scripts: ArcSwap<Vec<ScriptEntry>>,
    params: ArcSwap<PluginCache>,
    status: ArcSwap<Status>,
    peaks: PeaksCache,
    macros: MacroBank,
    macro_texts: MacroTexts,
    latency: AtomicU64,
    watchers: Mutex<Vec<Watcher>>,
    log_lock: Mutex<()>,
}

impl Default for Published {
    fn default() -> Self {
        Self {
            project: ArcSwap::from_pointee(Pulse::new().project()),
            blobs: ArcSwap::from_pointee(Blobs::new()),
            ids: IdSource::random(),
            telemetry: ArcSwap::default(),
            diagnostics: ArcSwap::default(),
            log: ArcSwap::default(),
            history: ArcSwap::default(),
            sessions: ArcSwap::default(),
            change: ArcSwap::default(),
            plugins: ArcSwap::default(),
            failures: ArcSwap::default(),
            scripts: ArcSwap::default(),
            params: ArcSwap::default(),
            status: ArcSwap::default(),
            peaks: PeaksCache::default(),
            macros: MacroBank::default(),
            macro_texts: MacroTexts::default(),
            latency: AtomicU64::new(0),
            watchers: Mutex::default(),
            log_lock: Mutex::default(),
        }
    }
}

macro_rules! snapshots {
    ($($(#[$doc:meta])* $name:ident, $set:ident: $type:ty;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> Arc<$type> {
                self.$name.load_full()
            }

            pub(super) fn $set(&self, value: $type) {
                self.$name.store(Arc::new(value));
            }
        )*
    };
}

impl Published {
    snapshots! {
        /// What the engine last said.
        telemetry, set_telemetry: TelemetryView;
        /// What is measured while somebody [looks](protocol::Command::Watch).
        diagnostics, set_diagnostics: Diagnostics;
        /// The undo steps, oldest first.
        history, set_history: StepList;
        /// Work that waits for review, oldest first.
        sessions, set_sessions: Vec<SessionEntry>;
        /// What a step of the history changed, once that was asked for.
        change, set_change: Option<ShownChange>;
        /// Third-party plugins that can be used.
        plugins, set_plugins: Vec<PluginInfo>;
        /// Files that the last scan could not use.
        failures, set_failures: Vec<ScanFailure>;
        /// Scripts that can be run.
        scripts, set_scripts: Vec<ScriptEntry>;
        /// Parameters of nested plugins.
        params, set_params: PluginCache;
        /// Where we are and what is going on.
        status, set_status: Status;
    }

    /// The project, as of its last commit. Constant time.
    #[must_use]
    pub fn project(&self) -> Project {
        Project::clone(&self.project.load())
    }

    pub(super) fn set_project(&self, project: Project) {
        self.macro_texts.update(&project);
        self.project.store(Arc::new(project));
    }

    /// Audio, plugin states and other content that the project names by hash.
    #[must_use]
    pub fn blobs(&self) -> Blobs {
        Blobs::clone(&self.blobs.load())
    }

    pub(super) fn set_blobs(&self, blobs: Blobs) {
        self.blobs.store(Arc::new(blobs));
    }

    /// Where ids of new entities come from, for whoever builds edits.
    #[must_use]
    pub fn ids(&self) -> &IdSource {
        &self.ids
    }

    /// The console, oldest line first.
    #[must_use]
    pub fn log_lines(&self) -> Arc<Vec<LogLine>> {
        self.log.load_full()
    }

    /// Adds a line to the console. Any thread but the audio thread.
    pub fn log(&self, level: LogLevel, source: &str, text: &str) {
        let _one_at_a_time = self.log_lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::clone(&self.log.load());
        if lines.len() >= LOG_LINES {
            lines.drain(..=lines.len() - LOG_LINES);
        }
        lines.push(LogLine { level, source: source.into(), text: text.into() });
        self.log.store(Arc::new(lines));
    }

    /// Waveforms of audio clips.
    #[must_use]
    pub fn peaks(&self) -> &PeaksCache {
        &self.peaks
    }

    /// What the engine has for the macro slots. Real-time safe.
    #[must_use]
    pub fn macros(&self) -> &MacroBank {
        &self.macros
    }

    /// How macro slots read.
    #[must_use]
    pub fn macro_texts(&self) -> &MacroTexts {
        &self.macro_texts
    }

    /// What we report as latency to whoever is around us, in frames. Real-time safe.
    #[must_use]
    pub fn latency_frames(&self) -> u32 {
        u32::try_from(self.latency.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }

    pub(super) fn set_latency(&self, frames: i64) {
        self.latency.store(u64::try_from(frames).unwrap_or(0), Ordering::Relaxed);
    }

    /// Calls `watcher` after every change of what is shown, from the control thread.
    pub fn watch(&self, watcher: Watcher) {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
    }

    pub(super) fn notify(&self) {
        for watcher in self.watchers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            watcher();
        }
    }
}

static_assertions::assert_impl_all!(Published: Send, Sync);
