//! MPE there and back.

use super::*;

fn read(reader: &mut MpeReader, data: [u8; 3]) -> Vec<EventKind> {
    let mut events = Vec::new();
    assert!(reader.read(data, 0, |kind| events.push(kind)), "{data:02x?}");
    events
}

fn tunings(events: &[EventKind]) -> Vec<(i16, f64)> {
    events
        .iter()
        .map(|kind| match kind {
            EventKind::Expression { voice, expression: Expression::Tuning, value } => (voice.channel, *value),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// A lower zone with so many members.
fn zone(members: u8) -> MpeReader {
    let mut reader = MpeReader::default();
    for data in [[0xB0, 101, 0], [0xB0, 100, 6], [0xB0, 6, members]] {
        read(&mut reader, data);
    }
    reader
}

fn voice(note_id: i32, key: i16) -> Voice {
    Voice { note_id, port: 0, channel: 0, key }
}

#[test]
fn without_a_zone_a_bend_spans_two_semitones_or_what_the_channel_says() {
    let mut reader = MpeReader::default();
    assert_eq!(tunings(&read(&mut reader, [0xE3, 0, 0])), [(3, -2.0)]);
    for data in [[0xB3, 101, 0], [0xB3, 100, 0], [0xB3, 6, 12]] {
        assert!(read(&mut reader, data).is_empty());
    }
    assert_eq!(tunings(&read(&mut reader, [0xE3, 0, 0])), [(3, -12.0)]);
    assert_eq!(tunings(&read(&mut reader, [0xE4, 0, 0])), [(4, -2.0)]);
}

#[test]
fn members_of_a_zone_bend_alone_and_the_manager_bends_them_all() {
    let mut reader = zone(3);
    assert_eq!(tunings(&read(&mut reader, [0xE2, 0, 96])), [(2, 24.0)]);
    assert_eq!(tunings(&read(&mut reader, [0xE0, 0, 0])), [(1, -2.0), (2, 22.0), (3, -2.0)]);
    assert_eq!(tunings(&read(&mut reader, [0xE2, 0, 64])), [(2, -2.0)]);
    // Outside the zone it is plain MIDI.
    assert_eq!(tunings(&read(&mut reader, [0xE9, 0, 0])), [(9, -2.0)]);
    let pressures: Vec<_> = read(&mut reader, [0xD0, 127, 0]);
    assert_eq!(pressures.len(), 3);
}

#[test]
fn the_span_of_one_member_is_that_of_all() {
    let mut reader = zone(2);
    for data in [[0xB1, 101, 0], [0xB1, 100, 0], [0xB1, 6, 24]] {
        read(&mut reader, data);
    }
    assert_eq!(tunings(&read(&mut reader, [0xE2, 0, 0])), [(2, -24.0)]);
}

#[test]
fn what_note_events_cannot_say_is_not_understood() {
    let mut reader = MpeReader::default();
    for data in [[0xB0, 64, 127], [0xC0, 5, 0], [0xF8, 0, 0]] {
        assert!(!reader.read(data, 0, |kind| panic!("{kind:?}")));
    }
}

#[test]
fn every_note_gets_a_channel_of_its_own_and_its_expressions_come_back() {
    let (mut writer, mut reader) = (MpeWriter::default(), MpeReader::default());
    let mut heard = Vec::new();
    let (first, second) = (voice(10, 60), voice(11, 60));
    let expression = |voice, expression, value| EventKind::Expression { voice, expression, value };
    for kind in [
        EventKind::NoteOn { voice: first, velocity: 1.0 },
        EventKind::NoteOn { voice: second, velocity: 1.0 },
        expression(second, Expression::Tuning, 24.0),
        expression(first, Expression::Pressure, 1.0),
        EventKind::NoteOff { voice: first, velocity: 0.0 },
    ] {
        let mut messages = Vec::new();
        assert!(writer.write(kind, |data| messages.push(data)));
        heard.clear();
        for data in messages {
            reader.read(data, 0, |kind| heard.push(kind));
        }
        let channel = match kind {
            EventKind::NoteOn { voice, .. } | EventKind::NoteOff { voice, .. } => voice,
            EventKind::Expression { voice, .. } => voice,
            other => panic!("{other:?}"),
        };
        let expected = if channel.note_id == 10 { 1 } else { 2 };
        match heard.last() {
            Some(EventKind::NoteOn { voice, .. } | EventKind::NoteOff { voice, .. }) => {
                assert_eq!((voice.channel, voice.key), (expected, 60));
            }
            Some(EventKind::Expression { voice, expression: Expression::Tuning, value }) => {
                assert_eq!(voice.channel, 2);
                assert!((value - 24.0).abs() < 0.01, "{value}");
            }
            Some(EventKind::Expression { voice, value, .. }) => assert_eq!((voice.channel, *value), (1, 1.0)),
            other => panic!("{other:?}"),
        }
    }
    // What MPE cannot say of one note is told.
    assert!(!writer.write(expression(second, Expression::Pan, 0.5), |data| panic!("{data:?}")));
}

#[test]
fn more_notes_than_channels_share_them_and_all_can_be_ended() {
    let mut writer = MpeWriter::default();
    let mut channels = [0; 16];
    for id in 0..30 {
        writer.write(EventKind::NoteOn { voice: voice(id, 60), velocity: 1.0 }, |data| {
            if data[0] & 0xF0 == 0x90 {
                channels[usize::from(data[0] & 0x0F)] += 1;
            }
        });
    }
    assert_eq!(channels[0], 0);
    assert_eq!(channels[1..], [2; 15]);
    let mut ended = 0;
    writer.write(EventKind::NoteOff { voice: Voice::ALL, velocity: 0.0 }, |_| ended += 1);
    assert_eq!(ended, 30);
}

#[test]
fn a_note_without_an_id_keeps_its_channel() {
    let mut writer = MpeWriter::default();
    let mut last = [0; 3];
    let on = EventKind::NoteOn { voice: Voice { channel: 7, ..voice(-1, 50) }, velocity: 1.0 };
    writer.write(on, |data| last = data);
    assert_eq!(last, [0x97, 50, 127]);
}
