//! What the sound goes through.

use super::{NAME, OFF, ON, ORDER, VOLUME, choice, field, optional, required};
use crate::schema::{FieldKind as K, TableDescriptor};

pub(super) const DEVICES: TableDescriptor = TableDescriptor {
    name: "devices",
    doc: "An instrument or effect on a track: built in, or a nested plugin.",
    owner: Some("track"),
    order_by: Some("order"),
    max_entities: 100_000,
    fields: &[
        field("track", required(&["tracks"]), "Where it sits."),
        field("order", ORDER, "Place in the chain, ascending."),
        field("name", NAME, "What a person calls it."),
        field("format", choice(&["builtin", "clap", "vst3"]), "What kind of device it is."),
        field("plugin", NAME, "Which: a built-in key such as `loophole.synth`, or the plugin's own id."),
        field("bypassed", OFF, "Passes its input through."),
        field("params", K::Numbers, "Parameter values by key; for plugins, by decimal parameter id."),
        field("blob", K::Blob, "Its content: a plugin's state, or a SoundFont."),
        field(
            "layout",
            NAME,
            "Which of its sets of audio buses a plugin has, by name, or by name and the plugin's own id as in `Stereo#2`; \
             empty for the one it comes with.",
        ),
        field("sidechain", optional(&["tracks"]), "The track whose output feeds its sidechain."),
        field(
            "sidechain_input",
            choice(&["none", "main", "sidechain"]),
            "The input of the outer host that feeds its sidechain, beside the track.",
        ),
    ],
};

/// An extra output or input of a device.
const BUS: K = K::Int { min: 0, max: 31, default: 0 };

pub(super) const SENDS: TableDescriptor = TableDescriptor {
    name: "sends",
    doc: "A part of a track's sound sent to a bus; or an extra output of a device on it sent to another track; or what \
          feeds an extra input of a device elsewhere.",
    owner: Some("track"),
    order_by: Some("order"),
    max_entities: 100_000,
    fields: &[
        field("track", required(&["tracks"]), "Where it comes from."),
        field(
            "target",
            required(&["tracks"]),
            "The bus it goes to, or the track with the device that hears it.",
        ),
        field("device", optional(&["devices"]), "The device on the track whose extra output is sent."),
        field("output", BUS, "Which output of the device, from 1; 0 for the track's own sound."),
        field(
            "target_device",
            optional(&["devices"]),
            "The device on the target whose extra input hears it.",
        ),
        field(
            "input",
            BUS,
            "Which input of the target device: 1 is its sidechain; 0 for where audio enters the target.",
        ),
        field("order", ORDER, "Place among the sends, ascending."),
        field("level_db", VOLUME, "Level."),
        field("pre_fader", OFF, "Taken before the fader."),
        field("enabled", ON, "Heard."),
    ],
};
