//! Events on their way into a plugin: at full resolution where it speaks CLAP's dialect, as MIDI where it does not.

use clack_extensions::note_ports::NoteDialects;
use clack_host::events::event_types::{
    MidiEvent, MidiSysExEvent, NoteChokeEvent, NoteExpressionEvent, NoteExpressionType, NoteOffEvent,
    NoteOnEvent, ParamModEvent, ParamValueEvent,
};
use clack_host::events::io::InputEventBuffer;
use clack_host::events::{Event as _, Pckn, UnknownEvent};

use super::param_table::{ParamTable, value_event};
use crate::event::{Event, EventKind, Events, Expression, Voice};
use crate::math::{to_u32, to_usize};

/// How many semitones a MIDI pitch bend spans to each side, where nothing else was agreed on.
const BEND_SEMITONES: f64 = 2.0;

/// The events of one block in CLAP's form. Allocates when made, never after.
pub(super) struct EventsIn {
    events: Vec<ClapEvent>,
    ports: Box<[NoteDialects]>,
    dropped: u32,
}

enum ClapEvent {
    NoteOn(NoteOnEvent),
    NoteOff(NoteOffEvent),
    NoteChoke(NoteChokeEvent),
    Expression(NoteExpressionEvent),
    Value(ParamValueEvent),
    Modulation(ParamModEvent),
    Midi(MidiEvent),
    SysEx(MidiSysExEvent),
}

impl InputEventBuffer for EventsIn {
    fn len(&self) -> u32 {
        to_u32(self.events.len())
    }

    fn get(&self, index: u32) -> Option<&UnknownEvent> {
        Some(match self.events.get(to_usize(index))? {
            ClapEvent::NoteOn(event) => event.as_unknown(),
            ClapEvent::NoteOff(event) => event.as_unknown(),
            ClapEvent::NoteChoke(event) => event.as_unknown(),
            ClapEvent::Expression(event) => event.as_unknown(),
            ClapEvent::Value(event) => event.as_unknown(),
            ClapEvent::Modulation(event) => event.as_unknown(),
            ClapEvent::Midi(event) => event.as_unknown(),
            ClapEvent::SysEx(event) => event.as_unknown(),
        })
    }
}

impl EventsIn {
    /// For a plugin with these note inputs.
    pub(super) fn new(ports: &[NoteDialects], capacity: usize) -> Self {
        Self { events: Vec::with_capacity(capacity), ports: ports.into(), dropped: 0 }
    }

    /// Replaces the content by the waiting parameter values and the events of a block.
    ///
    /// # Real-time
    /// Linear in the events.
    #[inline]
    pub(super) fn fill(&mut self, events: Events<'_>, params: &mut ParamTable) {
        self.events.clear();
        params.take_waiting(|event| self.push(ClapEvent::Value(event)));
        for event in events.iter() {
            self.convert(*event, events, params);
        }
    }

