//! Histories that are saved, travelled, compacted and replayed.

use super::*;
use crate::history::{HistoryError, MergeError, TravelError};

/// A clock that two tests may share.
fn clock() -> Clock {
    Clock::with(|| 1_000)
}

fn seeded(seed: u64) -> Pulse {
    Pulse::with_ids(IdSource::seeded(seed)).with_clock(clock())
}

fn reopened(pulse: &mut Pulse) -> Pulse {
    let bytes = pulse.history_bytes();
    let (again, error) = Pulse::open(pulse.project(), Some(&bytes), IdSource::seeded(9));
    assert_eq!(error, None);
    again.with_clock(clock())
}

fn notes_of(pulse: &Pulse, text: &str) -> Edit {
    let id = pulse.project().root_id();
    Edit::Set { id, field: "notes".into(), value: protocol::Value::Text(text.into()) }
}

/// Does random things as two authors, and gives the states after each commit.
fn play(
    pulse: &mut Pulse,
    ids: &IdSource,
    transactions: &[Vec<testing::Op>],
    what: &[u8],
) -> Vec<(CommitId, Project)> {
    let mut states = Vec::new();
    for (index, (ops, what)) in transactions.iter().zip(what).enumerate() {
        let author = if what % 2 == 0 { "ann" } else { "bob" };
        let before = pulse.commits().count();
        match what / 2 {
            0 => _ = pulse.undo(author),
            1 => _ = pulse.redo(author),
            2 => {
                let text = format!("line {index}\n{}", "x".repeat(usize::from(*what)));
                let edits = vec![notes_of(pulse, &text)];
                pulse.commit(by(author, edits)).expect("legal");
            }
            _ => _ = pulse.commit(testing::transaction(&pulse.project(), ids, author, ops)),
        }
        if let Some(last) = pulse.commits().next_back()
            && pulse.commits().count() > before
        {
            states.push((last.id, pulse.project()));
        }
    }
    states
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_past_state_can_be_read_before_and_after_saving(
        transactions in testing::all_ops(16),
        what in prop::collection::vec(0..10_u8, 16),
    ) {
        let mut pulse = seeded(1);
        let states = play(&mut pulse, &IdSource::seeded(2), &transactions, &what);
        for (id, state) in &states {
            prop_assert_eq!(&pulse.at(*id).expect("kept"), state);
        }
        let again = reopened(&mut pulse);
        for (id, state) in &states {
            prop_assert_eq!(&again.at(*id).expect("kept"), state);
        }
    }

    #[test]
    fn undo_goes_on_after_saving_as_if_nothing_had_happened(
        transactions in testing::all_ops(16),
        what in prop::collection::vec(0..10_u8, 16),
    ) {
        let mut pulse = seeded(1);
        play(&mut pulse, &IdSource::seeded(2), &transactions, &what);
        let mut again = reopened(&mut pulse);
        prop_assert!(again.history().eq(pulse.history()));
        prop_assert_eq!(again.version(), pulse.version());
        for direction in [Pulse::undo, Pulse::redo] {
            loop {
                let mut any = false;
                for author in ["ann", "bob"] {
                    let (here, there) = (direction(&mut pulse, author), direction(&mut again, author));
                    prop_assert_eq!(&here, &there);
                    prop_assert_eq!(pulse.project(), again.project());
                    any |= matches!(here, Ok(Some(_)));
                }
                if !any { break }
            }
        }
    }

    #[test]
    fn replaying_the_records_gives_the_project_again_however_often(
        transactions in testing::all_ops(16),
        what in prop::collection::vec(0..10_u8, 16),
        saved_at in 0..16_usize,
    ) {
        let mut pulse = seeded(1);
        let ids = IdSource::seeded(2);
        let saved_at = saved_at.min(transactions.len());
        let (first, second) = transactions.split_at(saved_at);
        play(&mut pulse, &ids, first, &what);
        let project = pulse.project();
        let saved = pulse.history_bytes();
        pulse.take_records();
        let mut records = Vec::new();
        for (ops, what) in second.iter().zip(&what) {
            play(&mut pulse, &ids, std::slice::from_ref(ops), &[*what]);
            records.extend(pulse.take_records());
        }
        let (mut again, _) = Pulse::open(project, Some(&saved), IdSource::seeded(3));
        for record in &records {
            again.replay(record).expect("in order");
            again.replay(record).expect("twice changes nothing");
        }
        prop_assert_eq!(again.project(), pulse.project());
        prop_assert!(again.history().eq(pulse.history()));
        prop_assert!(again.take_records().is_empty());
    }

    #[test]
    fn compacting_changes_nothing_but_the_length_of_the_history(
        transactions in testing::all_ops(16),
        what in prop::collection::vec(0..10_u8, 16),
        keep in 0..20_usize,
    ) {
        let mut pulse = seeded(1);
        let mut states = play(&mut pulse, &IdSource::seeded(2), &transactions, &what);
        let mut long = reopened(&mut pulse);
        let project = pulse.project();
        pulse.compact(keep);
        prop_assert_eq!(&pulse.project(), &project);
        prop_assert!(pulse.commits().count() <= states.len());
        states.drain(..states.len() - pulse.commits().count());
        let again = reopened(&mut pulse);
        for (id, state) in &states {
            prop_assert_eq!(&pulse.at(*id).expect("kept"), state);
            prop_assert_eq!(&again.at(*id).expect("kept"), state);
        }
        let mut short = again;
        for author in ["ann", "bob"] {
            let kept = short.history().filter(|step| *step.author == *author && !step.undone).count();
            for _ in 0..kept {
                prop_assert_eq!(short.undo(author), long.undo(author));
                prop_assert_eq!(short.project(), long.project());
            }
        }
    }
}

