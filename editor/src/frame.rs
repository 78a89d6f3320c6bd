//! What the editor is given to show, once per frame. All of it is borrowed; the editor keeps none of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use model::media::Peaks;
use model::{Project, StepList};
use protocol::control::LogLevel;
use protocol::plugin::{
    BusLayout, ControlPage, MenuItem, NoteName, PageTurn, PluginParam, PresetInfo, ScanFailure, Voices,
};
use protocol::telemetry::Fault;
use protocol::{BlobHash, EntityId, LatencyLedger, NodeId, NodeRole, ParamId, PluginInfo, TelemetryFrame};

mod diagnostics;
mod review;

pub use diagnostics::{Diagnostics, LoadPoint, Loss, LossKind, MeasuredLoudness, MeasuredSpectrum, NodeLoad};
pub use review::{ClashEntry, ConflictEntry, SessionEntry, ShownChange};

/// Everything the editor draws from.
#[derive(Clone, Copy)]
pub struct EditorFrame<'a> {
    /// The project, as of its last commit.
    pub project: &'a Project,
    /// What the engine last said.
    pub telemetry: &'a TelemetryView,
    /// What was measured while somebody looks.
    pub diagnostics: &'a Diagnostics,
    /// Third-party plugins that the last scan found.
    pub plugins: &'a [PluginInfo],
    /// Plugin files that it could not use.
    pub failures: &'a [ScanFailure],
    /// Parameters of the nested plugins that are loaded.
    pub plugin_params: &'a dyn PluginParams,
    /// Undo steps, oldest first.
    pub history: &'a StepList,
    /// Work that waits for review, oldest first.
    pub sessions: &'a [SessionEntry],
    /// What a step of the history changed, once that was asked for.
    pub change: Option<&'a ShownChange>,
    /// The console, oldest first.
    pub log: &'a [LogLine],
    /// Scripts of the project and examples.
    pub scripts: &'a [ScriptEntry],
    /// Waveforms of audio clips.
    pub peaks: &'a dyn PeaksSource,
    /// Where we are and what is going on.
    pub status: &'a Status,
    /// Makes ids for new entities.
    pub new_id: &'a dyn Fn() -> EntityId,
}

/// The latest telemetry, by node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TelemetryView {
    /// Levels of strips.
    pub meters: BTreeMap<NodeId, Meter>,
    /// Position in quarter notes.
    pub playhead_beats: f64,
    /// Tempo there, quarter notes a minute; zero before the engine has spoken.
    pub bpm: f64,
    /// Whether the transport runs.
    pub playing: bool,
    /// How much of a block's time the engine takes; 1.0 is all of it.
    pub load: f32,
    /// The same for all blocks of late together.
    pub mean_load: f32,
    /// Blocks that took longer than they last.
    pub late_blocks: u32,
    /// Times that the audio device ran dry.
    pub xruns: u32,
    /// Blocks in which streamed audio came too late.
    pub underruns: u32,
    /// Events dropped because a list was full.
    pub dropped_events: u32,
    /// Nodes that misbehaved.
    pub faults: BTreeMap<NodeId, Fault>,
    /// Parameters that nested plugins moved themselves, plain.
    pub moved: BTreeMap<(NodeId, ParamId), f64>,
}

/// Levels of a strip, linear, left and right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    /// Largest absolute sample.
    pub peak: [f32; 2],
    /// Root of the mean square.
    pub rms: [f32; 2],
}

impl TelemetryView {
    /// Takes in a frame; the latest wins.
    pub fn absorb(&mut self, frame: &TelemetryFrame) {
        match *frame {
            TelemetryFrame::Meter { node, peak, rms } => {
                self.meters.insert(node, Meter { peak, rms });
            }
            TelemetryFrame::Playhead { beats, bpm, playing, .. } => {
                self.playhead_beats = beats;
                self.bpm = bpm;
                self.playing = playing;
            }
            TelemetryFrame::Load { load, mean, late_blocks, xruns, underruns, dropped_events } => {
                self.load = load;
                self.mean_load = mean;
                self.late_blocks = late_blocks;
                self.xruns = xruns;
                self.underruns = underruns;
                self.dropped_events = dropped_events;
            }
            TelemetryFrame::Fault { node, fault } => {
                self.faults.insert(node, fault);
            }
            TelemetryFrame::ParamMoved { node, param, value, .. } => {
                self.moved.insert((node, param), value);
            }
            // These make up the `Diagnostics`, and automation that is written.
            TelemetryFrame::NodeLoad { .. }
            | TelemetryFrame::EventsDropped { .. }
            | TelemetryFrame::HandMoved { .. }
            | TelemetryFrame::Jumped { .. } => {}
        }
    }

    /// Levels of a track's strip; silence if none were reported.
    #[must_use]
    pub fn strip(&self, track: EntityId) -> Meter {
        let node = NodeId { entity: track, role: NodeRole::Strip };
        self.meters.get(&node).copied().unwrap_or_default()
    }
}

