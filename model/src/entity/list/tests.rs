use proptest::prelude::*;

use super::*;

fn list(text: &str) -> Vec<Value> {
    text.chars().map(|letter| Value::Text(letter.into())).collect()
}

fn text(list: &[Value]) -> String {
    let letter = |value: &Value| match value {
        Value::Text(letter) => letter.clone(),
        _ => String::new(),
    };
    list.iter().map(letter).collect()
}

fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    merged(&list(base), &list(ours), &list(theirs)).map(|merged| text(&merged))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_edit_makes_one_list_of_another_and_back(a in "[a-e]{0,9}", b in "[a-e]{0,9}") {
        let (a, b) = (list(&a), list(&b));
        let edit = ListEdit::between(&a, &b);
        prop_assert_eq!(edit.apply(&a), Some(b.clone()));
        prop_assert_eq!(edit.inverse().apply(&b), Some(a.clone()));
        let doc = LoroDoc::new();
        let container = doc.get_movable_list("list");
        ListEdit::between(&[], &a).write(&container).expect("ours");
        edit.write(&container).expect("ours");
        prop_assert_eq!(values(&container), b);
    }

    #[test]
    fn an_order_is_changed_by_moves_alone(a in Just(list("abcdefg")), b in Just(list("abcdefg")).prop_shuffle()) {
        let edit = ListEdit::between(&a, &b);
        prop_assert!(edit.0.iter().all(|step| matches!(step, ListStep::Move { .. })), "{:?}", edit);
        prop_assert!(edit.0.len() < a.len());
    }

    #[test]
    fn what_one_side_did_is_what_becomes_of_it(a in "[a-e]{0,9}", b in "[a-e]{0,9}") {
        prop_assert_eq!(merge(&a, &b, &a), Some(b.clone()));
        prop_assert_eq!(merge(&a, &a, &b), Some(b));
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_there_twice(
        a in Just("abcdef".chars().collect::<Vec<_>>()).prop_shuffle(),
        b in Just("abcdef".chars().collect::<Vec<_>>()).prop_shuffle(),
        at in 0..6_usize,
        to in 0..6_usize,
    ) {
        let (mut a, mut b) = (a, b);
        a.insert(at, 'x');
        b.insert(to, 'y');
        let (a, b): (String, String) = (a.into_iter().collect(), b.into_iter().collect());
        if let Some(merged) = merge("abcdef", &a, &b) {
            let mut letters: Vec<char> = merged.chars().collect();
            letters.sort_unstable();
            prop_assert_eq!(letters.into_iter().collect::<String>(), "abcdefxy");
        }
    }
}

#[test]
fn both_sides_are_in_what_becomes_of_a_list() {
    assert_eq!(merge("abcd", "xabcd", "abcdy").as_deref(), Some("xabcdy"));
    assert_eq!(merge("abcd", "bcda", "abxcd").as_deref(), Some("bxcda"));
    assert_eq!(merge("abcd", "acd", "abcx").as_deref(), Some("acx"));
    assert_eq!(merge("abcd", "acd", "acd").as_deref(), Some("acd"));
}

#[test]
fn one_item_cannot_become_two_things() {
    assert_eq!(merge("abc", "axc", "ayc"), None);
    assert_eq!(merge("abc", "ac", "axc"), None);
    assert_eq!(merge("abcd", "bcda", "bacd"), None);
    assert_eq!(merge("abc", "axc", "axc").as_deref(), Some("axc"));
    assert_eq!(merge("", "ab", "ac"), None);
}

