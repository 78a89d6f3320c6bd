//! Events at full CLAP resolution: notes with ids, expressions, parameters, MIDI. `Copy`, so nothing is freed.

pub mod clap;
mod list;
pub mod midi;
pub mod mpe;

pub use list::{EventList, Events};

use protocol::ParamId;

/// Something that happens at a frame of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// When, in frames from the start of the block it is given to.
    pub frame: u32,
    /// What.
    pub kind: EventKind,
}

impl Event {
    /// An event at a frame.
    #[must_use]
    pub const fn new(frame: u32, kind: EventKind) -> Self {
        Self { frame, kind }
    }
}

/// Which notes an event is about. -1 in a field means *any*. Source: CLAP `events.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Voice {
    /// Identity of the note, chosen by who starts it; -1 when it has none.
    pub note_id: i32,
    /// Event port of the node.
    pub port: i16,
    /// 0..=15.
    pub channel: i16,
    /// 0..=127.
    pub key: i16,
}

impl Voice {
    /// Every voice: what an event for the whole node carries.
    pub const ALL: Self = Self { note_id: -1, port: -1, channel: -1, key: -1 };

    /// The voices of a key, whatever their id.
    #[must_use]
    pub const fn key(channel: i16, key: i16) -> Self {
        Self { note_id: -1, port: 0, channel, key }
    }

    /// Whether an event addressed to `self` is meant for the sounding voice `other`.
    #[must_use]
    pub const fn matches(self, other: Self) -> bool {
        const fn field(pattern: i32, value: i32) -> bool {
            pattern == -1 || value == -1 || pattern == value
        }
        field(self.note_id, other.note_id)
            && field(self.port as i32, other.port as i32)
            && field(self.channel as i32, other.channel as i32)
            && field(self.key as i32, other.key as i32)
    }
}

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    /// A note starts.
    NoteOn {
        /// The new note; key and channel are given.
        voice: Voice,
        /// 0..=1; 0 is a silent note, not a note off.
        velocity: f64,
    },
    /// Notes are let go.
    NoteOff {
        /// Which.
        voice: Voice,
        /// Release velocity, 0..=1.
        velocity: f64,
    },
    /// Notes are cut at once.
    NoteChoke {
        /// Which.
        voice: Voice,
    },
    /// From an instrument: the voice has died away.
    NoteEnd {
        /// Which.
        voice: Voice,
    },
    /// A note expression.
    Expression {
        /// Which notes.
        voice: Voice,
        /// What about them.
        expression: Expression,
        /// In the expression's unit.
        value: f64,
    },
    /// A parameter takes a value.
    Param {
        /// Which.
        param: ParamId,
        /// Whose: [`Voice::ALL`] for the node's own value.
        voice: Voice,
        /// Plain value.
        value: f64,
    },
    /// A parameter arrives at a value in a straight line from its last event. Who draws no lines takes it for a
    /// [`Param`](Self::Param).
    ParamLine {
        /// Which.
        param: ParamId,
        /// Whose: [`Voice::ALL`] for the node's own value.
        voice: Voice,
        /// Plain value.
        value: f64,
    },
    /// A parameter is offset from its value, without changing it.
    ParamMod {
        /// Which.
        param: ParamId,
        /// Whose: [`Voice::ALL`] for all.
        voice: Voice,
        /// Offset, plain.
        amount: f64,
    },
    /// Somebody takes the control of a parameter.
    GestureBegin {
        /// Which.
        param: ParamId,
    },
    /// They let go.
    GestureEnd {
        /// Which.
        param: ParamId,
    },
    /// A MIDI 1 message of up to three bytes, running status resolved.
    Midi {
        /// Event port of the node.
        port: i16,
        /// Unused trailing bytes are zero.
        data: [u8; 3],
    },
    /// A system exclusive message, F0 and F7 included; the bytes are in the list ([`Events::sysex`]).
    SysEx {
        /// Event port of the node.
        port: i16,
        /// Where the bytes are.
        bytes: SysExRef,
    },
}

impl EventKind {
    /// Whether it is about parameters of the node it is for, rather than about notes.
    #[must_use]
    pub const fn is_about_params(&self) -> bool {
        matches!(
            self,
            Self::Param { .. }
                | Self::ParamLine { .. }
                | Self::ParamMod { .. }
                | Self::GestureBegin { .. }
                | Self::GestureEnd { .. }
        )
    }
}

/// Where the bytes of a system exclusive message are within its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SysExRef {
    start: u32,
    len: u32,
}

/// A note expression and its unit. Source: CLAP `events.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// Linear gain, 0..=4; 1 is as played.
    Volume,
    /// 0 left, 0.5 centre, 1 right.
    Pan,
    /// Semitones, -120..=120.
    Tuning,
    /// 0..=1.
    Vibrato,
    /// 0..=1.
    Expression,
    /// 0..=1.
    Brightness,
    /// 0..=1.
    Pressure,
}

static_assertions::assert_impl_all!(Event: Copy, Send, Sync);
static_assertions::const_assert!(size_of::<Event>() <= 40);
