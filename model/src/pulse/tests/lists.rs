//! Lists and texts that several people change.

use protocol::{ListChange, TextChange, Value};

use super::*;
use crate::edit::user::{self, Declaration, Holds};
use crate::file;
use crate::history::ClashKind;

const AUTHORS: [&str; 3] = ["ann", "bob", "cleo"];

/// A song with a track, which has a list and a long text of a user's table.
fn song() -> (Project, TrackId) {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let track = TrackId(pulse.new_id());
    let (tags, words) = (list_of("abc"), Value::Text("one two".into()));
    let edits = vec![
        edit::track::create(track, TrackKind::Bus, "Room"),
        user::create_table("show", "What is on stage."),
        user::declare(&Declaration::new("show", "tags", Holds::List)),
        user::declare(&Declaration::new("show", "words", Holds::Text)),
        user::attach(track.0, "show", [("tags", tags), ("words", words)]),
    ];
    pulse.commit(by("me", edits)).expect("legal");
    (pulse.project(), track)
}

fn list_of(letters: &str) -> Value {
    Value::List(letters.chars().map(|letter| Value::Text(letter.into())).collect())
}

fn peers<const N: usize>(project: &Project) -> [Pulse; N] {
    std::array::from_fn(|at| Pulse::from_project_with_ids(project.clone(), IdSource::seeded(100 + at as u64)))
}

fn tags(pulse: &Pulse, track: TrackId) -> String {
    let project = pulse.project();
    let Some(Value::List(items)) = project.entity(track).expect("there").get("show.tags") else {
        return "-".into();
    };
    let letter = |item: Value| match item {
        Value::Text(letter) => letter,
        other => format!("{other:?}"),
    };
    items.into_iter().map(letter).collect()
}

fn words(pulse: &Pulse, track: TrackId) -> String {
    match pulse.project().entity(track).expect("there").get("show.words") {
        Some(Value::Text(text)) => text,
        _ => "-".into(),
    }
}

fn change(
    pulse: &mut Pulse,
    author: &str,
    track: TrackId,
    change: ListChange,
) -> Result<Committed, EditError> {
    pulse.commit(by(
        author,
        vec![Edit::List { id: track.0, field: "show.tags".into(), changes: vec![change] }],
    ))
}

fn insert(at: usize, letter: &str) -> ListChange {
    ListChange::Insert { at, value: Value::Text(letter.into()) }
}

fn exchange(a: &mut Pulse, b: &mut Pulse) -> usize {
    let to_a = b.updates_since(&a.version()).expect("one history");
    let to_b = a.updates_since(&b.version()).expect("one history");
    let clashes = a.merge(&to_a).expect("sound").clashes.len();
    b.merge(&to_b).expect("sound");
    assert_eq!(a.project(), b.project());
    clashes
}

#[test]
fn what_two_people_put_into_a_list_is_there_once_each() {
    let (project, track) = song();
    let [mut ann, mut bob] = peers(&project);
    change(&mut ann, "ann", track, insert(0, "x")).expect("legal");
    change(&mut bob, "bob", track, insert(3, "y")).expect("legal");
    change(&mut bob, "bob", track, ListChange::Move { from: 0, to: 1 }).expect("legal");
    assert_eq!(exchange(&mut ann, &mut bob), 0);
    assert_eq!(tags(&ann, track), "xbacy");
    // Each takes back what is theirs, and leaves the other's.
    ann.undo("ann").expect("bob touched other items");
    assert_eq!(tags(&ann, track), "bacy");
    bob.undo("bob").expect("ann touched other items");
    assert_eq!(tags(&bob, track), "xabcy");
    exchange(&mut ann, &mut bob);
    assert_eq!(tags(&ann, track), "abcy");
    ann.redo("ann").expect("legal");
    assert_eq!(tags(&ann, track), "xabcy");
}

