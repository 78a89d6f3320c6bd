//! What queries mean, and what is said of wrong ones.

use protocol::{Beats, DeviceKind, EntityId, Transaction, Value};

use crate::edit;
use crate::query::{NO_PARAMS, Param, Query};
use crate::view::{ClipId, DeviceId, TrackId, TrackKind};
use crate::{IdSource, Project, Pulse};

/// Tracks `Bass` and `Keys` (instruments, with clips at 0, 4 and 8 beats) and `Room` (a bus), in that order.
fn song() -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let mut edits = Vec::new();
    for (name, kind) in
        [("Bass", TrackKind::Instrument), ("Keys", TrackKind::Instrument), ("Room", TrackKind::Bus)]
    {
        let track = TrackId(pulse.new_id());
        edits.push(edit::track::create(track, kind, name));
        if kind == TrackKind::Bus {
            continue;
        }
        for at in 0..3 {
            let clip = ClipId(pulse.new_id());
            edits.push(edit::clip::create_notes(clip, track, Beats::whole(4 * at), Beats::whole(4)));
            edits.push(edit::any::set(clip.0, "name", Value::Text(format!("{name} {at}"))));
            let note =
                |key| protocol::Note { start: Beats(0), length: Beats(1), key, velocity: 0.5, channel: 0 };
            let keys =
                (0..u8::try_from(at).expect("small")).map(|key| (u64::from(key), Some(note(60 + key))));
            edits.push(edit::clip::change_notes(clip, keys));
        }
        let device = DeviceId(pulse.new_id());
        edits.push(edit::device::create_builtin(device, track, DeviceKind::Synth, 0.0));
        edits.push(edit::device::set_params(device, [("cutoff", Some(800.0))]));
    }
    pulse.commit(Transaction { name: "song".into(), author: "test".into(), edits }).expect("legal");
    pulse.project()
}

/// The names of what a query finds.
fn names(project: &Project, text: &str, params: impl IntoIterator<Item = Param>) -> Vec<String> {
    let found = Query::parse(text).and_then(|query| query.bind(params)).and_then(|bound| bound.run(project));
    let ids = found.unwrap_or_else(|error| panic!("{error}"));
    ids.iter().map(|&id| project.name_of(id).to_owned()).collect()
}

/// Results without an order are compared by name, since clips that start together stand in order of their ids.
fn check(text: &str, expected: &[&str]) {
    let (mut found, mut expected) = (names(&song(), text, NO_PARAMS), expected.to_vec());
    if !text.contains("ORDER") {
        found.sort();
        expected.sort_unstable();
    }
    assert_eq!(found, expected, "{text}");
}

