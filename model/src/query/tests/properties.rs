//! What holds of all queries.

use proptest::prelude::*;
use protocol::{Edit, Transaction, Value};

use super::random::Dice;
use super::reference;
use crate::edit::user::{Declaration, Holds, create_table, declare};
use crate::query::{LiveChange, LiveQuery, NO_PARAMS, Query};
use crate::testing::{transaction, user_ops};
use crate::{IdSource, Pulse};

/// The tables that random edits are of, most fields indexed. The edits themselves declare others, and delete these.
fn declarations() -> Vec<Edit> {
    let field = |table, name, holds| Declaration { indexed: true, ..Declaration::new(table, name, holds) };
    let score = Declaration { default: Some(Value::Int(3)), ..field("grading", "score", Holds::Int(0, 30)) };
    vec![
        create_table("grading", ""),
        create_table("mix", ""),
        declare(&score),
        declare(&field("grading", "note", Holds::Text)),
        declare(&field("grading", "like", Holds::Ref(&["tracks", "items", "mix"]))),
        declare(&field("mix", "score", Holds::Float(-1.0, 30.0))),
        declare(&Declaration::new("mix", "like", Holds::Ref(&[]))),
        declare(&Declaration::new("mix", "note", Holds::Properties)),
    ]
}

/// A project that random edits made.
fn project(steps: &[Vec<crate::testing::Op>]) -> Pulse {
    let mut pulse = Pulse::with_ids(IdSource::seeded(3));
    let ids = IdSource::seeded(4);
    let declared = Transaction { name: "tables".into(), author: "test".into(), edits: declarations() };
    pulse.commit(declared).expect("legal");
    for step in steps {
        let transaction = transaction(&pulse.project(), &ids, "test", step);
        // Some are illegal, and then change nothing.
        let _refused = pulse.commit(transaction);
    }
    pulse
}

fn numbers() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 4..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_query_gives_what_its_definition_says(steps in user_ops(30), numbers in numbers()) {
        let project = project(&steps).project();
        let mut dice = Dice::new(&numbers, &project);
        let text = dice.query();
        let query = Query::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let bound = query.bind(dice.params.clone()).unwrap_or_else(|error| panic!("{error}"));
        let found = bound.run(&project).unwrap_or_else(|error| panic!("{error}"));
        prop_assert_eq!(found, reference::run(&query, &dice.params, &project), "{}", text);
    }

    #[test]
    fn a_query_parses_again_from_how_it_is_displayed(numbers in numbers()) {
        let project = Pulse::with_ids(IdSource::seeded(3)).project();
        let query = Query::parse(&Dice::new(&numbers, &project).query()).unwrap_or_else(|error| panic!("{error}"));
        let again = Query::parse(&query.to_string()).unwrap_or_else(|error| panic!("{error}"));
        prop_assert_eq!(&again, &query);
        prop_assert_eq!(again.to_string(), query.to_string());
    }

    #[test]
    fn a_live_query_is_what_a_fresh_one_gives(
        steps in user_ops(8),
        more in user_ops(24),
        numbers in numbers(),
    ) {
        let mut pulse = project(&steps);
        let start = pulse.project();
        let mut dice = Dice::new(&numbers, &start);
        let text = dice.query();
        let bound = Query::parse(&text).and_then(|query| query.bind(dice.params)).expect("legal");
        let mut live = LiveQuery::new(&bound, &pulse.project()).expect("legal");
        let mut list: Vec<_> = live.ids().collect();
        let ids = IdSource::seeded(5);
        for step in &more {
            let before = pulse.project();
            let _refused = pulse.commit(transaction(&before, &ids, "test", step));
            let after = pulse.project();
            let diff = crate::diff::Diff::between(&before, &after);
            let touched: Vec<_> = diff.changes.iter().map(|change| change.id).collect();
            let changes = live.update(&after, &touched);
            for change in &changes {
                match *change {
                    LiveChange::Added { id, at } => list.insert(at, id),
                    LiveChange::Removed { id, at } => prop_assert_eq!(list.remove(at), id),
                    LiveChange::Moved { id, from, to } => {
                        prop_assert_eq!(list.remove(from), id);
                        list.insert(to, id);
                    }
                    LiveChange::Changed { id, at } => prop_assert_eq!(list[at], id),
                    LiveChange::Reset => list = live.ids().collect(),
                }
            }
            // Without a declaration that it needs, the query has no results.
            let fresh = bound.run(&after).unwrap_or_default();
            prop_assert_eq!(live.error().is_none(), bound.run(&after).is_ok());
            prop_assert_eq!(live.ids().collect::<Vec<_>>(), fresh.clone(), "{}", text);
            prop_assert_eq!(&list, &fresh, "{} {:?}", text, changes);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _whatever = Query::parse(&text).map(|query| query.to_string());
    }

    #[test]
    fn no_mixture_of_words_makes_it_panic_either(
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..40),
    ) {
        let text = words.join(" ");
        let parsed = Query::parse(&format!("table == 'clips' AND {text}")).or_else(|_| Query::parse(&text));
        if let Ok(query) = parsed {
            prop_assert_eq!(&Query::parse(&query.to_string()).expect("its own form"), &query);
            let project = Pulse::with_ids(IdSource::seeded(3)).project();
            let _whatever = query.bind(NO_PARAMS).and_then(|bound| bound.run(&project));
        }
    }
}

const WORDS: [&str; 44] = [
    "table", "==", "'clips'", "AND", "OR", "NOT", "(", ")", "start", "<", "4", "-", "1.5", "beats", "IN",
    "LIKE", "'%a_'", "CONTAINS", "IS", "NULL", "ORDER", "BY", "DESC", "LIMIT", "OFFSET", "?", ",", "->",
    "<-", ".", "track", "name", "EXISTS", "(", "COUNT", "(", "notes", "WHERE", "key", "muted", "`not`",
    "true", "\"", "0x1f",
];
