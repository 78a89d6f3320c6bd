//! What is played by hand.

use super::{NAME, ORDER, choice, field, float, optional, required};
use crate::schema::{FieldKind as K, TableDescriptor};

pub(super) const SCENES: TableDescriptor = TableDescriptor {
    name: "scenes",
    doc: "A row of the launcher.",
    owner: None,
    order_by: Some("order"),
    max_entities: 100_000,
    fields: &[field("name", NAME, "What a person calls it."), field("order", ORDER, "Place, ascending.")],
};

/// Places where launched clips start: the lengths that the timeline is divided by, from its start.
pub(super) const QUANTA: &[&str] =
    &["bar", "none", "sixteenth", "eighth", "quarter", "half", "two_bars", "four_bars", "eight_bars"];

const OWN_QUANTA: &[&str] = &[
    "project",
    "bar",
    "none",
    "sixteenth",
    "eighth",
    "quarter",
    "half",
    "two_bars",
    "four_bars",
    "eight_bars",
];

const ACTIONS: &[&str] = &["none", "stop", "again", "next", "previous", "first", "last", "any", "other"];

pub(super) const SLOTS: TableDescriptor = TableDescriptor {
    name: "slots",
    doc: "Where a track and a scene of the launcher meet. Of several at one place, that with the least id counts.",
    owner: Some("track"),
    order_by: None,
    max_entities: 1_000_000,
    fields: &[
        field("track", required(&["tracks"]), "Its column."),
        field("scene", required(&["scenes"]), "Its row."),
        field("clip", optional(&["clips"]), "What it plays; without one, it stops its track."),
        field(
            "mode",
            choice(&["trigger", "gate", "toggle"]),
            "What a hand does: starts it, holds it, or starts and stops it.",
        ),
        field("quantum", choice(OWN_QUANTA), "Where it starts, once launched."),
        field("follow_a", choice(ACTIONS), "What comes after it."),
        field("follow_b", choice(ACTIONS), "What comes after it otherwise."),
        field("follow_chance", float(0.0, 1.0, 1.0, ""), "How likely `follow_a` is against `follow_b`."),
        field("follow_after", K::Int { min: 1, max: 1_000, default: 1 }, "After how many loops or bars."),
        field("follow_unit", choice(&["loops", "bars"]), "What `follow_after` counts."),
    ],
};
