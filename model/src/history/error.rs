//! What can be wrong with histories and updates.

use protocol::CommitId;

/// A saved history cannot be used. The project opens without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// It is something else.
    #[error("this is no history of a project")]
    NotAHistory,
    /// A later version of Loophole wrote it.
    #[error("the history is of version {found}; this Loophole reads up to version {supported}")]
    NewerVersion {
        /// Its version.
        found: u32,
        /// The latest that is read.
        supported: u32,
    },
    /// It is about a project with another root.
    #[error("the history belongs to another project")]
    OtherProject,
    /// Not all of it is as it was written.
    #[error("the history is damaged: {0}")]
    Damaged(&'static str),
}

/// An update, or a journal's record, cannot be taken in. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// It is not as it was written, or something else altogether.
    #[error("the update is damaged")]
    Damaged,
    /// It is of a kind that only a later version knows.
    #[error("the record is of a kind ({0}) that this Loophole does not know")]
    UnknownKind(u8),
    /// It is about another project, or one whose history began elsewhere.
    #[error("the update belongs to another history")]
    OtherHistory,
    /// It follows on something that is not here.
    #[error("the update follows on changes that are not here")]
    Incomplete,
    /// It follows on something that was compacted away here.
    #[error("the update follows on changes that are older than the history kept here")]
    TooOld,
}

/// A past state cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TravelError {
    /// The history has no such commit; it may have been compacted away.
    #[error("the history has no commit {0}")]
    NoSuchCommit(CommitId),
    /// The project that the history starts from cannot be read.
    #[error("the start of the history cannot be read")]
    Damaged,
}
