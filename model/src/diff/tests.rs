use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::{Beats, Curve, DeviceKind, Note, Point, Transaction};

use super::*;
use crate::edit;
use crate::pulse::{IdSource, Pulse};
use crate::testing;
use crate::view::*;

mod user;

fn note(start: i64, key: u8) -> Note {
    Note { start: Beats::whole(start), length: Beats::whole(1), key, velocity: 0.5, channel: 0 }
}

/// A song with a bit of everything.
struct Song {
    pulse: Pulse,
    bass: TrackId,
    drums: TrackId,
    bus: TrackId,
    verse: ClipId,
    synth: DeviceId,
    send: SendId,
    lane: LaneId,
    script: ScriptId,
    tempo: TempoId,
}

impl Song {
    fn new() -> Self {
        let pulse = Pulse::with_ids(IdSource::seeded(7));
        let id = || pulse.new_id();
        let (bass, drums, bus) = (TrackId(id()), TrackId(id()), TrackId(id()));
        let (verse, synth, send) = (ClipId(id()), DeviceId(id()), SendId(id()));
        let (lane, script, tempo) = (LaneId(id()), ScriptId(id()), TempoId(id()));
        let mut song = Self { pulse, bass, drums, bus, verse, synth, send, lane, script, tempo };
        let bars = |bars: i64| Beats::whole(4 * bars);
        song.change(vec![
            edit::track::create(bass, TrackKind::Instrument, "Bass"),
            edit::track::create(drums, TrackKind::Audio, "Drums"),
            edit::track::create(bus, TrackKind::Bus, "Room"),
            edit::track::set_volume_db(drums, -6.0),
            edit::clip::create_notes(verse, bass, bars(8), bars(2)),
            edit::clip::set_name(verse, "Verse"),
            edit::clip::change_notes(verse, (1..=8_u64).map(|key| (key, Some(note(key.cast_signed(), 40))))),
            edit::device::create_builtin(synth, bass, DeviceKind::Synth, 0.0),
            edit::send::create(send, bass, bus),
            edit::lane::create(lane, synth, "cutoff"),
            edit::script::create(script, "Hum", "one\ntwo\nthree\n"),
            edit::timeline::create_tempo(tempo, bars(4), 120.0),
        ]);
        song
    }

    fn change(&mut self, edits: Vec<protocol::Edit>) {
        self.pulse.commit(Transaction { name: "t".into(), author: "a".into(), edits }).expect("legal edits");
    }

    /// What some edits read like.
    fn told(&mut self, edits: Vec<protocol::Edit>) -> Vec<String> {
        let before = self.pulse.project();
        self.change(edits);
        lines(&before, &self.pulse.project()).iter().map(Line::to_string).collect()
    }
}

#[test]
fn a_clip_that_moved_and_changed_is_one_line() {
    let mut song = Song::new();
    let moved = song.told(vec![
        edit::clip::set_start(song.verse, Beats::whole(64)),
        edit::clip::set_note(song.verse, 1, Note { key: 41, ..note(9, 40) }),
        edit::clip::set_note(song.verse, 2, Note { key: 44, ..note(2, 40) }),
        edit::clip::set_note(song.verse, 3, Note { velocity: 0.7, ..note(3, 40) }),
    ]);
    assert_eq!(moved, ["Bass: clip 'Verse' moved from 9.1 to 17.1; 3 notes changed"]);
}

#[test]
fn what_was_done_to_all_notes_alike_is_named() {
    let mut song = Song::new();
    let verse = song.verse;
    let up = song
        .told(vec![edit::clip::set_note(verse, 1, note(1, 43)), edit::clip::set_note(verse, 2, note(2, 43))]);
    assert_eq!(up, ["Bass: clip 'Verse': 2 notes transposed by +3 st"]);
    let later = song.told(vec![edit::clip::set_note(verse, 1, note(3, 43))]);
    assert_eq!(later, ["Bass: clip 'Verse': 1 note moved 2 beats later"]);
    let mixed =
        song.told(vec![edit::clip::remove_note(verse, 1), edit::clip::set_note(verse, 99, note(0, 60))]);
    assert_eq!(mixed, ["Bass: clip 'Verse': 1 note added; 1 note removed"]);
}

#[test]
fn values_have_names_and_units() {
    let mut song = Song::new();
    let (bass, drums) = (song.bass, song.drums);
    assert_eq!(
        song.told(vec![edit::track::set_volume_db(drums, -3.0)]),
        ["Drums: volume -6.0 dB -> -3.0 dB"]
    );
    assert_eq!(
        song.told(vec![edit::track::set_volume_db(drums, -90.0)]),
        ["Drums: volume -3.0 dB -> -inf dB"]
    );
    assert_eq!(song.told(vec![edit::track::set_pan(bass, -0.3)]), ["Bass: pan C -> 30 L"]);
    assert_eq!(song.told(vec![edit::track::set_mute(bass, true)]), ["Bass: muted"]);
    assert_eq!(song.told(vec![edit::track::set_mute(bass, false)]), ["Bass: unmuted"]);
    let cutoff = song.told(vec![edit::device::set_params(song.synth, [("cutoff", Some(2_000.0))])]);
    assert_eq!(cutoff.len(), 1);
    assert!(
        cutoff[0].starts_with("Bass: Synth: cutoff ") && cutoff[0].ends_with(" -> 2.00 kHz"),
        "{cutoff:?}"
    );
    let level = song.told(vec![edit::send::set_level_db(song.send, -12.0)]);
    assert_eq!(level, ["Bass: send to Room: level 0.0 dB -> -12.0 dB"]);
    let routed = song.told(vec![edit::track::set_output(drums, Some(song.bus))]);
    assert_eq!(routed, ["Drums: output Master -> Room"]);
    assert_eq!(song.told(vec![edit::track::set_name(drums, "Kit")]), ["Kit: renamed from 'Drums'"]);
}

