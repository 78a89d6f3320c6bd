//! What moves parameters.

use super::{NAME, ON, choice, field, float, required};
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
