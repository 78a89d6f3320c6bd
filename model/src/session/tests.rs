use proptest::prelude::*;
use protocol::{Beats, DeviceKind, Note, Transaction};

use super::*;
use crate::edit;
use crate::merge::{Clash, Side};
use crate::pulse::{IdSource, Pulse, SessionCommit};
use crate::testing;
use crate::view::*;

const BASS: TrackId = TrackId(EntityId(1));
const VERSE: ClipId = ClipId(EntityId(5));

fn song() -> Pulse {
    let mut pulse = Pulse::with_ids(IdSource::seeded(9));
    commit(
        &mut pulse,
        vec![
            edit::track::create(BASS, TrackKind::Instrument, "Bass"),
            edit::clip::create_notes(VERSE, BASS, Beats::ZERO, Beats::whole(4)),
            edit::device::create_builtin(DeviceId(EntityId(6)), BASS, DeviceKind::Synth, 0.0),
        ],
    );
    pulse
}

fn commit(pulse: &mut Pulse, edits: Vec<Edit>) {
    pulse.commit(Transaction { name: "edit".into(), author: "Ann".into(), edits }).expect("legal edits");
}

fn open(pulse: &mut Pulse, isolation: Isolation) -> SessionId {
    pulse.open_session(About { name: "Tidy up".into(), author: "tidy.lua".into(), isolation })
}

fn operation(edits: Vec<Edit>) -> Operation {
    Operation { name: "step".into(), edits }
}

fn edit_in(pulse: &mut Pulse, session: SessionId, edits: Vec<Edit>) {
    pulse.edit_session(session, operation(edits)).expect("legal edits");
}

fn volume(project: &Project) -> f64 {
    project.track(BASS).map_or(f64::NAN, |bass| bass.volume_db())
}

fn conflicts(pulse: &Pulse, session: SessionId) -> Vec<SessionConflict> {
    pulse.sessions().get(session).expect("the session is open").conflicts().to_vec()
}

fn done(pulse: &mut Pulse, session: SessionId) {
    let committed = pulse.commit_session(session).expect("it can be committed");
    assert!(matches!(committed, SessionCommit::Done(_)), "{:#?}", conflicts(pulse, session));
}

#[test]
fn a_session_sees_its_own_edits_and_the_project_does_not_until_the_commit() {
    let mut pulse = song();
    let session = open(&mut pulse, Isolation::Snapshot);
    edit_in(&mut pulse, session, vec![edit::track::set_volume_db(BASS, -6.0)]);
    assert_eq!(volume(&pulse.session_project(session).unwrap()), -6.0);
    assert_eq!(volume(&pulse.project()), 0.0);
    let about = pulse.sessions().get(session).unwrap();
    assert_eq!((about.name(), about.author(), about.operations().len()), ("Tidy up", "tidy.lua", 1));
    assert_eq!(about.lines()[0].to_string(), "Bass: volume 0.0 dB -> -6.0 dB");
    done(&mut pulse, session);
    assert_eq!(volume(&pulse.project()), -6.0);
    let step = pulse.history().next_back().expect("a step");
    assert_eq!((&*step.name, &*step.author), ("Tidy up", "tidy.lua"));
    assert_eq!(pulse.sessions().list().count(), 0);
    assert_eq!(pulse.session_project(session), Err(SessionError::NoSuchSession(session)));
}

#[test]
fn a_snapshot_stands_still_and_a_live_session_goes_along() {
    let mut pulse = song();
    let (still, live) = (open(&mut pulse, Isolation::Snapshot), open(&mut pulse, Isolation::Live));
    for session in [still, live] {
        edit_in(&mut pulse, session, vec![edit::track::set_pan(BASS, 0.5)]);
    }
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -6.0)]);
    assert_eq!(volume(&pulse.session_project(still).unwrap()), 0.0);
    let seen = pulse.session_project(live).unwrap();
    assert_eq!((volume(&seen), seen.track(BASS).unwrap().pan()), (-6.0, 0.5));
    done(&mut pulse, still);
    done(&mut pulse, live);
    let bass = pulse.project();
    assert_eq!((volume(&bass), bass.track(BASS).unwrap().pan()), (-6.0, 0.5));
}

