//! Running a plan.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use protocol::EntityId;

use super::ast::Direction;
use super::compile::Compiled;
use super::error::QueryError;
use super::eval::{Evaluated, Evaluator, Item, Meter};
use super::field::Field;
use super::plan::{Access, Plan, Sorting};
use super::types::Table;
use super::value::Datum;
use crate::entity::Entity;
use crate::project::{ANY_ORDER, Project, order_of};

/// The ids that a query gives, in its order.
pub(super) fn run(
    compiled: &Compiled,
    project: &Project,
    meter: Meter<'_>,
) -> Result<Vec<EntityId>, QueryError> {
    let plan = Plan::new(compiled, project);
    let mut run = Run { compiled, plan: &plan, evaluator: Evaluator::new(project, meter) };
    let ids = match plan.sorting {
        Sorting::Walk(direction) => run.walk(direction)?,
        Sorting::Sort => run.sort()?,
    };
    run.evaluator.report()?;
    Ok(ids)
}

struct Run<'a, 'm> {
    compiled: &'a Compiled,
    plan: &'a Plan,
    evaluator: Evaluator<'a, 'm>,
}

/// A result and what it is sorted by: its keys, and its place in the order of the table.
struct Found<'a> {
    keys: Vec<Datum<'a>>,
    place: (i64, EntityId),
}

impl<'a> Run<'a, '_> {
    /// The results as the walk gives them, no farther than asked.
    fn walk(&mut self, direction: Direction) -> Evaluated<Vec<EntityId>> {
        let ids = self.candidates()?;
        let Compiled { limit, offset, .. } = *self.compiled;
        match direction {
            Direction::Ascending => self.take(ids, offset, limit),
            Direction::Descending => self.take(ids.rev(), offset, limit),
        }
    }

    fn take(
        &mut self,
        ids: impl Iterator<Item = EntityId>,
        offset: usize,
        limit: Option<usize>,
    ) -> Evaluated<Vec<EntityId>> {
        let (mut results, mut skipped) = (Vec::new(), 0);
        for id in ids {
            if limit.is_some_and(|limit| results.len() >= limit) {
                break;
            }
            if self.entity_if_passes(id)?.is_none() {
                continue;
            }
            if skipped < offset {
                skipped += 1;
            } else {
                results.push(id);
            }
        }
        Ok(results)
    }

    fn sort(&mut self) -> Evaluated<Vec<EntityId>> {
        let mut found = Vec::new();
        for id in self.candidates()? {
            let Some(entity) = self.entity_if_passes(id)? else { continue };
            let item = Item::Entity(id, entity);
            let keys = self.compiled.order.iter().map(|(term, _)| self.evaluator.term(term, item));
            found.push(Found {
                keys: keys.collect::<Evaluated<_>>()?,
                place: self.compiled.table.place(id, entity),
            });
        }
        let directions: Vec<Direction> =
            self.compiled.order.iter().map(|(_, direction)| *direction).collect();
        let compare = |a: &Found<'_>, b: &Found<'_>| {
            compare(&directions, (a.keys.iter().copied(), a.place), (b.keys.iter().copied(), b.place))
        };
        // Sorting takes a comparison or so for each doubling.
        let doublings = usize::try_from(found.len().max(1).ilog2()).unwrap_or(0);
        self.evaluator.spend(found.len().saturating_mul(doublings) / 2)?;
        let Compiled { limit, offset, .. } = *self.compiled;
        let most = limit.map_or(usize::MAX, |limit| limit.saturating_add(offset));
        if most == 0 {
            return Ok(Vec::new());
        }
        if most < found.len() {
            found.select_nth_unstable_by(most - 1, compare);
            found.truncate(most);
        }
        found.sort_unstable_by(compare);
        Ok(found.into_iter().skip(offset).map(|found| found.place.1).collect())
    }

    fn entity_if_passes(&mut self, id: EntityId) -> Evaluated<Option<&'a Entity>> {
        self.evaluator.spend(1)?;
        let Some(entity) = self.evaluator.project.entity(id) else { return Ok(None) };
        let range = &self.plan.range;
        if !self.compiled.table.has(entity) || (*range != ANY_ORDER && !range.contains(&order_of(entity))) {
            return Ok(None);
        }
        for &test in &self.plan.left {
            if !self.evaluator.test(&self.compiled.tests[test], Item::Entity(id, entity))? {
                return Ok(None);
            }
        }
        Ok(Some(entity))
    }

    /// The ids that the walk meets.
    fn candidates(&mut self) -> Evaluated<Box<dyn DoubleEndedIterator<Item = EntityId> + 'a>> {
        let (project, table, plan) = (self.evaluator.project, &self.compiled.table, self.plan);
        let naming = move |field: &'a Field, target| field.naming(project, target, plan.range.clone());
        Ok(match (&plan.access, table) {
            (Access::Table, Table::BuiltIn(table)) => {
                Box::new(project.table_within(table.name, plan.range.clone()))
            }
            (Access::Table, Table::User(table)) => Box::new(project.table(&table.name)),
            (Access::Members(table), _) => Box::new(project.table(table)),
            (Access::Ids(ids), _) => Box::new(ids.iter().copied()),
            (Access::Values { place, keys, .. }, _) => {
                Box::new(keys.iter().flat_map(move |keys| project.values_within(*place, keys.clone())))
            }
            (Access::Referring { field, targets }, _) => {
                Box::new(targets.iter().flat_map(move |&target| naming(field, target)))
            }
            (Access::Through { field, tables, test }, _) => {
                let mut targets = BTreeSet::new();
                for id in tables.iter().flat_map(|table| project.table(table)) {
                    let Some(entity) = project.entity(id) else { continue };
                    if self.evaluator.passes(std::slice::from_ref(&**test), id, entity)? {
                        targets.insert(id);
                    }
                }
                Box::new(targets.into_iter().flat_map(move |target| naming(field, target)))
            }
        })
    }
}

/// How two results stand in the order asked for. Where the keys leave it open, the order of the table decides, in the
/// direction of the last key.
pub(super) fn compare<'a>(
    directions: &[Direction],
    a: (impl Iterator<Item = Datum<'a>>, (i64, EntityId)),
    b: (impl Iterator<Item = Datum<'a>>, (i64, EntityId)),
) -> Ordering {
    let turned = |direction: Direction, order: Ordering| match direction {
        Direction::Ascending => order,
        Direction::Descending => order.reverse(),
    };
    let keys = a.0.zip(b.0).zip(directions);
    let by_keys = keys
        .map(|((a, b), direction)| turned(*direction, a.order(b)))
        .find(|order| *order != Ordering::Equal);
    let last = directions.last().copied().unwrap_or(Direction::Ascending);
    by_keys.unwrap_or_else(|| turned(last, a.1.cmp(&b.1)))
}
