//! What goes wrong with project files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use protocol::{BlobHash, EntityId};

use crate::bundle::BundleError;
use crate::project::EditError;

/// Where a project comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A project file.
    File(PathBuf),
    /// A host's state chunk.
    State,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::State => f.write_str("the saved state"),
        }
    }
}

/// Why a project cannot be loaded. Nothing on disk was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// There is something else, such as a folder.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The system does not let it be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Larger than any project.
    #[error("{origin} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// Where.
        origin: Origin,
        /// The limit.
        limit_bytes: u64,
    },
    /// No content at all.
    #[error("{origin} is empty")]
    Empty {
        /// Where.
        origin: Origin,
    },
    /// Not text.
    #[error("{origin} is not UTF-8 text: byte {at_byte} is wrong")]
    NotUtf8 {
        /// Where.
        origin: Origin,
        /// The first byte that is no text, from zero.
        at_byte: usize,
    },
    /// Not JSON, or JSON that ends too early, or a key that comes twice.
    #[error("{origin}:{line}:{column}: damaged: {reason}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// Line, from one.
        line: usize,
        /// Column, from one.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// JSON, but no Loophole project.
    #[error("{origin} is not a Loophole project")]
    NotAProject {
        /// Where.
        origin: Origin,
    },
    /// From a later Loophole.
    #[error(
        "{origin} is of version {found}; this program reads up to version {supported}: update Loophole to open it"
    )]
    NewerVersion {
        /// Where.
        origin: Origin,
        /// Its version.
        found: i64,
        /// The latest version that is read.
        supported: i64,
    },
    /// A part is not what it must be.
    #[error("{origin}: \"{place}\" must be {expected}, and is {found}")]
    Structure {
        /// Where.
        origin: Origin,
        /// The part, such as `tables.clips`.
        place: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The parts do not make a project, and none can be blamed alone.
    #[error("{origin} breaks a rule")]
    Rejected {
        /// Where.
        origin: Origin,
        /// The rule.
        #[source]
        source: EditError,
    },
    /// So many parts contradict each other that what is left would not be the project.
    #[error("{origin} is too damaged: more than {limit} parts contradict each other")]
    TooManyFaults {
        /// Where.
        origin: Origin,
        /// How many are put up with.
        limit: usize,
    },
    /// A state chunk that cannot be unpacked.
    #[error("the saved state cannot be read")]
    Bundle(#[from] BundleError),
}

/// What was found wrong in a project that was loaded all the same. What was left out is kept aside and written back
/// on save.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadWarning {
    /// An entity, or one field of it, breaks a rule and was left out.
    #[error("{table} {id}{}: {rule}; left out", field.as_ref().map(|field| format!(", {field}")).unwrap_or_default())]
    Rejected {
        /// The table.
        table: String,
        /// The entity.
        id: EntityId,
        /// The field; the whole entity if there is none.
        field: Option<String>,
        /// The rule.
        rule: String,
    },
    /// An entity's key is not an id.
    #[error("{table}: \"{key}\" is not an id; left out")]
    BadId {
        /// The table.
        table: String,
        /// The key.
        key: String,
    },
    /// An id that another entity has already.
    #[error("{table} {id}: {other} has an entity with the same id; left out")]
    DuplicateId {
        /// The table.
        table: String,
        /// The id.
        id: EntityId,
        /// The table of the other.
        other: String,
    },
    /// A table that this version does not know.
    #[error("unknown table \"{table}\" is kept as it is")]
    UnknownTable {
        /// The table.
        table: String,
    },
    /// A field that this version does not know.
    #[error("{table} {id}: unknown field \"{field}\" is kept as it is")]
    UnknownField {
        /// The table.
        table: String,
        /// The entity.
        id: EntityId,
        /// The field.
        field: String,
    },
    /// A key beside the tables that this version does not know.
    #[error("unknown key \"{key}\" is kept as it is")]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// Audio, plugin state or a SoundFont that is not there. Its place is kept.
    #[error("blob {hash} is missing")]
    MissingBlob {
        /// Which.
        hash: BlobHash,
    },
    /// A blob of a state chunk whose content is not what its hash says; as if it were missing.
    #[error("blob {hash} is damaged")]
    DamagedBlob {
        /// Which.
        hash: BlobHash,
    },
}

/// Why a project was not saved. A project file that was there before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// There is something in its place that is not a file.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The folder is not there.
    #[error("the folder of {} does not exist", path.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// No room.
    #[error("no room left to write {}", path.display())]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// Write-protected, or somebody else's.
    #[error("no permission to write {}", path.display())]
    PermissionDenied {
        /// What was being written.
        path: PathBuf,
    },
    /// The document was opened to look at.
    #[error("{} was opened to look at and cannot be saved; save it elsewhere", path.display())]
    ReadOnly {
        /// The project.
        path: PathBuf,
    },
    /// Another process has it open, or another window of this one.
    #[error("{} is open elsewhere{}", path.display(), process.map(|id| format!(" (process {id})")).unwrap_or_default())]
    InUse {
        /// The project.
        path: PathBuf,
        /// Whose it is, if known.
        process: Option<u32>,
    },
    /// It has no place yet.
    #[error("the project was never saved: say where")]
    Untitled,
    /// The thread that was to write an autosave is gone.
    #[error("the autosave was not written")]
    Autosave,
    /// The journal beside it cannot be written.
    #[error("the journal of the project cannot be written")]
    Journal(#[from] crate::journal::JournalError),
    /// Anything else that the system says.
    #[error("{} cannot be written", path.display())]
    Io {
        /// What was being written.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Whether there is no room to write.
pub(crate) fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// Whether writing is not allowed.
pub(crate) fn is_denied(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

impl SaveError {
    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            kind if is_full(kind) => Self::DiskFull { path },
            kind if is_denied(kind) => Self::PermissionDenied { path },
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoFolder { path },
            io::ErrorKind::IsADirectory | io::ErrorKind::InvalidInput => Self::NotAFile { path },
            _ => Self::Io { path, source },
        }
    }
}

/// What a save could not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SaveWarning {
    /// A blob that the project names is nowhere, or is damaged. Its name was saved all the same.
    #[error("blob {hash} is missing and could not be saved")]
    MissingBlob {
        /// Which.
        hash: BlobHash,
    },
}
