//! Evaluating tests, with every step counted.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use protocol::{EntityId, Row, Value};

use super::ast::Comparison;
use super::compile::{End, Get, Last, Many, Related, Term, Test};
use super::error::{QueryError, QueryProblem};
use super::field::Field;
use super::value::Datum;
use crate::entity::Entity;
use crate::project::{ANY_ORDER, Project};
use crate::view::Edge;

/// How many steps are counted between two reports.
const BATCH: u64 = 512;
/// Bytes of text that are compared in one step.
const BYTES_PER_STEP: usize = 64;

/// Told how many steps were taken since it was last told; breaks the query off. A step takes in the order of 100 ns.
pub type Meter<'m> = &'m mut dyn FnMut(u64) -> ControlFlow<()>;

/// The work was more than allowed.
pub(super) struct Interrupted;

impl From<Interrupted> for QueryError {
    fn from(_: Interrupted) -> Self {
        Self::general(QueryProblem::Interrupted)
    }
}

pub(super) type Evaluated<T> = Result<T, Interrupted>;

/// What a test is put to.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    Entity(EntityId, &'a Entity),
    /// What an edge leads to, and the edge.
    End(EntityId, &'a Entity, &'a Entity),
    Row(u64, &'a Row),
}

impl<'a> Item<'a> {
    fn entity(self) -> Option<(EntityId, &'a Entity)> {
        match self {
            Self::Entity(id, entity) | Self::End(id, entity, _) => Some((id, entity)),
            Self::Row(..) => None,
        }
    }
}

pub(super) struct Evaluator<'a, 'm> {
    pub(super) project: &'a Project,
    meter: Meter<'m>,
    steps: u64,
}

impl<'a, 'm> Evaluator<'a, 'm> {
    pub(super) fn new(project: &'a Project, meter: Meter<'m>) -> Self {
        Self { project, meter, steps: 0 }
    }

    /// Counts steps.
    pub(super) fn spend(&mut self, steps: usize) -> Evaluated<()> {
        self.steps = self.steps.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.steps < BATCH { Ok(()) } else { self.report() }
    }

