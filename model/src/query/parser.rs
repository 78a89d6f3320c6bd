//! Text to tree, by recursive descent: one function per rule of the grammar in `docs/query.md`.
//!
//! Keywords are known by their place and in any case, so that fields may be called `order` or `offset`.
//!
//! This file is long because the grammar is read best in one place.

use protocol::Beats;

use super::ast::{
    Amount, Ast, At, Comparison, Condition, Direction, Likeness, List, Literal, Name, Operand, Order, Param,
    Path, Related, Relation, Step,
};
use super::error::{QueryError, QueryProblem};
use super::lexer::{Token, tokens};
use super::{MAX_DEPTH, MAX_TERMS, MAX_TEXT};

/// The tree of a text, and how many parameters it has.
pub(super) fn parse(text: &str) -> Result<(Ast, usize), QueryError> {
    if text.len() > MAX_TEXT {
        return Err(QueryError::general(QueryProblem::TooLong));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, next: 0, params: 0, depth: 0, terms: 0 };
    let ast = parser.query()?;
    Ok((ast, parser.params))
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, At)>,
    next: usize,
    params: usize,
    depth: usize,
    terms: usize,
}

type Parsed<T> = Result<T, QueryError>;

impl Parser<'_> {
    fn query(&mut self) -> Parsed<Ast> {
        if *self.token() == Token::End {
            return Err(self.fault(QueryProblem::NoTable));
        }
        let condition = self.condition()?;
        let order = if self.keyword("ORDER") {
            self.expect_keyword("BY")?;
            self.orders()?
        } else {
            Vec::new()
        };
        let limit = if self.keyword("LIMIT") { Some(self.amount()?) } else { None };
        let offset = if self.keyword("OFFSET") { Some(self.amount()?) } else { None };
        if *self.token() != Token::End {
            return Err(self.unexpected("a comparison, AND, OR, ORDER BY, LIMIT, OFFSET or the end"));
        }
        Ok(Ast { condition, order, limit, offset })
    }

    fn orders(&mut self) -> Parsed<Vec<Order>> {
        let mut orders = Vec::new();
        loop {
            let key = self.operand("a field to order by")?;
            if !matches!(key, Operand::Path(_) | Operand::Count(_)) {
                let expected = "a field or COUNT(...) to order by".to_owned();
                return Err(
                    self.fault_at(key.at(), QueryProblem::Expected { expected, found: "a value".into() })
                );
            }
            let descending = !self.keyword("ASC") && self.keyword("DESC");
            let direction = if descending { Direction::Descending } else { Direction::Ascending };
            orders.push(Order { key, direction });
            if !self.sign(",") {
                return Ok(orders);
            }
        }
    }

    fn amount(&mut self) -> Parsed<Amount> {
        if let Some(param) = self.param() {
            return Ok(Amount::Param(param));
        }
        match *self.token() {
            Token::Int(number) if u64::try_from(number).is_ok() => {
                self.next += 1;
                Ok(Amount::Given(number.unsigned_abs()))
            }
            _ => Err(self.unexpected("a whole number or ?")),
        }
    }

    fn condition(&mut self) -> Parsed<Condition> {
        self.chain("OR", Self::conjunction, Condition::Any)
    }

    fn conjunction(&mut self) -> Parsed<Condition> {
        self.chain("AND", Self::negation, Condition::All)
    }

    /// One part, or several joined by a keyword.
    fn chain(
        &mut self,
        keyword: &str,
        part: fn(&mut Self) -> Parsed<Condition>,
        join: fn(Vec<Condition>) -> Condition,
    ) -> Parsed<Condition> {
        let first = part(self)?;
        if !self.keyword(keyword) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.keyword(keyword) {
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    fn negation(&mut self) -> Parsed<Condition> {
        if self.keyword("NOT") {
            return Ok(Condition::Not(Box::new(self.nested(Self::negation)?)));
        }
        if self.sign("(") {
            let condition = self.nested(Self::condition)?;
            self.expect_sign(")")?;
            return Ok(condition);
        }
        if self.keyword_before("EXISTS", "(") {
            return Ok(Condition::Exists(self.related()?));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed<Condition> {
        let operand = self.operand("a condition")?;
        if let Some(op) = self.comparison_sign()? {
            let right = self.operand("a value or a field")?;
            return Ok(Condition::Compare { left: operand, op, right });
        }
        if self.keyword("IS") {
            let negated = self.keyword("NOT");
            self.expect_keyword("NULL")?;
            return Ok(negate(Condition::IsNull(operand), negated));
        }
        let negated = self.keyword("NOT");
        let condition = if self.keyword("IN") {
            Condition::In { operand, list: self.list()? }
        } else if self.keyword("LIKE") {
            let pattern = self.operand("a text or ?")?;
            Condition::Match { operand, how: Likeness::Like, pattern }
        } else if self.keyword("CONTAINS") {
            let pattern = self.operand("a text or ?")?;
            Condition::Match { operand, how: Likeness::Contains, pattern }
        } else if negated {
            return Err(self.unexpected("IN, LIKE or CONTAINS"));
        } else {
            if !matches!(operand, Operand::Path(_)) {
                return Err(self.unexpected("==, !=, <, <=, >, >=, IN, LIKE, CONTAINS or IS"));
            }
            return Ok(Condition::Is(operand));
        };
        Ok(negate(condition, negated))
    }

    fn comparison_sign(&mut self) -> Parsed<Option<Comparison>> {
        let op = match self.token() {
            Token::Sign("==") => Comparison::Equal,
            Token::Sign("!=") => Comparison::NotEqual,
            Token::Sign("<") => Comparison::Less,
            Token::Sign("<=") => Comparison::AtMost,
            Token::Sign(">") => Comparison::Greater,
            Token::Sign(">=") => Comparison::AtLeast,
            Token::Sign("=") => return Err(self.unexpected("==")),
            Token::Sign("<>") => return Err(self.unexpected("!=")),
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(op))
    }

    fn list(&mut self) -> Parsed<List> {
        if let Some(param) = self.param() {
            return Ok(List::Param(param));
        }
        self.expect_sign("(")?;
        let mut items = Vec::new();
        loop {
            let item = self.operand("a value or ?")?;
            if !matches!(item, Operand::Literal(..) | Operand::Param(_)) {
                let expected = "a value or ?".to_owned();
                return Err(
                    self.fault_at(item.at(), QueryProblem::Expected { expected, found: "a field".into() })
                );
            }
            items.push(item);
            if !self.sign(",") {
                break;
            }
        }
        self.expect_sign(")")?;
        Ok(List::Given(items))
    }

    fn operand(&mut self, expected: &str) -> Parsed<Operand> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.fault(QueryProblem::TooManyTerms));
        }
        let at = self.at();
        if let Some(param) = self.param() {
            return Ok(Operand::Param(param));
        }
        if self.keyword_before("COUNT", "(") {
            return Ok(Operand::Count(self.related()?));
        }
        let negative = self.sign("-");
        let literal = match self.token().clone() {
            Token::Int(number) => Literal::Int(if negative { -number } else { number }),
            Token::Float(number) => Literal::Float(if negative { -number } else { number }),
            _ if negative => return Err(self.unexpected("a number")),
            Token::Text(text) => Literal::Text(text),
            Token::Word(word) => match constant(&word) {
                Some(literal) => literal,
                None => return Ok(Operand::Path(self.path()?)),
            },
            Token::Quoted(_) => return Ok(Operand::Path(self.path()?)),
            Token::Sign(_) | Token::End => return Err(self.unexpected(expected)),
        };
        self.next += 1;
        Ok(Operand::Literal(self.with_unit(literal, at)?, at))
    }

    /// A number followed by `beats` or `ticks` is a musical time.
    fn with_unit(&mut self, literal: Literal, at: At) -> Parsed<Literal> {
        let beats = match literal {
            Literal::Int(ticks) if self.keyword("TICKS") => return Ok(Literal::Beats(ticks)),
            #[expect(clippy::cast_precision_loss, reason = "far larger numbers of beats are refused below")]
            Literal::Int(number) => number as f64,
            Literal::Float(number) => number,
            other => return Ok(other),
        };
        if !self.keyword("BEATS") {
            return Ok(literal);
        }
        let ticks = Beats::from_beats(beats);
        // Beyond this a number of beats does not tell one tick from the next.
        if ticks.0.unsigned_abs() > 1 << 52 {
            return Err(self.fault_at(at, QueryProblem::BadNumber));
        }
        Ok(Literal::Beats(ticks.0))
    }

    fn param(&mut self) -> Option<Param> {
        let at = self.at();
        self.sign("?").then(|| {
            self.params += 1;
            Param { index: self.params - 1, at }
        })
    }

    fn path(&mut self) -> Parsed<Path> {
        let mut steps = vec![self.step()?];
        while self.sign("->") {
            steps.push(self.step()?);
            self.terms += 1;
            if self.terms > MAX_TERMS {
                return Err(self.fault(QueryProblem::TooManyTerms));
            }
        }
        Ok(Path { steps })
    }

    fn step(&mut self) -> Parsed<Step> {
        let name = self.name("the name of a field")?;
        let mut inner = Vec::new();
        while self.sign(".") {
            inner.push(self.name("the name of a field")?);
        }
        Ok(Step { name, inner })
    }

    /// What stands in the brackets of `EXISTS` and `COUNT`, whose opening one is read.
    fn related(&mut self) -> Parsed<Related> {
        let of = if self.sign("->") {
            Relation::Out(self.dotted("the kind of an edge")?)
        } else if self.sign("<-") {
            Relation::In(self.dotted("the kind of an edge")?)
        } else {
            let path = self.path()?;
            match <[Step; 1]>::try_from(path.steps) {
                Ok([step]) if self.sign("<-") => Relation::From { table: joined(step), field: self.step()? },
                Ok(step) => Relation::Content(Path { steps: step.into() }),
                Err(steps) => Relation::Content(Path { steps }),
            }
        };
        let filter = if self.keyword("WHERE") { Some(Box::new(self.nested(Self::condition)?)) } else { None };
        self.expect_sign(")")?;
        Ok(Related { of, filter })
    }

    /// A name that may have dots in it.
    fn dotted(&mut self, expected: &str) -> Parsed<Name> {
        let name = self.name(expected)?;
        let mut inner = Vec::new();
        while self.sign(".") {
            inner.push(self.name(expected)?);
        }
        Ok(joined(Step { name, inner }))
    }

    fn name(&mut self, expected: &str) -> Parsed<Name> {
        let at = self.at();
        let text = match self.token() {
            Token::Word(text) | Token::Quoted(text) => text.clone(),
            _ => return Err(self.unexpected(expected)),
        };
        self.next += 1;
        Ok(Name { text, at })
    }

    /// Runs a rule one level deeper.
    fn nested<T>(&mut self, rule: fn(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(QueryProblem::TooDeep));
        }
        let result = rule(self);
        self.depth -= 1;
        result
    }

    fn token(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn at(&self) -> At {
        self.tokens.get(self.next).map_or(At(self.text.len()), |(_, at)| *at)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.token(), Token::Sign(found) if *found == sign);
        self.next += usize::from(found);
        found
    }

    fn expect_sign(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("'{sign}'"))) }
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.token(), Token::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.next += usize::from(found);
        found
    }

    fn expect_keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.keyword(keyword) { Ok(()) } else { Err(self.unexpected(keyword)) }
    }

    /// Reads a keyword and a sign if both are there.
    fn keyword_before(&mut self, keyword: &str, sign: &'static str) -> bool {
        let follows = self.tokens.get(self.next + 1).is_some_and(|(token, _)| *token == Token::Sign(sign));
        let found = follows && self.keyword(keyword);
        self.next += usize::from(found);
        found
    }

    fn unexpected(&self, expected: &str) -> QueryError {
        let found = match self.token() {
            Token::End => "the end".to_owned(),
            Token::Sign(sign) => format!("'{sign}'"),
            Token::Word(word) | Token::Quoted(word) => format!("'{}'", shortened(word)),
            Token::Text(text) => format!("the text '{}'", shortened(text)),
            Token::Int(number) => number.to_string(),
            Token::Float(number) => number.to_string(),
        };
        self.fault(QueryProblem::Expected { expected: expected.to_owned(), found })
    }

    fn fault(&self, problem: QueryProblem) -> QueryError {
        self.fault_at(self.at(), problem)
    }

    fn fault_at(&self, at: At, problem: QueryProblem) -> QueryError {
        QueryError::at(self.text, at.0, problem)
    }
}

/// The words of a step as one name.
fn joined(step: Step) -> Name {
    let Step { mut name, inner } = step;
    for word in inner {
        name.text.push('.');
        name.text.push_str(&word.text);
    }
    name
}

fn negate(condition: Condition, negated: bool) -> Condition {
    if negated { Condition::Not(Box::new(condition)) } else { condition }
}

/// The values that have names.
pub(super) fn constant(word: &str) -> Option<Literal> {
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    match () {
        () if is("true") => Some(Literal::Bool(true)),
        () if is("false") => Some(Literal::Bool(false)),
        () if is("null") => Some(Literal::Null),
        () => None,
    }
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(40.min(text.len()))]
}
