//! Users' tables, facets, edges and lists that both sides changed, and how what is left open is decided.

use protocol::{Keep, ListChange, Value};

use super::*;
use crate::diff::conflict_line;
use crate::edit::conflict::{DecideError, decide};
use crate::edit::user::{self, Declaration, Holds};
use crate::edit::{any, edge};

fn word(word: &str) -> Value {
    Value::Text(word.into())
}

fn words(words: &[&str]) -> Value {
    Value::List(words.iter().map(|text| word(text)).collect())
}

/// The base with a table, in which the bass is.
fn staged() -> Project {
    let fields = [("player", word("Ann")), ("tags", words(&["wet", "dry", "far"]))];
    let edits = [
        user::create_table("stage", "Who stands where."),
        user::declare(&Declaration::new("stage", "player", Holds::Text)),
        user::declare(&Declaration::new("stage", "tags", Holds::List)),
        user::declare(&Declaration::new("stage", "gains", Holds::Numbers)),
        user::declare(&Declaration::new("stage", "more", Holds::Properties)),
        user::attach(BASS, "stage", fields),
        edge::connect("follows", BASS, DRUMS),
    ];
    base().apply(&edits).expect("legal")
}

fn follows() -> EdgeId {
    EdgeId::between("follows", BASS, DRUMS)
}

struct Merged {
    merge: Merge,
    ours: Project,
    theirs: Project,
}

fn merge_staged(ours: &[Edit], theirs: &[Edit]) -> Merged {
    let base = staged();
    let (ours, theirs) = (base.apply(ours).expect("ours"), base.apply(theirs).expect("theirs"));
    check(&base, &ours, &theirs);
    let merge = three_way(&base, &ours, &theirs).expect("related");
    Merged { merge, ours, theirs }
}

impl Merged {
    fn lines(&self) -> Vec<String> {
        let line =
            |conflict| conflict_line(&self.ours, &self.theirs, conflict, ("ours", "theirs")).to_string();
        self.merge.conflicts.iter().map(line).collect()
    }

    /// The project with its conflicts, and the project once all are decided for a side.
    fn decided(&self, side: Side) -> Project {
        let open = self.merge.with_conflicts(&self.ours, &self.theirs, "theirs.loophole");
        let conflicts: Vec<_> = open.conflicts().map(|conflict| conflict.id()).collect();
        assert_eq!(conflicts.len(), self.merge.conflicts.len());
        conflicts.into_iter().fold(open, |open, conflict| {
            let edits = decide(&open, conflict, side).expect("can be decided");
            open.apply(&edits).expect("the edits are of the kind that the field takes")
        })
    }
}

fn tags(changes: Vec<ListChange>) -> Edit {
    Edit::List { id: BASS.0, field: "stage.tags".into(), changes }
}

fn put(at: usize, text: &str) -> ListChange {
    ListChange::Insert { at, value: word(text) }
}

#[test]
fn lists_merge_item_by_item() {
    let merged = merge_staged(
        &[tags(vec![put(0, "new"), ListChange::Move { from: 1, to: 2 }])],
        &[tags(vec![put(3, "last")])],
    );
    assert_eq!(merged.lines(), [""; 0]);
    let tags = merged.merge.project.value(BASS, "stage.tags");
    assert_eq!(tags, Some(words(&["new", "dry", "wet", "far", "last"])));
}

#[test]
fn an_item_that_both_replaced_is_a_conflict_over_the_list() {
    let set = |text: &str| vec![tags(vec![ListChange::Set { at: 0, value: word(text) }])];
    let merged = merge_staged(&set("damp"), &set("soaked"));
    assert_eq!(
        merged.lines(),
        [
            "Bass: stage tags 'damp', 'dry', 'far' in ours, 'soaked', 'dry', 'far' in theirs (was 'wet', 'dry', 'far')"
        ]
    );
    assert_eq!(
        merged.decided(Side::Theirs).value(BASS, "stage.tags"),
        Some(words(&["soaked", "dry", "far"]))
    );
    assert_eq!(merged.decided(Side::Ours).value(BASS, "stage.tags"), Some(words(&["damp", "dry", "far"])));
}

