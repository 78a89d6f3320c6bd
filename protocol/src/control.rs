//! The control plane: intent towards Pulse, and what came of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::history::CommitId;
use crate::ids::{EntityId, NodeId, ParamId};
use crate::plugin::{PluginInfo, PresetInfo, ScanFailure};
use crate::session::{ConflictId, SessionId, Take};
use crate::time::Beats;

/// The version of the envelopes and payloads in this module. A peer refuses versions it does not know.
pub const CONTROL_VERSION: u32 = 1;

/// A message of the control plane on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope<T> {
    /// [`CONTROL_VERSION`] of the sender.
    pub version: u32,
    /// Chosen by the sender, unique among its messages.
    pub id: u64,
    /// The message this one answers.
    pub reply_to: Option<u64>,
    /// The message.
    pub payload: T,
}

/// What somebody asks of Pulse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Applies edits as one undo step.
    Commit {
        /// What the undo menu will say.
        name: String,
        /// The edits.
        edits: Vec<Edit>,
    },
    /// Takes back the last step.
    Undo,
    /// Does the last undone step again.
    Redo,
    /// Moves the transport.
    Transport(TransportCommand),
    /// A hand takes a control; values follow on the stream plane, the final one in a [`Command::Commit`].
    GestureBegin {
        /// The node.
        node: NodeId,
        /// Its parameter.
        param: ParamId,
    },
    /// The hand lets go.
    GestureEnd {
        /// The node.
        node: NodeId,
        /// Its parameter.
        param: ParamId,
    },
    /// The next parameter that is touched becomes a target of this macro slot; `None` stops waiting.
    Learn {
        /// 0..=127.
        slot: Option<u8>,
    },
    /// Shows the window of a nested plugin.
    OpenPluginWindow {
        /// The device.
        device: EntityId,
    },
    /// Hides it.
    ClosePluginWindow {
        /// The device.
        device: EntityId,
    },
    /// Looks for the presets that a nested plugin offers. Reads files, and may take seconds.
    ListPresets {
        /// The device.
        device: EntityId,
    },
    /// Has a nested plugin load one of its presets.
    LoadPreset {
        /// The device.
        device: EntityId,
        /// One of those that it offers.
        preset: PresetInfo,
    },
    /// Keeps what a nested plugin is set to as a preset of the user's. One of the same name is replaced.
    SavePreset {
        /// The device.
        device: EntityId,
        /// What the preset is called.
        name: String,
    },
    /// Makes a copy of a device behind it, as one undo step. A nested plugin says what belongs into a copy.
    DuplicateDevice {
        /// The device.
        device: EntityId,
    },
    /// Gives a parameter of a nested plugin the value that somebody typed in the plugin's own words, such as `-6 dB`.
    TypeParam {
        /// The device.
        device: EntityId,
        /// Its parameter.
        param: ParamId,
        /// What was typed.
        text: String,
    },
    /// Asks a nested plugin for its own menu, to be shown.
    ListMenu {
        /// The device.
        device: EntityId,
        /// The parameter that it is about; the whole plugin if not given.
        param: Option<ParamId>,
    },
    /// Does what a line of that menu says.
    ChooseFromMenu {
        /// The device.
        device: EntityId,
        /// The parameter that the menu is about; the whole plugin if not given.
        param: Option<ParamId>,
        /// Which line.
        line: u32,
    },
    /// Looks for plugins.
    Scan {
        /// Look into files that have not changed, too.
        rescan_all: bool,
    },
    /// Looks into one plugin file once more, as into one that could not be used.
    ScanAgain {
        /// The file or bundle.
        path: PathBuf,
    },
    /// Runs a script on its own worker.
    RunScript {
        /// What it is called in the history and the console.
        name: String,
        /// Lua source.
        source: String,
        /// Its `args`.
        args: BTreeMap<String, serde_json::Value>,
        /// What becomes of what it did.
        #[serde(default)]
        ending: ScriptEnding,
    },
    /// Ends the running script; what it did is discarded.
    StopScript,
    /// Makes a session part of the project, as one undo step. If it clashes with what the project has become, nothing
    /// happens but that the conflicts are shown.
    AcceptSession {
        /// Which.
        session: SessionId,
    },
    /// Throws a session away.
    RejectSession {
        /// Which.
        session: SessionId,
    },
    /// Decides a conflict of a session.
    ResolveConflict {
        /// Which session.
        session: SessionId,
        /// Which of its conflicts.
        conflict: ConflictId,
        /// Whose value.
        take: Take,
    },
    /// Decides all conflicts of a session alike.
    ResolveConflicts {
        /// Which session.
        session: SessionId,
        /// Whose values.
        take: Take,
    },
    /// Shows what a commit changed; `None` shows nothing any more.
    ShowChange {
        /// Which.
        commit: Option<CommitId>,
    },
    /// Looks closely at what runs for the next few seconds: whoever goes on looking says it again. Loudness, a spectrum
    /// and the time that each node takes are measured only while somebody looks.
    Watch {
        /// The track whose spectrum is wanted; the master if not given.
        track: Option<EntityId>,
    },
    /// Measures loudness from now on: what was heard before counts no more.
    ResetLoudness,
    /// Imports a MIDI or audio file.
    Import {
        /// The file.
        path: PathBuf,
        /// The track for audio; a new one if not given.
        track: Option<EntityId>,
        /// Where on the timeline.
        at: Beats,
    },
    /// Writes what the timeline plays to a MIDI file.
    ExportMidi {
        /// The file.
        path: PathBuf,
    },
    /// Renders what is heard to WAV files, from the start of the timeline until all has died away after the last clip, and
    /// measures how loud each is. Ends when that is done.
    ExportAudio {
        /// The file of the mix.
        path: PathBuf,
        /// Which stems are written beside it, in a folder named after it.
        #[serde(default)]
        stems: Stems,
        /// Samples in the files.
        #[serde(default)]
        bits: SampleBits,
    },
    /// Renders what a track's clips and devices sound like, to be played in their place: its devices do not run until
    /// it is unfrozen. Ends when that is done, as one undo step.
    Freeze {
        /// An audio or instrument track.
        track: EntityId,
    },
    /// Plays clips and devices of a track again.
    Unfreeze {
        /// Which.
        track: EntityId,
    },
    /// Renders clips through the devices of their track to an audio clip on a new track. Ends when that is done, as one
    /// undo step.
    Bounce {
        /// An audio or instrument track.
        track: EntityId,
        /// Those of its clips; all of them if none is given.
        #[serde(default)]
        clips: Vec<EntityId>,
        /// What becomes of what was rendered.
        #[serde(default)]
        ending: BounceEnding,
    },
    /// Ends the freeze, bounce or export under way; the project, and files that were there, stay as they are.
    StopRender,
    /// Starts an empty project.
    New,
    /// Opens a project file.
    Open {
        /// The file.
        path: PathBuf,
    },
    /// Saves the project.
    Save {
        /// Where; where it came from if not given.
        path: Option<PathBuf>,
    },
}

