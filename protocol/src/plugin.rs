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

/// How many notes an instrument can play at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voices {
    /// Now.
    pub count: u32,
    /// At most.
    pub capacity: u32,
    /// Whether one key can sound more than once, told apart by note ids.
    pub overlapping: bool,
}

/// A page of its knobs that a plugin wants to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageTurn {
    /// The plugin's own id of the page.
    pub page: u32,
    /// How often it has asked for one.
    pub count: u64,
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

/// One of the sets of audio buses that a nested plugin can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BusLayout {
    /// The plugin's own id.
    pub id: u32,
    /// What a person reads.
    pub name: String,
    /// How many inputs.
    pub inputs: u32,
    /// How many outputs.
    pub outputs: u32,
    /// The channels of the main input, if there is one.
    pub main_input: Option<u32>,
    /// The channels of the main output, if there is one.
    pub main_output: Option<u32>,
}

/// Which [`BusLayout`] of a plugin is wanted, so that a later version of the plugin still has it: `Stereo#2` is the layout
/// called `Stereo`, wherever its ids have gone, and else the one with the id 2, whatever it is called now. A name alone, as a
/// person writes it, will do, as will `#2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LayoutRef(String);

impl LayoutRef {
    /// As it is written in a project; `None` for nothing, which leaves a plugin the buses it comes with.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self(text.into()))
    }

    /// As it is written in a project.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a person reads.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.parts() {
            (name, Some(_)) if !name.is_empty() => name,
            _ => self.0.trim(),
        }
    }

    /// The layout that is meant, if it is there.
    #[must_use]
    pub fn find<'l>(&self, layouts: &'l [BusLayout]) -> Option<&'l BusLayout> {
        let (name, id) = self.parts();
        let by = |is: &dyn Fn(&BusLayout) -> bool| layouts.iter().find(|layout| is(layout));
        by(&|layout| Some(layout.id) == id && layout.name.trim() == name)
            .or_else(|| by(&|layout| layout.name.trim() == self.0.trim()))
            .or_else(|| by(&|layout| layout.name.trim() == name))
            .or_else(|| by(&|layout| layout.name.trim().eq_ignore_ascii_case(name)))
            .or_else(|| by(&|layout| Some(layout.id) == id))
    }

    /// The name and the id, where there is one.
    fn parts(&self) -> (&str, Option<u32>) {
        let split = self.0.rsplit_once('#').and_then(|(name, id)| Some((name, id.trim().parse().ok()?)));
        split.map_or((self.0.trim(), None), |(name, id)| (name.trim(), Some(id)))
    }
}

impl From<&BusLayout> for LayoutRef {
    fn from(layout: &BusLayout) -> Self {
        Self(format!("{}#{}", layout.name.trim(), layout.id))
    }
}

impl std::fmt::Display for LayoutRef {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(id: u32, name: &str) -> BusLayout {
        BusLayout { id, name: name.into(), inputs: 1, outputs: 1, main_input: None, main_output: None }
    }

    fn check(text: &str, layouts: &[(u32, &str)], found: Option<u32>) {
        let layouts: Vec<_> = layouts.iter().map(|(id, name)| layout(*id, name)).collect();
        let wanted = LayoutRef::new(text).expect("something is wanted");
        assert_eq!(wanted.find(&layouts).map(|layout| layout.id), found, "{text}");
    }

    #[test]
    fn a_layout_is_found_by_its_name_and_then_by_its_id() {
        let now = [(1, "Mono"), (2, "Stereo"), (3, "Stereo"), (4, "Out #7")];
        check("Stereo#3", &now, Some(3));
        check("Stereo#9", &now, Some(2));
        check("Mono", &now, Some(1));
        check(" mono ", &now, Some(1));
        check("Dual mono#1", &now, Some(1));
        check("#2", &now, Some(2));
        check("Out #7", &now, Some(4));
        check("Out #7#4", &now, Some(4));
        check("Quad#8", &now, None);
        check("Quad", &now, None);
        assert_eq!(LayoutRef::new("  "), None);
    }

    #[test]
    fn a_person_reads_the_name_of_a_layout() {
        let of = layout(7, "Out #7");
        let names = ["5.1", "5.1#12", "#12"].map(|text| LayoutRef::new(text).expect("it is one").to_string());
        assert_eq!(names, ["5.1", "5.1", "#12"]);
        assert_eq!(LayoutRef::from(&of).name(), "Out #7");
        assert_eq!(LayoutRef::from(&of).find(std::slice::from_ref(&of)), Some(&of));
    }
}
