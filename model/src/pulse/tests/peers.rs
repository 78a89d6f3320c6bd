//! Peers that edit apart.

use super::*;
use crate::history::{Clash, ClashKind, Version};
use crate::project::GaveWay;

/// Peers that start from one project.
fn peers<const N: usize>(project: &Project) -> [Pulse; N] {
    std::array::from_fn(|index| {
        let ids = IdSource::seeded(100 + index as u64);
        Pulse::from_project_with_ids(project.clone(), ids)
    })
}

fn all_of(pulse: &Pulse, nothing: &Version) -> Vec<u8> {
    pulse.updates_since(nothing).expect("one history")
}

/// A song that has some of everything, so that peers meet in it.
fn song(transactions: &[Vec<testing::Op>]) -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let ids = IdSource::seeded(2);
    for ops in transactions {
        let _ = pulse.commit(testing::transaction(&pulse.project(), &ids, "me", ops));
    }
    pulse.project()
}

fn set_notes(pulse: &mut Pulse, author: &str, text: &str) {
    let id = pulse.project().root_id();
    let edit = Edit::Set { id, field: "notes".into(), value: protocol::Value::Text(text.into()) };
    pulse.commit(by(author, vec![edit])).expect("legal");
}

fn notes_of(pulse: &Pulse) -> String {
    pulse.project().entity(pulse.project().root_id()).expect("there").text("notes").to_owned()
}

