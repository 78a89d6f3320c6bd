//! Notes and controllers between nice-plug and the engine, as far as nobody [packs](super::wire) them: what VST3 hosts get.

use host::event::{Expression, Voice};
use host::{Event, EventKind};
use nice_plug::midi::{Channel, Key, MidiResult, VoiceID};
use nice_plug::prelude::{NoteEvent, PluginApi};

use super::wire::Carried;

type HostEvent = NoteEvent<Carried>;

/// What an event of the outer host is to the engine; `None` for what the engine has no use for.
///
/// # Real-time
/// Real-time safe.
#[must_use]
pub fn from_host(event: HostEvent, api: PluginApi) -> Option<Event> {
    let frame = event.timing();
    let expression = |expression, voice: Voice, value: f32| EventKind::Expression {
        voice,
        expression,
        value: f64::from(value),
    };
    let kind = match event {
        NoteEvent::NoteOn { voice_id, channel, key, velocity, .. } => {
            let voice = Voice { channel: channel_number(channel).max(0), ..voice(voice_id, channel, key) };
            EventKind::NoteOn { voice, velocity: f64::from(velocity) }
        }
        NoteEvent::NoteOff { voice_id, channel, key, velocity, .. } => {
            EventKind::NoteOff { voice: voice(voice_id, channel, key), velocity: f64::from(velocity) }
        }
        NoteEvent::Choke { voice_id, channel, key, .. } => {
            EventKind::NoteChoke { voice: voice(voice_id, channel, key) }
        }
        NoteEvent::PolyPressure { voice_id, channel, key, pressure, .. } => {
            expression(Expression::Pressure, voice(voice_id, channel, key), pressure)
        }
        NoteEvent::PolyVolume { voice_id, channel, key, gain, .. } => {
            expression(Expression::Volume, voice(voice_id, channel, key), gain)
        }
        NoteEvent::PolyPan { voice_id, channel, key, pan, .. } => {
            expression(Expression::Pan, voice(voice_id, channel, key), 0.5 + 0.5 * pan)
        }
        NoteEvent::PolyTuning { voice_id, channel, key, tuning, .. } => {
            expression(Expression::Tuning, voice(voice_id, channel, key), tuning)
        }
        NoteEvent::PolyVibrato { voice_id, channel, key, vibrato, .. } => {
            expression(Expression::Vibrato, voice(voice_id, channel, key), vibrato)
        }
        NoteEvent::PolyExpression { voice_id, channel, key, expression: value, .. } => {
            expression(unswapped(Expression::Expression, api), voice(voice_id, channel, key), value)
        }
        NoteEvent::PolyBrightness { voice_id, channel, key, brightness, .. } => {
            expression(unswapped(Expression::Brightness, api), voice(voice_id, channel, key), brightness)
        }
        NoteEvent::MidiChannelPressure { .. }
        | NoteEvent::MidiPitchBend { .. }
        | NoteEvent::MidiCC { .. }
        | NoteEvent::MidiProgramChange { .. } => match event.as_midi()? {
            MidiResult::Basic(data) => EventKind::Midi { port: 0, data },
            MidiResult::SysEx(..) => return None,
        },
        // Messages have no form of fixed size; the shell takes them apart itself.
        _ => return None,
    };
    Some(Event { frame, kind })
}

/// What an event of the engine is to the outer host; `None` for what hosts have no event for.
///
/// # Real-time
/// Real-time safe.
#[must_use]
pub fn to_host(event: Event, api: PluginApi) -> Option<HostEvent> {
    let timing = event.frame;
    Some(match event.kind {
        EventKind::NoteOn { voice, velocity } => {
            let (voice_id, channel, key) = address(voice);
            NoteEvent::NoteOn { timing, voice_id, channel, key, velocity: narrow(velocity) }
        }
        EventKind::NoteOff { voice, velocity } => {
            let (voice_id, channel, key) = address(voice);
            NoteEvent::NoteOff { timing, voice_id, channel, key, velocity: narrow(velocity) }
        }
        EventKind::NoteChoke { voice } => {
            let (voice_id, channel, key) = address(voice);
            NoteEvent::Choke { timing, voice_id, channel, key }
        }
        EventKind::NoteEnd { voice } => {
            let (voice_id, channel, key) = address(voice);
            NoteEvent::VoiceTerminated { timing, voice_id, channel, key }
        }
        EventKind::Expression { voice, expression, value } => {
            expression_to_host(timing, voice, expression, value, api)
        }
        EventKind::Midi { data, .. } => NoteEvent::from_midi(timing, &data).ok()?,
        _ => return None,
    })
}

