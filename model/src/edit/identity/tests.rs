use protocol::{Beats, Note};

use super::*;
use crate::edit;
use crate::edit::edge;
use crate::edit::user::{self, Declaration, Holds};
use crate::view::{ClipId, ItemId, TrackId, TrackKind};

const ANN: ItemId = ItemId(EntityId(10));
const ANNA: ItemId = ItemId(EntityId(11));
const BASS: TrackId = TrackId(EntityId(12));
const RIFF: ClipId = ClipId(EntityId(13));
const HOOK: ClipId = ClipId(EntityId(14));

fn note(key: u8) -> Note {
    Note { start: Beats::ZERO, length: Beats::whole(1), key, velocity: 0.5, channel: 0 }
}

/// Two people who are one, and two clips.
fn project() -> Project {
    let text = |table, name| user::declare(&Declaration::new(table, name, Holds::Text));
    let edits = [
        user::create_table("player", ""),
        text("player", "plays"),
        text("player", "city"),
        user::create_table("credit", ""),
        user::declare(&Declaration::new("credit", "by", Holds::Ref(&[]))),
        edit::track::create(BASS, TrackKind::Instrument, "Bass"),
        user::create(ANN, "player", [("plays", Value::Text("bass".into()))]),
        user::create(
            ANNA,
            "player",
            [("plays", Value::Text("drums".into())), ("city", Value::Text("Ulm".into()))],
        ),
        user::attach(ANNA, "credit", []),
        user::attach(BASS, "credit", [("by", Value::Ref(ANNA.0))]),
        edge::connect("knows", BASS, ANNA),
        edge::connect("knows", ANNA, ANN),
        edit::clip::create_notes(RIFF, BASS, Beats::ZERO, Beats::whole(4)),
        edit::clip::create_notes(HOOK, BASS, Beats::ZERO, Beats::whole(4)),
        edit::clip::set_note(RIFF, 1, note(60)),
        edit::clip::set_note(HOOK, 1, note(64)),
        edit::clip::set_note(HOOK, 2, note(67)),
    ];
    Project::empty(EntityId(1), EntityId(2)).apply(&edits).expect("legal")
}

fn merged(keep: EntityId, gone: EntityId, resolutions: &[(&str, Value)]) -> Project {
    let project = project();
    let resolutions = resolutions.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
    let edits = merge(&project, keep, gone, &resolutions).expect("mergeable");
    project.apply(&edits).expect("was tried")
}

#[test]
fn what_they_say_differently_must_be_decided() {
    let error = merge(&project(), ANN, ANNA, &BTreeMap::new()).expect_err("bass or drums");
    let conflict = FieldConflict {
        field: "player.plays".into(),
        keep: Value::Text("bass".into()),
        gone: Value::Text("drums".into()),
    };
    assert_eq!(error, IdentityError::Undecided(vec![conflict]));
    assert_eq!(error.to_string(), "undecided: player.plays");
}

#[test]
fn one_has_what_both_had_and_is_named_where_either_was() {
    let both = Value::Text("bass and drums".into());
    let project = merged(ANN.0, ANNA.0, &[("player.plays", both.clone())]);
    assert!(project.entity(ANNA).is_none());
    assert_eq!(project.value(ANN, "player.plays"), Some(both));
    assert_eq!(project.value(ANN, "player.city"), Some(Value::Text("Ulm".into())));
    assert!(project.entity(ANN).is_some_and(|ann| ann.has_facet("credit")));
    assert_eq!(project.value(BASS, "credit.by"), Some(Value::Ref(ANN.0)));
    let knows: Vec<EntityId> = project.edges_to(ANN.0, "knows").map(|edge| edge.source()).collect();
    assert_eq!(knows, [BASS.0], "and nobody knows themselves");
    assert_eq!(project.table("edges").count(), 1);
}

#[test]
fn rows_of_both_are_there() {
    let project = merged(RIFF.0, HOOK.0, &[]);
    let keys: Vec<u8> = project.clip(RIFF).expect("stays").notes().map(|(_, note)| note.key).collect();
    assert_eq!(std::collections::BTreeSet::from_iter(keys), [60, 64, 67].into());
    assert!(project.clip(HOOK).is_none());
}

#[test]
fn what_is_owned_goes_over() {
    let project = project();
    let other = TrackId(EntityId(50));
    let create = edit::track::create(other, TrackKind::Instrument, "Bass");
    let project = project.apply(&[create]).expect("legal");
    let edits = merge(&project, other, BASS, &BTreeMap::new()).expect("mergeable");
    let project = project.apply(&edits).expect("was tried");
    assert_eq!(project.track(other).expect("stays").clips().count(), 2);
    assert_eq!(project.value(other, "credit.by"), Some(Value::Ref(ANNA.0)));
}

#[test]
fn what_cannot_be_one_is_refused() {
    let check = |keep: EntityId, gone: EntityId, expected: &str| {
        let error = merge(&project(), keep, gone, &BTreeMap::new()).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    };
    check(ANN.0, ANN.0, &format!("{ANN} is one entity already"));
    check(ANN.0, EntityId(99), &format!("there is no entity {}", EntityId(99)));
    check(ANN.0, BASS.0, "one of the items cannot be one of the tracks instrument as well");
}

#[test]
fn an_entity_is_taken_apart_by_its_facets() {
    let project = project();
    let new = EntityId(60);
    let edits = split(&project, ANNA, &[(new, vec!["player".into()])]).expect("splittable");
    let project = project.apply(&edits).expect("was tried");
    assert_eq!(project.value(new, "player.city"), Some(Value::Text("Ulm".into())));
    assert_eq!(project.value(ANNA, "player.city"), None);
    assert!(project.entity(ANNA).is_some_and(|anna| anna.has_facet("credit")));
    let split = |parts: &[(EntityId, Vec<String>)]| super::split(&project, ANNA, parts).expect_err("illegal");
    let (a, b) = (EntityId(61), EntityId(62));
    assert_eq!(split(&[(a, vec!["player".into()])]), IdentityError::NotAttached("player".into()));
    let twice = [(a, vec!["credit".into()]), (b, vec!["credit".into()])];
    assert_eq!(split(&twice), IdentityError::GivenTwice("credit".into()));
    assert!(matches!(split(&[(BASS.0, vec!["credit".into()])]), IdentityError::Refused(_)));
}

#[test]
fn facets_that_are_not_shown_are_united_too() {
    let project = project();
    let hide = user::detach(ANNA, "player", Keep::Preserve);
    let strip = user::detach(ANN, "player", Keep::Discard);
    let project = project.apply(&[hide, strip]).expect("legal");
    let edits = merge(&project, ANN, ANNA, &BTreeMap::new()).expect("mergeable");
    let project = project.apply(&edits).expect("was tried");
    assert_eq!(project.value(ANN, "player.city"), None);
    let project = project.apply(&[user::attach(ANN, "player", [])]).expect("legal");
    assert_eq!(project.value(ANN, "player.city"), Some(Value::Text("Ulm".into())));
}
