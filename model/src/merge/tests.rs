use proptest::prelude::*;
use protocol::{Beats, DeviceKind, Edit, EntityId, Note};

use super::*;
use crate::diff::edits;
use crate::edit;
use crate::entity::{CellValue, Part};
use crate::project::EditRule;
use crate::pulse::{IdSource, Pulse};
use crate::testing;
use crate::view::*;

const BASS: TrackId = TrackId(EntityId(1));
const DRUMS: TrackId = TrackId(EntityId(2));
const BUS: TrackId = TrackId(EntityId(3));
const ROOM: TrackId = TrackId(EntityId(4));
const VERSE: ClipId = ClipId(EntityId(5));
const SYNTH: DeviceId = DeviceId(EntityId(6));
const SEND: SendId = SendId(EntityId(7));
const SCRIPT: ScriptId = ScriptId(EntityId(8));

mod user;

fn note(start: i64) -> Note {
    Note { start: Beats::whole(start), length: Beats::whole(1), key: 40, velocity: 0.5, channel: 0 }
}

fn base() -> Project {
    let edits = [
        edit::track::create(BASS, TrackKind::Instrument, "Bass"),
        edit::track::create(DRUMS, TrackKind::Audio, "Drums"),
        edit::track::create(BUS, TrackKind::Bus, "Bus"),
        edit::track::create(ROOM, TrackKind::Bus, "Room"),
        edit::clip::create_notes(VERSE, BASS, Beats::ZERO, Beats::whole(4)),
        edit::clip::change_notes(VERSE, [(1, Some(note(0))), (2, Some(note(1)))]),
        edit::device::create_builtin(SYNTH, BASS, DeviceKind::Synth, 0.0),
        edit::send::create(SEND, BASS, BUS),
        edit::script::create(SCRIPT, "Hum", "one\ntwo\nthree\nfour\nfive\n"),
    ];
    Pulse::with_ids(IdSource::seeded(3)).project().apply(&edits).expect("legal edits")
}

/// Merges what two people did to the base, checks what always holds, and gives the result.
fn merge(ours: &[Edit], theirs: &[Edit]) -> (Project, Vec<Conflict>) {
    let base = base();
    let (ours, theirs) = (base.apply(ours).expect("ours"), base.apply(theirs).expect("theirs"));
    check(&base, &ours, &theirs);
    let merge = three_way(&base, &ours, &theirs).expect("related");
    (merge.project, merge.conflicts)
}

/// What holds for every merge.
fn check(base: &Project, ours: &Project, theirs: &Project) {
    let one = three_way(base, ours, theirs).expect("related");
    let other = three_way(base, theirs, ours).expect("related");
    for merge in [&one, &other] {
        // It is legal as a whole, every rule included.
        let records: Vec<_> = merge.project.records().collect();
        let again = Project::from_records(records, merge.project.extra().clone());
        assert_eq!(again.as_ref(), Ok(&merge.project));
    }
    assert_eq!(
        one.conflicts.is_empty(),
        other.conflicts.is_empty(),
        "{:#?}\n{:#?}",
        one.conflicts,
        other.conflicts
    );
    if one.conflicts.is_empty() {
        assert!(one.project == other.project, "{:#?}", edits(&one.project, &other.project));
    }
    let symmetric = |merge: &Merge, turned: bool| -> Vec<String> {
        let of = |conflict: &Conflict| {
            let clash = match conflict.clash.clone() {
                Clash::Cell { cell, base, ours, theirs, reason: Reason::BothChanged } if turned => {
                    Clash::Cell { cell, base, ours: theirs, theirs: ours, reason: Reason::BothChanged }
                }
                Clash::Deleted { by: Side::Ours } if turned => Clash::Deleted { by: Side::Theirs },
                Clash::Deleted { by: Side::Theirs } if turned => Clash::Deleted { by: Side::Ours },
                Clash::Cell { reason: Reason::Rule(_), .. } | Clash::LeftOut { .. } => return None,
                same => same,
            };
            Some(format!("{} {clash:?}", conflict.entity))
        };
        merge.conflicts.iter().filter_map(of).collect()
    };
    // Which of two is held back by a rule depends on who asks; the rest is the same seen from either side.
    let by_rule = |merge: &Merge| symmetric(merge, false).len() < merge.conflicts.len();
    if !by_rule(&one) && !by_rule(&other) {
        assert_eq!(symmetric(&one, false), symmetric(&other, true));
    }
}

