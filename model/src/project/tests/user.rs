//! Users' tables, edges and look-ups.

use proptest::prelude::*;
use protocol::{Edit, EntityId, Keep, ListChange, TextChange, Value};

use crate::edit::user::{Declaration, Holds};
use crate::edit::{self, any, edge, user};
use crate::file;
use crate::project::{EditRule, Project};
use crate::pulse::{IdSource, Pulse};
use crate::testing;
use crate::view::{DeclaredFieldId, DeclaredTableId, EdgeId, ItemId, ScriptId, TrackId, TrackKind};

const BASS: TrackId = TrackId(EntityId(10));
const KEYS: TrackId = TrackId(EntityId(11));
const IDEA: ItemId = ItemId(EntityId(12));
const SCORE: &str = "grading.score";

/// Two tracks and an item, and a user's table `grading`.
fn project() -> Project {
    let score = Declaration {
        default: Some(Value::Int(3)),
        unit: "stars",
        indexed: true,
        doc: "How good it is.",
        ..Declaration::new("grading", "score", Holds::Int(0, 5))
    };
    let edits = [
        edit::track::create(BASS, TrackKind::Bus, "Bass"),
        edit::track::create(KEYS, TrackKind::Bus, "Keys"),
        user::create_table("grading", "What somebody thinks of it."),
        user::declare(&score),
        user::declare(&Declaration::new("grading", "text", Holds::Text)),
        user::declare(&Declaration::new("grading", "mood", Holds::Choice(&["calm", "wild"]))),
        user::declare(&Declaration::new("grading", "like", Holds::Ref(&["tracks", "grading"]))),
        user::declare(&Declaration::new("grading", "levels", Holds::Numbers)),
        user::declare(&Declaration::new("grading", "tags", Holds::List)),
        user::create(IDEA, "grading", [("score", Value::Int(1))]),
        user::attach(BASS, "grading", [("score", Value::Int(5))]),
    ];
    Project::empty(EntityId(1), EntityId(2)).apply(&edits).expect("legal")
}

fn with(project: &Project, edits: &[Edit]) -> Project {
    project.apply(edits).expect("legal")
}

fn refused(edit: Edit) -> EditRule {
    project().apply(&[edit]).expect_err("illegal").rule
}

#[test]
fn a_facet_has_the_declared_values() {
    let project = project();
    assert_eq!(project.value(BASS, SCORE), Some(Value::Int(5)));
    assert_eq!(project.value(BASS, "grading.mood"), Some(Value::Text("calm".into())));
    assert_eq!(project.value(KEYS, SCORE), None, "not in the table");
    let project = with(&project, &[user::attach(KEYS, "grading", [])]);
    assert_eq!(project.value(KEYS, SCORE), Some(Value::Int(3)), "the declared default");
    assert_eq!(project.table("grading").collect::<Vec<_>>(), [BASS.0, KEYS.0, IDEA.0]);
    assert_eq!(project.count("grading"), 3);
    assert_eq!(project.items().count(), 1);
}

