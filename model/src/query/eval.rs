//! Evaluating tests, with every step counted.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use protocol::{EntityId, Row};

use super::ast::Comparison;
use super::compile::{Get, Last, Many, Related, Term, Test};
use super::error::{QueryError, QueryProblem};
use super::types::Field;
use super::value::Datum;
use crate::entity::Entity;
use crate::project::{ANY_ORDER, Project};

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
    Row(u64, &'a Row),
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
                let Item::Entity(id, entity) = item else { return Ok(false) };
                let Some((_, entity)) = self.follow(via, id, entity)? else { return Ok(false) };
                let items = field.items(entity);
                self.spend(items.len())?;
                items.iter().any(|item| {
                    Datum::of(item).is_some_and(|item| item.order(wanted.datum()) == Ordering::Equal)
                })
            }
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
        let (id, entity) = match item {
            Item::Row(key, row) => {
                return Ok(match &get.last {
                    Last::Column(column) => column.of(key, row),
                    _ => Datum::Null,
                });
            }
            Item::Entity(id, entity) => (id, entity),
        };
        let Some((id, entity)) = self.follow(&get.via, id, entity)? else { return Ok(Datum::Null) };
        Ok(match &get.last {
            Last::Field(field) => field.read(entity),
            Last::Id => Datum::Ref(id),
            Last::Table => Datum::Text(entity.table()),
            Last::Column(_) => Datum::Null,
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
        let Item::Entity(id, entity) = item else { return Ok(0) };
        match &related.of {
            Many::From { table, field } => {
                let project = self.project;
                let referring = project.referring_within(id, table.name, field, ANY_ORDER);
                let items = referring.filter_map(|id| Some(Item::Entity(id, project.entity(id)?)));
                self.count_items(related, items, most)
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