#[test]
fn an_item_that_two_people_move_is_not_doubled() {
    let (project, track) = song();
    let [mut ann, mut bob] = peers(&project);
    change(&mut ann, "ann", track, ListChange::Move { from: 0, to: 2 }).expect("legal");
    change(&mut bob, "bob", track, ListChange::Move { from: 0, to: 1 }).expect("legal");
    exchange(&mut ann, &mut bob);
    let mut letters: Vec<char> = tags(&ann, track).chars().collect();
    letters.sort_unstable();
    assert_eq!(letters, ['a', 'b', 'c']);
}

#[test]
fn an_item_that_somebody_else_replaced_is_not_taken_back() {
    let (project, track) = song();
    let mut pulse = Pulse::from_project_with_ids(project, IdSource::seeded(3));
    let set = |letter: &str| ListChange::Set { at: 1, value: Value::Text(letter.into()) };
    change(&mut pulse, "ann", track, set("x")).expect("legal");
    change(&mut pulse, "bob", track, set("y")).expect("legal");
    let error = pulse.undo("ann").expect_err("bob replaced it");
    assert_eq!(
        (error.rule, error.field.as_deref()),
        (EditRule::ChangedSince("ann's step".into()), Some("show.tags"))
    );
    assert_eq!(tags(&pulse, track), "ayc");
    pulse.undo("bob").expect("his own");
    pulse.undo("ann").expect("as she left it");
    assert_eq!(tags(&pulse, track), "abc");
}

#[test]
fn a_text_of_a_users_table_merges_letter_by_letter() {
    let (project, track) = song();
    let [mut ann, mut bob] = peers(&project);
    let text = |at, insert: &str| {
        let change = TextChange { at, delete: 0, insert: insert.into() };
        vec![Edit::Text { id: track.0, field: "show.words".into(), changes: vec![change] }]
    };
    ann.commit(by("ann", text(0, "zero "))).expect("legal");
    bob.commit(by("bob", text(7, " three"))).expect("legal");
    assert_eq!(exchange(&mut ann, &mut bob), 0);
    assert_eq!(words(&ann, track), "zero one two three");
    ann.undo("ann").expect("bob wrote elsewhere");
    assert_eq!(words(&ann, track), "one two three");
}

#[test]
fn what_two_people_make_alike_is_there_once_and_what_they_make_apart_as_the_last_has_it() {
    let [mut ann, mut bob] = peers(&song().0);
    let declare = |words: &'static [&'static str]| {
        vec![user::declare(&Declaration::new("show", "mood", Holds::Choice(words)))]
    };
    ann.commit(by("ann", declare(&["calm", "loud"]))).expect("legal");
    bob.commit(by("bob", declare(&["calm", "loud"]))).expect("legal");
    exchange(&mut ann, &mut bob);
    let field = crate::view::DeclaredFieldId::named("show", "mood");
    let words = |pulse: &Pulse| pulse.project().entity(field).expect("declared").get("words");
    let both = Value::List(["calm", "loud"].map(|word| Value::Text(word.into())).to_vec());
    assert_eq!(words(&ann), Some(both));
    let add = |at, word: &str| {
        let changes = vec![insert(at, word)];
        vec![Edit::List { id: field.0, field: "words".into(), changes }]
    };
    ann.commit(by("ann", add(0, "quiet"))).expect("legal");
    bob.commit(by("bob", add(2, "wild"))).expect("legal");
    exchange(&mut ann, &mut bob);
    let all = Value::List(["quiet", "calm", "loud", "wild"].map(|word| Value::Text(word.into())).to_vec());
    assert_eq!(words(&bob), Some(all));
}

#[test]
fn values_of_another_kind_are_replaced_whole_and_told_as_clashes() {
    let (project, track) = song();
    let [mut ann, mut bob] = peers(&project);
    let set = |name: &str| vec![edit::track::set_name(track, name)];
    ann.commit(by("ann", set("One"))).expect("legal");
    bob.commit(by("bob", set("Two"))).expect("legal");
    change(&mut ann, "ann", track, insert(0, "x")).expect("legal");
    change(&mut bob, "bob", track, insert(0, "y")).expect("legal");
    let update = bob.updates_since(&ann.version()).expect("one history");
    let clashes = ann.merge(&update).expect("sound").clashes;
    assert!(
        matches!(&clashes[..], [clash] if matches!(&clash.kind, ClashKind::Cell { cell, .. } if cell.field == "name"))
    );
}

