//! Automation lanes.

use protocol::{EntityId, Point, Row};

use super::view;

view!(
    /// Automation of one parameter.
    Lane, LaneId, "lanes"
);

/// What a moved control does to a lane while playback runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LaneMode {
    /// Nothing is written.
    #[default]
    Read,
    /// Writes while it is held.
    Touch,
    /// Writes from the first touch on until playback stops.
    Latch,
    /// Everything is written, from the start of playback until it stops.
    Write,
    /// The lane is neither written nor played.
    Off,
}

impl LaneMode {
    /// All of them, the default first.
    pub const ALL: [Self; 5] = [Self::Read, Self::Touch, Self::Latch, Self::Write, Self::Off];

    /// The word in files and scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Touch => "touch",
            Self::Latch => "latch",
            Self::Write => "write",
            Self::Off => "off",
        }
    }

    /// What a word means; read if it means nothing.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|mode| mode.word() == word).unwrap_or_default()
    }
}

impl<'a> Lane<'a> {
    /// Whose parameter: a track, a device or a send.
    #[must_use]
    pub fn owner(&self) -> EntityId {
        self.entity.reference("owner").unwrap_or(EntityId(0))
    }

    /// Which parameter, by key.
    #[must_use]
    pub fn param(&self) -> &'a str {
        self.entity.text("param")
    }

    /// Its points by key of the row, in no particular order of time.
    pub fn rows(&self) -> impl Iterator<Item = (u64, Point)> + use<'a> {
        self.entity.rows("points").into_iter().flatten().filter_map(|(&key, row)| match row {
            Row::Point(point) => Some((key, *point)),
            Row::Note(_) | Row::Event(_) => None,
        })
    }

    /// Its points by position.
    #[must_use]
    pub fn points(&self) -> Vec<(u64, Point)> {
        let mut points: Vec<(u64, Point)> = self.rows().collect();
        points.sort_by_key(|(key, point)| (point.at, *key));
        points
    }

    /// A key that none of its points has.
    #[must_use]
    pub fn free_key(&self) -> u64 {
        self.entity.rows("points").and_then(|rows| rows.last()).map_or(1, |(key, _)| key + 1)
    }

    /// What a moved control does while playback runs.
    #[must_use]
    pub fn mode(&self) -> LaneMode {
        LaneMode::from_word(self.entity.text("mode"))
    }

    /// Played: enabled, and not off.
    #[must_use]
    pub fn is_played(&self) -> bool {
        self.enabled() && self.mode() != LaneMode::Off
    }

    /// Played, unless its mode is off.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.entity.bool("enabled")
    }
}