/// Random work of one peer.
fn work(pulse: &mut Pulse, ids: &IdSource, author: &str, transactions: &[Vec<testing::Op>], what: &[u8]) {
    for (ops, what) in transactions.iter().zip(what) {
        match what {
            0 => _ = pulse.undo(author),
            1 => _ = pulse.redo(author),
            2 => set_notes(pulse, author, &format!("{}{}", author, notes_of(pulse))),
            _ => _ = pulse.commit(testing::transaction(&pulse.project(), ids, author, ops)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn peers_agree_whatever_they_did_and_in_whatever_order_they_meet(
        start in testing::all_ops(12),
        works in prop::array::uniform3((testing::all_ops(8), prop::collection::vec(0..12_u8, 8))),
        again in testing::all_ops(4),
    ) {
        let project = song(&start);
        let [mut a, mut b, mut c] = peers(&project);
        let nothing = a.version();
        let ids = [IdSource::seeded(11), IdSource::seeded(12), IdSource::seeded(13)];
        for ((pulse, ids), (author, (ops, what))) in
            [&mut a, &mut b, &mut c].into_iter().zip(&ids).zip(["ann", "bob", "cleo"].into_iter().zip(&works))
        {
            work(pulse, ids, author, ops, what);
        }
        let updates = [all_of(&a, &nothing), all_of(&b, &nothing), all_of(&c, &nothing)];
        // Commutative: a takes b then c, b takes c then a.
        a.merge(&updates[1]).expect("sound");
        a.merge(&updates[2]).expect("sound");
        b.merge(&updates[2]).expect("sound");
        b.merge(&updates[0]).expect("sound");
        // Associative: c takes what a and b have become together.
        c.merge(&all_of(&a, &c.version())).expect("sound");
        prop_assert_eq!(a.project(), b.project());
        prop_assert_eq!(a.project(), c.project());
        assert_sound(&a.project());
        prop_assert!(a.commits().eq(b.commits()) && a.commits().eq(c.commits()));
        // Idempotent.
        for update in &updates {
            let merged = a.merge(update).expect("sound");
            prop_assert!(merged.touched.is_empty(), "{:?}", merged);
        }
        prop_assert_eq!(a.project(), c.project());
        // One by one or all at once, the project is the same; so it is when it comes from a file.
        let [mut fresh] = peers(&project);
        fresh.merge(&all_of(&b, &nothing)).expect("sound");
        prop_assert_eq!(fresh.project(), a.project());
        let bytes = a.history_bytes();
        let (mut opened, error) = Pulse::open(a.project(), Some(&bytes), IdSource::seeded(5));
        prop_assert_eq!(error, None);
        prop_assert_eq!(opened.version(), a.version());
        prop_assert_eq!(opened.settled(), a.settled());
        // Life goes on for all of them, however much there is that gives way.
        for (pulse, ids) in [(&mut opened, &ids[0]), (&mut b, &ids[1])] {
            work(pulse, ids, "ann", &again, &[4, 0, 4, 4]);
        }
        b.merge(&opened.updates_since(&b.version()).expect("one history")).expect("sound");
        opened.merge(&b.updates_since(&opened.version()).expect("one history")).expect("sound");
        prop_assert_eq!(opened.project(), b.project());
        assert_sound(&opened.project());
    }
}

#[test]
fn peers_that_write_into_one_text_for_the_first_time_keep_both_and_the_old_text_once() {
    let mut origin = Pulse::with_ids(IdSource::seeded(1));
    set_notes(&mut origin, "me", "Verse. Chorus.");
    let [mut ann, mut bob] = peers(&origin.project());
    let nothing = ann.version();
    set_notes(&mut ann, "ann", "Slow verse. Chorus.");
    set_notes(&mut bob, "bob", "Verse. Chorus. Coda.");
    let (anns, bobs) = (all_of(&ann, &nothing), all_of(&bob, &nothing));
    assert_eq!(ann.merge(&bobs).expect("sound").clashes, []);
    bob.merge(&anns).expect("sound");
    assert_eq!(notes_of(&ann), "Slow verse. Chorus. Coda.");
    assert_eq!(notes_of(&bob), notes_of(&ann));
    // Taking back the one leaves the other.
    assert!(bob.undo("bob").expect("ann wrote elsewhere in it").is_some());
    assert_eq!(notes_of(&bob), "Slow verse. Chorus.");
}

fn track_song() -> (Project, TrackId, TrackId) {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let (one, two) = (TrackId(pulse.new_id()), TrackId(pulse.new_id()));
    let tracks = [(one, "One"), (two, "Two")].map(|(id, name)| edit::track::create(id, TrackKind::Bus, name));
    pulse.commit(by("me", tracks.to_vec())).expect("legal");
    (pulse.project(), one, two)
}

fn exchange(a: &mut Pulse, b: &mut Pulse) -> [Vec<Clash>; 2] {
    let to_a = b.updates_since(&a.version()).expect("one history");
    let to_b = a.updates_since(&b.version()).expect("one history");
    let clashes = [a.merge(&to_a).expect("sound").clashes, b.merge(&to_b).expect("sound").clashes];
    assert_eq!(a.project(), b.project());
    clashes
}

#[test]
fn a_cell_that_both_sides_wrote_is_told_with_both_values() {
    let (project, one, _) = track_song();
    let [mut ann, mut bob] = peers(&project);
    ann.commit(by("ann", vec![edit::track::set_name(one, "Ann's"), edit::track::set_pan(one, 0.5)]))
        .expect("legal");
    bob.commit(by("bob", vec![edit::track::set_name(one, "Bob's"), edit::track::set_mute(one, true)]))
        .expect("legal");
    let [at_ann, at_bob] = exchange(&mut ann, &mut bob);
    let [Clash { entity, kind: ClashKind::Cell { cell, ours, theirs } }] = at_ann.as_slice() else {
        panic!("{at_ann:?}")
    };
    assert_eq!((*entity, &*cell.field), (one.0, "name"));
    let text = |text: &str| Some(crate::entity::CellValue::Value(protocol::Value::Text(text.into())));
    assert_eq!((ours, theirs), (&text("Ann's"), &text("Bob's")));
    assert!(
        matches!(&at_bob[..], [Clash { kind: ClashKind::Cell { ours, .. }, .. }] if *ours == text("Bob's"))
    );
    let track = ann.project();
    let track = track.track(one).expect("there");
    assert_eq!((track.pan(), track.mute()), (0.5, true));
}

#[test]
fn a_deletion_wins_over_a_change_and_undoing_it_brings_the_change() {
    let (project, one, _) = track_song();
    let [mut ann, mut bob] = peers(&project);
    ann.commit(by("ann", vec![edit::any::delete(one)])).expect("legal");
    bob.commit(by("bob", vec![edit::track::set_name(one, "Bob's")])).expect("legal");
    let [at_ann, at_bob] = exchange(&mut ann, &mut bob);
    assert!(
        matches!(&at_ann[..], [Clash { kind: ClashKind::DeletedHere { theirs }, .. }] if theirs.len() == 1)
    );
    assert!(matches!(&at_bob[..], [Clash { kind: ClashKind::DeletedThere { ours }, .. }] if ours.len() == 1));
    assert!(ann.project().track(one).is_none());
    ann.undo("ann").expect("nobody did anything to it since");
    assert_eq!(ann.project().track(one).map(|track| track.name().to_owned()).as_deref(), Some("Bob's"));
    exchange(&mut ann, &mut bob);
}

#[test]
fn what_hangs_on_something_deleted_gives_way_and_comes_back_with_it() {
    let (project, one, two) = track_song();
    let [mut ann, mut bob] = peers(&project);
    ann.commit(by("ann", vec![edit::any::delete(two)])).expect("legal");
    let send = crate::view::SendId(bob.new_id());
    let edits = vec![edit::send::create(send, one, two), edit::track::set_output(one, Some(two))];
    bob.commit(by("bob", edits)).expect("legal");
    exchange(&mut ann, &mut bob);
    let how: Vec<_> = ann.settled().iter().map(|settled| (settled.why.entity, settled.how)).collect();
    assert!(
        how.contains(&(send.0, GaveWay::LeftOut)) && how.contains(&(one.0, GaveWay::FieldReset)),
        "{how:?}"
    );
    ann.undo("ann").expect("legal");
    assert_eq!(ann.settled(), []);
    let project = ann.project();
    assert!(project.entity(send.0).is_some());
    assert_eq!(project.track(one).expect("there").output(), Some(two));
    exchange(&mut ann, &mut bob);
}

#[test]
fn of_two_ways_that_make_a_circle_the_later_gives_way() {
    let (project, one, two) = track_song();
    let [ann, bob] = peers(&project);
    let (mut ann, mut bob) = (ann.with_clock(Clock::with(|| 1_000)), bob.with_clock(Clock::with(|| 2_000)));
    ann.commit(by("ann", vec![edit::track::set_output(one, Some(two))])).expect("legal");
    bob.commit(by("bob", vec![edit::track::set_output(two, Some(one))])).expect("legal");
    exchange(&mut ann, &mut bob);
    let project = ann.project();
    let output = |track| project.track(track).expect("there").output();
    assert_eq!((output(one), output(two)), (Some(two), None));
    // As soon as the earlier one is taken back, the later one holds.
    ann.undo("ann").expect("legal");
    let project = ann.project();
    assert_eq!(project.track(two).expect("there").output(), Some(one));
    exchange(&mut ann, &mut bob);
}

#[test]
fn a_peer_cannot_make_something_else_of_the_project_or_the_master() {
    let [mut ann, mut bob] = peers(&Pulse::with_ids(IdSource::seeded(1)).project());
    let track = TrackId(bob.new_id());
    bob.commit(by("bob", vec![edit::track::create(track, TrackKind::Bus, "Room")])).expect("legal");
    let record = bob.take_records().remove(0);
    let (head, update) = record.split_at(65);
    let doc = loro::LoroDoc::new();
    doc.import(update).expect("bob's own");
    let before = doc.oplog_vv();
    // What bob says of his track, said of the project and of the master.
    let told = doc.get_map(track.0.to_string());
    for id in [bob.project().root_id(), bob.project().master_id()] {
        for key in ["@", "kind"] {
            let json = told.get(key).and_then(|told| told.into_value().ok()).expect("told");
            doc.get_map(id.to_string()).insert(key, json).expect("a map takes values");
        }
    }
    doc.commit();
    let update = doc.export(loro::ExportMode::updates(&before)).expect("a whole document");
    let rude = [&[1], blake3::hash(&update).as_bytes().as_slice(), &head[33..], &update].concat();

    ann.merge(&record).expect("sound");
    let (was, master) = (ann.project().root().name().to_owned(), ann.project().master().kind());
    let _any_outcome = ann.merge(&rude);
    let bytes = ann.history_bytes();
    let (again, _trouble) = Pulse::open(ann.project(), Some(&bytes), IdSource::seeded(9));
    for project in [ann.project(), again.project()] {
        assert_eq!((project.root().name(), project.master().kind()), (was.as_str(), master));
        let _it_can_be_derived = crate::plan::derive(&project);
    }
    assert!(again.commits().count() > 0, "the history was read");
}