    /// Tells of the steps that were not told of yet.
    pub(super) fn report(&mut self) -> Evaluated<()> {
        match (self.meter)(std::mem::take(&mut self.steps)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Interrupted),
        }
    }

    /// Whether an entity passes all tests.
    pub(super) fn passes(&mut self, tests: &'a [Test], id: EntityId, entity: &'a Entity) -> Evaluated<bool> {
        self.spend(1)?;
        self.all(tests, Item::Entity(id, entity))
    }

    fn all(&mut self, tests: &'a [Test], item: Item<'a>) -> Evaluated<bool> {
        for test in tests {
            if !self.test(test, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn test(&mut self, test: &'a Test, item: Item<'a>) -> Evaluated<bool> {
        self.spend(1)?;
        Ok(match test {
            Test::All(tests) => self.all(tests, item)?,
            Test::Any(tests) => {
                for test in tests {
                    if self.test(test, item)? {
                        return Ok(true);
                    }
                }
                false
            }
            Test::Not(test) => !self.test(test, item)?,
            Test::Compare { left, op, right } => {
                let (left, right) = (self.term(left, item)?, self.term(right, item)?);
                self.weigh(left)?;
                op.holds(left, right)
            }
            Test::In { term, list } => {
                let value = self.term(term, item)?;
                self.weigh(value)?;
                list.binary_search_by(|known| known.datum().order(value)).is_ok()
            }
            Test::Match { term, pattern } => {
                let value = self.term(term, item)?;
                self.weigh(value)?;
                matches!(value, Datum::Text(text) if pattern.matches(text))
            }
            Test::HasItem { via, field, item: wanted } => {
                let Some((id, entity)) = item.entity() else { return Ok(false) };
                let Some((_, entity)) = self.follow(via, id, entity)? else { return Ok(false) };
                let items = field.items(entity);
                self.spend(items.len())?;
                items.iter().any(|item| {
                    Datum::of(item).is_some_and(|item| item.order(wanted.datum()) == Ordering::Equal)
                })
            }
            Test::Member(table) => item.entity().is_some_and(|(_, entity)| entity.has_facet(table)),
            Test::IsNull(term) => self.term(term, item)? == Datum::Null,
            Test::Is(term) => self.term(term, item)? == Datum::Bool(true),
            Test::Exists(related) => self.count(related, item, 1)? > 0,
        })
    }

    /// Counts what it takes to compare a long text.
    fn weigh(&mut self, value: Datum<'a>) -> Evaluated<()> {
        match value {
            Datum::Text(text) => self.spend(text.len() / BYTES_PER_STEP),
            _ => Ok(()),
        }
    }

    pub(super) fn term(&mut self, term: &'a Term, item: Item<'a>) -> Evaluated<Datum<'a>> {
        match term {
            Term::Const(value) => Ok(value.datum()),
            Term::Get(get) => self.get(get, item),
            Term::Count(related) => {
                let count = self.count(related, item, usize::MAX)?;
                Ok(Datum::Int(i64::try_from(count).unwrap_or(i64::MAX)))
            }
        }
    }

    fn get(&mut self, get: &'a Get, item: Item<'a>) -> Evaluated<Datum<'a>> {
        let (id, entity) = match (item, &get.last) {
            (Item::Row(key, row), Last::Column(column)) => return Ok(column.of(key, row)),
            (Item::End(_, _, edge), Last::OfEdge(key)) => return Ok(property(edge, key)),
            (Item::Entity(id, entity) | Item::End(id, entity, _), _) => (id, entity),
            (Item::Row(..), _) => return Ok(Datum::Null),
        };
        let Some((id, entity)) = self.follow(&get.via, id, entity)? else { return Ok(Datum::Null) };
        Ok(match &get.last {
            Last::Field(field) => field.read(entity),
            Last::Id => Datum::Ref(id),
            Last::Table => Datum::Text(entity.table()),
            Last::Column(_) | Last::OfEdge(_) => Datum::Null,
        })
    }

    /// Where references lead; nowhere if one is unset.
    fn follow(
        &mut self,
        via: &'a [Field],
        mut id: EntityId,
        mut entity: &'a Entity,
    ) -> Evaluated<Option<(EntityId, &'a Entity)>> {
        for field in via {
            self.spend(1)?;
            let Datum::Ref(next) = field.read(entity) else { return Ok(None) };
            let Some(found) = self.project.entity(next) else { return Ok(None) };
            (id, entity) = (next, found);
        }
        Ok(Some((id, entity)))
    }

    /// How many count, up to `most`.
    fn count(&mut self, related: &'a Related, item: Item<'a>, most: usize) -> Evaluated<usize> {
        let Some((id, entity)) = item.entity() else { return Ok(0) };
        let project = self.project;
        match &related.of {
            Many::From { table, field } => {
                let naming = field.naming(project, id, ANY_ORDER);
                let items = naming.filter_map(|id| {
                    let entity = project.entity(id).filter(|entity| table.has(entity))?;
                    Some(Item::Entity(id, entity))
                });
                self.count_items(related, items, most)
            }
            Many::Edges { kind, end } => {
                let item = |edge: Edge<'a>| {
                    let id = end.of(&edge);
                    Some(Item::End(id, project.entity(id)?, edge.entity()))
                };
                match end {
                    End::Target => {
                        self.count_items(related, project.edges_from(id, kind).filter_map(item), most)
                    }
                    End::Source => {
                        self.count_items(related, project.edges_to(id, kind).filter_map(item), most)
                    }
                }
            }
            Many::Rows { via, field } => {
                let Some((_, entity)) = self.follow(via, id, entity)? else { return Ok(0) };
                let items = field.rows(entity).map(|(key, row)| Item::Row(key, row));
                self.count_items(related, items, most)
            }
            Many::Entries { via, field } => {
                Ok(self.follow(via, id, entity)?.map_or(0, |(_, entity)| field.entries(entity)))
            }
        }
    }

    fn count_items(
        &mut self,
        related: &'a Related,
        items: impl Iterator<Item = Item<'a>>,
        most: usize,
    ) -> Evaluated<usize> {
        let mut count = 0;
        for item in items {
            self.spend(1)?;
            let counts = match &related.filter {
                Some(filter) => self.test(filter, item)?,
                None => true,
            };
            count += usize::from(counts);
            if count >= most {
                break;
            }
        }
        Ok(count)
    }
}

/// What is known of an edge.
fn property<'a>(edge: &'a Entity, key: &str) -> Datum<'a> {
    match edge.plain("properties") {
        Some(Value::Properties(entries)) => entries.get(key).and_then(Datum::of).unwrap_or(Datum::Null),
        _ => Datum::Null,
    }
}

impl Comparison {
    /// Whether it holds. Nothing is more or less than null, or than a value of another kind.
    pub(super) fn holds(self, left: Datum<'_>, right: Datum<'_>) -> bool {
        let order = left.order(right);
        let known = left != Datum::Null && left.kind() == right.kind();
        match self {
            Self::Equal => order == Ordering::Equal,
            Self::NotEqual => order != Ordering::Equal,
            Self::Less => known && order == Ordering::Less,
            Self::AtMost => known && order != Ordering::Greater,
            Self::Greater => known && order == Ordering::Greater,
            Self::AtLeast => known && order != Ordering::Less,
        }
    }
}
