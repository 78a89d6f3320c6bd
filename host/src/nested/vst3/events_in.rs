//! Events on their way into a plugin. What VST3 has no event for becomes what comes nearest: controllers, bends and programs
//! move the parameters that stand for them.

use vst3::Steinberg::Vst::Event_::EventTypes_ as types;
use vst3::Steinberg::Vst::{
    DataEvent, Event as RawEvent, Event__type0, NoteExpressionValueEvent, NoteOffEvent, NoteOnEvent,
    PolyPressureEvent,
};
use vst3::Steinberg::int32;

use super::changes_in::ChangesIn;
use super::expressions::Expressions;
use super::midi_map::{BEND, MidiMap, PRESSURE};
use super::param_table::ParamTable;
use super::voices::Voices;
use crate::event::{Event, EventKind, Events, Expression, Voice};
use crate::math::to_u32;

/// How many semitones a MIDI pitch bend spans to each side, where nothing else was agreed on.
const BEND_SEMITONES: f64 = 2.0;

/// What the event inputs of a plugin understand, and what sounds in it.
pub(super) struct EventsIn {
    /// By event input.
    expressions: Box<[Expressions]>,
    midi: MidiMap,
    voices: Voices,
}

/// Where the events of a block go.
pub(super) struct Into<'a> {
    pub(super) params: &'a ParamTable,
    pub(super) changes: &'a mut ChangesIn,
    pub(super) events: &'a mut dyn FnMut(RawEvent),
}

impl EventsIn {
    /// For these event inputs.
    pub(super) fn new(expressions: Box<[Expressions]>, midi: MidiMap) -> Self {
        Self { expressions, midi, voices: Voices::new() }
    }

    /// Forgets what sounds.
    pub(super) fn clear(&mut self) {
        self.voices.clear();
    }

    /// Whether a key is down.
    pub(super) fn is_held(&self) -> bool {
        self.voices.is_held()
    }

    /// Converts the events of a block. System exclusive bytes are only borrowed from it.
    ///
    /// # Real-time
    /// Linear in the events, and in the sounding notes for expressions.
    #[inline]
    pub(super) fn convert(&mut self, events: Events<'_>, into: &mut Into<'_>) {
        for event in events.iter() {
            self.event(*event, events, into);
        }
    }

    fn event(&mut self, event: Event, events: Events<'_>, into: &mut Into<'_>) {
        let frame = int32::try_from(event.frame).unwrap_or(int32::MAX);
        match event.kind {
            EventKind::Param { param, value, .. } => {
                if let Some((index, norm)) = into.params.to_norm(param, value) {
                    into.changes.push(index, frame, norm);
                }
            }
            EventKind::Midi { port, data } => self.midi(frame, self.bus(port), data, into),
            EventKind::SysEx { port, bytes } => {
                let bytes = events.sysex(bytes);
                let data = DataEvent {
                    size: to_u32(bytes.len()),
                    r#type: vst3::Steinberg::Vst::DataEvent_::DataTypes_::kMidiSysEx,
                    bytes: bytes.as_ptr(),
                };
                self.emit(frame, self.bus(port), types::kDataEvent, Event__type0 { data }, into);
            }
            // There is no modulation in VST3, hands on our controls are none of the plugin's business, and note ends only
            // ever come out of one.
            EventKind::ParamMod { .. }
            | EventKind::GestureBegin { .. }
            | EventKind::GestureEnd { .. }
            | EventKind::NoteEnd { .. } => {}
            kind => self.note(frame, kind, into),
        }
    }

    /// The event input for a port of the node.
    fn bus(&self, port: i16) -> i16 {
        let known = usize::try_from(port).is_ok_and(|port| port < self.expressions.len());
        if known { port } else { 0 }
    }

    fn note(&mut self, frame: int32, kind: EventKind, into: &mut Into<'_>) {
        if self.expressions.is_empty() {
            return;
        }
        match kind {
            EventKind::NoteOn { voice, velocity } => {
                let voice = Voice { port: self.bus(voice.port), ..voice };
                let note_on = NoteOnEvent {
                    channel: voice.channel.clamp(0, 15),
                    pitch: voice.key.clamp(0, 127),
                    tuning: 0.0,
                    velocity: to_f32(velocity),
                    length: 0,
                    noteId: self.voices.start(voice),
                };
                self.emit(frame, voice.port, types::kNoteOnEvent, Event__type0 { noteOn: note_on }, into);
            }
            EventKind::NoteOff { voice, velocity } => self.note_off(frame, voice, velocity, into),
            // Nothing in VST3 cuts a note; letting go of it comes nearest.
            EventKind::NoteChoke { voice } => self.note_off(frame, voice, 0.0, into),
            EventKind::Expression { voice, expression, value } => {
                self.expression(frame, voice, expression, value, into);
            }
            _ => {}
        }
    }

    fn note_off(&mut self, frame: int32, pattern: Voice, velocity: f64, into: &mut Into<'_>) {
        let mut told = false;
        self.voices.release(pattern, |sounding| {
            told = true;
            (into.events)(note_off(frame, sounding.voice, sounding.id, velocity));
        });
        // A note that we forgot, or never knew, may sound all the same.
        if !told && pattern.key >= 0 {
            let voice = Voice { port: self.bus(pattern.port), ..pattern };
            (into.events)(note_off(frame, voice, pattern.note_id, velocity));
        }
    }

