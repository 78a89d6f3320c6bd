//! Users' tables and edges in queries.

use protocol::{Beats, Edit, EntityId, Keep, Transaction, Value};

use crate::edit::edge::{self, Place};
use crate::edit::user::{self, Declaration, Holds};
use crate::edit::{self, any};
use crate::query::{LiveChange, LiveQuery, NO_PARAMS, Param, Query};
use crate::view::{ClipId, DeclaredFieldId, DeclaredTableId, EdgeId, ItemId, TrackId, TrackKind};
use crate::{IdSource, Project, Pulse};

/// A track with clips `A`, `B` and `C`; cues 1, 2 and 3 (table `cues`, `number` indexed, `scene` an entity of `scenes.all`)
/// of which 1 and 2 are in the scene `Intro`; `A` and `B` are graded 5 and, by default, 3 (table `grading`); `A` likes
/// `B` (loudly) and `C`.
struct Show {
    pulse: Pulse,
    clips: Vec<EntityId>,
    cues: Vec<EntityId>,
    intro: EntityId,
}

fn commit(pulse: &mut Pulse, edits: Vec<Edit>) {
    pulse.commit(Transaction { name: "step".into(), author: "test".into(), edits }).expect("legal");
}

fn show() -> Show {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let declare = |table, name, holds| Declaration { indexed: true, ..Declaration::new(table, name, holds) };
    let score =
        Declaration { default: Some(Value::Int(3)), ..declare("grading", "score", Holds::Int(0, 10)) };
    let plain = |table, name, holds| user::declare(&Declaration::new(table, name, holds));
    let mut edits = vec![
        user::create_table("cues", "Something that happens on stage."),
        user::create_table("scenes.all", "A part of a show."),
        user::create_table("grading", "What somebody thinks of it."),
        user::declare(&declare("cues", "number", Holds::Int(0, 1_000))),
        user::declare(&declare("cues", "call", Holds::Text)),
        plain("cues", "scene", Holds::Ref(&["scenes.all"])),
        plain("cues", "levels", Holds::Numbers),
        plain("cues", "people", Holds::List),
        plain("scenes.all", "title", Holds::Text),
        user::declare(&score),
    ];
    let intro = pulse.new_id();
    edits.push(user::create(ItemId(intro), "scenes.all", [("title", Value::Text("Intro".into()))]));
    let cues: Vec<EntityId> = (1..=3)
        .map(|number| {
            let id = pulse.new_id();
            let scene = if number < 3 { Value::Ref(intro) } else { Value::Null };
            let levels = Value::Numbers([("left".to_owned(), 1.0 / f64::from(number))].into());
            let people = Value::List(vec![Value::Text(format!("P{number}"))]);
            let fields = [
                ("number", Value::Int(number.into())),
                ("call", Value::Text("x".repeat(70) + &number.to_string())),
                ("scene", scene),
                ("levels", levels),
                ("people", people),
            ];
            edits.push(user::create(ItemId(id), "cues", fields));
            edits.push(any::set(id, "name", Value::Text(format!("Cue {number}"))));
            id
        })
        .collect();
    let track = TrackId(pulse.new_id());
    edits.push(edit::track::create(track, TrackKind::Instrument, "Keys"));
    let clips: Vec<EntityId> = ["A", "B", "C"]
        .into_iter()
        .map(|name| {
            let id = pulse.new_id();
            edits.push(edit::clip::create_notes(ClipId(id), track, Beats::ZERO, Beats::whole(4)));
            edits.push(any::set(id, "name", Value::Text(name.into())));
            id
        })
        .collect();
    edits.push(user::attach(clips[0], "grading", [("score", Value::Int(5))]));
    edits.push(user::attach(clips[1], "grading", []));
    edits.push(edge::connect("likes", clips[0], clips[1]));
    edits.push(edge::connect("likes", clips[0], clips[2]));
    edits.push(edge::set_properties(
        EdgeId::between("likes", clips[0], clips[1]),
        [("how", Some(Value::Text("loudly".into())))],
    ));
    commit(&mut pulse, edits);
    Show { pulse, clips, cues, intro }
}

fn names(project: &Project, text: &str, params: impl IntoIterator<Item = Param>) -> Vec<String> {
    let found = Query::parse(text).and_then(|query| query.bind(params)).and_then(|bound| bound.run(project));
    let ids = found.unwrap_or_else(|error| panic!("{error}"));
    let mut names: Vec<_> = ids.iter().map(|&id| project.name_of(id).to_owned()).collect();
    if !text.contains("ORDER") {
        names.sort();
    }
    names
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(names(&show().pulse.project(), text, NO_PARAMS), expected, "{text}");
}

