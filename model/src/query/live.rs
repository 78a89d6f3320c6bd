//! Queries whose result is kept up to date.
//!
//! What a test of an entity reads is known when the query is compiled: the entity, those that its references lead to, and
//! those that refer to it. Walked backwards from what a commit touched, that gives the entities to test again.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use protocol::EntityId;

use super::ast::Direction;
use super::compile::{Compiled, End, Get, Many, Related, Term, Test};
use super::eval::{Evaluator, Item};
use super::field::Field;
use super::run::compare;
use super::types::Table;
use super::value::{Const, Datum};
use super::{Bound, QueryError};
use crate::project::{ANY_ORDER, Project};
use crate::view::{Edge, EdgeId};

/// Once so many entities are to be tested again, and they are more than half of the table, the query is run anew.
const MANY: usize = 1_000;

/// A query and its current result.
#[derive(Clone, Debug)]
pub struct LiveQuery {
    bound: Bound,
    /// Nothing while users' tables do not have what the query names.
    program: Result<Program, QueryError>,
    project: Project,
    /// All that meet the condition, in order, whatever the limit.
    rows: Vec<Arc<Key>>,
    known: HashMap<EntityId, Arc<Key>>,
}

/// A query as it is run, and where what its tests read is found.
#[derive(Clone, Debug)]
struct Program {
    compiled: Arc<Compiled>,
    chains: Arc<[Chain]>,
}

/// What became of one result. To be applied in order to the list of results as it was: each place is that at its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveChange {
    /// It is a result now, at this place.
    Added {
        /// The entity.
        id: EntityId,
        /// Its place, from 0.
        at: usize,
    },
    /// It is none any more.
    Removed {
        /// The entity.
        id: EntityId,
        /// The place it had.
        at: usize,
    },
    /// It is taken out at one place and put in at another. It may have changed too.
    Moved {
        /// The entity.
        id: EntityId,
        /// The place it had.
        from: usize,
        /// Its place once it is taken out of the old one.
        to: usize,
    },
    /// It changed in itself and stays where it is.
    Changed {
        /// The entity.
        id: EntityId,
        /// Its place.
        at: usize,
    },
    /// So much changed that the whole list is to be taken anew from [`LiveQuery::ids`].
    Reset,
}

/// What a result is sorted by.
#[derive(Debug, PartialEq)]
struct Key {
    keys: Vec<Const>,
    /// Its place in the order of the table.
    place: (i64, EntityId),
}

/// Steps from an entity to one that its tests read.
type Chain = Vec<Link>;

#[derive(Clone, Debug)]
enum Link {
    /// To the entity that a field names.
    Forward(Field),
    /// To the entities of a table whose field names this one.
    Back(Table, Field),
    /// To this end of the edges of a kind from or to this one.
    Edge(String, End),
}

impl LiveQuery {
    /// Runs a query and remembers the result.
    ///
    /// # Errors
    /// As for [`Bound::run`].
    pub fn new(bound: &Bound, project: &Project) -> Result<Self, QueryError> {
        let mut live = Self {
            bound: bound.clone(),
            program: Ok(Program::new(bound, project)?),
            project: project.clone(),
            rows: Vec::new(),
            known: HashMap::new(),
        };
        live.rebuild();
        Ok(live)
    }

    /// Why there are no results: what the query names of users' tables is not declared any more. It starts anew once it
    /// is.
    #[must_use]
    pub fn error(&self) -> Option<&QueryError> {
        self.program.as_ref().err()
    }

