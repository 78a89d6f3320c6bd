//! Devices.

use std::collections::BTreeMap;

use protocol::plugin::LayoutRef;
use protocol::{BlobHash, DeviceKind, PluginFormat, PluginRef, Value};

use super::{Lane, TrackId, TrackInput, view};

view!(
    /// An instrument or effect on a track.
    Device, DeviceId, "devices"
);

/// What a device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceSource {
    /// Part of Loophole.
    Builtin(DeviceKind),
    /// A nested plugin.
    Plugin(PluginRef),
    /// A built-in device that this version does not know; kept as it is.
    Unknown(String),
}

impl<'a> Device<'a> {
    /// Where it sits.
    #[must_use]
    pub fn track(&self) -> TrackId {
        TrackId(self.entity.reference("track").unwrap_or(protocol::EntityId(0)))
    }

    /// Place in the chain, ascending.
    #[must_use]
    pub fn order(&self) -> f64 {
        self.entity.float("order")
    }

    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// What it is.
    #[must_use]
    pub fn source(&self) -> DeviceSource {
        let plugin = self.entity.text("plugin");
        let format = match self.entity.text("format") {
            "clap" => PluginFormat::Clap,
            "vst3" => PluginFormat::Vst3,
            _ => {
                let unknown = || DeviceSource::Unknown(plugin.to_owned());
                return DeviceKind::from_key(plugin).map_or_else(unknown, DeviceSource::Builtin);
            }
        };
        DeviceSource::Plugin(PluginRef { format, id: plugin.to_owned() })
    }

    /// Passes its input through.
    #[must_use]
    pub fn bypassed(&self) -> bool {
        self.entity.bool("bypassed")
    }

    /// Parameter values that were set, by key; for plugins, by decimal parameter id.
    #[must_use]
    pub fn params(&self) -> &'a BTreeMap<String, f64> {
        static NONE: BTreeMap<String, f64> = BTreeMap::new();
        match self.entity.plain("params") {
            Some(Value::Numbers(params)) => params,
            _ => &NONE,
        }
    }

    /// The value of a built-in device's parameter, set or default; of a plugin's, if it was set.
    #[must_use]
    pub fn param(&self, key: &str) -> Option<f64> {
        let default = || match self.source() {
            DeviceSource::Builtin(kind) => kind.param(key).map(|param| param.default),
            _ => None,
        };
        self.params().get(key).copied().or_else(default)
    }

    /// Its content: a plugin's state, or a SoundFont.
    #[must_use]
    pub fn blob(&self) -> Option<BlobHash> {
        self.entity.blob("blob")
    }

    /// Which of its sets of audio buses a plugin has; `None` for the one it comes with.
    #[must_use]
    pub fn layout(&self) -> Option<LayoutRef> {
        LayoutRef::new(self.entity.text("layout"))
    }

    /// The track whose output feeds its sidechain.
    #[must_use]
    pub fn sidechain(&self) -> Option<TrackId> {
        self.entity.reference("sidechain").map(TrackId)
    }

    /// The input of the outer host that feeds its sidechain, beside the track.
    #[must_use]
    pub fn sidechain_input(&self) -> TrackInput {
        TrackInput::from_word(self.entity.text("sidechain_input"))
    }

    /// Whether its track is frozen, so that it does not run.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.project.track(self.track()).is_some_and(|track| track.frozen().is_some())
    }

    /// The lanes of its parameters.
    pub fn lanes(&self) -> impl Iterator<Item = Lane<'a>> + use<'a> {
        self.project.lanes_of(self.id.0)
    }
}
