//! Audio, events and parameters of the probe, a plugin with component and controller apart.

use loophole_host::event::{Event, EventKind, EventList, Expression, Voice};
use loophole_host::nested::offers::{Arrangement, BusDirection, BusRequest, BusUse};
use loophole_host::nested::{LayoutError, PluginController, PluginRequest};
use loophole_host::processor::{ProcessStatus, Tail};
use loophole_test_vst3::probe::{BEND, GAIN, LATENCY, LEVEL, MESSAGES, PROGRAM};
use protocol::{Frames, ParamId};

use crate::rig::{Bundle, Rig};

fn set(frame: u32, param: u32, value: f64) -> Event {
    Event::new(frame, EventKind::Param { param: ParamId(param), voice: Voice::ALL, value })
}

fn note(note_id: i32) -> Voice {
    Voice { note_id, port: 0, channel: 2, key: 60 }
}

#[test]
fn parameters_move_at_their_frames() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    rig.feed(0, 1.0);
    rig.process(64, &[set(10, GAIN, 0.5), set(20, GAIN, 0.25)]);
    let out = rig.outputs[0].channel(0);
    assert!(out[..10].iter().all(|sample| *sample == 1.0));
    assert!(out[10..20].iter().all(|sample| *sample == 0.5));
    assert!(out[20..64].iter().all(|sample| *sample == 0.25));
    rig.processor.set_param(ParamId(GAIN), 0.125);
    rig.process(8, &[]);
    assert_eq!(rig.outputs[0].channel(1)[0], 0.125);
    // The controller sees what automation did, and what the component tells of itself.
    rig.poll();
    assert_eq!((rig.value(GAIN), rig.value(LEVEL)), (0.125, 0.125));
}

#[test]
fn layouts_are_what_a_component_takes_and_asking_leaves_it_as_it_was() {
    let bundle = Bundle::new();
    let mut plugin = bundle.load("Probe");
    let names = |plugin: &mut PluginController| {
        plugin.layouts().into_iter().map(|layout| (layout.name, layout.inputs)).collect::<Vec<_>>()
    };
    // Not the last that it is asked for.
    let mono = |direction| BusRequest { direction, index: 0, channels: 1, arrangement: Arrangement::Mono };
    plugin.request_buses(&[mono(BusDirection::Input), mono(BusDirection::Output)]).unwrap();
    let before = plugin.buses();
    let both = [("Mono".to_owned(), 2), ("Stereo".to_owned(), 2)];
    assert_eq!((names(&mut plugin), plugin.buses()), (both.to_vec(), before));
    let [mono, stereo] = [0, 1].map(|nth| plugin.layouts()[nth].id);
    plugin.select_layout(stereo).unwrap();
    assert_eq!(plugin.buses().1[0].arrangement, Arrangement::Stereo);
    plugin.select_layout(mono).unwrap();
    assert_eq!(plugin.buses().1[0].arrangement, Arrangement::Mono);
    assert_eq!(plugin.buses().0[0].channels, 1);
    assert_eq!(plugin.select_layout(99), Err(LayoutError::Refused));

    let mut rig = Rig::new(plugin);
    assert_eq!(rig.processor.ports().audio_out.iter().collect::<Vec<_>>(), [1, 2]);
    rig.feed(0, 0.25);
    rig.feed(1, 0.5);
    rig.process(16, &[]);
    assert_eq!(rig.outputs[0].channel(0)[15], 0.75);
    // One that runs cannot be asked, but was.
    assert_eq!(names(&mut rig.controller), both);
    assert_eq!(rig.controller.select_layout(mono), Err(LayoutError::Active));
    let mut plugin = rig.deactivate();
    let mut told = Vec::new();
    plugin.poll(&mut told);
    assert!(!told.contains(&PluginRequest::PortsChanged), "{told:?}");
}

#[test]
fn sidechain_and_second_output_have_channels_of_their_own() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    assert_eq!(rig.processor.ports().audio_in.iter().collect::<Vec<_>>(), [2, 1]);
    rig.feed(0, 0.25);
    rig.feed(1, 0.5);
    let on = Event::new(3, EventKind::NoteOn { voice: note(7), velocity: 1.0 });
    rig.process(16, &[on]);
    assert_eq!(rig.outputs[0].channel(0)[0], 0.75);
    assert_eq!(rig.outputs[1].channel(1)[0], 1.0);
    let mut controller = rig.deactivate();
    let wish = |channels| BusRequest {
        direction: BusDirection::Input,
        index: 1,
        channels,
        arrangement: Arrangement::Unspecified,
    };
    controller.request_buses(&[wish(2)]).unwrap();
    assert_eq!(controller.ports().audio_in.channels(1), 2);
    assert!(controller.request_buses(&[wish(6)]).is_err());
    assert_eq!(controller.buses().0[1].arrangement, Arrangement::Stereo);
    controller.use_bus(BusDirection::Input, 1, BusUse::Unused).unwrap();
    let mut rig = Rig::new(controller);
    rig.feed(0, 0.25);
    rig.feed(1, 0.5);
    rig.process(16, &[]);
    assert_eq!(rig.outputs[0].channel(0)[0], 0.25, "the sidechain is off");
}