#[test]
fn garbage_is_refused_and_changes_nothing() {
    let mut pulse = seeded(1);
    pulse.commit(by("ann", vec![notes_of(&pulse, "one")])).expect("legal");
    let (project, version) = (pulse.project(), pulse.version());
    let mut other = reopened(&mut pulse);
    other.commit(by("ann", vec![notes_of(&other, "two")])).expect("legal");
    let update = other.updates_since(&version).expect("same history");
    for cut in 0..update.len() {
        let mut bent = update.clone();
        bent[cut] ^= 0x41;
        assert!(pulse.merge(&update[..cut]).is_err(), "cut at {cut}");
        assert!(pulse.merge(&bent).is_err(), "bent at {cut}");
        assert!(pulse.replay(&bent).is_err(), "bent at {cut}");
    }
    assert_eq!(pulse.merge(&[7, 1, 2]), Err(MergeError::UnknownKind(7)));
    assert_eq!((pulse.project(), pulse.version()), (project, version));
    pulse.merge(&update).expect("whole");
    assert_eq!(pulse.project(), other.project());
    let stranger = seeded(77);
    assert_eq!(pulse.updates_since(&stranger.version()), Err(MergeError::OtherHistory));
    let theirs = stranger.updates_since(&stranger.version()).expect("own");
    assert_eq!(pulse.merge(&theirs), Err(MergeError::OtherHistory));
}

#[test]
fn an_update_that_follows_on_others_waits_for_them() {
    let mut pulse = seeded(1);
    let (mut other, start) = (reopened(&mut pulse), pulse.version());
    other.commit(by("ann", vec![notes_of(&other, "one")])).expect("legal");
    let (first, middle) = (other.updates_since(&start).expect("own"), other.version());
    other.commit(by("ann", vec![notes_of(&other, "one two")])).expect("legal");
    let second = other.updates_since(&middle).expect("own");
    let before = pulse.project();
    assert_eq!(pulse.merge(&second), Err(MergeError::Incomplete));
    assert_eq!(pulse.project(), before);
    pulse.merge(&first).expect("it follows on nothing");
    pulse.merge(&second).expect("now it follows on what is here");
    assert_eq!(pulse.project(), other.project());
}

#[test]
fn a_damaged_history_opens_as_an_empty_one_with_an_error() {
    let mut pulse = seeded(1);
    pulse.commit(by("ann", vec![notes_of(&pulse, "one")])).expect("legal");
    let bytes = pulse.history_bytes();
    for cut in 0..bytes.len() {
        let (opened, error) = Pulse::open(pulse.project(), Some(&bytes[..cut]), IdSource::seeded(3));
        assert!(error.is_some(), "cut at {cut}");
        assert_eq!(opened.history().count(), 0);
        let mut bent = bytes.clone();
        bent[cut] ^= 1;
        let (mut opened, error) = Pulse::open(pulse.project(), Some(&bent), IdSource::seeded(3));
        assert!(error.is_some(), "bent at {cut}");
        opened.commit(by("ann", vec![notes_of(&opened, "two")])).expect("it works all the same");
    }
    let mut later = bytes;
    later[8] = 9;
    let (_, error) = Pulse::open(pulse.project(), Some(&later), IdSource::seeded(3));
    assert_eq!(error, Some(HistoryError::NewerVersion { found: 9, supported: 2 }));
}

