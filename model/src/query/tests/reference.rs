//! Queries by their definition: every entity of the table is looked at, values are copied, nothing is clever.

use std::cmp::Ordering;

use protocol::{EntityId, Row, Value};

use crate::Project;
use crate::query::Param;
use crate::query::Query;
use crate::query::ast::{
    Amount, Comparison, Condition, Direction, Likeness, List, Literal, Operand, Path, Related, Relation,
};

/// What a query gives.
pub(super) fn run(query: &Query, params: &[Param], project: &Project) -> Vec<EntityId> {
    let reference = Reference { project, params };
    let ast = &*query.ast;
    let mut ids: Vec<EntityId> = crate::schema::TABLES
        .iter()
        .flat_map(|table| project.table(table.name))
        .filter(|&id| reference.holds(&ast.condition, Item::Entity(id)))
        .collect();
    if ast.order.last().is_some_and(|order| order.direction == Direction::Descending) {
        ids.reverse();
    }
    // The sort is stable, so sorting by the last key first is sorting by all.
    for order in ast.order.iter().rev() {
        ids.sort_by(|&a, &b| {
            let value = |id| reference.value(&order.key, Item::Entity(id));
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

#[derive(Clone, Copy)]
enum Item {
    Entity(EntityId),
    Row(Row),
}

struct Reference<'a> {
    project: &'a Project,
    params: &'a [Param],
}

impl Reference<'_> {
    fn holds(&self, condition: &Condition, item: Item) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part, item)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part, item)),
            Condition::Not(inner) => !self.holds(inner, item),
            Condition::Compare { left, op, right } => {
                let (left, right) = (self.value(left, item), self.value(right, item));
                let order = compare(&left, &right);
                let known = left != Value::Null && right != Value::Null;
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

    fn value(&self, operand: &Operand, item: Item) -> Value {
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

    fn path(&self, path: &Path, item: Item) -> Value {
        let mut item = item;
        for (index, step) in path.steps.iter().enumerate() {
            let name = &*step.name.text;
            let value = match item {
                Item::Row(Row::Note(note)) => match name {
                    "velocity" => Value::Float(note.velocity),
                    other => panic!("{other}"),
                },
                Item::Row(_) => panic!("notes alone"),
                Item::Entity(id) => match (name, self.project.entity(id)) {
                    (_, None) => Value::Null,
                    ("id", _) => Value::Ref(id),
                    ("table", Some(entity)) => Value::Text(entity.table().to_owned()),
                    (name, Some(entity)) => entity.get(name).unwrap_or(Value::Null),
                },
            };
            let value = match (&step.inner, value) {
                (Some(key), Value::Numbers(numbers)) => {
                    numbers.get(&key.text).map_or(Value::Null, |&number| Value::Float(number))
                }
                (Some(key), Value::Properties(entries)) => {
                    entries.get(&key.text).cloned().unwrap_or(Value::Null)
                }
                (Some(_), _) => Value::Null,
                (None, value) => value,
            };
            if index + 1 == path.steps.len() {
                return value;
            }
            match value {
                Value::Ref(id) => item = Item::Entity(id),
                _ => return Value::Null,
            }
        }
        Value::Null
    }

    fn count(&self, related: &Related, item: Item) -> usize {
        let items: Vec<Item> = match &related.of {
            Relation::From { table, field } => {
                let Item::Entity(target) = item else { return 0 };
                let names = |id: &EntityId| {
                    let entity = self.project.entity(*id).expect("it is in its table");
                    entity.get(&field.name.text) == Some(Value::Ref(target))
                };
                self.project.table(&table.text).filter(names).map(Item::Entity).collect()
            }
            Relation::Content(path) => match self.path(path, item) {
                Value::Rows(rows) => rows.into_values().map(Item::Row).collect(),
                Value::Numbers(numbers) => return numbers.len(),
                _ => Vec::new(),
            },
            Relation::Out(_) | Relation::In(_) => panic!("no edges"),
        };
        let holds = |item: &&Item| related.filter.as_ref().is_none_or(|filter| self.holds(filter, **item));
        items.iter().filter(holds).count()
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