#[test]
fn a_history_of_the_version_before_goes_on() {
    let text = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/history-v1/Song.loophole"))
        .expect("there");
    let history =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/history-v1/history")).expect("there");
    let loaded = file::from_bytes(&text, crate::Blobs::new(), &file::Origin::State).expect("a project");
    let open = || Pulse::open(loaded.project.clone(), Some(&history), IdSource::seeded(7)).0;
    let (mut pulse, mut other) = (open(), open());
    assert_eq!(pulse.history_trouble(), None);
    assert_eq!(pulse.commits().count(), 14);
    let track = pulse.project().tracks().next().expect("one").id();
    assert_eq!((tags(&pulse, track).as_str(), words(&pulse, track).as_str()), ("abc", "one two"));
    for commit in pulse.commits().map(|commit| commit.id).collect::<Vec<_>>() {
        assert_sound(&pulse.at(commit).expect("kept"));
    }
    // Both go on from the old list, which is there once.
    change(&mut pulse, "bob", track, insert(0, "x")).expect("legal");
    change(&mut other, "eve", track, insert(3, "y")).expect("legal");
    exchange(&mut pulse, &mut other);
    assert_eq!(tags(&pulse, track), "xabcy");
    // All the way back, through what was made again under one id.
    for author in ["eve", "bob", "dora", "cleo", "ann"] {
        while pulse.undo(author).unwrap_or_else(|error| panic!("{author}: {error:?}")).is_some() {}
    }
    assert_eq!(pulse.project().len(), 2);
    exchange(&mut pulse, &mut other);
    while pulse.redo("dora").expect("nobody touched hers").is_some() {}
    let doc = pulse
        .project()
        .entity(crate::view::DeclaredTableId::named("other"))
        .map(|table| table.text("doc").to_owned());
    assert_eq!(doc.as_deref(), Some("Not so long ago."));
}

#[test]
fn texts_of_what_is_made_again_under_one_id_go_back_to_their_earlier_lives() {
    let (project, track) = song();
    let mut pulse = Pulse::from_project_with_ids(project.clone(), IdSource::seeded(3));
    let table = crate::view::DeclaredTableId::named("other");
    let write = |at, insert: &str| {
        let changes = vec![TextChange { at, delete: 0, insert: insert.into() }];
        Edit::Text { id: table.0, field: "doc".into(), changes }
    };
    let lives = [
        user::create_table("other", "Long ago."),
        write(9, " In a wood."),
        edit::any::delete(table),
        // It begins like the life before, and goes on in another way.
        user::create_table("other", "Long ago."),
        write(0, "Not so "),
        user::attach(track.0, "other", []),
        edit::any::delete(table),
        user::create_table("other", "Now."),
        write(0, "Here and "),
    ];
    let mut states = vec![pulse.project()];
    for edit in lives {
        pulse.commit(by("ann", vec![edit])).expect("legal");
        states.push(pulse.project());
    }
    for _ in 0..2 {
        for state in states.iter().rev().skip(1) {
            assert!(pulse.undo("ann").expect("nobody else is there").is_some());
            assert_eq!(&pulse.project(), state);
        }
        for state in states.iter().skip(1) {
            assert!(pulse.redo("ann").expect("nobody else is there").is_some());
            assert_eq!(&pulse.project(), state);
        }
        let bytes = pulse.history_bytes();
        pulse = Pulse::open(pulse.project(), Some(&bytes), IdSource::seeded(4)).0;
    }
    let [mut other] = peers(&project);
    exchange(&mut pulse, &mut other);
}

