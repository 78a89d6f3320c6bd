//! Words, numbers, texts and signs of a query.

use super::ast::At;
use super::error::{QueryError, QueryProblem};

/// The smallest meaningful piece of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword, which only the place tells.
    Word(String),
    /// A name in backquotes, never a keyword.
    Quoted(String),
    Text(String),
    Int(i64),
    Float(f64),
    /// One of [`SIGNS`].
    Sign(&'static str),
    End,
}

/// Longer ones first, so that `<=` is not `<` and `=`.
const SIGNS: [&str; 16] =
    ["<-", "->", "==", "!=", "<=", ">=", "<>", "=", "<", ">", "(", ")", ",", "?", ".", "-"];

/// The tokens, each with its place; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, At)>, QueryError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) =
            token(&text[at..], c).map_err(|(offset, problem)| QueryError::at(text, at + offset, problem))?;
        tokens.push((token, At(at)));
        at += length;
    }
    tokens.push((Token::End, At(text.len())));
    Ok(tokens)
}

/// A problem, so many bytes into the token.
type Fault = (usize, QueryProblem);

/// The token that a text begins with, and its length in bytes.
fn token(rest: &str, first: char) -> Result<(Token, usize), Fault> {
    if first.is_ascii_digit() {
        return number(rest);
    }
    if first.is_alphabetic() || first == '_' {
        let length = word_length(rest);
        return Ok((Token::Word(rest[..length].to_owned()), length));
    }
    if matches!(first, '\'' | '"' | '`') {
        let (content, length) = quoted(rest, first)?;
        return Ok((if first == '`' { Token::Quoted(content) } else { Token::Text(content) }, length));
    }
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
    match sign.ok_or((0, QueryProblem::StrayCharacter(first)))? {
        // `pan<-1` compares with a negative number; no name begins with a digit.
        "<-" if rest[2..].starts_with(|c: char| c.is_ascii_digit()) => Ok((Token::Sign("<"), 1)),
        sign => Ok((Token::Sign(sign), sign.len())),
    }
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

fn number(rest: &str) -> Result<(Token, usize), Fault> {
    let bad = (0, QueryProblem::BadNumber);
    if let Some(digits) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        let length = word_length(digits);
        let value = i64::from_str_radix(&digits[..length], 16).map_err(|_| bad)?;
        return Ok((Token::Int(value), 2 + length));
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(rest);
    let mut whole = true;
    if let Some(fraction) = rest[length..].strip_prefix('.') {
        let count = digits(fraction);
        if count > 0 {
            length += 1 + count;
            whole = false;
        }
    }
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let count = digits(&exponent[sign..]);
        if count > 0 {
            length += 1 + sign + count;
            whole = false;
        }
    }
    // `3rd` is neither a number nor a name.
    if rest[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return Err(bad);
    }
    if let (true, Ok(value)) = (whole, rest[..length].parse()) {
        return Ok((Token::Int(value), length));
    }
    let value: f64 = rest[..length].parse().map_err(|_| bad.clone())?;
    if value.is_finite() { Ok((Token::Float(value), length)) } else { Err(bad) }
}

/// What stands in quotes, and the length with the quotes.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), Fault> {
    let mut content = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((content, at + 1));
        }
        if c != '\\' {
            content.push(c);
            continue;
        }
        content.push(match chars.next().map(|(_, escaped)| escaped) {
            Some(escaped @ ('\\' | '\'' | '"' | '`')) => escaped,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(_) => return Err((at, QueryProblem::BadEscape)),
            None => break,
        });
    }
    Err((0, QueryProblem::Unclosed))
}
