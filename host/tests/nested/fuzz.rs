//! Any events in any blocks: nothing fails, nothing allocates, nothing is written past the block.

use loophole_host::event::{Event, EventKind, Expression, Voice};
use loophole_host::processor::ProcessStatus;
use proptest::prelude::*;
use protocol::ParamId;

use super::rig::{Bus, MAX_BLOCK, Rig};

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -2.0..2.0,
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::MIN_POSITIVE / 4.0),
    ]
}

fn voice() -> impl Strategy<Value = Voice> {
    let small = || prop_oneof![-1_i16..20, any::<i16>()];
    (prop_oneof![-1_i32..8, any::<i32>()], small(), small(), prop_oneof![-1_i16..128, any::<i16>()])
        .prop_map(|(note_id, port, channel, key)| Voice { note_id, port, channel, key })
}

fn param() -> impl Strategy<Value = ParamId> {
    prop_oneof![0_u32..4, any::<u32>()].prop_map(ParamId)
}

fn kind() -> impl Strategy<Value = EventKind> {
    let expression = prop::sample::select(vec![
        Expression::Volume,
        Expression::Pan,
        Expression::Tuning,
        Expression::Vibrato,
        Expression::Expression,
        Expression::Brightness,
        Expression::Pressure,
    ]);
    prop_oneof![
        (voice(), number()).prop_map(|(voice, velocity)| EventKind::NoteOn { voice, velocity }),
        (voice(), number()).prop_map(|(voice, velocity)| EventKind::NoteOff { voice, velocity }),
        voice().prop_map(|voice| EventKind::NoteChoke { voice }),
        voice().prop_map(|voice| EventKind::NoteEnd { voice }),
        (voice(), expression, number()).prop_map(|(voice, expression, value)| EventKind::Expression {
            voice,
            expression,
            value
        }),
        (param(), voice(), number()).prop_map(|(param, voice, value)| EventKind::Param {
            param,
            voice,
            value
        }),
        (param(), voice(), number()).prop_map(|(param, voice, amount)| EventKind::ParamMod {
            param,
            voice,
            amount
        }),
        param().prop_map(|param| EventKind::GestureBegin { param }),
        param().prop_map(|param| EventKind::GestureEnd { param }),
        (any::<i16>(), any::<[u8; 3]>()).prop_map(|(port, data)| EventKind::Midi { port, data }),
    ]
}

fn block() -> impl Strategy<Value = (usize, Vec<Event>)> {
    (1..=MAX_BLOCK).prop_flat_map(|frames| {
        let last = u32::try_from(frames).unwrap() - 1;
        let event = (0..=last, kind()).prop_map(|(frame, kind)| Event::new(frame, kind));
        prop::collection::vec(event, 0..20).prop_map(move |mut events| {
            events.sort_by_key(|event| event.frame);
            (frames, events)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_events_in_any_blocks_are_taken(
        key in prop::sample::select(vec!["gain", "sine", "echo", "midi-echo", "tail", "mono", "wide", "drive"]),
        blocks in prop::collection::vec(block(), 1..6),
        set in prop::collection::vec((param(), number()), 0..8),
    ) {
        let mut rig = Rig::new(key);
        for bus in &mut rig.inputs {
            *bus = Bus::of(0.5, -0.5);
        }
        for (param, value) in set {
            rig.processor.set_param(param, value);
        }
        for (frames, events) in blocks {
            prop_assert_ne!(rig.process(frames, &events), ProcessStatus::Failed);
            for bus in &rig.outputs {
                prop_assert!(bus.left[frames..].iter().all(|sample| *sample == 777.0));
                prop_assert!(bus.left[..frames].iter().all(|sample| *sample != 777.0));
            }
            prop_assert!(rig.events.iter().all(|event| usize::try_from(event.frame).unwrap() < frames));
        }
        rig.processor.reset();
        rig.deactivate();
    }
}
