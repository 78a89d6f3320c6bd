//! Tree to text: what it gives parses to the same tree.

use std::fmt::{self, Display, Formatter, Write as _};

use protocol::Beats;

use super::ast::{
    Amount, Ast, Comparison, Condition, Direction, Likeness, List, Literal, Name, Operand, Order, Path,
    Related, Relation, Step,
};
use super::parser::constant;

impl Display for Ast {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.condition)?;
        if !self.order.is_empty() {
            f.write_str(" ORDER BY ")?;
            separated(f, &self.order)?;
        }
        if let Some(limit) = &self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        if let Some(offset) = &self.offset {
            write!(f, " OFFSET {offset}")?;
        }
        Ok(())
    }
}

fn separated<T: Display>(f: &mut Formatter<'_>, items: &[T]) -> fmt::Result {
    items.iter().enumerate().try_for_each(|(index, item)| {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")
    })
}

/// How tightly a condition holds together: what is looser than its place needs brackets.
fn tightness(condition: &Condition) -> u8 {
    match condition {
        Condition::Any(_) => 0,
        Condition::All(_) => 1,
        // What `IS NOT`, `NOT IN`, `NOT LIKE` and plain `NOT` give is the same.
        Condition::Not(_) => 2,
        _ => 3,
    }
}

struct Within<'a>(&'a Condition, u8);

impl Display for Within<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if tightness(self.0) < self.1 { write!(f, "({})", self.0) } else { write!(f, "{}", self.0) }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut Formatter<'_>, parts: &[Self], word: &str, tightness: u8| {
            parts.iter().enumerate().try_for_each(|(index, part)| {
                f.write_str(if index > 0 { word } else { "" })?;
                write!(f, "{}", Within(part, tightness))
            })
        };
        match self {
            Self::Any(parts) => joined(f, parts, " OR ", 1),
            Self::All(parts) => joined(f, parts, " AND ", 2),
            Self::Not(inner) => write!(f, "NOT {}", Within(inner, 2)),
            Self::Compare { left, op, right } => write!(f, "{left} {op} {right}"),
            Self::In { operand, list } => write!(f, "{operand} IN {list}"),
            Self::Match { operand, how: Likeness::Like, pattern } => write!(f, "{operand} LIKE {pattern}"),
            Self::Match { operand, how: Likeness::Contains, pattern } => {
                write!(f, "{operand} CONTAINS {pattern}")
            }
            Self::IsNull(operand) => write!(f, "{operand} IS NULL"),
            Self::Exists(related) => write!(f, "EXISTS({related})"),
            Self::Is(operand) => write!(f, "{operand}"),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{path}"),
            Self::Count(related) => write!(f, "COUNT({related})"),
            Self::Literal(literal, _) => write!(f, "{literal}"),
            Self::Param(_) => f.write_char('?'),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(on) => write!(f, "{on}"),
            Self::Int(number) => write!(f, "{number}"),
            // With a point or an exponent, so that it stays one of these.
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Text(text) => quoted(f, text, '\''),
            Self::Beats(ticks) if ticks.unsigned_abs() < 1 << 52 => {
                write!(f, "{:?} beats", Beats(*ticks).to_beats())
            }
            Self::Beats(ticks) => write!(f, "{ticks} ticks"),
        }
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote => write!(f, "\\{c}")?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}

impl Display for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Param(_) => f.write_char('?'),
            Self::Given(items) => {
                f.write_char('(')?;
                separated(f, items)?;
                f.write_char(')')
            }
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.steps.iter().enumerate().try_for_each(|(index, step)| {
            f.write_str(if index > 0 { "->" } else { "" })?;
            write!(f, "{step}")
        })
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.inner.iter().try_for_each(|inner| write!(f, ".{inner}"))
    }
}

/// Words that begin something else where a name may stand.
const RESERVED: [&str; 3] = ["not", "exists", "count"];

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        let word = text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let taken = constant(text).is_some() || RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word));
        if word && !taken { f.write_str(text) } else { quoted(f, text, '`') }
    }
}

impl Display for Related {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.of {
            Relation::From { table, field } => write!(f, "{table}<-{field}")?,
            Relation::Out(kind) => write!(f, "->{kind}")?,
            Relation::In(kind) => write!(f, "<-{kind}")?,
            Relation::Content(path) => write!(f, "{path}")?,
        }
        self.filter.as_ref().map_or(Ok(()), |filter| write!(f, " WHERE {filter}"))
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let descending = if self.direction == Direction::Descending { " DESC" } else { "" };
        write!(f, "{}{descending}", self.key)
    }
}

impl Display for Amount {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(number) => write!(f, "{number}"),
            Self::Param(_) => f.write_char('?'),
        }
    }
}