#[test]
fn what_does_not_fit_the_declaration_is_refused() {
    let set = |field, value| refused(user::set(BASS, "grading", field, value));
    assert!(matches!(set("score", Value::Int(6)), EditRule::OutOfRange { .. }));
    assert!(matches!(set("score", Value::Text("6".into())), EditRule::WrongKind { .. }));
    assert!(matches!(set("mood", Value::Text("odd".into())), EditRule::NotAChoice { .. }));
    assert!(matches!(set("like", Value::Ref(EntityId(1))), EditRule::WrongTarget { .. }));
    assert_eq!(set("like", Value::Ref(EntityId(99))), EditRule::Dangling(EntityId(99)));
    assert_eq!(set("size", Value::Int(1)), EditRule::UnknownField);
    assert_eq!(refused(any::set(BASS, "rating.x", Value::Int(1))), EditRule::UnknownTable("rating".into()));
    assert_eq!(
        refused(user::set(KEYS, "grading", "score", Value::Int(1))),
        EditRule::NotAttached("grading".into())
    );
    assert_eq!(refused(user::attach(KEYS, "rating", [])), EditRule::UnknownTable("rating".into()));
    assert_eq!(
        refused(user::detach(KEYS, "grading", Keep::Preserve)),
        EditRule::NotAttached("grading".into())
    );
    assert_eq!(refused(user::create_table("Grading", "")), EditRule::BadName("Grading".into()));
    assert_eq!(refused(user::create_table("tracks", "")), EditRule::BuiltInName("tracks".into()));
    let no_limits =
        Declaration { default: Some(Value::Int(1)), ..Declaration::new("grading", "x", Holds::Text) };
    assert!(matches!(refused(user::declare(&no_limits)), EditRule::WrongKind { .. }));
    assert_eq!(
        refused(user::declare(&Declaration::new("grading", "x", Holds::Choice(&[])))),
        EditRule::Missing
    );
    let fields = [("name".to_owned(), Value::Text("other".into()))].into();
    assert!(matches!(refused(any::create("tables", EntityId(77), fields)), EditRule::WrongId { .. }));
}

#[test]
fn a_detached_facet_comes_back_if_it_was_preserved() {
    let before = project();
    let hidden = with(&before, &[user::detach(BASS, "grading", Keep::Preserve)]);
    assert_eq!(hidden.value(BASS, SCORE), None);
    assert_eq!(hidden.count("grading"), 1);
    assert_eq!(with(&hidden, &[user::attach(BASS, "grading", [])]), before);
    let gone = with(&before, &[user::detach(BASS, "grading", Keep::Discard)]);
    let back = with(&gone, &[user::attach(BASS, "grading", [])]);
    assert_eq!(back.value(BASS, SCORE), Some(Value::Int(3)));
}

#[test]
fn values_outlast_their_declaration() {
    let before = project();
    let table = DeclaredTableId::named("grading");
    let gone = with(&before, &[any::delete(table)]);
    assert_eq!((gone.value(BASS, SCORE), gone.table("grading").count()), (None, 0));
    assert!(gone.entity(IDEA).is_some() && gone.schema().table("grading").is_none());
    let score = Declaration { indexed: true, ..Declaration::new("grading", "score", Holds::Int(0, 5)) };
    let back = with(&gone, &[user::create_table("grading", ""), user::declare(&score)]);
    assert_eq!(back.value(BASS, SCORE), Some(Value::Int(5)));
    assert_eq!(back.find("grading", "score", &Value::Int(5)), [BASS.0]);
}

#[test]
fn a_value_that_no_longer_fits_reads_as_the_default() {
    let before = project();
    let field = DeclaredFieldId::named("grading", "score");
    let limits = |max| Value::Properties([("max".to_owned(), Value::Int(max))].into());
    let tight = with(&before, &[any::set(field, "limits", limits(4))]);
    assert_eq!(tight.value(BASS, SCORE), Some(Value::Int(0)));
    assert_eq!(tight.value(IDEA, SCORE), Some(Value::Int(1)));
    assert_eq!(tight.find("grading", "score", &Value::Int(5)), []);
    let wide = with(&tight, &[any::set(field, "limits", limits(9))]);
    assert_eq!(wide.value(BASS, SCORE), Some(Value::Int(5)));
    assert_eq!(wide.find("grading", "score", &Value::Int(5)), [BASS.0]);
}