#[test]
fn users_tables_are_queried_by_the_names_of_their_fields() {
    check("table == 'cues'", &["Cue 1", "Cue 2", "Cue 3"]);
    check("table == 'cues' AND number >= 2 ORDER BY number DESC", &["Cue 3", "Cue 2"]);
    check("table == 'cues' AND cues.number == 2 AND name LIKE 'cue%'", &["Cue 2"]);
    check("table == 'cues' AND number IN (1, 3) AND NOT people CONTAINS 'P3'", &["Cue 1"]);
    check("table == 'cues' AND levels.left < 0.6 AND COUNT(people) == 1", &["Cue 2", "Cue 3"]);
    check(
        "table == 'cues' AND scene->title == 'Intro' AND scene->scenes.all.title != ''",
        &["Cue 1", "Cue 2"],
    );
    check("table == 'cues' AND scene IS NULL", &["Cue 3"]);
    let text = format!("table == 'cues' AND call == '{}2'", "x".repeat(70));
    check(&text, &["Cue 2"]);
    let show = show();
    assert_eq!(
        names(&show.pulse.project(), "table == 'cues' AND scene == ?", [show.intro.into()]),
        ["Cue 1", "Cue 2"]
    );
    let scenes = "table == 'scenes.all' AND COUNT(cues<-scene WHERE number > 0) == 2";
    let bound = Query::parse(scenes).and_then(|query| query.bind(NO_PARAMS)).expect("a query");
    assert_eq!(bound.run(&show.pulse.project()).expect("legal"), [show.intro]);
}

#[test]
fn facets_of_any_entity_are_conditions() {
    check("table == 'clips' AND grading.score >= 3", &["A", "B"]);
    check("table == 'clips' AND grading.score > 3", &["A"]);
    check("table == 'clips' AND grading.score IS NULL", &["C"]);
    check("table == 'clips' AND table == 'grading'", &["A", "B"]);
    check("table == 'grading' AND score == 3", &["B"]);
    check("table == 'grading' AND track->name == 'Keys' ORDER BY score DESC", &["A", "B"]);
    check("table == 'tracks' AND EXISTS(clips<-track WHERE grading.score == 5)", &["Keys"]);
    check("table == 'tracks' AND EXISTS(clips<-track WHERE NOT table == 'grading')", &["Keys"]);
    check("table == 'tracks' AND COUNT(grading<-track) == 2", &["Keys"]);
}

#[test]
fn edges_are_followed_both_ways() {
    check("table == 'clips' AND EXISTS(->likes)", &["A"]);
    check("table == 'clips' AND EXISTS(<-likes)", &["B", "C"]);
    check("table == 'clips' AND COUNT(->likes WHERE name IN ('B', 'C')) == 2", &["A"]);
    check("table == 'clips' AND EXISTS(<-likes WHERE edge.how == 'loudly' AND grading.score == 5)", &["B"]);
    check("table == 'clips' AND EXISTS(->likes WHERE EXISTS(->likes))", &[]);
    check("table == 'clips' AND EXISTS(->likes.not.much)", &[]);
    check(
        "table == 'edges' AND kind == 'likes' AND source->grading.score == 5 AND properties.how IS NULL",
        &[""],
    );
}

#[test]
fn declared_indexes_are_walked() {
    let Show { pulse, intro, .. } = show();
    let told = |text: &str, params: Vec<Param>| {
        let bound = Query::parse(text).and_then(|query| query.bind(params)).expect("a query");
        bound.explain(&pulse.project()).expect("legal").to_string()
    };
    assert_eq!(
        told("table == 'cues' AND number == 2", vec![]),
        "walk cues by cues.number (1 value(s)); 1 test(s) each; sort"
    );
    assert_eq!(
        told("table == 'cues' AND number > 2 AND number <= 10", vec![]),
        "walk cues, a range of cues.number; 2 test(s) each; sort"
    );
    assert_eq!(
        told("table == 'clips' AND grading.score > 3", vec![]),
        "walk clips, a range of grading.score; 1 test(s) each; sort"
    );
    assert_eq!(
        told("table == 'clips' AND table == 'grading'", vec![]),
        "walk clips that are in grading; sort"
    );
    assert_eq!(
        told("table == 'cues' AND scene == ?", vec![intro.into()]),
        "walk cues by cues.scene (1 of them); sort"
    );
    // What the default meets is not in the index.
    assert_eq!(told("table == 'grading' AND score < 4", vec![]), "walk grading; 1 test(s) each; in order");
    assert_eq!(
        told("table == 'grading' AND score IN (3, 5)", vec![]),
        "walk grading; 1 test(s) each; in order"
    );
}