#[test]
fn a_live_session_that_saw_the_new_value_may_replace_it() {
    let mut pulse = song();
    let session = open(&mut pulse, Isolation::Live);
    edit_in(&mut pulse, session, vec![edit::track::set_pan(BASS, 0.5)]);
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -6.0)]);
    edit_in(&mut pulse, session, vec![edit::track::set_volume_db(BASS, -12.0)]);
    done(&mut pulse, session);
    assert_eq!(volume(&pulse.project()), -12.0);
}

/// A session and the project disagree about the volume; somebody decides.
fn decided(choice: Choice) -> f64 {
    let mut pulse = song();
    let session = open(&mut pulse, Isolation::Snapshot);
    edit_in(
        &mut pulse,
        session,
        vec![edit::track::set_volume_db(BASS, -6.0), edit::track::set_pan(BASS, 0.5)],
    );
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -3.0)]);
    assert_eq!(pulse.commit_session(session), Ok(SessionCommit::Conflicts(1)));
    assert_eq!((volume(&pulse.project()), pulse.project().track(BASS).unwrap().pan()), (-3.0, 0.0));
    let conflict = conflicts(&pulse, session).remove(0);
    let line = pulse.sessions().get(session).unwrap().conflict_line(&conflict);
    assert_eq!(line.to_string(), "Bass: volume -3.0 dB in the project, -6.0 dB in the session (was 0.0 dB)");
    let other = ConflictId(99);
    let unknown = SessionError::NoSuchConflict { session, conflict: other };
    assert_eq!(pulse.resolve_session(session, other, choice.clone()), Err(unknown));
    assert_eq!(pulse.resolve_session(session, conflict.id, choice), Ok(0));
    done(&mut pulse, session);
    assert_eq!(pulse.project().track(BASS).unwrap().pan(), 0.5);
    volume(&pulse.project())
}

#[test]
fn a_conflict_keeps_everything_back_until_somebody_decides() {
    assert_eq!(decided(Choice::Session), -6.0);
    assert_eq!(decided(Choice::Project), -3.0);
    assert_eq!(decided(Choice::Value(Some(CellValue::Value(protocol::Value::Float(-4.5))))), -4.5);
    assert_eq!(decided(Choice::Value(None)), 0.0);
}

#[test]
fn a_value_that_breaks_a_rule_decides_nothing() {
    let mut pulse = song();
    let session = open(&mut pulse, Isolation::Snapshot);
    edit_in(&mut pulse, session, vec![edit::track::set_volume_db(BASS, -6.0)]);
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -3.0)]);
    assert_eq!(pulse.commit_session(session), Ok(SessionCommit::Conflicts(1)));
    let conflict = conflicts(&pulse, session)[0].id;
    let loud = Choice::Value(Some(CellValue::Value(protocol::Value::Float(1_000.0))));
    assert!(matches!(pulse.resolve_session(session, conflict, loud), Err(SessionError::Refused(_))));
    assert_eq!(conflicts(&pulse, session).len(), 1);
}

#[test]
fn what_is_decided_is_open_again_when_the_project_changes_once_more() {
    let mut pulse = song();
    let session = open(&mut pulse, Isolation::Snapshot);
    edit_in(&mut pulse, session, vec![edit::track::set_volume_db(BASS, -6.0)]);
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -3.0)]);
    assert_eq!(pulse.commit_session(session), Ok(SessionCommit::Conflicts(1)));
    let conflict = conflicts(&pulse, session)[0].id;
    assert_eq!(pulse.resolve_session(session, conflict, Choice::Session), Ok(0));
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -1.0)]);
    assert_eq!(pulse.commit_session(session), Ok(SessionCommit::Conflicts(1)));
    assert_ne!(conflicts(&pulse, session)[0].id, conflict);
}