    /// The results, in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = EntityId> + '_ {
        self.window().iter().map(|key| key.place.1)
    }

    /// Takes note of a commit that touched some entities, and tells what became of the results. Costs what the touched
    /// entities reach.
    pub fn update(&mut self, project: &Project, touched: &[EntityId]) -> Vec<LiveChange> {
        let before = std::mem::replace(&mut self.project, project.clone());
        if declares(&before, touched) || declares(project, touched) {
            self.program = Program::new(&self.bound, project);
            self.rebuild();
            return vec![LiveChange::Reset];
        }
        let Ok(program) = self.program.clone() else { return Vec::new() };
        let affected = program.affected(&before, project, touched);
        let compiled = &*program.compiled;
        if affected.len() > MANY && affected.len() > before.count(compiled.table.name()) / 2 {
            self.rebuild();
            return vec![LiveChange::Reset];
        }
        if compiled.limit.is_none() && compiled.offset == 0 {
            return affected.into_iter().filter_map(|id| self.renew(compiled, id, touched)).collect();
        }
        let old: Vec<EntityId> = self.ids().collect();
        for id in affected {
            self.renew(compiled, id, touched);
        }
        let new: Vec<EntityId> = self.ids().collect();
        difference(old, &new, touched)
    }

    fn window(&self) -> &[Arc<Key>] {
        let Ok(Program { compiled, .. }) = &self.program else { return &[] };
        let start = compiled.offset.min(self.rows.len());
        let rows = &self.rows[start..];
        &rows[..compiled.limit.unwrap_or(usize::MAX).min(rows.len())]
    }

    fn rebuild(&mut self) {
        self.rows.clear();
        if let Ok(Program { compiled, .. }) = &self.program {
            let ids = self.project.table(compiled.table.name());
            self.rows = ids.filter_map(|id| self.key(compiled, id)).map(Arc::new).collect();
            self.rows.sort_unstable_by(|a, b| in_order(compiled, a, b));
        }
        self.known = self.rows.iter().map(|key| (key.place.1, Arc::clone(key))).collect();
    }

    /// What an entity is sorted by, if it meets the condition.
    fn key(&self, compiled: &Compiled, id: EntityId) -> Option<Key> {
        let entity = self.project.entity(id).filter(|entity| compiled.table.has(entity))?;
        let mut unlimited = |_| ControlFlow::Continue(());
        let mut evaluator = Evaluator::new(&self.project, &mut unlimited);
        // Nothing breaks it off.
        if !evaluator.passes(&compiled.tests, id, entity).ok()? {
            return None;
        }
        let item = Item::Entity(id, entity);
        let keys = compiled.order.iter().map(|(term, _)| Some(evaluator.term(term, item).ok()?.into()));
        Some(Key { keys: keys.collect::<Option<_>>()?, place: compiled.table.place(id, entity) })
    }

    /// Tests an entity again.
    fn renew(&mut self, compiled: &Compiled, id: EntityId, touched: &[EntityId]) -> Option<LiveChange> {
        let old = self.known.get(&id).cloned();
        let new = self.key(compiled, id).map(Arc::new);
        if let (Some(old), Some(new)) = (&old, &new)
            && old == new
        {
            let at = self.position(compiled, old).ok()?;
            return touched.contains(&id).then_some(LiveChange::Changed { id, at });
        }
        let from = old.and_then(|old| self.position(compiled, &old).ok());
        if let Some(from) = from {
            self.rows.remove(from);
            self.known.remove(&id);
        }
        let to = new.map(|new| {
            let to = self.position(compiled, &new).unwrap_or_else(|to| to);
            self.known.insert(id, Arc::clone(&new));
            self.rows.insert(to, new);
            to
        });
        match (from, to) {
            (None, None) => None,
            (None, Some(at)) => Some(LiveChange::Added { id, at }),
            (Some(at), None) => Some(LiveChange::Removed { id, at }),
            (Some(from), Some(to)) if from == to => {
                touched.contains(&id).then_some(LiveChange::Changed { id, at: to })
            }
            (Some(from), Some(to)) => Some(LiveChange::Moved { id, from, to }),
        }
    }

    fn position(&self, compiled: &Compiled, key: &Key) -> Result<usize, usize> {
        self.rows.binary_search_by(|row| in_order(compiled, row, key))
    }
}

impl Program {
    fn new(bound: &Bound, project: &Project) -> Result<Self, QueryError> {
        let compiled = bound.compile(project)?;
        let mut chains = Vec::new();
        compiled.tests.iter().for_each(|test| of_test(test, &Vec::new(), &mut chains));
        compiled.order.iter().for_each(|(term, _)| of_term(term, &Vec::new(), &mut chains));
        Ok(Self { compiled: Arc::new(compiled), chains: chains.into() })
    }

    /// The entities of the table whose tests read one of the touched ones, before or now.
    fn affected(&self, before: &Project, after: &Project, touched: &[EntityId]) -> BTreeSet<EntityId> {
        let mut affected: BTreeSet<EntityId> = touched.iter().copied().collect();
        for project in [before, after] {
            for chain in &*self.chains {
                let mut reached: BTreeSet<EntityId> = touched.iter().copied().collect();
                for link in chain.iter().rev() {
                    reached = reached.into_iter().flat_map(|id| link.back(project, id)).collect();
                }
                affected.extend(reached);
            }
        }
        affected
    }
}

/// Whether some of these entities declare users' tables or fields.
fn declares(project: &Project, touched: &[EntityId]) -> bool {
    let table = |id: &EntityId| project.entity(*id).map(|entity| entity.table());
    touched.iter().any(|id| matches!(table(id), Some("tables" | "fields")))
}