/// One change of the list or of the text, to be understood in the light of what is there.
#[derive(Clone, Copy, Debug)]
struct Part {
    what: u8,
    at: usize,
    to: usize,
}

fn parts(most: usize) -> impl Strategy<Value = Vec<Part>> {
    let part = (0..12_u8, 0..8_usize, 0..8_usize).prop_map(|(what, at, to)| Part { what, at, to });
    prop::collection::vec(part, 0..most)
}

impl Part {
    /// Does it. Each item that is put in is new, by `number`.
    fn play(self, pulse: &mut Pulse, author: &str, track: TrackId, number: usize) {
        let Self { what, at, to } = self;
        let len = match pulse.project().entity(track).and_then(|track| track.get("show.tags")) {
            Some(Value::List(items)) => items.len(),
            _ => return,
        };
        let item = || Value::Text(format!("<{author}{number}>"));
        let list = match what {
            0..=2 => ListChange::Insert { at: at % (len + 1), value: item() },
            3 | 4 if len > 0 => ListChange::Move { from: at % len, to: to % len },
            5 if len > 0 => ListChange::Remove { at: at % len },
            6 if len > 0 => ListChange::Set { at: at % len, value: item() },
            7 => {
                let _ = pulse.undo(author);
                return;
            }
            8 => {
                let _ = pulse.redo(author);
                return;
            }
            _ => {
                let insert = format!("{author}{number} ");
                let change =
                    TextChange { at: at.min(words(pulse, track).chars().count()), delete: 0, insert };
                let edit = Edit::Text { id: track.0, field: "show.words".into(), changes: vec![change] };
                pulse.commit(by(author, vec![edit])).expect("legal");
                return;
            }
        };
        change(pulse, author, track, list).expect("legal");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn lists_and_texts_merge_alike_in_any_order_and_nothing_is_doubled(
        works in prop::array::uniform3(parts(8)),
        more in prop::array::uniform3(parts(4)),
    ) {
        let (project, track) = song();
        let mut peers: [Pulse; 3] = peers(&project);
        let nothing = peers[0].version();
        // Who takes an item out and puts it back while another moves it, has put in a new one. Undo and redo do so too, with
        // what the others have heard of.
        let removes = works.iter().chain(&more).flatten().any(|part| part.what == 5);
        let renews = more.iter().any(|parts| {
            let mut rest = parts.iter().skip_while(|part| part.what != 7);
            rest.any(|part| part.what == 8)
        });
        for (round, works) in [works, more].into_iter().enumerate() {
            for ((pulse, author), parts) in peers.iter_mut().zip(AUTHORS).zip(works) {
                for (number, part) in parts.into_iter().enumerate() {
                    part.play(pulse, author, track, round * 100 + number);
                }
            }
            let updates: Vec<_> = peers.iter().map(|pulse| pulse.updates_since(&nothing).expect("all")).collect();
            let [a, b, c] = &mut peers;
            // Commutative and idempotent: in two orders, and again.
            for update in [&updates[1], &updates[2], &updates[1]] {
                a.merge(update).expect("sound");
            }
            for update in [&updates[2], &updates[0]] {
                b.merge(update).expect("sound");
            }
            // Associative: what the others have become together.
            c.merge(&a.updates_since(&c.version()).expect("one history")).expect("sound");
            prop_assert_eq!(a.project(), b.project());
            prop_assert_eq!(a.project(), c.project());
            let Some(Value::List(items)) = a.project().entity(track).expect("there").get("show.tags") else { panic!() };
            let mut items: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
            items.sort();
            let count = items.len();
            items.dedup();
            prop_assert!(removes || renews || items.len() == count, "an item is there twice");
        }
        // What everybody did can be read again.
        for commit in peers[0].commits().map(|commit| commit.id).collect::<Vec<_>>() {
            prop_assert!(peers[0].at(commit).is_ok());
        }
    }

    #[test]
    fn taking_everything_back_alone_leaves_what_was(parts in parts(16)) {
        let (project, track) = song();
        let mut pulse = Pulse::from_project_with_ids(project.clone(), IdSource::seeded(3));
        let mut states = Vec::new();
        for (number, part) in parts.into_iter().enumerate() {
            let before = pulse.commits().count();
            part.play(&mut pulse, "ann", track, number);
            if pulse.commits().count() > before {
                states.push((pulse.commits().next_back().expect("one").id, pulse.project()));
            }
        }
        for (commit, state) in &states {
            prop_assert_eq!(&pulse.at(*commit).expect("kept"), state);
        }
        while pulse.redo("ann").expect("nobody else is there").is_some() {}
        let last = pulse.project();
        while pulse.undo("ann").expect("nobody else is there").is_some() {}
        prop_assert_eq!(pulse.project(), project);
        while pulse.redo("ann").expect("nobody else is there").is_some() {}
        prop_assert_eq!(pulse.project(), last);
    }

    #[test]
    fn what_one_takes_back_of_a_list_leaves_what_others_put_in(
        anns in prop::collection::vec((0..4_usize, 0..2_u8), 1..4),
        bobs in prop::collection::vec(0..6_usize, 1..4),
    ) {
        let (project, track) = song();
        let mut pulse = Pulse::from_project_with_ids(project, IdSource::seeded(3));
        let mut done = 0;
        for (number, at) in anns.into_iter().enumerate() {
            let change = match at {
                (at, 0) => insert(at.min(3), &format!("<ann{number}>")),
                (at, _) => ListChange::Move { from: 0, to: at.min(2) },
            };
            done += usize::from(super::lists::change(&mut pulse, "ann", track, change).expect("legal").changed);
        }
        for (number, at) in bobs.iter().enumerate() {
            let at = (*at).min(tags(&pulse, track).matches('a').count() + 2);
            change(&mut pulse, "bob", track, insert(at, &format!("<bob{number}>"))).expect("legal");
        }
        for _ in 0..done {
            prop_assert!(pulse.undo("ann").expect("bob only put something in").is_some());
        }
        let left = tags(&pulse, track);
        for number in 0..bobs.len() {
            let item = format!("<bob{number}>");
            prop_assert_eq!(left.matches(&item).count(), 1, "{}", left);
        }
        let mut letters: Vec<char> = left.replace("<bob", "").chars().filter(|c| c.is_ascii_lowercase()).collect();
        letters.sort_unstable();
        prop_assert_eq!(letters, ['a', 'b', 'c']);
        prop_assert!(!left.contains("ann"));
    }
}

#[test]
fn a_deletion_against_a_change_of_a_text_or_list_is_told() {
    let (project, track) = song();
    let [mut ann, mut bob] = peers(&project);
    ann.commit(by("ann", vec![edit::any::delete(track)])).expect("legal");
    change(&mut bob, "bob", track, insert(0, "y")).expect("legal");
    let to_ann = bob.updates_since(&ann.version()).expect("one history");
    let to_bob = ann.updates_since(&bob.version()).expect("one history");
    let here = ann.merge(&to_ann).expect("sound").clashes;
    let there = bob.merge(&to_bob).expect("sound").clashes;
    let [ClashKind::DeletedHere { theirs }] = &here.iter().map(|it| it.kind.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{here:?}")
    };
    assert!(matches!(&theirs[..], [(cell, Some(value))]
        if cell.field == "show.tags" && *value == crate::entity::CellValue::Value(list_of("yabc"))));
    assert!(
        matches!(&there[..], [clash] if matches!(&clash.kind, ClashKind::DeletedThere { ours } if ours.len() == 1))
    );
}

#[test]
fn a_list_that_one_side_replaced_whole_while_the_other_changed_it_is_told() {
    let (project, track) = song();
    let [mut ann, mut bob] = peers(&project);
    ann.commit(by("ann", vec![user::set(track.0, "show", "tags", Value::Null)])).expect("legal");
    change(&mut bob, "bob", track, insert(0, "y")).expect("legal");
    assert_eq!(exchange(&mut ann, &mut bob), 1);
}