/// The project deleted the track that the session works on, or the other way round.
fn deleted(by: Side, choice: &Choice, isolation: Isolation) -> Project {
    let mut pulse = song();
    let session = open(&mut pulse, isolation);
    let clip = ClipId(EntityId(40));
    let work = vec![edit::clip::create_notes(clip, BASS, Beats::whole(8), Beats::whole(4))];
    let (mine, others) = match by {
        Side::Ours => (work, vec![edit::any::delete(BASS)]),
        Side::Theirs => (vec![edit::any::delete(BASS)], work),
    };
    edit_in(&mut pulse, session, mine);
    commit(&mut pulse, others);
    let seen = pulse.session_project(session).unwrap();
    assert!(isolation == Isolation::Snapshot || seen.clip(clip).is_some(), "nothing is lost");
    assert_eq!(pulse.commit_session(session), Ok(SessionCommit::Conflicts(1)));
    let conflict = conflicts(&pulse, session).remove(0);
    assert_eq!((conflict.conflict.entity, &conflict.conflict.clash), (BASS.0, &Clash::Deleted { by }));
    assert_eq!(
        pulse.resolve_session(session, conflict.id, Choice::Value(None)),
        Err(SessionError::NotAValue)
    );
    assert_eq!(pulse.resolve_session(session, conflict.id, choice.clone()), Ok(0));
    done(&mut pulse, session);
    pulse.project()
}

#[test]
fn a_deletion_is_decided_as_a_whole() {
    for isolation in [Isolation::Snapshot, Isolation::Live] {
        for (by, choice, stays) in [
            (Side::Ours, Choice::Session, true),
            (Side::Ours, Choice::Project, false),
            (Side::Theirs, Choice::Session, false),
            (Side::Theirs, Choice::Project, true),
        ] {
            let project = deleted(by, &choice, isolation);
            let clips = project.track(BASS).map(|bass| bass.clips().count());
            assert_eq!(clips, stays.then_some(2), "{by:?} {choice:?} {isolation:?}");
            assert_eq!(project.devices().count(), usize::from(stays));
        }
    }
}

#[test]
fn two_lanes_for_one_parameter_are_decided_by_taking_one() {
    let lane = |id| edit::lane::create(LaneId(EntityId(id)), BASS, "volume_db");
    for (choice, left) in [(Choice::Session, 21), (Choice::Project, 20)] {
        let mut pulse = song();
        let session = open(&mut pulse, Isolation::Snapshot);
        edit_in(&mut pulse, session, vec![lane(21)]);
        commit(&mut pulse, vec![lane(20)]);
        assert_eq!(pulse.commit_session(session), Ok(SessionCommit::Conflicts(1)));
        let conflict = conflicts(&pulse, session)[0].id;
        assert_eq!(pulse.resolve_session(session, conflict, choice), Ok(0));
        done(&mut pulse, session);
        let lanes: Vec<_> = pulse.project().lanes_of(BASS.0).map(|lane| lane.id().0).collect();
        assert_eq!(lanes, [EntityId(left)]);
    }
}

#[test]
fn more_than_a_hundred_conflicts_are_decided_by_one_choice() {
    let note = |key: u64, velocity| {
        (
            key,
            Some(Note {
                start: Beats::whole(key.cast_signed()),
                length: Beats(1),
                key: 60,
                velocity,
                channel: 0,
            }),
        )
    };
    let notes = |velocity| edit::clip::change_notes(VERSE, (1..=101).map(|key| note(key, velocity)));
    for (take, velocity) in [(Take::Session, 0.75), (Take::Project, 0.25)] {
        let mut pulse = song();
        commit(&mut pulse, vec![notes(0.5)]);
        let session = open(&mut pulse, Isolation::Snapshot);
        edit_in(&mut pulse, session, vec![notes(0.75)]);
        commit(&mut pulse, vec![notes(0.25)]);
        assert_eq!(pulse.commit_session(session), Ok(SessionCommit::Conflicts(101)));
        assert!(pulse.sessions().get(session).unwrap().is_bulk());
        let first = conflicts(&pulse, session)[0].id;
        assert_eq!(pulse.resolve_session(session, first, Choice::Project), Ok(100));
        assert!(!pulse.sessions().get(session).unwrap().is_bulk());
        assert_eq!(pulse.resolve_session_all(session, take), Ok(0));
        done(&mut pulse, session);
        let project = pulse.project();
        let last = project.clip(VERSE).unwrap().notes().last().unwrap();
        assert_eq!(last.1.velocity, velocity);
    }
}

