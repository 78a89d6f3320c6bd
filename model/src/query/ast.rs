//! A query as it was written.
//!
//! Two trees are equal if they say the same, wherever in their texts they say it.

/// Where in the text something stands, in bytes. All places are equal, so that trees compare by what they say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At(pub(super) usize);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ast {
    pub(super) condition: Condition,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<Amount>,
    pub(super) offset: Option<Amount>,
}

/// Something that holds or not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// All of them, two at least.
    All(Vec<Condition>),
    /// One of them, two at least.
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        left: Operand,
        op: Comparison,
        right: Operand,
    },
    In {
        operand: Operand,
        list: List,
    },
    /// Text that looks like another.
    Match {
        operand: Operand,
        how: Likeness,
        pattern: Operand,
    },
    IsNull(Operand),
    Exists(Related),
    /// An operand that is true or false by itself.
    Is(Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// With `%` and `_`.
    Like,
    Contains,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Path(Path),
    Count(Related),
    Literal(Literal, At),
    Param(Param),
}

/// A `?`, by its place among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Param {
    pub(super) index: usize,
    pub(super) at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum List {
    /// At least one operand, none of which is a path.
    Given(Vec<Operand>),
    Param(Param),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// Ticks.
    Beats(i64),
}

/// `track->rehearsal.take`: steps to other entities, and a field of the last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    /// At least one; all but the last lead on.
    pub(super) steps: Vec<Step>,
}

/// `name`, or names with dots between: an entry of a field, a field of a user's table, an entry of such a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) name: Name,
    pub(super) inner: Vec<Name>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: At,
}

/// What `EXISTS` and `COUNT` go over, and which of it counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Related {
    pub(super) of: Relation,
    pub(super) filter: Option<Box<Condition>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Relation {
    /// `clips<-track`: the entities of a table whose field names this one.
    From { table: Name, field: Step },
    /// `->kind`: where edges of a kind lead from here.
    Out(Name),
    /// `<-kind`: where edges of a kind come from.
    In(Name),
    /// `notes`: what a field holds.
    Content(Path),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) key: Operand,
    pub(super) direction: Direction,
}

/// Which way results are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

/// A number of results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Amount {
    Given(u64),
    Param(Param),
}

impl Operand {
    pub(super) fn at(&self) -> At {
        match self {
            Self::Path(path) => path.at(),
            Self::Count(related) => related.at(),
            Self::Literal(_, at) => *at,
            Self::Param(param) => param.at,
        }
    }
}

impl Path {
    pub(super) fn at(&self) -> At {
        self.steps.first().map_or(At(0), |step| step.name.at)
    }
}

impl Related {
    pub(super) fn at(&self) -> At {
        match &self.of {
            Relation::From { table, .. } => table.at,
            Relation::Out(kind) | Relation::In(kind) => kind.at,
            Relation::Content(path) => path.at(),
        }
    }
}