#[test]
fn the_timeline_is_told_by_place() {
    let mut song = Song::new();
    let tempo = song.tempo;
    assert_eq!(song.told(vec![edit::timeline::set_bpm(tempo, 128.0)]), ["tempo 120 -> 128 at 5.1"]);
    let signature = SignatureId(song.pulse.new_id());
    let added = song.told(vec![edit::timeline::create_signature(signature, Beats::whole(16), 3, 4)]);
    assert_eq!(added, ["time signature 3/4 at 5.1 added"]);
    let changed =
        vec![edit::timeline::set_numerator(signature, 4), edit::timeline::set_denominator(signature, 4)];
    assert_eq!(song.told(changed), ["time signature 3/4 -> 4/4 at 5.1"]);
    let marker = MarkerId(song.pulse.new_id());
    let added = song.told(vec![edit::timeline::create_marker(marker, Beats::whole(32), "Chorus")]);
    assert_eq!(added, ["marker 'Chorus' added (at 9.1)"]);
    assert_eq!(song.told(vec![edit::any::delete(tempo)]), ["tempo 128 at 5.1 removed"]);
}

#[test]
fn what_comes_or_goes_with_its_owner_is_summed_up_there() {
    let mut song = Song::new();
    let bass = song.bass;
    let gone = song.told(vec![edit::any::delete(bass)]);
    assert_eq!(
        gone,
        ["Bass: instrument track removed (Synth, 1 clip with 8 notes, 1 send, 1 automation lane)"]
    );
    let bus = song.bus;
    assert_eq!(song.told(vec![edit::any::delete(bus)]), ["Room: bus removed"]);
}

#[test]
fn scripts_count_their_lines_and_lanes_their_points() {
    let mut song = Song::new();
    let script = song.script;
    let told = song.told(vec![edit::script::set_source(script, "one\n2\nthree\nfour\n")]);
    assert_eq!(told, ["script 'Hum': 2 lines added, 1 removed"]);
    let point = |at: i64| Point { at: Beats::whole(at), value: 500.0, curve: Curve::Linear };
    let drawn =
        song.told(vec![edit::lane::change_points(song.lane, [(1, Some(point(0))), (2, Some(point(4)))])]);
    assert_eq!(drawn, ["Bass: automation of Synth cutoff: 2 points added"]);
}

#[test]
fn lines_follow_the_order_of_the_tracks_and_the_master_comes_last() {
    let mut song = Song::new();
    let master = song.pulse.project().master().id();
    let (bass, drums, tempo) = (song.bass, song.drums, song.tempo);
    let told = song.told(vec![
        edit::track::set_volume_db(master, -1.0),
        edit::track::set_volume_db(drums, -1.0),
        edit::track::set_volume_db(bass, -1.0),
        edit::timeline::set_bpm(tempo, 90.0),
    ]);
    let subjects: Vec<&str> = told.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(subjects, ["tempo", "Bass:", "Drums:", "Master:"]);
}

#[test]
fn an_order_is_told_by_the_neighbour() {
    let mut song = Song::new();
    let (bass, drums) = (song.bass, song.drums);
    assert_eq!(song.told(vec![edit::track::set_order(bass, 1.5)]), ["Bass: moved after Drums"]);
    assert_eq!(song.told(vec![edit::track::set_order(drums, 9.0)]), ["Drums: moved after Room"]);
    assert_eq!(song.told(vec![edit::track::set_order(drums, -1.0)]), ["Drums: moved to the front"]);
}

#[test]
fn projects_begun_apart_are_unrelated() {
    let (a, b) = (Pulse::new().project(), Pulse::new().project());
    assert_eq!(edits(&a, &b), Err(EditsError::Unrelated));
}

proptest! {
    #[test]
    fn edits_turn_one_project_into_the_other(first in testing::ops(12), second in testing::ops(12)) {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        let mut run = |ops: &[Vec<testing::Op>]| {
            for ops in ops {
                let transaction = testing::transaction(&pulse.project(), &ids, "a", ops);
                // Some are illegal, and change nothing.
                let _refused = pulse.commit(transaction);
            }
            pulse.project()
        };
        let (a, b) = (run(&first), run(&second));
        for (from, to) in [(&a, &b), (&b, &a)] {
            let edits = edits(from, to).unwrap();
            let there = from.apply(&edits).unwrap_or_else(|error| panic!("{error}: {edits:#?}"));
            prop_assert!(there == *to);
            let diff = Diff::between(from, to);
            prop_assert_eq!(diff.is_empty(), from == to);
            prop_assert_eq!(lines(from, to).is_empty(), from == to);
            let ids = diff.changes.iter().map(|change| change.id);
            prop_assert_eq!(&Diff::among(from, to, ids), &diff);
            let back: BTreeMap<_, _> =
                Diff::between(to, from).changes.into_iter().map(|change| (change.id, change)).collect();
            for change in &diff.changes {
                prop_assert_eq!(&back[&change.id].after, &change.before);
            }
        }
    }
}
