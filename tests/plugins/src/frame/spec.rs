//! What a plugin says about itself.

use std::ffi::CStr;

use clack_extensions::note_ports::NoteDialects;

/// A plugin's description.
#[derive(Clone, Copy)]
pub struct Spec {
    /// The end of its identifier, after `org.loophole.test.`.
    pub key: &'static str,
    /// What a person reads.
    pub name: &'static str,
    /// CLAP features.
    pub features: &'static [&'static CStr],
    /// Audio inputs.
    pub inputs: &'static [Port],
    /// Audio outputs.
    pub outputs: &'static [Port],
    /// The dialects of the note input; none without one.
    pub notes_in: NoteDialects,
    /// The dialects of the note output; none without one.
    pub notes_out: NoteDialects,
    /// Parameters.
    pub params: &'static [Param],
    /// Whether it has a window.
    pub window: bool,
    /// Whether it has what [`studio`](crate::plugins::studio) shows: presets, pages, menus, layouts, and so on.
    pub offers: bool,
    /// Whether its ports are activated while it runs. Only with offers.
    pub live_ports: bool,
    /// The sets of audio ports that it can have. One that [offers](Self::offers) and has none can be asked for channels.
    pub layouts: &'static [Layout],
    /// Whether it keeps state, rather than leaving that to the host.
    pub stateful: bool,
}

/// An effect from stereo to stereo without parameters: what most plugins differ little from.
pub const EFFECT: Spec = Spec {
    key: "",
    name: "",
    features: &[c"audio-effect", c"stereo"],
    inputs: &[Port::STEREO],
    outputs: &[Port::STEREO],
    notes_in: NoteDialects::empty(),
    notes_out: NoteDialects::empty(),
    params: &[],
    window: false,
    offers: false,
    live_ports: false,
    layouts: &[],
    stateful: true,
};

impl Spec {
    /// An effect from stereo to stereo.
    #[must_use]
    pub const fn effect(key: &'static str, name: &'static str, params: &'static [Param]) -> Self {
        Self { key, name, params, ..EFFECT }
    }
}

/// An audio port.
#[derive(Clone, Copy)]
pub struct Port {
    /// What a person reads.
    pub name: &'static str,
    /// Channels.
    pub channels: u32,
    /// What they are.
    pub kind: PortKind,
}

/// A set of audio ports.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Stable id; not zero.
    pub id: u32,
    /// What a person reads.
    pub name: &'static str,
    /// Audio inputs.
    pub inputs: &'static [Port],
    /// Audio outputs.
    pub outputs: &'static [Port],
}

/// What the channels of a port are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PortKind {
    /// As their number says.
    Plain,
    /// One for each loudspeaker of 5.1.
    Surround,
    /// A sound field.
    Ambisonic,
}

impl Port {
    /// The usual one.
    pub const STEREO: Self = Self::new("Main", 2);
    /// One channel.
    pub const MONO: Self = Self::new("Mono", 1);

    /// A port.
    #[must_use]
    pub const fn new(name: &'static str, channels: u32) -> Self {
        Self { name, channels, kind: PortKind::Plain }
    }
}

/// A parameter.
#[derive(Clone, Copy)]
pub struct Param {
    /// Stable id.
    pub id: u32,
    /// What a person reads.
    pub name: &'static str,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Initial value.
    pub default: f64,
    /// Whether values are whole numbers.
    pub stepped: bool,
    /// Whether only the plugin sets it.
    pub read_only: bool,
    /// Writes a value.
    pub text: fn(f64) -> String,
}

impl Param {
    /// A continuous parameter.
    #[must_use]
    pub const fn new(
        id: u32,
        name: &'static str,
        range: (f64, f64),
        default: f64,
        text: fn(f64) -> String,
    ) -> Self {
        Self { id, name, min: range.0, max: range.1, default, stepped: false, read_only: false, text }
    }

    /// A whole number.
    #[must_use]
    pub const fn stepped(id: u32, name: &'static str, range: (f64, f64), default: f64) -> Self {
        Self { stepped: true, ..Self::new(id, name, range, default, plain) }
    }

    /// Something that the plugin tells.
    #[must_use]
    pub const fn told(id: u32, name: &'static str) -> Self {
        Self { read_only: true, ..Self::new(id, name, (-1e12, 1e12), 0.0, plain) }
    }
}

/// A number as it is.
#[must_use]
pub fn plain(value: f64) -> String {
    format!("{value}")
}

/// A fraction in per cent.
#[must_use]
pub fn percent(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}
