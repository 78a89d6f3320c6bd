//! The fields of an entity that are not at their defaults, sorted by name.

use super::Stored;

/// Few, so they are side by side: entities are copied whenever one of their fields changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields(Vec<(&'static str, Stored)>);

impl Fields {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (*known).cmp(name))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Stored> {
        self.find(name).ok().and_then(|at| self.0.get(at)).map(|(_, stored)| stored)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    pub(crate) fn put(&mut self, name: &'static str, stored: Option<Stored>) {
        match (self.find(name), stored) {
            (Ok(at), Some(stored)) => self.0[at].1 = stored,
            (Ok(at), None) => _ = self.0.remove(at),
            (Err(at), Some(stored)) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (name, stored));
            }
            (Err(_), None) => {}
        }
    }

    /// By name, in alphabetical order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &Stored)> {
        self.0.iter().map(|(name, stored)| (*name, stored))
    }
}
