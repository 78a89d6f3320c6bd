//! What a plugin hears that draws lines between the points of a parameter, as the standard has it.

use loophole_host::event::{Event, EventKind, Voice};
use loophole_test_vst3::probe::{BEND, GAIN, PROGRAM};
use protocol::ParamId;

use crate::rig::{Bundle, Rig};

const BLOCK: usize = 64;

fn jump(frame: u32, value: f64) -> Event {
    Event::new(frame, EventKind::Param { param: ParamId(GAIN), voice: Voice::ALL, value })
}

fn line(frame: u32, value: f64) -> Event {
    Event::new(frame, EventKind::ParamLine { param: ParamId(GAIN), voice: Voice::ALL, value })
}

fn rig(bundle: &Bundle) -> Rig {
    let mut rig = Rig::new(bundle.load("Lines"));
    rig.feed(0, 1.0);
    rig
}

/// Processes blocks, and says what came of a constant 1: the gain.
fn gains(rig: &mut Rig, blocks: &[&[Event]]) -> Vec<f32> {
    let mut heard = Vec::new();
    for events in blocks {
        rig.process(BLOCK, events);
        heard.extend_from_slice(&rig.outputs[0].channel(0)[..BLOCK]);
    }
    heard
}

/// A curve of values that hold from their frames on.
fn steps(points: &[(usize, f32)], frames: usize) -> Vec<f32> {
    let value = |frame| points.iter().rev().find(|(at, _)| *at <= frame).map(|(_, value)| *value);
    (0..frames).map(|frame| value(frame).unwrap()).collect()
}

#[test]
fn a_jump_after_a_rest_is_no_ramp() {
    let bundle = Bundle::new();
    let mut rig = rig(&bundle);
    let heard = gains(&mut rig, &[&[jump(0, 0.25)], &[], &[jump(40, 0.75)], &[], &[jump(63, 0.5)]]);
    let wanted = [(0, 0.25), (2 * BLOCK + 40, 0.75), (4 * BLOCK + 63, 0.5)];
    assert_eq!(heard, steps(&wanted, 5 * BLOCK));
}

#[test]
fn jumps_within_a_block_hold_between_them() {
    let bundle = Bundle::new();
    let mut rig = rig(&bundle);
    let events = [jump(1, 1.0), jump(2, 0.0), jump(3, 0.25), jump(3, 0.5), jump(30, 0.125), jump(31, 0.75)];
    let heard = gains(&mut rig, &[&[jump(0, 0.25)], &events]);
    let wanted = [(0, 0.25), (1, 1.0), (2, 0.0), (3, 0.5), (30, 0.125), (31, 0.75)];
    let (before, after) = heard.split_at(BLOCK);
    assert_eq!(before, steps(&[(0, 0.25)], BLOCK));
    assert_eq!(after, steps(&wanted, BLOCK));
}

#[test]
fn a_line_is_drawn_and_jumps_beside_it_are_not() {
    let bundle = Bundle::new();
    let mut rig = rig(&bundle);
    let events = [jump(8, 0.5), line(24, 0.75), line(32, 0.875), jump(48, 0.25)];
    let heard = gains(&mut rig, &[&[jump(0, 0.25)], &events]);
    for (frame, gain) in heard[BLOCK..].iter().enumerate() {
        let at = frame as f32;
        let wanted = match frame {
            0..8 => 0.25,
            8..32 => 0.5 + (at - 8.0) / 64.0,
            32..48 => 0.875,
            _ => 0.25,
        };
        assert_eq!(*gain, wanted, "{frame}");
    }
}

#[test]
fn nothing_is_said_of_a_value_that_the_plugin_may_not_have_any_more() {
    let bundle = Bundle::new();
    let mut rig = rig(&bundle);
    gains(&mut rig, &[&[jump(0, 0.25)]]);
    let state = rig.controller.save_state().unwrap().unwrap();
    gains(&mut rig, &[&[jump(0, 1.0)]]);
    rig.controller.load_state(&state).unwrap();
    // From the value of the state, whatever that is to us.
    let heard = gains(&mut rig, &[&[jump(32, 0.5)]]);
    assert!(heard.iter().all(|gain| *gain <= 0.5), "{heard:?}");
    assert_eq!(heard[32..], [0.5; 32]);
    // A program gives the gain another value, at its end of the block.
    let program = |frame| {
        Event::new(frame, EventKind::Param { param: ParamId(PROGRAM), voice: Voice::ALL, value: 0.0 })
    };
    gains(&mut rig, &[&[program(0)]]);
    let heard = gains(&mut rig, &[&[jump(32, 0.5)]]);
    assert_eq!(heard[32..], [0.5; 32]);
    assert!(heard[..32].iter().all(|gain| *gain < 0.5), "{heard:?}");
    // Another parameter changes nothing about what is known of this one.
    let bend = Event::new(0, EventKind::Param { param: ParamId(BEND), voice: Voice::ALL, value: 0.0 });
    let heard = gains(&mut rig, &[&[bend, jump(40, 0.75)]]);
    assert_eq!(heard, steps(&[(0, 0.5), (40, 0.75)], BLOCK));
}
