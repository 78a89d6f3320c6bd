//! `clap.note-ports`: where a plugin takes and gives notes, and in which dialects.

use clack_extensions::note_ports::{
    HostNotePortsImpl, NoteDialects, NotePortInfoBuffer, NotePortRescanFlags, PluginNotePorts,
};
use clack_host::prelude::*;

use super::host::MainThread;
use crate::nested::offers::BusDirection;
use crate::nested::requests::Request;

/// The dialects of each input or output port. Main thread.
pub(super) fn read(plugin: &PluginMainThreadHandle<'_>, direction: BusDirection) -> Vec<NoteDialects> {
    let Some(extension) = plugin.get_extension::<PluginNotePorts>() else { return Vec::new() };
    let is_input = direction == BusDirection::Input;
    let mut buffer = NotePortInfoBuffer::new();
    (0..extension.count(plugin, is_input).min(MAX_PORTS))
        .map(|index| {
            let info = extension.get(plugin, index, is_input, &mut buffer);
            info.map_or(NoteDialects::CLAP, |info| info.supported_dialects)
        })
        .collect()
}

/// More ports than this are a mistake of the plugin.
const MAX_PORTS: u32 = 256;

impl HostNotePortsImpl for MainThread {
    fn supported_dialects(&self) -> NoteDialects {
        NoteDialects::CLAP | NoteDialects::MIDI | NoteDialects::MIDI_MPE
    }

    fn rescan(&self, flags: NotePortRescanFlags) {
        if self.0.check_main_thread("note_ports.rescan") && flags.contains(NotePortRescanFlags::ALL) {
            self.0.requests.raise(Request::PortsChanged);
        }
    }
}