/// Parameters of nested plugins, by device. Answers come from a cache: the editor asks every frame.
pub trait PluginParams {
    /// The parameters, in the plugin's order; `None` while the plugin is not loaded or missing.
    fn params(&self, device: EntityId) -> Option<Arc<[PluginParam]>>;
    /// Its audio ports; `None` while the plugin is not loaded or missing.
    fn ports(&self, device: EntityId) -> Option<PluginPorts>;
    /// The plain value in force; `None` if not known.
    fn value(&self, device: EntityId, param: ParamId) -> Option<f64>;
    /// How the plugin writes a value; `None` if it was not asked yet.
    fn text(&self, device: EntityId, param: ParamId, value: f64) -> Option<String>;
    /// The presets it offers; `None` before somebody [asked](protocol::Command::ListPresets) for them.
    fn presets(&self, device: EntityId) -> Option<Arc<[PresetInfo]>>;
    /// Its own menu, for a parameter or for the whole; `None` before somebody [asked](protocol::Command::ListMenu) for it, and
    /// once something was chosen from it.
    fn menu(&self, device: EntityId, param: Option<ParamId>) -> Option<Arc<[MenuItem]>>;
    /// Its knobs in pages, as it groups them.
    fn pages(&self, device: EntityId) -> Arc<[ControlPage]>;
    /// The page that it wants to be seen.
    fn suggested_page(&self, device: EntityId) -> Option<PageTurn>;
    /// How many voices it plays; `None` if it does not say.
    fn voices(&self, device: EntityId) -> Option<Voices>;
    /// What it calls its keys.
    fn note_names(&self, device: EntityId) -> Arc<[NoteName]>;
}

/// The audio ports of a nested plugin, as it calls them. Port 0 is the main one, input 1 the sidechain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginPorts {
    /// Inputs.
    pub inputs: Arc<[Arc<str>]>,
    /// Outputs.
    pub outputs: Arc<[Arc<str>]>,
    /// The sets of ports that it can have.
    pub layouts: Arc<[BusLayout]>,
}

/// No nested plugins.
impl PluginParams for () {
    fn params(&self, _: EntityId) -> Option<Arc<[PluginParam]>> {
        None
    }
    fn ports(&self, _: EntityId) -> Option<PluginPorts> {
        None
    }
    fn value(&self, _: EntityId, _: ParamId) -> Option<f64> {
        None
    }
    fn text(&self, _: EntityId, _: ParamId, _: f64) -> Option<String> {
        None
    }
    fn presets(&self, _: EntityId) -> Option<Arc<[PresetInfo]>> {
        None
    }
    fn menu(&self, _: EntityId, _: Option<ParamId>) -> Option<Arc<[MenuItem]>> {
        None
    }
    fn pages(&self, _: EntityId) -> Arc<[ControlPage]> {
        Arc::default()
    }
    fn suggested_page(&self, _: EntityId) -> Option<PageTurn> {
        None
    }
    fn voices(&self, _: EntityId) -> Option<Voices> {
        None
    }
    fn note_names(&self, _: EntityId) -> Arc<[NoteName]> {
        Arc::default()
    }
}

/// Waveforms of audio blobs. Answers come from a cache; an unknown blob is worked out elsewhere meanwhile.
pub trait PeaksSource {
    /// The waveform; `None` while it is not there yet, or if the blob is missing.
    fn peaks(&self, media: BlobHash) -> Option<Arc<Peaks>>;
}

/// No waveforms.
impl PeaksSource for () {
    fn peaks(&self, _: BlobHash) -> Option<Arc<Peaks>> {
        None
    }
}

/// A line of the console.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// A script's or plugin's name.
    pub source: String,
    /// The text.
    pub text: String,
}

/// A script that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptEntry {
    /// What it is called.
    pub name: String,
    /// One sentence about what it does; may be empty.
    pub about: String,
    /// Lua source.
    pub source: String,
    /// Where it lives.
    pub origin: ScriptOrigin,
}

/// Where a script lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptOrigin {
    /// In the project, as this entity.
    Project(EntityId),
    /// Comes with Loophole.
    Example,
}

/// Who leads the transport.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// We do.
    #[default]
    Internal,
    /// The outer host; only it moves the transport.
    Host,
}

/// A track that is being rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderStatus {
    /// Which.
    pub track: EntityId,
    /// What for, as a person reads it.
    pub what: String,
    /// How much is done, 0..=1.
    pub done: f64,
}

/// Where we are and what is going on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The project's file; `None` before it has one, or when an outer host keeps it.
    pub file: Option<PathBuf>,
    /// Whether there is something to save.
    pub dirty: bool,
    /// What carries the sound: an audio device, or the outer host's name.
    pub device: String,
    /// Hz; zero while nothing runs.
    pub sample_rate: f64,
    /// The channels of each input of the outer host or the hardware, when it last ran; the first is the main one.
    pub inputs: Vec<usize>,
    /// The same of the outputs.
    pub outputs: Vec<usize>,
    /// What we report as latency, in frames.
    pub latency_frames: i64,
    /// Who adds it, and who waits for whom.
    pub latency: Arc<LatencyLedger>,
    /// Who leads the transport.
    pub sync: Sync,
    /// The macro slot that waits for a touch.
    pub learn: Option<u8>,
    /// Files done and in all, while a scan runs.
    pub scan: Option<(u32, u32)>,
    /// Devices whose plugin window is open.
    pub open_windows: BTreeSet<EntityId>,
    /// Devices whose plugin was not found.
    pub missing: BTreeSet<EntityId>,
    /// The step that undo takes back.
    pub undo: Option<String>,
    /// The step that redo does again.
    pub redo: Option<String>,
    /// The script that is running.
    pub running_script: Option<String>,
    /// The track that is being frozen or bounced.
    pub render: Option<RenderStatus>,
    /// Frozen tracks whose audio is not what they would sound like now.
    pub stale: BTreeSet<EntityId>,
}
