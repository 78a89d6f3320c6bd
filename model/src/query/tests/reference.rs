//! Queries by their definition: every entity of the table is looked at, values are copied, nothing is clever.

use std::cmp::Ordering;

use protocol::{EntityId, Row, Value};

use crate::Project;
use crate::query::Param;
use crate::query::Query;
use crate::query::ast::{
    Amount, Comparison, Condition, Direction, Likeness, List, Literal, Operand, Path, Related, Relation, Step,
};
use crate::query::compile::named_table;
use crate::schema::{FieldKind, Table};

/// What a query gives.
pub(super) fn run(query: &Query, params: &[Param], project: &Project) -> Vec<EntityId> {
    let ast = &*query.ast;
    let named = tables(&ast.condition);
    let built_in = named.iter().find(|name| crate::schema::table(name).is_some());
    // The first of users' tables is what names without a dot are of, if there is no built-in one.
    let user = if built_in.is_some() { None } else { named.first().cloned() };
    let reference = Reference { project, params };
    let mut ids: Vec<EntityId> = crate::schema::TABLES
        .iter()
        .flat_map(|table| project.table(table.name))
        .filter(|&id| reference.holds(&ast.condition, &Item::of(id, user.clone())))
        .collect();
    if built_in.is_none() {
        ids.sort_unstable();
    }
    if ast.order.last().is_some_and(|order| order.direction == Direction::Descending) {
        ids.reverse();
    }
    // The sort is stable, so sorting by the last key first is sorting by all.
    for order in ast.order.iter().rev() {
        ids.sort_by(|&a, &b| {
            let value = |id| reference.value(&order.key, &Item::of(id, user.clone()));
            let compared = compare(&value(a), &value(b));
            if order.direction == Direction::Descending { compared.reverse() } else { compared }
        });
    }
    let amount = |amount: Option<Amount>, otherwise: usize| match amount {
        None => otherwise,
        Some(Amount::Given(number)) => usize::try_from(number).expect("small"),
        Some(Amount::Param(param)) => match params[param.index] {
            Param::Value(Value::Int(number)) => usize::try_from(number).expect("small"),
            _ => panic!("not a number"),
        },
    };
    ids.into_iter().skip(amount(ast.offset, 0)).take(amount(ast.limit, usize::MAX)).collect()
}

/// The tables that a query names at its top.
fn tables(condition: &Condition) -> Vec<String> {
    match condition {
        Condition::All(parts) => parts.iter().flat_map(tables).collect(),
        other => match named_table(other) {
            Some(Operand::Literal(Literal::Text(name), _)) => vec![name.clone()],
            _ => Vec::new(),
        },
    }
}

#[derive(Clone)]
enum Item {
    Entity {
        id: EntityId,
        /// The user's table whose fields go without its name.
        user: Option<String>,
        /// The edge that led here.
        edge: Option<EntityId>,
    },
    Row(Row),
}

impl Item {
    fn of(id: EntityId, user: Option<String>) -> Self {
        Self::Entity { id, user, edge: None }
    }
}

struct Reference<'a> {
    project: &'a Project,
    params: &'a [Param],
}

