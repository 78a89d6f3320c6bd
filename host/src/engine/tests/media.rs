//! Audio clips: exact placement, resampling, streaming, fades where playback is cut.

use std::sync::Arc;

use protocol::control::TransportCommand;
use protocol::plan::AudioClip;
use protocol::*;

use super::harness::*;
use crate::RenderMode;
use crate::engine::ApplyWarning;

fn ramp(frame: u32, side: usize) -> f32 {
    if side == 0 { frame as f32 / 1e6 } else { -(frame as f32) / 1e6 }
}

fn song(clips: Vec<AudioClip>) -> Sketch {
    let mut sketch = Sketch::new();
    let player = sketch.audio(1, clips);
    sketch.chain(&[player, sketch.output()]);
    sketch
}

#[test]
fn a_clip_at_the_engines_rate_is_played_sample_for_sample() {
    let blobs = Arc::new(Blobs::default());
    let media = blobs.wav(48_000, 50_000, ramp);
    let mut clip = audio_clip(0.5, 1.0, media);
    clip.offset_secs = 0.25;
    let [left, right] = render_all_ways(&song(vec![clip]).plan, &blobs, 40_000);
    assert_eq!(peak(&left[..12_000]), 0.0);
    for frame in 0..24_000_u32 {
        let at = 12_000 + frame as usize;
        assert_eq!(
            (left[at], right[at]),
            (ramp(frame + 12_000, 0), ramp(frame + 12_000, 1)),
            "frame {frame}"
        );
    }
    assert_eq!(peak(&left[36_000..]), 0.0, "the clip ends where it says");
}

#[test]
fn streamed_media_gives_the_same_samples_as_media_in_memory() {
    let blobs = Arc::new(Blobs::default());
    let media = blobs.wav(44_100, 150_000, |frame, side| ((frame * 7) as f32 * 0.01 + side as f32).sin());
    let mut clip = audio_clip(0.1, 7.0, media);
    clip.offset_secs = 0.0123;
    let plan = song(vec![clip]).plan;
    let render = |memory_secs, cut: Vec<usize>| {
        Rig::with(&plan, blobs.clone(), RATE, 512, RenderMode::Offline, memory_secs).play().render(cut)
    };
    let in_memory = render(30.0, blocks(150_000, 512).collect());
    assert!(peak(&in_memory[0]) > 0.9);
    assert_eq!(render(0.5, blocks(150_000, 512).collect()), in_memory);
    assert_eq!(render(0.5, blocks(150_000, 8_192).collect()), in_memory);
}

#[test]
fn late_media_is_silence_that_is_counted_when_somebody_listens() {
    let blobs = Arc::new(Blobs::default());
    let media = blobs.wav(48_000, 400_000, |_, _| 0.5);
    let plan = song(vec![audio_clip(0.0, 16.0, media)]).plan;
    let mut rig = Rig::with(&plan, blobs, RATE, 4_096, RenderMode::Realtime, 1.0).play();
    // Far faster than real time: the media thread cannot keep up with this, and need not.
    rig.render(blocks(300_000, 4_096));
    let underruns = rig.telemetry.iter().filter_map(|frame| match frame {
        TelemetryFrame::Load { underruns, .. } => Some(*underruns),
        _ => None,
    });
    assert!(underruns.max() > Some(0));
}

#[test]
fn media_is_there_in_time_when_playback_starts_and_when_a_loop_wraps() {
    let blobs = Arc::new(Blobs::default());
    let media = blobs.wav(48_000, 600_000, ramp);
    let mut sketch = song(vec![audio_clip(0.0, 24.0, media)]);
    // Ten seconds: more than a player's pages hold.
    sketch.plan.loop_range = Some((Beats::ZERO, Beats::whole(20)));
    let mut rig = Rig::with(&sketch.plan, blobs, RATE, 4_096, RenderMode::Realtime, 1.0);
    let pause = || std::thread::sleep(std::time::Duration::from_millis(15));
    (0..10).for_each(|_| {
        rig.block(64);
        pause();
    });
    let mut rig = rig.play();
    for _ in 0..130 {
        rig.block(4_096);
        pause();
    }
    let (_, at) = rig.processor.as_ref().unwrap().position();
    assert!(at < Beats::whole(4), "the loop has wrapped");
    let underruns = rig.telemetry.iter().filter_map(|frame| match frame {
        TelemetryFrame::Load { underruns, .. } => Some(*underruns),
        _ => None,
    });
    assert_eq!(underruns.max(), Some(0));
}

