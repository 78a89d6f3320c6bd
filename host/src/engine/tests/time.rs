//! Transport: own and followed, loops, jumps, stops.

use std::sync::Arc;

use protocol::control::TransportCommand;
use protocol::*;

use super::harness::*;
use crate::HostTransport;
use crate::event::EventKind;

/// A player into a plugin that logs.
fn logged(notes: &[(f64, f64, u8)]) -> Sketch {
    let mut sketch = Sketch::new();
    let player = sketch.notes(1, vec![note_clip(0.0, 64.0, notes)]);
    let log = sketch.plugin(1, "log");
    sketch.events(player, log);
    sketch.chain(&[log, sketch.output()]);
    sketch
}

/// The log as (frame, key, whether it is a note on).
fn log(rig: &Rig) -> Vec<(u64, i16, bool)> {
    let log = rig.traces.log.lock().unwrap();
    log.iter()
        .filter_map(|&(frame, kind)| match kind {
            EventKind::NoteOn { voice, .. } => Some((frame, voice.key, true)),
            EventKind::NoteOff { voice, .. } => Some((frame, voice.key, false)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_loop_lets_notes_go_and_starts_over_at_its_exact_frame() {
    let mut sketch = logged(&[(0.0, 8.0, 60), (0.5, 8.0, 62)]);
    sketch.plan.loop_range = Some((Beats::ZERO, Beats::whole(1)));
    for (name, cut) in cuts(60_000) {
        let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
        rig.render(cut);
        let expected = [
            (0, 60, true),
            (12_000, 62, true),
            (24_000, 60, false),
            (24_000, 62, false),
            (24_000, 60, true),
            (36_000, 62, true),
            (48_000, 60, false),
            (48_000, 62, false),
            (48_000, 60, true),
        ];
        assert_eq!(log(&rig), expected, "{name}");
    }
}

#[test]
fn stopping_and_locating_let_notes_go() {
    let sketch = logged(&[(0.0, 8.0, 60), (10.0, 1.0, 61)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.render([100]);
    rig.controller.transport(TransportCommand::Locate { to: Beats::whole(10) });
    rig.render([100]);
    rig.controller.transport(TransportCommand::Stop);
    rig.render([100]);
    assert_eq!(log(&rig), [(0, 60, true), (100, 60, false), (100, 61, true), (200, 61, false)]);
}

/// The outer host's transport at a frame of its own, at 120 bpm and 48 kHz.
fn at(frame: u64) -> HostTransport {
    let beats = f64::from(u32::try_from(frame).unwrap()) / 24_000.0;
    HostTransport { playing: true, beats: Some(beats), bpm: Some(120.0), ..HostTransport::default() }
}

#[test]
fn following_a_host_gives_the_same_samples_as_playing_alone() {
    let build = || {
        let mut sketch = Sketch::new();
        let notes = sketch.notes(1, vec![note_clip(0.0, 8.0, &[(0.0, 0.5, 60), (0.7, 0.5, 67)])]);
        let synth = sketch.device(1, DeviceKind::Synth);
        sketch.events(notes, synth);
        sketch.chain(&[synth, sketch.output()]);
        sketch
    };
    let alone = Rig::new(&build().plan, Arc::default()).play().render(blocks(30_000, 512));
    assert!(peak(&alone[0]) > 0.01);
    for size in [64, 441, 1_000] {
        // The host idles for a while first, as hosts do.
        let mut rig = Rig::new(&build().plan, Arc::default());
        rig.host = Some(HostTransport { playing: false, ..at(0) });
        rig.render(blocks(5_000, size));
        let (start, mut got) = (rig.frame, [Vec::new(), Vec::new()]);
        for frames in blocks(30_000, size) {
            rig.host = Some(at(rig.frame - start));
            let [left, right] = rig.block(frames);
            got[0].extend(left);
            got[1].extend(right);
        }
        assert_eq!(got, alone, "blocks of {size}");
    }
}

#[test]
fn a_jump_of_the_host_is_heard_at_once() {
    let sketch = logged(&[(0.0, 0.0125, 60), (4.0, 0.0125, 64)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.host = Some(at(0));
    rig.block(1_000);
    rig.host = Some(at(96_000));
    rig.block(1_000);
    assert_eq!(log(&rig), [(0, 60, true), (300, 60, false), (1_000, 64, true), (1_300, 64, false)]);
}

#[test]
fn the_hosts_own_tempo_is_followed() {
    let sketch = logged(&[(1.0, 0.5, 60)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    for block in 0..60_u32 {
        let beats = f64::from(block) * 1_000.0 / 48_000.0;
        rig.host = Some(HostTransport { beats: Some(beats), bpm: Some(60.0), ..at(0) });
        rig.block(1_000);
    }
    assert_eq!(log(&rig), [(48_000, 60, true)], "a beat at 60 bpm is a second");
}

#[test]
fn a_plan_that_changes_the_tempo_changes_it_at_once() {
    let mut sketch = logged(&[(2.0, 1.0, 60)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.render([24_000]);
    sketch.plan.tempo = TempoMap::constant(240.0);
    rig.apply(&sketch);
    rig.render([20_000]);
    assert_eq!(log(&rig), [(36_000, 60, true)], "beat 1 to 2 now takes 12000 frames");
}

#[test]
fn a_reset_repeats_a_render_exactly() {
    let mut sketch = Sketch::new();
    let notes = sketch.notes(1, vec![note_clip(0.0, 8.0, &[(0.0, 4.0, 60)])]);
    let synth = sketch.device(1, DeviceKind::Synth);
    let reverb = sketch.device(2, DeviceKind::Reverb);
    let strip = sketch.strip(1);
    sketch.events(notes, synth);
    sketch.chain(&[synth, reverb, strip, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    let first = rig.render(blocks(10_000, 64));
    rig.controller.transport(TransportCommand::Locate { to: Beats::ZERO });
    rig.controller.reset();
    assert_eq!(rig.render(blocks(10_000, 64)), first);
}

#[test]
fn transport_fuzz_is_survived() {
    let sketch = logged(&[(0.0, 0.3, 60), (0.5, 9.0, 61)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let odd = [f64::NAN, -1.0, 0.0, 1e-300, 120.0, 1e9, f64::INFINITY, 3.7];
    for (round, signature) in (0..400_usize).zip((0..5_u8).zip(0..7_u8).cycle()) {
        let pick = |salt: usize| odd[(round * 7 + salt * 13 + round / 5) % odd.len()];
        rig.host = (round % 9 != 0).then(|| HostTransport {
            playing: round % 3 != 0,
            beats: Some(pick(1)),
            secs: Some(pick(2)),
            bpm: Some(pick(3)),
            signature: Some(signature),
            bar_start_beats: Some(pick(4)),
            loop_beats: Some((pick(5), pick(6))),
        });
        rig.block(round % 130);
    }
}

#[test]
fn the_project_chooses_how_fine_the_steps_are_and_may_choose_anew_while_it_plays() {
    let mut sketch = logged(&[]);
    let plugin = id(1, NodeRole::Device);
    sketch.automate(plugin, ParamId(1), &[(0.0, 0.0, Curve::Linear), (1.0, 1.0, Curve::Linear)]);
    let steps = |rig: &Rig| -> Vec<(u64, f64)> {
        let mut log = rig.traces.log.lock().unwrap();
        let param = |(frame, kind)| match kind {
            EventKind::Param { value, .. } | EventKind::ParamLine { value, .. } => Some((frame, value)),
            _ => None,
        };
        log.drain(..).filter_map(param).collect()
    };
    for frames in [8, 32, 100, 512] {
        sketch.plan.control = plan::ControlFrames::new(frames);
        let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
        rig.render(blocks(10_000, 333));
        let got = steps(&rig);
        let expected: Vec<u64> = (0..10_000).step_by(frames.into()).collect();
        assert_eq!(got.iter().map(|(at, _)| *at).collect::<Vec<_>>(), expected, "steps of {frames}");
        let near = |&(at, value): &(u64, f64)| {
            (value - crate::math::len_f64(usize::try_from(at).unwrap()) / 24_000.0).abs() < 1e-9
        };
        assert!(got.iter().all(near), "steps of {frames}");
    }
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.render([5_000]);
    steps(&rig);
    sketch.plan.control = plan::ControlFrames::new(10);
    rig.apply(&sketch);
    rig.render([100]);
    let at: Vec<u64> = steps(&rig).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, (5_000..5_100).step_by(10).collect::<Vec<_>>());
}

/// The parameter steps that reach a plugin within a beat, on so many lanes, in blocks of a size.
fn steps(lanes: u32, points: &[(f64, f64, Curve)], block: usize) -> (Vec<(u64, u32)>, u32) {
    let mut sketch = logged(&[]);
    let plugin = id(1, NodeRole::Device);
    for lane in 0..lanes {
        sketch.automate(plugin, ParamId(lane), points);
    }
    let mut rig =
        Rig::with(&sketch.plan, Arc::default(), RATE, block, crate::RenderMode::Offline, 30.0).play();
    rig.render(blocks(8_192, block));
    let log = rig.traces.log.lock().unwrap();
    let mut steps: Vec<_> = log
        .iter()
        .filter_map(|&(frame, kind)| match kind {
            EventKind::Param { param, .. } | EventKind::ParamLine { param, .. } => Some((frame, param.0)),
            _ => None,
        })
        .collect();
    steps.sort_unstable();
    let lost = rig.telemetry.iter().rev().find_map(|frame| match *frame {
        TelemetryFrame::Load { dropped_events, .. } => Some(dropped_events),
        _ => None,
    });
    (steps, lost.unwrap_or(0))
}

#[test]
fn all_that_moves_in_a_large_block_is_heard() {
    let line = [(0.0, 0.0, Curve::Linear), (1.0, 1.0, Curve::Linear)];
    let (expected, _) = steps(40, &line, 64);
    assert_eq!(expected.len(), 40 * 8_192 / 32);
    let (got, lost) = steps(40, &line, 8_192);
    assert_eq!((got == expected, lost), (true, 0));
}

#[test]
fn steps_that_there_is_no_room_for_are_counted() {
    // A point at every other frame, on more lanes than anybody would draw.
    let points: Vec<_> =
        (0..4_096_u16).map(|n| (f64::from(n) / 12_000.0, f64::from(n % 2), Curve::Hold)).collect();
    let (got, lost) = steps(12, &points, 1_024);
    assert!(got.len() < 12 * 4_096 && lost > 0, "{} steps, {lost} lost", got.len());
}
