//! From the tree and the parameters to what can be evaluated: names are looked up in the schema, types checked, values
//! brought into the form of the fields that they are compared with.
//!
//! This file is long because every kind of term is compiled by one recursion, with its error beside it.

use protocol::{Beats, Value};

use super::Param as Bound;
use super::ast::{
    Amount, Ast, At, Comparison, Condition, Direction, Likeness, List, Literal, Name as Word, Operand, Param,
    Path, Related as RelatedAst, Relation, Step,
};
use super::error::{QueryError, QueryProblem, nearest};
use super::pattern::{MAX_BLANKS, Pattern};
use super::types::{Column, Field, Scope, Type, names};
use super::value::{Const, Datum};
use crate::entity::Name;
use crate::schema::{self, TABLES, TableDescriptor};

/// A query that can be run.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) table: &'static TableDescriptor,
    /// All must hold.
    pub(super) tests: Vec<Test>,
    pub(super) order: Vec<(Term, Direction)>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

/// Something that holds or not.
#[derive(Clone, Debug)]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// A constant is always on the right.
    Compare {
        left: Term,
        op: Comparison,
        right: Term,
    },
    In {
        term: Term,
        /// Sorted by [`Datum::order`].
        list: Vec<Const>,
    },
    Match {
        term: Term,
        pattern: Pattern,
    },
    /// A list has an item.
    HasItem {
        via: Vec<Field>,
        field: Field,
        item: Const,
    },
    IsNull(Term),
    Exists(Related),
    Is(Term),
}

/// A value, where the item it is of is known.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Const(Const),
    Get(Get),
    Count(Related),
}

/// What leads to a value.
#[derive(Clone, Debug)]
pub(super) struct Get {
    /// References to follow.
    pub(super) via: Vec<Field>,
    pub(super) last: Last,
}

#[derive(Clone, Debug)]
pub(super) enum Last {
    Field(Field),
    Id,
    Table,
    Column(Column),
}

/// Several things, of which those count that pass a test.
#[derive(Clone, Debug)]
pub(super) struct Related {
    pub(super) of: Many,
    pub(super) filter: Option<Box<Test>>,
}

#[derive(Clone, Debug)]
pub(super) enum Many {
    /// The entities whose field names this one.
    From { table: &'static TableDescriptor, field: &'static str },
    /// The rows of a field.
    Rows { via: Vec<Field>, field: Field },
    /// The items of a list, or the entries of what goes by key.
    Entries { via: Vec<Field>, field: Field },
}

type Checked<T> = Result<T, QueryError>;

/// Compiles a query over `text`, for error messages, with its parameters.
pub(super) fn compile(text: &str, ast: &Ast, params: &[Bound]) -> Checked<Compiled> {
    let compiler = Compiler { text, params };
    let mut conditions = Vec::new();
    flatten(&ast.condition, &mut conditions);
    let table = compiler.table(&conditions)?;
    let scope = Scope::Entities(vec![table]);
    let tests = conditions
        .iter()
        .filter(|condition| named_table(condition).is_none())
        .map(|condition| compiler.test(&scope, condition))
        .collect::<Checked<_>>()?;
    let order = ast.order.iter().map(|order| {
        let (term, ty) = compiler.term(&scope, &order.key)?;
        if ty.sorts() {
            Ok((term, order.direction))
        } else {
            let expected = "a field with one value, or COUNT(...)".to_owned();
            Err(compiler.fault(order.key.at(), QueryProblem::WrongType { expected, found: ty.described() }))
        }
    });
    let order = order.collect::<Checked<_>>()?;
    let amount = |amount: &Option<Amount>| amount.map(|amount| compiler.amount(amount)).transpose();
    Ok(Compiled {
        table,
        tests,
        order,
        limit: amount(&ast.limit)?,
        offset: amount(&ast.offset)?.unwrap_or(0),
    })
}

/// What is joined by AND at the top.
fn flatten<'a>(condition: &'a Condition, into: &mut Vec<&'a Condition>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| flatten(part, into)),
        other => into.push(other),
    }
}

