//! What comes in at the control thread, and what goes back.

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use host::{AudioConfig, EngineProcessor, HostBuses};
use model::file::Loaded;
use model::{Blobs, Project};
use protocol::plugin::ScanFailure;
use protocol::{Command, PluginInfo, SessionId, StreamFrame};

use super::error::CommandError;
use crate::offline::file::Rendered;

/// What was done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// What was asked for.
    Done,
    /// The project has a new revision.
    Committed {
        /// Which.
        revision: u64,
    },
    /// A step was taken back or done again; `None` if there was none.
    Stepped(Option<String>),
    /// A project was opened, or something was imported. The texts say what could not be had.
    Opened {
        /// For a person to read.
        warnings: Vec<String>,
    },
    /// The project was saved.
    Saved {
        /// Where.
        path: PathBuf,
    },
    /// The timeline was written to a file. The texts say what is not in it.
    Exported {
        /// Where.
        path: PathBuf,
        /// How many tracks.
        tracks: usize,
        /// How many notes.
        notes: usize,
        /// For a person to read.
        warnings: Vec<String>,
    },
    /// A script ended well.
    ScriptEnded {
        /// How many edits it made.
        edits: usize,
    },
    /// A script ended well, and what it did waits for review.
    WaitsForReview {
        /// In which session.
        session: SessionId,
        /// How many edits it made.
        edits: usize,
    },
    /// A track was frozen or bounced.
    Rendered {
        /// How much was rendered, in seconds.
        secs: f64,
        /// How long that took, in seconds.
        took_secs: f64,
    },
    /// Audio was written to files: the mix first.
    Written {
        /// Them.
        files: Vec<Rendered>,
    },
    /// A scan ended.
    Scanned {
        /// What can be used.
        plugins: Vec<PluginInfo>,
        /// What cannot.
        failures: Vec<ScanFailure>,
    },
}

/// Where an answer to a command goes, if somebody waits for it.
pub type ReplyTo = Option<Sender<Result<Reply, CommandError>>>;

/// A message to the control thread.
pub enum Request {
    /// Something of the control plane.
    Command {
        /// What.
        command: Command,
        /// Who waits.
        reply: ReplyTo,
    },
    /// Something of the stream plane.
    Stream(StreamFrame),
    /// Make the audio half.
    Activate {
        /// Under which conditions.
        config: AudioConfig,
        /// The outer host's buses.
        host: HostBuses,
        /// Who waits.
        reply: Sender<Result<EngineProcessor, host::engine::ActivateError>>,
    },
    /// Put the audio half away.
    Deactivate {
        /// It.
        processor: Box<EngineProcessor>,
        /// Who waits.
        reply: Sender<()>,
    },
    /// Gather the project with the states of nested plugins.
    Collect {
        /// Who waits.
        reply: Sender<(Project, Blobs)>,
    },
    /// Take a project that was read already.
    Load {
        /// It.
        loaded: Box<Loaded>,
        /// Who waits.
        reply: Sender<()>,
    },
    /// From the script worker.
    Script(Box<super::scripts::ScriptNews>),
    /// From the scan worker.
    Scan(super::scan::ScanNews),
    /// From the render worker.
    Render(super::freeze::RenderNews),
    /// From a worker that looked for presets.
    Presets(super::presets::PresetNews),
    /// From an import worker.
    Imported(Box<super::files::ImportRead>),
    /// End.
    Quit,
}
