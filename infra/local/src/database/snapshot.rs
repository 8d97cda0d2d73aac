//! A copy of a database that is kept, to be read without touching what is there.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::{DatabaseError, FILE, LOCK};

/// A copy of the database of a directory, gone with the value; while it lasts, no other tact writes to the directory.
#[derive(Debug)]
pub struct Snapshot {
    copy: TempDir,
    _lock: Option<File>,
}

impl Snapshot {
    /// Copies the database of a directory.
    ///
    /// # Errors
    /// When there is none, another process uses it, or it cannot be copied.
    pub fn of(directory: &Path) -> Result<Self, DatabaseError> {
        if !directory.join(FILE).is_file() {
            return Err(DatabaseError::Absent(directory.to_owned()));
        }
        let lock = hold(directory)?;
        let failed = |source| DatabaseError::Directory { path: directory.to_owned(), source };
        let copy = copied(directory).map_err(failed)?;
        Ok(Self { copy, _lock: lock })
    }

    /// Where the copy is.
    pub fn path(&self) -> &Path {
        self.copy.path()
    }
}

/// Holds a directory against writers without writing to it; one without a lock was never used by any.
fn hold(directory: &Path) -> Result<Option<File>, DatabaseError> {
    let failed = |source| DatabaseError::Directory { path: directory.to_owned(), source };
    let lock = match File::open(directory.join(LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(DatabaseError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The database and what is beside it while it is written, in a directory of its own.
fn copied(directory: &Path) -> io::Result<TempDir> {
    let copy = tempfile::tempdir()?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(FILE) {
            fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    Ok(copy)
}
