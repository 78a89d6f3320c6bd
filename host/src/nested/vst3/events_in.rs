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
use super::mirror::Mirror;
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
    /// Whether all notes are to be let go of with the next block.
    hangs: bool,
}

/// Where the events of a block go.
pub(super) struct Into<'a> {
    pub(super) params: &'a ParamTable,
    pub(super) changes: &'a mut ChangesIn,
    /// For the controller, which is to see what messages move.
    pub(super) mirror: &'a Mirror,
    pub(super) events: &'a mut dyn FnMut(RawEvent),
}

impl Into<'_> {
    /// A message moves a parameter.
    fn jump(&mut self, index: usize, frame: int32, norm: f64) {
        self.changes.jump(index, frame, norm);
        self.mirror.note(index, norm);
    }
}

impl EventsIn {
    /// For these event inputs.
    pub(super) fn new(expressions: Box<[Expressions]>, midi: MidiMap) -> Self {
        Self { expressions, midi, voices: Voices::new(), hangs: false }
    }

    /// Whoever played the notes has forgotten them: the next block lets go of them.
    pub(super) fn reset(&mut self) {
        self.hangs = self.voices.is_held();
    }

    /// Whether [`let_go`](Self::let_go) has something to say.
    #[inline]
    pub(super) const fn hangs(&self) -> bool {
        self.hangs
    }

    /// Lets go of the notes that a reset has left behind, before anything else in a block.
    pub(super) fn let_go(&mut self, push: &mut dyn FnMut(RawEvent)) {
        if std::mem::take(&mut self.hangs) {
            self.voices.release(Voice::ALL, |sounding| push(note_off(0, sounding.voice, sounding.id, 0.0)));
            self.voices.clear();
        }
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
                    into.changes.jump(index, frame, norm);
                }
            }
            EventKind::ParamLine { param, value, .. } => {
                if let Some((index, norm)) = into.params.to_norm(param, value) {
                    into.changes.line(index, frame, norm);
                }
            }
            EventKind::Midi { port, data } if !self.expressions.is_empty() => {
                self.midi(frame, self.bus(port), data, into);
            }
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
            EventKind::Midi { .. }
            | EventKind::ParamMod { .. }
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

    /// A pattern of notes, its port by event input.
    fn pattern(&self, voice: Voice) -> Voice {
        if voice.port < 0 { voice } else { Voice { port: self.bus(voice.port), ..voice } }
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
            EventKind::NoteOff { voice, velocity } => {
                self.note_off(frame, self.pattern(voice), velocity, into);
            }
            // Nothing in VST3 cuts a note; letting go of it comes nearest.
            EventKind::NoteChoke { voice } => self.note_off(frame, self.pattern(voice), 0.0, into),
            EventKind::Expression { voice, expression, value } => {
                self.expression(frame, self.pattern(voice), expression, value, into);
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
        if let Some((id, norm)) = self.expressions.get(bus).and_then(|known| known.of(expression, value)) {
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
            into.jump(index, frame, norm);
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
        let [status, first, second] = [data[0], data[1] & 0x7F, data[2] & 0x7F];
        let channel = i16::from(status & 0x0F);
        let voice = Voice { note_id: -1, port, channel, key: i16::from(first) };
        let whole_channel = Voice { key: -1, ..voice };
        let norm = |value: u8| f64::from(value) / 127.0;
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
                    into.jump(index, frame, norm);
                }
            }
            0xD0 if !self.controller(frame, voice, PRESSURE, norm(first), into) => {
                self.expression(frame, whole_channel, Expression::Pressure, norm(first), into);
            }
            0xE0 => {
                let bend = f64::from(u16::from(second) << 7 | u16::from(first));
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
            into.jump(index, frame, norm);
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
    let (number, norm) = match expression {
        Expression::Volume => (7, value),
        Expression::Pan => (10, value),
        Expression::Vibrato => (1, value),
        Expression::Expression => (11, value),
        Expression::Brightness => (74, value),
        Expression::Pressure => (PRESSURE, value),
        Expression::Tuning => (BEND, 0.5 + value / (2.0 * BEND_SEMITONES)),
    };
    (!norm.is_nan()).then_some((number, norm.clamp(0.0, 1.0)))
}

#[cfg(test)]
#[expect(unsafe_code, reason = "an event is a union of C")]
mod tests {
    use super::*;

    /// What the events become: frames, kinds and ids.
    fn sent(notes: &mut EventsIn, events: &[Event]) -> Vec<(int32, u32, int32)> {
        let params = ParamTable::new(&[]);
        let mut changes = ChangesIn::new(std::iter::empty(), 1);
        let mut seen = Vec::new();
        let mut push = |event: RawEvent| {
            let kind = u32::from(event.r#type);
            // SAFETY: the type says which of the union is there; all of them are plain numbers.
            let id = unsafe {
                match kind {
                    types::kNoteOnEvent => event.__field0.noteOn.noteId,
                    types::kNoteOffEvent => event.__field0.noteOff.noteId,
                    _ => -1,
                }
            };
            seen.push((event.sampleOffset, kind, id));
        };
        notes.let_go(&mut push);
        let mirror = Mirror::new(0);
        let into = &mut Into { params: &params, changes: &mut changes, mirror: &mirror, events: &mut push };
        notes.convert(Events::new(events), into);
        seen
    }

    fn note(port: i16) -> Voice {
        Voice { note_id: 5, port, channel: 0, key: 60 }
    }

    #[test]
    fn a_note_on_an_unknown_port_is_let_go_by_its_id() {
        let mut notes = EventsIn::new(vec![Expressions::default()].into(), MidiMap::default());
        let on = EventKind::NoteOn { voice: note(3), velocity: 1.0 };
        let off = EventKind::NoteOff { voice: Voice { note_id: -1, ..note(3) }, velocity: 0.0 };
        let seen = sent(&mut notes, &[Event::new(0, on), Event::new(7, off)]);
        assert_eq!(seen, [(0, types::kNoteOnEvent, 5), (7, types::kNoteOffEvent, 5)]);
        assert!(!notes.is_held());
    }

    #[test]
    fn a_reset_lets_go_of_held_notes_first_thing_in_the_next_block() {
        let mut notes = EventsIn::new(vec![Expressions::default()].into(), MidiMap::default());
        let on = EventKind::NoteOn { voice: note(0), velocity: 1.0 };
        sent(&mut notes, &[Event::new(0, on)]);
        notes.reset();
        assert!(notes.is_held(), "it must not fall asleep before that");
        let seen = sent(&mut notes, &[Event::new(0, on)]);
        assert_eq!(seen, [(0, types::kNoteOffEvent, 5), (0, types::kNoteOnEvent, 5)]);
    }

    #[test]
    fn a_plugin_without_event_inputs_hears_nothing() {
        let mut notes = EventsIn::new(Box::default(), MidiMap::default());
        for status in 0x80..=0xFF {
            let data = [status, 0xFF, 0xFF];
            assert!(sent(&mut notes, &[Event::new(0, EventKind::Midi { port: 0, data })]).is_empty());
        }
    }

    #[test]
    fn controllers_stay_in_their_range() {
        for (expression, value) in
            [(Expression::Pan, 3.0), (Expression::Pressure, -1.0), (Expression::Tuning, 99.0)]
        {
            let (_, norm) = controller_of(expression, value).unwrap();
            assert!((0.0..=1.0).contains(&norm));
        }
        assert_eq!(controller_of(Expression::Vibrato, f64::NAN), None);
    }
}
