//! Events into plugins and out of them, at full resolution.

use loophole_host::event::{Event, EventKind, EventList, Events, Expression, Voice};
use loophole_host::processor::{BlockTransport, BusBuffer, NodeBlock, ProcessStatus};
use protocol::ParamId;
use test_units::plugins::{gain, sine};

use super::rig::Rig;

const VOICE: Voice = Voice { note_id: 4_711, port: 0, channel: 3, key: 69 };

fn kinds(rig: &Rig) -> Vec<(u32, EventKind)> {
    rig.events.iter().map(|event| (event.frame, event.kind)).collect()
}

#[test]
fn every_kind_of_event_comes_back_as_it_went_in() {
    let mut rig = Rig::new("echo");
    assert!(rig.controller.ports().events_in && rig.controller.ports().events_out);
    let expressions = [
        Expression::Volume,
        Expression::Pan,
        Expression::Tuning,
        Expression::Vibrato,
        Expression::Expression,
        Expression::Brightness,
        Expression::Pressure,
    ];
    let mut events = vec![
        Event::new(0, EventKind::NoteOn { voice: VOICE, velocity: 0.123_456_789 }),
        Event::new(1, EventKind::Param { param: ParamId(1), voice: VOICE, value: 0.3 }),
        Event::new(2, EventKind::ParamMod { param: ParamId(1), voice: VOICE, amount: -0.1 }),
        Event::new(3, EventKind::Midi { port: 0, data: [0xB3, 74, 99] }),
        Event::new(4, EventKind::NoteChoke { voice: Voice { key: -1, ..VOICE } }),
        Event::new(5, EventKind::NoteOff { voice: Voice::ALL, velocity: 0.5 }),
    ];
    for expression in expressions {
        events.push(Event::new(6, EventKind::Expression { voice: VOICE, expression, value: 0.987_654_321 }));
    }
    rig.process(64, &events);
    assert_eq!(&*rig.events, &events[..]);
}

#[test]
fn a_key_that_sounds_once_is_let_go_of_before_it_is_played_again() {
    let on = |frame, note_id| {
        Event::new(frame, EventKind::NoteOn { voice: Voice { note_id, ..VOICE }, velocity: 1.0 })
    };
    let off = |frame, note_id| {
        Event::new(frame, EventKind::NoteOff { voice: Voice { note_id, ..VOICE }, velocity: 0.0 })
    };
    let played = [on(0, 1), on(10, 2), off(20, 1), off(30, 2)];
    let mut rig = Rig::new("clap-echo");
    rig.process(64, &played);
    assert_eq!(&*rig.events, &played, "this one does not say");
    let mut rig = Rig::new("keys-echo");
    rig.process(16, &played[..2]);
    let mut heard = rig.events.to_vec();
    rig.process(64, &played[2..]);
    heard.extend(rig.events.iter());
    assert_eq!(heard, [on(0, 1), off(10, 1), on(10, 2), off(30, 2)]);
}

#[test]
fn system_exclusive_bytes_come_back() {
    let mut rig = Rig::new("echo");
    let mut list = EventList::with_capacity(8);
    list.push_sysex(5, 0, &[0xF0, 1, 2, 3, 0xF7]);
    rig.process_events(64, list.view());
    let EventKind::SysEx { bytes, .. } = rig.events[0].kind else { panic!("{:?}", rig.events[0]) };
    assert_eq!((rig.events[0].frame, rig.events.view().sysex(bytes)), (5, &[0xF0, 1, 2, 3, 0xF7][..]));
}

#[test]
fn a_plugin_that_only_speaks_midi_gets_midi_and_its_notes_come_back_as_notes() {
    let mut rig = Rig::new("midi-echo");
    let all_of_channel = Voice { note_id: -1, port: 0, channel: 3, key: -1 };
    let events = [
        Event::new(0, EventKind::NoteOn { voice: VOICE, velocity: 1.0 }),
        Event::new(
            1,
            EventKind::Expression { voice: all_of_channel, expression: Expression::Brightness, value: 1.0 },
        ),
        Event::new(2, EventKind::Expression { voice: VOICE, expression: Expression::Pressure, value: 0.0 }),
        // MIDI has no tuning of one note.
        Event::new(2, EventKind::Expression { voice: VOICE, expression: Expression::Tuning, value: 1.0 }),
        Event::new(3, EventKind::NoteOff { voice: VOICE, velocity: 0.0 }),
    ];
    rig.process(64, &events);
    let plain = Voice { note_id: -1, ..VOICE };
    assert_eq!(
        kinds(&rig),
        [
            (0, EventKind::NoteOn { voice: plain, velocity: 1.0 }),
            (1, EventKind::Midi { port: 0, data: [0xB3, 74, 127] }),
            (2, EventKind::Midi { port: 0, data: [0xA3, 69, 0] }),
            (3, EventKind::NoteOff { voice: plain, velocity: 0.0 }),
        ]
    );
}