fn expression_to_host(
    timing: u32,
    voice: Voice,
    expression: Expression,
    value: f64,
    api: PluginApi,
) -> HostEvent {
    let (voice_id, channel, key) = address(voice);
    let value = narrow(value);
    match unswapped(expression, api) {
        Expression::Volume => NoteEvent::PolyVolume { timing, voice_id, channel, key, gain: value },
        Expression::Pan => NoteEvent::PolyPan { timing, voice_id, channel, key, pan: 2.0 * value - 1.0 },
        Expression::Tuning => NoteEvent::PolyTuning { timing, voice_id, channel, key, tuning: value },
        Expression::Vibrato => NoteEvent::PolyVibrato { timing, voice_id, channel, key, vibrato: value },
        Expression::Expression => {
            NoteEvent::PolyExpression { timing, voice_id, channel, key, expression: value }
        }
        Expression::Brightness => {
            NoteEvent::PolyBrightness { timing, voice_id, channel, key, brightness: value }
        }
        Expression::Pressure => NoteEvent::PolyPressure { timing, voice_id, channel, key, pressure: value },
    }
}

/// nice-plug takes VST3's expression for brightness and the other way round, in both directions.
fn unswapped(expression: Expression, api: PluginApi) -> Expression {
    match (api, expression) {
        (PluginApi::Vst3, Expression::Expression) => Expression::Brightness,
        (PluginApi::Vst3, Expression::Brightness) => Expression::Expression,
        _ => expression,
    }
}

fn channel_number(channel: Channel) -> i16 {
    channel.number().map_or(-1, i16::from)
}

fn voice(id: VoiceID, channel: Channel, key: Key) -> Voice {
    Voice {
        note_id: id.id().unwrap_or(-1),
        port: 0,
        channel: channel_number(channel),
        key: key.number().map_or(-1, i16::from),
    }
}

fn address(voice: Voice) -> (VoiceID, Channel, Key) {
    let id = if voice.note_id < 0 { VoiceID::Wildcard } else { VoiceID::ID(voice.note_id) };
    let channel = u8::try_from(voice.channel).map_or(Channel::Wildcard, Channel::Number);
    let key = u8::try_from(voice.key).map_or(Key::Wildcard, Key::Number);
    (id, channel, key)
}

#[expect(clippy::cast_possible_truncation, reason = "hosts take single precision here")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_expressions_come_back_as_themselves() {
        let voice = Voice { note_id: 7, port: 0, channel: 3, key: 64 };
        let kinds = [
            EventKind::NoteOn { voice, velocity: 0.5 },
            EventKind::NoteOff { voice, velocity: 0.25 },
            EventKind::NoteChoke { voice },
            EventKind::Expression { voice, expression: Expression::Tuning, value: -1.5 },
            EventKind::Expression { voice, expression: Expression::Pan, value: 0.75 },
            EventKind::Expression { voice, expression: Expression::Brightness, value: 0.5 },
            EventKind::Expression { voice, expression: Expression::Expression, value: 0.125 },
            EventKind::Midi { port: 0, data: [0xB2, 74, 100] },
            EventKind::Midi { port: 0, data: [0xE0, 0x12, 0x41] },
        ];
        for api in [PluginApi::Clap, PluginApi::Vst3] {
            for kind in kinds {
                let event = Event { frame: 12, kind };
                let back = to_host(event, api).and_then(|event| from_host(event, api));
                assert_eq!(back, Some(event), "{api}");
            }
        }
    }

    #[test]
    fn a_note_without_an_id_stays_without() {
        let event = NoteEvent::NoteOn {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(0),
            key: Key::Number(60),
            velocity: 1.0,
        };
        let voice = Voice { note_id: -1, port: 0, channel: 0, key: 60 };
        let expected = Event { frame: 0, kind: EventKind::NoteOn { voice, velocity: 1.0 } };
        assert_eq!(from_host(event, PluginApi::Clap), Some(expected));
    }
}
