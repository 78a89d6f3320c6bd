use proptest::prelude::*;
use protocol::{Beats, DeviceKind, Edit, Note};

use super::*;
use crate::edit;
use crate::project::EditRule;
use crate::testing;
use crate::view::{ClipId, DeviceId, TrackId, TrackKind};

mod history;
mod lists;
mod peers;

fn step(name: &str, edits: Vec<Edit>) -> Transaction {
    Transaction { name: name.into(), author: "me".into(), edits }
}

#[test]
fn a_song_of_one_track_can_be_made_taken_back_and_made_again() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let before = pulse.project();
    let (track, clip, synth) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()), DeviceId(pulse.new_id()));
    let note = Note { start: Beats::ZERO, length: Beats::whole(1), key: 60, velocity: 0.8, channel: 0 };
    let edits = vec![
        edit::track::create(track, TrackKind::Instrument, "Bass"),
        edit::device::create_builtin(synth, track, DeviceKind::Synth, 0.0),
        edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(4)),
        edit::clip::set_note(clip, 1, note),
    ];
    pulse.commit(step("Add bass", edits)).expect("legal edits");
    let after = pulse.project();
    assert_eq!(after.tracks().next().map(|track| track.name().to_owned()).as_deref(), Some("Bass"));
    assert_eq!(crate::plan::derive(&after).nodes().count(), 5);
    assert_eq!(pulse.undo("me").expect("undo"), Some("Add bass".into()));
    assert_eq!(pulse.project(), before);
    assert_eq!(pulse.redo("me").expect("redo"), Some("Add bass".into()));
    assert_eq!(pulse.project(), after);
    pulse.commit(step("Delete", vec![edit::any::delete(track)])).expect("tracks can be deleted");
    assert_eq!(pulse.project().len(), before.len());
    pulse.undo("me").expect("undo");
    assert_eq!(pulse.project(), after);
}

/// Whatever was committed, the project must be one that could have been loaded, with the same lists.
fn assert_sound(project: &Project) {
    let again = Project::from_records(project.records(), project.extra().clone());
    assert_eq!(again.as_ref(), Ok(project));
    for table in crate::schema::TABLES {
        let again = again.as_ref().expect("just compared");
        assert!(project.table(table.name).eq(again.table(table.name)), "{} in another order", table.name);
        for id in project.table(table.name) {
            let here: Vec<_> = project.state().all_referring(id).collect();
            assert_eq!(here, again.state().all_referring(id).collect::<Vec<_>>());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn edits_then_undo_of_all_is_identity_and_so_is_redo(transactions in testing::all_ops(40)) {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        let mut states = vec![pulse.project()];
        for ops in &transactions {
            let before = pulse.project();
            let copy = before.records().collect::<Vec<_>>();
            let result = pulse.commit(testing::transaction(&before, &ids, "me", ops));
            prop_assert_eq!(before.records().collect::<Vec<_>>(), copy, "a snapshot changed");
            match result {
                Ok(committed) if committed.changed => states.push(pulse.project()),
                Ok(_) => prop_assert_eq!(&pulse.project(), &before),
                Err(_) => {
                    prop_assert_eq!(&pulse.project(), &before);
                    prop_assert_eq!(pulse.project().revision(), before.revision());
                }
            }
        }
        assert_sound(&pulse.project());
        for state in states.iter().rev().skip(1) {
            prop_assert!(pulse.undo("me").expect("nobody else is there").is_some());
            prop_assert_eq!(&pulse.project(), state);
        }
        prop_assert_eq!(pulse.undo("me").expect("nothing left"), None);
        assert_sound(&pulse.project());
        for state in states.iter().skip(1) {
            prop_assert!(pulse.redo("me").expect("nobody else is there").is_some());
            prop_assert_eq!(&pulse.project(), state);
        }
        prop_assert_eq!(pulse.redo("me").expect("nothing left"), None);
    }

    #[test]
    fn undo_among_others_is_whole_or_refused(
        transactions in testing::all_ops(30),
        authors in prop::collection::vec((0..2_usize, 0..3_u8), 30),
    ) {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        for (ops, (author, what)) in transactions.iter().zip(authors) {
            let author = ["ann", "bob"][author];
            let before = pulse.project();
            let result = match what {
                0 => pulse.undo(author).map(|_| ()),
                1 => pulse.redo(author).map(|_| ()),
                _ => pulse.commit(testing::transaction(&before, &ids, author, ops)).map(|_| ()),
            };
            if result.is_err() {
                prop_assert_eq!(&pulse.project(), &before);
            }
        }
        assert_sound(&pulse.project());
    }
}

fn by(author: &str, edits: Vec<Edit>) -> Transaction {
    Transaction { name: format!("{author}'s step"), author: author.into(), edits }
}

#[test]
fn undo_leaves_what_others_did() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let (track, clip) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()));
    let note = |key| Note { start: Beats::ZERO, length: Beats::whole(1), key, velocity: 0.8, channel: 0 };
    let clips = edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(4));
    let setup = vec![edit::track::create(track, TrackKind::Instrument, "Bass"), clips];
    pulse.commit(by("ann", setup)).expect("legal");
    let anns = vec![edit::track::set_pan(track, 0.5), edit::clip::set_note(clip, 1, note(60))];
    pulse.commit(by("ann", anns)).expect("legal");
    let bobs = vec![edit::track::set_volume_db(track, -6.0), edit::clip::set_note(clip, 2, note(64))];
    pulse.commit(by("bob", bobs)).expect("legal");
    pulse.undo("ann").expect("bob touched other things");
    let project = pulse.project();
    let bass = project.track(track).expect("there");
    assert_eq!((bass.pan(), bass.volume_db()), (0.0, -6.0));
    let keys: Vec<_> = bass.clips().flat_map(|clip| clip.notes().map(|(_, note)| note.key)).collect();
    assert_eq!(keys, [64]);
}

