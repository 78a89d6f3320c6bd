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
        field("sidechain", optional(&["tracks"]), "The track whose output feeds its sidechain."),
    ],
};

pub(super) const SENDS: TableDescriptor = TableDescriptor {
    name: "sends",
    doc: "A part of a track's sound sent to a bus.",
    owner: Some("track"),
    order_by: Some("order"),
    max_entities: 100_000,
    fields: &[
        field("track", required(&["tracks"]), "Where it comes from."),
        field("target", required(&["tracks"]), "The bus it goes to."),
        field("order", ORDER, "Place among the sends, ascending."),
        field("level_db", VOLUME, "Level."),
        field("pre_fader", OFF, "Taken before the fader."),
        field("enabled", ON, "Heard."),
    ],
};
