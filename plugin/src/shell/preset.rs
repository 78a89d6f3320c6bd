//! A project as files that other DAWs load into the plugin.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::{Plugin, PluginState};

use super::state::PROJECT_FIELD;
use super::{Loophole, VST3_ID};
use crate::instance::{Instance, MACRO_SLOTS};

/// The state that the plugin would write with this project in it.
#[must_use]
pub fn plugin_state(instance: &Instance) -> PluginState {
    let macros = instance.published().macros();
    let slot = |slot| (format!("macro_{}", slot + 1), ParamValue::F32(macros.get(slot)));
    let mut params: BTreeMap<_, _> = (0..MACRO_SLOTS).map(slot).collect();
    params.insert("sync".into(), ParamValue::String("host".into()));
    params.insert("play".into(), ParamValue::Bool(false));
    let fields = BTreeMap::from([(PROJECT_FIELD.into(), BASE64.encode(instance.state()))]);
    PluginState { version: Loophole::VERSION.into(), params, fields }
}

fn json(state: &PluginState) -> Vec<u8> {
    // PANIC: maps of strings, numbers and booleans always have a JSON form.
    #[expect(clippy::expect_used, reason = "see above")]
    serde_json::to_vec(state).expect("a state has a JSON form")
}

/// What CLAP's state extension reads: the length, then the state.
#[must_use]
pub fn clap(state: &PluginState) -> Vec<u8> {
    let json = json(state);
    let mut bytes = length(json.len()).to_le_bytes().to_vec();
    bytes.extend(json);
    bytes
}

/// A VST3 preset file with the state as its component chunk. Source: "VST 3 Preset Format" of the VST3 documentation.
#[must_use]
pub fn vst3(state: &PluginState) -> Vec<u8> {
    const HEADER: u64 = 48;
    let json = json(state);
    let size = length(json.len());
    let mut id = String::new();
    for byte in VST3_ID {
        let _infallible = write!(id, "{byte:02X}");
    }
    let mut bytes = b"VST3".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(id.as_bytes());
    bytes.extend((HEADER + size).to_le_bytes());
    bytes.extend(json);
    bytes.extend(b"List");
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(b"Comp");
    bytes.extend(HEADER.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes
}

fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