#[test]
fn a_project_that_was_changed_outside_goes_on_with_a_commit_that_says_so() {
    let mut pulse = seeded(1);
    let track = TrackId(pulse.new_id());
    pulse.commit(by("ann", vec![edit::track::create(track, TrackKind::Bus, "Room")])).expect("legal");
    let bytes = pulse.history_bytes();
    let outside = pulse.project().apply(&[edit::track::set_name(track, "Hall")]).expect("legal");
    let (mut opened, error) = Pulse::open(outside.clone(), Some(&bytes), IdSource::seeded(3));
    assert_eq!(error, None);
    let kinds: Vec<_> = opened.commits().map(|commit| commit.kind).collect();
    assert_eq!(kinds, [CommitKind::Edit, CommitKind::Outside]);
    assert_eq!(opened.project(), outside);
    let last = opened.commits().next_back().expect("two").id;
    assert_eq!(opened.at(last), Ok(outside.clone()));
    // It is journalled too.
    let records = opened.take_records();
    let (mut again, _) = Pulse::open(pulse.project(), Some(&bytes), IdSource::seeded(4));
    records.iter().for_each(|record| _ = again.replay(record).expect("whole"));
    assert_eq!(again.project(), outside);
    let error = opened.undo("ann").expect_err("somebody renamed it");
    assert_eq!(error.rule, EditRule::ChangedSince("ann's step".into()));
}

#[test]
fn the_history_of_another_project_is_not_taken_for_this_ones() {
    let mut pulse = seeded(1);
    pulse.commit(by("ann", vec![notes_of(&pulse, "one")])).expect("legal");
    let (opened, error) = Pulse::open(seeded(5).project(), Some(&pulse.history_bytes()), IdSource::seeded(3));
    assert_eq!(error, None, "that shows when it is unpacked");
    assert_eq!(opened.history().count(), 0);
    assert_eq!(opened.history_trouble(), Some(HistoryError::OtherProject));
}

#[test]
fn commits_that_never_were_cannot_be_read() {
    let pulse = seeded(1);
    let nowhere = CommitId { peer: 3, counter: 4 };
    assert_eq!(pulse.at(nowhere), Err(TravelError::NoSuchCommit(nowhere)));
}

#[test]
fn saving_drops_commits_when_there_are_many_more_than_are_kept() {
    let mut pulse = seeded(1);
    pulse.keep_commits(8);
    for step in 0..30 {
        pulse.commit(by("ann", vec![notes_of(&pulse, &format!("{step}"))])).expect("legal");
        let bytes = pulse.history_bytes();
        assert!(pulse.commits().count() <= 10, "after {step}");
        let (opened, _) = Pulse::open(pulse.project(), Some(&bytes), IdSource::seeded(3));
        assert!(opened.history().eq(pulse.history()));
    }
    for _ in 0..8 {
        assert_eq!(pulse.undo("ann"), Ok(Some("ann's step".into())));
    }
}

