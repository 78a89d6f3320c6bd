//! Clips.

use protocol::{Beats, BlobHash, MidiEvent, Note, Row};

use super::{TrackId, view};

view!(
    /// A stretch of notes or audio on the timeline.
    Clip, ClipId, "clips"
);

/// What a clip holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClipKind {
    /// Notes.
    Notes,
    /// Audio.
    Audio,
}

impl ClipKind {
    /// The word in files and scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notes => "notes",
            Self::Audio => "audio",
        }
    }
}

impl<'a> Clip<'a> {
    /// Where it lies.
    #[must_use]
    pub fn track(&self) -> TrackId {
        TrackId(self.entity.reference("track").unwrap_or(protocol::EntityId(0)))
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> ClipKind {
        if self.entity.text("kind") == "audio" { ClipKind::Audio } else { ClipKind::Notes }
    }

    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// 0xRRGGBB: its own, or its track's.
    #[must_use]
    pub fn color(&self) -> u32 {
        let own = u32::try_from(self.entity.int("color")).ok();
        own.or_else(|| self.project.track(self.track()).map(|track| track.color())).unwrap_or(0)
    }

    /// Where it starts on the timeline.
    #[must_use]
    pub fn start(&self) -> Beats {
        self.entity.beats("start")
    }

    /// How long it plays.
    #[must_use]
    pub fn length(&self) -> Beats {
        self.entity.beats("length")
    }

    /// Where it ends on the timeline.
    #[must_use]
    pub fn end(&self) -> Beats {
        self.start() + self.length()
    }

    /// Where in its notes it begins.
    #[must_use]
    pub fn offset(&self) -> Beats {
        self.entity.beats("offset")
    }

    /// Its notes repeat with this period.
    #[must_use]
    pub fn loop_length(&self) -> Option<Beats> {
        self.entity.optional_beats("loop_length")
    }

    /// Not played.
    #[must_use]
    pub fn muted(&self) -> bool {
        self.entity.bool("muted")
    }

    /// Played on the timeline; otherwise only from the launcher's slots.
    #[must_use]
    pub fn arranged(&self) -> bool {
        self.entity.bool("arranged")
    }

    /// Its notes by key of the row, relative to the start of the content.
    pub fn notes(&self) -> impl Iterator<Item = (u64, Note)> + use<'a> {
        self.entity.rows("notes").into_iter().flatten().filter_map(|(&key, row)| match row {
            Row::Note(note) => Some((key, *note)),
            Row::Point(_) | Row::Event(_) => None,
        })
    }

    /// Its MIDI messages beside the notes by key of the row, relative to the start of the content.
    pub fn events(&self) -> impl Iterator<Item = (u64, MidiEvent)> + use<'a> {
        self.entity.rows("events").into_iter().flatten().filter_map(|(&key, row)| match row {
            Row::Event(event) => Some((key, *event)),
            Row::Note(_) | Row::Point(_) => None,
        })
    }

    /// How many notes it has.
    #[must_use]
    pub fn note_count(&self) -> usize {
        self.entity.rows("notes").map_or(0, rpds::RedBlackTreeMapSync::size)
    }

    /// A key that none of its notes has.
    #[must_use]
    pub fn free_key(&self) -> u64 {
        self.entity.rows("notes").and_then(|rows| rows.last()).map_or(1, |(key, _)| key + 1)
    }

    /// Its audio: a WAV blob.
    #[must_use]
    pub fn media(&self) -> Option<BlobHash> {
        self.entity.blob("media")
    }

    /// Where in its audio it begins, in seconds.
    #[must_use]
    pub fn offset_secs(&self) -> f64 {
        self.entity.float("offset_secs")
    }

    /// Level of its audio, in decibels.
    #[must_use]
    pub fn gain_db(&self) -> f64 {
        self.entity.float("gain_db")
    }

    /// Fade-in, in seconds.
    #[must_use]
    pub fn fade_in_secs(&self) -> f64 {
        self.entity.float("fade_in_secs")
    }

    /// Fade-out, in seconds.
    #[must_use]
    pub fn fade_out_secs(&self) -> f64 {
        self.entity.float("fade_out_secs")
    }
}
