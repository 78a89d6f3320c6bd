//! How a query is run: which index is walked, and what is left to test and sort.

use std::fmt;
use std::ops::RangeInclusive;

use protocol::{EntityId, Value};

use super::ast::{Comparison, Direction};
use super::compile::{Compiled, Get, Last, Term, Test};
use super::types::{self, Type};
use super::value::{Const, Datum};
use crate::project::{ANY_ORDER, Project, order_key};
use crate::schema::{FieldKind, TableDescriptor};

/// The way that a query is run.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) access: Access,
    /// Order keys that can count; see [`order_key`].
    pub(super) range: RangeInclusive<i64>,
    /// Tests of the query that the walk does not answer already, by place.
    pub(super) left: Vec<usize>,
    pub(super) sorting: Sorting,
}

/// Which entities are looked at.
#[derive(Clone, Debug)]
pub(super) enum Access {
    /// These.
    Ids(Vec<EntityId>),
    /// Those that name one of these by a field.
    Referring { field: &'static str, targets: Vec<EntityId> },
    /// Those that name, by a field, an entity that passes a test of its own: the test with the given place, one
    /// reference shorter.
    Through { field: &'static str, tables: Vec<&'static TableDescriptor>, test: Box<Test> },
    /// All of the table.
    Table,
}

/// Whether the walk gives the order that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sorting {
    /// It does, walked this way: a limit stops it.
    Walk(Direction),
    /// It does not.
    Sort,
}

impl Plan {
    pub(super) fn new(compiled: &Compiled, project: &Project) -> Self {
        let table = compiled.table;
        let mut range = ANY_ORDER;
        let mut left = Vec::new();
        let mut access: Option<(usize, Access)> = None;
        for (place, test) in compiled.tests.iter().enumerate() {
            if let Some(part) = order_range(table, test) {
                range = *range.start().max(part.start())..=*range.end().min(part.end());
                continue;
            }
            left.push(place);
            let Some(found) = Access::for_test(compiled, project, test) else { continue };
            if access.as_ref().is_none_or(|(_, known)| found.rank() < known.rank()) {
                access = Some((place, found));
            }
        }
        let access = access.map_or(Access::Table, |(place, access)| {
            left.retain(|&left| left != place);
            access
        });
        // Walks over one table or one target are in the table's order.
        let in_order = match &access {
            Access::Table => true,
            Access::Referring { targets, .. } | Access::Ids(targets) => targets.len() <= 1,
            Access::Through { .. } => false,
        };
        let wanted = match &compiled.order[..] {
            [] => Some(Direction::Ascending),
            [(term, direction)] if is_order_field(table, term) => Some(*direction),
            _ => None,
        };
        let sorting = match wanted {
            Some(direction) if in_order => Sorting::Walk(direction),
            _ => Sorting::Sort,
        };
        Self { access, range, left, sorting }
    }
}

/// Whether a term is the field that a table is ordered by.
fn is_order_field(table: &TableDescriptor, term: &Term) -> bool {
    own_field(term).is_some_and(|field| table.order_by == Some(field))
}

/// The field of the entity itself that a term reads.
fn own_field(term: &Term) -> Option<&'static str> {
    let Term::Get(Get { via, last: Last::Field(field) }) = term else { return None };
    field.slots.first().filter(|_| via.is_empty() && field.key.is_none()).map(|slot| slot.field)
}

/// The order keys that pass a test, if they are all that it asks for.
fn order_range(table: &TableDescriptor, test: &Test) -> Option<RangeInclusive<i64>> {
    let Test::Compare { left, op, right: Term::Const(value) } = test else { return None };
    if !is_order_field(table, left) {
        return None;
    }
    let kind = table.order_by.and_then(|field| table.field(field)).map(|field| &field.kind)?;
    let key = match (kind, value.datum()) {
        (FieldKind::Beats { .. }, Datum::Beats(ticks)) => ticks,
        (FieldKind::Int { .. }, Datum::Int(number)) => number,
        (FieldKind::Float { .. }, Datum::Float(number)) => order_key(&Value::Float(number))?,
        #[expect(clippy::cast_precision_loss, reason = "exact in this range")]
        (FieldKind::Float { .. }, Datum::Int(number)) if number.unsigned_abs() < 1 << 53 => {
            order_key(&Value::Float(number as f64))?
        }
        _ => return None,
    };
    // An empty range where the key has no neighbour.
    #[expect(clippy::reversed_empty_ranges, reason = "nothing is below the lowest")]
    const NOTHING: RangeInclusive<i64> = 1..=0;
    Some(match op {
        Comparison::Equal => key..=key,
        Comparison::NotEqual => return None,
        Comparison::Less => key.checked_sub(1).map_or(NOTHING, |end| i64::MIN..=end),
        Comparison::AtMost => i64::MIN..=key,
        Comparison::Greater => key.checked_add(1).map_or(NOTHING, |start| start..=i64::MAX),
        Comparison::AtLeast => key..=i64::MAX,
    })
}