#[test]
fn sessions_outlive_the_process_and_still_notice_what_changed() {
    for isolation in [Isolation::Snapshot, Isolation::Live] {
        let mut pulse = song();
        let session = open(&mut pulse, isolation);
        edit_in(
            &mut pulse,
            session,
            vec![edit::track::set_volume_db(BASS, -6.0), edit::track::set_pan(BASS, 0.5)],
        );
        commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -3.0)]);
        let bytes = pulse.sessions().to_bytes();
        let mut again = Pulse::from_project(pulse.project());
        again.restore_sessions(&bytes).expect("what was saved");
        let restored = again.sessions().get(session).expect("it is open again");
        assert_eq!((restored.author(), restored.operations().len()), ("tidy.lua", 1));
        assert_eq!(again.commit_session(session), Ok(SessionCommit::Conflicts(1)));
        let conflict = conflicts(&again, session)[0].id;
        assert_eq!(again.resolve_session(session, conflict, Choice::Session), Ok(0));
        done(&mut again, session);
        assert_eq!(volume(&again.project()), -6.0);
        assert_eq!(again.sessions().to_bytes(), b"");
    }
}

#[test]
fn a_restored_session_brings_back_the_track_that_was_deleted_meanwhile() {
    let mut pulse = song();
    let session = open(&mut pulse, Isolation::Snapshot);
    edit_in(&mut pulse, session, vec![edit::clip::set_name(VERSE, "Verse")]);
    let bytes = pulse.sessions().to_bytes();
    commit(&mut pulse, vec![edit::any::delete(BASS)]);
    let mut again = Pulse::from_project(pulse.project());
    again.restore_sessions(&bytes).expect("what was saved");
    assert_eq!(again.commit_session(session), Ok(SessionCommit::Conflicts(1)));
    let conflict = conflicts(&again, session)[0].id;
    assert_eq!(again.resolve_session(session, conflict, Choice::Session), Ok(0));
    done(&mut again, session);
    assert_eq!(again.project().clip(VERSE).map(|clip| clip.name().to_owned()), Some("Verse".into()));
}

#[test]
fn a_restored_session_sees_the_snapshot_that_it_saw() {
    let mut pulse = song();
    let early = open(&mut pulse, Isolation::Snapshot);
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -9.0)]);
    let late = open(&mut pulse, Isolation::Snapshot);
    edit_in(&mut pulse, early, vec![edit::track::set_pan(BASS, 0.5)]);
    edit_in(&mut pulse, late, vec![edit::track::set_mute(BASS, true)]);
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -12.0)]);
    let (history, sessions) = (pulse.history_bytes(), pulse.sessions().to_bytes());
    let (mut again, trouble) = Pulse::open(pulse.project(), Some(&history), IdSource::seeded(9));
    assert_eq!(trouble, None);
    again.restore_sessions(&sessions).unwrap();
    for (session, level) in [(early, volume(&song().project())), (late, -9.0)] {
        let seen = again.session_project(session).unwrap();
        assert_eq!(seen, pulse.session_project(session).unwrap());
        assert_eq!(volume(&seen), level);
    }
    // Once more, from what was restored.
    again.restore_sessions(&again.sessions().to_bytes()).unwrap();
    assert_eq!(volume(&again.session_project(late).unwrap()), -9.0);
    done(&mut again, early);
    done(&mut again, late);
    let bass = again.project();
    let bass = bass.track(BASS).unwrap();
    assert_eq!((bass.volume_db(), bass.pan(), bass.mute()), (-12.0, 0.5, true));
    // Where the past is gone, it goes along with the project.
    let (mut elsewhere, _) = Pulse::open(pulse.project(), None, IdSource::seeded(9));
    elsewhere.restore_sessions(&sessions).unwrap();
    assert_eq!(volume(&elsewhere.session_project(early).unwrap()), -12.0);
}