/// What a wrong query says.
fn refused(text: &str, params: impl IntoIterator<Item = Param>) -> String {
    let found = Query::parse(text).and_then(|query| query.bind(params)).and_then(|bound| bound.run(&song()));
    match found {
        Ok(_) => panic!("{text} is accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn comparisons_and_logic() {
    check("table == 'tracks'", &["Bass", "Keys", "Room", "Master"]);
    check("'tracks' == table and kind == 'bus'", &["Room"]);
    check("table == 'tracks' AND NOT (kind == 'bus' OR kind == 'master')", &["Bass", "Keys"]);
    check("table == 'tracks' AND kind IN ('bus', 'master') AND 1 > pan", &["Room", "Master"]);
    check("table == 'tracks' AND kind NOT IN ('instrument') AND NOT mute", &["Room", "Master"]);
    check("table == 'clips' AND start<4.5 AND name != 'Bass 0'", &["Keys 0", "Bass 1", "Keys 1"]);
    check("table == 'clips' AND start == 8 beats AND length >= 61440 ticks", &["Bass 2", "Keys 2"]);
    check("table == 'clips' AND loop_length IS NULL AND start > 4", &["Bass 2", "Keys 2"]);
    check("table == 'clips' AND loop_length IS NOT NULL", &[]);
    check("table == 'clips' AND start == length", &["Bass 1", "Keys 1"]);
    check("table == 'tracks' AND pan>-1 AND pan<-0.5", &[]);
}

#[test]
fn text_is_matched_whatever_its_case() {
    check("table == 'clips' AND name LIKE 'bass%'", &["Bass 0", "Bass 1", "Bass 2"]);
    check("table == 'clips' AND name CONTAINS 'S 1'", &["Bass 1", "Keys 1"]);
    check("table == 'clips' AND name NOT LIKE '%_' ", &[]);
}

#[test]
fn references_are_followed_both_ways() {
    check("table == 'clips' AND track->name == 'Bass'", &["Bass 0", "Bass 1", "Bass 2"]);
    check("table == 'tracks' AND COUNT(clips<-track) == 3", &["Bass", "Keys"]);
    check("table == 'tracks' AND EXISTS(clips<-track WHERE name == 'Keys 2')", &["Keys"]);
    check("table == 'tracks' AND EXISTS(devices<-track WHERE params.cutoff < 1000)", &["Bass", "Keys"]);
    check("table == 'tracks' AND output->name IS NULL AND NOT EXISTS(clips<-track)", &["Room", "Master"]);
    check("table == 'devices' AND COUNT(params) > 1", &[]);
}

#[test]
fn rows_are_looked_into() {
    check("table == 'clips' AND COUNT(notes) == 2", &["Bass 2", "Keys 2"]);
    check("table == 'clips' AND EXISTS(notes WHERE key > 60 AND channel == 1)", &["Bass 2", "Keys 2"]);
    check("table == 'clips' AND COUNT(notes WHERE velocity < 0.6) >= 1 AND start < 8", &["Bass 1", "Keys 1"]);
}

#[test]
fn results_are_ordered_and_cut() {
    check("table == 'clips' ORDER BY start DESC, name LIMIT 3", &["Bass 2", "Keys 2", "Bass 1"]);
    check("table == 'clips' ORDER BY name DESC LIMIT 2 OFFSET 1", &["Keys 1", "Keys 0"]);
    check("table == 'clips' ORDER BY track->name DESC, start DESC LIMIT 1", &["Keys 2"]);
    check("table == 'clips' LIMIT 0", &[]);
    check(
        "table == 'tracks' AND kind != 'master' ORDER BY COUNT(clips<-track), name",
        &["Room", "Bass", "Keys"],
    );
    check("table == 'tracks' AND `order` >= 0 ORDER BY order DESC LIMIT 1 OFFSET 1", &["Keys"]);
}

#[test]
fn parameters_are_values_never_text() {
    let project = song();
    let track = project.tracks().next().expect("a track").id().0;
    let by = |text, params: Vec<Param>| names(&project, text, params);
    assert_eq!(by("table == 'clips' AND track == ? LIMIT ?", vec![track.into(), 1_i64.into()]), ["Bass 0"]);
    assert_eq!(by("table == 'clips' AND track == ?", vec![track.to_string().into()]).len(), 3);
    assert_eq!(by("table == ? AND name == ?", vec!["clips".into(), "' OR 1 == 1".into()]), [""; 0]);
    let starts = vec![Value::Beats(Beats::whole(4)), Value::Int(8)];
    assert_eq!(
        by("table == 'clips' AND start IN ? AND track == ?", vec![starts.into(), track.into()]).len(),
        2
    );
    assert_eq!(by("table == 'clips' AND loop_length == ?", vec![Value::Null.into()]).len(), 6);
    let ids = vec![Value::Ref(track), Value::Ref(EntityId(7))];
    assert_eq!(by("table == 'tracks' AND id IN ?", vec![ids.into()]), ["Bass"]);
}

#[test]
fn errors_point_at_the_column_and_say_what_was_expected() {
    let says = |text: &str, expected: &str| assert_eq!(refused(text, NO_PARAMS), expected, "{text}");
    says(
        "table == 'clips' AND strat > 4",
        "column 22: there is no field 'strat' in 'clips'; did you mean 'start'?\n  \
         table == 'clips' AND strat > 4\n                       ^",
    );
    says(
        "table == 'clip'",
        "column 10: there is no table 'clip'; did you mean 'clips'?\n  table == 'clip'\n           ^",
    );
    says(
        "table == 'clips' AND\n  start = 4",
        "line 2, column 9: expected ==, found '='\n    start = 4\n          ^",
    );
    says(
        "table == 'clips' AND start > 'four'",
        "column 30: expected a musical time in beats, got the text 'four'\n  \
         table == 'clips' AND start > 'four'\n                               ^",
    );
    says(
        "table == 'tracks' AND kind == 'buss'",
        "column 31: 'buss' is not one of: audio, instrument, bus, master; did you mean 'bus'?\n  \
         table == 'tracks' AND kind == 'buss'\n                                ^",
    );
}

#[test]
fn wrong_queries_are_refused_with_a_reason() {
    let says = |text: &str, part: &str| {
        let error = refused(text, NO_PARAMS);
        assert!(error.contains(part), "{text}\n{error}");
    };
    says("", "name one table first");
    says("start > 4", "name one table first");
    says("table == 'clips' OR start > 4", "name one table first");
    says("table == 'clips' AND table == 'tracks'", "a second one");
    says("table == 'clips' AND", "expected a condition, found the end");
    says("table == 'clips' AND start", "expected a comparison");
    says("table == 'clips' AND start > ", "expected a value or a field, found the end");
    says("table == 'clips' AND (start > 4", "expected ')', found the end");
    says("table == 'clips' AND start > 4)", "found ')'");
    says("table == 'clips' AND track.name == 'x'", "expected an arrow: track->name");
    says("table == 'clips' AND start->name == 'x'", "'start' holds a musical time in beats");
    says("table == 'clips' AND notes == 4", "COUNT(notes)");
    says("table == 'devices' AND params > 4", "params.key");
    says("table == 'clips' AND track < 'x'", "expected == or !=");
    says("table == 'clips' AND track == 'x'", "the id of one of the tracks");
    says("table == 'clips' AND start < null", "got null");
    says("table == 'clips' AND EXISTS(sends<-target)", "expected a reference to clips");
    says("table == 'clips' AND EXISTS(notes WHERE pitch > 4)", "no field 'pitch' in notes");
    says("table == 'clips' AND EXISTS(->`Cue list`)", "'Cue list' cannot be the kind of an edge");
    says("table == 'clips' AND EXISTS(notes WHERE EXISTS(->cue))", "expected an entity, got notes");
    says(
        "table == 'clips' AND EXISTS(->cue WHERE edges.x == 4)",
        "no field 'edges' in any table; did you mean 'edge'",
    );
    says("table == 'clips' ORDER BY notes", "COUNT");
    says("table == 'clips' ORDER BY 4", "found a value");
    says("table == 'clips' LIMIT -1", "expected a whole number or ?");
    says("table == 'clips' AND name == 'x", "no closing quote");
    says("table == 'clips' AND name == 'x\\y'", "a backslash may");
    says("table == 'clips' AND start > 3rd", "number cannot be used");
    says("table == 'clips' AND start > 1e999", "number cannot be used");
    says("table == 'clips' AND start > #", "'#' means nothing");
    says("table == 'clips' AND 1 == 1", "a field on one side");
    says("table == 'clips' AND ? == 1", "1 parameter(s), 0 given");
    says(&format!("table == 'clips' AND {}muted", "NOT ".repeat(65)), "deeper than 64");
    says(&format!("table == 'clips' AND {}muted", "(".repeat(65)), "deeper than 64");
    says(&"a".repeat(70_000), "longer than");
    assert!(refused("table == 'clips' AND start IN ?", [4_i64.into()]).contains("expected a list, got 4"));
    assert!(refused("table == 'clips' LIMIT ?", ["x".into()]).contains("expected a whole number from 0"));
}

#[test]
fn what_is_walked_can_be_told() {
    let project = song();
    let track = project.tracks().next().expect("a track").id().0;
    let told = |text: &str, params: Vec<Param>| {
        let bound = Query::parse(text).and_then(|query| query.bind(params)).expect("a query");
        bound.explain(&project).expect("legal").to_string()
    };
    assert_eq!(told("table == 'clips'", vec![]), "walk clips; in order");
    assert_eq!(
        told("table == 'clips' AND track == ? AND start >= 4 ORDER BY start LIMIT 2", vec![track.into()]),
        "walk clips by track (1 of them), a range of start; in order; stop after 2"
    );
    assert_eq!(
        told("table == 'clips' AND start < 8 AND muted ORDER BY start DESC", vec![]),
        "walk clips, a range of start; 1 test(s) each; in order"
    );
    assert_eq!(
        told("table == 'clips' AND id == ? ORDER BY name", vec![track.into()]),
        "walk 1 id(s) of clips; sort"
    );
}

#[test]
fn a_meter_can_break_a_query_off() {
    let query =
        Query::parse("table == 'clips' AND name CONTAINS 'x'").and_then(|query| query.bind(NO_PARAMS));
    let mut steps = 0;
    let mut most = |more| {
        steps += more;
        std::ops::ControlFlow::Break(())
    };
    let error = query.expect("legal").run_metered(&song(), &mut most).expect_err("broken off");
    assert_eq!(error.problem, crate::query::QueryProblem::Interrupted);
    assert!(steps > 6, "{steps}");
}