    /// Forgets the events; their system exclusive bytes are only borrowed for the block.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.events.clear();
    }

    /// How many events did not fit since this was last asked.
    pub(super) fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.dropped)
    }

    fn push(&mut self, event: ClapEvent) {
        if self.events.len() < self.events.capacity() {
            self.events.push(event);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn convert(&mut self, event: Event, events: Events<'_>, params: &ParamTable) {
        let frame = event.frame;
        match event.kind {
            EventKind::Param { param, voice, value } => {
                let Some(entry) = params.get(param) else { return };
                let Some(value) = entry.legal(value) else { return };
                self.push(ClapEvent::Value(value_event(frame, entry, pckn(voice), value)));
            }
            EventKind::ParamMod { param, voice, amount } => {
                let Some(entry) = params.get(param) else { return };
                self.push(ClapEvent::Modulation(ParamModEvent::new(frame, entry.id, pckn(voice), amount)));
            }
            // Hands on our controls are none of the plugin's business; note ends only ever come out of one.
            EventKind::GestureBegin { .. } | EventKind::GestureEnd { .. } | EventKind::NoteEnd { .. } => {}
            EventKind::Midi { port, data } => self.midi(frame, port, data),
            EventKind::SysEx { port, bytes } => self.sysex(frame, port, events.sysex(bytes)),
            kind => self.note(frame, kind),
        }
    }

    /// The port of the plugin for a port of the node, and the dialects it takes.
    fn port(&self, port: i16) -> Option<(u16, NoteDialects)> {
        let index =
            u16::try_from(port).ok().filter(|&index| usize::from(index) < self.ports.len()).unwrap_or(0);
        self.ports.get(usize::from(index)).map(|dialects| (index, *dialects))
    }

    fn note(&mut self, frame: u32, kind: EventKind) {
        let (EventKind::NoteOn { voice, .. }
        | EventKind::NoteOff { voice, .. }
        | EventKind::NoteChoke { voice }
        | EventKind::Expression { voice, .. }) = kind
        else {
            return;
        };
        let Some((port, dialects)) = self.port(voice.port) else { return };
        if dialects.contains(NoteDialects::CLAP) {
            let port = if voice.port < 0 { voice.port } else { i16::try_from(port).unwrap_or(0) };
            self.clap_note(frame, Voice { port, ..voice }, kind);
        } else if dialects.intersects(NoteDialects::MIDI | NoteDialects::MIDI_MPE)
            && let Some(data) = midi_of(kind)
        {
            self.push(ClapEvent::Midi(MidiEvent::new(frame, port, data)));
        }
    }

    fn clap_note(&mut self, frame: u32, voice: Voice, kind: EventKind) {
        let to = pckn(voice);
        self.push(match kind {
            EventKind::NoteOn { velocity, .. } => ClapEvent::NoteOn(NoteOnEvent::new(frame, to, velocity)),
            EventKind::NoteOff { velocity, .. } => ClapEvent::NoteOff(NoteOffEvent::new(frame, to, velocity)),
            EventKind::NoteChoke { .. } => ClapEvent::NoteChoke(NoteChokeEvent::new(frame, to)),
            EventKind::Expression { expression, value, .. } => {
                ClapEvent::Expression(NoteExpressionEvent::new(frame, to, expression_type(expression), value))
            }
            _ => return,
        });
    }

    fn midi(&mut self, frame: u32, port: i16, data: [u8; 3]) {
        let Some((index, dialects)) = self.port(port) else { return };
        if dialects.intersects(NoteDialects::MIDI | NoteDialects::MIDI_MPE) {
            self.push(ClapEvent::Midi(MidiEvent::new(frame, index, data)));
        } else if dialects.contains(NoteDialects::CLAP)
            && let Some((voice, kind)) = note_of_midi(data, i16::try_from(index).unwrap_or(0))
        {
            self.clap_note(frame, voice, kind);
        }
    }

    #[expect(unsafe_code, reason = "the bytes of the event are borrowed without a lifetime")]
    fn sysex(&mut self, frame: u32, port: i16, bytes: &[u8]) {
        let Some((index, dialects)) = self.port(port) else { return };
        if dialects.intersects(NoteDialects::MIDI | NoteDialects::MIDI_MPE) {
            // SAFETY: `bytes` outlives the block, and the events are cleared before the block ends.
            self.push(ClapEvent::SysEx(unsafe { MidiSysExEvent::new(frame, index, bytes) }));
        }
    }
}

fn pckn(voice: Voice) -> Pckn {
    Pckn::from_raw(voice.port, voice.channel, voice.key, voice.note_id)
}

const fn expression_type(expression: Expression) -> NoteExpressionType {
    match expression {
        Expression::Volume => NoteExpressionType::Volume,
        Expression::Pan => NoteExpressionType::Pan,
        Expression::Tuning => NoteExpressionType::Tuning,
        Expression::Vibrato => NoteExpressionType::Vibrato,
        Expression::Expression => NoteExpressionType::Expression,
        Expression::Brightness => NoteExpressionType::Brightness,
        Expression::Pressure => NoteExpressionType::Pressure,
    }
}

/// A MIDI value of seven bits from 0..=1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=127")]
fn to_seven_bits(norm: f64) -> u8 {
    (norm.clamp(0.0, 1.0) * 127.0).round() as u8
}

/// A MIDI value of fourteen bits from 0..=1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=16383")]
fn to_fourteen_bits(norm: f64) -> u16 {
    (norm.clamp(0.0, 1.0) * 16_383.0).round() as u16
}

/// The MIDI message that comes nearest to a note event. Source: MIDI 1.0, table of channel messages.
fn midi_of(kind: EventKind) -> Option<[u8; 3]> {
    const ALL_NOTES_OFF: u8 = 123;
    const ALL_SOUND_OFF: u8 = 120;
    let channel = |voice: Voice| u8::try_from(voice.channel.clamp(0, 15)).unwrap_or(0);
    let key = |voice: Voice| u8::try_from(voice.key).ok().filter(|&key| key < 128);
    Some(match kind {
        // Velocity 0 would be a note off.
        EventKind::NoteOn { voice, velocity } => {
            [0x90 | channel(voice), key(voice)?, to_seven_bits(velocity).max(1)]
        }
        EventKind::NoteOff { voice, velocity } => match key(voice) {
            Some(key) => [0x80 | channel(voice), key, to_seven_bits(velocity)],
            None => [0xB0 | channel(voice), ALL_NOTES_OFF, 0],
        },
        EventKind::NoteChoke { voice } => match key(voice) {
            Some(key) => [0x80 | channel(voice), key, 0],
            None => [0xB0 | channel(voice), ALL_SOUND_OFF, 0],
        },
        EventKind::Expression { voice, expression: Expression::Pressure, value } => match key(voice) {
            Some(key) => [0xA0 | channel(voice), key, to_seven_bits(value)],
            None => [0xD0 | channel(voice), to_seven_bits(value), 0],
        },
        // The others exist in MIDI only for a whole channel; on one note they would bend its neighbours.
        EventKind::Expression { voice, .. } if key(voice).is_some() || voice.note_id >= 0 => return None,
        EventKind::Expression { voice, expression: Expression::Tuning, value } => {
            let bend = to_fourteen_bits(0.5 + value / (2.0 * BEND_SEMITONES));
            let [high, low] = (bend << 1).to_be_bytes();
            [0xE0 | channel(voice), low >> 1, high]
        }
        EventKind::Expression { voice, expression, value } => {
            let (controller, norm) = match expression {
                Expression::Volume => (7, value),
                Expression::Pan => (10, value),
                Expression::Vibrato => (1, value),
                Expression::Expression => (11, value),
                Expression::Brightness => (74, value),
                Expression::Tuning | Expression::Pressure => return None,
            };
            [0xB0 | channel(voice), controller, to_seven_bits(norm)]
        }
        _ => return None,
    })
}

/// What a MIDI message means to a plugin that takes no MIDI; `None` for what CLAP has no note event for.
fn note_of_midi(data: [u8; 3], port: i16) -> Option<(Voice, EventKind)> {
    let [status, first, second] = data;
    let channel = i16::from(status & 0x0F);
    let voice = Voice { note_id: -1, port, channel, key: i16::from(first) };
    let whole_channel = Voice { key: -1, ..voice };
    let norm = |value: u8| f64::from(value) / 127.0;
    let kind = match status & 0xF0 {
        0x90 if second > 0 => EventKind::NoteOn { voice, velocity: norm(second) },
        0x80 | 0x90 => EventKind::NoteOff { voice, velocity: norm(second) },
        0xA0 => EventKind::Expression { voice, expression: Expression::Pressure, value: norm(second) },
        0xD0 => {
            let (voice, expression) = (whole_channel, Expression::Pressure);
            return Some((voice, EventKind::Expression { voice, expression, value: norm(first) }));
        }
        0xE0 => {
            let bend = f64::from(u16::from(second) << 7 | u16::from(first)) / 8_192.0 - 1.0;
            let (voice, expression) = (whole_channel, Expression::Tuning);
            return Some((voice, EventKind::Expression { voice, expression, value: bend * BEND_SEMITONES }));
        }
        0xB0 if first >= 120 => {
            let voice = whole_channel;
            let kind = match first {
                120 => EventKind::NoteChoke { voice },
                123 => EventKind::NoteOff { voice, velocity: 0.0 },
                _ => return None,
            };
            return Some((voice, kind));
        }
        _ => return None,
    };
    Some((voice, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_become_midi_and_back() {
        let voice = Voice { note_id: 7, port: 0, channel: 3, key: 60 };
        let on = EventKind::NoteOn { voice, velocity: 1.0 };
        assert_eq!(midi_of(on), Some([0x93, 60, 127]));
        let (back, kind) = note_of_midi([0x93, 60, 127], 0).unwrap();
        assert_eq!(
            (back, kind),
            (Voice { note_id: -1, ..voice }, EventKind::NoteOn { voice: back, velocity: 1.0 })
        );
        let off = EventKind::NoteOff { voice: Voice { key: -1, ..voice }, velocity: 0.0 };
        assert_eq!(midi_of(off), Some([0xB3, 123, 0]));
        assert_eq!(midi_of(EventKind::NoteOn { voice, velocity: 0.0 }), Some([0x93, 60, 1]));
    }

    #[test]
    fn a_bend_of_the_channel_is_a_pitch_wheel_and_that_of_a_note_is_left_out() {
        let channel = Voice { note_id: -1, port: 0, channel: 0, key: -1 };
        let tuning = |voice, value| EventKind::Expression { voice, expression: Expression::Tuning, value };
        assert_eq!(midi_of(tuning(channel, 0.0)), Some([0xE0, 0, 64]));
        assert_eq!(midi_of(tuning(channel, 2.0)), Some([0xE0, 127, 127]));
        assert_eq!(midi_of(tuning(Voice { key: 60, ..channel }, 1.0)), None);
        let (_, kind) = note_of_midi([0xE0, 0, 64], 0).unwrap();
        assert_eq!(kind, tuning(channel, 0.0));
    }
}