#[test]
fn an_instrument_repeats_note_ids_and_tells_when_a_voice_has_ended() {
    let mut rig = Rig::with_params("sine", &[(sine::RELEASE_MS, 1.0)]);
    assert_eq!(rig.process(64, &[]), ProcessStatus::Quiet);
    let on = EventKind::NoteOn { voice: VOICE, velocity: 1.0 };
    assert_eq!(rig.process(64, &[Event::new(5, on)]), ProcessStatus::Continue);
    assert_eq!(kinds(&rig), [(5, on)]);
    assert!(rig.outputs[0].left[..5].iter().all(|sample| *sample == 0.0));
    assert!(rig.outputs[0].left[6..64].iter().any(|sample| sample.abs() > 0.05));
    let off =
        EventKind::NoteOff { voice: Voice { note_id: 4_711, port: -1, channel: -1, key: -1 }, velocity: 0.0 };
    rig.process(64, &[Event::new(0, off)]);
    assert_eq!(kinds(&rig), [(0, off), (47, EventKind::NoteEnd { voice: VOICE })]);
}

#[test]
fn expressions_and_modulation_reach_one_voice_of_two_on_the_same_key() {
    let (first, second) = (Voice { note_id: 1, ..VOICE }, Voice { note_id: 2, ..VOICE });
    let mut rig = Rig::new("sine");
    rig.process(
        480,
        &[
            Event::new(0, EventKind::NoteOn { voice: first, velocity: 1.0 }),
            Event::new(0, EventKind::NoteOn { voice: second, velocity: 1.0 }),
            Event::new(0, EventKind::ParamMod { param: ParamId(sine::LEVEL), voice: second, amount: -1.0 }),
            Event::new(
                0,
                EventKind::Expression { voice: first, expression: Expression::Tuning, value: 12.0 },
            ),
        ],
    );
    // Only the first sounds, an octave up: 880 Hz passes zero upwards nearly nine times in 10 ms.
    let left = &rig.outputs[0].left[..480];
    let upwards = left.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    assert_eq!(upwards, 8);
    let peak = left.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!((peak - 0.25).abs() < 0.01, "peak {peak}");
}

#[test]
fn a_hand_on_the_plugins_own_control_comes_out_as_a_gesture() {
    let mut rig = Rig::new("gain");
    rig.processor.set_param(ParamId(gain::WIGGLE), 1.0);
    rig.process(64, &[]);
    let param = ParamId(gain::GAIN);
    assert_eq!(
        kinds(&rig),
        [
            (0, EventKind::GestureBegin { param }),
            (0, EventKind::Param { param, voice: Voice::ALL, value: -6.0 }),
            (0, EventKind::GestureEnd { param }),
        ]
    );
}

#[test]
fn a_plugin_that_takes_no_midi_hears_midi_notes_as_notes() {
    let mut rig = Rig::new("sine");
    let midi = |frame, data| Event::new(frame, EventKind::Midi { port: 0, data });
    rig.process(64, &[midi(3, [0x95, 60, 127]), midi(4, [0xB5, 1, 64]), midi(9, [0x95, 60, 0])]);
    let voice = Voice { note_id: -1, port: 0, channel: 5, key: 60 };
    assert_eq!(
        kinds(&rig),
        [(3, EventKind::NoteOn { voice, velocity: 1.0 }), (9, EventKind::NoteOff { voice, velocity: 0.0 })]
    );
    assert!(rig.outputs[0].left[4..64].iter().any(|sample| *sample != 0.0));
}

#[test]
fn an_mpe_stream_into_a_plugin_of_claps_dialect_becomes_note_expressions() {
    let mut rig = Rig::new("clap-echo");
    let midi = |frame, data| Event::new(frame, EventKind::Midi { port: 0, data });
    rig.process(
        64,
        &[
            // A zone of four members; then a bend of 24 semitones before the note, and its timbre.
            midi(0, [0xB0, 101, 0]),
            midi(0, [0xB0, 100, 6]),
            midi(0, [0xB0, 6, 4]),
            midi(1, [0xE2, 0, 96]),
            midi(2, [0x92, 60, 127]),
            midi(3, [0xB2, 74, 127]),
            // A pedal has no note event.
            midi(4, [0xB2, 64, 127]),
        ],
    );
    let (note, channel) = (
        Voice { note_id: -1, port: 0, channel: 2, key: 60 },
        Voice { note_id: -1, port: 0, channel: 2, key: -1 },
    );
    let expression = |expression, value| EventKind::Expression { voice: channel, expression, value };
    assert_eq!(
        kinds(&rig),
        [
            (1, expression(Expression::Tuning, 24.0)),
            (2, EventKind::NoteOn { voice: note, velocity: 1.0 }),
            (3, expression(Expression::Brightness, 1.0)),
        ]
    );
    let requests = rig.poll();
    assert_eq!(requests.len(), 1, "the pedal is told, once: {requests:?}");
}