#[test]
fn what_only_one_changed_is_taken_and_what_both_changed_alike_is_no_conflict() {
    let (merged, conflicts) = merge(
        &[
            edit::track::set_volume_db(BASS, -3.0),
            edit::track::set_pan(BASS, 0.5),
            edit::clip::set_note(VERSE, 1, note(2)),
        ],
        &[
            edit::track::set_mute(BASS, true),
            edit::track::set_pan(BASS, 0.5),
            edit::clip::set_note(VERSE, 2, note(3)),
        ],
    );
    assert_eq!(conflicts, []);
    let bass = merged.track(BASS).unwrap();
    assert_eq!((bass.volume_db(), bass.pan(), bass.mute()), (-3.0, 0.5, true));
    let notes: Vec<_> = merged.clip(VERSE).unwrap().notes().collect();
    assert_eq!(notes, [(1, note(2)), (2, note(3))]);
}

#[test]
fn a_cell_that_both_changed_shows_the_favoured_value_and_is_a_conflict() {
    let theirs = [edit::clip::set_note(VERSE, 1, note(3))];
    let (merged, conflicts) = merge(&[edit::clip::set_note(VERSE, 1, note(2))], &theirs);
    assert_eq!(merged.clip(VERSE).unwrap().notes().next(), Some((1, note(2))));
    let [Conflict { entity, clash: Clash::Cell { cell, base: was, ours, theirs: other, reason } }] =
        &conflicts[..]
    else {
        panic!("{conflicts:?}")
    };
    let row = |note| Some(CellValue::Row(protocol::Row::Note(note)));
    assert_eq!((*entity, &cell.part, reason), (VERSE.0, &Part::Row(1), &Reason::BothChanged));
    assert_eq!((was, ours, other), (&row(note(0)), &row(note(2)), &row(note(3))));

    let base = base();
    let (ours, other) =
        (base.apply(&[edit::clip::set_note(VERSE, 1, note(2))]).unwrap(), base.apply(&theirs).unwrap());
    let favoured = onto(&ours, &Diff::between(&base, &other), &other, Favour::Theirs);
    assert_eq!(favoured.project.clip(VERSE).unwrap().notes().next(), Some((1, note(3))));
}

#[test]
fn a_clip_made_on_a_track_that_the_other_deleted_brings_the_track_back() {
    let clip = ClipId(EntityId(20));
    let made = [edit::clip::create_notes(clip, BASS, Beats::whole(8), Beats::whole(4))];
    let gone = [edit::any::delete(BASS)];
    for (ours, theirs, by) in [(&gone[..], &made[..], Side::Ours), (&made[..], &gone[..], Side::Theirs)] {
        let (merged, conflicts) = merge(ours, theirs);
        assert_eq!(conflicts, [Conflict { entity: BASS.0, clash: Clash::Deleted { by } }]);
        assert_eq!(merged.track(BASS).unwrap().clips().count(), 2);
        assert!(merged.device(SYNTH).is_some() && merged.send(SEND).is_some());
    }
}

#[test]
fn a_clip_changed_on_a_track_that_the_other_deleted_is_a_conflict_over_the_track() {
    let (merged, conflicts) = merge(&[edit::any::delete(BASS)], &[edit::clip::set_note(VERSE, 9, note(3))]);
    assert_eq!(conflicts, [Conflict { entity: BASS.0, clash: Clash::Deleted { by: Side::Ours } }]);
    assert_eq!(merged.clip(VERSE).unwrap().note_count(), 3);
    let (merged, conflicts) = merge(&[edit::any::delete(BUS)], &[edit::send::set_level_db(SEND, -9.0)]);
    assert_eq!(conflicts, [Conflict { entity: BUS.0, clash: Clash::Deleted { by: Side::Ours } }]);
    assert_eq!(merged.send(SEND).unwrap().level_db(), -9.0);
}

#[test]
fn deleting_what_the_other_left_alone_is_no_conflict() {
    let (merged, conflicts) = merge(&[edit::any::delete(BUS)], &[edit::track::set_mute(BASS, true)]);
    assert_eq!(conflicts, []);
    assert!(merged.track(BUS).is_none() && merged.send(SEND).is_none());
    let (merged, conflicts) = merge(&[edit::any::delete(BUS)], &[edit::any::delete(BASS)]);
    assert_eq!(conflicts, []);
    assert!(merged.track(BUS).is_none() && merged.track(BASS).is_none());
}

#[test]
fn an_output_set_to_a_bus_that_the_other_deleted_keeps_the_bus() {
    let (merged, conflicts) =
        merge(&[edit::any::delete(ROOM)], &[edit::track::set_output(DRUMS, Some(ROOM))]);
    assert_eq!(conflicts, [Conflict { entity: ROOM.0, clash: Clash::Deleted { by: Side::Ours } }]);
    assert_eq!(merged.track(DRUMS).unwrap().output(), Some(ROOM));
}

