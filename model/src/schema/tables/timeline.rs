//! What holds for all tracks at a time.

use super::{COLOR, NAME, POSITION, choice, field, float};
use crate::schema::{FieldKind as K, TableDescriptor};

pub(super) const TEMPO: TableDescriptor = TableDescriptor {
    name: "tempo",
    doc: "A change of tempo.",
    owner: None,
    order_by: Some("at"),
    max_entities: 100_000,
    fields: &[
        field("at", POSITION, "Where."),
        field("bpm", float(10.0, 1_000.0, 120.0, "bpm"), "Quarter notes a minute from there on."),
        field(
            "transition",
            choice(&["jump", "ramp"]),
            "How it gets to the next tempo: at once where that is, or in a straight line over the beats between.",
        ),
    ],
};

pub(super) const SIGNATURES: TableDescriptor = TableDescriptor {
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
};

pub(super) const MARKERS: TableDescriptor = TableDescriptor {
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
};
