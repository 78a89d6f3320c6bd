//! The history of a project: every commit ever made, by whom and when, as a log that peers can merge.
//!
//! 1. A `Log` is a Loro document laid over a *baseline*, which is a project. It holds what changed since, cell by cell;
//!    what it does not name is as in the baseline. A commit is a change of the document, with its name in the message.
//! 2. Each cell is written with what it held before, so a step can be taken back from the log alone.
//! 3. The project that is shown is always the baseline with the log laid over it, settled (`project::settle`).
//! 4. A history that was saved is unpacked by a thread of its own: opening a project costs nothing here, and whatever
//!    needs the history waits for that thread.
//!
//! Long texts merge letter by letter and lists item by item, everything else as the last writer has it. A deletion wins over changes of what it
//! deletes; those are reported, and are back when the deletion is undone.

mod baseline;
mod clock;
mod code;
mod commit;
mod compact;
mod container;
mod content;
mod error;
mod load;
mod log;
mod merge;
mod reading;
pub mod record;
mod shown;
mod step;
mod steps;
mod text;
mod travel;

pub use clock::Clock;
pub use commit::{CommitKind, HistoryEntry};
pub use error::{HistoryError, MergeError, TravelError};
pub use merge::{Clash, ClashKind, Merged, Version};
pub use shown::StepList;

pub(crate) use commit::Message;
pub(crate) use content::Piece;
pub(crate) use load::{History, Loaded, Packing};
pub(crate) use merge::{Clashes, Moment};
