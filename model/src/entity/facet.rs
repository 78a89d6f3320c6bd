//! What an entity holds for users' tables. Each value stands under its path, such as `grading.score`; under the table's
//! name and a dot stands whether the entity is in the table. So a facet merges cell by cell like everything else, and
//! its values outlast a detachment or a declaration that goes away.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use protocol::{EntityId, Value};

use super::{Entity, Name, Stored, plain};

/// Values by path.
pub(crate) type Facets = BTreeMap<Name, Stored>;

/// What stands under a facet's presence.
pub(crate) const ATTACHED: &str = "attached";
/// Its values are kept for later, unseen.
pub(crate) const PRESERVED: &str = "preserved";

/// The table and the field of a path: `grading.score` is the field `score` of the table `grading`, and `grading.` says
/// whether the entity is in it. `None` for the name of a built-in field. Tables may have dots in their names.
#[must_use]
pub fn split(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once('.')
}

/// The path of a field of a user's table; of the table's presence if the field is empty.
#[must_use]
pub fn path(facet: &str, field: &str) -> Name {
    format!("{facet}.{field}").into()
}

impl Stored {
    /// A value as a facet stores it: whatever was given, the default too, for what is declared may change. `None` for
    /// what cannot be told from nothing.
    pub(crate) fn given(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Rows(rows) if rows.is_empty() => None,
            Value::Numbers(numbers) if numbers.is_empty() => None,
            Value::Properties(entries) if entries.is_empty() => None,
            Value::Rows(rows) => {
                Some(Self::Rows(rows.iter().map(|(&key, &row)| (key, super::canonical(row))).collect()))
            }
            // Numbers and properties merge entry by entry, and an entry does not tell which of the two it is of.
            Value::Numbers(numbers) => {
                let entries = numbers.iter().map(|(key, number)| (key.clone(), Value::Float(number + 0.0)));
                Some(Self::Plain(Value::Properties(entries.collect())))
            }
            Value::Properties(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), plain(value)));
                Some(Self::Plain(Value::Properties(entries.collect())))
            }
            Value::List(items) => Some(Self::Plain(Value::List(items.iter().map(plain).collect()))),
            other => Some(Self::Plain(plain(other))),
        }
    }
}

impl Entity {
    /// Whether it is in a user's table.
    #[must_use]
    pub fn has_facet(&self, name: &str) -> bool {
        // No path sorts between a table's name and its presence: names have no character below the dot.
        let presence = self
            .user
            .as_ref()
            .and_then(|user| user.range::<str, _>((Bound::Included(name), Bound::Unbounded)).next());
        presence.is_some_and(|(path, stored)| path.strip_suffix('.') == Some(name) && is_attached(stored))
    }

    /// The users' tables that it is in, by name.
    pub fn facets(&self) -> impl Iterator<Item = &str> {
        let attached =
            |(path, stored)| is_attached(stored).then(|| Name::as_str(path).strip_suffix('.')).flatten();
        self.user.iter().flat_map(|user| user.iter()).filter_map(attached)
    }

    /// Whether two states of an entity have the very same facets. Says nothing when they do not.
    pub(crate) fn shares_user(&self, other: &Self) -> bool {
        match (&self.user, &other.user) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// What it holds for users' tables, seen or not, by path.
    pub(crate) fn user(&self) -> impl Iterator<Item = (&Name, &Stored)> {
        self.user.iter().flat_map(|user| user.iter())
    }

    pub(super) fn user_stored(&self, path: &str) -> Option<&Stored> {
        self.user.as_ref()?.get(path)
    }

    /// Stores a value under a path.
    pub(super) fn put_user(&mut self, path: &str, stored: Option<Stored>) {
        let user = Arc::make_mut(self.user.get_or_insert_default());
        match stored {
            Some(stored) => _ = user.insert(path.into(), stored),
            None => _ = user.remove(path),
        }
        if user.is_empty() {
            self.user = None;
        }
    }

    /// Puts it into a user's table. What it held there before is there again.
    pub(crate) fn attach(&mut self, facet: &str) {
        self.put_user(&path(facet, ""), Some(presence(ATTACHED)));
    }

    /// Takes it out of a user's table and keeps what it holds there.
    pub(crate) fn preserve(&mut self, facet: &str) {
        self.put_user(&path(facet, ""), Some(presence(PRESERVED)));
    }

    /// Takes it out of a user's table, with all it holds there.
    pub(crate) fn discard(&mut self, facet: &str) {
        let paths: Vec<Name> = self.user_paths(facet).cloned().collect();
        for path in paths {
            self.put_user(&path, None);
        }
    }

    /// The paths of what it holds for a user's table, seen or not.
    pub(crate) fn user_paths(&self, facet: &str) -> impl Iterator<Item = &Name> {
        self.user()
            .map(|(path, _)| path)
            .filter(move |path| split(path).is_some_and(|(table, _)| table == facet))
    }

    /// The entities that it names in users' tables, with the paths.
    pub(crate) fn user_references(&self) -> impl Iterator<Item = (&Name, EntityId)> {
        self.user().filter_map(|(path, stored)| match stored {
            Stored::Plain(Value::Ref(id)) => Some((path, *id)),
            _ => None,
        })
    }
}

fn presence(word: &str) -> Stored {
    Stored::Plain(Value::Text(word.to_owned()))
}

fn is_attached(stored: &Stored) -> bool {
    matches!(stored, Stored::Plain(Value::Text(word)) if word == ATTACHED)
}
