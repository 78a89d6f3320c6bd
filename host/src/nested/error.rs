//! What can go wrong with a nested plugin, one type per operation.

use std::path::PathBuf;

use protocol::PluginRef;

/// Why the content of a plugin file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescribeError {
    /// The path cannot be passed on to the system.
    #[error("the path {path} contains a zero byte")]
    Path {
        /// The file.
        path: PathBuf,
    },
    /// It is no library, or lacks what it depends on.
    #[error("not a loadable plugin library: {path}")]
    Library {
        /// The file.
        path: PathBuf,
        /// What the dynamic linker says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It loads, but refuses to start.
    #[error("{path} refuses to start")]
    Refused {
        /// The file.
        path: PathBuf,
    },
    /// It loads, but offers no plugins.
    #[error("{path} contains no plugin factory")]
    NoFactory {
        /// The file.
        path: PathBuf,
    },
    /// No format host reads such files.
    #[error("{path} is of no plugin format that Loophole reads")]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
}

/// Why a plugin could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Nobody knows where it is.
    #[error("{} plugin {} is not installed", plugin.format.key(), plugin.id)]
    Missing {
        /// Which.
        plugin: PluginRef,
    },
    /// Its file is of no use.
    #[error("the file of plugin {id} could not be read")]
    Describe {
        /// The plugin's identifier.
        id: String,
        /// Why.
        source: DescribeError,
    },
    /// The file is there, but the plugin is not in it, or refuses to start.
    #[error("plugin {id} could not be created")]
    Create {
        /// The plugin's identifier.
        id: String,
        /// What it says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It does not take its saved state.
    #[error("plugin {id} does not take its saved state")]
    State {
        /// The plugin's identifier.
        id: String,
        /// Why.
        source: StateError,
    },
}

/// Why a plugin could not be made ready for processing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivateError {
    /// It is active; its processor must come back first.
    #[error("the plugin is active already")]
    AlreadyActive,
    /// It refuses this rate or block size.
    #[error("the plugin refuses to run at this rate and block size")]
    Refused,
    /// It takes samples of 64 bits only, and there are none.
    #[error("the plugin only processes samples in double precision, which Loophole does not give it")]
    DoubleOnly,
}

/// Why a plugin's state could not be saved or loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It keeps no state.
    #[error("the plugin keeps no state")]
    Unsupported,
    /// It refuses these bytes; the state it had may be gone.
    #[error("the plugin refuses the state as malformed")]
    Refused,
    /// It failed to write its state.
    #[error("the plugin failed to write its state")]
    SaveFailed,
}

/// Why a plugin's window could not be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// It has none, or none for this window system.
    #[error("the plugin has no window of its own")]
    Unsupported,
    /// There is no window system, or it refused.
    #[error("no window could be opened")]
    System {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The plugin failed at it.
    #[error("the plugin failed to show its window: {step}")]
    Plugin {
        /// The step that failed.
        step: &'static str,
    },
}

/// Why a plugin's buses could not be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// Its buses are as they are.
    #[error("the plugin's buses cannot be changed")]
    Unsupported,
    /// It is active; its processor must come back first.
    #[error("the plugin's buses cannot be changed while it runs")]
    Active,
    /// It refuses.
    #[error("the plugin refuses these buses")]
    Refused,
}

/// Why presets of a plugin could not be listed or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresetError {
    /// It loads no presets.
    #[error("the plugin loads no presets")]
    Unsupported,
    /// It refuses this one.
    #[error("the plugin refuses the preset {name}")]
    Refused {
        /// The preset.
        name: String,
    },
    /// A name or path of it cannot be passed on.
    #[error("the preset {name} has a zero byte in its name or path")]
    Name {
        /// The preset.
        name: String,
    },
    /// What lists its presets does not start.
    #[error("the plugin's list of presets cannot be read")]
    List {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The plugin did not do what was chosen from its menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plugin did not do what was chosen from its menu")]
pub struct MenuError;
