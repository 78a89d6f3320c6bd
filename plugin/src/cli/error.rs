//! What goes wrong on the command line, and what to do next.

use std::path::PathBuf;

use crate::instance::{CallError, CommandError};
use crate::standalone::StandaloneError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A file is in the way.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The instance refuses.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What was rendered cannot be written.
    #[error(transparent)]
    Render(#[from] crate::offline::file::FileError),
    /// The range is empty or too long.
    #[error("there is nothing to render from {from:.3} s to {to:.3} s")]
    Range {
        /// Start, in seconds.
        from: f64,
        /// End, in seconds.
        to: f64,
    },
    /// The tail is no length of time.
    #[error("a tail of {0} s is not possible; give 0 to 600")]
    Tail(f64),
    /// The rate is not one the engine runs at.
    #[error("the engine does not run at {0} Hz; rates are 8000 to 384000")]
    Rate(f64),
    /// The name does not say what to write.
    #[error("{} is neither a .vstpreset nor a .clapstate", .0.display())]
    PresetKind(PathBuf),
    /// No track has that name or number.
    #[error("there is no track {0:?}")]
    NoTrack(String),
    /// A script without a project has nothing to keep its work in.
    #[error("--save needs a project to save; give one, or --output")]
    NothingToSave,
    /// The loudness cannot be measured.
    #[error("the loudness cannot be measured")]
    Loudness(#[from] crate::loudness::LoudnessError),
    /// A project cannot be loaded.
    #[error("the project cannot be loaded")]
    Load(#[source] model::file::LoadError),
    /// A project or its media cannot be written.
    #[error("the project cannot be written")]
    Save(#[source] model::file::SaveError),
    /// Nothing can be made of a damaged project.
    #[error(transparent)]
    Recover(#[from] model::document::RecoverError),
    /// Some media were not found.
    #[error("{count} media files are still missing")]
    StillMissing {
        /// How many.
        count: usize,
    },
    /// The standalone program cannot run.
    #[error(transparent)]
    Standalone(#[from] StandaloneError),
}

impl CliError {
    /// What a person can do about it.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Exists(_) => Some("give another name, or --force to replace it".into()),
            Self::Call(CallError::Refused(CommandError::Open { path, .. })) if !path.exists() => {
                Some(format!("`loophole new {}` makes an empty project", path.display()))
            }
            Self::Load(_) => {
                Some("`loophole recover PROJECT -o FILE` makes the most of a damaged project".into())
            }
            Self::NoTrack(_) => Some("`loophole info PROJECT` lists the tracks".into()),
            Self::StillMissing { .. } => Some("give other folders, such as that of a backup".into()),
            Self::Range { .. } => Some("--from and --to take bars (`5`, `5.3`) or seconds (`12.5s`)".into()),
            _ => None,
        }
    }
}
