//! From the tree and the parameters to what can be evaluated: types are checked, values brought into the form of the
//! fields that they are compared with. What names mean is in `resolve`.
//!
//! This file is long because every kind of term is compiled by one recursion, with its error beside it.

use protocol::{Beats, EntityId, Value};

use super::Param as Bound;
use super::ast::{
    Amount, Ast, At, Comparison, Condition, Direction, Likeness, List, Literal, Operand, Param, Path, Step,
};
use super::error::{QueryError, QueryProblem, nearest};
use super::field::Field;
use super::pattern::{MAX_BLANKS, Pattern};
use super::types::{Column, Scope, Table, Tables, Type};
use super::value::{Const, Datum};
use crate::entity::Name;
use crate::schema::Schema;
use crate::view::Edge;

/// A query that can be run.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) table: Table,
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
    /// An entity is in a user's table.
    Member(Name),
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
    /// What is known of the edge that leads to the entity, by key.
    OfEdge(String),
}

/// Several things, of which those count that pass a test.
#[derive(Clone, Debug)]
pub(super) struct Related {
    pub(super) of: Many,
    pub(super) filter: Option<Box<Test>>,
}

#[derive(Clone, Debug)]
pub(super) enum Many {
    /// The entities of a table whose field names this one.
    From { table: Table, field: Field },
    /// Where edges of a kind lead to, or come from.
    Edges { kind: String, end: End },
    /// The rows of a field.
    Rows { via: Vec<Field>, field: Field },
    /// The items of a list, or the entries of what goes by key.
    Entries { via: Vec<Field>, field: Field },
}

/// The end of an edge that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Source,
    Target,
}

impl End {
    pub(super) fn of(self, edge: &Edge<'_>) -> EntityId {
        match self {
            Self::Source => edge.source(),
            Self::Target => edge.target(),
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Source => Self::Target,
            Self::Target => Self::Source,
        }
    }
}

pub(super) type Checked<T> = Result<T, QueryError>;

/// Compiles a query over `text`, for error messages, with its parameters.
pub(super) fn compile(text: &str, ast: &Ast, params: &[Bound], schema: Schema<'_>) -> Checked<Compiled> {
    let compiler = Compiler { text, params, schema };
    let mut conditions = Vec::new();
    flatten(&ast.condition, &mut conditions);
    let (table, others) = compiler.table(&conditions)?;
    let scope = Scope::Entities(Tables::one(table.clone()));
    let own = conditions.iter().filter(|condition| named_table(condition).is_none());
    let own = own.map(|condition| compiler.test(&scope, condition));
    let tests = others.into_iter().map(|name| Ok(Test::Member(name))).chain(own).collect::<Checked<_>>()?;
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
pub(super) fn named_table(condition: &Condition) -> Option<&Operand> {
    let Condition::Compare { left, op: Comparison::Equal, right } = condition else { return None };
    let is_table = |operand: &Operand| match operand {
        Operand::Path(Path { steps }) => {
            matches!(&steps[..], [Step { name, inner }] if name.text == "table" && inner.is_empty())
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

pub(super) struct Compiler<'a> {
    text: &'a str,
    params: &'a [Bound],
    pub(super) schema: Schema<'a>,
}

impl Compiler<'_> {
    pub(super) fn fault(&self, at: At, problem: QueryProblem) -> QueryError {
        QueryError::at(self.text, at.0, problem)
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

    pub(super) fn wrong_type(
        &self,
        at: At,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> QueryError {
        self.fault(at, QueryProblem::WrongType { expected: expected.into(), found: found.into() })
    }

    pub(super) fn test(&self, scope: &Scope, condition: &Condition) -> Checked<Test> {
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
        if let Some(test) = self.membership(scope, left, op, right) {
            return Ok(test);
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
    pub(super) fn constant(&self, operand: &Operand, ty: &Type) -> Checked<Const> {
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
