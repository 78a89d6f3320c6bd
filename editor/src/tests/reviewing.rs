//! The history, and work that waits for review.

use std::sync::Arc;

use egui::{Key, Modifiers};
use model::diff::lines;
use model::edit;
use model::entity::{Cell, CellValue, Name, Part};
use protocol::control::ScriptEnding;
use protocol::{Command, CommitId, ConflictId, EntityId, SessionId, Take, Value};

use super::bench::Bench;
use crate::{ClashEntry, ConflictEntry, ScriptEntry, ScriptOrigin, SessionEntry, ShownChange, ids};

const SESSION: SessionId = SessionId(EntityId(77));

/// A session that turns the first track up, with a number of conflicts.
fn session(bench: &Bench, conflicts: u32) -> SessionEntry {
    let project = bench.project();
    let track = project.tracks().next().expect("a track").id();
    let edits = [edit::track::set_volume_db(track, 3.0)];
    let after = project.apply(&edits).expect("a legal edit");
    let value = |db: f64| Some(CellValue::Value(Value::Float(db)));
    let conflict = |id| ConflictEntry {
        id: ConflictId(id),
        entity: track.0,
        clash: ClashEntry::Cell {
            cell: Cell { field: Name::from("volume_db"), part: Part::Whole },
            base: None,
            project: value(-4.5),
            session: value(3.0),
        },
    };
    SessionEntry {
        id: SESSION,
        name: "Louder".into(),
        author: "Gain stage".into(),
        opened_ms: 0,
        operations: 1,
        lines: lines(&project, &after).into(),
        conflicts: (0..conflicts).map(conflict).collect(),
        decided: 0,
    }
}

fn open(conflicts: u32) -> Bench {
    let mut bench = Bench::song();
    bench.sessions = vec![session(&bench, conflicts)];
    bench.key(Key::Num7, Modifiers::COMMAND | Modifiers::CTRL);
    bench.idle(2);
    bench.take();
    bench
}

#[test]
fn a_session_is_accepted_or_rejected() {
    let mut bench = open(0);
    bench.click_on(ids::one("accept session"));
    assert_eq!(bench.take(), [Command::AcceptSession { session: SESSION }]);
    bench.pause();
    bench.click_on(ids::one("reject session"));
    assert_eq!(bench.take(), [Command::RejectSession { session: SESSION }]);
}

#[test]
fn the_keyboard_accepts_and_rejects_only_while_the_page_has_it() {
    let mut bench = open(0);
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.take(), [Command::AcceptSession { session: SESSION }]);
    bench.key(Key::Delete, Modifiers::NONE);
    assert_eq!(bench.take(), [Command::RejectSession { session: SESSION }]);
    bench.key(Key::Num1, Modifiers::COMMAND | Modifiers::CTRL);
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.take(), []);
}

#[test]
fn conflicts_are_decided_before_a_session_is_accepted() {
    let mut bench = open(3);
    bench.click_on(ids::one("accept session"));
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.take(), [], "three conflicts are open");
    bench.click_on(ids::nth("conflict session", 1));
    let (session, conflict, take) = (SESSION, ConflictId(1), Take::Session);
    assert_eq!(bench.take(), [Command::ResolveConflict { session, conflict, take }]);
    // The next one has the keyboard.
    bench.key(Key::ArrowLeft, Modifiers::NONE);
    let (conflict, take) = (ConflictId(2), Take::Project);
    assert_eq!(bench.take(), [Command::ResolveConflict { session, conflict, take }]);
    bench.sessions[0].conflicts = Arc::default();
    bench.pause();
    bench.click_on(ids::one("accept session"));
    assert_eq!(bench.take(), [Command::AcceptSession { session }]);
}

#[test]
fn very_many_conflicts_are_decided_at_once_and_only_those_in_sight_are_drawn() {
    let mut bench = open(20_000);
    let vertices = bench.shapes();
    assert!(vertices < 120_000, "{vertices}");
    bench.click_on(ids::one("keep mine"));
    assert_eq!(bench.take(), [Command::ResolveConflicts { session: SESSION, take: Take::Project }]);
    bench.pause();
    bench.click_on(ids::one("take theirs"));
    assert_eq!(bench.take(), [Command::ResolveConflicts { session: SESSION, take: Take::Session }]);
}

#[test]
fn a_script_can_wait_for_review() {
    let mut bench = Bench::song();
    bench.scripts = vec![ScriptEntry {
        name: "Louder".into(),
        about: String::new(),
        source: "-- louder".into(),
        origin: ScriptOrigin::Example,
    }];
    bench.key(Key::Num5, Modifiers::COMMAND | Modifiers::CTRL);
    bench.idle(2);
    bench.take();
    for (button, wanted) in [("run script", ScriptEnding::Commit), ("review script", ScriptEnding::Review)] {
        bench.pause();
        bench.click_on(ids::one(button));
        let commands = bench.take();
        assert!(
            matches!(commands.as_slice(), [Command::RunScript { ending, .. }] if *ending == wanted),
            "{commands:?}"
        );
    }
}

#[test]
fn a_click_on_a_step_goes_back_to_it_and_the_eye_shows_what_it_changed() {
    let mut bench = Bench::song();
    bench.key(Key::Num6, Modifiers::COMMAND | Modifiers::CTRL);
    bench.idle(2);
    bench.take();
    let steps = bench.pulse.history().count();
    bench.click(bench.rect(ids::nth("history", steps - 3)).left_center() + egui::vec2(60.0, 0.0));
    assert_eq!(bench.take(), [Command::Undo, Command::Undo]);
    bench.pause();
    bench.click_on(ids::nth("history view", steps - 2));
    let commit = CommitId { peer: 1, counter: u32::try_from(steps).expect("few") - 2 };
    assert_eq!(bench.take(), [Command::ShowChange { commit: Some(commit) }]);
    bench.change = Some(ShownChange { commit, lines: Arc::default() });
    bench.pause();
    bench.click_on(ids::one("change close"));
    assert_eq!(bench.take(), [Command::ShowChange { commit: None }]);
}

#[test]
fn the_history_is_searched_and_shown_by_author() {
    let mut bench = Bench::song();
    bench.key(Key::Num6, Modifiers::COMMAND | Modifiers::CTRL);
    bench.idle(2);
    bench.click_on(ids::one("history search"));
    bench.text("PARTS");
    bench.idle(2);
    let steps: Vec<String> = bench.pulse.history().map(|step| step.name.to_string()).collect();
    for (index, name) in steps.iter().enumerate() {
        let shown = bench.is_shown(ids::nth("history", index));
        assert_eq!(shown, name == "Write parts", "{name}");
    }
}
