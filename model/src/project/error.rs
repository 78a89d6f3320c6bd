//! Why an edit is refused.

use protocol::EntityId;

use crate::schema::Names;

/// A transaction was refused whole: this edit broke this rule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}: {rule}", self.place())]
pub struct EditError {
    /// The entity that the edit is about.
    pub entity: EntityId,
    /// Its table and name, as a person knows it; empty where it does not exist.
    pub label: String,
    /// The field, if the edit is about one.
    pub field: Option<String>,
    /// What does not hold.
    pub rule: EditRule,
}

/// A rule of the project.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EditRule {
    /// There is no such table.
    #[error("there is no table '{0}'")]
    UnknownTable(String),
    /// The table has no such field.
    #[error("there is no such field")]
    UnknownField,
    /// No entity has this id.
    #[error("there is no such entity (was it deleted?)")]
    NoSuchEntity,
    /// An entity has this id already.
    #[error("an entity with this id exists already")]
    DuplicateId,
    /// The lowest and the highest id are nobody's.
    #[error("this id is reserved")]
    ReservedId,
    /// The value is of another kind.
    #[error("expected {expected}, got {found}")]
    WrongKind {
        /// What the field holds.
        expected: String,
        /// What was given.
        found: &'static str,
    },
    /// Not-a-number or infinity.
    #[error("must be a finite number")]
    NotFinite,
    /// Out of range.
    #[error("{value} is outside {min}..={max}{unit}")]
    OutOfRange {
        /// What was given.
        value: String,
        /// Smallest legal value.
        min: String,
        /// Largest legal value.
        max: String,
        /// Unit with a space before it, or empty.
        unit: String,
    },
    /// Not one of the words.
    #[error("'{found}' is not one of: {}", words.join(", "))]
    NotAChoice {
        /// What was given.
        found: String,
        /// What may be given.
        words: Names,
    },
    /// The entity is not in the user's table.
    #[error("is not in the table '{0}'")]
    NotAttached(String),
    /// Not a name that can be declared.
    #[error(
        "'{0}' cannot be a name: expected lower-case letters, digits and underscores, beginning with a letter"
    )]
    BadName(String),
    /// A table of the program has this name.
    #[error("'{0}' is a built-in table")]
    BuiltInName(String),
    /// The id of such an entity follows from what it is.
    #[error("must have the id {expected}, which follows from what it is")]
    WrongId {
        /// The id that it must have.
        expected: EntityId,
    },
    /// Not a limit that goes with what the field holds.
    #[error("there is no limit '{limit}' of what holds '{holds}'")]
    NoSuchLimit {
        /// What was given.
        limit: String,
        /// What the field holds.
        holds: String,
    },
    /// Not the rank of an edge.
    #[error("'{0}' is no rank: expected pairs of upper-case hexadecimal digits")]
    BadRank(String),
    /// A place that the text or list does not have.
    #[error("there is no place {at}: it ends at {len}")]
    NoSuchPlace {
        /// What was given, from 0.
        at: usize,
        /// How long the text (in Unicode scalar values) or the list is.
        len: usize,
    },
    /// Too long.
    #[error("{found} is over the limit of {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much was given.
        found: usize,
        /// How much may be.
        limit: usize,
    },
    /// A required field is missing.
    #[error("must be given")]
    Missing,
    /// A reference to nothing.
    #[error("names an entity that does not exist ({0})")]
    Dangling(EntityId),
    /// A reference to the wrong kind of thing.
    #[error("names one of the {found}, which may only be one of the {expected}")]
    WrongTarget {
        /// What it names.
        found: &'static str,
        /// What it may name.
        expected: String,
    },
    /// The signal would run in a circle.
    #[error("would feed a track back into itself: {0}")]
    RoutingCycle(String),
    /// Something else has this slot.
    #[error("macro slot {0} is taken")]
    SlotTaken(i64),
    /// Another lane has this parameter.
    #[error("the parameter has a lane already ({0})")]
    LaneTaken(EntityId),
    /// A step that cannot be taken back, or done again, without undoing somebody else's work.
    #[error("has been changed since the step '{0}'")]
    ChangedSince(String),
    /// A thing that must be.
    #[error("{0} cannot be deleted")]
    Permanent(&'static str),
    /// A thing that cannot be made.
    #[error("{0} cannot be created: there is exactly one")]
    Singleton(&'static str),
    /// Not a legal denominator.
    #[error("must be a power of two up to 32")]
    NotAPowerOfTwo,
    /// The device has no such parameter.
    #[error("there is no parameter '{0}'")]
    UnknownParam(String),
    /// A change that the kind of the entity does not allow.
    #[error("{0}")]
    NotForThisKind(&'static str),
}

impl EditError {
    fn place(&self) -> String {
        let label = if self.label.is_empty() { self.entity.to_string() } else { self.label.clone() };
        match &self.field {
            Some(field) => format!("{label}, field '{field}'"),
            None => label,
        }
    }
}