/// What a stem is. What its tracks send to buses is in it, so that all stems together are the mix, unless effects on buses
/// or the master are not linear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stems {
    /// There are none.
    #[default]
    None,
    /// One track.
    Track,
    /// All tracks that go through the same last bus before the master; a track that goes straight there by itself.
    Group,
}

/// How samples are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SampleBits {
    /// Integers of 16 bits.
    B16,
    /// Integers of 24 bits.
    #[default]
    B24,
    /// Floating-point numbers of 32 bits, which do not clip.
    F32,
}

/// What becomes of the clips, or the track, that were bounced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BounceEnding {
    /// They are muted.
    #[default]
    Mute,
    /// They are deleted, and the new track takes their place.
    Replace,
}

/// What becomes of what a script did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScriptEnding {
    /// It becomes part of the project.
    #[default]
    Commit,
    /// It waits in a session for somebody to accept or reject it.
    Review,
}

/// What somebody asks of the transport. In a host that it follows, only the host moves it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "transport", rename_all = "snake_case")]
pub enum TransportCommand {
    /// Runs from where it is.
    Play,
    /// Stops where it is.
    Stop,
    /// Goes elsewhere, running or not.
    Locate {
        /// Where.
        to: Beats,
    },
}

/// What Pulse tells everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The project has a new revision.
    ProjectChanged {
        /// Which.
        revision: u64,
    },
    /// Something to read: a script's log line, a warning, an error.
    Log {
        /// How much it matters.
        level: LogLevel,
        /// Where it comes from, such as a script's or a plugin's name.
        source: String,
        /// The text.
        text: String,
    },
    /// A script ended.
    ScriptEnded {
        /// Which.
        name: String,
        /// Why it failed, if it did.
        error: Option<String>,
    },
    /// A scan advances.
    ScanProgress {
        /// Files done.
        done: u32,
        /// Files in all.
        total: u32,
    },
    /// A scan ended.
    Scanned {
        /// What was found, cached results included.
        plugins: Vec<PluginInfo>,
        /// What could not be used.
        failures: Vec<ScanFailure>,
    },
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For whoever looks for a fault.
    Debug,
    /// Good to know.
    Info,
    /// Something is not as it should be; work goes on.
    Warning,
    /// Something that was asked for did not happen.
    Error,
}