#[test]
fn events_go_in_and_come_out_with_their_ids() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    let tuning = EventKind::Expression { voice: note(7), expression: Expression::Tuning, value: 1.5 };
    let events = [
        Event::new(0, EventKind::NoteOn { voice: note(7), velocity: 0.5 }),
        Event::new(5, tuning),
        Event::new(9, EventKind::NoteOff { voice: note(7), velocity: 0.25 }),
    ];
    rig.process(16, &events);
    let out: Vec<Event> = rig.events.to_vec();
    assert_eq!((out[0], out[2]), (events[0], events[2]));
    let EventKind::Expression { voice, expression, value } = out[1].kind else { panic!("{:?}", out[1]) };
    assert_eq!((out[1].frame, voice.note_id, expression), (5, 7, Expression::Tuning));
    assert!((value - 1.5).abs() < 1e-9);
}

#[test]
fn system_exclusive_bytes_come_out_as_they_went_in() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    let mut list = EventList::with_capacity(8);
    list.push_sysex(4, 0, &[0xF0, 1, 2, 3, 0xF7]);
    rig.process_events(16, list.view());
    let EventKind::SysEx { bytes, .. } = rig.events[0].kind else { panic!("{:?}", rig.events) };
    assert_eq!(rig.events.view().sysex(bytes), [0xF0, 1, 2, 3, 0xF7]);
}

#[test]
fn controllers_move_the_parameters_that_stand_for_them() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    rig.feed(0, 1.0);
    let midi = |frame, data| Event::new(frame, EventKind::Midi { port: 0, data });
    rig.process(16, &[midi(4, [0xB0, 74, 0])]);
    assert_eq!(rig.outputs[0].channel(0)[3..5], [1.0, 0.0]);
    rig.poll();
    assert_eq!(rig.value(GAIN), 0.0, "the controller sees it, too");
    // On another channel the controller stands for nothing.
    rig.process(16, &[midi(0, [0xB1, 74, 127]), midi(0, [0xE1, 127, 127])]);
    assert_eq!(rig.outputs[0].channel(0)[8], 0.0);
    rig.process(16, &[midi(0, [0xC0, 2, 0])]);
    assert!((rig.outputs[0].channel(0)[8] - 2.0 / 3.0).abs() < 1e-6, "a program change");
    rig.poll();
    assert_eq!(rig.value(PROGRAM), 2.0);
}

#[test]
fn pressure_goes_where_the_plugin_wants_fingers() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    let voice = Voice { note_id: -1, ..note(0) };
    let pressure = EventKind::Expression { voice, expression: Expression::Pressure, value: 1.0 };
    rig.process(16, &[Event::new(0, EventKind::NoteOn { voice, velocity: 1.0 }), Event::new(1, pressure)]);
    // Its own expression has no name among ours, so it is not told on; as poly pressure it would be.
    assert_eq!(rig.events.len(), 1, "{:?}", rig.events);
    let EventKind::NoteOn { voice: own, .. } = rig.events[0].kind else { panic!("{:?}", rig.events) };
    assert!(own.note_id >= 0x4000_0000, "it has an id to be expressed by");
}

#[test]
fn a_latency_change_asks_for_a_restart_and_is_read_then() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    assert_eq!(rig.controller.latency(), Frames(0));
    assert_eq!(rig.processor.tail(), Tail::Frames(Frames(480)));
    rig.controller.set_param(ParamId(LATENCY), 3.0);
    assert_eq!(rig.process(16, &[]), ProcessStatus::Continue);
    assert_eq!(rig.poll(), [PluginRequest::Wake, PluginRequest::Restart]);
    let rig = Rig::new(rig.deactivate());
    assert_eq!(rig.controller.latency(), Frames(192));
    assert_eq!(rig.processor.latency(), Frames(192));
}

#[test]
fn what_the_component_says_to_its_controller_gets_there() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    assert!((rig.value(MESSAGES) - 0.1).abs() < 1e-9, "it says so when it is activated");
}

#[test]
fn a_resting_plugin_says_so_and_held_notes_keep_it_awake() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    for bus in &mut rig.inputs {
        bus.output().silence();
    }
    let on = Event::new(0, EventKind::NoteOn { voice: note(1), velocity: 1.0 });
    assert_eq!(rig.process(16, &[on]), ProcessStatus::Continue);
    assert_eq!(rig.process(16, &[]), ProcessStatus::Continue);
    let off = Event::new(0, EventKind::NoteOff { voice: note(1), velocity: 0.0 });
    rig.process(16, &[off]);
    rig.processor.reset();
    assert_eq!(rig.process(16, &[set(0, BEND, 0.5), set(0, PROGRAM, 1.0)]), ProcessStatus::Continue);
}

#[test]
fn all_parameters_may_move_on_every_step_of_the_longest_block() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Probe"));
    rig.poll();
    let line = |frame: u32, param: u32| {
        let value = f64::from(frame) / 512.0;
        Event::new(frame, EventKind::ParamLine { param: ParamId(param), voice: Voice::ALL, value })
    };
    // As automation is drawn, of as many parameters, in a block that is half as long as it may be.
    let step = |frame| {
        [GAIN, BEND, LATENCY, PROGRAM, LEVEL].map(|param| [line(frame, param), line(frame + 16, param)])
    };
    let events: Vec<_> = (0..512).step_by(32).flat_map(step).flatten().collect();
    let mut events = events;
    events.sort_by_key(|event| event.frame);
    rig.process(512, &events);
    let dropped = |request: &PluginRequest| matches!(request, PluginRequest::Log { text, .. } if text.contains("dropped"));
    let requests = rig.poll();
    assert!(!requests.iter().any(dropped), "{requests:?}");
}
