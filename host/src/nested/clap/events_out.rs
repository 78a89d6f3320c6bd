//! Events on their way out of a plugin.

use clack_host::events::event_types::{
    MidiEvent, MidiSysExEvent, NoteChokeEvent, NoteEndEvent, NoteExpressionEvent, NoteExpressionType,
    NoteOffEvent, NoteOnEvent, ParamGestureBeginEvent, ParamGestureEndEvent, ParamModEvent, ParamValueEvent,
};
use clack_host::events::io::{OutputEventBuffer, TryPushError};
use clack_host::events::{Event as _, Pckn, UnknownEvent};
use clack_host::utils::ClapId;
use protocol::ParamId;

use super::param_table::ParamTable;
use crate::event::{Event, EventKind, EventList, Expression, Voice};

/// Puts what a plugin says into the engine's list, as it says it. Frames past the block are put at its end.
///
/// Values of parameters that only the plugin sets are left out: they are meters, in every block, and no hand moved them.
pub(super) struct EventsOut<'a> {
    list: &'a mut EventList,
    params: &'a ParamTable,
    last_frame: u32,
}

impl<'a> EventsOut<'a> {
    /// For a block of `frames` frames, at least one.
    pub(super) fn new(list: &'a mut EventList, params: &'a ParamTable, frames: u32) -> Self {
        Self { list, params, last_frame: frames.saturating_sub(1) }
    }
}

impl OutputEventBuffer for EventsOut<'_> {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        let frame = event.header().time().min(self.last_frame);
        if let Some(sysex) = event.as_event::<MidiSysExEvent>() {
            // SAFETY: the plugin guarantees its bytes for the duration of this call; they are copied within it.
            #[expect(unsafe_code, reason = "the bytes of the event are the plugin's")]
            let bytes = unsafe { sysex.data() };
            self.list.push_sysex(frame, port(sysex.port_index()), bytes);
        } else if let Some(kind) = kind_of(event) {
            let told = matches!(kind, EventKind::Param { param, .. } if self.params.is_read_only(param));
            if !told {
                self.list.push(Event::new(frame, kind));
            }
        }
        Ok(())
    }
}

/// What an event says; `None` for what the engine has no use for. Every size is checked.
fn kind_of(event: &UnknownEvent) -> Option<EventKind> {
    let param = |id: Option<ClapId>| id.map(|id| ParamId(id.get()));
    Some(match event.header().type_id() {
        NoteOnEvent::TYPE_ID => {
            let event = event.as_event::<NoteOnEvent>()?;
            EventKind::NoteOn { voice: voice(event.pckn()), velocity: event.velocity() }
        }
        NoteOffEvent::TYPE_ID => {
            let event = event.as_event::<NoteOffEvent>()?;
            EventKind::NoteOff { voice: voice(event.pckn()), velocity: event.velocity() }
        }
        NoteChokeEvent::TYPE_ID => {
            EventKind::NoteChoke { voice: voice(event.as_event::<NoteChokeEvent>()?.pckn()) }
        }
        NoteEndEvent::TYPE_ID => {
            EventKind::NoteEnd { voice: voice(event.as_event::<NoteEndEvent>()?.pckn()) }
        }
        NoteExpressionEvent::TYPE_ID => {
            let event = event.as_event::<NoteExpressionEvent>()?;
            let expression = expression(event.as_raw().expression_id)?;
            EventKind::Expression { voice: voice(event.pckn()), expression, value: event.value() }
        }
        ParamValueEvent::TYPE_ID => {
            let event = event.as_event::<ParamValueEvent>()?;
            let param = param(event.param_id())?;
            EventKind::Param { param, voice: voice(event.pckn()), value: event.value() }
        }
        ParamModEvent::TYPE_ID => {
            let event = event.as_event::<ParamModEvent>()?;
            let param = param(event.param_id())?;
            EventKind::ParamMod { param, voice: voice(event.pckn()), amount: event.amount() }
        }
        ParamGestureBeginEvent::TYPE_ID => {
            EventKind::GestureBegin { param: param(event.as_event::<ParamGestureBeginEvent>()?.param_id())? }
        }
        ParamGestureEndEvent::TYPE_ID => {
            EventKind::GestureEnd { param: param(event.as_event::<ParamGestureEndEvent>()?.param_id())? }
        }
        MidiEvent::TYPE_ID => {
            let event = event.as_event::<MidiEvent>()?;
            midi(port(event.port_index()), event.data())
        }
        _ => return None,
    })
}

/// A MIDI message; notes become note events, so that every plugin behind understands them.
fn midi(port: i16, data: [u8; 3]) -> EventKind {
    let [status, key, value] = data;
    let voice = Voice { note_id: -1, port, channel: i16::from(status & 0x0F), key: i16::from(key) };
    let velocity = f64::from(value) / 127.0;
    match status & 0xF0 {
        0x90 if value > 0 => EventKind::NoteOn { voice, velocity },
        0x80 | 0x90 => EventKind::NoteOff { voice, velocity },
        _ => EventKind::Midi { port, data },
    }
}

fn voice(pckn: Pckn) -> Voice {
    Voice {
        note_id: pckn.raw_note_id(),
        port: pckn.raw_port_index(),
        channel: pckn.raw_channel(),
        key: pckn.raw_key(),
    }
}

fn port(index: u16) -> i16 {
    i16::try_from(index).unwrap_or(0)
}

/// An expression by its number in CLAP's `events.h`. (clack's own conversion leaves out `expression`.)
fn expression(id: i32) -> Option<Expression> {
    const BY_TYPE: [(NoteExpressionType, Expression); 7] = [
        (NoteExpressionType::Volume, Expression::Volume),
        (NoteExpressionType::Pan, Expression::Pan),
        (NoteExpressionType::Tuning, Expression::Tuning),
        (NoteExpressionType::Vibrato, Expression::Vibrato),
        (NoteExpressionType::Expression, Expression::Expression),
        (NoteExpressionType::Brightness, Expression::Brightness),
        (NoteExpressionType::Pressure, Expression::Pressure),
    ];
    BY_TYPE.iter().find(|(clap, _)| clap.into_raw() == id).map(|(_, expression)| *expression)
}