#[test]
fn notes_into_an_mpe_plugin_get_a_channel_each() {
    let mut rig = Rig::new("mpe-echo");
    let note = |id| Voice { note_id: id, port: 0, channel: 0, key: 60 };
    let tuning = |voice, value| EventKind::Expression { voice, expression: Expression::Tuning, value };
    rig.process(
        64,
        &[
            Event::new(0, EventKind::NoteOn { voice: note(1), velocity: 1.0 }),
            Event::new(0, EventKind::NoteOn { voice: note(2), velocity: 1.0 }),
            Event::new(5, tuning(note(2), 48.0)),
            Event::new(9, EventKind::NoteOff { voice: note(1), velocity: 0.0 }),
        ],
    );
    let on = |channel| EventKind::NoteOn { voice: Voice { note_id: -1, channel, ..note(0) }, velocity: 1.0 };
    let heard = kinds(&rig);
    assert_eq!(heard[2], (0, EventKind::Midi { port: 0, data: [0xB0, 6, 15] }), "the zone is announced");
    assert!(heard.contains(&(0, on(1))) && heard.contains(&(0, on(2))), "{heard:?}");
    assert!(heard.contains(&(5, EventKind::Midi { port: 0, data: [0xE2, 127, 127] })), "{heard:?}");
    let off = EventKind::NoteOff { voice: Voice { note_id: -1, channel: 1, ..note(0) }, velocity: 0.0 };
    assert_eq!(heard.last(), Some(&(9, off)));
    // The next note takes a channel that is free.
    rig.process(64, &[Event::new(0, EventKind::NoteOn { voice: note(3), velocity: 1.0 })]);
    assert!(kinds(&rig).contains(&(0, on(3))));
}

#[test]
fn events_beyond_what_a_block_holds_are_counted() {
    let mut rig = Rig::new("echo");
    let on = EventKind::NoteOn { voice: VOICE, velocity: 1.0 };
    let flood = vec![Event::new(0, on); 3_000];
    rig.process(64, &flood);
    let (arrived, lost) = (rig.events.len(), rig.processor.take_dropped() + rig.events.take_dropped());
    assert_eq!(arrived + usize::try_from(lost).unwrap(), flood.len());
    assert_eq!(rig.processor.take_dropped(), 0);
}

#[test]
fn all_parameters_of_an_effect_may_move_on_every_step_of_the_longest_block() {
    use loophole_host::config::AudioConfig;
    use test_units::plugins::many;

    let mut controller = super::rig::load("many");
    let config = AudioConfig { max_block: AudioConfig::MAX_BLOCK, ..super::rig::CONFIG };
    let mut processor = controller.activate(&config).unwrap();
    let frames = u32::try_from(AudioConfig::MAX_BLOCK).unwrap();
    let step = |frame: u32| {
        (1..=many::MOVED).map(move |id| {
            let value = f64::from(frame) / f64::from(frames);
            Event::new(frame, EventKind::ParamLine { param: ParamId(id), voice: Voice::ALL, value })
        })
    };
    // As automation is drawn.
    let events: Vec<_> = (0..frames).step_by(32).flat_map(step).collect();
    let (input, mut output) =
        (BusBuffer::new(2, AudioConfig::MAX_BLOCK), BusBuffer::new(2, AudioConfig::MAX_BLOCK));
    processor.process(&mut NodeBlock {
        frames: AudioConfig::MAX_BLOCK,
        audio_in: &[input.input()],
        audio_out: &mut [output.output()],
        events_in: Events::new(&events),
        events_out: &mut EventList::with_capacity(1),
        transport: &BlockTransport::default(),
        mode: loophole_host::config::RenderMode::Realtime,
    });
    assert_eq!(processor.take_dropped(), 0);
    assert_eq!(controller.param_value(ParamId(many::HEARD)), Some(events.len() as f64));
    assert!(controller.deactivate(processor).is_ok());
}
