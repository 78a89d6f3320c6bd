//! Blobs: audio, plugin states and SoundFonts, stored under the BLAKE3 hash of their bytes.
//!
//! A [`Blobs`] is a handle; clones share the same content, on any thread. What was [`put`](Blobs::put) lives in memory.
//! Folders of files named by hash can be attached; their files are read when asked for, checked against
//! their names the first time and again after they change, and never loaded whole by [`open`](Blobs::open).

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use protocol::BlobHash;

/// A stream that can be read from any place.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// Why a blob cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Neither in memory nor in any attached folder.
    #[error("blob {hash} is missing")]
    Missing {
        /// Which.
        hash: BlobHash,
    },
    /// The file's content does not match its name.
    #[error("blob file {} is corrupt: its content hashes to {found}", path.display())]
    Corrupt {
        /// What the file's name promises.
        hash: BlobHash,
        /// What its content is.
        found: BlobHash,
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("blob file {} cannot be read", path.display())]
    Io {
        /// Which blob.
        hash: BlobHash,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl From<BlobError> for io::Error {
    fn from(error: BlobError) -> Self {
        let kind = match &error {
            BlobError::Missing { .. } => io::ErrorKind::NotFound,
            BlobError::Corrupt { .. } => io::ErrorKind::InvalidData,
            BlobError::Io { source, .. } => source.kind(),
        };
        Self::new(kind, error)
    }
}

/// A content-addressed store. Cloning is cheap and shares the content.
#[derive(Clone, Default)]
pub struct Blobs {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    memory: RwLock<HashMap<BlobHash, Arc<[u8]>>>,
    folders: RwLock<Vec<PathBuf>>,
    /// Files found to match their names, with what tells that they have changed since.
    verified: RwLock<HashMap<PathBuf, FileStamp>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    length_bytes: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { length_bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

impl Blobs {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The hash that bytes are stored under.
    #[must_use]
    pub fn hash(bytes: &[u8]) -> BlobHash {
        BlobHash(*blake3::hash(bytes).as_bytes())
    }

    /// Keeps bytes in memory. Putting the same bytes again changes nothing.
    pub fn put(&self, bytes: impl Into<Arc<[u8]>>) -> BlobHash {
        let bytes = bytes.into();
        let hash = Self::hash(&bytes);
        let mut memory = self.shared.memory.write().unwrap_or_else(PoisonError::into_inner);
        memory.entry(hash).or_insert(bytes);
        hash
    }

    /// Also looks into `folder`, for files named by their hash in hexadecimal digits. Folders are asked in
    /// the order they were attached; the folder need not exist yet.
    pub fn attach(&self, folder: impl Into<PathBuf>) {
        let folder = folder.into();
        let mut folders = self.shared.folders.write().unwrap_or_else(PoisonError::into_inner);
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }

    /// Whether the blob is in memory or a file of that name is in an attached folder; the file is not read.
    #[must_use]
    pub fn contains(&self, hash: &BlobHash) -> bool {
        self.in_memory(hash).is_some()
            || self.folders().iter().any(|folder| blob_path(folder, hash).is_file())
    }

    /// The bytes of a blob, or `None` if it is missing or damaged; [`read`](Self::read) says which.
    #[must_use]
    pub fn get(&self, hash: &BlobHash) -> Option<Arc<[u8]>> {
        self.read(hash).ok()
    }

    /// The bytes of a blob, checked against the hash.
    ///
    /// # Errors
    /// The blob is missing, its file cannot be read, or it is corrupt.
    pub fn read(&self, hash: &BlobHash) -> Result<Arc<[u8]>, BlobError> {
        if let Some(bytes) = self.in_memory(hash) {
            return Ok(bytes);
        }
        self.first_in_folders(hash, |path| {
            let bytes = std::fs::read(path).map_err(|source| io_error(hash, path, source))?;
            let found = Self::hash(&bytes);
            if found == *hash { Ok(Arc::from(bytes)) } else { Err(corrupt(hash, found, path)) }
        })
    }

    /// A blob as a stream. A file is checked against its hash once, in constant memory, before it is handed out.
    ///
    /// # Errors
    /// As [`read`](Self::read); the [`BlobError`] is inside the [`io::Error`].
    pub fn open(&self, hash: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        if let Some(bytes) = self.in_memory(hash) {
            return Ok(Box::new(Cursor::new(bytes)));
        }
        let file = self.first_in_folders(hash, |path| self.open_verified(hash, path))?;
        Ok(Box::new(BufReader::new(file)))
    }

    /// The blobs in memory, in order of their hashes.
    #[must_use]
    pub fn in_memory_hashes(&self) -> BTreeSet<BlobHash> {
        self.shared.memory.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Whether `folder` holds a sound file for this blob.
    pub(crate) fn is_sound_in(&self, folder: &Path, hash: &BlobHash) -> bool {
        self.open_verified(hash, &blob_path(folder, hash)).is_ok()
    }

    fn in_memory(&self, hash: &BlobHash) -> Option<Arc<[u8]>> {
        self.shared.memory.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn folders(&self) -> Vec<PathBuf> {
        self.shared.folders.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first sound copy; when there is none, the first error that says more than "missing".
    fn first_in_folders<T>(
        &self,
        hash: &BlobHash,
        mut get: impl FnMut(&Path) -> Result<T, BlobError>,
    ) -> Result<T, BlobError> {
        let mut failure = BlobError::Missing { hash: *hash };
        for folder in self.folders() {
            match get(&blob_path(&folder, hash)) {
                Ok(found) => return Ok(found),
                Err(error) if matches!(failure, BlobError::Missing { .. }) => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }

    fn open_verified(&self, hash: &BlobHash, path: &Path) -> Result<File, BlobError> {
        let io = |source| io_error(hash, path, source);
        let mut file = File::open(path).map_err(io)?;
        let stamp = FileStamp::of(&file).map_err(io)?;
        let known = self.shared.verified.read().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        if known == Some(stamp) && stamp.modified.is_some() {
            return Ok(file);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file).map_err(io)?;
        let found = BlobHash(*hasher.finalize().as_bytes());
        if found != *hash {
            return Err(corrupt(hash, found, path));
        }
        file.rewind().map_err(io)?;
        let mut verified = self.shared.verified.write().unwrap_or_else(PoisonError::into_inner);
        verified.insert(path.to_owned(), stamp);
        Ok(file)
    }
}

impl std::fmt::Debug for Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blobs")
            .field("in_memory", &self.in_memory_hashes().len())
            .field("folders", &self.folders())
            .finish()
    }
}

/// Where a folder keeps a blob.
#[must_use]
pub fn blob_path(folder: &Path, hash: &BlobHash) -> PathBuf {
    folder.join(hash.to_string())
}

fn io_error(hash: &BlobHash, path: &Path, source: io::Error) -> BlobError {
    if source.kind() == io::ErrorKind::NotFound {
        BlobError::Missing { hash: *hash }
    } else {
        BlobError::Io { hash: *hash, path: path.to_owned(), source }
    }
}

fn corrupt(hash: &BlobHash, found: BlobHash, path: &Path) -> BlobError {
    BlobError::Corrupt { hash: *hash, found, path: path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_with_file(content: &[u8]) -> (tempfile::TempDir, Blobs, BlobHash, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let hash = Blobs::hash(content);
        let path = blob_path(folder.path(), &hash);
        std::fs::write(&path, content).unwrap();
        let blobs = Blobs::new();
        blobs.attach(folder.path());
        (folder, blobs, hash, path)
    }

    fn read_all(blobs: &Blobs, hash: &BlobHash) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        blobs.open(hash)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn what_was_put_is_found_by_every_clone() {
        let blobs = Blobs::new();
        let clone = blobs.clone();
        let hash = blobs.put(b"state".as_slice());
        assert_eq!(blobs.put(b"state".to_vec()), hash);
        assert_eq!(clone.get(&hash).as_deref(), Some(b"state".as_slice()));
        assert_eq!(read_all(&clone, &hash).unwrap(), b"state");
        assert_eq!(blobs.in_memory_hashes().len(), 1);
    }

    #[test]
    fn files_are_found_by_name() {
        let (_folder, blobs, hash, _) = store_with_file(b"audio");
        assert!(blobs.contains(&hash));
        assert_eq!(blobs.read(&hash).unwrap().as_ref(), b"audio");
        assert_eq!(read_all(&blobs, &hash).unwrap(), b"audio");
        assert!(blobs.in_memory_hashes().is_empty());
    }

    #[test]
    fn a_file_that_changed_after_it_was_checked_is_corrupt() {
        let (_folder, blobs, hash, path) = store_with_file(b"audio");
        assert!(blobs.open(&hash).is_ok());
        std::fs::write(&path, b"other audio").unwrap();
        assert!(matches!(blobs.read(&hash), Err(BlobError::Corrupt { .. })));
        let error = blobs.open(&hash).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(blobs.get(&hash), None);
    }

    #[test]
    fn a_missing_blob_is_said_to_be_missing() {
        let (_folder, blobs, _, _) = store_with_file(b"audio");
        let other = Blobs::hash(b"other");
        assert!(matches!(blobs.read(&other), Err(BlobError::Missing { hash }) if hash == other));
        assert_eq!(blobs.open(&other).map(|_| ()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_in_the_place_of_a_blob_is_an_io_error() {
        let folder = tempfile::tempdir().unwrap();
        let hash = Blobs::hash(b"x");
        std::fs::create_dir(blob_path(folder.path(), &hash)).unwrap();
        let blobs = Blobs::new();
        blobs.attach(folder.path());
        assert!(!blobs.contains(&hash));
        assert!(matches!(blobs.read(&hash), Err(BlobError::Io { .. })));
        assert!(blobs.open(&hash).is_err());
    }

    #[test]
    fn a_sound_copy_in_a_later_folder_wins_over_a_corrupt_one() {
        let (_folder, blobs, hash, path) = store_with_file(b"audio");
        std::fs::write(&path, b"damaged").unwrap();
        let second = tempfile::tempdir().unwrap();
        std::fs::write(blob_path(second.path(), &hash), b"audio").unwrap();
        blobs.attach(second.path());
        assert_eq!(blobs.read(&hash).unwrap().as_ref(), b"audio");
        assert_eq!(read_all(&blobs, &hash).unwrap(), b"audio");
    }
}