#[test]
fn a_session_is_opened_after_all_that_it_sees() {
    let mut pulse = song().with_clock(crate::history::Clock::with(|| 1_000));
    commit(&mut pulse, vec![edit::track::set_volume_db(BASS, -9.0)]);
    let last = pulse.commits().next_back().expect("one").at;
    let session = open(&mut pulse, Isolation::Snapshot);
    assert!(pulse.sessions().get(session).unwrap().opened() > last);
}

#[test]
fn damaged_bytes_open_nothing() {
    let mut pulse = song();
    let session = open(&mut pulse, Isolation::Snapshot);
    edit_in(&mut pulse, session, vec![edit::track::set_pan(BASS, 0.5)]);
    let bytes = pulse.sessions().to_bytes();
    let mut again = song();
    for end in 1..bytes.len() {
        assert!(again.restore_sessions(&bytes[..end]).is_err(), "{end}");
    }
    let newer = br#"{"version":99,"sessions":[]}"#;
    assert!(matches!(again.restore_sessions(newer), Err(RestoreError::NewerVersion(99))));
    assert_eq!(again.sessions().list().count(), 0);
}

/// Steps of two people and a session, as the properties do them.
struct Steps {
    pulse: Pulse,
    ids: IdSource,
    session: SessionId,
}

impl Steps {
    fn new(before: &[Vec<testing::Op>], isolation: Isolation) -> Self {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        for ops in before {
            let _refused = pulse.commit(testing::transaction(&pulse.project(), &ids, "Ann", ops));
        }
        let session = open(&mut pulse, isolation);
        Self { pulse, ids, session }
    }

    fn edit(&mut self, ops: &[testing::Op]) {
        let seen = self.pulse.session_project(self.session).unwrap();
        let edits = testing::transaction(&seen, &self.ids, "s", ops).edits;
        let before = seen.clone();
        let operations = self.pulse.sessions().get(self.session).unwrap().operations().len();
        let edited = self.pulse.edit_session(self.session, operation(edits.clone()));
        let after = self.pulse.session_project(self.session).unwrap();
        // Applied whole or not at all.
        match seen.apply(&edits) {
            Ok(expected) => assert!(edited.is_ok() && after == expected),
            Err(error) => {
                assert_eq!(edited, Err(SessionError::Refused(error)));
                assert!(after == before);
                assert_eq!(self.pulse.sessions().get(self.session).unwrap().operations().len(), operations);
            }
        }
    }

    fn commit(&mut self, ops: &[testing::Op]) {
        let transaction = testing::transaction(&self.pulse.project(), &self.ids, "Ann", ops);
        let _refused = self.pulse.commit(transaction);
    }
}

