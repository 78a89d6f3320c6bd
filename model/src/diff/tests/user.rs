//! Users' tables, facets and edges in words.

use protocol::{Edit, Keep, ListChange, Value};

use super::*;
use crate::edit::user::{self, Declaration, Holds};
use crate::edit::{any, edge};

fn stage(song: &mut Song) -> Vec<String> {
    song.told(vec![
        user::create_table("stage", "Who stands where."),
        user::declare(&Declaration::new("stage", "player", Holds::Text)),
        user::declare(&Declaration::new("stage", "mood", Holds::Choice(&["calm", "loud"]))),
        user::declare(&Declaration::new("stage", "tags", Holds::List)),
        user::declare(&Declaration::new("stage", "gains", Holds::Numbers)),
        user::declare(&Declaration::new("stage", "more", Holds::Properties)),
    ])
}

fn list(song: &Song, changes: Vec<ListChange>) -> Edit {
    Edit::List { id: song.bass.0, field: "stage.tags".into(), changes }
}

fn word(word: &str) -> Value {
    Value::Text(word.into())
}

#[test]
fn tables_and_fields_are_told_by_name() {
    let mut song = Song::new();
    assert_eq!(stage(&mut song), ["table 'stage' added (5 other parts)"]);
    let mood = song.told(vec![any::delete(DeclaredFieldId::named("stage", "mood"))]);
    assert_eq!(mood, ["field 'mood' of table 'stage' removed"]);
}

#[test]
fn what_a_track_holds_for_a_table_is_told_on_the_track() {
    let mut song = Song::new();
    stage(&mut song);
    let fields = [("player", word("Ann")), ("mood", word("loud"))];
    let told = song.told(vec![user::attach(song.bass.0, "stage", fields)]);
    assert_eq!(told, ["Bass: put into table 'stage'; stage mood none -> loud; stage player none -> 'Ann'"]);
    let tags = Value::List(vec![word("wet"), word("dry"), word("far")]);
    let told = song.told(vec![user::set(song.bass.0, "stage", "tags", tags)]);
    assert_eq!(told, ["Bass: stage tags none -> 'wet', 'dry', 'far'"]);
    let put = ListChange::Insert { at: 0, value: word("new") };
    let told = song.told(vec![list(&song, vec![put, ListChange::Move { from: 1, to: 3 }])]);
    assert_eq!(told, ["Bass: stage tags: 'new' added, 1 item moved"]);
    let told = song.told(vec![user::detach(song.bass.0, "stage", Keep::Preserve)]);
    assert_eq!(told, ["Bass: taken out of table 'stage'"]);
}

#[test]
fn edges_are_told_by_their_ends() {
    let mut song = Song::new();
    let told = song.told(vec![edge::connect("follows", song.bass.0, song.drums.0)]);
    assert_eq!(told, ["'follows' from Bass to Drums added"]);
    let follows = EdgeId::between("follows", song.bass.0, song.drums.0);
    let properties = [("amount", Some(Value::Float(0.5))), ("how", Some(word("close")))];
    let told = song.told(vec![edge::set_properties(follows, properties)]);
    assert_eq!(told, ["'follows' from Bass to Drums: amount default -> 0.5; how default -> 'close'"]);
}

#[test]
fn entries_of_users_fields_come_back_as_edits_of_their_kind() {
    let mut song = Song::new();
    stage(&mut song);
    song.change(vec![user::attach(song.bass.0, "stage", [])]);
    let before = song.pulse.project();
    let id = song.bass.0;
    let gains = [("low".to_owned(), Some(0.5)), ("high".to_owned(), Some(0.25))].into();
    let more = [("who".to_owned(), Some(word("Ann")))].into();
    song.change(vec![
        Edit::Numbers { id, field: "stage.gains".into(), changes: gains },
        Edit::Properties { id, field: "stage.more".into(), changes: more },
    ]);
    let after = song.pulse.project();
    for (from, to) in [(&before, &after), (&after, &before)] {
        let edits = edits(from, to).expect("related");
        let there = from.apply(&edits).expect("the edits are of the kinds that the fields take");
        assert_eq!(there.value(id, "stage.gains"), to.value(id, "stage.gains"));
        assert_eq!(there.value(id, "stage.more"), to.value(id, "stage.more"));
    }
}
