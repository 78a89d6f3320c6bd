//! What is wrong with a query, and where.

use std::fmt;

use super::{MAX_DEPTH, MAX_TERMS, MAX_TEXT};

/// A query cannot be understood, or cannot be run on this project.
///
/// Displayed as `line 1, column 26: there is no field 'strat' in 'clips'; did you mean 'start'?`, followed by the line
/// with a caret below the place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{problem}{}", self.head(), self.sketch())]
pub struct QueryError {
    /// Where, if the problem has a place in the text.
    pub place: Option<Place>,
    /// What.
    pub problem: QueryProblem,
}

/// A place in the text of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// The line as it was written.
    pub source: String,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryProblem {
    /// Something else belongs here.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What would do.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A character that starts nothing.
    #[error("'{0}' means nothing here")]
    StrayCharacter(char),
    /// A quote that is not closed.
    #[error("this text has no closing quote")]
    Unclosed,
    /// A backslash before something else than it may stand before.
    #[error("a backslash may stand before \\, ', \", `, n, r and t")]
    BadEscape,
    /// A number that is none, or too large.
    #[error("this number cannot be used")]
    BadNumber,
    /// The text is too long.
    #[error("the query is longer than {MAX_TEXT} bytes")]
    TooLong,
    /// Too deeply nested.
    #[error("conditions are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Too many parts.
    #[error("the query has more than {MAX_TERMS} parts")]
    TooManyTerms,
    /// It does not say what it is over.
    #[error("name one table first: table == 'tracks' AND ...")]
    NoTable,
    /// More than one table.
    #[error("a query is over one table, and this is a second one")]
    TableNamedTwice,
    /// No such table.
    #[error("there is no table '{name}'{}", did_you_mean(suggestion.as_deref()))]
    UnknownTable {
        /// What was written.
        name: String,
        /// The nearest there is.
        suggestion: Option<String>,
    },
    /// No such field.
    #[error("there is no field '{name}' in {of}{}", did_you_mean(suggestion.as_deref()))]
    UnknownField {
        /// What was written.
        name: String,
        /// What was looked in, such as `'clips'`.
        of: String,
        /// The nearest there is.
        suggestion: Option<String>,
    },
    /// No edge can be of such a kind.
    #[error("'{name}' cannot be the kind of an edge: those are lower-case words, with dots between")]
    NotAKind {
        /// What was written.
        name: String,
    },
    /// An arrow after something that leads nowhere.
    #[error("'{name}' holds {holds}, so nothing can follow it")]
    NotAReference {
        /// The field.
        name: String,
        /// What it holds.
        holds: String,
    },
    /// Values that cannot be compared, or not so.
    #[error("expected {expected}, got {found}")]
    WrongType {
        /// What would do.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A word that the field never holds.
    #[error("'{found}' is not one of: {}{}", words.join(", "), did_you_mean(suggestion.as_deref()))]
    NotAChoice {
        /// What was given.
        found: String,
        /// What the field may hold.
        words: Vec<String>,
        /// The nearest of them.
        suggestion: Option<String>,
    },
    /// More or fewer values than question marks.
    #[error("the query has {expected} parameter(s), {given} given")]
    ParamCount {
        /// How many `?` there are.
        expected: usize,
        /// How many values were bound.
        given: usize,
    },
    /// It would have taken more work than allowed.
    #[error("the query takes more than the allowed work")]
    Interrupted,
}

impl QueryError {
    /// A problem without a place.
    pub(super) fn general(problem: QueryProblem) -> Self {
        Self { place: None, problem }
    }

    /// A problem at a byte of the text.
    pub(super) fn at(text: &str, byte: usize, problem: QueryProblem) -> Self {
        Self { place: Some(Place::of(text, byte)), problem }
    }

    fn head(&self) -> String {
        match &self.place {
            Some(place) if place.line > 1 => format!("line {}, column {}: ", place.line, place.column),
            Some(place) => format!("column {}: ", place.column),
            None => String::new(),
        }
    }

    fn sketch(&self) -> String {
        self.place.as_ref().map_or_else(String::new, |place| format!("\n{place}"))
    }
}

/// How much of a long line is shown on either side of the caret, in characters.
const SHOWN: usize = 60;

impl Place {
    fn of(text: &str, byte: usize) -> Self {
        let byte = text.floor_char_boundary(byte.min(text.len()));
        let start = text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[byte..].find('\n').map_or(text.len(), |newline| byte + newline);
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: text[start..byte].chars().count() + 1,
            source: text[start..end].to_owned(),
        }
    }
}

/// The line, and a caret below the place; a long line is cut around it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.column - 1;
        let skipped = before.saturating_sub(SHOWN);
        // Tabs would put the caret elsewhere.
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let shown: String = self.source.chars().skip(skipped).take(2 * SHOWN).map(plain).collect();
        write!(f, "  {shown}\n  {}^", " ".repeat(before - skipped))
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |suggestion| format!("; did you mean '{suggestion}'?"))
}

/// The one of `known` that somebody who wrote `name` most likely meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Comparing costs the product of the lengths; no name that we know is near so long a one.
    if name.len() > 64 {
        return None;
    }
    let name = name.to_lowercase();
    let distance = |known: &str| strsim::osa_distance(&name, &known.to_lowercase());
    let near = known.into_iter().filter(|known| known.len() <= 64).map(|known| (distance(known), known));
    let (distance, best) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + name.chars().count() / 4).then(|| best.to_owned())
}