#[test]
fn parts_of_fields_of_users_tables_are_edited_like_others() {
    let text = |changes| Edit::Text { id: BASS.0, field: "grading.text".into(), changes };
    let change = |at, delete, insert: &str| TextChange { at, delete, insert: insert.into() };
    let list = |changes| Edit::List { id: BASS.0, field: "grading.tags".into(), changes };
    let item = |text: &str| Value::Text(text.into());
    let numbers = [("low".to_owned(), Some(1.5))].into();
    let project = with(
        &project(),
        &[
            text(vec![change(0, 0, "sehr schön"), change(5, 5, "grün")]),
            list(vec![
                ListChange::Insert { at: 0, value: item("a") },
                ListChange::Insert { at: 1, value: item("b") },
                ListChange::Move { from: 0, to: 1 },
                ListChange::Set { at: 0, value: Value::Int(2) },
            ]),
            Edit::Numbers { id: BASS.0, field: "grading.levels".into(), changes: numbers },
        ],
    );
    assert_eq!(project.value(BASS, "grading.text"), Some(item("sehr grün")));
    assert_eq!(project.value(BASS, "grading.tags"), Some(Value::List(vec![Value::Int(2), item("a")])));
    assert_eq!(project.value(BASS, "grading.levels"), Some(Value::Numbers([("low".to_owned(), 1.5)].into())));
    let rule = |edit| project.apply(&[edit]).expect_err("illegal").rule;
    assert_eq!(rule(text(vec![change(8, 2, "")])), EditRule::NoSuchPlace { at: 10, len: 9 });
    assert_eq!(rule(list(vec![ListChange::Remove { at: 2 }])), EditRule::NoSuchPlace { at: 2, len: 2 });
    let nested = ListChange::Insert { at: 0, value: Value::List(Vec::new()) };
    assert!(matches!(rule(list(vec![nested])), EditRule::WrongKind { .. }));
}

#[test]
fn what_names_a_deleted_entity_from_a_users_table_is_unset() {
    let before = with(&project(), &[user::set(IDEA, "grading", "like", Value::Ref(BASS.0))]);
    let hidden = with(&before, &[user::detach(IDEA, "grading", Keep::Preserve)]);
    for project in [before, hidden] {
        let after = with(&project, &[any::delete(BASS), user::attach(IDEA, "grading", [])]);
        assert_eq!(after.value(IDEA, "grading.like"), Some(Value::Null));
        assert_eq!(after.value(IDEA, SCORE), Some(Value::Int(1)));
    }
}

#[test]
fn an_edge_goes_with_either_end_and_can_come_again() {
    let edges = [edge::connect("doubles", BASS, IDEA), edge::connect("doubles", KEYS, BASS)];
    let project = with(&project(), &edges);
    let id = EdgeId::between("doubles", BASS, IDEA);
    assert_eq!(project.edges_from(BASS.0, "doubles").map(|edge| edge.id()).collect::<Vec<_>>(), [id]);
    assert_eq!(project.edges_to(BASS.0, "doubles").map(|edge| edge.source()).collect::<Vec<_>>(), [KEYS.0]);
    assert_eq!(project.edges_from(BASS.0, "double").count(), 0);
    assert_eq!(with(&project, &[any::delete(BASS)]).table("edges").count(), 0);
    let again = with(&project, &[any::delete(id), edge::connect("doubles", BASS, IDEA)]);
    assert_eq!(again, project);
    assert_eq!(project.apply(&edges).expect_err("there").rule, EditRule::DuplicateId);
}

#[test]
fn what_is_indexed_is_found_as_if_by_looking_everywhere() {
    let project = project();
    let name = |name: &str| project.find("tracks", "name", &Value::Text(name.into()));
    assert!(project.is_indexed("tracks", "name") && !project.is_indexed("tracks", "pan"));
    assert_eq!((name("Bass"), name("Bas"), name("")), (vec![BASS.0], vec![], vec![]));
    let score = |low, high| {
        let mut found = project.range("grading", SCORE, &Value::Int(low), &Value::Int(high));
        found.sort_unstable();
        found
    };
    assert_eq!((score(1, 4), score(1, 5), score(5, 1)), (vec![IDEA.0], vec![BASS.0, IDEA.0], vec![]));
    let order = project.range("tracks", "order", &Value::Float(1.0), &Value::Float(9.0));
    assert_eq!(order, [KEYS.0]);
    let muted = project.find("tracks", "mute", &Value::Bool(false));
    assert_eq!(muted.len(), 3, "also what is not indexed, and at its default");
    let long = |end: &str| "x".repeat(100) + end;
    let project =
        with(&project, &[edit::track::set_name(BASS, &long("a")), edit::track::set_name(KEYS, &long("b"))]);
    assert_eq!(project.find("tracks", "name", &Value::Text(long("b"))), [KEYS.0]);
}