impl Reference<'_> {
    fn holds(&self, condition: &Condition, item: &Item) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part, item)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part, item)),
            Condition::Not(inner) => !self.holds(inner, item),
            Condition::Compare { left, op, right } => {
                if let (Some(table), Item::Entity { id, .. }) = (self.user_table(left, right), item) {
                    let is_in = self.project.entity(*id).is_some_and(|entity| entity.has_facet(&table));
                    return is_in == (*op == Comparison::Equal);
                }
                let (left, right) = (self.value(left, item), self.value(right, item));
                let order = compare(&left, &right);
                let known = left != Value::Null && rank(&left) == rank(&right);
                match op {
                    Comparison::Equal => order == Ordering::Equal,
                    Comparison::NotEqual => order != Ordering::Equal,
                    Comparison::Less => known && order == Ordering::Less,
                    Comparison::AtMost => known && order != Ordering::Greater,
                    Comparison::Greater => known && order == Ordering::Greater,
                    Comparison::AtLeast => known && order != Ordering::Less,
                }
            }
            Condition::In { operand, list } => {
                let value = self.value(operand, item);
                let equal = |other: &Value| compare(&value, other) == Ordering::Equal;
                match list {
                    List::Given(items) => items.iter().any(|other| equal(&self.value(other, item))),
                    List::Param(param) => match &self.params[param.index] {
                        Param::List(values) => values.iter().any(equal),
                        Param::Value(_) => false,
                    },
                }
            }
            Condition::Match { operand, how, pattern } => {
                let pattern = self.value(pattern, item);
                let (text, pattern) = match (self.value(operand, item), pattern) {
                    (Value::List(items), wanted) => return items.contains(&wanted),
                    (Value::Text(text), Value::Text(pattern)) => (text, pattern),
                    _ => return false,
                };
                let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
                let chars = |text: &str| text.chars().collect::<Vec<_>>();
                match how {
                    Likeness::Like => like(&chars(&text), &chars(&pattern)),
                    Likeness::Contains => text.contains(&pattern),
                }
            }
            Condition::IsNull(operand) => self.value(operand, item) == Value::Null,
            Condition::Exists(related) => self.count(related, item) > 0,
            Condition::Is(operand) => self.value(operand, item) == Value::Bool(true),
        }
    }

    fn value(&self, operand: &Operand, item: &Item) -> Value {
        match operand {
            Operand::Path(path) => self.path(path, item),
            Operand::Count(related) => Value::Int(i64::try_from(self.count(related, item)).expect("small")),
            Operand::Literal(literal, _) => match literal {
                Literal::Null => Value::Null,
                Literal::Bool(on) => Value::Bool(*on),
                Literal::Int(number) => Value::Int(*number),
                Literal::Float(number) => Value::Float(*number),
                Literal::Text(text) => Value::Text(text.clone()),
                Literal::Beats(ticks) => Value::Beats(protocol::Beats(*ticks)),
            },
            Operand::Param(param) => match &self.params[param.index] {
                Param::Value(value) => value.clone(),
                Param::List(_) => Value::Null,
            },
        }
    }

    /// The user's table that `table == '...'` names.
    fn user_table(&self, left: &Operand, right: &Operand) -> Option<String> {
        let condition =
            Condition::Compare { left: left.clone(), op: Comparison::Equal, right: right.clone() };
        let name = tables(&condition).pop()?;
        crate::schema::table(&name).is_none().then_some(name)
    }

    fn path(&self, path: &Path, item: &Item) -> Value {
        let mut item = item.clone();
        for (index, step) in path.steps.iter().enumerate() {
            let (value, user) = self.step(step, &item);
            if index + 1 == path.steps.len() {
                return value;
            }
            match value {
                Value::Ref(id) => item = Item::of(id, user),
                _ => return Value::Null,
            }
        }
        Value::Null
    }

    /// A value, and the user's table that it may lead into.
    fn step(&self, step: &Step, item: &Item) -> (Value, Option<String>) {
        let name = &*step.name.text;
        let schema = self.project.schema();
        let (id, user, edge) = match item {
            Item::Row(Row::Note(note)) if name == "velocity" => return (Value::Float(note.velocity), None),
            Item::Row(_) => panic!("{name}"),
            Item::Entity { id, user, edge } => (*id, user, edge),
        };
        let Some(entity) = self.project.entity(id) else { return (Value::Null, None) };
        let mut words: Vec<&str> = step.inner.iter().map(|word| &*word.text).collect();
        words.insert(0, name);
        if let (["edge", key], Some(edge)) = (&words[..], edge) {
            let properties = self.project.value(*edge, "properties").unwrap_or(Value::Null);
            return (entry(&properties, key), None);
        }
        // All the ways to take a part of the words for the path of a field; the longest that is one holds.
        for end in (1..=words.len()).rev() {
            let path = words[..end].join(".");
            let own = user.iter().filter(|_| end == 1).map(|user| format!("{user}.{path}"));
            let mut paths = own.chain([path.clone()]).filter(|path| schema.user_field(path).is_some());
            let Some(path) = paths.next() else { continue };
            let value = self.project.value(id, &path).unwrap_or(Value::Null);
            let into = schema.user_field(&path).and_then(|field| match &field.kind {
                FieldKind::Ref { tables, .. } => {
                    let is_user = |name: &&str| matches!(schema.table(name), Some(Table::User(_)));
                    tables.iter().find(is_user).map(ToOwned::to_owned)
                }
                _ => None,
            });
            return match words[end..].first() {
                Some(key) => (entry(&value, key), None),
                None => (value, into),
            };
        }
        let value = match name {
            "id" => Value::Ref(id),
            "table" => Value::Text(entity.table().to_owned()),
            name => entity.get(name).unwrap_or(Value::Null),
        };
        match step.inner.first() {
            Some(key) => (entry(&value, &key.text), None),
            None => (value, None),
        }
    }

    fn count(&self, related: &Related, item: &Item) -> usize {
        let items: Vec<Item> = match &related.of {
            Relation::From { table, field } => {
                let Item::Entity { id: target, .. } = *item else { return 0 };
                let user = crate::schema::table(&table.text).is_none().then(|| table.text.clone());
                let of = self.project.table(&table.text).map(|id| Item::of(id, user.clone()));
                of.filter(|item| self.step(field, item).0 == Value::Ref(target)).collect()
            }
            Relation::Content(path) => match self.path(path, item) {
                Value::Rows(rows) => rows.into_values().map(Item::Row).collect(),
                Value::Numbers(numbers) => return numbers.len(),
                Value::Properties(entries) => return entries.len(),
                Value::List(items) => return items.len(),
                _ => Vec::new(),
            },
            Relation::Out(kind) => self.edges(&kind.text, item, |edge| (edge.source(), edge.target())),
            Relation::In(kind) => self.edges(&kind.text, item, |edge| (edge.target(), edge.source())),
        };
        let holds = |item: &&Item| related.filter.as_ref().is_none_or(|filter| self.holds(filter, item));
        items.iter().filter(holds).count()
    }

    /// The other ends of the edges of a kind whose one end is this item.
    fn edges(
        &self,
        kind: &str,
        item: &Item,
        ends: impl Fn(&crate::view::Edge<'_>) -> (EntityId, EntityId),
    ) -> Vec<Item> {
        let Item::Entity { id: here, .. } = item else { return Vec::new() };
        let edges = self.project.table("edges").filter_map(|id| self.project.edge(crate::view::EdgeId(id)));
        let edges = edges.filter(|edge| edge.kind() == kind && ends(edge).0 == *here);
        edges.map(|edge| Item::Entity { id: ends(&edge).1, user: None, edge: Some(edge.id().0) }).collect()
    }
}

/// An entry by key of what goes by key.
fn entry(value: &Value, key: &str) -> Value {
    match value {
        Value::Numbers(numbers) => numbers.get(key).map_or(Value::Null, |&number| Value::Float(number)),
        Value::Properties(entries) => entries.get(key).cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

/// Values of one rank compare.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) | Value::Beats(_) => 2,
        Value::Text(_) => 3,
        _ => 4,
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| match value {
        #[expect(clippy::cast_precision_loss, reason = "the tests use small numbers")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Beats(beats) => Some(beats.to_beats()),
        _ => None,
    };
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Ref(a), Value::Ref(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
        _ if rank(a) != rank(b) => rank(a).cmp(&rank(b)),
        _ => number(a).partial_cmp(&number(b)).expect("numbers"),
    }
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skip| like(&text[skip..], rest)),
        Some((wanted, rest)) => {
            text.split_first().is_some_and(|(c, left)| (*wanted == '_' || wanted == c) && like(left, rest))
        }
    }
}