#[test]
fn a_circle_made_by_both_together_holds_one_link_back() {
    let (merged, conflicts) =
        merge(&[edit::track::set_output(BUS, Some(ROOM))], &[edit::track::set_output(ROOM, Some(BUS))]);
    let [Conflict { entity, clash: Clash::Cell { reason: Reason::Rule(fault), .. } }] = &conflicts[..] else {
        panic!("{conflicts:?}")
    };
    assert!(matches!(fault.rule, EditRule::RoutingCycle(_)));
    assert_eq!((*entity, merged.track(BUS).unwrap().output()), (ROOM.0, Some(ROOM)));
    assert_eq!(merged.track(ROOM).unwrap().output(), None);
}

#[test]
fn two_lanes_for_one_parameter_and_two_macros_in_one_slot_leave_one_out() {
    let lane = |id| edit::lane::create(LaneId(EntityId(id)), BASS, "volume_db");
    let (merged, conflicts) = merge(&[lane(20)], &[lane(21)]);
    assert!(matches!(&conflicts[..], [Conflict { clash: Clash::LeftOut { .. }, .. }]), "{conflicts:?}");
    assert_eq!(merged.lanes_of(BASS.0).count(), 1);
    let tone = |id, target| {
        [
            edit::macros::create(MacroId(EntityId(id)), 3, "Tone"),
            edit::macros::create_target(
                MacroTargetId(EntityId(target)),
                MacroId(EntityId(id)),
                BASS.0,
                "pan",
                -1.0,
                1.0,
            ),
        ]
    };
    let (merged, conflicts) = merge(&tone(20, 30), &tone(21, 31));
    let [Conflict { clash: Clash::LeftOut { with, .. }, .. }] = &conflicts[..] else {
        panic!("{conflicts:?}")
    };
    assert_eq!((with.len(), merged.macros().count()), (1, 1));
}

#[test]
fn scripts_merge_line_by_line() {
    let (merged, conflicts) = merge(
        &[edit::script::set_source(SCRIPT, "ONE\ntwo\nthree\nfour\nfive\n")],
        &[edit::script::set_source(SCRIPT, "one\ntwo\nthree\nfour\nFIVE\n")],
    );
    assert_eq!(conflicts, []);
    assert_eq!(merged.scripts().next().unwrap().source(), "ONE\ntwo\nthree\nfour\nFIVE\n");
    let (_, conflicts) = merge(
        &[edit::script::set_source(SCRIPT, "ONE\ntwo\nthree\nfour\nfive\n")],
        &[edit::script::set_source(SCRIPT, "Uno\ntwo\nthree\nfour\nfive\n")],
    );
    assert_eq!(conflicts.len(), 1);
}

#[test]
fn tracks_moved_by_both_are_no_conflict_and_devices_are() {
    let moved = |order| [edit::track::set_order(BASS, order), edit::device::set_order(SYNTH, order)];
    let (merged, conflicts) = merge(&moved(7.0), &moved(9.0));
    assert_eq!(merged.track(BASS).unwrap().order(), 7.0);
    assert_eq!(conflicts.iter().map(|conflict| conflict.entity).collect::<Vec<_>>(), [SYNTH.0]);
}

#[test]
fn projects_begun_apart_are_not_merged() {
    let other = Pulse::new().project();
    assert_eq!(three_way(&base(), &base(), &other).unwrap_err(), MergeError::Unrelated);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn a_merge_is_legal_and_the_same_from_either_side(
        before in testing::ops(10),
        mine in testing::ops(8),
        other in testing::ops(8),
    ) {
        let run = |from: &Project, seed: u64, ops: &[Vec<testing::Op>]| {
            let ids = IdSource::seeded(seed);
            let mut project = from.clone();
            for ops in ops {
                let edits = testing::transaction(&project, &ids, "a", ops).edits;
                project = project.apply(&edits).unwrap_or(project);
            }
            project
        };
        let base = run(&Pulse::with_ids(IdSource::seeded(1)).project(), 2, &before);
        let (ours, theirs) = (run(&base, 3, &mine), run(&base, 4, &other));
        check(&base, &ours, &theirs);
        let alone = three_way(&base, &ours, &base).unwrap();
        prop_assert!(alone.project == ours && alone.conflicts.is_empty());
        let other = three_way(&base, &base, &theirs).unwrap();
        prop_assert!(other.project == theirs && other.conflicts.is_empty());
        let both = three_way(&base, &theirs, &theirs).unwrap();
        prop_assert!(both.project == theirs && both.conflicts.is_empty());
    }
}