#[test]
fn what_plugins_tell_is_nobodys_step_and_in_nobodys_way() {
    let mut pulse = seeded(1);
    let (track, device) = (TrackId(pulse.new_id()), DeviceId(pulse.new_id()));
    let state = |byte: u8| edit::device::set_blob(device, Some(protocol::BlobHash([byte; 32])));
    pulse.commit(by("ann", vec![edit::track::create(track, TrackKind::Instrument, "Bass")])).expect("legal");
    pulse
        .commit(by("ann", vec![edit::device::create_builtin(device, track, DeviceKind::Synth, 0.0)]))
        .expect("legal");
    pulse.commit(by("ann", vec![state(1)])).expect("legal");
    pulse.undo("ann").expect("her own");
    let steps = pulse.steps();
    assert!(pulse.gather(&[state(2)]).expect("legal").changed);
    assert_eq!(pulse.steps(), steps, "it is no step, and what was taken back can be done again");
    assert_eq!(pulse.commits().next_back().map(|commit| commit.kind), Some(CommitKind::Gathered));
    // What is saved is what the history ends at.
    let mut pulse = reopened(&mut pulse);
    assert!(pulse.commits().all(|commit| commit.kind != CommitKind::Outside));
    let blob = |pulse: &Pulse| pulse.project().device(device).and_then(|device| device.blob());
    assert_eq!(blob(&pulse), Some(protocol::BlobHash([2; 32])));
    pulse.redo("ann").expect("nobody else set it");
    assert_eq!(blob(&pulse), Some(protocol::BlobHash([1; 32])));
    pulse.gather(&[state(3)]).expect("legal");
    pulse.undo("ann").expect("nobody else set it");
    pulse.gather(&[state(4)]).expect("legal");
    pulse.undo("ann").expect("nobody else changed the device");
    assert!(pulse.project().device(device).is_none());
    pulse.redo("ann").expect("legal");
    assert_eq!(blob(&pulse), Some(protocol::BlobHash([4; 32])), "it is back as it was");
}

#[test]
fn the_list_of_steps_says_what_became_of_each() {
    let mut pulse = seeded(1);
    for step in 0..6 {
        let author = ["ann", "bob"][step % 2];
        pulse.commit(by(author, vec![notes_of(&pulse, &format!("{step}"))])).expect("legal");
    }
    pulse.undo("bob").expect("his own");
    let held = pulse.steps();
    assert_eq!((held.len(), held.last_done()), (6, Some(4)));
    assert_eq!(pulse.next_redo("bob").map(|step| step.id), held.get(5).map(|step| step.id));
    pulse.commit(by("bob", vec![notes_of(&pulse, "another")])).expect("legal");
    assert_eq!(pulse.next_redo("bob"), None);
    assert_eq!((pulse.steps().len(), held.len()), (6, 6), "a list that is held stays as it is");
    assert!(held.get(5).is_some_and(|step| step.undone));
    assert_eq!(pulse.steps().last_done(), Some(5));
    // A step that others have gone beyond is left out of the middle.
    let again = reopened(&mut pulse);
    assert_eq!(again.steps(), pulse.steps());
    assert!(again.steps().iter().eq(again.history().collect::<Vec<_>>().iter()));
    assert_eq!(pulse.began_with().map(|project| project.len()), Some(2));
}

#[test]
fn compacting_leaves_what_the_history_began_with_and_what_was_written_last() {
    let mut origin = seeded(1);
    let (old, young) = (TrackId(origin.new_id()), TrackId(origin.new_id()));
    origin.commit(by("ann", vec![edit::track::create(old, TrackKind::Bus, "Old")])).expect("legal");
    let mut pulse = Pulse::from_project_with_ids(origin.project(), IdSource::seeded(2)).with_clock(clock());
    pulse.commit(by("ann", vec![edit::track::create(young, TrackKind::Bus, "Young")])).expect("legal");
    pulse.commit(by("ann", vec![edit::track::set_pan(old, 0.5)])).expect("legal");
    for step in 0..50 {
        pulse.commit(by("ann", vec![notes_of(&pulse, &format!("step {step}"))])).expect("legal");
    }
    pulse.commit(by("ann", vec![edit::any::delete(old), edit::any::delete(young)])).expect("legal");
    let long = pulse.history_bytes().len();
    assert_eq!(pulse.began_with().as_ref(), Some(&origin.project()));
    pulse.compact(1);
    assert!(pulse.history_bytes().len() < long);
    assert_eq!(pulse.commits().count(), 1);
    assert_eq!(pulse.began_with(), None, "it does not lead there any more");
    let mut pulse = reopened(&mut pulse);
    // What never changed comes from the beginning, what did from the log.
    pulse.undo("ann").expect("nobody else is there");
    let project = pulse.project();
    let [old, young] =
        [old, young].map(|id| project.track(id).map(|track| (track.name().to_owned(), track.pan())));
    assert_eq!((old, young), (Some(("Old".into(), 0.5)), Some(("Young".into(), 0.0))));
}

