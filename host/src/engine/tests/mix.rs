//! Mixing: levels, sums, sends, compensation, automation, and that blocks do not matter.

use std::sync::Arc;

use protocol::device::{compressor, strip, utility};
use protocol::plan::{MacroPlan, MacroTarget};
use protocol::*;

use super::harness::*;
use crate::RenderMode;
use crate::event::{EventKind, Voice};

/// A song in small: synth and audio tracks, a send to a delay on a bus, a reverb on the master, automation of
/// everything, a loop.
fn song(blobs: &Blobs) -> Sketch {
    let mut song = Sketch::new();
    let media = blobs.wav(44_100, 30_000, |frame, side| (frame as f32 * 0.05 + side as f32).sin() * 0.4);
    let mut riff = note_clip(0.0, 3.0, &[(0.0, 0.4, 57), (0.25, 0.5, 60), (0.5, 0.01, 64)]);
    riff.loop_length = Some(Beats::from_beats(0.75));
    let notes = song.notes(1, vec![riff, note_clip(3.0, 2.0, &[(0.3, 4.0, 45)])]);
    let synth = song.device(1, DeviceKind::Synth);
    let lead = song.strip(1);
    let mut clip = audio_clip(0.5, 1.1, media);
    (clip.offset_secs, clip.fade_in_secs, clip.fade_out_secs, clip.gain_db) = (0.01, 0.05, 0.1, -3.0);
    let audio = song.audio(2, vec![clip, audio_clip(1.2, 1.0, media)]);
    let eq = song.device(2, DeviceKind::Equalizer);
    let loops = song.strip(2);
    let send = song.send(3);
    let delay = song.device(4, DeviceKind::Delay);
    let bus = song.strip(4);
    let reverb = song.device(5, DeviceKind::Reverb);
    let master = song.strip(5);
    song.events(notes, synth);
    song.chain(&[synth, lead, master]);
    song.chain(&[audio, eq, loops, master]);
    song.chain(&[lead, send, delay, bus, master, reverb, song.output()]);
    song.automate(
        lead,
        strip::VOLUME_DB,
        &[(0.0, -20.0, Curve::Linear), (1.3, 0.0, Curve::Smooth), (2.0, -90.0, Curve::Hold)],
    );
    song.automate(lead, strip::PAN, &[(0.1, -1.0, Curve::Exponential), (1.7, 1.0, Curve::Linear)]);
    song.automate(synth, ParamId(3), &[(0.0, 0.0, Curve::Linear), (2.0, 1.0, Curve::Linear)]);
    song.automate(send, strip::SEND_LEVEL_DB, &[(0.5, -90.0, Curve::Linear), (1.0, 6.0, Curve::Linear)]);
    song.set(loops, strip::PAN, -0.3);
    song.plan.loop_range = Some((Beats::from_beats(0.9), Beats::from_beats(2.333)));
    song
}

#[test]
fn a_song_is_the_same_at_any_block_size() {
    let blobs = Arc::new(Blobs::default());
    let song = song(&blobs);
    let [left, right] = render_all_ways(&song.plan, &blobs, 100_000);
    assert!(peak(&left) > 0.05 && peak(&right) > 0.05, "silence proves nothing");
}

#[test]
fn offline_and_realtime_give_the_same_samples() {
    let blobs = Arc::new(Blobs::default());
    let song = song(&blobs);
    let render =
        |mode| Rig::with(&song.plan, blobs.clone(), RATE, 512, mode, 30.0).play().render(blocks(60_000, 512));
    assert_eq!(render(RenderMode::Offline), render(RenderMode::Realtime));
}

#[test]
fn every_legal_rate_and_block_size_runs() {
    let blobs = Arc::new(Blobs::default());
    let song = song(&blobs);
    for rate in [8_000.0, 11_025.0, 44_100.0, 88_200.0, 192_000.0, 384_000.0] {
        for max_block in [1, 3, 8_192] {
            let mut rig =
                Rig::with(&song.plan, blobs.clone(), SampleRate(rate), max_block, RenderMode::Realtime, 30.0)
                    .play();
            let [left, _] = rig.render([1, 0, 700, 8_192, 3_000]);
            assert!(left.iter().all(|sample| sample.is_finite()), "{rate} Hz, blocks of {max_block}");
        }
    }
}

#[test]
fn several_cables_into_one_port_are_summed() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let strips: Vec<NodeId> = (1..=3).map(|number| sketch.strip(number)).collect();
    for &strip in &strips {
        sketch.chain(&[input, strip, sketch.output()]);
    }
    sketch.set(strips[2], strip::MUTE, 1.0);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 0.25;
    assert_eq!(rig.render([100])[0], [0.5; 100]);
}

/// Input through something late, against the input inverted: silence if and only if the paths are aligned.
#[test]
fn unequal_paths_are_aligned_to_the_sample() {
    for (latencies, total) in [(vec![100], 100), (vec![1], 1), (vec![700, 33], 733)] {
        let mut sketch = Sketch::new();
        let input = sketch.input(0);
        let mut wet = vec![input];
        for (number, latency) in (10..).zip(&latencies) {
            wet.push(sketch.plugin(number, &format!("late:{latency}")));
        }
        let send = sketch.send(3);
        let bus = sketch.strip(4);
        wet.extend([send, bus, sketch.output()]);
        let invert = sketch.device(5, DeviceKind::Utility);
        sketch.set(invert, utility::id::INVERT_LEFT, 1.0);
        sketch.chain(&wet);
        sketch.chain(&[input, invert, sketch.output()]);
        for block in [1, 64, 500] {
            let mut rig = Rig::new(&sketch.plan, Arc::default());
            assert_eq!(rig.controller.latency(), Frames(total));
            rig.input = |frame| (frame as f32 * 0.1).sin();
            let [left, right] = rig.render(blocks(4_000, block));
            assert_eq!(peak(&left), 0.0, "latencies {latencies:?}, blocks of {block}");
            assert!(peak(&right) > 1.9, "the right side is not inverted");
        }
    }
}

