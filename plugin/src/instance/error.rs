//! Why something was not done.

use std::path::PathBuf;

use model::EditError;
use protocol::{EntityId, SessionId};

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The project rejects the edits.
    #[error("the project rejects the change")]
    Edit(#[from] EditError),
    /// The file is not a project that can be read.
    #[error("{} cannot be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: model::file::LoadError,
    },
    /// The project on disk cannot be opened.
    #[error("{} cannot be opened", path.display())]
    OpenDocument {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<model::document::OpenError>,
    },
    /// The project cannot be written.
    #[error("{} cannot be saved; what was there before is untouched", path.display())]
    Save {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: model::file::SaveError,
    },
    /// The project has no file yet, and none was given.
    #[error("the project has no file yet; say where to save it")]
    NoFile,
    /// A file cannot be imported.
    #[error(transparent)]
    Import(#[from] model::import::ImportError),
    /// The project cannot be a MIDI file.
    #[error(transparent)]
    ExportMidi(#[from] model::export::MidiExportError),
    /// The device is not there, or has no plugin that is loaded.
    #[error("device {0} has no plugin with a window")]
    NoWindow(EntityId),
    /// The plugin does not show its window.
    #[error("the plugin's window cannot be opened")]
    Window(#[source] host::nested::WindowError),
    /// The device is not there, or has no plugin that is loaded.
    #[error("device {0} has no plugin that is loaded")]
    NoPlugin(EntityId),
    /// There is no such device.
    #[error("device {0} is not there")]
    NoDevice(EntityId),
    /// The plugin does not give a state for a copy.
    #[error("the plugin cannot be copied")]
    CopiedState(#[source] host::nested::StateError),
    /// The plugin does not list its presets, or does not load one.
    #[error("the preset cannot be had")]
    Preset(#[source] host::nested::PresetError),
    /// One search at a time.
    #[error("the presets of device {0} are being looked for")]
    PresetsRunning(EntityId),
    /// The plugin does not do what its menu says.
    #[error(transparent)]
    Menu(host::nested::MenuError),
    /// The plugin does not give its state, or does not take one.
    #[error("the preset cannot be kept or loaded")]
    PresetState(#[source] host::nested::StateError),
    /// A preset cannot be kept, or what was kept cannot be read.
    #[error("{} cannot be written or read", path.display())]
    PresetFile {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The plugin keeps no state, or there is no place for presets.
    #[error("there is nothing to keep, or no place to keep it")]
    NoPreset,
    /// No value of the parameter reads like that.
    #[error("{text:?} is no value of this parameter")]
    NoValue {
        /// What was typed.
        text: String,
    },
    /// Only 128 macro slots exist.
    #[error("there is no macro slot {0}; slots are 0..=127")]
    NoSlot(u8),
    /// A session cannot be found, or does not do what was asked.
    #[error(transparent)]
    Session(#[from] model::session::SessionError),
    /// A session clashes with what the project has become.
    #[error("{count} conflicts have to be decided before session {session} can be accepted")]
    Conflicts {
        /// Which.
        session: SessionId,
        /// How many.
        count: usize,
    },
    /// A past state cannot be had.
    #[error("what the step changed is not known any more")]
    Past(#[from] model::history::TravelError),
    /// A script is running already.
    #[error("the script {0:?} is still running; stop it first")]
    ScriptRunning(String),
    /// A script failed.
    #[error("the script {name:?} failed; the project is unchanged")]
    Script {
        /// Which.
        name: String,
        /// Where and why.
        #[source]
        source: scripting::ScriptError,
    },
    /// A scan is under way.
    #[error("a scan is under way already")]
    ScanRunning,
    /// A track is being rendered already.
    #[error("{0} is being rendered; wait for it, or stop it first")]
    RenderRunning(String),
    /// A track was not rendered.
    #[error("{name} was not rendered; the project is unchanged")]
    Render {
        /// The track's name.
        name: String,
        /// Why.
        #[source]
        source: crate::offline::track::TrackRenderError,
    },
    /// Audio was not written to files, or not all.
    #[error("{name} was not written")]
    Export {
        /// The file's name.
        name: String,
        /// Why.
        #[source]
        source: crate::offline::export::ExportError,
    },
    /// The track was deleted while it was rendered, or never was there.
    #[error("track {0} is not there")]
    NoTrack(EntityId),
    /// There is nothing on the track that could be rendered.
    #[error("{0} has no clips to bounce")]
    NothingToBounce(String),
    /// A worker thread cannot be started.
    #[error("a worker thread cannot be started")]
    Thread(#[source] std::io::Error),
}

/// Why a call to an instance has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The control thread does not run any more.
    #[error("the control thread has ended")]
    Gone,
    /// The command was refused or failed.
    #[error(transparent)]
    Refused(CommandError),
    /// The engine cannot run.
    #[error("the engine cannot be activated")]
    Activate(#[source] host::engine::ActivateError),
}

/// Why a state was not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadStateError {
    /// The bytes are not a project.
    #[error("the saved state cannot be read")]
    Unreadable(#[source] model::file::LoadError),
    /// The control thread does not run any more.
    #[error("the control thread has ended")]
    Gone,
}
