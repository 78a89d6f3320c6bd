//! The example scripts, on a real project.

use std::collections::BTreeMap;

use loophole_scripting::{RunOptions, ScriptHost, ScriptHostError, TransportState, run};
use model::{ClipId, DeviceId, IdSource, Project, Pulse, TrackId, TrackKind, edit};
use protocol::{Beats, DeviceKind, Note, Transaction};

/// A shell in which every track measures -30 LUFS.
struct Quiet;

impl ScriptHost for Quiet {
    fn transport(&self) -> TransportState {
        TransportState { playing: true, beats: 3.5 }
    }

    fn loudness(&self, _: &Project, _: Option<TrackId>) -> Result<f64, ScriptHostError> {
        Ok(-30.0)
    }
}

/// A bass with a synth and four notes, and a track of percussion.
fn song() -> Pulse {
    let mut pulse = Pulse::with_ids(IdSource::seeded(3));
    let (bass, clip, synth) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()), DeviceId(pulse.new_id()));
    let note = |beat| Note {
        start: Beats::whole(beat),
        length: Beats::whole(1),
        key: 40,
        velocity: 0.5,
        channel: 0,
    };
    let edits = vec![
        edit::track::create(bass, TrackKind::Instrument, "bass_DI  02"),
        edit::device::create_builtin(synth, bass, DeviceKind::Synth, 0.0),
        edit::clip::create_notes(clip, bass, Beats::ZERO, Beats::whole(4)),
        edit::clip::change_notes(clip, (1..5).zip((0..4).map(|beat| Some(note(beat))))),
    ];
    pulse.commit(Transaction { name: "Song".into(), author: "test".into(), edits }).expect("a legal song");
    pulse
}

/// Runs an example, checks that it succeeded and is one undo step, and gives the project after it.
fn check(name: &str, args: serde_json::Value) -> Project {
    let mut pulse = song();
    let path = format!("{}/../examples/{name}.lua", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(&path).expect("the example is there");
    let mut options = RunOptions::new(name);
    options.args = serde_json::from_value::<BTreeMap<String, serde_json::Value>>(args).expect("arguments");
    options.host = Box::new(Quiet);
    let before = pulse.project();
    let outcome = run(&source, before.clone(), options);
    assert_eq!(outcome.error, None, "{name}");
    assert!(!outcome.log.is_empty(), "{name} says what it did");
    assert_eq!(outcome.transactions().len(), 1, "{name} is one undo step");
    for transaction in outcome.transactions() {
        pulse.commit(transaction).expect("what a script did is legal");
    }
    let after = pulse.project();
    assert!(after != before, "{name} changed something");
    pulse.undo(name).expect("undo");
    assert!(pulse.project() == before, "{name} is taken back by one undo");
    after
}

#[test]
fn humanise_moves_notes_but_loses_none() {
    let after = check("humanise", serde_json::json!({ "timing": 0.05 }));
    let clip = after.clips().next().expect("the clip");
    assert_eq!(clip.note_count(), 4);
    assert!(clip.notes().any(|(_, note)| note.start.0 % Beats::whole(1).0 != 0));
    assert!(
        check("humanise", serde_json::json!({ "timing": 0.05 })) == after,
        "the same seed, the same result"
    );
}

#[test]
fn euclidean_makes_a_track_with_a_pattern() {
    let after = check("euclidean", serde_json::json!({}));
    let track = after.tracks().find(|track| track.name() == "Percussion").expect("the track was made");
    let clip = track.clips().next().expect("a clip");
    let hits = clip.notes().filter(|(_, note)| note.key == 62 && note.start < Beats::whole(4)).count();
    assert_eq!(hits, 5, "five hits in sixteen steps");
}

#[test]
fn rename_and_colour_tidies_names() {
    let after = check("rename_and_colour", serde_json::json!({}));
    let track = after.tracks().next().expect("the track");
    assert_eq!((track.name(), track.color()), ("Bass DI", 0x4f_a6_7a));
}

#[test]
fn gain_stage_moves_faders_by_what_is_missing() {
    let after = check("gain_stage", serde_json::json!({ "target": -23 }));
    assert_eq!(after.tracks().next().expect("the track").volume_db(), 7.0);
}

#[test]
fn randomise_device_keeps_levels() {
    let after = check("randomise_device", serde_json::json!({ "seed": 5, "amount": 0.5 }));
    let device = after.devices().next().expect("the synth");
    assert!(device.params().len() > 10);
    assert!(!device.params().contains_key("level_db"));
}

#[test]
fn register_colours_clips_that_queries_find() {
    let after = check("register", serde_json::json!({}));
    assert_eq!(after.clips().next().expect("the clip").color(), 0x4f_a6_7a, "key 40 is low");
}
