//! The tables.

use super::{FieldDescriptor, FieldKind as K, Presence, TableDescriptor};

const fn field(name: &'static str, kind: K, doc: &'static str) -> FieldDescriptor {
    FieldDescriptor { name, kind, doc }
}

const fn float(min: f64, max: f64, default: f64, unit: &'static str) -> K {
    K::Float { min, max, default, unit }
}

const fn required(tables: &'static [&'static str]) -> K {
    K::Ref { tables, presence: Presence::Required }
}

const fn optional(tables: &'static [&'static str]) -> K {
    K::Ref { tables, presence: Presence::Optional }
}

const NAME: K = K::Text { max_bytes: 1_024 };
const TEXT: K = K::Text { max_bytes: 1 << 20 };
const COLOR: K = K::Int { min: 0, max: 0xff_ff_ff, default: 0x5b_8d_ef };
const ORDER: K = float(-1e12, 1e12, 0.0, "");
const OFF: K = K::Bool { default: false };
const ON: K = K::Bool { default: true };
const POSITION: K = K::Beats { min: 0, default: 0 };
const VOLUME: K = float(-90.0, 12.0, 0.0, "dB");
const FADE: K = float(0.0, 3_600.0, 0.0, "s");

/// Every table, the singleton `project` first.
pub static TABLES: &[TableDescriptor] = &[
    TableDescriptor {
        name: "project",
        doc: "The project as a whole; there is exactly one.",
        owner: None,
        order_by: None,
        max_entities: 1,
        fields: &[
            field("name", NAME, "Title."),
            field("artist", NAME, "Who made it."),
            field("notes", TEXT, "Free text."),
            field("loop_on", OFF, "Whether the loop is on."),
            field("loop_start", POSITION, "Start of the loop."),
            field(
                "loop_end",
                K::Beats { min: 0, default: 16 * protocol::TICKS_PER_BEAT },
                "End of the loop.",
            ),
        ],
    },
    TableDescriptor {
        name: "tracks",
        doc: "A channel of the mixer, with clips and devices.",
        owner: None,
        order_by: Some("order"),
        max_entities: 10_000,
        fields: &[
            field("name", NAME, "What a person calls it."),
            field("kind", K::Choice { words: &["audio", "instrument", "bus", "master"] }, "What it is for."),
            field("color", COLOR, "0xRRGGBB."),
            field("order", ORDER, "Place in the track list, ascending."),
            field("volume_db", VOLUME, "Fader; -90 dB is silence."),
            field("pan", float(-1.0, 1.0, 0.0, ""), "Balance: -1 left, 1 right."),
            field("mute", OFF, "Silenced."),
            field("solo", OFF, "Heard alone with the other soloed tracks."),
            field("armed", OFF, "Hears live notes or input."),
            field("output", optional(&["tracks"]), "Bus it feeds; unset for the master."),
            field(
                "output_bus",
                K::Int { min: 0, max: 8, default: 0 },
                "0 for `output`, 1..=8 for an extra output of the outer host.",
            ),
            field(
                "input",
                K::Choice { words: &["none", "main", "sidechain"] },
                "Live audio input, heard while armed.",
            ),
        ],
    },
    TableDescriptor {
        name: "clips",
        doc: "A stretch of notes or audio on the timeline.",
        owner: Some("track"),
        order_by: Some("start"),
        max_entities: 1_000_000,
        fields: &[
            field("track", required(&["tracks"]), "Where it lies."),
            field("kind", K::Choice { words: &["notes", "audio"] }, "What it holds."),
            field("name", NAME, "What a person calls it."),
            field(
                "color",
                K::Int { min: -1, max: 0xff_ff_ff, default: -1 },
                "0xRRGGBB, or -1 for the track's.",
            ),
            field("start", POSITION, "Where it starts."),
            field("length", K::Beats { min: 1, default: 4 * protocol::TICKS_PER_BEAT }, "How long it plays."),
            field("offset", POSITION, "Where in its notes it begins."),
            field("loop_length", K::OptionalBeats { min: 1 }, "Its notes repeat with this period."),
            field("muted", OFF, "Not played."),
            field("notes", K::Notes, "Its notes, relative to the start of the content."),
            field("media", K::Blob, "Its audio: a WAV blob."),
            field("offset_secs", float(0.0, 1e6, 0.0, "s"), "Where in its audio it begins."),
            field("gain_db", float(-90.0, 36.0, 0.0, "dB"), "Level of its audio."),
            field("fade_in_secs", FADE, "Fade-in."),
            field("fade_out_secs", FADE, "Fade-out."),
        ],
    },
    TableDescriptor {
        name: "devices",
        doc: "An instrument or effect on a track: built in, or a nested plugin.",
        owner: Some("track"),
        order_by: Some("order"),
        max_entities: 100_000,
        fields: &[
            field("track", required(&["tracks"]), "Where it sits."),
            field("order", ORDER, "Place in the chain, ascending."),
            field("name", NAME, "What a person calls it."),
            field("format", K::Choice { words: &["builtin", "clap", "vst3"] }, "What kind of device it is."),
            field("plugin", NAME, "Which: a built-in key such as `loophole.synth`, or the plugin's own id."),
            field("bypassed", OFF, "Passes its input through."),
            field("params", K::Numbers, "Parameter values by key; for plugins, by decimal parameter id."),
            field("blob", K::Blob, "Its content: a plugin's state, or a SoundFont."),
            field("sidechain", optional(&["tracks"]), "The track whose output feeds its sidechain."),
        ],
    },
    TableDescriptor {
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
    },
    TableDescriptor {
        name: "lanes",
        doc: "Automation of one parameter over the timeline.",
        owner: Some("owner"),
        order_by: None,
        max_entities: 100_000,
        fields: &[
            field("owner", required(&["tracks", "devices", "sends"]), "Whose parameter."),
            field(
                "param",
                NAME,
                "Which: `volume_db`, `pan`, `mute`, `level_db`, or a device's parameter key.",
            ),
            field("points", K::Points, "Its points, in the parameter's unit."),
            field("enabled", ON, "Played."),
        ],
    },
    TableDescriptor {
        name: "tempo",
        doc: "A change of tempo.",
        owner: None,
        order_by: Some("at"),
        max_entities: 100_000,
        fields: &[
            field("at", POSITION, "Where."),
            field("bpm", float(10.0, 1_000.0, 120.0, "bpm"), "Quarter notes a minute from there on."),
        ],
    },
    TableDescriptor {
        name: "signatures",
        doc: "A change of time signature.",
        owner: None,
        order_by: Some("at"),
        max_entities: 100_000,
        fields: &[
            field("at", POSITION, "Where."),
            field("numerator", K::Int { min: 1, max: 64, default: 4 }, "Notes in a bar."),
            field("denominator", K::Int { min: 1, max: 32, default: 4 }, "The kind of note: a power of two."),
        ],
    },
    TableDescriptor {
        name: "markers",
        doc: "A named place on the timeline.",
        owner: None,
        order_by: Some("at"),
        max_entities: 100_000,
        fields: &[
            field("at", POSITION, "Where."),
            field("name", NAME, "What it says."),
            field("color", COLOR, "0xRRGGBB."),
        ],
    },
    TableDescriptor {
        name: "scenes",
        doc: "A row of the launcher.",
        owner: None,
        order_by: Some("order"),
        max_entities: 100_000,
        fields: &[field("name", NAME, "What a person calls it."), field("order", ORDER, "Place, ascending.")],
    },
    TableDescriptor {
        name: "macros",
        doc: "One of the 128 knobs towards the outer host.",
        owner: None,
        order_by: Some("slot"),
        max_entities: 128,
        fields: &[
            field("slot", K::Int { min: 0, max: 127, default: 0 }, "Which; no two macros share a slot."),
            field("name", NAME, "What a person calls it."),
            field("value", float(0.0, 1.0, 0.0, ""), "Position."),
        ],
    },
    TableDescriptor {
        name: "macro_targets",
        doc: "A parameter that a macro moves.",
        owner: Some("macro"),
        order_by: None,
        max_entities: 10_000,
        fields: &[
            field("macro", required(&["macros"]), "The macro."),
            field("owner", required(&["tracks", "devices", "sends"]), "Whose parameter."),
            field("param", NAME, "Which, as in `lanes`."),
            field("min", float(-1e9, 1e9, 0.0, ""), "Value at position 0, in the parameter's unit."),
            field("max", float(-1e9, 1e9, 1.0, ""), "Value at position 1."),
            field(
                "curve",
                K::Choice { words: &["linear", "smooth", "exponential", "hold"] },
                "The way between.",
            ),
        ],
    },
    TableDescriptor {
        name: "scripts",
        doc: "A Lua script that belongs to the project.",
        owner: None,
        order_by: None,
        max_entities: 1_000,
        fields: &[field("name", NAME, "What a person calls it."), field("source", TEXT, "Lua source.")],
    },
];
