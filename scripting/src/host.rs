//! What a script may ask of the shell that runs it.

use model::{Project, TrackId};
use protocol::plugin::{BusLayout, PluginParam};
use protocol::{EntityId, PluginInfo};

/// Services of the shell. Called on the thread that called [`crate::run()`], with the script's clock stopped.
pub trait ScriptHost {
    /// Where the transport is.
    fn transport(&self) -> TransportState;

    /// The project as it is now, for queries that are to see what others did since the script started; nothing unless
    /// the shell says so.
    fn project(&self) -> Option<Project> {
        None
    }

    /// The integrated loudness (EBU R128) of the project, or of one track alone, in LUFS.
    ///
    /// # Errors
    /// If this shell cannot render, or the render fails.
    fn loudness(&self, project: &Project, track: Option<TrackId>) -> Result<f64, ScriptHostError>;

    /// The plugins that can be loaded; none unless the shell says so.
    fn plugins(&self) -> Vec<PluginInfo> {
        Vec::new()
    }

    /// The parameters of a nested plugin that is loaded; none unless the shell says so.
    fn plugin_params(&self, device: EntityId) -> Vec<PluginParam> {
        let _ = device;
        Vec::new()
    }

    /// The bus layouts of a nested plugin that is loaded; none unless the shell says so.
    fn plugin_layouts(&self, device: EntityId) -> Vec<BusLayout> {
        let _ = device;
        Vec::new()
    }
}

/// Where the transport is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransportState {
    /// Whether it runs.
    pub playing: bool,
    /// Position, in quarter notes.
    pub beats: f64,
}

/// Why the shell cannot serve a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptHostError {
    /// This shell does not offer it.
    #[error("not available here")]
    Unavailable,
    /// It went wrong.
    #[error("the render failed: {0}")]
    Render(String),
}

/// A shell that offers nothing, for tests and tools.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl ScriptHost for NoHost {
    fn transport(&self) -> TransportState {
        TransportState::default()
    }

    fn loudness(&self, _: &Project, _: Option<TrackId>) -> Result<f64, ScriptHostError> {
        Err(ScriptHostError::Unavailable)
    }
}