#[test]
fn wrong_names_are_pointed_at() {
    let project = show().pulse.project();
    let says = |text: &str, expected: &str| {
        let bound = Query::parse(text).and_then(|query| query.bind(NO_PARAMS));
        let error = bound.and_then(|bound| bound.run(&project)).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    says("table == 'cue'", "column 10: there is no table 'cue'; did you mean 'cues'?");
    says(
        "table == 'cues' AND nummer > 4",
        "column 21: there is no field 'nummer' in 'cues'; did you mean 'number'?",
    );
    says(
        "table == 'clips' AND grading.scor > 4",
        "column 30: there is no field 'scor' in 'grading'; did you mean 'score'?",
    );
    says("table == 'clips' AND gradin.score > 4", "column 22: there is no field 'gradin' in 'clips'");
    says("table == 'cues' AND number == 'x'", "column 31: expected a number, got the text 'x'");
    says("table == 'cues' AND number.x == 4", "column 21: 'number' holds a number, so nothing can follow it");
    says("table == 'cues' AND scene.title == 'x'", "column 27: expected an arrow: scene->title");
    says(
        "table == 'clips' AND table == 'tracks' AND table == 'cues'",
        "column 31: a query is over one table",
    );
}

#[test]
fn live_queries_follow_facets_edges_and_declarations() {
    let Show { mut pulse, clips, cues, .. } = show();
    let mut step = |live: &mut LiveQuery, edits: Vec<Edit>| {
        let before = pulse.project();
        commit(&mut pulse, edits);
        let diff = crate::diff::Diff::between(&before, &pulse.project());
        let touched: Vec<_> = diff.changes.iter().map(|change| change.id).collect();
        live.update(&pulse.project(), &touched)
    };
    let live = |text: &str| {
        let bound = Query::parse(text).and_then(|query| query.bind(NO_PARAMS)).expect("a query");
        LiveQuery::new(&bound, &show().pulse.project()).expect("legal")
    };
    let mut graded = live("table == 'clips' AND grading.score > 3 ORDER BY name");
    let added = step(&mut graded, vec![user::attach(clips[2], "grading", [("score", Value::Int(9))])]);
    assert_eq!(added, [LiveChange::Added { id: clips[2], at: 1 }]);
    let removed = step(&mut graded, vec![user::detach(clips[2], "grading", Keep::Preserve)]);
    assert_eq!(removed, [LiveChange::Removed { id: clips[2], at: 1 }]);

    let mut liked = live("table == 'clips' AND EXISTS(<-likes WHERE name == 'A')");
    let edge = EdgeId::between("likes", clips[0], clips[1]);
    assert_eq!(step(&mut liked, vec![any::delete(edge)]), [LiveChange::Removed { id: clips[1], at: 0 }]);
    let again =
        edge::insert(&show().pulse.project(), "likes", clips[0], clips[1], Place::Last).expect("a place");
    assert!(!again.is_empty());
    assert_eq!(
        step(&mut liked, vec![edge::connect("likes", clips[0], clips[1])]),
        [LiveChange::Added { id: clips[1], at: 0 }]
    );
    let renamed = step(&mut liked, vec![any::set(clips[0], "name", Value::Text("Z".into()))]);
    assert_eq!(renamed.len(), 2, "{renamed:?}");

    let mut numbered = live("table == 'cues' AND number > 1");
    let ids = |live: &LiveQuery| live.ids().collect::<Vec<_>>();
    assert_eq!(ids(&numbered).len(), 2);
    let number = DeclaredFieldId::named("cues", "number");
    assert_eq!(step(&mut numbered, vec![any::delete(number)]), [LiveChange::Reset]);
    assert!(ids(&numbered).is_empty() && numbered.error().is_some());
    assert_eq!(step(&mut numbered, vec![user::set(cues[0], "cues", "call", Value::Text("Go".into()))]), []);
    let declared = user::declare(&Declaration::new("cues", "number", Holds::Float(0.0, 10.0)));
    assert_eq!(step(&mut numbered, vec![declared]), [LiveChange::Reset]);
    // What was given outlasts the declaration.
    assert_eq!((ids(&numbered).len(), numbered.error()), (2, None));
    assert_eq!(step(&mut numbered, vec![any::delete(DeclaredTableId::named("cues"))]), [LiveChange::Reset]);
    assert!(numbered.error().is_some());
}

#[test]
fn what_left_a_users_table_is_found_through_references_however_few_refer() {
    let Show { mut pulse, cues, intro, .. } = show();
    let text = "table == 'cues' AND scene->name == 'Opening'";
    commit(&mut pulse, vec![any::set(intro, "name", Value::Text("Opening".into()))]);
    commit(&mut pulse, vec![user::detach(intro, "scenes.all", Keep::Preserve)]);
    let few = names(&pulse.project(), text, NO_PARAMS).len();
    let more = (0..20).map(|_| user::create(ItemId(pulse.new_id()), "cues", [])).collect();
    commit(&mut pulse, more);
    assert_eq!((names(&pulse.project(), text, NO_PARAMS).len(), cues.len()), (few, 3));
}
