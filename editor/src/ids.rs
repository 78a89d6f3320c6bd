//! Ids of controls that are found again, by drafts and by tests.

use egui::Id;
use protocol::EntityId;

/// A control of an entity.
pub(crate) fn of(what: &'static str, entity: EntityId) -> Id {
    Id::unique((what, entity.0))
}

/// A control that there is once.
pub(crate) fn one(what: &'static str) -> Id {
    Id::unique(what)
}

/// One of many of a kind.
pub(crate) fn nth(what: &'static str, index: usize) -> Id {
    Id::unique((what, index))
}