fn in_order(compiled: &Compiled, a: &Key, b: &Key) -> Ordering {
    let directions: Vec<Direction> = compiled.order.iter().map(|(_, direction)| *direction).collect();
    let side = |key: &Key| key.place;
    compare(
        &directions,
        (a.keys.iter().map(Const::datum), side(a)),
        (b.keys.iter().map(Const::datum), side(b)),
    )
}

/// What turns one list of results into another.
fn difference(mut list: Vec<EntityId>, new: &[EntityId], touched: &[EntityId]) -> Vec<LiveChange> {
    let mut changes = Vec::new();
    let wanted: BTreeSet<EntityId> = new.iter().copied().collect();
    for at in (0..list.len()).rev() {
        if !wanted.contains(&list[at]) {
            changes.push(LiveChange::Removed { id: list.remove(at), at });
        }
    }
    for (at, &id) in new.iter().enumerate() {
        if list.get(at) == Some(&id) {
            if touched.contains(&id) {
                changes.push(LiveChange::Changed { id, at });
            }
            continue;
        }
        match list.iter().position(|&known| known == id) {
            Some(from) => {
                list.remove(from);
                changes.push(LiveChange::Moved { id, from, to: at });
            }
            None => changes.push(LiveChange::Added { id, at }),
        }
        list.insert(at, id);
    }
    changes
}

impl Link {
    /// The entities from which the link leads to this one.
    fn back(&self, project: &Project, id: EntityId) -> Vec<EntityId> {
        match self {
            Self::Forward(field) => field.naming(project, id, ANY_ORDER).collect(),
            Self::Back(table, field) => {
                let entity = project.entity(id).filter(|entity| table.has(entity));
                match entity.map(|entity| field.read(entity)) {
                    Some(Datum::Ref(target)) => vec![target],
                    _ => Vec::new(),
                }
            }
            // What was touched may be an end, or the edge itself.
            Self::Edge(kind, end) => {
                let here = |edge: Edge<'_>| end.other().of(&edge);
                let edge = project.edge(EdgeId(id)).filter(|edge| edge.kind() == kind).map(here);
                let from_end: Vec<EntityId> = match end {
                    End::Target => project.edges_to(id, kind).map(here).collect(),
                    End::Source => project.edges_from(id, kind).map(here).collect(),
                };
                edge.into_iter().chain(from_end).collect()
            }
        }
    }
}

fn of_test(test: &Test, before: &Chain, chains: &mut Vec<Chain>) {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| of_test(test, before, chains)),
        Test::Not(test) => of_test(test, before, chains),
        Test::Compare { left, right, .. } => {
            of_term(left, before, chains);
            of_term(right, before, chains);
        }
        Test::In { term, .. } | Test::Match { term, .. } | Test::IsNull(term) | Test::Is(term) => {
            of_term(term, before, chains);
        }
        Test::HasItem { via, .. } => _ = of_via(via, before, chains),
        // The entity itself alone.
        Test::Member(_) => {}
        Test::Exists(related) => of_related(related, before, chains),
    }
}

fn of_term(term: &Term, before: &Chain, chains: &mut Vec<Chain>) {
    match term {
        Term::Const(_) => {}
        Term::Get(Get { via, .. }) => _ = of_via(via, before, chains),
        Term::Count(related) => of_related(related, before, chains),
    }
}

/// The chain after some references, each entity on the way being read.
fn of_via(via: &[Field], before: &Chain, chains: &mut Vec<Chain>) -> Chain {
    let mut chain = before.clone();
    for field in via {
        chain.push(Link::Forward(field.clone()));
        chains.push(chain.clone());
    }
    chain
}

fn of_related(related: &Related, before: &Chain, chains: &mut Vec<Chain>) {
    let chain = match &related.of {
        Many::From { table, field } => {
            let mut chain = before.clone();
            chain.push(Link::Back(table.clone(), field.clone()));
            chains.push(chain.clone());
            chain
        }
        Many::Edges { kind, end } => {
            let mut chain = before.clone();
            chain.push(Link::Edge(kind.clone(), *end));
            chains.push(chain.clone());
            chain
        }
        Many::Rows { via, .. } | Many::Entries { via, .. } => of_via(via, before, chains),
    };
    // A filter on rows reads nothing but the row.
    if let (Many::From { .. } | Many::Edges { .. }, Some(filter)) = (&related.of, &related.filter) {
        of_test(filter, &chain, chains);
    }
}