impl Access {
    /// Smaller is better.
    fn rank(&self) -> usize {
        match self {
            Self::Ids(ids) => ids.len(),
            Self::Referring { targets, .. } => targets.len().saturating_mul(16),
            Self::Through { .. } => usize::MAX / 2,
            Self::Table => usize::MAX,
        }
    }

    /// The walk that answers a test.
    fn for_test(compiled: &Compiled, project: &Project, test: &Test) -> Option<Self> {
        let table = compiled.table;
        let (term, values) = match test {
            Test::Compare { left, op: Comparison::Equal, right: Term::Const(value) } => {
                (left, std::slice::from_ref(value))
            }
            Test::In { term, list } => (term, &list[..]),
            Test::Compare { left, .. } => return Self::through(table, project, test, left),
            Test::Match { term, .. } => return Self::through(table, project, test, term),
            _ => return None,
        };
        let ids = || {
            let id = |value: &Const| match value.datum() {
                Datum::Ref(id) => Some(id),
                _ => None,
            };
            let mut ids = values.iter().map(id).collect::<Option<Vec<_>>>()?;
            ids.sort_unstable();
            ids.dedup();
            Some(ids)
        };
        if matches!(term, Term::Get(Get { via, last: Last::Id }) if via.is_empty()) {
            return Some(Self::Ids(ids()?));
        }
        match own_field(term) {
            Some(field) => Some(Self::Referring { field, targets: ids()? }),
            None => Self::through(table, project, test, term),
        }
    }

    /// The walk over the entities that a reference may name, if there are far fewer of them.
    fn through(table: &TableDescriptor, project: &Project, test: &Test, term: &Term) -> Option<Self> {
        let Term::Get(Get { via, last }) = term else { return None };
        let (first, rest) = via.split_first()?;
        let [slot] = &first.slots[..] else { return None };
        let Type::Ref(tables) = Type::of(&table.field(slot.field)?.kind) else { return None };
        let targets: usize = tables.iter().map(|table| project.count(table.name)).sum();
        if targets.saturating_mul(4) > project.count(table.name) {
            return None;
        }
        let shorter = Term::Get(Get { via: rest.to_vec(), last: last.clone() });
        let test = match test {
            Test::Compare { op, right: right @ Term::Const(value), .. } if !holds_of_nothing(*op, value) => {
                Test::Compare { left: shorter, op: *op, right: right.clone() }
            }
            Test::In { list, .. } if !list.contains(&Const::NULL) => {
                Test::In { term: shorter, list: list.clone() }
            }
            Test::Match { pattern, .. } => Test::Match { term: shorter, pattern: pattern.clone() },
            _ => return None,
        };
        Some(Self::Through { field: slot.field, tables, test: Box::new(test) })
    }
}

/// Whether a comparison may hold where the reference is unset, so that there is nothing to come from.
fn holds_of_nothing(op: Comparison, value: &Const) -> bool {
    op.holds(Datum::Null, value.datum())
}

/// How a query is run, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is walked, such as `clips by track, start from 16 beats`.
    pub walk: String,
    /// How many tests each entity on the walk is put to.
    pub tests: usize,
    /// Whether the results are sorted after the walk.
    pub sorts: bool,
    /// After how many results the walk stops, if it need not go to the end.
    pub stops_after: Option<usize>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "walk {}", self.walk)?;
        if self.tests > 0 {
            write!(f, "; {} test(s) each", self.tests)?;
        }
        f.write_str(if self.sorts { "; sort" } else { "; in order" })?;
        self.stops_after.map_or(Ok(()), |most| write!(f, "; stop after {most}"))
    }
}

impl Plan {
    pub(super) fn explain(&self, compiled: &Compiled) -> Explanation {
        let table = compiled.table;
        let mut walk = match &self.access {
            Access::Ids(ids) => format!("{} id(s) of {}", ids.len(), table.name),
            Access::Referring { field, targets } => {
                format!("{} by {field} ({} of them)", table.name, targets.len())
            }
            Access::Through { field, tables, .. } => {
                format!("{} by {field}, of the {} that pass", table.name, types::names(tables).join(" and "))
            }
            Access::Table => table.name.to_owned(),
        };
        if self.range != ANY_ORDER {
            walk += &format!(", a range of {}", table.order_by.unwrap_or("id"));
        }
        let walks = self.sorting != Sorting::Sort;
        let stops_after = compiled.limit.filter(|_| walks).map(|limit| limit.saturating_add(compiled.offset));
        Explanation { walk, tests: self.left.len(), sorts: !walks, stops_after }
    }
}
