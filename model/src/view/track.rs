//! Tracks.

use protocol::BlobHash;

use super::{Clip, ClipId, Device, DeviceId, Lane, Send, SendId, view};

view!(
    /// A channel of the mixer.
    Track, TrackId, "tracks"
);

/// What a track is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// Plays audio clips.
    Audio,
    /// Plays note clips through an instrument.
    Instrument,
    /// Sums other tracks.
    Bus,
    /// The end of the mixer; there is one.
    Master,
}

impl TrackKind {
    /// The word in files and scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Instrument => "instrument",
            Self::Bus => "bus",
            Self::Master => "master",
        }
    }
}

/// Whether the notes at the end of a track's chain go on to the outer host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteOutput {
    /// If it is an instrument track without devices.
    Auto,
    /// Always.
    Host,
    /// Never.
    None,
}

impl NoteOutput {
    /// The word in files and scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Host => "host",
            Self::None => "none",
        }
    }
}

/// Live audio of the outer host or the hardware, such as a track hears while armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackInput {
    /// None.
    None,
    /// The main input of the plugin or the hardware.
    Main,
    /// The sidechain input.
    Sidechain,
}

impl TrackInput {
    /// The input that a word names; none if it names none.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "main" => Self::Main,
            "sidechain" => Self::Sidechain,
            _ => Self::None,
        }
    }

    /// Which input of the outer host it is.
    #[must_use]
    pub const fn bus(self) -> Option<u16> {
        match self {
            Self::None => None,
            Self::Main => Some(0),
            Self::Sidechain => Some(1),
        }
    }

    /// The word in files and scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Main => "main",
            Self::Sidechain => "sidechain",
        }
    }
}

impl<'a> Track<'a> {
    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> TrackKind {
        match self.entity.text("kind") {
            "instrument" => TrackKind::Instrument,
            "bus" => TrackKind::Bus,
            "master" => TrackKind::Master,
            _ => TrackKind::Audio,
        }
    }

    /// 0xRRGGBB.
    #[must_use]
    pub fn color(&self) -> u32 {
        u32::try_from(self.entity.int("color")).unwrap_or(0)
    }

    /// Place in the track list, ascending.
    #[must_use]
    pub fn order(&self) -> f64 {
        self.entity.float("order")
    }

    /// Fader, in decibels; -90 is silence.
    #[must_use]
    pub fn volume_db(&self) -> f64 {
        self.entity.float("volume_db")
    }

    /// Balance, -1..=1.
    #[must_use]
    pub fn pan(&self) -> f64 {
        self.entity.float("pan")
    }

    /// Silenced.
    #[must_use]
    pub fn mute(&self) -> bool {
        self.entity.bool("mute")
    }

    /// Heard alone with the other soloed tracks.
    #[must_use]
    pub fn solo(&self) -> bool {
        self.entity.bool("solo")
    }

    /// Hears live notes or input.
    #[must_use]
    pub fn armed(&self) -> bool {
        self.entity.bool("armed")
    }

    /// The bus it feeds; `None` for the master.
    #[must_use]
    pub fn output(&self) -> Option<TrackId> {
        self.entity.reference("output").map(TrackId)
    }

    /// 0 to feed [`output`](Self::output), 1..=31 for an extra output of the outer host or of an audio device.
    #[must_use]
    pub fn output_bus(&self) -> u16 {
        u16::try_from(self.entity.int("output_bus")).unwrap_or(0)
    }

    /// Live audio that it hears while armed, unless that is an extra input ([`input_bus`](Self::input_bus)).
    #[must_use]
    pub fn input(&self) -> TrackInput {
        TrackInput::from_word(self.entity.text("input"))
    }

    /// Which input of the outer host or of an audio device it hears while armed: 0 is the main one, 1 the sidechain,
    /// 2..=31 are extra ones.
    #[must_use]
    pub fn input_bus(&self) -> Option<u16> {
        match u16::try_from(self.entity.int("input_bus")) {
            Ok(bus) if bus > 0 => Some(bus),
            _ => self.input().bus(),
        }
    }

    /// The one channel of the input that it hears, in mono, from 0 to 63; `None` for all.
    #[must_use]
    pub fn input_channel(&self) -> Option<u16> {
        u16::try_from(self.entity.int("input_channel")).ok()?.checked_sub(1)
    }

    /// Whether the notes at the end of its chain go on to the outer host.
    #[must_use]
    pub fn note_output(&self) -> NoteOutput {
        match self.entity.text("note_output") {
            "host" => NoteOutput::Host,
            "none" => NoteOutput::None,
            _ => NoteOutput::Auto,
        }
    }

    /// Whether it can be frozen: it has clips and devices of its own.
    #[must_use]
    pub fn can_freeze(&self) -> bool {
        matches!(self.kind(), TrackKind::Audio | TrackKind::Instrument)
    }

    /// The audio that is played in place of its clips and devices while it is frozen.
    #[must_use]
    pub fn frozen(&self) -> Option<BlobHash> {
        self.entity.blob("frozen").filter(|_| self.can_freeze())
    }

    /// The fingerprint of what [`frozen`](Self::frozen) was rendered from, in hexadecimal digits.
    #[must_use]
    pub fn frozen_of(&self) -> &'a str {
        self.entity.text("frozen_of")
    }

    /// Its clips, by start.
    pub fn clips(&self) -> impl Iterator<Item = Clip<'a>> + use<'a> {
        let project = self.project;
        project.referring(self.id.0, "clips", "track").filter_map(|id| project.clip(ClipId(id)))
    }

    /// Its devices, in order.
    pub fn devices(&self) -> impl Iterator<Item = Device<'a>> + use<'a> {
        let project = self.project;
        project.referring(self.id.0, "devices", "track").filter_map(|id| project.device(DeviceId(id)))
    }

    /// Its sends, in order.
    pub fn sends(&self) -> impl Iterator<Item = Send<'a>> + use<'a> {
        let project = self.project;
        project.referring(self.id.0, "sends", "track").filter_map(|id| project.send(SendId(id)))
    }

    /// The lanes of its own parameters: volume, pan, mute.
    pub fn lanes(&self) -> impl Iterator<Item = Lane<'a>> + use<'a> {
        self.project.lanes_of(self.id.0)
    }
}
