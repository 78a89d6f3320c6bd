//! What scans have found, kept between runs of the program.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use protocol::PluginInfo;
use protocol::plugin::ScanFailure;
use serde::{Deserialize, Serialize};

/// The version of the file. Another version is forgotten: a scan brings everything back.
const VERSION: u32 = 1;

/// What is known about plugin files, by path. A file that changed, by time or size, is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cache {
    version: u32,
    files: BTreeMap<PathBuf, Known>,
}

/// What is known about a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    stamp: Stamp,
    outcome: Outcome,
}

/// What tells versions of a file apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    modified_ns: u64,
    size: u64,
}

/// What opening it gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// These plugins.
    Plugins(Vec<PluginInfo>),
    /// Blocked, for this reason.
    Blocked(String),
}

/// Why the cache could not be read or written. Reading goes on with an empty one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The system refused.
    #[error("cannot read or write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what a scan has written.
    #[error("{path} is damaged")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        source: serde_json::Error,
    },
}

/// `plugins.json` in Loophole's folder of the user's cache; `None` for a user without one.
///
/// `variable` reads the environment; pass `|name| std::env::var_os(name)`.
pub fn default_cache_file(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let below_home = |path: &str| variable("HOME").map(|home| PathBuf::from(home).join(path));
    let base = if cfg!(target_os = "macos") {
        below_home("Library/Caches")
    } else if cfg!(target_os = "windows") {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else {
        // A relative path in this variable is to be ignored. Source: XDG Base Directory Specification.
        let xdg = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        xdg.or_else(|| below_home(".cache"))
    };
    base.map(|base| base.join("loophole").join("plugins.json"))
}

impl Stamp {
    /// Of the file as it is now, or of the library in it if it is a bundle: that changes without the folders around it.
    /// `None` if it is gone.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let library = crate::nested::vst3::library(path);
        let metadata = std::fs::metadata(library.as_deref().unwrap_or(path)).ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Self {
            modified_ns: u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX),
            size: metadata.len(),
        })
    }
}

impl Cache {
    /// Reads the cache. A file that is not there, or of another version, is an empty cache.
    ///
    /// # Errors
    /// If the file is damaged or cannot be read.
    pub fn load(path: &Path) -> Result<Self, CacheError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(CacheError::Io { path: path.into(), source }),
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged = |source| CacheError::Damaged { path: path.into(), source };
        if serde_json::from_slice::<Version>(&bytes).map_err(damaged)?.version != VERSION {
            return Ok(Self::default());
        }
        serde_json::from_slice(&bytes).map_err(damaged)
    }

    /// Writes the cache: beside its place first, then over it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn save(&self, path: &Path) -> Result<(), CacheError> {
        let failed = |source| CacheError::Io { path: path.into(), source };
        let content = Self { version: VERSION, files: self.files.clone() };
        let bytes = serde_json::to_vec(&content).map_err(io::Error::from).map_err(failed)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        // Several instances may write at the same time.
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path)).map_err(|source| {
            let _ = std::fs::remove_file(&beside);
            failed(source)
        })
    }

    /// All plugins, by path.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginInfo> {
        self.files.values().flat_map(|known| match &known.outcome {
            Outcome::Plugins(plugins) => plugins.as_slice(),
            Outcome::Blocked(_) => &[],
        })
    }

    /// The block list: files that are not opened again until they change, or are [lifted](Self::lift).
    pub fn blocked(&self) -> impl Iterator<Item = ScanFailure> + '_ {
        self.files.iter().filter_map(|(path, known)| match &known.outcome {
            Outcome::Plugins(_) => None,
            Outcome::Blocked(reason) => Some(ScanFailure { path: path.clone(), reason: reason.clone() }),
        })
    }

    /// Takes a file off the block list: the next scan opens it. Returns whether it was on it.
    pub fn lift(&mut self, path: &Path) -> bool {
        let blocked = self.files.get(path).is_some_and(|known| matches!(known.outcome, Outcome::Blocked(_)));
        blocked && self.files.remove(path).is_some()
    }

    /// What is known about a file as it is now.
    pub(super) fn knows(&self, path: &Path, stamp: Stamp) -> bool {
        self.files.get(path).is_some_and(|known| known.stamp == stamp)
    }

    /// Keeps what opening a file gave.
    pub(super) fn insert(&mut self, path: PathBuf, stamp: Stamp, outcome: Outcome) {
        self.files.insert(path, Known { stamp, outcome });
    }

    /// Forgets files below `folders` that are not among `present`; other folders may just not be there today.
    pub(super) fn forget_missing(&mut self, folders: &[PathBuf], present: &[PathBuf]) {
        let present: std::collections::BTreeSet<_> = present.iter().collect();
        let below = |path: &PathBuf| folders.iter().any(|folder| folder.is_dir() && path.starts_with(folder));
        self.files.retain(|path, _| present.contains(path) || !below(path));
    }

    /// Only what lies below `folders`.
    pub(super) fn within(&self, folders: &[PathBuf]) -> Self {
        let below = |path: &Path| folders.iter().any(|folder| path.starts_with(folder));
        let files = self
            .files
            .iter()
            .filter(|(path, _)| below(path))
            .map(|(path, known)| (path.clone(), known.clone()));
        Self { version: self.version, files: files.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(reason: &str) -> Outcome {
        Outcome::Blocked(reason.into())
    }

    const STAMP: Stamp = Stamp { modified_ns: 1, size: 2 };

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/plugins.json");
        assert_eq!(Cache::load(&file).unwrap(), Cache::default());
        let mut cache = Cache::default();
        cache.insert("/a.clap".into(), STAMP, outcome("crashed"));
        cache.save(&file).unwrap();
        let loaded = Cache::load(&file).unwrap();
        assert_eq!(loaded.files, cache.files);
        assert_eq!(
            std::fs::read_dir(file.parent().unwrap()).unwrap().count(),
            1,
            "something was left behind"
        );
    }

    #[test]
    fn a_damaged_file_is_named_and_another_version_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plugins.json");
        std::fs::write(&file, "{\"version\":1,").unwrap();
        assert!(matches!(Cache::load(&file), Err(CacheError::Damaged { .. })));
        std::fs::write(&file, "{\"version\":99,\"files\":7}").unwrap();
        assert_eq!(Cache::load(&file).unwrap(), Cache::default());
    }

    #[test]
    fn the_block_list_can_be_lifted() {
        let mut cache = Cache::default();
        cache.insert("/a.clap".into(), STAMP, outcome("crashed"));
        cache.insert("/b.clap".into(), STAMP, Outcome::Plugins(Vec::new()));
        assert_eq!(cache.blocked().map(|failure| failure.reason).collect::<Vec<_>>(), ["crashed"]);
        assert!(cache.lift(Path::new("/a.clap")));
        assert!(!cache.lift(Path::new("/a.clap")));
        assert!(!cache.lift(Path::new("/b.clap")));
        assert!(cache.knows(Path::new("/b.clap"), STAMP));
    }
}
