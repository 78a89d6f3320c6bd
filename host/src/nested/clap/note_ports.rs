//! `clap.note-ports`: where a plugin takes and gives notes, and in which dialects.

use clack_extensions::note_ports::{
    HostNotePortsImpl, NoteDialect, NoteDialects, NotePortInfoBuffer, NotePortRescanFlags, PluginNotePorts,
};
use clack_host::prelude::*;

use super::host::MainThread;
use crate::nested::offers::BusDirection;
use crate::nested::requests::Request;

/// A note port.
pub(super) struct NotePort {
    pub(super) dialects: NoteDialects,
    preferred: Option<NoteDialect>,
}

impl NotePort {
    /// Whether it takes notes of CLAP's.
    pub(super) fn speaks_clap(&self) -> bool {
        self.dialects.contains(NoteDialects::CLAP)
    }

    /// Whether notes go there as MPE: it takes no notes of CLAP's, and prefers MPE to plain MIDI.
    pub(super) fn wants_mpe(&self) -> bool {
        let only_mpe = !self.dialects.contains(NoteDialects::MIDI);
        !self.speaks_clap()
            && self.dialects.contains(NoteDialects::MIDI_MPE)
            && (only_mpe || self.preferred == Some(NoteDialect::MidiMpe))
    }
}

/// The input or the output ports. Main thread.
pub(super) fn read(plugin: &PluginMainThreadHandle<'_>, direction: BusDirection) -> Vec<NotePort> {
    let Some(extension) = plugin.get_extension::<PluginNotePorts>() else { return Vec::new() };
    let is_input = direction == BusDirection::Input;
    let mut buffer = NotePortInfoBuffer::new();
    (0..extension.count(plugin, is_input).min(MAX_PORTS))
        .map(|index| {
            let info = extension.get(plugin, index, is_input, &mut buffer);
            let clap = NotePort { dialects: NoteDialects::CLAP, preferred: None };
            info.map_or(clap, |info| NotePort {
                dialects: info.supported_dialects,
                preferred: info.preferred_dialect,
            })
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