#[test]
fn built_in_and_users_tables_are_introspected_alike() {
    let project = project();
    let schema = project.schema();
    let names: Vec<&str> = schema.tables().map(|table| table.name()).collect();
    assert!(names.contains(&"tracks") && names.ends_with(&["grading"]));
    let score = schema.table("grading").and_then(|table| table.field("score")).expect("declared");
    assert_eq!((score.path, score.unit, score.default, score.indexed), (SCORE, "stars", Value::Int(3), true));
    let json = crate::schema::document::project_to_json(schema);
    let tables = json["tables"].as_array().expect("tables");
    assert_eq!(tables.last().expect("there")["fields"][0]["max"], 5);
    let entity = crate::schema::document::entity_schema(schema.table("grading").expect("there"));
    assert_eq!(entity["properties"]["mood"]["enum"][1], "wild");
}

/// The index is that of the same project made anew, and files keep everything.
fn assert_sound(project: &Project) -> Result<(), TestCaseError> {
    let again = Project::from_records(project.records(), project.extra().clone());
    let again = again.map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&again, project);
    prop_assert_eq!(&again.state().index, &project.state().index);
    prop_assert_eq!(&again.state().user, &project.state().user);
    for table in project.schema().tables() {
        let ids: Vec<EntityId> = project.table(table.name()).collect();
        prop_assert_eq!(ids.len(), project.count(table.name()));
        for field in table.fields().filter(|field| field.indexed) {
            for id in ids.iter().take(5) {
                let Some(value) = project.value(*id, field.path) else { continue };
                let holds = |id: &EntityId| project.value(*id, field.path).as_ref() == Some(&value);
                let mut found = project.find(table.name(), field.name, &value);
                found.sort_unstable();
                let mut expected: Vec<EntityId> = ids.iter().copied().filter(holds).collect();
                expected.sort_unstable();
                prop_assert_eq!(found, expected);
            }
        }
    }
    let text = file::to_text(project).0;
    let origin = file::Origin::File("Song.loophole".into());
    let loaded = file::from_bytes(text.as_bytes(), crate::Blobs::new(), &origin).expect("just written");
    prop_assert_eq!(&loaded.project, project);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn everything_is_taken_back_and_indexed_and_saved(transactions in testing::all_ops(30)) {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        let mut states = vec![pulse.project()];
        for ops in &transactions {
            let before = pulse.project();
            match pulse.commit(testing::transaction(&before, &ids, "me", ops)) {
                Ok(committed) if committed.changed => states.push(pulse.project()),
                _ => prop_assert_eq!(&pulse.project(), &before),
            }
        }
        assert_sound(&pulse.project())?;
        for state in states.iter().rev().skip(1) {
            prop_assert!(pulse.undo("me").expect("nobody else is there").is_some());
            let now = pulse.project();
            prop_assert_eq!(&now, state);
            prop_assert_eq!(&now.state().index, &state.state().index);
        }
        for state in states.iter().skip(1) {
            prop_assert!(pulse.redo("me").expect("nobody else is there").is_some());
            prop_assert_eq!(&pulse.project(), state);
        }
    }
}

#[test]
fn texts_of_the_schema_are_edited_in_place() {
    let script = ScriptId(EntityId(40));
    let change = TextChange { at: 0, delete: 1, insert: "-- ".into() };
    let edits = [
        edit::script::create(script, "Tidy", "return 1"),
        Edit::Text { id: script.0, field: "source".into(), changes: vec![change] },
    ];
    let project = with(&project(), &edits);
    assert_eq!(project.value(script, "source"), Some(Value::Text("-- eturn 1".into())));
    let pan = Edit::Text { id: BASS.0, field: "pan".into(), changes: Vec::new() };
    assert!(matches!(project.apply(&[pan]).expect_err("no text").rule, EditRule::WrongKind { .. }));
}