#[test]
fn a_sidechain_is_aligned_with_the_main_input() {
    // Both compressors hear the same key at the same time as their input, though one path is late.
    let build = |late: bool| {
        let mut sketch = Sketch::new();
        let input = sketch.input(0);
        let compressor = sketch.device(1, DeviceKind::Compressor);
        if late {
            let delay = sketch.plugin(2, "late:240");
            sketch.chain(&[input, delay, compressor, sketch.output()]);
        } else {
            sketch.chain(&[input, compressor, sketch.output()]);
        }
        sketch.sidechain(input, compressor);
        sketch.set(compressor, compressor::id::THRESHOLD_DB, -30.0);
        sketch.set(compressor, compressor::id::RATIO, 10.0);
        let mut rig = Rig::new(&sketch.plan, Arc::default());
        rig.input = |frame| if frame % 2_000 < 1_000 { (frame as f32 * 0.3).sin() } else { 0.01 };
        rig.render(blocks(8_000, 64))[0].clone()
    };
    let (straight, late) = (build(false), build(true));
    assert!(peak(&straight[6_500..6_900]) < 0.9, "nothing is compressed");
    assert_eq!(late[240..], straight[..8_000 - 240]);
}

#[test]
fn automation_of_a_late_node_is_late_too() {
    // The step of the fader is at frame 24 000 of the timeline, and so at 24 000 plus latency of the output.
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let late = sketch.plugin(1, "late:300");
    let strip = sketch.strip(1);
    sketch.chain(&[input, late, strip, sketch.output()]);
    sketch.automate(strip, strip::MUTE, &[(0.0, 1.0, Curve::Hold), (1.0, 0.0, Curve::Hold)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.input = |_| 1.0;
    let [left, _] = rig.render(blocks(25_000, 333));
    let first = left.iter().skip(400).position(|&sample| sample > 0.0).map(|frame| frame + 400);
    assert_eq!(first, Some(24_301), "the first frame of the ramp is still 0");
}

#[test]
fn an_automated_line_equals_the_line_computed_directly() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let strip = sketch.strip(1);
    sketch.chain(&[input, strip, sketch.output()]);
    sketch.automate(strip, strip::PAN, &[(0.0, 0.0, Curve::Linear), (1.0, 1.0, Curve::Linear)]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.input = |_| 1.0;
    let [left, right] = rig.render(blocks(24_000, 100));
    for (frame, sample) in left.iter().enumerate() {
        let expected = 1.0 - frame as f32 / 24_000.0;
        assert!((sample - expected).abs() < 1e-5, "frame {frame}: {sample} for {expected}");
    }
    assert_eq!(right, vec![1.0; 24_000]);
}

#[test]
fn a_macro_of_the_host_moves_its_targets_at_its_frame() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let strip = sketch.strip(1);
    sketch.chain(&[input, strip, sketch.output()]);
    let target = MacroTarget { node: strip, param: strip::MUTE, min: 0.0, max: 1.0, curve: Curve::Linear };
    sketch.plan.macros.push(MacroPlan { slot: 5, value: 0.0, targets: vec![target] });
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 1.0;
    rig.events = vec![(1_000, EventKind::Param { param: ParamId(5), voice: Voice::ALL, value: 1.0 })];
    let [left, _] = rig.render(blocks(2_000, 64));
    assert_eq!(left.iter().position(|&sample| sample < 1.0), Some(1_001), "the ramp begins at 1000");
    assert_eq!(left[1_240], 0.0, "five milliseconds later it is done");
}

#[test]
fn a_macro_overrides_the_value_of_the_plan() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let strip = sketch.strip(1);
    sketch.chain(&[input, strip, sketch.output()]);
    sketch.set(strip, strip::PAN, 1.0);
    let target = MacroTarget { node: strip, param: strip::PAN, min: 0.5, max: 0.0, curve: Curve::Linear };
    sketch.plan.macros.push(MacroPlan { slot: 0, value: 1.0, targets: vec![target] });
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 1.0;
    assert_eq!(rig.render([10])[0], [1.0; 10]);
}

#[test]
fn meters_and_the_playhead_are_told_thirty_times_a_second() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let strip = sketch.strip(1);
    sketch.chain(&[input, strip, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.input = |_| -0.5;
    rig.render(blocks(48_000, 100));
    let meters = rig.telemetry.iter().filter(|frame| matches!(frame, TelemetryFrame::Meter { node, peak, rms } if *node == strip && *peak == [0.5; 2] && *rms == [0.5; 2]));
    let playheads =
        rig.telemetry.iter().filter(|frame| matches!(frame, TelemetryFrame::Playhead { playing: true, .. }));
    assert_eq!((meters.count(), playheads.count()), (30, 30));
}
