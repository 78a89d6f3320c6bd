//! Random edits of users' tables, edges and parts of fields.

use protocol::{Beats, Edit, EntityId, Keep, ListChange, TextChange, Value};

use super::{Op, pick};
use crate::edit::user::{self, Declaration, Holds};
use crate::edit::{any, edge};
use crate::entity::facet;
use crate::project::Project;
use crate::pulse::IdSource;
use crate::view::{DeclaredFieldId, EdgeId, ItemId};

const TABLES: [&str; 3] = ["grading", "grading.more", "mix"];
const FIELDS: [&str; 3] = ["score", "note", "like"];
const KINDS: [&str; 2] = ["likes", "likes_not"];

/// Any entity but the root.
fn pick_any(project: &Project, index: usize) -> Option<EntityId> {
    let table = ["tracks", "clips", "items", "edges"][index % 4];
    pick(project, table, index / 4)
}

fn holds(index: usize) -> Holds<'static> {
    match index % 9 {
        0 => Holds::Int(0, 30),
        1 => Holds::Float(-1.0, 30.0),
        2 => Holds::Text,
        3 => Holds::Choice(&["a", "b"]),
        4 => Holds::Ref(&["tracks", "items", "mix"]),
        5 => Holds::Numbers,
        6 => Holds::Properties,
        7 => Holds::List,
        _ => Holds::Beats(Beats(0)),
    }
}

/// A value that fits some of the kinds.
fn value(project: &Project, index: usize, x: f64) -> Value {
    match index % 10 {
        0 => Value::Int(i64::try_from(index).unwrap_or(0)),
        1 => Value::Float(x * 20.0),
        2 => Value::Text(["a", "b", "", "long"][index / 10 % 4].to_owned()),
        3 => Value::Null,
        4 => pick_any(project, index).map_or(Value::Null, Value::Ref),
        5 => Value::Numbers([("k".to_owned(), x)].into()),
        6 => Value::Properties([("k".to_owned(), Value::Bool(x > 0.5))].into()),
        7 => Value::List(vec![Value::Float(x), Value::Int(1)]),
        8 => Value::Beats(Beats::from_beats(x)),
        _ => Value::Int(5),
    }
}

pub(super) fn edit(op: Op, project: &Project, ids: &IdSource) -> Option<Edit> {
    let Op { what, a, b, x } = op;
    let (table, name) = (TABLES[a % 3], FIELDS[b % 3]);
    let id = || pick_any(project, b);
    let path = facet::path(table, name).to_string();
    Some(match what {
        22 => user::create_table(table, "What somebody thinks."),
        23 | 24 => {
            user::declare(&Declaration { indexed: x > 0.4, ..Declaration::new(table, name, holds(a + b)) })
        }
        25 | 26 => user::attach(id()?, table, []),
        27 => user::detach(id()?, table, if x > 0.5 { Keep::Preserve } else { Keep::Discard }),
        28 | 29 => {
            let members: Vec<EntityId> = project.table(table).collect();
            let member = members.get(b % members.len().max(1)).copied()?;
            user::set(member, table, name, value(project, a + b, x))
        }
        30 => {
            let fields = if x > 0.5 { vec![(name.to_owned(), value(project, a, x))] } else { Vec::new() };
            any::create(table, ItemId(ids.next_id()), fields.into_iter().collect())
        }
        31 => {
            let place = match (b % 4, pick(project, "edges", b).map(EdgeId)) {
                (0, Some(other)) => edge::Place::After(other),
                (1, Some(other)) => edge::Place::Before(other),
                (2, _) => edge::Place::First,
                _ => edge::Place::Last,
            };
            edge::insert(project, KINDS[b % 2], pick_any(project, a)?, id()?, place).ok()?.pop()?
        }
        32 => {
            let properties = [("k", (b % 3 != 0).then(|| value(project, b, x)))];
            edge::set_properties(EdgeId(pick(project, "edges", a)?), properties)
        }
        33 => {
            let change = TextChange { at: b % 4, delete: a % 3, insert: "né".into() };
            let (id, field) = match a % 2 {
                0 => (pick(project, "tracks", b)?, "name".to_owned()),
                _ => (id()?, path),
            };
            Edit::Text { id, field, changes: vec![change] }
        }
        34 => {
            let change = match a % 3 {
                0 => ListChange::Insert { at: b % 2, value: value(project, b, x) },
                1 => ListChange::Remove { at: b % 2 },
                _ => ListChange::Move { from: 0, to: b % 2 },
            };
            Edit::List { id: id()?, field: path, changes: vec![change] }
        }
        _ => {
            let field = DeclaredFieldId::named(table, name);
            if x > 0.5 { any::delete(field) } else { user::set_indexed(field, b % 2 == 0) }
        }
    })
}
