//! Events on their way into a plugin: at full resolution where it speaks CLAP's dialect, as MIDI where it does not.

use clack_extensions::note_ports::NoteDialects;
use clack_host::events::UnknownEvent;
use clack_host::events::event_types::{MidiEvent, MidiSysExEvent, ParamModEvent};
use clack_host::events::io::InputEventBuffer;

use super::note_ports::NotePort;
use super::one_per_key::OnePerKey;
use super::param_table::{ParamTable, value_event};
use crate::automation::Step;
use crate::event::clap::{ClapEvent, pckn};
use crate::event::mpe::{MpeReader, MpeWriter};
use crate::event::{Event, EventKind, EventList, Events, Voice, midi};
use crate::math::{to_u32, to_usize};

/// The events of one block in CLAP's form. Allocates when made, never after.
pub(super) struct EventsIn {
    queue: Queue,
    ports: Box<[Port]>,
    keys: OnePerKey,
    /// Events that the plugin's dialects have no words for.
    unsaid: u32,
}

/// What the plugin reads.
struct Queue {
    events: Vec<ClapEvent>,
    dropped: u32,
}

/// A note input of the plugin.
struct Port {
    dialects: NoteDialects,
    /// Makes note events of MIDI for a plugin that takes none.
    reader: MpeReader,
    /// For a plugin that wants a channel for each note.
    writer: Option<Box<MpeWriter>>,
}

impl Port {
    fn speaks_midi(&self) -> bool {
        self.dialects.intersects(NoteDialects::MIDI | NoteDialects::MIDI_MPE)
    }
}

impl InputEventBuffer for EventsIn {
    fn len(&self) -> u32 {
        to_u32(self.queue.events.len())
    }

    fn get(&self, index: u32) -> Option<&UnknownEvent> {
        self.queue.events.get(to_usize(index)).map(ClapEvent::as_unknown)
    }
}

impl EventsIn {
    /// For a plugin with these note inputs, and so many parameters.
    pub(super) fn new(ports: &[NotePort], params: usize) -> Self {
        // An effect only gets steps of its parameters, of all of them in the worst case.
        let most = EventList::DEFAULT_CAPACITY + params;
        let capacity = if ports.is_empty() { (128 + Step::MOST * params).min(most) } else { most };
        let port = |port: &NotePort| Port {
            dialects: port.dialects,
            reader: MpeReader::default(),
            writer: port.wants_mpe().then(Box::default),
        };
        Self {
            queue: Queue { events: Vec::with_capacity(capacity), dropped: 0 },
            ports: ports.iter().map(port).collect(),
            keys: OnePerKey::new(),
            unsaid: 0,
        }
    }

    /// Replaces the content by the waiting parameter values and the events of a block, with one note at most on a key at a
    /// time, if that is so of the plugin.
    ///
    /// # Real-time
    /// Linear in the events.
    #[inline]
    pub(super) fn fill(&mut self, events: Events<'_>, params: &mut ParamTable, one_per_key: bool) {
        self.queue.events.clear();
        params.take_waiting(|event| self.queue.push(ClapEvent::Value(event)));
        for event in events.iter() {
            self.convert(*event, events, params, one_per_key);
        }
    }

