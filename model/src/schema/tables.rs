//! The tables, one file per group. A new table goes into the file of its group, and by name into the list at the end.

mod arrange;
mod automation;
mod launcher;
mod mix;
mod scripts;
mod timeline;
mod user;

use super::{FieldDescriptor, FieldKind as K, Names, Presence, TableDescriptor};
use crate::entity::Name;

const fn field(name: &'static str, kind: K, doc: &'static str) -> FieldDescriptor {
    FieldDescriptor { name, kind, indexed: false, doc }
}

/// A field by which entities are looked up.
const fn indexed(name: &'static str, kind: K, doc: &'static str) -> FieldDescriptor {
    FieldDescriptor { name, kind, indexed: true, doc }
}

const fn float(min: f64, max: f64, default: f64, unit: &'static str) -> K {
    K::Float { min, max, default, unit: Name::fixed(unit) }
}

const fn required(tables: &'static [&'static str]) -> K {
    K::Ref { tables: Names::Fixed(tables), presence: Presence::Required }
}

const fn optional(tables: &'static [&'static str]) -> K {
    K::Ref { tables: Names::Fixed(tables), presence: Presence::Optional }
}

/// The first word is the default.
const fn choice(words: &'static [&'static str]) -> K {
    K::Choice { words: Names::Fixed(words) }
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
    arrange::PROJECT,
    arrange::TRACKS,
    arrange::CLIPS,
    mix::DEVICES,
    mix::SENDS,
    automation::LANES,
    timeline::TEMPO,
    timeline::SIGNATURES,
    timeline::MARKERS,
    launcher::SCENES,
    launcher::SLOTS,
    automation::MACROS,
    automation::MACRO_TARGETS,
    automation::MODULATORS,
    automation::MODULATIONS,
    scripts::SCRIPTS,
    user::TABLES,
    user::FIELDS,
    user::ITEMS,
    user::EDGES,
    user::CONFLICTS,
];
