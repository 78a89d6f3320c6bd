//! The journal: an append-only file that makes every commit survive a kill.
//!
//! 1. [`Journal::create`] begins one, with a mark of the project text that it continues.
//! 2. [`Journal::append`] adds a record and returns when the system has it: from then on the record survives the
//!    death of the process. A thread of the journal's own brings records to the disk within [`SYNC_WITHIN`], so that all
//!    but the last of them also survive a power cut. [`Journal::sync`] waits for that.
//! 3. [`Journal::mark`] notes that a text now holds everything before.
//! 4. [`read`] reads a journal, however it ends: cut anywhere, or damaged anywhere, it gives a prefix of its entries.
//!    [`Journal::resume`] goes on after that prefix.
//!
//! What a record means is not known here.
//!
//! | Bytes | Content |
//! |---|---|
//! | 8 | `LOOPJRNL` |
//! | 4 | version, little-endian |
//! | 4 | CRC-32 of the twelve bytes before |
//! | then, for each entry: | |
//! | 4 | length of what follows the checksum, little-endian |
//! | 4 | CRC-32 of the length and what follows |
//! | 1 | 0 for a record, 1 for a mark |
//! | rest | the record, or the BLAKE3 hash of a text in 32 bytes |

mod error;
mod frame;
mod reader;
mod syncer;
#[cfg(test)]
mod tests;
mod writer;

use std::time::Duration;

pub use error::JournalError;
pub use reader::{Entry, Summary, read, read_from};
pub use writer::Journal;

/// The longest record, in bytes.
pub const MAX_RECORD_BYTES: usize = 256 << 20;
/// How long a record may be only in the system's memory.
pub const SYNC_WITHIN: Duration = Duration::from_millis(500);
