//! Sends.

use super::{DeviceId, Lane, TrackId, view};

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

    /// The device on its track whose extra output it takes, and which output, from 1. `None` for the track's own sound.
    #[must_use]
    pub fn output(&self) -> Option<(DeviceId, u16)> {
        self.bus("device", "output")
    }

    /// The device on its target whose extra input hears it, and which input, from 1. `None` for where audio enters the
    /// target.
    #[must_use]
    pub fn input(&self) -> Option<(DeviceId, u16)> {
        self.bus("target_device", "input")
    }

    fn bus(&self, device: &'static str, bus: &'static str) -> Option<(DeviceId, u16)> {
        let bus = u16::try_from(self.entity.int(bus)).ok().filter(|bus| *bus > 0)?;
        // Of a device that is gone, no device has this id.
        Some((DeviceId(self.entity.reference(device).unwrap_or(protocol::EntityId(0))), bus))
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
