//! Programs, volumes and pans of channels over time.

use std::collections::HashMap;

use protocol::{Beats, MidiMessage};

/// A setting of a channel that becomes part of a track.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Setting {
    Program,
    Bank,
    Volume,
    Pan,
}

impl Setting {
    /// Whether a message changes it.
    pub(super) fn is_set_by(self, message: MidiMessage) -> bool {
        match message {
            MidiMessage::Program(_) => self == Self::Program,
            MidiMessage::Controller { number: 0, .. } => self == Self::Bank,
            MidiMessage::Controller { number: 7, .. } => self == Self::Volume,
            MidiMessage::Controller { number: 10, .. } => self == Self::Pan,
            _ => false,
        }
    }
}

/// A change of a setting, in file order.
pub(super) struct Change {
    pub(super) track: usize,
    pub(super) channel: u8,
    pub(super) at: Beats,
    pub(super) setting: Setting,
    pub(super) value: u8,
}

/// Settings over time, to be asked by position.
pub(super) struct Settings {
    by_track: HashMap<(usize, u8, Setting), Vec<(Beats, u8)>>,
    by_channel: HashMap<(u8, Setting), Vec<(Beats, u8)>>,
}

impl Settings {
    pub(super) fn new(changes: &[Change]) -> Self {
        let mut settings = Self { by_track: HashMap::new(), by_channel: HashMap::new() };
        for Change { track, channel, at, setting, value } in changes {
            settings.by_track.entry((*track, *channel, *setting)).or_default().push((*at, *value));
            settings.by_channel.entry((*channel, *setting)).or_default().push((*at, *value));
        }
        // Within a track the file is in order; across tracks it is not.
        settings.by_channel.values_mut().for_each(|values| values.sort_by_key(|(at, _)| *at));
        settings
    }

    /// The value in force at a position: the track's own, or else any track's on that channel.
    pub(super) fn in_force(&self, track: usize, channel: u8, setting: Setting, at: Beats) -> Option<u8> {
        let last = |values: &Vec<(Beats, u8)>| {
            let end = values.partition_point(|(changed, _)| *changed <= at);
            values[..end].last().map(|(_, value)| *value)
        };
        let own = self.by_track.get(&(track, channel, setting)).and_then(last);
        own.or_else(|| self.by_channel.get(&(channel, setting)).and_then(last))
    }
}