proptest! {
    #[test]
    fn what_a_session_sees_is_what_its_commit_gives(before in testing::ops(8), mine in testing::ops(8)) {
        let mut steps = Steps::new(&before, Isolation::Snapshot);
        mine.iter().for_each(|ops| steps.edit(ops));
        let seen = steps.pulse.session_project(steps.session).unwrap();
        done(&mut steps.pulse, steps.session);
        prop_assert!(steps.pulse.project() == seen);
    }

    #[test]
    fn discarding_a_session_changes_nothing(before in testing::ops(8), mine in testing::ops(8)) {
        let mut steps = Steps::new(&before, Isolation::Live);
        let project = steps.pulse.project();
        mine.iter().for_each(|ops| steps.edit(ops));
        steps.pulse.discard_session(steps.session).unwrap();
        prop_assert!(steps.pulse.project().is_same(&project));
        prop_assert_eq!(steps.pulse.sessions().list().count(), 0);
    }

    #[test]
    fn a_commit_happened_or_did_not(
        before in testing::ops(8),
        mine in testing::ops(6),
        others in testing::ops(6),
        live in any::<bool>(),
        restart in any::<bool>(),
    ) {
        let isolation = if live { Isolation::Live } else { Isolation::Snapshot };
        let mut steps = Steps::new(&before, isolation);
        for at in 0..mine.len().max(others.len()) {
            if let Some(ops) = mine.get(at) { steps.edit(ops) }
            if let Some(ops) = others.get(at) { steps.commit(ops) }
        }
        if restart {
            let bytes = steps.pulse.sessions().to_bytes();
            steps.pulse = Pulse::from_project(steps.pulse.project());
            steps.pulse.restore_sessions(&bytes).unwrap();
        }
        let project = steps.pulse.project();
        let count = steps.pulse.history().count();
        let committed = steps.pulse.commit_session(steps.session).unwrap();
        if let SessionCommit::Conflicts(number) = committed {
            prop_assert!(number > 0 && steps.pulse.project().is_same(&project));
            prop_assert_eq!(steps.pulse.history().count(), count);
            // Decided by the project, no conflict is left.
            prop_assert_eq!(steps.pulse.resolve_session_all(steps.session, Take::Project), Ok(0));
            let seen = steps.pulse.session_project(steps.session).unwrap();
            done(&mut steps.pulse, steps.session);
            prop_assert!(steps.pulse.project() == seen);
        }
        prop_assert_eq!(steps.pulse.sessions().list().count(), 0);
    }

    #[test]
    fn a_session_that_is_replayed_from_its_records_is_the_same(
        before in testing::ops(6),
        mine in testing::ops(6),
        others in testing::ops(4),
    ) {
        let mut steps = Steps::new(&before, Isolation::Live);
        let mut again = Pulse::from_project(steps.pulse.project());
        for at in 0..mine.len().max(others.len()) {
            if let Some(ops) = mine.get(at) { steps.edit(ops) }
            for record in steps.pulse.take_session_records() {
                again.replay_session(&record).unwrap();
            }
            if let Some(ops) = others.get(at) {
                steps.commit(ops);
                again.replace(steps.pulse.project());
            }
        }
        let seen = steps.pulse.session_project(steps.session).unwrap();
        prop_assert!(again.session_project(steps.session).unwrap() == seen);
        let clashes = |pulse: &Pulse| {
            let conflicts = conflicts(pulse, steps.session).into_iter();
            conflicts.map(|conflict| conflict.conflict).collect::<Vec<_>>()
        };
        prop_assert_eq!(clashes(&again), clashes(&steps.pulse));
        steps.pulse.discard_session(steps.session).unwrap();
        for record in steps.pulse.take_session_records() {
            again.replay_session(&record).unwrap();
        }
        prop_assert_eq!(again.sessions().list().count(), 0);
    }
}

fn beside(pulse: &Pulse) -> Session {
    let about = About { name: "tidy.lua".into(), author: "tidy.lua".into(), ..Default::default() };
    Session::beside(about, &pulse.project())
}

fn write(session: &mut Session, edits: Vec<Edit>) {
    session.write(operation(edits)).expect("legal edits");
}

