//! One process at a time changes a project.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

/// Holds the lock of a project until it is dropped, or the process dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// What came of trying.
pub(super) enum Taken {
    Lock(Lock),
    /// Somebody has it: the number of the process, if it says.
    InUse(Option<u32>),
    /// The file system has no locks.
    Unsupported,
}

/// Takes a lock, making its file and folder if need be.
pub(super) fn take(path: &Path) -> io::Result<Taken> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Taken::InUse(holder(&file))),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            return Ok(Taken::Unsupported);
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // For the message that others get; the lock itself does not depend on it.
    let _told = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(Taken::Lock(Lock { _file: file }))
}

/// Whether somebody holds a lock.
pub(super) fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn holder(file: &File) -> Option<u32> {
    let mut text = String::new();
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