#[test]
fn a_text_can_be_changed_for_the_first_time_after_old_commits_were_dropped() {
    let mut origin = seeded(1);
    origin.commit(by("ann", vec![notes_of(&origin, "as it began")])).expect("legal");
    let mut pulse = Pulse::from_project_with_ids(origin.project(), IdSource::seeded(2)).with_clock(clock());
    let track = TrackId(pulse.new_id());
    pulse.commit(by("ann", vec![edit::track::create(track, TrackKind::Bus, "Room")])).expect("legal");
    for pan in [0.1, 0.2, 0.3] {
        pulse.commit(by("ann", vec![edit::track::set_pan(track, pan)])).expect("legal");
    }
    pulse.compact(1);
    assert!(pulse.commits().count() < 4, "some were dropped");
    let mut peer = reopened(&mut pulse);
    pulse.commit(by("ann", vec![notes_of(&pulse, "as it began, and went on")])).expect("legal");
    pulse.commit(by("ann", vec![notes_of(&pulse, "it went on")])).expect("legal");

    let version = peer.version();
    peer.merge(&pulse.updates_since(&version).expect("same history")).expect("sound");
    assert_eq!(peer.project(), pulse.project());
    let mut again = reopened(&mut pulse);
    for expected in ["as it began, and went on", "as it began"] {
        pulse.undo("ann").expect("nobody else is there");
        again.undo("ann").expect("nobody else is there");
        assert_eq!(pulse.project().root().notes(), expected);
        assert_eq!(again.project(), pulse.project());
    }
    pulse.redo("ann").expect("nobody else is there");
    assert_eq!(pulse.project().root().notes(), "as it began, and went on");
}

#[test]
fn a_text_that_is_changed_for_the_first_time_late_does_not_keep_old_commits() {
    let mut pulse = seeded(1);
    let mut pulse = {
        pulse.commit(by("ann", vec![notes_of(&pulse, "as it began")])).expect("legal");
        Pulse::from_project_with_ids(pulse.project(), IdSource::seeded(2)).with_clock(clock())
    };
    pulse.keep_commits(20);
    let name = |pulse: &Pulse, step: usize| {
        edit::root::set_name(pulse.project().root().id(), &format!("Song {step}"))
    };
    let mut last = 0;
    for step in 0..1_100 {
        pulse.commit(by("ann", vec![name(&pulse, step)])).expect("legal");
        if step == 1_095 {
            pulse.commit(by("ann", vec![notes_of(&pulse, "as it went on")])).expect("legal");
        }
        last = step;
    }
    pulse.history_bytes();
    let left = pulse.commits().count();
    assert!(left <= 25, "{left} commits are left of {last}");
    assert_eq!(
        pulse.project().entity(pulse.project().root_id()).expect("there").text("notes"),
        "as it went on"
    );
}

#[test]
fn commits_that_arrive_in_any_order_are_counted_alike() {
    let mut pulse = seeded(1);
    let mut versions = Vec::new();
    for step in 0..6 {
        pulse.commit(by(["ann", "bob"][step % 2], vec![notes_of(&pulse, &"x".repeat(step))])).expect("legal");
        if step == 3 {
            pulse.undo("ann").expect("hers");
        }
        versions.push(pulse.version());
    }
    let bytes = reopened(&mut pulse);
    assert!(pulse.commits().eq(bytes.commits()) && pulse.history().eq(bytes.history()));
    let mut one = Pulse::from_project_with_ids(seeded(1).project(), IdSource::seeded(5)).with_clock(clock());
    let mut two = Pulse::from_project_with_ids(seeded(1).project(), IdSource::seeded(6)).with_clock(clock());
    for step in 0..5 {
        one.commit(by("cleo", vec![notes_of(&one, &"y".repeat(step + 1))])).expect("legal");
        two.commit(by("dora", vec![notes_of(&two, &"z".repeat(step + 1))])).expect("legal");
        two.undo("dora").expect("hers");
    }
    let (to_one, to_two) = (two.updates_since(&one.version()), one.updates_since(&two.version()));
    one.merge(&to_one.expect("one history")).expect("sound");
    two.merge(&to_two.expect("one history")).expect("sound");
    assert!(one.commits().eq(two.commits()) && one.history().eq(two.history()));
    assert_eq!(one.project(), two.project());
}