#[test]
fn a_session_beside_its_store_is_marked_gathered_and_taken_back() {
    let pulse = song();
    let mut session = beside(&pulse);
    let start = session.mark();
    write(&mut session, vec![edit::track::set_volume_db(BASS, -6.0)]);
    write(&mut session, vec![edit::track::set_pan(BASS, 0.5)]);
    let middle = session.mark();
    write(&mut session, vec![edit::any::delete(BASS)]);
    session.roll_back(&middle);
    assert_eq!(volume(session.project()), -6.0);
    session.gather(&start, "Quieter".into());
    let steps: Vec<_> = session.steps().map(|step| (step.name, step.author, step.edits.len())).collect();
    assert_eq!(steps, [("Quieter".into(), "tidy.lua".into(), 2)]);
    let back = session.mark();
    write(&mut session, vec![edit::track::set_volume_db(BASS, 0.0)]);
    write(&mut session, vec![edit::track::set_volume_db(BASS, -6.0)]);
    session.gather(&back, "Nothing".into());
    assert_eq!(session.operations().len(), 1, "what changes nothing is no step");
    session.roll_back(&start);
    assert!(session.project() == session.ground() && session.diff().changes.is_empty());
}

#[test]
fn a_session_that_is_taken_over_is_journalled_with_what_the_project_became_meanwhile() {
    let note = |velocity| Note { start: Beats(0), length: Beats(1), key: 60, velocity, channel: 0 };
    let check = |others: Vec<Edit>, conflicts: usize| {
        let mut pulse = song();
        let mut again = song();
        let mut session = beside(&pulse);
        write(&mut session, vec![edit::track::set_volume_db(BASS, -6.0)]);
        write(&mut session, vec![edit::clip::change_notes(VERSE, [(7, Some(note(0.5)))])]);
        if !others.is_empty() {
            commit(&mut pulse, others.clone());
            commit(&mut again, others);
        }
        let over = session.over(&pulse.project());
        let id = pulse.adopt_session(session);
        assert_eq!(pulse.sessions().get(id).expect("open").conflicts().len(), conflicts);
        assert!(pulse.session_project(id).expect("open") == over);
        for record in pulse.take_session_records() {
            again.replay_session(&record).expect("its own record");
        }
        assert!(again.session_project(id).expect("open") == over);
        assert_eq!(again.sessions().get(id).expect("open").operations().len(), 2);
        if conflicts == 0 {
            done(&mut again, id);
            assert!(again.project() == over);
        }
    };
    check(vec![], 0);
    check(vec![edit::track::set_pan(BASS, 0.5)], 0);
    check(vec![edit::track::set_volume_db(BASS, -3.0)], 1);
    check(vec![edit::clip::change_notes(VERSE, [(7, Some(note(0.25)))])], 1);
}

#[test]
fn what_can_be_done_one_after_the_other_and_not_at_once_is_gathered_all_the_same() {
    let mut pulse = song();
    let mut session = beside(&pulse);
    let start = session.mark();
    write(&mut session, vec![edit::any::delete(VERSE)]);
    // The same id in a step of its own.
    write(&mut session, vec![edit::clip::create_notes(VERSE, BASS, Beats::whole(8), Beats::whole(4))]);
    session.gather(&start, "Move".into());
    let steps: Vec<_> = session.steps().collect();
    let [step] = &steps[..] else { panic!("{steps:?}") };
    assert!(pulse.project().apply(&step.edits).expect("legal") == *session.project());
    let (project, mut again) = (session.project().clone(), song());
    let id = pulse.adopt_session(session);
    for record in pulse.take_session_records() {
        again.replay_session(&record).expect("its own record");
    }
    assert!(again.session_project(id).expect("open") == project);
    done(&mut again, id);
    assert!(again.project() == project);
}

#[test]
fn what_no_edits_do_at_once_stays_in_operations_of_its_own() {
    let pulse = song();
    let mut session = beside(&pulse);
    let start = session.mark();
    write(&mut session, vec![edit::any::delete(VERSE)]);
    write(&mut session, vec![edit::track::create(TrackId(VERSE.0), TrackKind::Bus, "Verse")]);
    session.gather(&start, "Turn".into());
    let names: Vec<_> = session.operations().iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["Turn", "Turn"]);
    let done = session.steps().try_fold(pulse.project(), |project, step| project.apply(&step.edits));
    assert!(done.expect("legal one by one") == *session.project());
}