/// The value in `table == 'tracks'`.
fn named_table(condition: &Condition) -> Option<&Operand> {
    let Condition::Compare { left, op: Comparison::Equal, right } = condition else { return None };
    let is_table = |operand: &Operand| match operand {
        Operand::Path(Path { steps }) => {
            matches!(&steps[..], [Step { name, inner: None }] if name.text == "table")
        }
        _ => false,
    };
    let is_value = |operand: &Operand| matches!(operand, Operand::Literal(..) | Operand::Param(_));
    match (is_table(left) && is_value(right), is_table(right) && is_value(left)) {
        (true, _) => Some(right),
        (_, true) => Some(left),
        _ => None,
    }
}

struct Compiler<'a> {
    text: &'a str,
    params: &'a [Bound],
}

impl Compiler<'_> {
    fn fault(&self, at: At, problem: QueryProblem) -> QueryError {
        QueryError::at(self.text, at.0, problem)
    }

    fn table(&self, conditions: &[&Condition]) -> Checked<&'static TableDescriptor> {
        let mut named = conditions.iter().filter_map(|condition| named_table(condition));
        let operand = named.next().ok_or_else(|| self.fault(At(0), QueryProblem::NoTable))?;
        if let Some(again) = named.next() {
            return Err(self.fault(again.at(), QueryProblem::TableNamedTwice));
        }
        match self.constant(operand, &Type::Text)? {
            Const::Text(name) => self.known_table(&Word { text: name, at: operand.at() }),
            Const::Other(_) => Err(self.fault(operand.at(), QueryProblem::NoTable)),
        }
    }

    fn known_table(&self, name: &Word) -> Checked<&'static TableDescriptor> {
        schema::table(&name.text).ok_or_else(|| {
            let suggestion = nearest(&name.text, TABLES.iter().map(|table| table.name));
            self.fault(name.at, QueryProblem::UnknownTable { name: name.text.clone(), suggestion })
        })
    }

    fn amount(&self, amount: Amount) -> Checked<usize> {
        let param = match amount {
            Amount::Given(number) => return Ok(usize::try_from(number).unwrap_or(usize::MAX)),
            Amount::Param(param) => param,
        };
        match self.bound(param) {
            Bound::Value(Value::Int(number)) if *number >= 0 => {
                Ok(usize::try_from(*number).unwrap_or(usize::MAX))
            }
            other => Err(self.wrong_type(param.at, "a whole number from 0", other.described())),
        }
    }

    fn bound(&self, param: Param) -> &Bound {
        &self.params[param.index]
    }

    fn wrong_type(&self, at: At, expected: impl Into<String>, found: impl Into<String>) -> QueryError {
        self.fault(at, QueryProblem::WrongType { expected: expected.into(), found: found.into() })
    }

    fn test(&self, scope: &Scope, condition: &Condition) -> Checked<Test> {
        let all = |parts: &[Condition]| {
            parts.iter().map(|part| self.test(scope, part)).collect::<Checked<Vec<_>>>()
        };
        Ok(match condition {
            Condition::All(parts) => Test::All(all(parts)?),
            Condition::Any(parts) => Test::Any(all(parts)?),
            Condition::Not(inner) => Test::Not(Box::new(self.test(scope, inner)?)),
            Condition::Compare { left, op, right } => self.compare(scope, left, *op, right)?,
            Condition::In { operand, list } => {
                let (term, ty) = self.comparable(scope, operand)?;
                let mut list = self.list(list, &ty)?;
                list.sort_by(|a, b| a.datum().order(b.datum()));
                Test::In { term, list }
            }
            Condition::Match { operand, how, pattern } => {
                let (term, ty) = self.term(scope, operand)?;
                if let (Type::List, Likeness::Contains, Term::Get(Get { via, last: Last::Field(field) })) =
                    (&ty, how, &term)
                {
                    let (via, field) = (via.clone(), field.clone());
                    return Ok(Test::HasItem { via, field, item: self.constant(pattern, &Type::Any)? });
                }
                if !matches!(ty, Type::Text | Type::Choice(_) | Type::Any) {
                    return Err(self.wrong_type(operand.at(), "text", ty.described()));
                }
                Test::Match { term, pattern: self.pattern(*how, pattern)? }
            }
            Condition::IsNull(operand) => Test::IsNull(self.term(scope, operand)?.0),
            Condition::Exists(related) => Test::Exists(self.related(scope, related)?),
            Condition::Is(operand) => {
                let (term, ty) = self.term(scope, operand)?;
                if !matches!(ty, Type::Bool) {
                    let expected = format!("a comparison: '{operand}' is {}", ty.described());
                    return Err(self.wrong_type(operand.at(), expected, "nothing to compare with"));
                }
                Test::Is(term)
            }
        })
    }

    fn compare(&self, scope: &Scope, left: &Operand, op: Comparison, right: &Operand) -> Checked<Test> {
        let is_value = |operand: &Operand| matches!(operand, Operand::Literal(..) | Operand::Param(_));
        if is_value(left) {
            if is_value(right) {
                return Err(self.wrong_type(left.at(), "a field on one side", "two values"));
            }
            return self.compare(scope, right, op.mirrored(), left);
        }
        let (left_term, ty) = self.comparable(scope, left)?;
        if !op.is_equality() && !ty.has_order() {
            return Err(self.wrong_type(left.at(), "== or !=", format!("'{op}' on {}", ty.described())));
        }
        let right_term = if is_value(right) {
            let value = self.constant(right, &ty)?;
            if !op.is_equality() && value == Const::NULL {
                return Err(self.wrong_type(right.at(), ty.described(), "null"));
            }
            Term::Const(value)
        } else {
            let (term, other) = self.comparable(scope, right)?;
            if !ty.fits(&other) {
                return Err(self.wrong_type(right.at(), ty.described(), other.described()));
            }
            term
        };
        Ok(Test::Compare { left: left_term, op, right: right_term })
    }

    /// A term that can be compared with another.
    fn comparable(&self, scope: &Scope, operand: &Operand) -> Checked<(Term, Type)> {
        let (term, ty) = self.term(scope, operand)?;
        match ty {
            Type::List => {
                let expected = format!("{operand} CONTAINS ... or COUNT({operand})");
                Err(self.wrong_type(operand.at(), expected, ty.described()))
            }
            Type::Numbers | Type::Properties => {
                let expected = format!("one of them: {operand}.key");
                Err(self.wrong_type(operand.at(), expected, ty.described()))
            }
            Type::Rows(_) => {
                let expected = format!("COUNT({operand}) or EXISTS({operand} WHERE ...)");
                Err(self.wrong_type(operand.at(), expected, ty.described()))
            }
            ty => Ok((term, ty)),
        }
    }

    fn term(&self, scope: &Scope, operand: &Operand) -> Checked<(Term, Type)> {
        match operand {
            Operand::Path(path) => {
                let (get, ty) = self.path(scope, path)?;
                Ok((Term::Get(get), ty))
            }
            Operand::Count(related) => Ok((Term::Count(self.related(scope, related)?), Type::Number)),
            Operand::Literal(_, at) | Operand::Param(Param { at, .. }) => {
                Err(self.wrong_type(*at, "a field", "a value"))
            }
        }
    }

    fn path(&self, scope: &Scope, path: &Path) -> Checked<(Get, Type)> {
        let Some((last, before)) = path.steps.split_last() else {
            return Err(self.fault(At(0), QueryProblem::NoTable));
        };
        let mut scope = scope.clone();
        let mut via = Vec::new();
        for step in before {
            let (last, ty) = self.step(&scope, step)?;
            match (last, ty) {
                (Last::Field(field), Type::Ref(tables)) => {
                    via.push(field);
                    scope = Scope::Entities(tables);
                }
                (_, ty) => {
                    let (name, holds) = (step.to_string(), ty.described());
                    return Err(self.fault(step.name.at, QueryProblem::NotAReference { name, holds }));
                }
            }
        }
        let (last, ty) = self.step(&scope, last)?;
        Ok((Get { via, last }, ty))
    }

    fn step(&self, scope: &Scope, step: &Step) -> Checked<(Last, Type)> {
        let name = &step.name.text;
        let unknown = |at: At, name: &str, of: String, known: &mut dyn Iterator<Item = &'static str>| {
            let (name, suggestion) = (name.to_owned(), nearest(name, known));
            self.fault(at, QueryProblem::UnknownField { name, of, suggestion })
        };
        let (last, ty) = match scope {
            Scope::Rows(rows) => {
                let columns = rows.columns();
                let found = columns.iter().find(|(known, _)| known == name);
                let &(_, column) = found.ok_or_else(|| {
                    let of = Type::Rows(*rows).described();
                    unknown(step.name.at, name, of, &mut columns.iter().map(|(known, _)| *known))
                })?;
                (Last::Column(column), column.ty())
            }
            Scope::Entities(tables) => match Field::find(tables, name) {
                Some((field, ty)) => (Last::Field(field), ty),
                None if name == "id" => (Last::Id, Type::Ref(tables.clone())),
                None if name == "table" => {
                    (Last::Table, Type::Choice(names(tables).into_iter().map(Name::fixed).collect()))
                }
                None => {
                    let of = format!("'{}'", names(tables).join("' or '"));
                    let known = tables.iter().flat_map(|table| table.fields).map(|field| field.name);
                    let mut known = known.chain(["id", "table"]);
                    return Err(unknown(step.name.at, name, of, &mut known));
                }
            },
        };
        match (&step.inner, last, ty) {
            (None, last, ty) => Ok((last, ty)),
            (Some(key), Last::Field(field), Type::Numbers) => {
                Ok((Last::Field(Field { key: Some(key.text.clone()), ..field }), Type::Number))
            }
            (Some(key), Last::Field(field), Type::Properties) => {
                Ok((Last::Field(Field { key: Some(key.text.clone()), ..field }), Type::Any))
            }
            (Some(inner), _, Type::Ref(_)) => {
                let expected = format!("an arrow: {}->{inner}", step.name);
                Err(self.wrong_type(inner.at, expected, "a dot"))
            }
            (Some(_), _, ty) => {
                let (name, holds) = (step.name.to_string(), ty.described());
                Err(self.fault(step.name.at, QueryProblem::NotAReference { name, holds }))
            }
        }
    }

    fn related(&self, scope: &Scope, related: &RelatedAst) -> Checked<Related> {
        let (of, inner) = match &related.of {
            Relation::From { table, field } => self.from(scope, table, field)?,
            Relation::Out(kind) | Relation::In(kind) => {
                let name = kind.text.clone();
                return Err(self.fault(kind.at, QueryProblem::UnknownEdge { name }));
            }
            Relation::Content(path) => {
                let (get, ty) = self.path(scope, path)?;
                match (get, ty) {
                    (Get { via, last: Last::Field(field) }, Type::Rows(rows)) => {
                        (Many::Rows { via, field }, Scope::Rows(rows))
                    }
                    (
                        Get { via, last: Last::Field(field) },
                        Type::Numbers | Type::Properties | Type::List,
                    ) if related.filter.is_none() => {
                        return Ok(Related { of: Many::Entries { via, field }, filter: None });
                    }
                    (_, ty) => {
                        let expected = "notes, points, or a table and what it names this by: clips<-track";
                        return Err(self.wrong_type(path.at(), expected, ty.described()));
                    }
                }
            }
        };
        let filter = related.filter.as_ref().map(|filter| self.test(&inner, filter)).transpose()?;
        Ok(Related { of, filter: filter.map(Box::new) })
    }

    /// `table<-field`.
    fn from(&self, scope: &Scope, table: &Word, field: &Step) -> Checked<(Many, Scope)> {
        let table = self.known_table(table)?;
        let inner = Scope::Entities(vec![table]);
        let (last, ty) = self.step(&inner, field)?;
        let (Last::Field(found), Type::Ref(targets)) = (last, &ty) else {
            let expected = format!("a reference of '{}'", table.name);
            return Err(self.wrong_type(field.name.at, expected, ty.described()));
        };
        let fits = match scope {
            Scope::Entities(here) => {
                here.iter().any(|here| targets.iter().any(|target| target.name == here.name))
            }
            Scope::Rows(_) => false,
        };
        let field_name = found.slots.first().map(|slot| slot.field);
        match field_name.filter(|_| fits) {
            Some(field) => Ok((Many::From { table, field }, inner)),
            None => {
                let here = match scope {
                    Scope::Entities(tables) => names(tables).join(" or "),
                    Scope::Rows(rows) => Type::Rows(*rows).described(),
                };
                let expected = format!("a reference to {here}");
                Err(self.wrong_type(field.name.at, expected, ty.described()))
            }
        }
    }

    fn list(&self, list: &List, ty: &Type) -> Checked<Vec<Const>> {
        match list {
            List::Given(items) => items.iter().map(|item| self.constant(item, ty)).collect(),
            List::Param(param) => match self.bound(*param) {
                Bound::List(values) => values.iter().map(|value| self.value(param.at, value, ty)).collect(),
                Bound::Value(value) => {
                    Err(self.wrong_type(param.at, "a list", Bound::Value(value.clone()).described()))
                }
            },
        }
    }

    /// A literal or parameter, in the form of what it is compared with.
    fn constant(&self, operand: &Operand, ty: &Type) -> Checked<Const> {
        match operand {
            Operand::Literal(literal, at) => {
                let value = match literal {
                    Literal::Null => Value::Null,
                    Literal::Bool(on) => Value::Bool(*on),
                    Literal::Int(number) => Value::Int(*number),
                    Literal::Float(number) => Value::Float(*number),
                    Literal::Text(text) => Value::Text(text.clone()),
                    Literal::Beats(ticks) => Value::Beats(Beats(*ticks)),
                };
                self.value(*at, &value, ty)
            }
            Operand::Param(param) => match self.bound(*param) {
                Bound::Value(value) => self.value(param.at, value, ty),
                list @ Bound::List(_) => Err(self.wrong_type(param.at, ty.described(), list.described())),
            },
            other => Err(self.wrong_type(other.at(), "a value", "a field")),
        }
    }

    fn value(&self, at: At, value: &Value, ty: &Type) -> Checked<Const> {
        let wrong = || self.wrong_type(at, ty.described(), Bound::Value(value.clone()).described());
        Ok(Const::Other(match (ty, value) {
            (_, Value::Null) => Datum::Null,
            (Type::Bool, Value::Bool(on)) => Datum::Bool(*on),
            (Type::Number, Value::Int(number)) => Datum::Int(*number),
            (Type::Number, Value::Float(number)) if number.is_finite() => Datum::Float(*number),
            (Type::Beats, Value::Beats(beats)) => Datum::Beats(beats.0),
            (Type::Beats, Value::Int(beats)) => Datum::Beats(Beats::whole(*beats).0),
            (Type::Beats, Value::Float(beats)) if beats.is_finite() => {
                Datum::Beats(Beats::from_beats(*beats).0)
            }
            (Type::Ref(_), Value::Ref(id)) => Datum::Ref(*id),
            (Type::Ref(_), Value::Text(text)) => Datum::Ref(text.parse().map_err(|_| wrong())?),
            (Type::Blob, Value::Blob(hash)) => Datum::Blob(*hash),
            (Type::Blob, Value::Text(text)) => Datum::Blob(text.parse().map_err(|_| wrong())?),
            (Type::Text, Value::Text(text)) => return Ok(Const::Text(text.clone())),
            (Type::Any, value) => return Const::of(value).ok_or_else(wrong),
            (Type::Choice(words), Value::Text(text)) => {
                if !words.iter().any(|word| word.as_str() == text) {
                    let suggestion = nearest(text, words.iter().map(Name::as_str));
                    let words = words.iter().map(|word| word.as_str().to_owned()).collect();
                    let problem = QueryProblem::NotAChoice { found: text.clone(), words, suggestion };
                    return Err(self.fault(at, problem));
                }
                return Ok(Const::Text(text.clone()));
            }
            _ => return Err(wrong()),
        }))
    }

    fn pattern(&self, how: Likeness, operand: &Operand) -> Checked<Pattern> {
        let at = operand.at();
        let Const::Text(text) = self.constant(operand, &Type::Text)? else {
            return Err(self.wrong_type(at, "text", "null"));
        };
        match how {
            Likeness::Contains => Ok(Pattern::containing(&text)),
            Likeness::Like => Pattern::like(&text).map_err(|_| {
                let expected = format!("at most {MAX_BLANKS} characters between two % where there is a _");
                self.wrong_type(at, expected, "more")
            }),
        }
    }
}

impl Comparison {
    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// What it is with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::AtMost => Self::AtLeast,
            Self::Greater => Self::Less,
            Self::AtLeast => Self::AtMost,
            same @ (Self::Equal | Self::NotEqual) => same,
        }
    }
}
