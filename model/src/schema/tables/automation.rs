//! What moves parameters.

use super::{NAME, ON, ORDER, choice, field, float, optional, required};
use crate::schema::{FieldKind as K, TableDescriptor};

pub(super) const LANES: TableDescriptor = TableDescriptor {
    name: "lanes",
    doc: "Automation of one parameter over the timeline.",
    owner: Some("owner"),
    order_by: None,
    max_entities: 100_000,
    fields: &[
        field("owner", required(&["tracks", "devices", "sends"]), "Whose parameter."),
        field("param", NAME, "Which: `volume_db`, `pan`, `mute`, `level_db`, or a device's parameter key."),
        field("points", K::Points, "Its points, in the parameter's unit."),
        field("enabled", ON, "Played."),
        field(
            "mode",
            choice(&["read", "touch", "latch", "write", "off"]),
            "What a moved control does while playback runs: nothing; writes while it is held; writes from then on; \
             everything is written from the start of playback; or the lane is neither written nor played.",
        ),
    ],
};

pub(super) const MACROS: TableDescriptor = TableDescriptor {
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
};

pub(super) const MACRO_TARGETS: TableDescriptor = TableDescriptor {
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
        field("curve", choice(&["linear", "smooth", "exponential", "hold"]), "The way between."),
    ],
};

pub(super) const MODULATORS: TableDescriptor = TableDescriptor {
    name: "modulators",
    doc: "Something that moves by itself, and parameters with it.",
    owner: Some("track"),
    order_by: Some("order"),
    max_entities: 10_000,
    fields: &[
        field("track", required(&["tracks"]), "Where its knobs are shown."),
        field("order", ORDER, "Place among the modulators, ascending."),
        field("name", NAME, "What a person calls it."),
        field(
            "kind",
            choice(&["lfo", "follower", "macro"]),
            "A wave, the loudness of a track, or a macro's position.",
        ),
        field("enabled", ON, "At work."),
        field(
            "shape",
            choice(&["sine", "triangle", "saw_up", "saw_down", "square", "steps", "drift"]),
            "The wave; `steps` and `drift` are random, the same at each place of the timeline.",
        ),
        field("rate_unit", choice(&["beats", "hz"]), "Whether its period is musical."),
        field(
            "period",
            K::Beats { min: 1, default: 4 * protocol::TICKS_PER_BEAT },
            "Length of a wave, in beats.",
        ),
        field("rate_hz", float(0.001, 100.0, 1.0, "Hz"), "Waves in a second, where they are not in beats."),
        field("phase", float(0.0, 1.0, 0.0, ""), "Where in the wave it is at the start of the timeline."),
        field(
            "source",
            optional(&["tracks"]),
            "Whose loudness a follower follows, before its fader; its own track's if unset. A device of that very track is \
             moved by what goes into the device.",
        ),
        field("attack_secs", float(0.0, 10.0, 0.01, "s"), "How fast a follower rises."),
        field("release_secs", float(0.0, 10.0, 0.2, "s"), "How fast a follower falls."),
        field(
            "gain_db",
            float(-60.0, 60.0, 0.0, "dB"),
            "How much louder than it is a follower takes its source for; full scale is all of the amount.",
        ),
        field("macro", optional(&["macros"]), "The macro."),
    ],
};

pub(super) const MODULATIONS: TableDescriptor = TableDescriptor {
    name: "modulations",
    doc: "A parameter that a modulator moves, on top of its value or automation.",
    owner: Some("modulator"),
    order_by: None,
    max_entities: 100_000,
    fields: &[
        field("modulator", required(&["modulators"]), "The modulator."),
        field("owner", required(&["tracks", "devices", "sends"]), "Whose parameter."),
        field("param", NAME, "Which, as in `lanes`."),
        field("amount", float(-1e9, 1e9, 0.0, ""), "How far at the most, in the parameter's unit."),
        field(
            "polarity",
            choice(&["bipolar", "unipolar"]),
            "Whether it moves both ways, or from its value to one side.",
        ),
    ],
};
