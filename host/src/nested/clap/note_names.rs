//! `clap.note-name`: what a plugin calls its keys.

use clack_extensions::note_name::{HostNoteNameImpl, NoteNameBuffer, PluginNoteName};
use clack_host::events::Match;
use clack_host::prelude::*;
use protocol::plugin::NoteName;

use super::host::MainThread;
use crate::math::to_u32;
use crate::nested::requests::Request;

/// More names than this are a mistake of the plugin: one for each key of each channel of a few ports.
const MAX_NAMES: usize = 16_384;

/// All names. Main thread.
pub(super) fn list(plugin: &PluginMainThreadHandle<'_>) -> Vec<NoteName> {
    let Some(extension) = plugin.get_extension::<PluginNoteName>() else { return Vec::new() };
    let mut buffer = NoteNameBuffer::new();
    let mut names = Vec::new();
    for index in 0..extension.count(plugin).min(MAX_NAMES) {
        if let Some(name) = extension.get(plugin, to_u32(index), &mut buffer) {
            names.push(NoteName {
                name: String::from_utf8_lossy(name.name).into_owned(),
                port: specific(name.port),
                channel: specific(name.channel),
                key: specific(name.key),
            });
        }
    }
    names
}

fn specific(value: Match<u16>) -> Option<u16> {
    match value {
        Match::Specific(value) => Some(value),
        Match::All => None,
    }
}

impl HostNoteNameImpl for MainThread {
    fn changed(&self) {
        if self.0.check_main_thread("note_name.changed") {
            self.0.requests.raise(Request::NoteNamesChanged);
        }
    }
}
