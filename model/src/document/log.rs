//! What a document needs of the store.

use std::error::Error;

use crate::project::Project;

/// What is kept beside a text, so that more than the text comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideState {
    /// The history; empty if there is none.
    pub history: Vec<u8>,
    /// The open sessions; empty if there are none.
    pub sessions: Vec<u8>,
}

/// Packs what is kept beside a text. For any thread.
pub type PackSide = Box<dyn FnOnce() -> SideState + Send>;

/// A project and its history. [`crate::Pulse`] is one.
pub trait Log: Sized {
    /// The history of a project goes on. Where what is kept beside it is missing or unusable, it starts anew, and the
    /// reason is given.
    fn open(project: Project, side: &SideState) -> (Self, Option<Box<dyn Error + Send + Sync>>);

    /// The project as it is now.
    fn project(&self) -> Project;

    /// What was done since this was last asked, in order, each in a form that [`replay`](Self::replay) takes.
    fn take_records(&mut self) -> Vec<Vec<u8>>;

    /// Does again what a record says. One that was replayed is not given by [`take_records`](Self::take_records).
    ///
    /// # Errors
    /// It does not follow from what is there. Nothing changed.
    fn replay(&mut self, record: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// What to keep beside the text of the project as it is now. Packing it takes a while, so it is put off.
    fn side_state(&mut self) -> PackSide;
}