    fn expression(
        &mut self,
        frame: int32,
        pattern: Voice,
        expression: Expression,
        value: f64,
        into: &mut Into<'_>,
    ) {
        let bus = usize::try_from(self.bus(pattern.port)).unwrap_or(0);
        if let Some((id, norm)) = self.expressions[bus].of(expression, value) {
            for sounding in self.voices.matching(pattern) {
                let value = NoteExpressionValueEvent { typeId: id, noteId: sounding.id, value: norm };
                let data = Event__type0 { noteExpressionValue: value };
                (into.events)(raw(frame, sounding.voice.port, types::kNoteExpressionValueEvent, data));
            }
        } else if pattern.key < 0
            && pattern.note_id < 0
            && let Some((number, norm)) = controller_of(expression, value)
            && let Some(index) = self.midi.controller(bus, channel(pattern), number)
        {
            // On one note a controller would bend its neighbours; on a whole channel it is what is meant.
            into.changes.push(index, frame, norm);
        } else if expression == Expression::Pressure {
            for sounding in self.voices.matching(pattern) {
                let pressure = PolyPressureEvent {
                    channel: sounding.voice.channel.clamp(0, 15),
                    pitch: sounding.voice.key.clamp(0, 127),
                    pressure: to_f32(value),
                    noteId: sounding.id,
                };
                let data = Event__type0 { polyPressure: pressure };
                (into.events)(raw(frame, sounding.voice.port, types::kPolyPressureEvent, data));
            }
        }
    }

    fn midi(&mut self, frame: int32, port: i16, data: [u8; 3], into: &mut Into<'_>) {
        let [status, first, second] = data;
        let channel = i16::from(status & 0x0F);
        let voice = Voice { note_id: -1, port, channel, key: i16::from(first) };
        let whole_channel = Voice { key: -1, ..voice };
        let norm = |value: u8| f64::from(value & 0x7F) / 127.0;
        match status & 0xF0 {
            0x90 if second > 0 => self.note(frame, EventKind::NoteOn { voice, velocity: norm(second) }, into),
            0x80 | 0x90 => self.note_off(frame, voice, norm(second), into),
            0xA0 => self.expression(frame, voice, Expression::Pressure, norm(second), into),
            0xB0 => {
                self.controller(frame, voice, usize::from(first), norm(second), into);
                // All sound off, all notes off.
                if first == 120 || first == 123 {
                    self.note_off(frame, whole_channel, 0.0, into);
                }
            }
            0xC0 => {
                let bus = usize::try_from(port).unwrap_or(0);
                let place = self.midi.program(bus, usize::from(status & 0x0F));
                if let Some((index, entry)) = place.and_then(|index| Some((index, into.params.get(index)?)))
                    && let Some(norm) = entry.scale.to_norm(f64::from(first))
                {
                    into.changes.push(index, frame, norm);
                }
            }
            0xD0 if !self.controller(frame, voice, PRESSURE, norm(first), into) => {
                self.expression(frame, whole_channel, Expression::Pressure, norm(first), into);
            }
            0xE0 => {
                let bend = f64::from(u16::from(second & 0x7F) << 7 | u16::from(first & 0x7F));
                if !self.controller(frame, voice, BEND, bend / 16_383.0, into) {
                    let semitones = (bend / 8_192.0 - 1.0) * BEND_SEMITONES;
                    self.expression(frame, whole_channel, Expression::Tuning, semitones, into);
                }
            }
            _ => {}
        }
    }

    /// Moves the parameter behind a controller; `false` if there is none.
    fn controller(&self, frame: int32, voice: Voice, number: usize, norm: f64, into: &mut Into<'_>) -> bool {
        let bus = usize::try_from(voice.port).unwrap_or(0);
        let index = self.midi.controller(bus, channel(voice), number);
        if let Some(index) = index {
            into.changes.push(index, frame, norm);
        }
        index.is_some()
    }

    fn emit(&self, frame: int32, bus: i16, kind: u32, data: Event__type0, into: &mut Into<'_>) {
        if !self.expressions.is_empty() {
            (into.events)(raw(frame, bus, kind, data));
        }
    }
}

fn channel(voice: Voice) -> usize {
    usize::try_from(voice.channel).unwrap_or(0)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a velocity or a pressure has no more precision than this"
)]
fn to_f32(norm: f64) -> f32 {
    norm.clamp(0.0, 1.0) as f32
}

fn note_off(frame: int32, voice: Voice, id: i32, velocity: f64) -> RawEvent {
    let note_off = NoteOffEvent {
        channel: voice.channel.clamp(0, 15),
        pitch: voice.key.clamp(0, 127),
        velocity: to_f32(velocity),
        noteId: id,
        tuning: 0.0,
    };
    raw(frame, voice.port, types::kNoteOffEvent, Event__type0 { noteOff: note_off })
}

fn raw(frame: int32, bus: i16, kind: u32, data: Event__type0) -> RawEvent {
    RawEvent {
        busIndex: bus.max(0).into(),
        sampleOffset: frame,
        ppqPosition: 0.0,
        flags: 0,
        // The numbers are those of 16 bits.
        r#type: u16::try_from(kind).unwrap_or(u16::MAX),
        __field0: data,
    }
}

/// The MIDI controller that says the same of a whole channel, and its normalized value.
fn controller_of(expression: Expression, value: f64) -> Option<(usize, f64)> {
    Some(match expression {
        Expression::Volume => (7, value.clamp(0.0, 1.0)),
        Expression::Pan => (10, value),
        Expression::Vibrato => (1, value),
        Expression::Expression => (11, value),
        Expression::Brightness => (74, value),
        Expression::Pressure => (PRESSURE, value),
        Expression::Tuning => (BEND, (0.5 + value / (2.0 * BEND_SEMITONES)).clamp(0.0, 1.0)),
    })
}
