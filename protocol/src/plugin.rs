//! Third-party plugins, as the scanner sees them and the project names them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A plugin standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginFormat {
    /// CLAP.
    Clap,
    /// VST3.
    Vst3,
}

impl PluginFormat {
    /// Stable identifier in files and scripts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Clap => "clap",
            Self::Vst3 => "vst3",
        }
    }
}

/// Which plugin: enough to find it on another machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct PluginRef {
    /// The standard.
    pub format: PluginFormat,
    /// The plugin's own identifier within its format, such as `org.example.synth`.
    pub id: String,
}

/// A plugin that a scan found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginInfo {
    /// Its identity.
    pub plugin: PluginRef,
    /// What a person reads.
    pub name: String,
    /// Who makes it; may be empty.
    pub vendor: String,
    /// Its version, as it says; may be empty.
    pub version: String,
    /// The format's feature words, such as `instrument`, `audio-effect`, `stereo`.
    pub features: Vec<String>,
    /// The file or bundle it is in; empty for plugins that are part of Loophole.
    pub path: PathBuf,
}

impl PluginInfo {
    /// Whether it makes sound from notes.
    #[must_use]
    pub fn is_instrument(&self) -> bool {
        self.features.iter().any(|feature| feature == "instrument")
    }
}

/// A file that a scan could not use, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScanFailure {
    /// The file or bundle.
    pub path: PathBuf,
    /// What happened, for a person to read.
    pub reason: String,
}

/// A parameter of a nested plugin, as it describes itself. Values are plain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PluginParam {
    /// The plugin's own stable id.
    pub id: crate::ids::ParamId,
    /// What a person reads.
    pub name: String,
    /// The plugin's grouping, such as `Oscillators/1`; may be empty.
    pub module: String,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Initial value.
    pub default: f64,
    /// Whether values are whole numbers.
    pub stepped: bool,
    /// Whether the plugin hides it from generic views.
    pub hidden: bool,
    /// Whether it can be automated.
    pub automatable: bool,
}

/// Eight parameters of a nested plugin that belong under eight knobs, as the plugin groups them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlPage {
    /// The plugin's own id of the page.
    pub id: u32,
    /// The group that the page is in, such as `Filter`; may be empty.
    pub section: String,
    /// What a person reads.
    pub name: String,
    /// What the knobs turn, in order; `None` leaves a knob free.
    pub params: Vec<Option<crate::ids::ParamId>>,
    /// Whether the page belongs to the loaded preset rather than to the plugin.
    pub of_preset: bool,
}

/// What a nested plugin calls a key, such as `Snare`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoteName {
    /// What a person reads.
    pub name: String,
    /// The note port; `None` for all.
    pub port: Option<u16>,
    /// 0..=15; `None` for all.
    pub channel: Option<u16>,
    /// 0..=127; `None` for all keys.
    pub key: Option<u16>,
}

/// A line of a plugin's own menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MenuItem {
    /// Something to choose.
    Action {
        /// For [`Command::ChooseFromMenu`](crate::Command::ChooseFromMenu).
        id: u32,
        /// What a person reads.
        label: String,
        /// Whether it can be chosen now.
        enabled: bool,
        /// Whether it is ticked; `None` for what cannot be.
        checked: Option<bool>,
    },
    /// A line between others.
    Separator,
    /// A heading.
    Title(String),
    /// More lines behind one.
    Submenu {
        /// What a person reads.
        label: String,
        /// Whether it can be opened now.
        enabled: bool,
        /// The lines.
        items: Vec<MenuItem>,
    },
}

/// A preset that a nested plugin offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PresetInfo {
    /// What a person reads.
    pub name: String,
    /// Where it is.
    pub source: PresetSource,
    /// Which of several at one place, in the plugin's own words.
    pub load_key: Option<String>,
    /// Who made it.
    pub creators: Vec<String>,
    /// What it is like; may be empty.
    pub description: String,
    /// Feature words, such as `bass` or `pad`.
    pub features: Vec<String>,
}

/// Where a preset is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresetSource {
    /// Within the plugin.
    Plugin,
    /// In a file.
    File(PathBuf),
}
