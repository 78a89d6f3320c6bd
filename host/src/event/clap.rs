//! Between the engine's events and CLAP's, for the nested plugins on one side and the outer host on the other.
#![expect(unsafe_code, reason = "CLAP lends the bytes of events without a lifetime")]

use clack_host::events::event_types::{
    MidiEvent, MidiSysExEvent, NoteChokeEvent, NoteEndEvent, NoteExpressionEvent, NoteExpressionType,
    NoteOffEvent, NoteOnEvent, ParamGestureBeginEvent, ParamGestureEndEvent, ParamModEvent, ParamValueEvent,
};
use clack_host::events::{Event as _, Pckn, UnknownEvent};
use clack_host::utils::ClapId;
use clap_sys::events::clap_event_header;
use protocol::ParamId;

use super::{Event, EventKind, Events, Expression, Voice, midi};

/// An event in CLAP's form, by value.
pub(crate) enum ClapEvent {
    NoteOn(NoteOnEvent),
    NoteOff(NoteOffEvent),
    NoteChoke(NoteChokeEvent),
    NoteEnd(NoteEndEvent),
    Expression(NoteExpressionEvent),
    Value(ParamValueEvent),
    Modulation(ParamModEvent),
    GestureBegin(ParamGestureBeginEvent),
    GestureEnd(ParamGestureEndEvent),
    Midi(MidiEvent),
    SysEx(MidiSysExEvent),
}

impl ClapEvent {
    /// As anybody reads it.
    pub(crate) fn as_unknown(&self) -> &UnknownEvent {
        match self {
            Self::NoteOn(event) => event.as_unknown(),
            Self::NoteOff(event) => event.as_unknown(),
            Self::NoteChoke(event) => event.as_unknown(),
            Self::NoteEnd(event) => event.as_unknown(),
            Self::Expression(event) => event.as_unknown(),
            Self::Value(event) => event.as_unknown(),
            Self::Modulation(event) => event.as_unknown(),
            Self::GestureBegin(event) => event.as_unknown(),
            Self::GestureEnd(event) => event.as_unknown(),
            Self::Midi(event) => event.as_unknown(),
            Self::SysEx(event) => event.as_unknown(),
        }
    }

    /// A note event for a voice; `None` for what is none.
    pub(crate) fn note(frame: u32, voice: Voice, kind: EventKind) -> Option<Self> {
        let to = pckn(voice);
        Some(match kind {
            EventKind::NoteOn { velocity, .. } => Self::NoteOn(NoteOnEvent::new(frame, to, velocity)),
            EventKind::NoteOff { velocity, .. } => Self::NoteOff(NoteOffEvent::new(frame, to, velocity)),
            EventKind::NoteChoke { .. } => Self::NoteChoke(NoteChokeEvent::new(frame, to)),
            EventKind::NoteEnd { .. } => Self::NoteEnd(NoteEndEvent::new(frame, to)),
            EventKind::Expression { expression, value, .. } => {
                Self::Expression(NoteExpressionEvent::new(frame, to, expression_type(expression), value))
            }
            _ => return None,
        })
    }
}

/// Hands an event of a list to somebody who speaks CLAP; `None` for an id that cannot be one.
///
/// # Real-time
/// Real-time safe.
pub fn write<T>(event: Event, events: Events<'_>, call: impl FnOnce(&clap_event_header) -> T) -> Option<T> {
    let frame = event.frame;
    let port = |port: i16| u16::try_from(port).unwrap_or(0);
    let clap = match event.kind {
        EventKind::NoteOn { voice, .. }
        | EventKind::NoteOff { voice, .. }
        | EventKind::NoteChoke { voice }
        | EventKind::NoteEnd { voice }
        | EventKind::Expression { voice, .. } => ClapEvent::note(frame, voice, event.kind)?,
        EventKind::Param { param, voice, value } | EventKind::ParamLine { param, voice, value } => {
            ClapEvent::Value(ParamValueEvent::new(frame, ClapId::from_raw(param.0)?, pckn(voice), value))
        }
        EventKind::ParamMod { param, voice, amount } => {
            ClapEvent::Modulation(ParamModEvent::new(frame, ClapId::from_raw(param.0)?, pckn(voice), amount))
        }
        EventKind::GestureBegin { param } => {
            ClapEvent::GestureBegin(ParamGestureBeginEvent::new(frame, ClapId::from_raw(param.0)?))
        }
        EventKind::GestureEnd { param } => {
            ClapEvent::GestureEnd(ParamGestureEndEvent::new(frame, ClapId::from_raw(param.0)?))
        }
        EventKind::Midi { port: index, data } => ClapEvent::Midi(MidiEvent::new(frame, port(index), data)),
        EventKind::SysEx { port: index, bytes } => {
            // SAFETY: the bytes are those of `events`, which outlive the call; the event does not.
            ClapEvent::SysEx(unsafe { MidiSysExEvent::new(frame, port(index), events.sysex(bytes)) })
        }
    };
    // SAFETY: an event of CLAP begins with its header.
    Some(call(unsafe { &*clap.as_unknown().as_raw() }))
}

/// An event of somebody who speaks CLAP.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read<'a> {
    /// Anything but a system exclusive message.
    Event(Event),
    /// A system exclusive message, F0 and F7 included.
    SysEx {
        /// When.
        frame: u32,
        /// On which note port.
        port: i16,
        /// What.
        bytes: &'a [u8],
    },
}

/// What an event says; `None` for what the engine has no use for.
///
/// # Safety
/// The header is that of an event as long as it says, and its bytes, where it has some, outlive `'a`.
///
/// # Real-time
/// Real-time safe.
#[must_use]
pub unsafe fn read<'a>(header: &'a clap_event_header) -> Option<Read<'a>> {
    // SAFETY: the caller's promise.
    let event: &'a UnknownEvent = unsafe { UnknownEvent::from_raw(header) };
    let frame = header.time;
    if let Some(sysex) = event.as_event::<MidiSysExEvent>() {
        // SAFETY: the caller's promise.
        let bytes = unsafe { sysex.data() };
        return Some(Read::SysEx { frame, port: port(sysex.port_index()), bytes });
    }
    kind_of(event).map(|kind| Read::Event(Event { frame, kind }))
}

/// What an event says; `None` for what the engine has no use for. Every size is checked.
pub(crate) fn kind_of(event: &UnknownEvent) -> Option<EventKind> {
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
            // Notes become note events, so that every plugin behind understands them.
            midi::event(port(event.port_index()), event.data())
        }
        _ => return None,
    })
}

fn voice(pckn: Pckn) -> Voice {
    Voice {
        note_id: pckn.raw_note_id(),
        port: pckn.raw_port_index(),
        channel: pckn.raw_channel(),
        key: pckn.raw_key(),
    }
}

pub(crate) fn port(index: u16) -> i16 {
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

pub(crate) fn pckn(voice: Voice) -> Pckn {
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
