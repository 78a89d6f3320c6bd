//! Sets of names within a declaration.

use std::sync::Arc;

use crate::entity::Name;

/// Words to choose among, or tables: those of the schema, or ones that a user declared.
#[derive(Clone, Debug)]
pub enum Names {
    /// Of the schema.
    Fixed(&'static [&'static str]),
    /// Declared by a user.
    Declared(Arc<[Name]>),
}

impl Names {
    /// The names, in the order of their declaration.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        let (fixed, declared): (&[&str], &[Name]) = match self {
            Self::Fixed(names) => (names, &[]),
            Self::Declared(names) => (&[], names),
        };
        fixed.iter().copied().chain(declared.iter().map(Name::as_str))
    }

    /// The first.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.iter().next()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// Whether a name is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|known| known == name)
    }

    /// All of them, with something between.
    #[must_use]
    pub fn join(&self, between: &str) -> String {
        self.iter().collect::<Vec<_>>().join(between)
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
