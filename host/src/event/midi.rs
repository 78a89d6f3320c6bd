//! Between MIDI 1 messages and note events. Source: MIDI 1.0, table of channel messages.

use super::{EventKind, Expression, Voice};

/// How many semitones a pitch bend spans to each side, where nothing else was agreed on.
pub const BEND_SEMITONES: f64 = 2.0;

const ALL_SOUND_OFF: u8 = 120;
const ALL_NOTES_OFF: u8 = 123;

/// The expressions that are controllers of a channel.
const CONTROLLERS: [(Expression, u8); 5] = [
    (Expression::Vibrato, 1),
    (Expression::Volume, 7),
    (Expression::Pan, 10),
    (Expression::Expression, 11),
    (Expression::Brightness, 74),
];

/// A MIDI value of seven bits from 0..=1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=127")]
pub(super) fn to_seven_bits(norm: f64) -> u8 {
    (norm.clamp(0.0, 1.0) * 127.0).round() as u8
}

/// A pitch bend of a channel (0..=15), of -1..=1 times its span.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=16383")]
pub fn bend(channel: u8, way: f64) -> [u8; 3] {
    let bits = ((0.5 + way / 2.0).clamp(0.0, 1.0) * 16_383.0).round() as u16;
    let [high, low] = (bits << 1).to_be_bytes();
    [0xE0 | channel, low >> 1, high]
}

/// How far a pitch bend goes, -1..1 times its span.
pub(super) fn bend_way(low: u8, high: u8) -> f64 {
    f64::from(u16::from(high) << 7 | u16::from(low)) / 8_192.0 - 1.0
}

/// The MIDI message that comes nearest to a note event; `None` where there is none, as for expressions of one note
/// other than its pressure: they would move all notes of the channel.
#[must_use]
pub fn from_note(kind: EventKind) -> Option<[u8; 3]> {
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
        EventKind::Expression { voice, .. } if key(voice).is_some() || voice.note_id >= 0 => return None,
        EventKind::Expression { voice, expression: Expression::Tuning, value } => {
            bend(channel(voice), value / BEND_SEMITONES)
        }
        EventKind::Expression { voice, expression, value } => {
            let (_, controller) = CONTROLLERS.iter().find(|(known, _)| *known == expression)?;
            [0xB0 | channel(voice), *controller, to_seven_bits(value)]
        }
        _ => return None,
    })
}

/// The note event that a MIDI message is, in which a pitch bend spans so many semitones to each side; `None` for what
/// there is no note event for.
#[must_use]
pub fn to_note(data: [u8; 3], port: i16, bend_semitones: f64) -> Option<EventKind> {
    let [status, first, second] = data;
    let voice = Voice { note_id: -1, port, channel: i16::from(status & 0x0F), key: i16::from(first) };
    let all = Voice { key: -1, ..voice };
    let norm = |value: u8| f64::from(value) / 127.0;
    let expression = |voice, expression, value| Some(EventKind::Expression { voice, expression, value });
    match status & 0xF0 {
        0x90 if second > 0 => Some(EventKind::NoteOn { voice, velocity: norm(second) }),
        0x80 | 0x90 => Some(EventKind::NoteOff { voice, velocity: norm(second) }),
        0xA0 => expression(voice, Expression::Pressure, norm(second)),
        0xD0 => expression(all, Expression::Pressure, norm(first)),
        0xE0 => expression(all, Expression::Tuning, bend_way(first, second) * bend_semitones),
        0xB0 => match first {
            ALL_SOUND_OFF => Some(EventKind::NoteChoke { voice: all }),
            ALL_NOTES_OFF => Some(EventKind::NoteOff { voice: all, velocity: 0.0 }),
            _ => {
                let (known, _) = CONTROLLERS.iter().find(|(_, controller)| *controller == first)?;
                expression(all, *known, norm(second))
            }
        },
        _ => None,
    }
}

/// Whether a message starts or ends a note. Those travel as note events, so that every node understands them.
#[must_use]
pub const fn is_note(data: [u8; 3]) -> bool {
    matches!(data[0] & 0xF0, 0x80 | 0x90)
}

/// A MIDI message as it travels: a note as a note event, anything else as it is.
#[must_use]
pub fn event(port: i16, data: [u8; 3]) -> EventKind {
    let note = if is_note(data) { to_note(data, port, BEND_SEMITONES) } else { None };
    note.unwrap_or(EventKind::Midi { port, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: Voice = Voice { note_id: 7, port: 0, channel: 3, key: 60 };

    #[test]
    fn notes_become_midi_and_back() {
        assert_eq!(from_note(EventKind::NoteOn { voice: VOICE, velocity: 1.0 }), Some([0x93, 60, 127]));
        let voice = Voice { note_id: -1, ..VOICE };
        assert_eq!(
            to_note([0x93, 60, 127], 0, BEND_SEMITONES),
            Some(EventKind::NoteOn { voice, velocity: 1.0 })
        );
        let off = EventKind::NoteOff { voice: Voice { key: -1, ..VOICE }, velocity: 0.0 };
        assert_eq!(from_note(off), Some([0xB3, 123, 0]));
        assert_eq!(from_note(EventKind::NoteOn { voice: VOICE, velocity: 0.0 }), Some([0x93, 60, 1]));
    }

    #[test]
    fn expressions_of_a_channel_become_midi_and_back_and_those_of_a_note_are_left_out() {
        let channel = Voice { note_id: -1, port: 0, channel: 4, key: -1 };
        for expression in [
            Expression::Volume,
            Expression::Pan,
            Expression::Tuning,
            Expression::Vibrato,
            Expression::Expression,
            Expression::Brightness,
            Expression::Pressure,
        ] {
            for value in [0.0, 1.0] {
                let kind = EventKind::Expression { voice: channel, expression, value };
                let data = from_note(kind).unwrap();
                let Some(EventKind::Expression { voice, expression: back, value: same }) =
                    to_note(data, 0, BEND_SEMITONES)
                else {
                    panic!("{data:?}");
                };
                assert_eq!((voice, back), (channel, expression));
                assert!((same - value).abs() < 1e-3, "{expression:?}: {same}");
                if expression != Expression::Pressure {
                    assert_eq!(from_note(EventKind::Expression { voice: VOICE, expression, value }), None);
                }
            }
        }
    }

    #[test]
    fn a_bend_reaches_its_whole_span() {
        assert_eq!(bend(0, 0.0), [0xE0, 0, 64]);
        assert_eq!(bend(2, 1.0), [0xE2, 127, 127]);
        assert_eq!(bend(2, -1.0), [0xE2, 0, 0]);
        assert_eq!(bend_way(0, 64), 0.0);
        assert_eq!(bend_way(0, 0), -1.0);
    }
}