#[test]
fn entries_merge_by_themselves_and_are_decided_by_edits_of_their_kind() {
    let property = |how: &str| {
        edge::set_properties(follows(), [("how", Some(word(how))), (how, Some(Value::Bool(true)))])
    };
    let gain = |value| Edit::Numbers {
        id: BASS.0,
        field: "stage.gains".into(),
        changes: [("low".to_owned(), Some(value))].into(),
    };
    let more = |value| Edit::Properties {
        id: BASS.0,
        field: "stage.more".into(),
        changes: [("who".to_owned(), Some(Value::Int(value)))].into(),
    };
    let merged =
        merge_staged(&[property("close"), gain(0.5), more(1)], &[property("apart"), gain(0.25), more(2)]);
    let mut lines = merged.lines();
    lines.sort();
    assert_eq!(
        lines,
        [
            "'follows' from Bass to Drums: properties how 'close' in ours, 'apart' in theirs (was default)",
            "Bass: stage gains low 0.5 in ours, 0.25 in theirs (was default)",
            "Bass: stage more who 1 in ours, 2 in theirs (was default)",
        ]
    );
    let theirs = merged.decided(Side::Theirs);
    assert_eq!(theirs.conflicts().count(), 0);
    assert_eq!(theirs.value(BASS, "stage.gains"), Some(Value::Numbers([("low".to_owned(), 0.25)].into())));
    assert_eq!(
        theirs.value(BASS, "stage.more"),
        Some(Value::Properties([("who".to_owned(), Value::Int(2))].into()))
    );
    let properties = [("how", word("apart")), ("close", Value::Bool(true)), ("apart", Value::Bool(true))];
    let properties = properties.map(|(key, value)| (key.to_owned(), value));
    assert_eq!(theirs.value(follows(), "properties"), Some(Value::Properties(properties.into())));
}

#[test]
fn taking_a_track_out_of_a_table_clashes_with_changing_what_it_holds_for_it() {
    let merged = merge_staged(
        &[user::detach(BASS, "stage", Keep::Discard)],
        &[user::set(BASS, "stage", "player", word("Bob"))],
    );
    assert_eq!(merged.lines(), ["Bass: stage player none in ours, 'Bob' in theirs (was 'Ann')"]);
}

#[test]
fn a_deleted_edge_that_the_other_changed_is_decided_either_way() {
    let merged = merge_staged(
        &[any::delete(follows())],
        &[edge::set_properties(follows(), [("how", Some(word("close")))])],
    );
    assert_eq!(merged.lines(), ["'follows' from Bass to Drums deleted in ours, changed or needed in theirs"]);
    assert!(merged.decided(Side::Ours).entity(follows()).is_none());
    assert!(merged.decided(Side::Theirs).entity(follows()).is_some());
}

#[test]
fn what_was_left_out_is_made_when_it_is_taken_and_there_is_room() {
    let lane = |id| edit::lane::create(LaneId(EntityId(id)), BASS, "pan");
    let merged = merge_staged(&[lane(70)], &[lane(71)]);
    let open = merged.merge.with_conflicts(&merged.ours, &merged.theirs, "theirs.loophole");
    let conflict = open.conflicts().next().expect("one").id();
    let take = decide(&open, conflict, Side::Theirs).expect("it is told whole");
    assert!(open.apply(&take).is_err(), "the other lane is still there");
    let room = open.apply(&[any::delete(LaneId(EntityId(70)))]).expect("legal");
    let there = room.apply(&take).expect("now there is room");
    assert!(there.entity(EntityId(71)).is_some() && there.conflicts().count() == 0);
    assert_eq!(decide(&there, conflict, Side::Ours), Err(DecideError::NoSuchConflict));
}
