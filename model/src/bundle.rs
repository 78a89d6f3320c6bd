//! The whole project in one piece of memory, for a host's state chunk.
//!
//! The canonical project and every blob it names, compressed. The same project gives the same bytes.

mod container;
#[cfg(test)]
mod tests;

use crate::blobs::Blobs;
use crate::file::{self, LoadError, LoadWarning, Loaded, Origin};
use crate::project::Project;

use container::Content;

/// Packs a project with the blobs it names. Blobs that are missing or damaged are left out; their names stay.
#[must_use]
pub fn to_bytes(project: &Project, blobs: &Blobs) -> Vec<u8> {
    let (text, hashes) = file::to_text(project);
    let blobs = hashes.into_iter().filter_map(|hash| Some((hash, blobs.get(&hash)?)));
    container::pack(&Content { project: text.into_bytes(), blobs: blobs.collect() })
}

/// Unpacks a project. Its blobs are in memory.
///
/// # Errors
/// The bytes are no bundle, are damaged or from a later version, or hold no project that can be loaded.
pub fn from_bytes(bytes: &[u8]) -> Result<Loaded, LoadError> {
    let content = container::unpack(bytes)?;
    let blobs = Blobs::new();
    let mut damaged = Vec::new();
    for (hash, bytes) in content.blobs {
        if Blobs::hash(&bytes) == hash {
            blobs.put(bytes);
        } else {
            damaged.push(LoadWarning::DamagedBlob { hash });
        }
    }
    let mut loaded = file::from_bytes(&content.project, blobs, &Origin::State)?;
    loaded.warnings.extend(damaged);
    Ok(loaded)
}

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// No bytes at all.
    #[error("the state is empty")]
    Empty,
    /// Something else.
    #[error("not a Loophole state")]
    NotABundle,
    /// From a version that this one does not know.
    #[error("state of version {found}; this program reads version {supported}")]
    Version {
        /// Its version.
        found: u32,
        /// The version that is read.
        supported: u32,
    },
    /// The end is missing.
    #[error("the state is cut short")]
    CutShort,
    /// The content is not what was written.
    #[error("the state is damaged")]
    Checksum,
    /// It claims to be larger than it can be.
    #[error("the state claims {claimed_bytes} bytes")]
    TooLarge {
        /// What it claims.
        claimed_bytes: u64,
    },
    /// The compressed stream is broken.
    #[error("the state cannot be decompressed")]
    Deflate,
    /// The content is not as long as it should be.
    #[error("the state is not the {claimed_bytes} bytes it claims")]
    Length {
        /// What it claims.
        claimed_bytes: u64,
    },
}