/// Letters and numbers, so that long lists have items that are unlike all others.
fn numbers(list: &[u16]) -> Vec<Value> {
    list.iter().map(|number| Value::Int(i64::from(*number))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn an_edit_makes_one_long_list_of_another_and_back(
        a in prop::collection::vec(0..2_000_u16, 500..1_500),
        b in prop::collection::vec(0..2_000_u16, 500..1_500),
        moves in prop::collection::vec((0..500_usize, 0..500_usize), 0..20),
    ) {
        let mut moved = a.clone();
        for (from, to) in moves {
            let item = moved.remove(from);
            moved.insert(to, item);
        }
        for (a, b) in [(&a, &b), (&a, &moved)] {
            let (a, b) = (numbers(a), numbers(b));
            let edit = ListEdit::between(&a, &b);
            prop_assert_eq!(edit.apply(&a), Some(b.clone()));
            prop_assert_eq!(edit.inverse().apply(&b), Some(a));
        }
    }
}

#[test]
fn one_move_in_a_long_list_is_one_step() {
    let base = numbers(&(0..1_000).collect::<Vec<_>>());
    let mut moved = base.clone();
    moved.rotate_left(1);
    let edit = ListEdit::between(&base, &moved);
    assert_eq!(edit.0, [ListStep::Move { from: 0, to: 999 }]);
    // Repeated items too, as long as some are unlike all others.
    let base = numbers(&(0..1_000).map(|at| if at % 2 == 0 { 7 } else { at }).collect::<Vec<_>>());
    let mut moved = base.clone();
    moved.rotate_left(2);
    assert_eq!(ListEdit::between(&base, &moved).0.len(), 2);
}

#[test]
fn what_is_set_in_a_long_list_stays_while_another_item_is_moved() {
    let base = numbers(&(0..1_000).collect::<Vec<_>>());
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    ours.rotate_left(1);
    theirs[5] = Value::Int(5_000);
    let merged = merged(&base, &ours, &theirs).expect("they touch other items");
    theirs.rotate_left(1);
    assert_eq!(merged, theirs);
}

#[test]
fn places_are_counted_among_the_items_that_are_shown() {
    let doc = LoroDoc::new();
    let container = doc.get_movable_list("list");
    // What only a later version knows, and what no list of this one may hold.
    for (at, json) in ["{\"later\":1}", &item(&Value::Rows(Default::default()))].iter().enumerate() {
        container.insert(at, *json).expect("ours");
    }
    container.insert(1, 7).expect("ours");
    let mut now: Vec<Value> = Vec::new();
    for text in ["abcd", "abxd", "dabx", "dbx", "dbxy", "ydbx", "q", ""] {
        let (hidden, after) = (container.len() - now.len(), list(text));
        ListEdit::between(&now, &after).write(&container).expect("places that are there");
        assert_eq!(self::text(&values(&container)), text);
        assert_eq!(container.len() - after.len(), hidden, "what is not shown stays");
        now = after;
    }
}

#[test]
fn a_change_of_a_container_is_told_in_the_places_that_are_shown() {
    let doc = LoroDoc::new();
    let container = doc.get_movable_list("list");
    for (at, value) in ["a", "b", "c"].iter().enumerate() {
        container.insert(at, item(&Value::Text((*value).into()))).expect("ours");
    }
    container.insert(1, 7).expect("ours");
    let part = |retain, delete| [ListDiffItem::Retain { retain }, ListDiffItem::Delete { delete }];
    let shown = shown_delta(&container, &part(3, 1));
    assert!(matches!(shown[..], [ListDiffItem::Retain { retain: 2 }, ListDiffItem::Delete { delete: 1 }]));
}

#[test]
fn a_list_that_is_too_long_is_shown_as_far_as_it_fits() {
    let container = LoroDoc::new().get_movable_list("list");
    for number in 0..MAX_ITEMS + 2 {
        container.push(item(&Value::Int(i64::try_from(number).expect("small")))).expect("ours");
    }
    let before = values(&container);
    assert_eq!(before.len(), MAX_ITEMS);
    let mut after = before.clone();
    after.pop();
    ListEdit::between(&before, &after).write(&container).expect("places that are there");
    assert_eq!(values(&container), after, "whoever changes what is shown lets go of the rest");
}