#[test]
fn undo_is_refused_where_others_built_on_it() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let track = TrackId(pulse.new_id());
    pulse.commit(by("ann", vec![edit::track::create(track, TrackKind::Bus, "Room")])).expect("legal");
    pulse.commit(by("bob", vec![edit::track::set_name(track, "Hall")])).expect("legal");
    let before = pulse.project();
    let error = pulse.undo("ann").expect_err("bob renamed it");
    assert_eq!(error.rule, EditRule::ChangedSince("ann's step".into()));
    assert_eq!(error.field.as_deref(), Some("name"));
    assert_eq!(pulse.project(), before);
    assert_eq!(pulse.undo("bob"), Ok(Some("bob's step".into())));
    assert_eq!(pulse.undo("ann"), Ok(Some("ann's step".into())));
}

#[test]
fn a_new_step_forgets_the_undone_steps_of_its_author_only() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let create = |pulse: &Pulse| edit::track::create(TrackId(pulse.new_id()), TrackKind::Bus, "Room");
    for author in ["ann", "bob"] {
        pulse.commit(by(author, vec![create(&pulse)])).expect("legal");
        pulse.undo(author).expect("legal");
    }
    pulse.commit(by("ann", vec![create(&pulse)])).expect("legal");
    assert_eq!(pulse.redo("ann"), Ok(None));
    assert_eq!(pulse.redo("bob"), Ok(Some("bob's step".into())));
    assert_eq!(pulse.history().filter(|step| *step.author == *"ann").count(), 1);
}

#[test]
fn a_transaction_that_changes_nothing_leaves_no_step() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let master = pulse.project().master().id();
    for edits in [vec![], vec![edit::track::set_pan(master, 0.0)]] {
        let committed = pulse.commit(by("ann", edits)).expect("legal");
        assert_eq!((committed.revision, committed.changed, committed.commit), (0, false, None));
    }
    assert_eq!(pulse.history().count(), 0);
}

#[test]
fn unknown_fields_of_newer_files_survive_deletion_and_undo() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let track = TrackId(pulse.new_id());
    pulse.commit(by("ann", vec![edit::track::create(track, TrackKind::Bus, "Room")])).expect("legal");
    let mut records: Vec<_> = pulse.project().records().collect();
    let record = records.iter_mut().find(|record| record.id == track.0).expect("there");
    record.extra.insert("spatial".into(), serde_json::json!({ "azimuth": 30 }));
    let extra = [("launch_grid".to_owned(), serde_json::json!([1, 2]))].into();
    let project = Project::from_records(records.clone(), extra).expect("legal");
    let mut pulse = Pulse::from_project(project.clone());
    pulse.commit(by("ann", vec![edit::any::delete(track)])).expect("legal");
    pulse.undo("ann").expect("legal");
    assert_eq!(pulse.project(), project);
    assert_eq!(pulse.project().records().collect::<Vec<_>>(), records);
    assert_eq!(pulse.project().extra().len(), 1);
}
