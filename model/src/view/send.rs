//! Sends.

use super::{Lane, TrackId, view};

view!(
    /// A part of a track's sound sent to a bus.
    Send, SendId, "sends"
);

impl<'a> Send<'a> {
    /// Where it comes from.
    #[must_use]
    pub fn track(&self) -> TrackId {
        TrackId(self.entity.reference("track").unwrap_or(protocol::EntityId(0)))
    }

    /// The bus it goes to.
    #[must_use]
    pub fn target(&self) -> TrackId {
        TrackId(self.entity.reference("target").unwrap_or(protocol::EntityId(0)))
    }

    /// Place among the sends, ascending.
    #[must_use]
    pub fn order(&self) -> f64 {
        self.entity.float("order")
    }

    /// Level, in decibels; -90 is silence.
    #[must_use]
    pub fn level_db(&self) -> f64 {
        self.entity.float("level_db")
    }

    /// Taken before the fader.
    #[must_use]
    pub fn pre_fader(&self) -> bool {
        self.entity.bool("pre_fader")
    }

    /// Heard.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.entity.bool("enabled")
    }

    /// The lanes of its level.
    pub fn lanes(&self) -> impl Iterator<Item = Lane<'a>> + use<'a> {
        self.project.lanes_of(self.id.0)
    }
}
