//! How a query is run: which index is walked, and what is left to test and sort.

use std::cmp::Ordering;
use std::fmt;
use std::ops::RangeInclusive;

use protocol::{Beats, EntityId, Value};

use super::ast::{Comparison, Direction};
use super::compile::{Compiled, Get, Last, Term, Test};
use super::field::Field;
use super::types::Table;
use super::value::{Const, Datum};
use crate::entity::Name;
use crate::project::{ANY_ORDER, Key, Place, Project};
use crate::schema::FieldKind;

/// The way that a query is run.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) access: Access,
    /// Order keys that can count: numbers that sort as the values do.
    pub(super) range: RangeInclusive<i64>,
    /// Tests of the query that the walk does not answer already, by place.
    pub(super) left: Vec<usize>,
    pub(super) sorting: Sorting,
}

/// Which entities are looked at. They may be of other tables too.
#[derive(Clone, Debug)]
pub(super) enum Access {
    /// These.
    Ids(Vec<EntityId>),
    /// Those that name one of these by a field.
    Referring { field: Field, targets: Vec<EntityId> },
    /// Those that an index has under these keys of a field.
    Values { field: Field, place: Place, keys: Vec<RangeInclusive<Key>> },
    /// Those that name, by a field, an entity of some tables that passes a test of its own: the test with the given
    /// place, one reference shorter.
    Through { field: Field, tables: Vec<Name>, test: Box<Test> },
    /// All of a user's table that the query is not over.
    Members(Name),
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
        let table = &compiled.table;
        let mut range = ANY_ORDER;
        let mut left = Vec::new();
        let mut access: Option<(usize, Access)> = None;
        for (place, test) in compiled.tests.iter().enumerate() {
            if let Some(part) = order_range(table, test) {
                range = *range.start().max(part.start())..=*range.end().min(part.end());
                continue;
            }
            left.push(place);
            let Some(found) = Access::for_test(table, project, test) else { continue };
            let narrowed = access.as_mut().is_some_and(|(_, known)| known.narrow(&found));
            let better = |(_, known): &(usize, Access)| found.rank(project) < known.rank(project);
            if !narrowed && access.as_ref().is_none_or(better) {
                access = Some((place, found));
            }
        }
        let access = access.map_or(Access::Table, |(place, access)| {
            if access.answers() {
                left.retain(|&left| left != place);
            }
            access
        });
        // Walks over one table or one target are in the table's order.
        let in_order = match &access {
            Access::Table => true,
            Access::Ids(ids) => ids.len() <= 1,
            Access::Referring { field, targets } => targets.len() <= 1 && is_field_of(table, field),
            Access::Values { .. } | Access::Through { .. } | Access::Members(_) => false,
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

/// Whether a table has a field among its own, rather than in a user's table.
fn is_field_of(table: &Table, field: &Field) -> bool {
    matches!(table, Table::BuiltIn(table) if field.name_in(table).is_some())
}

/// Whether a term is the field that a table is ordered by.
fn is_order_field(table: &Table, term: &Term) -> bool {
    let Table::BuiltIn(table) = table else { return false };
    table.order_by.is_some() && own_field(term).and_then(|field| field.name_in(table)) == table.order_by
}

/// The field of the entity itself that a term reads.
fn own_field(term: &Term) -> Option<&Field> {
    match term {
        Term::Get(Get { via, last: Last::Field(field) }) if via.is_empty() => Some(field),
        _ => None,
    }
}

/// The order keys that pass a test, if they are all that it asks for.
fn order_range(table: &Table, test: &Test) -> Option<RangeInclusive<i64>> {
    let Test::Compare { left, op, right: Term::Const(value) } = test else { return None };
    if !is_order_field(table, left) {
        return None;
    }
    let Key::Number(key) = key(own_field(left)?.kind()?, value)? else { return None };
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

/// The key under which entities with a value stand, if comparing keys is comparing values.
fn key(kind: &FieldKind, value: &Const) -> Option<Key> {
    let value = match (kind, value.datum()) {
        (FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. }, Datum::Beats(ticks)) => {
            Value::Beats(Beats(ticks))
        }
        (FieldKind::Int { .. }, Datum::Int(number)) => Value::Int(number),
        (FieldKind::Float { .. }, Datum::Float(number)) => Value::Float(number),
        #[expect(clippy::cast_precision_loss, reason = "exact in this range")]
        (FieldKind::Float { .. }, Datum::Int(number)) if number.unsigned_abs() < 1 << 53 => {
            Value::Float(number as f64)
        }
        (FieldKind::Bool { .. }, Datum::Bool(on)) => Value::Bool(on),
        (FieldKind::Text { .. } | FieldKind::Choice { .. }, Datum::Text(text)) => {
            Value::Text(text.to_owned())
        }
        (FieldKind::Ref { .. }, Datum::Ref(id)) => Value::Ref(id),
        _ => return None,
    };
    Key::of(&value)
}

impl Access {
    /// About how many entities are walked.
    fn rank(&self, project: &Project) -> usize {
        match self {
            Self::Ids(ids) => ids.len(),
            Self::Referring { targets, .. } => targets.len().saturating_mul(16),
            Self::Values { field, keys, .. } => match keys[..] {
                [ref keys] if keys.start() != keys.end() => {
                    field.user_table().map_or(usize::MAX / 4, |table| project.count(table) / 3)
                }
                _ => keys.len().saturating_mul(32),
            },
            Self::Members(table) => project.count(table),
            Self::Through { .. } => usize::MAX / 2,
            Self::Table => usize::MAX,
        }
    }

    /// Whether all that is walked passes the test that it was made for.
    fn answers(&self) -> bool {
        // An index has the beginnings of long texts alone, and bounds with what is to be left out.
        !matches!(self, Self::Values { .. })
    }

    /// Takes in another bound of the same values; or says that it is something else.
    fn narrow(&mut self, other: &Self) -> bool {
        let (Self::Values { place, keys, .. }, Self::Values { place: of, keys: more, .. }) = (self, other)
        else {
            return false;
        };
        let ([one], [other]) = (&mut keys[..], &more[..]) else { return false };
        if place != of {
            return false;
        }
        let start = one.start().max(other.start()).clone();
        *one = start..=one.end().min(other.end()).clone();
        true
    }

    /// The walk that answers a test.
    fn for_test(table: &Table, project: &Project, test: &Test) -> Option<Self> {
        let (term, values) = match test {
            Test::Compare { left, op: Comparison::Equal, right: Term::Const(value) } => {
                (left, std::slice::from_ref(value))
            }
            Test::In { term, list } => (term, &list[..]),
            Test::Compare { left, op, right: Term::Const(value) } => {
                let range = || Self::range(left, *op, value);
                return Self::through(table, project, test, left).or_else(range);
            }
            Test::Compare { left: term, .. } | Test::Match { term, .. } => {
                return Self::through(table, project, test, term);
            }
            Test::Member(of) => {
                return (project.count(of) < project.count(table.name())).then(|| Self::Members(of.clone()));
            }
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
        let Some(field) = own_field(term) else { return Self::through(table, project, test, term) };
        match ids() {
            Some(targets) => Some(Self::Referring { field: field.clone(), targets }),
            None => Self::values(field, values),
        }
    }

    /// The walk over those that an index has under some values.
    fn values(field: &Field, values: &[Const]) -> Option<Self> {
        let (place, default) = field.index()?;
        if values.iter().any(|value| value.datum().order(default) == Ordering::Equal) {
            return None;
        }
        let kind = field.kind()?;
        let mut keys = values.iter().map(|value| key(kind, value)).collect::<Option<Vec<_>>>()?;
        keys.sort_unstable();
        keys.dedup();
        let keys = keys.into_iter().map(|key| key.clone()..=key).collect();
        Some(Self::Values { field: field.clone(), place, keys })
    }

    /// The walk over those that an index has on one side of a value.
    fn range(term: &Term, op: Comparison, value: &Const) -> Option<Self> {
        let field = own_field(term)?;
        let (place, default) = field.index()?;
        if op == Comparison::NotEqual || op.holds(default, value.datum()) {
            return None;
        }
        let key = key(field.kind()?, value)?;
        let keys = match op {
            Comparison::Less | Comparison::AtMost => Key::Lowest..=key,
            _ => key..=Key::Highest,
        };
        Some(Self::Values { field: field.clone(), place, keys: vec![keys] })
    }

    /// The walk over the entities that a reference may name, if there are far fewer of them.
    fn through(table: &Table, project: &Project, test: &Test, term: &Term) -> Option<Self> {
        let Term::Get(Get { via, last }) = term else { return None };
        let (first, rest) = via.split_first()?;
        let tables: Vec<Name> =
            first.targets(project.schema())?.names().into_iter().map(Name::from).collect();
        // What left a user's table may still be referred to.
        if tables.iter().any(|table| crate::schema::table(table).is_none()) {
            return None;
        }
        let targets: usize = tables.iter().map(|table| project.count(table)).sum();
        if targets.saturating_mul(4) > project.count(table.name()) {
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
        Some(Self::Through { field: first.clone(), tables, test: Box::new(test) })
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
        let table = compiled.table.name();
        let mut walk = match &self.access {
            Access::Ids(ids) => format!("{} id(s) of {table}", ids.len()),
            Access::Referring { field, targets } => {
                format!("{table} by {} ({} of them)", field.described(), targets.len())
            }
            Access::Values { field, keys, .. } => match keys[..] {
                [ref keys] if keys.start() != keys.end() => {
                    format!("{table}, a range of {}", field.described())
                }
                _ => format!("{table} by {} ({} value(s))", field.described(), keys.len()),
            },
            Access::Through { field, tables, .. } => {
                format!("{table} by {}, of the {} that pass", field.described(), tables.join(" and "))
            }
            Access::Members(of) => format!("{table} that are in {of}"),
            Access::Table => table.to_owned(),
        };
        if self.range != ANY_ORDER {
            walk += &format!(", a range of {}", compiled.table.order_by().unwrap_or("id"));
        }
        let walks = self.sorting != Sorting::Sort;
        let stops_after = compiled.limit.filter(|_| walks).map(|limit| limit.saturating_add(compiled.offset));
        Explanation { walk, tests: self.left.len(), sorts: !walks, stops_after }
    }
}