#[test]
fn there_is_silence_as_far_away_as_can_be_said() {
    let blobs = Arc::new(Blobs::default());
    let media = blobs.wav(48_000, 4_000, |_, _| 0.5);
    let mut rig = Rig::new(&song(vec![audio_clip(0.0, 16.0, media)]).plan, blobs).play();
    for to in [i64::MAX, i64::MAX - 1, i64::MAX / 2, i64::MIN / 2, i64::MIN] {
        rig.controller.transport(TransportCommand::Locate { to: Beats(to) });
        rig.render(blocks(2_000, 100));
        assert_eq!(rig.render([100])[0], [0.0; 100], "at tick {to}");
    }
    rig.stop();
}

#[test]
fn stopping_and_jumping_within_a_clip_do_not_click() {
    let blobs = Arc::new(Blobs::default());
    let media = blobs.wav(48_000, 400_000, |_, _| 0.5);
    let mut rig = Rig::new(&song(vec![audio_clip(0.0, 16.0, media)]).plan, blobs).play();
    let mut out = rig.render([1_000])[0].clone();
    assert_eq!(out, [0.5; 1_000], "a clip that starts with playback is not faded in");
    for to in [Some(4), None, Some(8)] {
        match to {
            Some(beat) => {
                rig.controller.transport(TransportCommand::Locate { to: Beats::whole(beat) });
                rig.controller.transport(TransportCommand::Play);
            }
            None => rig.controller.transport(TransportCommand::Stop),
        }
        out.extend(&rig.render(blocks(1_000, 100))[0]);
    }
    assert!(largest_step(&out) < 0.01, "a step of {}", largest_step(&out));
    assert_eq!(out[2_900], 0.0, "stopped");
    assert_eq!(out.last(), Some(&0.5));
}

#[test]
fn fades_and_gain_are_applied_per_sample() {
    let blobs = Arc::new(Blobs::default());
    let media = blobs.wav(48_000, 48_000, |_, _| 1.0);
    let mut clip = audio_clip(0.0, 1.0, media);
    (clip.fade_in_secs, clip.fade_out_secs, clip.gain_db) = (0.01, 0.02, -6.0);
    let [left, _] = render_all_ways(&song(vec![clip]).plan, &blobs, 25_000);
    let gain = crate::math::to_f32(crate::math::db_to_gain(-6.0));
    let expect = |frame: usize, way: f32| {
        assert!((left[frame] - gain * way).abs() < 1e-6, "frame {frame}: {} for {}", left[frame], gain * way);
    };
    expect(0, 0.0);
    expect(240, 0.5);
    expect(480, 1.0);
    expect(24_000 - 480, 0.5);
    expect(23_999, 1.0 / 960.0);
}

#[test]
fn media_that_is_missing_or_broken_is_a_warning_and_silence() {
    let blobs = Arc::new(Blobs::default());
    let broken = blobs.put(b"RIFF, or so it says".to_vec());
    let good = blobs.wav(48_000, 48_000, |_, _| 0.5);
    let clips = [BlobHash([99; 32]), broken, good].map(|media| audio_clip(0.0, 1.0, media));
    let mut rig = Rig::new(&Sketch::new().plan, blobs);
    let report = rig.controller.apply(song(clips.to_vec()).plan).unwrap();
    assert!(
        matches!(report.warnings[..], [ApplyWarning::Media { .. }, ApplyWarning::Media { .. }]),
        "{report:?}"
    );
    let mut rig = rig.play();
    assert_eq!(rig.render([1_000])[0][999], 0.5);
}
