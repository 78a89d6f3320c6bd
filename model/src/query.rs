//! Queries: which entities of a table meet a condition, in which order.
//!
//! 1. [`Query::parse`] reads a text such as `table == 'clips' AND track == ? AND start >= 16 ORDER BY start LIMIT 10`.
//!    `docs/query.md` has the language.
//! 2. [`Query::bind`] gives a value to each `?`. Values are never spliced into the text.
//! 3. [`Bound::run`] checks names and types against the schema, picks an index and walks it. [`Bound::explain`] tells
//!    which.
//! 4. [`LiveQuery`] keeps a result up to date from what commits touched, and says what changed.
//!
//! ```
//! use model::{Pulse, query::{Param, Query}};
//! # use loophole_model as model;
//! let pulse = Pulse::new();
//! let query = Query::parse("table == 'tracks' AND name LIKE ? ORDER BY name")?;
//! let tracks = query.bind(["%bass%"])?.run(&pulse.project())?;
//! assert!(tracks.is_empty());
//! # Ok::<(), model::query::QueryError>(())
//! ```

use std::ops::ControlFlow;
use std::sync::Arc;

use protocol::{Beats, EntityId, Value};

use crate::project::Project;

mod ast;
mod compile;
mod display;
mod error;
mod eval;
mod field;
mod lexer;
mod live;
mod parser;
mod pattern;
mod plan;
mod resolve;
mod run;
mod types;
mod value;

pub use error::{Place, QueryError, QueryProblem};
pub use eval::Meter;
pub use live::{LiveChange, LiveQuery};
pub use plan::Explanation;

use ast::Ast;
use plan::Plan;

/// The longest text of a query, in bytes.
pub const MAX_TEXT: usize = 64 << 10;
/// The deepest nesting of brackets and NOTs.
pub const MAX_DEPTH: usize = 64;
/// The most fields and values that a query may mention.
pub const MAX_TERMS: usize = 10_000;

/// A query that is well formed. Cheap to clone. Displayed in a normal form that parses to the same query.
#[derive(Clone, Debug)]
pub struct Query {
    text: Arc<str>,
    ast: Arc<Ast>,
    params: usize,
}

/// A query with a value for each parameter. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bound {
    query: Query,
    params: Arc<[Param]>,
}

/// A value for a `?`.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// One value.
    Value(Value),
    /// Several, for `IN ?`.
    List(Vec<Value>),
}

impl Query {
    /// Reads a text. Takes time in proportion to it; allocates a small multiple of it.
    ///
    /// # Errors
    /// Where it stops being a query, and what would do there.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let (ast, params) = parser::parse(text)?;
        Ok(Self { text: text.into(), ast: Arc::new(ast), params })
    }

    /// How many `?` it has.
    #[must_use]
    pub fn params(&self) -> usize {
        self.params
    }

    /// Gives each `?` its value, in order.
    ///
    /// # Errors
    /// There are more or fewer values than `?`. Their types are checked by [`Bound::run`], against the schema.
    pub fn bind<P: Into<Param>>(&self, params: impl IntoIterator<Item = P>) -> Result<Bound, QueryError> {
        let params: Arc<[Param]> = params.into_iter().map(Into::into).collect();
        if params.len() != self.params {
            let problem = QueryProblem::ParamCount { expected: self.params, given: params.len() };
            return Err(QueryError::general(problem));
        }
        Ok(Bound { query: self.clone(), params })
    }
}

/// Two queries are the same if they say the same.
impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.ast == other.ast
    }
}

impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.ast.fmt(f)
    }
}

impl Bound {
    /// The query.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The entities that meet the condition, in the order asked for.
    ///
    /// # Errors
    /// Names that the schema does not know, values of the wrong type: see [`QueryProblem`].
    pub fn run(&self, project: &Project) -> Result<Vec<EntityId>, QueryError> {
        self.run_metered(project, &mut |_| ControlFlow::Continue(()))
    }

    /// The same, with each step of the work counted as it is done.
    ///
    /// # Errors
    /// As for [`run`](Self::run), and [`QueryProblem::Interrupted`] once the meter breaks it off.
    pub fn run_metered(&self, project: &Project, meter: Meter<'_>) -> Result<Vec<EntityId>, QueryError> {
        run::run(&self.compile(project)?, project, meter)
    }

    /// How the query would be run.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn explain(&self, project: &Project) -> Result<Explanation, QueryError> {
        let compiled = self.compile(project)?;
        Ok(Plan::new(&compiled, project).explain(&compiled))
    }

    /// The same query, ended after its first result.
    #[must_use]
    pub fn first_only(mut self) -> Self {
        let ast = Arc::make_mut(&mut self.query.ast);
        if ast.limit != Some(ast::Amount::Given(0)) && !matches!(ast.limit, Some(ast::Amount::Param(_))) {
            ast.limit = Some(ast::Amount::Given(1));
        }
        self
    }

    fn compile(&self, project: &Project) -> Result<compile::Compiled, QueryError> {
        compile::compile(&self.query.text, &self.query.ast, &self.params, project.schema())
    }
}

impl Param {
    /// What it is, for a message.
    fn described(&self) -> String {
        match self {
            Self::List(values) => format!("a list of {}", values.len()),
            Self::Value(value) => match value {
                Value::Null => "null".into(),
                Value::Bool(on) => on.to_string(),
                Value::Int(number) => number.to_string(),
                Value::Float(number) => number.to_string(),
                Value::Text(text) => {
                    format!("the text '{}'", &text[..text.floor_char_boundary(40.min(text.len()))])
                }
                Value::Beats(beats) => format!("{} beats", beats.to_beats()),
                Value::Ref(id) => format!("the entity {id}"),
                Value::Blob(_) => "a blob".into(),
                Value::Numbers(_) => "numbers by key".into(),
                Value::Properties(_) => "values by key".into(),
                Value::List(_) => "a list".into(),
                Value::Rows(_) => "rows".into(),
            },
        }
    }
}

macro_rules! param_from {
    ($($from:ty => |$value:ident| $to:expr;)*) => {$(
        impl From<$from> for Param {
            fn from($value: $from) -> Self {
                Self::Value($to)
            }
        }
    )*};
}

param_from! {
    Value => |value| value;
    bool => |on| Value::Bool(on);
    i64 => |number| Value::Int(number);
    f64 => |number| Value::Float(number);
    &str => |text| Value::Text(text.to_owned());
    String => |text| Value::Text(text);
    Beats => |beats| Value::Beats(beats);
    EntityId => |id| Value::Ref(id);
}

impl From<Vec<Value>> for Param {
    fn from(values: Vec<Value>) -> Self {
        Self::List(values)
    }
}

/// No parameters.
pub const NO_PARAMS: [Param; 0] = [];

#[cfg(test)]
mod tests;
