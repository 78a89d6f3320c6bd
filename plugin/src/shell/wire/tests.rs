//! There and back.

use super::*;
use host::Event;

fn there_and_back(carried: Carried) {
    let (bytes, length) = carried.pack();
    assert_eq!(Carried::from_buffer(&bytes[..length]), Some(carried));
    // Whatever is cut off is missed.
    for cut in 0..length {
        assert_ne!(Carried::from_buffer(&bytes[..cut]), Some(carried), "cut at {cut}");
    }
}

#[test]
fn every_event_comes_back_as_it_was() {
    let voice = Voice { note_id: -1, port: 3, channel: 15, key: 127 };
    let param = ParamId(0xDEAD_BEEF);
    let mut kinds = vec![
        EventKind::NoteOn { voice, velocity: 0.1 },
        EventKind::NoteOff { voice, velocity: 1.0 / 3.0 },
        EventKind::NoteChoke { voice },
        EventKind::NoteEnd { voice: Voice { note_id: i32::MAX, ..voice } },
        EventKind::Param { param, voice, value: -1e-300 },
        EventKind::ParamMod { param, voice, amount: 0.3 },
        EventKind::GestureBegin { param },
        EventKind::GestureEnd { param },
        EventKind::Midi { port: -1, data: [0xB2, 74, 100] },
    ];
    kinds.extend(EXPRESSIONS.map(|expression| EventKind::Expression { voice, expression, value: 0.7 }));
    kinds.into_iter().for_each(|kind| there_and_back(Carried::Event(kind)));
    there_and_back(Carried::Lost(7));
    there_and_back(Carried::Message(parts(0, &[0xF0, 5, 0xF7]).next().expect("one part")));
}

#[test]
fn long_messages_come_in_parts_and_are_put_together() {
    let mut assembly = Assembly::new();
    for length in [2, PART - 1, PART, PART + 1, 1_000] {
        let mut bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 100).expect("small")).collect();
        (bytes[0], bytes[length - 1]) = (0xF0, 0xF7);
        let mut list = EventList::with_capacity(1_000);
        for part in parts(2, &bytes) {
            there_and_back(Carried::Part(part));
            assert!(!assembly.add(9, &part, &mut list));
        }
        let [Event { frame: 9, kind: EventKind::SysEx { port: 2, bytes: got } }] = *list else {
            panic!("{list:?}");
        };
        assert_eq!(list.view().sysex(got), bytes);
    }
}

#[test]
fn what_is_longer_than_there_is_room_for_is_told() {
    let (mut assembly, mut list) = (Assembly::new(), EventList::with_capacity(100_000));
    let lost = parts(0, &vec![1; Assembly::MAX + 1]).filter(|part| assembly.add(0, part, &mut list)).count();
    assert_eq!((lost, list.len()), (1, 0));
    for part in parts(0, &[0xF0, 0xF7]) {
        assert!(!assembly.add(0, &part, &mut list));
    }
    assert_eq!(list.len(), 1);
}

#[test]
fn bytes_that_are_neither_packed_nor_a_message_are_left_out() {
    assert_eq!(Carried::from_buffer(&[]), None);
    assert_eq!(Carried::from_buffer(&[PACKED, 99]), None);
    assert_eq!(Carried::from_buffer(&[0x40, 1, 2]), None);
    assert!(
        matches!(Carried::from_buffer(&[0xF0, 1, 0xF7]), Some(Carried::Message(part)) if part.bytes() == [0xF0, 1, 0xF7])
    );
}

#[test]
fn a_real_message_that_is_too_long_is_told() {
    let mut bytes = [0x40; PART + 1];
    bytes[0] = 0xF0;
    assert!(matches!(Carried::from_buffer(&bytes[..PART]), Some(Carried::Message(_))));
    assert_eq!(Carried::from_buffer(&bytes), Some(Carried::Lost(1)));
}