    /// Forgets the events; their system exclusive bytes are only borrowed for the block.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.queue.events.clear();
    }

    /// Forgets what sounds.
    pub(super) fn reset(&mut self) {
        self.keys.reset();
        for port in &mut self.ports {
            port.reader = MpeReader::default();
            if let Some(writer) = &mut port.writer {
                writer.reset();
            }
        }
    }

    /// How many events did not fit since this was last asked.
    pub(super) fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.queue.dropped)
    }

    /// How many events the plugin's dialects had no words for since this was last asked.
    pub(super) fn take_unsaid(&mut self) -> u32 {
        std::mem::take(&mut self.unsaid)
    }

    fn convert(&mut self, event: Event, events: Events<'_>, params: &ParamTable, one_per_key: bool) {
        let frame = event.frame;
        match event.kind {
            EventKind::Param { param, voice, value } | EventKind::ParamLine { param, voice, value } => {
                let Some(entry) = params.get(param) else { return };
                let Some(value) = entry.legal(value) else { return };
                self.queue.push(ClapEvent::Value(value_event(frame, entry, pckn(voice), value)));
            }
            EventKind::ParamMod { param, voice, amount } => {
                let Some(entry) = params.get(param) else { return };
                self.queue.push(ClapEvent::Modulation(ParamModEvent::new(
                    frame,
                    entry.id,
                    pckn(voice),
                    amount,
                )));
            }
            // Hands on our controls are none of the plugin's business; note ends only ever come out of one.
            EventKind::GestureBegin { .. } | EventKind::GestureEnd { .. } | EventKind::NoteEnd { .. } => {}
            EventKind::Midi { port, data } => self.midi(frame, port, data),
            EventKind::SysEx { port, bytes } => self.sysex(frame, port, events.sysex(bytes)),
            kind if one_per_key => {
                let (before, is_said) = self.keys.admit(kind);
                if let Some(voice) = before {
                    self.note(frame, EventKind::NoteOff { voice, velocity: 0.0 });
                }
                if is_said {
                    self.note(frame, kind);
                }
            }
            kind => self.note(frame, kind),
        }
    }

    /// The port of the plugin for a port of the node.
    fn port(&self, port: i16) -> Option<u16> {
        let index =
            u16::try_from(port).ok().filter(|&index| usize::from(index) < self.ports.len()).unwrap_or(0);
        (usize::from(index) < self.ports.len()).then_some(index)
    }

    fn note(&mut self, frame: u32, kind: EventKind) {
        let (EventKind::NoteOn { voice, .. }
        | EventKind::NoteOff { voice, .. }
        | EventKind::NoteChoke { voice }
        | EventKind::Expression { voice, .. }) = kind
        else {
            return;
        };
        let Some(index) = self.port(voice.port) else { return };
        let Self { ports, queue, .. } = self;
        let port = &mut ports[usize::from(index)];
        let said = if port.dialects.contains(NoteDialects::CLAP) {
            let number = if voice.port < 0 { voice.port } else { i16::try_from(index).unwrap_or(0) };
            queue.push_note(frame, Voice { port: number, ..voice }, kind);
            true
        } else if let Some(writer) = &mut port.writer {
            writer.write(kind, |data| queue.push(ClapEvent::Midi(MidiEvent::new(frame, index, data))))
        } else if port.speaks_midi() {
            let message = midi::from_note(kind);
            message.map(|data| queue.push(ClapEvent::Midi(MidiEvent::new(frame, index, data)))).is_some()
        } else {
            false
        };
        self.unsaid += u32::from(!said);
    }

    fn midi(&mut self, frame: u32, port: i16, data: [u8; 3]) {
        let Some(index) = self.port(port) else { return };
        let Self { ports, queue, .. } = self;
        let port = &mut ports[usize::from(index)];
        if port.speaks_midi() {
            queue.push(ClapEvent::Midi(MidiEvent::new(frame, index, data)));
        } else {
            let number = i16::try_from(index).unwrap_or(0);
            let said = port.reader.read(data, number, |kind| {
                if let EventKind::NoteOn { voice, .. }
                | EventKind::NoteOff { voice, .. }
                | EventKind::NoteChoke { voice }
                | EventKind::Expression { voice, .. } = kind
                {
                    queue.push_note(frame, voice, kind);
                }
            });
            self.unsaid += u32::from(!said);
        }
    }

    #[expect(unsafe_code, reason = "the bytes of the event are borrowed without a lifetime")]
    fn sysex(&mut self, frame: u32, port: i16, bytes: &[u8]) {
        let Some(index) = self.port(port) else { return };
        if self.ports[usize::from(index)].speaks_midi() {
            // SAFETY: `bytes` outlives the block, and the events are cleared before the block ends.
            self.queue.push(ClapEvent::SysEx(unsafe { MidiSysExEvent::new(frame, index, bytes) }));
        } else {
            self.unsaid += 1;
        }
    }
}

impl Queue {
    fn push(&mut self, event: ClapEvent) {
        if self.events.len() < self.events.capacity() {
            self.events.push(event);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn push_note(&mut self, frame: u32, voice: Voice, kind: EventKind) {
        if let Some(event) = ClapEvent::note(frame, voice, kind) {
            self.push(event);
        }
    }
}
